#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Input of decode.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl
hyd=$(grep -m 1 '^68' "$top/tests/vectors/hyd.txt")
kam=$(grep -m 1 '^68' "$top/tests/vectors/kam-303.txt")

# raws FILE: the telegrams found in it, a line each; $err, $status
raws()
{
	run "$mbusctl" decode --json "$1"
	raws=$(printf '%s\n' "$out" | jq -r '.telegrams[].raw')
}

# found FILE NAME: HYD's, then KAM's, and nothing else
found()
{
	raws "$1"
	is "$raws" "$(printf '%s\n%s\n' "$hyd" "$kam" | tr -d ' ')" "$2"
	is "$err" '' 'without complaint'
}

binary()
{
	echo "$*" | xxd -r -p
}

# --- binary

{ binary "$hyd"; binary "$kam"; } >"$tmp/binary"
found "$tmp/binary" 'binary telegrams, one after the other'
run_ok 'from standard input' sh -c "'$mbusctl' decode --json <'$tmp/binary'"
is "$(echo "$out" | wc -l)" 2 'both'
{ binary E5; binary 105BFD5816; binary "$kam"; } >"$tmp/binary"
raws "$tmp/binary"
is "$raws" "$(printf 'E5\n105BFD5816\n%s\n' "$kam" | tr -d ' ')" \
	'E5 and short frames among them'
{ binary 00 FF 68 68; binary "$hyd"; binary 10 68; binary "$kam"; binary 68 03; } >"$tmp/binary"
raws "$tmp/binary"
is "$raws" "$(printf '%s\n%s\n' "$hyd" "$kam" | tr -d ' ')" \
	'telegrams are found between other bytes'
is "$err" "mbusctl: $tmp/binary, byte 0: 4 bytes outside any telegram
mbusctl: $tmp/binary, byte 104: 2 bytes outside any telegram
mbusctl: $tmp/binary, byte 248: 2 bytes outside any telegram" 'which are reported'
is "$status" 9 'exit status 9'
for _ in $(seq 200); do cat "$tmp/binary"; done >"$tmp/many"
raws "$tmp/many"
is "$(echo "$raws" | wc -l)" 400 'also beyond one buffer'

# --- debug output of other programs

cat >"$tmp/log" <<END
[2024-09-10 22:33:05Z] SEND (005): 10 5B FD 58 16
[2024-09-10 22:33:06Z] RECV ($(echo "$hyd" | wc -w)): $hyd
END
raws "$tmp/log"
is "$raws" "$(printf '105BFD5816\n%s\n' "$hyd" | tr -d ' ')" 'a log of libmbus'
is "$(printf '%s\n' "$out" | jq -r .time)" '2024-09-10T22:33:05Z
2024-09-10T22:33:06Z' 'with its times'
cat >"$tmp/log" <<END
INFO:meterbus.serial:SEND (017) 68 0B 0B 68 73 FD 52 47 27 89 31 FF FF FF FF E6 16
INFO:meterbus.serial:RECV (001) E5
INFO:meterbus.serial:SEND (005) 10 5B FD 58 16
INFO:meterbus.serial:RECV ($(echo "$hyd" | wc -w)) $hyd
INFO:meterbus.serial:RECV (001) 00
END
raws "$tmp/log"
is "$(echo "$raws" | tail -n 1)" "$(echo "$hyd" | tr -d ' ')" 'a log of pyMeterBus'
is "$(echo "$raws" | wc -l)" 4 'in both directions'
is "$err" "mbusctl: $tmp/log:5: no telegram starts with 00 (only with E5, 10 or 68)" \
	'with the bytes that are no telegram'

# --- mbusctl's own

cat >"$tmp/monitor" <<END
20:33:05.000001 -> REQ_UD2 FCB=1 A=253: 10 7B FD 78 16
20:33:05.100001 !! a checksum is wrong [late]: 68 03 03
20:33:05.200001 <- RSP_UD A=0 CI=72 31892747.HYD.28.04 [own]: $hyd
20:33:05.200001 == frame for REQ_UD2 FCB=1 A=253
-- 3 records lost: the reader was too slow
END
raws "$tmp/monitor"
is "$raws" "$(printf '107BFD7816\n%s\n' "$hyd" | tr -d ' ')" 'the output of monitor'
is "$err" '' 'findings and outcomes are skipped'
cat >"$tmp/json" <<END
{"bus":"mbus2","time":"2024-09-10T20:33:05.100000Z","lost":0,"kind":"frame","direction":"sent","flags":[],"telegram":"x","raw":"107BFD7816"}
{"bus":"mbus2","time":"2024-09-10T20:33:05.100000Z","lost":0,"kind":"finding","reason":"checksum","flags":[],"raw":"6803"}
{"bus":"mbus2","time":"2024-09-10T20:33:05.250000Z","lost":0,"kind":"frame","direction":"received","flags":[],"telegram":"x","raw":"$(echo "$hyd" | tr -d ' ')"}
{"bus":"mbus2","time":"2024-09-10T20:33:05.250000Z","lost":0,"kind":"outcome","outcome":"frame","flags":[],"telegram":"x","raw":"107BFD7816"}
END
raws "$tmp/json"
is "$raws" "$(printf '107BFD7816\n%s\n' "$hyd" | tr -d ' ')" 'the output of monitor --json'
is "$err" '' 'findings and outcomes are skipped'
is "$(printf '%s\n' "$out" | jq -r '.bus + " " + .time')" \
'mbus2 2024-09-10T20:33:05.100000Z
mbus2 2024-09-10T20:33:05.250000Z' 'with bus and time'

