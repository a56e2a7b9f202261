#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mbusd --check: every fault with its file, its line and what to do.
. "$(dirname "$0")/../lib/tap.sh"

conf=$tmp/mbusd.conf

check()
{
	printf '%b' "$1" >"$conf"
	chmod 640 "$conf"
	run "$build/mbusd" --check -c "$conf"
}

# faults: without warnings
faults()
{
	printf '%s\n' "$err" | grep -v ': warning: '
}

# accepted NAME TEXT
accepted()
{
	check "$2"
	is "$status:$(faults)" '0:' "$1"
}

# fault NAME LINE REGEX TEXT: exactly one fault, at LINE
fault()
{
	check "$4"
	is "$status" 2 "$1"
	is "$(faults | grep -c .)" 1 '... it has one line'
	like "$(faults)" "^mbusd: $conf:$2: .*$3" '... with place and remedy'
}

# warns NAME :LINE|'' REGEX TEXT: accepted with exactly one warning
warns()
{
	check "$4"
	is "$status" 0 "$1 is accepted"
	is "$(printf '%s\n' "$err" | grep -c .)" 1 '... the warning has one line'
	like "$err" "^mbusd: $conf$2: warning: .*$3" '... with cause and remedy'
}

bus='[bus b]\ntty = /dev/ttyS0\n'
meter='[meter m]\naddress = 5\n'

accepted 'an empty file' ''
accepted 'all of it' "; comment\n[mbusd]\nsite = s\nstore = /x/y\nretention = 10y\nschedule = 0 6 * * *\n
[bus a]\nusb = 1A86:55d5\nserial = 0123\nport = 2\nbaud = 2400\nguard = 80ms\necho = auto\n
[bus b]\nbus = mbus3\n[bus c]\ntcp = gateway:10001\n[bus d]\nrfc2217 = [2001:db8::1]:2217\nbaud = 300\n
[meter m]\nbus = a\naddress = 31892743.HYD.28.04\nschedule = 15m\nreads-per-day = 100\nquirks = eastron-sdm\n
key = 000102030405060708090A0B0C0D0E0F\nlabel.house = Am Bach 12\n
[output q]\ntype = mqtt\nurl = mqtts://broker:8883\ntopic = a/b\ndiscovery = homeassistant\ntimeout = 5\n
[output i]\ntype = influx1\nurl = http://localhost:8086\ndatabase = d\n
[output e]\ntype = exec\ncommand = /bin/true\n[api]\nsocket = none\n"
accepted 'an indented file with a byte order mark' \
	'\0357\0273\0277[mbusd]\n    site = s\n    schedule = 0 6\n        * * *\n    store = /x\n'
accepted 'a meter need not name the only bus' "$bus${meter}"

fault 'a key before the first section' 1 'put it below' 'x = 1\n'
fault 'a line that is neither section nor key' 2 'neither \[section\] nor key' "[mbusd]\nnonsense\n"
fault 'a key with deeper indentation' 3 'begin it at the column of the key above' '[mbusd]\nsite = s\n  store = /x\n'
fault 'a key after a section header' 1 'put it on a line of its own' '[mbusd] site = s\n'
fault 'a value in quotation marks' 2 'remove them' '[mbusd]\nsite = "s"\n'
fault 'a backslash at the end of a line' 2 'indent the next line' '[mbusd]\nschedule = 0 6 \\\n  * * *\n'
fault 'a no-break space' 2 'type it again' '[mbusd]\n\0302\0240site = s\n'
fault 'UTF-16' 1 'save it as UTF-8' '\0377\0376[\0000m\0000\n'
fault 'an unknown section' 1 'unknown section \[zone\]; write \[mbusd\]' '[zone]\na = 1\n'
fault 'an unknown key' 2 'colour: unknown key; the keys are: site' '[mbusd]\ncolour = red\n'
fault 'a duplicate key' 3 'site is there twice \(line 2\)' '[mbusd]\nsite = a\nsite = b\n'
fault 'a duplicate section' 5 'twice \(line 3\); give each' "$bus${meter}$meter"
fault 'a section without end' 1 'has no end; put a \]' '[mbusd\n'
fault 'a line that is too long' 2 'continue it on the next line' "[mbusd]\nsite = $(printf '%0300d' 0)\n"
fault 'bytes that are not text' 2 'no UTF-8' '[mbusd]\nsite = \0377\n'
fault 'control characters' 2 'control characters' '[mbusd]\nsite = \0033[2J\n'
fault 'an incomplete character' 2 'no UTF-8' "[mbusd]\n; \0303\n"

