#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Descriptions of meters: all can be read and have a source.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl

run_ok 'every description of the project can be read' "$mbusctl" meters-known
like "$out" '^KAM 40 \* +Kamstrup MULTICAL 303 +kamstrup-303\.conf +[^ ]' \
	'meters, name, file and source of a description'
is "$(echo "$out" | wc -l)" "$(cat "$top"/userspace/meters.d/*.conf | grep -c '^\[meter\]$')" \
	'a line for each description'
run_ok 'as JSON' "$mbusctl" meters-known --json
is "$(echo "$out" | jq -r 'select(.source == "" or .name == "") | .file')" '' \
	'each with a name and a source'
run_is 2 'an argument is a usage error' "$mbusctl" meters-known KAM

run_ok 'decode --explain' "$mbusctl" decode --explain "$top/tests/vectors/kam-303.txt"
like "$out" '^  description: Kamstrup MULTICAL 303 \(kamstrup-303\.conf\), ' \
	'names the description'
like "$out" '^  information_code: kamstrup-303\.conf \[code FF 22\]$' \
	'and the rule that gave a record its meaning'
unlike "$out" '^  energy: ' 'but not for what the standard says'

# Codes behind VIFE FF, and what a subunit measures.
names()
{
	"$mbusctl" decode --json "$top/tests/vectors/meters.hex" 2>/dev/null |
		jq -r --arg maker "$1" '.telegrams[] |
			select(.meter.manufacturer == $maker) | .records[].name'
}

like "$(names SBC)" '^reactive_power_l2_subunit_1$' 'Saia-Burgess: phases, reactive power'
like "$(names FIN)" '^reactive_power_l1_subunit_1$' 'Finder: the same'
like "$(names EMU)" '^power_l3_subunit_2$' 'EMU: phases'
run "$mbusctl" decode "$top/tests/vectors/meters.hex"
for name in 'Itron CF 55' 'Landis\+Gyr Ultraheat T230' 'Sontex Supercal 531' \
	'Sensus PolluCom E' 'Eastron SDM630' 'Relay PadPuls 3'; do
	like "$out" "^[0-9A-F]{8}\.[A-Z]{3}\.[0-9A-F.]{5} $name, " "known by name: $name"
done

# A copy of the program with descriptions of its own beside it.
mkdir -p "$tmp/meters.d"
cp "$mbusctl" "$tmp/mbusctl"
cat >"$tmp/meters.d/own.conf" <<'END'
[meter]
name = Own
manufacturer = KAM
version = 40
source = this test

[code FF 07]
quantity = heat
unit = J
exponent = 3
END
run_ok 'another folder' "$tmp/mbusctl" decode --json "$top/tests/vectors/kam-303.txt"
like "$(echo "$out" | jq -c '.telegrams[].records[] | select(.source == "Own") | [.quantity, .unit, .name]' | head -n 1)" \
	'^\["heat","J","heat"\]$' 'has its own words'

fault()
{
	printf '%s\n' "$2" >"$tmp/meters.d/own.conf"
	run "$tmp/mbusctl" meters-known
	is "$status $err" "2 mbusctl: $tmp/meters.d/own.conf$3" "$1"
}

fault 'a key that there is not' '[meter]
nome = x' ':2: [meter] nome = x: there are name, source, manufacturer, version and medium'
fault 'a section that there is not' '[metre]
name = x' ':1: [metre]: there are [meter], [code ...], [qualifier ...], [subunit ...] and [status]'
cat >"$tmp/meters.d/own.conf" <<'END'
[meter]
name = Other
manufacturer = HYD
version = 28
source = this test

[code FF 07]
quantity = other

[meter]
name = Own
manufacturer = KAM
version = 40
source = this test

[code FF 07]
quantity = heat
END
run_ok 'several descriptions in a file' "$tmp/mbusctl" meters-known
is "$(echo "$out" | cut -c 1-6 | sort)" 'HYD 28
KAM 40' 'are all listed'
run "$tmp/mbusctl" decode --format csv "$top/tests/vectors/kam-303.txt"
like "$out" ',heat,.?$' 'each with its own codes'
fault 'a second one without a source' '[meter]
name = x
manufacturer = KAM
version = 40
[meter]
name = y' ':5: [meter]: the description above has no source'
fault 'a key twice' '[meter]
name = x
manufacturer = KAM
manufacturer = HYD' ':4: manufacturer is there twice (line 3); remove one'
fault 'a manufacturer that is none' '[meter]
manufacturer = kam' ':2: [meter] manufacturer = kam: write three letters'
fault 'a code that is none' '[meter]
name = x
[code F]
unit = J' ':3: [code F]: write [code FF 07]: VIF and VIFEs as sent'
fault 'no source' '[meter]
name = x' ': the last description has no source'

done_testing
