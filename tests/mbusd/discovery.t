#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Discovery messages for Home Assistant, and values by their templates.
. "$(dirname "$0")/outputs.sh"

port=$(free_port)
broker "$port" 'allow_anonymous true'
configure home '[bus b]' 'tty = /dev/ttyS0' '[meter cellar]' 'address = 1' 'schedule = 15m' \
	'[meter house.1]' 'address = 2' '[meter tap]' 'address = 3' '' \
	'[output broker]' 'type = mqtt' "url = mqtt://127.0.0.1:$port" 'discovery = homeassistant'
subscribe "$tmp/got" -t '#'
outbox home
ask start
# Energy now and a month ago; in two tariffs; a flow twice; of phase L1; the
# difference of two temperatures; a fabrication number.
many=$(python3 -c 'body = bytes.fromhex("08017278563412242328040100 0000 040678563412 44060A000000 84100605000000 023B2A00 023B2B00 04FB2E01000000 02613412 0C7811111111 02FDC8FC010700 0CFD1021436587 04AB7501000000")
print((bytes([0x68, len(body), len(body), 0x68]) + body + bytes([sum(body) & 255, 0x16])).hex())')
water=$(python3 -c 'body = bytes.fromhex("08017278563412242328070100 0000 041378563412")
print((bytes([0x68, len(body), len(body), 0x68]) + body + bytes([sum(body) & 255, 0x16])).hex())')
ask fail cellar 'nobody answers'
ask add 1 cellar
ask telegrams house.1 "$many"
ask telegrams tap "$water"
ask add 2 cellar
ask fail cellar 'nobody answers'
ask wait
wait_for_line "$tmp/got" '"id":7,'

# sensors: what Home Assistant makes of $tmp/got: id, classes, unit, values
cat >"$tmp/sensors.py" <<'END'
import json, sys
from jinja2.sandbox import ImmutableSandboxedEnvironment
environment = ImmutableSandboxedEnvironment()
sensors, topics = {}, {}
for line in open(sys.argv[1]):
    topic, payload = line.rstrip('\n').split(' ', 1)
    if topic.startswith('homeassistant/'):
        if topic.startswith('homeassistant/sensor/'):
            assert payload == '(null)', line
            continue
        assert topic not in topics, topic
        topics[topic] = True
        message = json.loads(payload)
        assert message['origin']['name'] == 'mbusd' and message['origin']['sw_version']
        assert topic.startswith('homeassistant/device/') and topic.endswith('/config'), topic
        for component in message['components'].values():
            config = {key: message[key] for key in ('device', 'state_topic')} | component
            config['availability'] = component.get('availability', message.get('availability'))
            config['values'] = []
            assert config['unique_id'] not in sensors
            if config['platform'] == 'sensor':
                config['template'] = environment.from_string(config['value_template'])
                sensors[config['unique_id']] = config
    elif payload.startswith('{'):
        for sensor in sensors.values():
            if sensor['state_topic'] == topic:
                value = sensor['template'].render(value_json=json.loads(payload))
                if value:
                    sensor['values'].append(value)
for name, sensor in sensors.items():
    print(name, sensor.get('device_class', '-'), sensor.get('state_class', '-'),
          sensor.get('unit_of_measurement', '-'),
          'disabled' if sensor.get('enabled_by_default') is False else 'enabled',
          ','.join(sensor['values']))
devices = {json.dumps(sensor['device']) for sensor in sensors.values()}
for device in sorted(devices):
    print(device)
for sensor in sensors.values():
    print('about', sensor['unique_id'], sensor.get('suggested_display_precision', '-'),
          sensor.get('expire_after', '-'), sensor['device']['via_device'])
topics = {each['topic'] for sensor in sensors.values() for each in sensor['availability']}
print(sorted(topics))
meter = [each for each in sensors['mbusd/home/cellar/energy']['availability']
         if 'value_template' in each][0]
for sensor in sensors.values():
    print('name', sensor['name'])
print('outcome', len(sensors['mbusd/home/cellar/outcome']['availability']))
print('available', [environment.from_string(meter['value_template']).render(
    value_json={'outcome': outcome}) for outcome in ('read', 'silence')])
END
run_ok 'templates work' python3 "$tmp/sensors.py" "$tmp/got"
is "$(printf '%s\n' "$out" | grep '^mbusd/home/cellar')" \
'mbusd/home/cellar/outcome - - - enabled read,read,read,silence
mbusd/home/cellar/volume volume total_increasing m³ enabled 0.002,0.005,0.006
mbusd/home/cellar/flow_temperature temperature measurement °C enabled 46.5,46.5,46.5
mbusd/home/cellar/return_temperature temperature measurement °C enabled 32.1,32.1,32.1
mbusd/home/cellar/energy energy total_increasing Wh enabled 7484310000,7484310000,7484310000' \
	'a sensor for each value, announced once; a failure changes the outcome only'
# Names that differ in such characters only have different ids: FNV-1a, 32 bits.
sum=$(python3 -c 'value = 0x811C9DC5
for byte in b"house.1":
    value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
print("%08X" % value)')
like "$out" "^mbusd/home/house_1_$sum/energy " 'a refused character is replaced, and a sum tells names apart'
printf '%s\n' "$out" | grep '^mbusd/home/house_1_' | sed 's/_[0-9A-F]\{8\}/_SUM/' >"$tmp/house"
like "$(cat "$tmp/house")" '^mbusd/home/house_1_SUM/energy energy total_increasing Wh enabled 305419896000$' \
	'energy'
like "$(cat "$tmp/house")" '/energy_due_1 energy total_increasing Wh disabled ' \
	'a past value is disabled by default'
like "$(cat "$tmp/house")" '/energy_tariff_1 energy total_increasing Wh enabled 5000$' 'a tariff is enabled'
is "$(grep '/volume_flow' "$tmp/house")" \
'mbusd/home/house_1_SUM/volume_flow volume_flow_rate measurement m³/h enabled 0.042
mbusd/home/house_1_SUM/volume_flow_2 volume_flow_rate measurement m³/h enabled 0.043' \
	'the same quantity twice has two sensors'
like "$(cat "$tmp/house")" '/temperature_difference - measurement K enabled 46.6' \
	'a temperature difference has no device class'
like "$(cat "$tmp/house")" '/fabrication_number - - - disabled ' 'an identifier is disabled by default'
like "$out" '^mbusd/home/tap/volume water total_increasing m³ enabled 305419.896$' 'the volume of a water meter is water'
for name in 'Energy, tariff 1' 'Energy, storage 1' 'Voltage, phase L1' 'Volume flow 2'; do
	like "$out" "^name $name\$" "it is named: $name"
done
is "$(printf '%s\n' "$out" | grep -c '"identifiers"')" 3 'a device for each meter'
like "$out" '\{"identifiers": \["mbusd/home/tap"\], "via_device": "mbusd/home", "name": "tap", "manufacturer": "HYD", "model": "water", "serial_number": "12345678", "sw_version": "40"\}' \
	'... with manufacturer, model and version'
like "$out" "^\['mbus/home/cellar', 'mbus/home/house.1', 'mbus/home/status', 'mbus/home/tap'\]$" \
	'they are available while the daemon runs'
like "$out" "^available \['online', 'offline'\]$" 'and while the last readout of the meter was good'
like "$out" '^outcome 1$' 'the outcome is always available'
like "$out" '^about mbusd/home/cellar/volume 3 2700 mbusd/home$' \
	'values have the decimals of the meter and expire after three intervals'
like "$out" '^about mbusd/home/tap/volume 3 - mbusd/home$' 'without a schedule they do not expire'

# --- after the broker has lost its data

stop "$broker_pid"
broker "$port" 'allow_anonymous true'
wait_for_line "$tmp/mosquitto.log" 'Received PUBLISH from mbusd/home/broker'
subscribe "$tmp/again" -t '#'
ask add 1 tap
ask wait
wait_for_line "$tmp/again" '"id":8,'
is "$(grep -c '^homeassistant/device/home/tap/config {' "$tmp/again")" 1 'the meter is announced again'
is "$(grep -c '^homeassistant/sensor/home/tap--volume/config (null)$' "$tmp/again")" 1 \
	'the message of a value that earlier versions retained is removed'
mosquitto_sub -p "$port" -t 'homeassistant/#' -C 2 >"$tmp/retained"
is "$(wc -l <"$tmp/retained")" 2 'the broker retains the announcements'

# --- meters that leave the configuration while the daemon is off

ask stop
sed -i '/^\[meter house.1\]/,/^$/d' "$tmp/home.conf"
subscribe "$tmp/left" -t '#'
ask start
ask reload
ask add 1 cellar
ask wait
wait_for_line "$tmp/left" '"id":9,'
is "$(grep -c '^homeassistant/device/home/tap/config (null)$' "$tmp/left")" 1 'the device of each is removed'
is "$(grep -c "^homeassistant/device/home/house_1_$sum/config (null)\$" "$tmp/left")" 1 '... with the name it had'
is "$(grep -c '^homeassistant/device/home/cellar/config (null)$' "$tmp/left")" 0 'other devices are not removed'
end_outbox
is $status 0 'no leak, nothing undefined'

done_testing
