#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Traffic of a bus in the output of send, monitor and status.
. "$(dirname "$0")/lane.sh"

simulate reference-site
hold "$pty"

background "$mbusctl" monitor >"$tmp/text" 2>"$tmp/text.err"
text=$pid
background "$mbusctl" -b mbus0 --json monitor >"$tmp/json"
json=$pid
# They have opened the bus when they are counted.
tries=0
until "$mbusctl" status | grep -q ', 2 users'; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || give_up 'the monitors do not open the bus'
done

select=680B0B6873FD5243278931FFFFFFFFE216

# sent STATUS OUTCOME NAME FRAME...
sent()
{
	want_status=$1
	want_out=$2
	name=$3
	shift 3
	run_is "$want_status" "$name: status $want_status" "$mbusctl" send "$@"
	like "$out" "$want_out" "$name: $out"
}

sent 0 '^ack: E5$' 'a selection that one meter matches' "$select"
sent 0 '^frame RSP_UD A=0 CI=72 data 3189274324232804: 68 5E 5E 68 08 00 72 43 ' \
	'the request after it' 10:7b:fd 78 16
sent 6 '^collision \(a single 00: the converter.s collision signal' \
	'a request every meter answers' --repeats 0 105BFE5916
sent 5 '^silence \(no answer\): *$|^silence \(no answer\)$' \
	'an address without a meter, once' --repeats 0 1040094916
sent 5 '^silence \(no answer\) after 3 tries$' \
	'an address without a meter, repeated as the bus is set' 1040094916
sent 0 '^silence \(no meter answers a broadcast\)$' 'a broadcast' \
	--repeats 0 1040FF3F16

run "$mbusctl" send --json --repeats 1 --window 50 1040094916
is "$status" 5 'send --json: status'
is "$(printf '%s' "$out" | python3 -c '
import json, sys
x = json.load(sys.stdin)
print(x["bus"], x["request"], x["outcome"], x["tries"], x["answer"] == "")')" \
	'mbus0 1040094916 silence 2 True' 'send --json'
run "$mbusctl" --json send "$select"
is "$(printf '%s' "$out" | python3 -c '
import json, sys
x = json.load(sys.stdin)
print(x["outcome"], x["tries"], x["answer"], 4000 < x["delay_us"] < 300000)')" \
	'ack 1 E5 True' 'send --json of an ack, with its delay'

wait_for_line "$tmp/json" '"outcome":"ack".*"seq"|"seq":[0-9]+,.*"outcome":"ack"'
like "$(cat "$tmp/text")" \
	'^[0-9:]{8}\.[0-9]{6} -> SND_UD FCB=1 A=253 CI=52 select 31892743FFFFFFFF: 68 0B' \
	'monitor: a selection in words, with its address'
like "$(cat "$tmp/text")" ' <- ack: E5$' 'monitor: an ack'
like "$(cat "$tmp/text")" ' -> REQ_UD2 FCB=1 A=253: 10 7B FD 78 16$' \
	'monitor: a request by its fields'
like "$(cat "$tmp/text")" ' <- RSP_UD A=0 CI=72 data 3189274324232804: 68 5E 5E ' \
	'monitor: an answer with its meter'
like "$(cat "$tmp/text")" ' !! a single 00: the converter.s collision signal.*: 00$' \
	'monitor: a 00 is named as a collision'
like "$(cat "$tmp/text")" ' -> SND_NKE A=9 \[try 3\]: ' 'monitor: repeats are counted'
like "$(cat "$tmp/text")" ' == silence after 3 tries for SND_NKE A=9$' \
	'monitor: an outcome with its request'

kill -TERM "$text" "$json"
ended "$text"
is "$status $(cat "$tmp/text.err")" '0 ' 'monitor ends cleanly on a signal'
ended "$json"

is "$(python3 - "$tmp/json" <<'PYTHON'
import json, re, sys
records = [json.loads(line) for line in open(sys.argv[1])]
seqs = [r["seq"] for r in records]
assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), seqs
for r in records:
    assert r["bus"] == "mbus0" and r["lost"] == 0, r
    for key in "time", "end":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", r[key]), r
    assert r["time"] <= r["end"], r
    bytes.fromhex(r["raw"])
first = records[:6]
print([(r["kind"], r.get("direction"), r.get("outcome")) for r in first] == [
    ("frame", "sent", None), ("frame", "received", None), ("outcome", None, "ack"),
    ("frame", "sent", None), ("frame", "received", None), ("outcome", None, "frame")])
print(any(r["kind"] == "finding" and r["reason"] == "nul" for r in records))
PYTHON
)" 'True
True' 'monitor --json: every record, in order, none lost'

run "$mbusctl" status --json
is "$(printf '%s' "$out" | python3 -c '
import json, sys
x = json.load(sys.stdin)
o = x["outcomes"]
print(x["bus"], x["baud"], o["ack"], o["frame"], o["collision"], o["silence"],
      x["findings"]["nul"], x["timing"]["guard_us"],
      0 < x["response_delay"]["min_us"] <= x["response_delay"]["max_us"])')" \
	'mbus0 2400 2 1 1 4 1 60000 True' 'status --json counts outcomes'
run "$mbusctl" -b "$pty" status
like "$out" 'outcomes: ack 2, frame 1, silence 4, collision 1$' \
	'status of the bus on a tty'

# A reader that closes the pipe.
(
	"$mbusctl" monitor
	echo $? >"$tmp/pipe.status"
) 2>"$tmp/pipe.err" | head -n 1 >"$tmp/pipe.out" &
tries=0
until "$mbusctl" status | grep -q ', 1 user'; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || give_up 'the monitor does not open the bus'
done
"$mbusctl" send "$select" >/dev/null
wait_for_file "$tmp/pipe.status"
is "$(cat "$tmp/pipe.status" "$tmp/pipe.err")" 0 \
	'monitor ends quietly when its output is closed'

# Plain reads of the device by another program.
background timeout 10 dd if=/dev/mbus0 of="$tmp/plain" bs=512 count=1
plain=$pid
tries=0
until "$mbusctl" status | grep -q ', 1 user'; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || give_up 'dd does not open the bus'
done
"$mbusctl" send "$select" >/dev/null
ended "$plain"
is "$(xxd -p "$tmp/plain")" "$(echo $select | tr A-F a-f)" \
	'a plain read returns one whole frame'

# Two buses.
first=$pty
first_holder=$holder
simulate single
hold "$pty"
is "$(cat "$tmp/hold.out")" mbus1 'a second bus has the next number'
one_line 3 "there are several buses: mbus0 \(${first#/dev/}\), mbus1 \(${pty#/dev/}\); choose one with -b" \
	'several buses, none named' "$mbusctl" send 1040054516
run_ok 'the named bus is used' "$mbusctl" -b mbus1 send 1040054516
run "$mbusctl" status
is "$(printf '%s\n' "$out" | grep -c '^mbus[01] on ')" 2 'status shows both'
"$mbusctl" detach mbus0
ended "$first_holder"
is "$status $(cat /sys/class/mbus/mbus1/tty)" "0 ${pty#/dev/}" \
	'detach ends only the named bus'

done_testing