fault 'a name with a path in it' 3 "is not a name; use" "${bus}[meter ../../etc]\naddress = 5\n"
fault 'a name that is a topic' 3 "is not a name" "${bus}[meter a/+]\naddress = 5\n"
fault 'a missing name' 3 "is not a name" "${bus}[meter]\naddress = 5\n"
fault 'a name where none belongs' 1 'write \[mbusd\]' '[mbusd x]\n'
fault 'a store that is not a path' 2 'begins with /' '[mbusd]\nstore = x.db\n'
fault 'an invalid retention' 2 'write forever, or a number' '[mbusd]\nretention = 5 apples\n'
fault 'an invalid schedule' 2 'is not a schedule; write' '[mbusd]\nschedule = often\n'
fault 'a day that never occurs' 2 'never occurs; change' '[mbusd]\nschedule = 0 0 30 2 *\n'

fault 'a bus that leads nowhere' 1 'no connection given; add one of' '[bus b]\n'
fault 'a bus with two connections' 1 'given; keep one' '[bus b]\ntty = /dev/ttyS0\nbus = mbus0\n'
fault 'an invalid adapter' 2 'is not VID:PID as 1a86:55d5' '[bus b]\nusb = WCH\n'
fault 'a port without a USB adapter' 3 'goes with usb only; remove' "${bus}port = 2\n"
fault 'a rate that M-Bus does not have' 3 'is not an M-Bus baud rate: 300' "${bus}baud = 2401\n"
fault 'a gateway without a port' 2 'is not HOST:PORT as' '[bus b]\ntcp = gateway\n'
fault 'a gateway on port 0' 2 'no port from 1' '[bus b]\ntcp = gateway:0\n'
fault 'a guard that is too long' 3 'from 1 to 1000 ms' "${bus}guard = 1h\n"
fault 'two buses on one tty' 3 '\[bus b\] \(line 1\).*remove one' "${bus}[bus c]\ntty = /dev/ttyS0\n"
ln -s /dev/null "$tmp/tty"
fault 'two names of one tty' 3 'is or may be the same as \[bus b\]' "[bus b]\ntty = /dev/null\n[bus c]\ntty = $tmp/tty\n"
fault 'two buses that may be one adapter' 3 'or may be .*serial or port' \
	"[bus b]\nusb = 1a86:55d5\n[bus c]\nusb = 1a86:55d5\nport = 2\n"
accepted 'two ports of one adapter' \
	"[bus b]\nusb = 1a86:55d5\nport = 1\n[bus c]\nusb = 1a86:55d5\nport = 2\n"

fault 'a meter without a bus' 1 'there is no bus for it; add' "$meter"
fault 'a meter on one of several buses' 5 'the bus is missing; add' "${bus}[bus c]\nbus = mbus0\n$meter"
fault 'a meter on an unknown bus' 5 'there is no \[bus x\]; add it' "$bus${meter}bus = x\n"
fault 'a meter without address' 3 "the address is missing; add it, 'mbusctl scan' finds it" "${bus}[meter m]\n"
fault 'an invalid address' 4 'address: .*0 to 250' "${bus}[meter m]\naddress = 300\n"
fault 'the address of all meters' 4 "not the address of one meter" "${bus}[meter m]\naddress = 254\n"
fault 'two meters with one address' 5 'has the address of \[meter m\] \(line 3\)' "$bus${meter}[meter n]\naddress = 5\n"
fault 'two meters with one address, another one between' 7 'has the address of \[meter m\] \(line 3\)' \
	"$bus${meter}[meter n]\naddress = 7\n[meter o]\naddress = 5\n"
