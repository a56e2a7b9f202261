#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mbusctl setup: makes a configuration of mbusd from a wire.
. "$(dirname "$0")/site.sh"

etc=$tmp/etc
# A wire that is not attached.
wire()
{
	rm -f "$tmp/wire"
	background "$build/mbus-sim" --link "$tmp/wire" "$@" >"$tmp/sim.out" 2>&1
	sim=$pid
	wait_for_file "$tmp/wire" || give_up "no wire: $(cat "$tmp/sim.out")"
	tty=$(readlink -f "$tmp/wire")
}

setup()
{
	run "$mbusctl" setup --etc "$etc" --no-start --no-rules --tty "$tty" "$@" </dev/null
}

wire --set meter.id=31892740 "$scenarios/reference-site.ini"

run setpriv --reuid 65534 --regid 65534 --clear-groups "$mbusctl" setup --etc "$etc" --yes
is "$status" 4 'setup needs root'
like "$err" 'sudo mbusctl setup' '... and names sudo'
run "$mbusctl" setup --tty a --tcp b
is "$status" 2 'only one port may be given'
run "$mbusctl" setup --site 'a b'
is "$status" 2 'a site is one word'
is "$(ls "$tmp/etc" 2>/dev/null)" '' '... after which nothing is written'

setup --yes --site heating --name street --broker mqtt://broker.example --home-assistant
is "$status" 0 'setup takes its answers from options' || diag "$err"
like "$out" '^1 meter found$' 'it finds the meter'
like "$out" '^  3189274024232804: energy 17[ 0-9]*' 'shows the first readings'
like "$out" '^  .*kWh$' '... in the units of a table'
like "$out" '^converter: passes telegrams 3[0-9] ms after' 'measures the converter'
like "$out" '^configuration: 1 bus, 1 meter, read every 15 min, 1 output: mqtt://broker.example$' \
	'and writes a configuration that mbusd accepts'
is "$(cd "$etc" && find . -type f | sort | tr '\n' ' ')" \
	'./conf.d/output-broker.conf ./conf.d/street.conf ./mbusd.conf ' 'in three files'
is "$(stat -c %a "$etc/conf.d/street.conf")" 640 'not world-readable'
is "$("$mbusctl" status 2>/dev/null)" '' 'the bus is free for mbusd afterwards'
run_ok 'mbusd finds no fault in it' "$build/mbusd" --check -c "$etc/mbusd.conf"
like "$(cat "$etc/conf.d/output-broker.conf")" '^discovery = homeassistant$' 'Home Assistant finds the meters'
unlike "$(cat "$etc/conf.d/output-broker.conf")" 'user|password' 'no user, as none was given'

# Another run keeps manual changes.
printf 'title = Garage\n' >>"$etc/conf.d/street.conf"
sed -i 's/^schedule = .*/schedule = 1h/' "$etc/mbusd.conf"
(cd "$etc" && find . -type f -exec sha256sum {} + | sort) >"$tmp/before"
setup --yes --name street
is "$status" 0 'another run'
like "$out" 'street.conf: unchanged, 0 new of 1 meters' 'it adds nothing'
(cd "$etc" && find . -type f -exec sha256sum {} + | sort) >"$tmp/after"
run diff "$tmp/before" "$tmp/after"
is "$out" '' 'and changes nothing'
stop "$sim"

# One more meter.
wire --set meter.id=31892740-31892741 "$scenarios/reference-site.ini"
setup --yes --name street
like "$out" 'street.conf: written, 1 new of 2 meters' 'a new meter is added'
is "$(grep -c '^\[meter ' "$etc/conf.d/street.conf")$(grep -c '^title = Garage' "$etc/conf.d/street.conf")" \
	21 'the other is not changed'
like "$out" '^configuration: 1 bus, 2 meters, read every 1 h' 'in a valid configuration'

# A meter of another file is not added again.
rm -r "$etc"
mkdir -p "$etc/conf.d"
printf '[bus other]\nbus = mbus7\n[meter x]\naddress = 31892741\n' >"$etc/conf.d/other.conf"
setup --yes --no-broker
like "$out" 'main.conf: written, 1 new of 2 meters' 'a meter of another file is not added again'
stop "$sim"

# Questions, asked on standard input.
rm -r "$etc"
wire --set meter.id=31892740 "$scenarios/reference-site.ini"
printf 'mqtts://broker.example:8883\nme\nn\nsecret word\n' >"$tmp/answers"
run "$mbusctl" setup --etc "$etc" --no-start --no-rules --tty "$tty" <"$tmp/answers"
is "$status" 0 'setup asks'
is "$(cat "$etc/broker.password")" 'secret word' 'the password is written to a file'
is "$(stat -c %a "$etc/broker.password")" 640 '... that is not world-readable'
unlike "$out" 'secret word' '... and is not shown'
is "$(grep -E '^(url|user|password-file)' "$etc/conf.d/output-broker.conf")" \
	"url = mqtts://broker.example:8883
user = me
password-file = $etc/broker.password" 'the answers are used'
rm -r "$etc"
setup
is "$status" 2 'an unanswered question'
like "$err" 'no answer; give --broker or --no-broker' '... is reported with the option'
is "$("$mbusctl" status 2>/dev/null)" '' '... and the bus is not left attached'
setup --yes --broker http://broker
is "$status" 2 'a URL that is not MQTT'

stop "$sim"

# No meter at all.
rm -rf "$etc"
mkdir -p "$tmp/empty"
sed '/^\[meter/,$d' "$scenarios/reference-site.ini" >"$tmp/empty/wire.ini"
rm -f "$tmp/wire"
background "$build/mbus-sim" --link "$tmp/wire" "$tmp/empty/wire.ini" >"$tmp/sim.out" 2>&1
sim=$pid
wait_for_file "$tmp/wire" || give_up "no wire: $(cat "$tmp/sim.out")"
tty=$(readlink -f "$tmp/wire")
setup --yes --no-broker
is "$status" 5 'a wire without meters'
like "$err" "no meter found; 'mbusctl doctor' looks for the cause" '... is reported'
is "$(ls "$etc" 2>/dev/null)" '' '... and nothing is written'
is "$("$mbusctl" status 2>/dev/null)" '' '... and the bus is not left attached'

done_testing
