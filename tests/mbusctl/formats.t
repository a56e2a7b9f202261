#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# decode --format csv, influx, annotated, json; XML has a test of its own.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl
hyd=$(grep -m 1 '^68' "$top/tests/vectors/hyd.txt")

# telegram HEX...: a RSP_UD of HYD meter 12345678 with these records
telegram()
{
	python3 - "$*" <<'END'
import sys
body = bytes.fromhex('080172 78563412 2423 01 04 AA 00 0000' + sys.argv[1])
print((bytes([0x68, len(body), len(body), 0x68]) + body +
       bytes([sum(body) & 255, 0x16])).hex())
END
}

decode()
{
	format=$1
	shift
	telegram "$@" | "$mbusctl" decode --format "$format"
}

# --- choice

echo "$hyd" >"$tmp/hyd"
run_ok '--format json' "$mbusctl" decode --format json "$tmp/hyd"
json=$out
run_ok '--json' "$mbusctl" decode --json "$tmp/hyd"
is "$out" "$json" 'are the same'
run_is 2 'an unknown format is refused' "$mbusctl" decode --format yaml "$tmp/hyd"
like "$err" '^mbusctl: --format yaml: unknown format; use table, json, xml' 'with the others'

run_is 2 '--json and another format are refused' \
	"$mbusctl" decode --json --format csv "$tmp/hyd"

# --- CSV

"$mbusctl" decode --format csv "$tmp/hyd" "$tmp/hyd" >"$tmp/csv"
python3 - "$tmp/csv" <<'END' >"$tmp/facts"
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline='', encoding='utf-8'), strict=True))
print(len(rows), len({len(r) for r in rows}), None in rows[0])
print(*(rows[1][k] for k in ('id', 'manufacturer', 'version', 'medium', 'address', 'access_number', 'status',
    'record', 'function', 'storage', 'quantity', 'value', 'unit', 'raw')), sep=',')
print(rows[14]['record'], rows[10]['modifiers'])
END
is "$(cat "$tmp/facts")" '28 1 False
31892747,HYD,40,heat,3189274724232804,237,0,1,instantaneous,0,volume,264.7291,m³,0C1291726402
0 future value' 'CSV: a head, a line a record, the head only once'
is "$(tr -cd '\r' <"$tmp/csv" | wc -c)" 29 'lines end as in RFC 4180'

decode csv 0D FD 11 05 22 0A 2C 41 42 >"$tmp/csv"
is "$(python3 -c "import csv,sys; print(repr(list(csv.reader(open(sys.argv[1], newline='')))[1][18]))" "$tmp/csv")" \
	"'BA,\\n\"'" 'CSV: commas, quotes and line ends inside a value'
like "$(decode csv 0C 13 78 56 34 A1)" ',volume,,,m³,not decimal digits,,0C13785634A1' \
	'CSV: no value, with the reason'
like "$(decode csv 3F 01 02)" ',0,,,,,,,,,,reserved DIF: .*,3F0102' \
	'CSV: what is not decoded keeps its bytes'
like "$(echo 6813136808017278563412C51400045500000001FD17855B16 |
	"$mbusctl" decode --format csv)" \
	',error_flags,"T1 sensor cable break; T2 sensor cable break; low battery".$' \
	'CSV: the flags of a record'
is "$(echo E5 | "$mbusctl" decode --format csv | wc -l)" 1 \
	'CSV: E5 has no records'

# --- InfluxDB line protocol

influx()
{
	decode influx "$@" | sed 's/^mbus,id=12345678,medium=heat,manufacturer=HYD,version=1,//'
}

is "$(influx 0C 13 78 56 34 F1)" \
	'quantity=volume,unit=m³,function=instantaneous,storage=0,tariff=0,subunit=0,name=volume value=-1345.678' \
	'line protocol: meter and quantity are tags'
is "$(influx 07 03 01 00 00 00 00 00 20 00)" \
	'quantity=energy,unit=Wh,function=instantaneous,storage=0,tariff=0,subunit=0,name=energy value=9007199254740993,exact="9007199254740993"' \
	'digits a double cannot hold are kept as text'