accepted 'one address on two buses' "${bus}[bus c]\nbus = mbus0\n${meter}bus = b\n[meter n]\naddress = 5\nbus = c\n"
fault 'unknown quirks' 5 "unknown quirks x; 'mbusctl read --quirks help'" "$bus${meter}quirks = x\n"
fault 'a missing file of quirks' 2 'quirks-file: ' "[mbusd]\nquirks-file = $tmp/none\n"
fault 'a key that is too short' 5 '32 hexadecimal digits' "$bus${meter}key = 0102\n"
unlike "$err" 0102 'a key is never shown'
fault 'a label without a name' 5 'is not a name' "$bus${meter}label. = x\n"

output='[output o]\n'
fault 'an output of no type' 1 'the type is missing; add type = mqtt' "$output"
fault 'an output of unknown type' 2 'is not one of mqtt, influx1' "${output}type = mqttt\n"
fault 'an output without a required key' 1 'database is missing, which outputs of type influx1 need; add it' "${output}type = influx1\nurl = http://x\n"
fault 'a key of another type of output' 4 'have no such key; remove' "${output}type = mqtt\nurl = mqtt://x\nbucket = b\n"
fault 'an output without its server' 1 'url is missing, which outputs of type mqtt need; add it' "${output}type = mqtt\n"
fault 'a program with a server' 4 'outputs of type exec have no such key; remove it' \
	"${output}type = exec\ncommand = /bin/true\nurl = nowhere\n"
fault 'a URL with the wrong scheme' 3 'write mqtt://HOST or mqtts://HOST' "${output}type = mqtt\nurl = http://x\n"
fault 'a password in a URL' 3 'use user and password-file' "${output}type = mqtt\nurl = mqtt://u:p@x\n"
fault 'a topic with wildcards' 4 'is not a topic; write' "${output}type = mqtt\nurl = mqtt://x\ntopic = a/#\n"
fault 'a missing program' 3 'cannot be run: No such file' "${output}type = exec\ncommand = /no/such\n"
printf 'secret\n' >"$tmp/password"
chmod 644 "$tmp/password"
fault 'a password for everybody' 4 "world-readable; run: chmod o= $tmp/password" \
	"${output}type = mqtt\nurl = mqtt://x\npassword-file = $tmp/password\n"
unlike "$err" 'secret' 'a password is never shown'
chmod 600 "$tmp/password"
accepted 'a password that is not world-readable' "${output}type = mqtt\nurl = mqtt://x\npassword-file = $tmp/password\n"
: >"$tmp/password"
fault 'a password that is empty' 4 'is empty; write the secret' \
	"${output}type = mqtt\nurl = mqtt://x\npassword-file = $tmp/password\n"
fault 'a password that is a folder' 4 'is not a regular file' \
	"${output}type = mqtt\nurl = mqtt://x\npassword-file = $tmp\n"
# systemd's credentials are named without a folder.
mkdir "$tmp/credentials"
printf 'secret\n' >"$tmp/credentials/broker"
chmod 400 "$tmp/credentials/broker"
credential="${output}type = mqtt\nurl = mqtt://x\npassword-file = broker\n"
fault 'a credential without a service' 4 'add to the unit: LoadCredential=broker:FILE' \
	"$credential"
CREDENTIALS_DIRECTORY=$tmp/credentials
export CREDENTIALS_DIRECTORY
accepted 'a credential of the service' "$credential"
fault 'a credential that the unit lacks' 4 'is no credential of mbusd.service' \
	"${output}type = mqtt\nurl = mqtt://x\npassword-file = hook\n"
fault 'a relative path' 4 'is not an absolute path' \
	"${output}type = mqtt\nurl = mqtt://x\npassword-file = credentials/broker\n"
chmod 644 "$tmp/credentials/broker"
fault 'a credential for everybody' 4 'world-readable' "$credential"
unset CREDENTIALS_DIRECTORY
fault 'a certificate without its key' 1 'need each other; add the missing' \
	"${output}type = mqtt\nurl = mqtts://x\ncert-file = $conf\n"

