#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl

for vectors in "$top"/tests/vectors/*.txt; do
	name=$(basename "$vectors" .txt)
	grep '^[0-9A-F]' "$vectors" >"$tmp/hex"
	grep '^{' "$vectors" >"$tmp/expected"
	# Two of oms are encrypted.
	run "$mbusctl" decode --json "$tmp/hex"
	is "$status" "$([ "$name" = oms ] && echo 9 || echo 0)" \
		"$name is decoded"
	printf '%s\n' "$out" >"$tmp/json"
	cmp -s "$tmp/expected" "$tmp/json"
	ok $? "$name decodes as expected" ||
		diag "$(diff "$tmp/expected" "$tmp/json" | cut -c 1-2000)"
	jq -e . "$tmp/json" >/dev/null
	ok $? "$name is valid JSON"
done

hyd=$(grep -m 1 '^68' "$top/tests/vectors/hyd.txt")

# --- the table

echo "$hyd" >"$tmp/hyd"
run_ok 'a table is the default' "$mbusctl" decode "$tmp/hyd"
is "$out" \
'31892747.HYD.28.04 Hydrometer SHARKY, heat, primary address 0, access number 237, status ok
  energy                             174 843.1    kWh
  volume                                 264.7291 m³
  power                                    0      kW
  volume flow                              0      l/h
  flow temperature                        52.2    °C
  return temperature                      42.3    °C
  temperature difference                   9.9    K
  date and time                      2024-09-10 22:33
  energy                              11 783      kWh  at 2008-04-30
  due date, future value, storage 1  2009-12-31 00:00
  energy                             169 302      kWh  at 2023-12-31
  operating time                     160 302      h' \
	'in words, with the units of its face, each value with its date'
run_ok '--units si' "$mbusctl" decode --units si "$tmp/hyd"
like "$out" '^  energy +174843100 +Wh$' 'prints the units of the other formats'
like "$out" '^  energy +11783000 +Wh  +at 2008-04-30$' 'and dates'
run_is 2 'other units are refused' "$mbusctl" decode --units imperial "$tmp/hyd"
run_ok '--bytes' "$mbusctl" decode --bytes "$tmp/hyd"
like "$out" '^      4C 05 30 78 11 00$' 'prints the bytes of each record'
like "$out" '^  date and time, storage 1 +2008-04-30 00:00$' 'also of dates'

# A text with ESC [ 2 J and 9B (another CSI) in it.
text='68 0D 0D 68 08 01 78 0D FD 11 06 4A 32 5B 1B 41 9B 70 16'
run_ok 'a hostile text is printed' sh -c "echo '$text' | '$mbusctl' decode"
like "$out" '^  customer +\?A\?\[2J$' 'without its control characters'

# --- input

for form in "$(echo "$hyd" | tr -d ' ')" "$(echo "$hyd" | tr ' ' ':')" \
	"$(echo "$hyd" | tr 'A-F' 'a-f')" \
	"$(echo "$hyd" | sed 's/\([0-9A-F][0-9A-F]\)/0x\1,/g')" \
	"  $hyd  # with a comment" "$hyd ; and another"; do
	echo "$form" >"$tmp/form"
	run "$mbusctl" decode --json "$tmp/form"
	is "$out" "$(grep -m 1 '^{' "$top/tests/vectors/hyd.txt")" \
		"taken: $(echo "$form" | cut -c 1-30) ... $(echo "$form" | tail -c 20)"
done

run_ok 'standard input is the default' sh -c "'$mbusctl' decode <'$tmp/hyd'"
like "$out" '31892747' 'and is read'
run_ok '- is standard input' sh -c "'$mbusctl' decode - <'$tmp/hyd'"
like "$out" '31892747' 'and is read'
run_ok 'several files are read' "$mbusctl" decode --json "$tmp/hyd" "$tmp/hyd"
is "$(echo "$out" | wc -l)" 2 'one after the other'
run_ok 'an empty file is not an error' "$mbusctl" decode /dev/null
is "$out$err" '' 'without output'
printf '%s' "$hyd" >"$tmp/unfinished"
run_ok 'a last line without newline counts' "$mbusctl" decode "$tmp/unfinished"
like "$out" '31892747' 'and is decoded'

# --- errors

cat >"$tmp/mixed" <<END
# a comment

$hyd
105BFD5916
nonsense
105BFD581
E5
END
run_is 9 'bad lines make exit status 9' "$mbusctl" decode --json "$tmp/mixed"
is "$(echo "$out" | wc -l)" 2 'the good lines are decoded'
is "$err" "mbusctl: $tmp/mixed:4: checksum (byte 4) is 59, the bytes before it make 58
mbusctl: $tmp/mixed:6: odd number of hexadecimal digits at column 9
mbusctl: $tmp/mixed:5: 1 line without a telegram left out" \
	'each bad line is named with the reason'

long=$(printf '%0530d' 0)
run_is 9 'a line longer than any telegram is refused' \
	sh -c "echo $long | '$mbusctl' decode"
is "$err" \
	'mbusctl: standard input:1: more than the 261 bytes of the longest telegram' \
	'with the reason'

run_is 9 'contents that are not decoded make exit status 9' \
	sh -c "echo 680404680801A004AD16 | '$mbusctl' decode --json"
like "$out" '"raw":"680404680801A004AD16"' 'the raw bytes are there'
like "$err" 'standard input:1: manufacturer specific \(CI A0\): ' 'its name is reported, too'

run_ok "a meter's complaint is a decoded telegram" \
	sh -c "echo 68040468080170088116 | '$mbusctl' decode"
is "$out" 'RSP_UD from address 1: application error 8, meter is busy' \
	'with the reason'

run_is 2 'a missing file is a usage error' "$mbusctl" decode "$tmp/none"
is "$err" "mbusctl: cannot open $tmp/none: No such file or directory" \
	'the message names the file'
run_is 2 'a telegram as argument is a usage error' "$mbusctl" decode E5
like "$err" 'echo .* \| mbusctl decode' 'with the correct usage'
run_is 2 'an unknown option is a usage error' "$mbusctl" decode --no-such
run_is 1 'a directory cannot be read' "$mbusctl" decode "$tmp"

# --- many makes

run "$mbusctl" decode --json "$top/tests/vectors/meters.hex"
printf '%s\n' "$out" >"$tmp/json"
is "$(echo "$err" | grep -Ev 'contents of this kind|(is|are) cut short|^$')" '' \
	'telegrams of many makes are decoded'
is "$(wc -l <"$tmp/json")" "$(grep -c ^68 "$top/tests/vectors/meters.hex")" \
	'each to one line'
jq -e . "$tmp/json" >/dev/null
ok $? 'of valid JSON'

done_testing
