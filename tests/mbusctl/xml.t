#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# XML for programs that were made for libmbus.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl
here=$top/tests/mbusctl

# --- whole documents; xml/*.hex describe them

for telegram in "$here"/xml/*.hex; do
	name=$(basename "$telegram" .hex)
	for flavour in xml xml-normalized; do
		"$mbusctl" decode --format $flavour "$telegram" >"$tmp/xml" 2>"$tmp/err"
		cmp -s "$here/xml/$name.$flavour" "$tmp/xml"
		ok $? "$name as $flavour" || diag "$(diff -a \
			"$here/xml/$name.$flavour" "$tmp/xml"; cat "$tmp/err")"
		python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' \
			"$tmp/xml"
		ok $? "$name as $flavour is well-formed"
	done
done

# --- records one by one

# value HEX-OF-RECORD FLAVOUR: its Unit, Quantity and Value
record()
{
	hex=$(python3 - "$1" <<'END'
import sys
body = bytes.fromhex('080172 78563412 2423 01 04 AA 00 0000' + sys.argv[1])
print((bytes([0x68, len(body), len(body), 0x68]) + body +
       bytes([sum(body) & 255, 0x16])).hex())
END
	)
	echo "$hex" | "$mbusctl" decode --format "$2" |
		sed -n 's/^ *<\(Unit\|Quantity\|Value\)>\(.*\)<.*/\2/p' |
		paste -s -d'|'
}

row()
{
	is "$(record "$1" xml)" "$2" "$1"
	is "$(record "$1" xml-normalized)" "$3" "$1, normalized"
}

row '0413 31D40000' 'Volume (m m^3)|54321' 'm^3|Volume|54.321000'
row '04FB08 2A000000' 'Energy (0.1 GJ)|42' 'J|Energy|4200000000.000000'
row '04FB18 2A000000' 'Mass (100 t)|42' 'kg|Mass|4200000.000000'
row '02FD39 0200' 'Period of tariff year(s)|2' 's|Period of tariff|63113852.000000'
row '0224 3C00' 'Operating time (seconds)|60' 's|Operating time|60.000000'
row '0226 0200' 'Operating time (hours)|2' 's|Operating time|7200.000000'
row '02FD6E 0300' 'Operating time battery month(s)|3' \
	's|Operating time battery|7889231.490000'
row '07FD41 0100000000002000' '1e-8  V|9007199254740993' \
	'V|Voltage|90071992.54740993'
row '01FD50 01' '1e-12  A|1' 'A|Current|0.000000000001'
row '0713 0000000000000080' 'Volume (m m^3)|' 'm^3|Volume|'
row '0C13 785634F1' 'Volume (m m^3)|-1345678' 'm^3|Volume|-1345.678000'
row '0493 73 2A000000' 'Volume (m m^3)|0.042' 'm^3|Volume|0.000042'
row '036D 0B0C0D' 'Time Point (time &amp; date)|13:12:11' \
	'-|Time point (date &amp; time)|13:12:11Z'
row '0D78 03 3C2601' 'Fabrication number| &amp;&lt;' \
	'|Fabrication No| &amp;&lt;'
row '04FD71 2A000000' 'RF level (dBm)|42' 'dBm|RF level|42.000000'
row '0C7B 02030000' 'reserved VIF|302' '|reserved VIF|302.000000'

# Identifiers are numbers as they were sent, or bytes if they are longer.
row '0C78 78563412' 'Fabrication number|12345678' '|Fabrication No|12345678.000000'
row '0478 78563412' 'Fabrication number|305419896' '|Fabrication No|305419896.000000'
row '0778 0102030405060708' 'Fabrication number|08 07 06 05 04 03 02 01' \
	'|Fabrication No|08 07 06 05 04 03 02 01'
# Words of the VIF hold for what is behind it, or not; a manufacturer's code is neither.
row '0493 3C 2A000000' 'Volume (m m^3)|42' 'm^3|Volume|0.042000'
row '0493 FF39 2A000000' 'Volume (m m^3)|42' 'm^3|Volume|0.042000'
row '0493 39 2A000000' 'volume, start date of|' '|volume, start date of|'
row '0493 BC39 2A000000' 'volume, negative contributions only, start date of|' \
	'|volume, negative contributions only, start date of|'
row '0275 0200' 'Actuality Duration (minutes)|2' 's|Actuality Duration|120.000000'
row '0277 0200' 'Actuality Duration (days)|2' 's|Actuality Duration|172800.000000'
row '02FD2C 0200' 'Duration since last readout second(s)|2' \
	's|Duration since last readout|2.000000'
row '02FD31 0200' 'Duration of tariff minute(s)|2' 's|Duration of tariff|120.000000'
# More hours than there is room for in seconds stay hours.
row '0726 FFFFFFFFFFFFFF7F' 'Operating time (hours)|9223372036854775807' \
	'h|Operating time|9223372036854775807.000000'
row '04FC 0348 52 25 74 D4110000' '1e-2  %RH|4564' '-|%RH|45.640000'
row '0F 010203' '01 02 03' '||01 02 03'
row '1F' '' '||'

# --- all that libmbus expects of its telegrams: test/test-frames of its source

if [ -d "${MBUS_LIBMBUS:-}" ]; then
	is "$("$here/xml-compare" "$mbusctl" "$MBUS_LIBMBUS" \
		"$top/Documentation/xml-differences.md" 2>&1)" \
		'' 'only what Documentation/xml-differences.md names differs'
else
	skip 'the differences are those that are documented' \
		'MBUS_LIBMBUS names no folder'
fi

done_testing