echo "{\"schema\":1,\"bus\":\"mbus0\",\"time\":\"2024-09-10T20:33:05Z\",\"telegrams\":[{\"raw\":\"$hyd\"},{\"raw\":\"$kam\"}]}" >"$tmp/readout"
found "$tmp/readout" 'the output of read --json'
is "$(printf '%s\n' "$out" | jq -r .time | uniq)" '2024-09-10T20:33:05Z' 'with its time'
echo "$hyd" | "$mbusctl" decode --json >"$tmp/once"
"$mbusctl" decode --json "$tmp/once" >"$tmp/twice"
cmp -s "$tmp/once" "$tmp/twice"
ok $? 'decode reads its own output'

{ cat "$tmp/readout"; echo "$hyd"; cat "$tmp/monitor"; } >"$tmp/mixed"
raws "$tmp/mixed"
is "$(echo "$raws" | wc -l)" 5 'forms may be mixed'

# --- errors

cat >"$tmp/bad" <<'END'
{"telegrams":[{"raw":"E5"},{"raw":"105BFD5916"},{"raw":""},{"no":1},7]}
{"telegrams":
{"kind":"frame"}
{"a":1}
[2024-09-10 22:33:05Z] RECV (001): G0
20:33:05.200001 <- ack
END
raws "$tmp/bad"
is "$raws" E5 'the valid telegram is found'
is "$err" "mbusctl: $tmp/bad:1: checksum (byte 4) is 59, the bytes before it make 58
mbusctl: $tmp/bad:1: telegram without bytes
mbusctl: $tmp/bad:1: JSON without a telegram
mbusctl: $tmp/bad:1: JSON without a telegram
mbusctl: $tmp/bad:2: invalid JSON: unexpected end of data
mbusctl: $tmp/bad:3: JSON without a telegram
mbusctl: $tmp/bad:4: JSON without a telegram
mbusctl: $tmp/bad:5: column 36 is not a hexadecimal digit
mbusctl: $tmp/bad:6: no bytes in this line" 'all others are reported'

# --- keys

run_is 2 'a key of the wrong length is refused' "$mbusctl" decode --key 0011 "$tmp/once"
is "$err" 'mbusctl: --key: an AES-128 key has 32 hexadecimal digits, not 4' 'with its length'
run_is 2 'a key that is not hex is refused' "$mbusctl" decode --key secretsecretsecretsecretsecretse "$tmp/once"
unlike "$err" secret 'without printing it'

grep '^68' "$top/tests/vectors/oms.txt" | tail -n 2 >"$tmp/oms"
run_is 9 'encrypted, without a key' "$mbusctl" decode "$tmp/oms"
like "$out" 'encrypted, mode 7 \(AES-128-CBC\), 2 blocks$' 'the encryption is shown'
run_is 9 'with the key of one of them' \
	"$mbusctl" decode --key 000102030405060708090A0B0C0D0E0F "$tmp/oms"
like "$out" '^  volume +28 504\.27 m³$' 'that one is decoded'
like "$err" ':1: .*CI 7A.*not with the key' 'the other is named'
for format in annotated csv influx json xml xml-normalized; do
	run "$mbusctl" decode --format $format \
		--key 000102030405060708090A0B0C0D0E0F "$tmp/oms"
	like "$out" '(2850427|28504\.27)' "$format: decrypted"
done
run_ok 'a telegram without the address of its meter' sh -c "head -n 1 '$tmp/oms' |
	'$mbusctl' decode --key 0102030405060708090A0B0C0D0E0F11 --meter 1234567893153303"
like "$out" '^  volume +28 504\.27 m³' 'is decoded with --meter'
run_is 2 'a primary address does not identify a meter' "$mbusctl" decode --meter 5 "$tmp/oms"
like "$err" '^mbusctl: --meter 5: not a complete secondary address' 'the reason'

done_testing