fault 'metrics for the network' 2 'is not a loopback address; write 127.0.0.1:PORT' \
	'[api]\nmetrics-listen = 0.0.0.0:9463\n'
fault 'metrics without a port' 2 "'127.0.0.1'" '[api]\nmetrics-listen = 127.0.0.1\n'
accepted 'metrics on loopback' "${bus}[api]\nmetrics-listen = [::1]:9463\n"
fault 'an unknown group' 2 'run: groupadd' '[api]\ngroup = nosuchgroup\n'
check '[api]\nlisten = 0.0.0.0:80\n'
is "$(printf '%s\n' "$err" | grep -c 'listen needs')" 3 'the network needs token, certificate and key'

printf '%b' "$bus${meter}key = 000102030405060708090A0B0C0D0E0F\n" >"$conf"
chmod 644 "$conf"
run "$build/mbusd" --check -c "$conf"
like "$err" "chmod o= $conf" 'a file with keys must not be world-readable'

check 'x = 1\n[zone]\n[mbusd]\nsite = a b\nstore = c\n'
is "$(faults | sed 's/.*conf:\([0-9]*\):.*/\1/' | tr '\n' ' ')" \
	'1 2 4 5 ' 'all faults are reported, in the order of lines'

run "$build/mbusd" --check -c "$tmp/none"
is $status 2 'a missing configuration'
like "$err" "$tmp/none: cannot be read: No such file.*mbusctl scan --config" '... is reported, with how to make one'
run "$build/mbusd" --nonsense
is $status 2 'an unknown option'


# Settings that are probably mistakes, and the summary of a configuration.

daemon='[mbusd]\nschedule = 15m\nstore = /tmp/readings.db\n'
site="$daemon$bus$meter"
check "$site"
is "$err" '' 'a complete configuration has no warnings'
is "$out" '1 bus, 1 meter, read every 15 min, 0 outputs' 'its summary is printed'

warns 'an empty file' '' 'no \[bus NAME\], so nothing is read; .mbusctl scan --config' ''
warns 'a bus without meters' '' 'no \[meter NAME\]' "$daemon$bus"
warns 'a second bus without meters' :6 '\[bus c\] has no meter' \
	"$daemon${bus}[bus c]\nbus = mbus0\n${meter}bus = b\n"
warns 'meters that are never read' :5 '1 of 1 meters have no schedule .*schedule = 15m' \
	"[mbusd]\nstore = /tmp/readings.db\n$bus$meter"
is "$out" '1 bus, 1 meter, read on request only, 0 outputs' 'the summary has that'
check "[mbusd]\nstore = /tmp/readings.db\nschedule = never\n$bus$meter"
is "$err" '' "which is no warning if 'never' is given"
warns 'one of several' :8 '1 of 2 meters' \
	"[mbusd]\nstore = /tmp/readings.db\n${bus}[meter n]\naddress = 6\nschedule = 1h\n$meter"
is "$out" '1 bus, 2 meters, 1 read every 1 h, 1 read on request only, 0 outputs' \
	'the summary counts each kind of schedule'
warns 'a store without a folder' '' 'folder /no/such is not there; run: mkdir -p /no/such/place' \
	"[mbusd]\nschedule = 15m\nstore = /no/such/place/readings.db\n$bus$meter"
warns 'a socket without a folder' '' 'run: mkdir -p /no/such/place' \
	"${site}[api]\nsocket = /no/such/place/sock\n"
for tty in ttyACM2 ttyUSB0; do
	warns "a $tty" :4 "/dev/$tty may be another port after a restart; write usb = VID:PID" \
		"${daemon}[bus b]\ntty = /dev/$tty\n$meter"
done
check "${daemon}[bus b]\ntty = /dev/serial/by-path/platform-ttyUSB0\n$meter"
is "$err" '' 'a stable name is no warning'
mqtt="${site}[output o]\ntype = mqtt\nurl = mqtt://broker\n"
warns 'a discovery prefix that Home Assistant does not know' :11 "looks below 'homeassistant'" \
	"${mqtt}discovery = home-assistant\n"