is "$(influx 02 59 2A 08)" \
	'quantity=flow\ temperature,unit=°C,function=instantaneous,storage=0,tariff=0,subunit=0,name=flow_temperature value=20.9' \
	'spaces in tags are escaped'
is "$(influx 0D FD 11 05 22 0A 5C 41 42)" \
	'quantity=customer,function=instantaneous,storage=0,tariff=0,subunit=0,name=customer text="BA\\ \""' \
	'quotes and line ends in text are escaped'
is "$(influx 04 7C 04 2C 3D 20 5C 01 00 00 00 | sed 's/,function.*//')" \
	'quantity=plain\ text,unit=_\ \=\,' "and the text of the meter's unit"
is "$(influx 01 13 05 01 13 06 41 13 07 | sed 's/.*subunit=0//')" \
',name=volume value=0.005
,name=volume_2 value=0.006
,name=volume_due_1 value=0.007' 'equal records do not replace each other'
is "$(influx 0C 13 78 56 34 A1 3F 02 03 00 00)" '' 'a record without value has no point'
is "$(influx 04 6D 21 16 0A 39 | sed 's/.* //')" 'time_point="2024-09-10T22:33"' \
	'dates have a field of their own'
like "$(decode influx 01 13 05)" '^mbus,id=12345678,medium=heat,manufacturer=HYD,version=1,' \
	'the meter is named'
cat >"$tmp/monitor" <<END
{"bus":"mbus3","time":"2024-09-10T20:33:05.123456Z","kind":"frame","raw":"$(telegram 01 13 05)"}
END
is "$("$mbusctl" decode --format influx "$tmp/monitor" | sed 's/,id.* value/ value/')" \
	"mbus,bus=mbus3 value=0.005 $(date -u -d '2024-09-10T20:33:05Z' +%s)123456000" \
	'bus and time are those of the input'

# --- annotated hex

"$mbusctl" decode --format annotated "$tmp/hyd" >"$tmp/annotated"
is "$(sed -n '7,8p;15,18p' "$tmp/annotated")" \
'    7  47 27 89 31              identification 31892747
   11  24 23                    manufacturer HYD
   19  0C                       DIF: BCD, 8 digits, instantaneous
   20  05                       VIF: energy, 10^2 Wh
   21  31 84 74 01              energy: 174843100 Wh
record 1' 'annotated: offset, bytes, meaning'

# bytes: those of an annotated telegram, which must be all, in order
bytes()
{
	sed -n 's/^ *[0-9]*  \(\([0-9A-F][0-9A-F] \)*[0-9A-F][0-9A-F]\)\(  .*\)\{0,1\}$/\1/p' |
		tr -d ' \n'
}
for records in '84 50 13 01 00 00 00' '04 FB 8D 7C 03 01 00 00 00' \
	'04 FC 02 43 43 74 01 00 00 00' '04 FC 74 02 43 43 01 00 00 00' \
	'0D 13 C4 12 34 56 78' '2F 2F 01 13 05 2F' '0F 01 02 03' '1F' \
	'0C 7B 02 03 00 00' '0D 13 FF 01' '04' '01 FD FD 02 05' \
	'02 FF 70 01 00' '3F 01' '44 ED 7E 01 01 01 01' '0D 78 11 31 32 33 34 35 36 37 38 39 30 31 32 33 34 35 36 37'; do
	hex=$(telegram "$records")
	is "$(echo "$hex" | "$mbusctl" decode --format annotated | bytes)" \
		"$(echo "$hex" | tr a-f A-F)" "every byte once, in order: $records"
done
for vectors in "$top"/tests/vectors/*.txt; do
	grep '^[0-9A-F]' "$vectors" | sed 's/[;#].*//' >"$tmp/hex"
	"$mbusctl" decode --format annotated "$tmp/hex" 2>/dev/null | bytes >"$tmp/got"
	tr -d ' \n' <"$tmp/hex" >"$tmp/want"
	cmp -s "$tmp/want" "$tmp/got"
	ok $? "every byte of $(basename "$vectors")"
done
unlike "$(decode annotated 0D FD 11 04 1B 5B 9B 41)" "$(printf '[\033\233]')" \
	'no control characters of the meter'

done_testing
