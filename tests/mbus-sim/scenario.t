#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. "$(dirname "$0")/bus.sh"

# check_file TEXT: what --check says of such a scenario
check_file()
{
	printf '%s\n' "$1" >"$tmp/bad.ini"
	run "$sim" --check "$tmp/bad.ini"
}

# wrong TEXT REGEX NAME
wrong()
{
	check_file "$1"
	is "$status" 1 "$3: status 1"
	like "$err" "$2" "$3"
}

for file in "$scenarios"/*.ini; do
	run_ok "${file##*/} is good" "$sim" --check "$file"
done
like "$("$sim" --check "$scenarios/reference-site.ini")" '15 meters' \
	'a range makes one meter of each serial number'

meter='[meter a]
manufacturer = PAD
version = 01
medium = 07'

check_file "$meter
id = 12345678"
is "$status" 0 'a meter without a recording is good'
check_file "[scenario]
    description = two lines,
        the second with a comma # and a comment
    seed = 7
  [bus]
    baud = 2400 # as the meters
$meter
id = 12345678"
is "$status:$err" 0: 'a scenario that is indented is good'

wrong '[bus]
speed = 1' 'bad.ini:2: \[bus\] speed = 1 unknown key; known here: baud, gap' \
	'an unknown key'
wrong '[buss]
baud = 2400' 'bad.ini:2: .*unknown section' 'an unknown section'
wrong '[bus]
baud = 1234' 'bad.ini:2: .*is not an M-Bus rate: 300' 'a wrong rate'
wrong '[bus]
baud' 'bad.ini:2: this is neither \[section\] nor key = value' 'no INI line'
wrong 'baud = 2400' 'bad.ini:1: baud stands before the first' 'no section'
wrong '[bus]' 'bad.ini:1: section \[bus\] is empty' 'an empty section'
wrong '[bus]
baud = 2400
baud = 300' 'bad.ini:3: baud is there twice \(line 2\)' 'a key twice'
wrong '[bus]
baud = 2400
[converter]
echo = no
[bus]
gap = 33bits' 'bad.ini:5: section \[bus\] is there twice' 'a section twice'
wrong '[bus]
baud = 2400
  gap = 33bits' 'bad.ini:3: the indentation makes this a part' \
	'a key that is indented deeper'
wrong '[bus]
baud = 2400
  [converter] echo = no' 'bad.ini:3: there is text behind' \
	'a key behind a header'
wrong '[meter a]
telegram = 68 04 04 68 08 \
  05 78 2F B5 16' 'bad.ini:2: telegram: a . continues no line' \
	'a backslash at the end of a line'
wrong '[converter]
turnaround = 37 hours' 'bad.ini:2: .*unknown unit; use us, ms, s or bits' \
	'a wrong unit'
wrong '[converter]
echo = maybe' 'bad.ini:2: .*is neither yes nor no' 'a wrong flag'
wrong "$meter" '\[meter a\] has neither an id nor a recorded telegram' 'no ID'
wrong "$meter
id = 1234567" 'bad.ini:5: .*is not 8 digits' 'an ID too short'
wrong "$meter
id = 1234567F" 'bad.ini:5: .*has an F' 'an ID with a wildcard'
wrong "$meter
id = 12345678-12345670" 'bad.ini:5: .*ends before it begins' \
	'a range upside down'
wrong "$meter
id = 12345670-12345674
address = 1-4" '5 IDs and another number of addresses' 'a range that fits not'
wrong "$meter
id = 12345678
address = 251" 'bad.ini:6: .*is not in 0 ... 250' 'an address above 250'
wrong '[meter a]
id = 12345678
manufacturer = H1D' 'bad.ini:3: .*is not three letters' 'a wrong manufacturer'
wrong "$meter
id = 12345678
fcb = sometimes" 'bad.ini:6: .*is none of normal, strict, ignore, first' \
	'a wrong choice'
wrong '[meter a]
telegram = 68 03 03 68 08 05 7G' 'bad.ini:2: .*byte 7 is "7G"' 'no hex'
wrong '[meter a]
telegram =
	68 04 04 68 08 05 78 2F
	B5 16' 'bad.ini:2: .*has a wrong checksum; .*patch = no' \
	'a wrong checksum'
wrong "[bus]
baud = $(printf '%0250d' 0)" 'bad.ini:2: the line is longer than' \
	'a line too long'

wrong '[converter]
echo-skip = 1' '\[converter\] has no echo' 'a fault of an echo there is not'
wrong '[converter]
echo = yes
echo-skip = 1
echo-last = 2' 'echo-skip and echo-last say the same' 'two of one kind'
wrong '[converter]
echo = yes
echo-first = 1
echo-last = 2' 'echo-first goes with neither' 'an echo with two ends'
wrong '[converter]
before-answer = 00 00 00 00 00 00 00 00 00' 'bad.ini:2: .*has too many bytes' \
	'a long glitch'
wrong '[converter]
switch-time = 100ms' 'switch-time and switch-after go together' \
	'a switch without its condition'
wrong '[noise]
stream = 00
stream-every = 4ms' 'stream-every is shorter than a character, 4583 us' \
	'a stream faster than the line'
wrong '[tty]
stall = 1s' 'stall and stall-every go together' 'a stall without its period'
wrong '[tty]
stall = 1s
stall-every = 1500ms' 'stall is more than half' 'a PC that hardly ever runs'
wrong '[other-master]
every = 3s' 'every and holds go together' 'a master that never has the bus'
wrong '[other-master]
every = 3s
holds = 4s' 'holds is longer than every' 'a master that always has the bus'
wrong '[other-master]
first = 3s' 'it never has the bus' 'a master without a period'
wrong '[other-master]
telegram = 10 7B 01 7D 16' 'bad.ini:2: .*has a wrong checksum' \
	'a faulty telegram of the other master'
wrong "$meter
id = 12345678
wakes-on = own" '\[meter a\] wakes and never sleeps' 'waking without sleep'
wrong "$meter
id = 12345678
sleep = 3s
wakes-on = run" 'wakes on a run of any length' 'a run without a length'
wrong "$meter
id = 12345678
sleep = 3s
wake-count = 3" 'which need wakes-on = run' 'a length without a run'
wrong "$meter
id = 12345678
fault = parity" 'bad.ini:6: .*is none of none, checksum, length' \
	'an unknown fault'

check_file "$meter
id = 12345678
patch = no
telegram = 68 04 04 68 08 05 78 2F B5 16"
is "$status" 0 'with patch = no a broken telegram may be sent'

run "$sim" --check --set bus.baud=77 "$scenarios/single.ini"
like "$err" '--set bus.baud=77: is not an M-Bus rate' \
	'an override is complained about as such'
run_is 1 'an override that is none' "$sim" --check --set baud=300 \
	"$scenarios/single.ini"
like "$err" 'is not SECTION.KEY=VALUE' 'and how it is written'

run_is 1 'a scenario that does not exist' "$sim" nonsense
like "$err" 'nonsense: neither a file nor a scenario of mbus-sim --list' \
	'and where to look'
run_is 2 'no scenario' "$sim"
run_is 2 'an unknown option' "$sim" --frob single
run_is 2 '--link with --tty' "$sim" --tty /dev/null --link x single
run_is 1 'a tty that is none' "$sim" --tty /dev/null "$scenarios/single.ini"
like "$err" '^mbus-sim: /dev/null: Inappropriate ioctl' 'and what is wrong'
run_ok '--help' "$sim" --help
run_ok '--version' "$sim" --version

done_testing
