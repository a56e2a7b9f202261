#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Tables for people: units of a meter's face, times of values, reports of the
# meter in place of a missing value; on a terminal, and in German.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl
unset LANGUAGE LC_ALL LC_MESSAGES NO_COLOR
LANG=C
export LANG

# telegram BYTES...: a telegram of a meter without a header (CI 78)
telegram()
{
	python3 -c '
import sys
body = bytes.fromhex("080178" + "".join(sys.argv[1:]).replace(" ", ""))
print((bytes([0x68, len(body), len(body), 0x68]) + body +
       bytes([sum(body) & 255, 0x16])).hex())' "$@"
}

# row BYTES...: the last line of such a telegram, spaces squeezed
row()
{
	telegram "$@" | "$mbusctl" decode | tail -n 1 | tr -s ' '
}

# --- units, exactly

is "$(row 0C 03 13 72 35 00)" ' energy 357.213 kWh' 'Wh are kWh'
is "$(row 0C 07 78 56 34 12)" ' energy 123 456.78 MWh' '10 kWh are MWh'
is "$(row 0C 0E 59 60 01 00)" ' energy 16.059 GJ' 'MJ are GJ'
is "$(row 0C 0B 59 60 01 00)" ' energy 16.059 MJ' 'kJ are MJ'
is "$(row 0C 2B 13 07 00 00)" ' power 0.713 kW' 'W are kW'
is "$(row 0C 2A 05 00 00 F0)" ' power -0.0005 kW' 'to the last digit, with its sign'
is "$(row 0C 3B 42 00 00 00)" ' volume flow 42 l/h' 'l/h are l/h'
is "$(row 0C 3E 42 00 00 00)" ' volume flow 42 m³/h' 'm³/h are m³/h'
is "$(row 0C 3A 42 00 00 00)" ' volume flow 4.2 l/h' 'tenths of them, too'
is "$(row 0C 13 01 00 00 00)" ' volume 0.001 m³' 'a volume is in m³'
is "$(row 07 00 FF FF FF FF FF FF FF 7F)" \
	' energy 9 223 372 036 854.775807 kWh' '19 digits'
is "$(row 0C 78 43 53 93 07)" ' fabrication number 07935343' \
	'an identifier is no number'

# --- when

is "$(row 42 6C 3F 2C 4C 06 30 78 11 00)" ' energy 117 830 kWh at 2017-12-31' \
	'a date of the same storage stands beside the value'
is "$(row 4C 06 30 78 11 00 42 6C 3F 2C)" ' energy 117 830 kWh at 2017-12-31' \
	'also if the date follows the value'
is "$(row 82 01 6C 3F 2C 4C 06 30 78 11 00)" ' energy, storage 1 117 830 kWh' \
	'the date of another storage does not'
is "$(row 42 6C FF FF 4C 06 30 78 11 00)" ' energy, storage 1 117 830 kWh' \
	'nor does an invalid date'
is "$(row 14 6D 21 0A 7C 37 1C 2B 13 07 00 00 | head -n 1)" \
	' power, maximum 0.713 kW at 2027-07-28 10:33' 'a maximum has its time'
is "$(row 04 6D 21 0A 7C 37 0C 06 30 78 11 00)" ' energy 117 830 kWh' \
	"the meter's clock is no time of a value"

# --- no value

is "$(row 1A 5B EE EE)" ' flow temperature, maximum no value: not decimal digits' \
	'the reason is in words'
is "$(row 3A 5B EE EE)" \
	' flow temperature, during an error no value: the meter reports an error' \
	'or that the meter reports an error'
header=12345678
broken()
{
	python3 -c '
import sys
body = bytes.fromhex("080172" + sys.argv[1] + "2D2C" + "4004" + "01" + sys.argv[2] +
                     "0000" + "".join(sys.argv[3:]).replace(" ", ""))
print((bytes([0x68, len(body), len(body), 0x68]) + body +
       bytes([sum(body) & 255, 0x16])).hex())' "$@" | "$mbusctl" decode
}
like "$(broken $header 08 0A 5B EE EE)" \
	'^  flow temperature +no value: the meter reports a permanent error$' \
	"or what the meter's status says"