warns 'a topic with spaces' :11 'has spaces' "${mqtt}topic = my meters\n"
for port in 65536 70000 99999999999999999999 0 x 1x ''; do
	fault "port $port of a server" 3 'no port from 1 to 65535' \
		"[output o]\ntype = mqtt\nurl = mqtt://broker:$port\n"
	fault "port $port of a server by IPv6" 3 'no port from 1 to 65535' \
		"[output o]\ntype = mqtt\nurl = mqtt://[2001:db8::1]:$port\n"
done
for url in mqtt://broker:65535 'mqtt://[2001:db8::1]:1' 'mqtt://[2001:db8::1]'; do
	accepted "$url" "[output o]\ntype = mqtt\nurl = $url\n"
done
accepted 'a colon in the path of a webhook' \
	'[output o]\ntype = webhook\nurl = https://host/a:b\n'

check "${site}[meter n]\naddress = 6\nschedule = 1d\n[meter o]\naddress = 7\nschedule = 0 6 * * *
[output a]\ntype = mqtt\nurl = mqtts://broker.example:8883\n
[output b]\ntype = influx1\nurl = http://localhost:8086\ndatabase = d\n
[output c]\ntype = exec\ncommand = /bin/true\n
[output d]\ntype = webhook\nurl = https://host/secret\n"
is "$out" '1 bus, 3 meters, 2 read every 15 min to 1 d, 1 read at fixed times, 4 outputs: mqtts://broker.example:8883, influx1 http://localhost:8086, exec /bin/true, webhook https://host' \
	'the summary of a configuration with everything'

# Text with comments and special characters.
check "$site""title = Hauptz\0303\0244hler   # the big one\nlabel.house = Haus #3\n"
is "$status:$err" 0: 'umlauts, a comment after a value, a # in a word'
accepted 'a comment after a number' "${bus}baud = 2400 # as the meters\nguard = 60 ; more\n"
accepted 'a comment after a section header' "[bus b] # north\ntty = /dev/ttyS0\n"
fault 'an empty title' 5 'the value is missing' "$bus${meter}title =   # none\n"

# conf.d beside the file.
mkdir "$tmp/conf.d"
part=$tmp/conf.d/10-north.conf
printf '%b' "$bus" >"$part"
printf '%b' "$meter" >"$tmp/conf.d/20-meters.conf"
printf 'nonsense\n' >"$tmp/conf.d/20-meters.conf~"
check "$daemon"
is "$status:$err$out" '0:1 bus, 1 meter, read every 15 min, 0 outputs' 'files of conf.d are read'
printf '%b' "colour = red\n$bus" >"$part"
check "$daemon"
is "$err" "mbusd: $part:1: colour stands before the first [section]; put it below one" \
	'a fault in a file of conf.d has its name and line'
printf '%b' "$bus" >"$part"
printf '%b' "$meter\n$meter" >"$tmp/conf.d/20-meters.conf"
check "$daemon"
is "$err" "mbusd: $tmp/conf.d/20-meters.conf:4: section [meter m] is there twice (line 1); give each its own name" \
	'a section twice in a file of conf.d'
printf '%b' "${meter}[mbusd]\nsite = s\n" >"$tmp/conf.d/20-meters.conf"
check "$daemon"
is "$err" "mbusd: $tmp/conf.d/20-meters.conf:3: section [mbusd] is there twice (line 1 of $conf); give each its own name" \
	'a section in two files'
printf '%b' "${meter}key = 000102030405060708090A0B0C0D0E0F\n" >"$tmp/conf.d/20-meters.conf"
chmod 644 "$tmp/conf.d/20-meters.conf"
check "$daemon"
like "$err" "chmod o= $tmp/conf.d/20-meters.conf" 'a file of conf.d with keys must not be world-readable'
rm "$tmp/conf.d/20-meters.conf"
mkdir "$tmp/conf.d/20-meters.conf"
check "$daemon"
like "$err" "$tmp/conf.d/20-meters.conf:.*cannot be read: Is a directory" 'an unreadable file of conf.d'
is "$status" 2 '... is a fault'

done_testing
