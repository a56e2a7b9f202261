#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The outbox: killed while it delivers a backlog, and with a new configuration.
. "$(dirname "$0")/outputs.sh"

port=$(free_port)
broker "$port" 'allow_anonymous true'
configure home '[output broker]' 'type = mqtt' "url = mqtt://127.0.0.1:$port"
subscribe "$tmp/got" -t 'mbus/#'

# --- kill -9

total=4000
outbox home
ask start
ask stop
ask add $total cellar attic
for reached in 500 1500 2500; do
	ask start
	wait_for_line "$tmp/got" "\"id\":$reached,"
	kill -9 "$outbox_pid"
	wait "$outbox_pid" 2>/dev/null
	exec 3>&- 4<&-
	outbox home
done
ask start
ask wait
wait_for_line "$tmp/got" "\"id\":$total,"
ids "$tmp/got" | tr ' ' '\n' | grep . >"$tmp/ids"
is "$(sort -n -u "$tmp/ids" | tr '\n' ' ')" "$(numbers 1 $total)" \
	'killed three times in the middle: nothing is lost'
is "$(awk '!seen[$1]++' "$tmp/ids" | tr '\n' ' ')" "$(numbers 1 $total)" 'all come in order'
repeats=$(($(wc -l <"$tmp/ids") - total))
[ $repeats -le $((3 * 256)) ]
ok $? 'only the batch under way is repeated' || diag "$repeats repeats"

# --- a new configuration

cat >"$tmp/command" <<END
#!/bin/sh
cat >>"$tmp/program"
END
chmod 755 "$tmp/command"
printf '[output program]\ntype = exec\ncommand = %s\n' "$tmp/command" >>"$tmp/home.conf"
before=$(grep -c 'mbus/home/status' "$tmp/got")
ask reload
ask add 2 cellar
ask wait
is "$(jq -r .id "$tmp/program" | tr '\n' ' ')" '4001 4002 ' 'a new output begins with new readouts'
wait_for_line "$tmp/got" '"id":4002,'
is "$(grep -c 'mbus/home/status' "$tmp/got")" "$before" 'the other output continues undisturbed'
sed -i 's,^topic = .*,,; /^type = mqtt/a topic = other' "$tmp/home.conf"
subscribe "$tmp/other" -t 'other/#'
ask reload
ask add 1 cellar
ask wait
wait_for_line "$tmp/other" '"id":4003,'
is "$(sed -n 's/.*"id":\([0-9]*\),.*/\1/p' "$tmp/other")" 4003 'a changed output keeps its position'
sed -i '/output broker/,/^topic/d' "$tmp/home.conf"
sed -i '/^url/d' "$tmp/home.conf"
ask reload
ask status
like "$answer" '^program exec [^;]*$' 'a removed output is gone'
wait_for_line "$tmp/other" 'other/status offline'
ok $? 'and publishes offline'
end_outbox
is $status 0 'no leak, nothing undefined'

done_testing