like "$(broken $header 10 0A 5B EE EE)" 'the meter reports a temporary error$' \
	'which may be temporary'
like "$(broken $header 00 0A 5B EE EE 02 FF 22 08 00)" \
	'^  flow temperature +no value: the meter reports a sensor error \(T1 above measuring range\)$' \
	"or what its information code says"
like "$(broken $header 00 02 FF 22 08 00)" \
	'^  information code +8 \(T1 above measuring range\)$' 'bits are in words'
like "$(broken $header 00 0A 5B EE EE)" 'no value: not decimal digits$' \
	'without a reported error there is only the reason'
like "$(broken $header 00)" '^78563412\.KAM\.40\.04 Kamstrup MULTICAL 303, heat,' \
	'manufacturer and product are named'

# --- on a terminal

grep -m 1 '^68' "$top/tests/vectors/hyd.txt" >"$tmp/hyd"
grep -m 1 '^68' "$top/tests/vectors/kam-303.txt" >"$tmp/kam"

# terminal COLUMNS COMMAND...: its output on a terminal of that width
terminal()
{
	python3 -c '
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if not pid:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
out = b""
try:
    while data := os.read(fd, 4096):
        out += data
except OSError:
    pass
os.waitpid(pid, 0)
sys.stdout.write(out.decode().replace("\r", ""))' "$@"
}

escape=$(printf '\033')
TERM=xterm
export TERM
like "$(terminal 80 "$mbusctl" decode "$tmp/hyd")" "^$escape\\[1m31892747" \
	'a terminal shows the meter in bold'
unlike "$("$mbusctl" decode "$tmp/hyd")" "$escape" 'a pipe does not'
unlike "$(NO_COLOR=1 terminal 80 "$mbusctl" decode "$tmp/hyd")" "$escape" \
	'nor with NO_COLOR'
unlike "$(TERM=dumb terminal 80 "$mbusctl" decode "$tmp/hyd")" "$escape" \
	'nor a dumb terminal'
is "$(NO_COLOR=1 terminal 46 "$mbusctl" decode "$tmp/kam" | sed -n '3,4p')" \
'  energy, negative                  0    kWh
    contributions only' 'words wrap where the terminal is narrow'

# --- in German

for variable in LANG LC_MESSAGES LC_ALL; do
	is "$(env "$variable=de_DE.UTF-8" "$mbusctl" decode "$tmp/hyd" | sed -n '2p;10p')" \
'  Energie                               174 843,1    kWh
  Energie                                11 783      kWh  am 2008-04-30' \
		"German by $variable, whether the locale is installed or not"
done
is "$(LANG=de_DE.UTF-8 "$mbusctl" decode --units si "$tmp/hyd" | sed -n 3p | tr -s ' ')" \
	' Volumen 264.7291 m³' 'with SI units the point stays'
for format in json csv xml xml-normalized influx annotated; do
	LANG=de_DE.UTF-8 "$mbusctl" decode --format $format "$tmp/kam" >"$tmp/de"
	"$mbusctl" decode --format $format "$tmp/kam" >"$tmp/en"
	cmp -s "$tmp/de" "$tmp/en"
	ok $? "$format has no language"
done

for po in "$top"/userspace/po/*.po; do
	"$top/userspace/po/extract" >"$tmp/words.pot"
	msgmerge --quiet --no-fuzzy-matching --output-file="$tmp/merged.po" \
		"$po" "$tmp/words.pot"
	is "$(msgattrib --untranslated "$tmp/merged.po")" '' \
		"$(basename "$po") has all words of the decoder and of the descriptions"
done

done_testing
