#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Names and telegrams that are made to break out of where they are put, in every
# output at once.
. "$(dirname "$0")/outputs.sh"

mqtt=$(free_port)
broker "$mqtt" 'allow_anonymous true'
influx "$(free_port)"
receiver "$(free_port)"
curl -sS --noproxy '*' -o /dev/null "http://127.0.0.1:$influx_port/query" \
	--data-urlencode 'q=CREATE DATABASE heat'
cat >"$tmp/command" <<END
#!/bin/sh
cat >>"$tmp/program"
END
chmod 755 "$tmp/command"
configure home '[output mqtt]' 'type = mqtt' "url = mqtt://127.0.0.1:$mqtt" \
	'discovery = homeassistant' \
	'[output influx]' 'type = influx1' "url = http://127.0.0.1:$influx_port" 'database = heat' \
	'[output hook]' 'type = webhook' "url = http://127.0.0.1:$receiver_port" \
	'[output program]' 'type = exec' "command = $tmp/command"
subscribe "$tmp/got" -t '#' -F '%J'
outbox home
ask start

# Text, unit and customer of a meter: quotes, line ends, NUL, escapes, commands.
python3 - >"$tmp/commands" <<'END'
import random
names = ['+', '#', 'a/b', 'a+b', 'a%2Fb', 'status', '%73tatus', 'ä ö', '$SYS', '../../etc', '"', "'", '\\',
         'a,b=c d', 'mbus,x=y value=1', '$(reboot)', '`id`', '\x1b[2J', '\x7f', 'x' * 300, '{{ 7*7 }}', '%s%n', '-rf']
texts = [b'"}],"id":1,"x":"', b'a\nb', b'\r\n\r\n', b'\\', b'\\"', b'\x00\x01', b'\x1b[2J', b'\xff\xfe\x80', b',=', b"'}}{{1}}",
         b'a b,c=d value=1 1\nmbus value=666', b'$(id)', b'%d%s%n', b'\x85\xa0', b' ', b'']

def telegram(records):
    body = bytes.fromhex('080172785634122423280401000000') + records
    return (bytes([0x68, len(body), len(body), 0x68]) + body + bytes([sum(body) & 255, 0x16])).hex()

def text(value):
    return bytes([0x0D, 0xFD, 0x11, len(value)]) + value[::-1]

def unit(value):
    return bytes([0x02, 0x7C, len(value)]) + value[::-1] + bytes([1, 0])

for name in names:
    print('telegrams', name, telegram(text(b'x') + bytes([0x01, 0x16, 7])), sep='\t')
for value in texts:
    print('telegrams', 'm', telegram(text(value) + unit(value) + bytes([0x01, 0x16, 8])), sep='\t')
print('fail', 'm', 'a "b"\\ ,=\x1b{}', sep='\t')
# Telegrams that no meter would send, with the right checksum.
dice = random.Random(13757)
for _ in range(150):
    print('telegrams', 'm', telegram(dice.randbytes(dice.randrange(200))), sep='\t')
END
count=$(wc -l <"$tmp/commands")
while IFS= read -r line; do
	printf '%s\n' "$line" >&3
	read -r answer <&4
done <"$tmp/commands"
ask add 1 m
ask wait
all=$((count + 1))
wait_for_line "$tmp/got" "\\\\\"id\\\\\":$all,|\"id\": *$all,"
ask status
unlike "$answer" '[a-z] connected [0-9]+ [1-9]' 'no output fails'
is "$(grep -c 'is parked' "$tmp/home.log")" 0 'no readout is refused'

# --- MQTT

cat >"$tmp/check.py" <<'END'
import json, re, sys
commands = [line.rstrip('\n').split('\t') for line in open(sys.argv[1], newline='\n')]
names = list(dict.fromkeys(command[1] for command in commands if command[1] != 'm'))
readings = {}
for line in open(sys.argv[2]):
    if not line.strip():
        continue
    message = json.loads(line)
    topic, payload = message['topic'], message['payload']
    if topic == 'mbus/home/status':
        assert payload == 'online', payload
        continue
    if isinstance(payload, str):
        payload = json.loads(payload)
    if topic.startswith('homeassistant/'):
        # What version 0.1 announced is removed.
        if re.fullmatch('homeassistant/sensor/home/[A-Za-z0-9_-]+/config', topic) and not payload:
            continue
        assert re.fullmatch('homeassistant/device/(mbusd_home|home/[A-Za-z0-9_-]+)/config',
                            topic), topic
        # Empty: the device is removed.
        for component in (payload or {'components': {}})['components'].values():
            assert '{{ 7*7' not in component.get('value_template', '')
        continue
    assert topic.count('/') == 2, topic
    readings.setdefault(topic, []).append(payload)
ids = sorted(reading['id'] for topic in readings for reading in readings[topic])
print(ids == list(range(1, len(commands) + 2)))
print(sorted(reading[0]['meter'] for topic, reading in readings.items()) == sorted(names + ['m']))
print(all(len({reading['meter'] for reading in one}) == 1 for one in readings.values()))
END
run_ok 'MQTT: JSON, topics of one level' python3 "$tmp/check.py" "$tmp/commands" "$tmp/got"
is "$out" 'True
True
True' 'every readout arrived once, every meter has a topic of its own'

# --- webhook and exec

jq -r .body "$tmp/requests" | jq -r .id | tr '\n' ' ' >"$tmp/hook"
is "$(cat "$tmp/hook")" "$(numbers 1 "$all")" 'webhook: JSON, once, in order'
is "$(jq -r .id "$tmp/program" | tr '\n' ' ')" "$(numbers 1 "$all")" 'exec: JSON, once, in order'
is "$(wc -l <"$tmp/program")" "$all" 'a line each'

# --- InfluxDB

is "$(query heat 'SHOW MEASUREMENTS')" 'mbus
mbus_failure' 'InfluxDB: no other measurement'
is "$(query heat 'SELECT value FROM mbus WHERE value = 666')" '' 'no point was injected'
is "$(query heat "SELECT count(value) FROM mbus WHERE quantity = 'volume' AND (value = 7 OR value = 8)")" \
	"0 $((23 + 16))" 'every volume was written'
is "$(query heat 'SELECT why FROM mbus_failure' | cut -d' ' -f2-)" 'a "b"\ ,= {}' 'the text of a failure is kept'

# --- Prometheus

ask metrics "$tmp/metrics"
run_ok 'Prometheus: promtool finds nothing wrong' sh -c "promtool check metrics <$tmp/metrics"

is "$(LC_ALL=C tr -d '\n\t -~\200-\377' <"$tmp/home.log" | wc -c)" 0 'no control character in the log'
end_outbox
is $status 0 'no leak, nothing undefined'

done_testing
