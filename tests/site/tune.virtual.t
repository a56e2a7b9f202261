#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tune measures the simulated converter and meters, and the proposed settings
# suffice.
. "$(dirname "$0")/site.sh"

setting()
{
	"$mbusctl" status --json | jq -r "$1"
}

# tuned JQ: of the last tune --json
tuned()
{
	printf '%s\n' "$out" | jq -r "$1"
}

for turnaround in 0 37 50; do
	site single --turnaround "$turnaround"
	run_ok "turnaround $turnaround ms" "$mbusctl" tune --json 5
	measured=$(tuned '.turnaround_us / 1000 | floor')
	if [ "$turnaround" = 0 ]; then
		is "$measured $(tuned .lost_us)" '13 0' \
			'33 bit times suffice'
	else
		ok "$([ "$measured" -ge "$turnaround" ] &&
			[ "$measured" -le $((turnaround + 2)) ]; echo $?)" \
			"is measured as $measured ms"
	fi
	guard=$(tuned .settings.guard_us)
	ok "$([ "$guard" -gt $((turnaround * 1000 + 4000)) ] &&
		[ "$guard" -le 60000 ]; echo $?)" \
		"a guard of $guard us is proposed"
	is "$(setting .timing.guard_us)" 60000 'the guard of the bus is restored'
	is "$(tuned '.meters[0] | "\(.address) \(.answered) \(.delay_min_us / 1000 | floor)"')" \
		'5 5 18' 'the delay of the meter, its first byte included'
	is "$(grep -c 'heard 10 [57][AB]' "$tmp/sim.log")" 0 'nothing was read'
	end_site
done

site single --set meter.delay=400ms
run_ok 'a meter beyond the window of the bus' "$mbusctl" tune 5
like "$out" '^5: 5 of 5 answered, 40[0-9] to 40[0-9] ms' 'is measured'
like "$out" '^settings: .* --window 50[0-9]$' 'and a window is proposed'
end_site

site reference-site --echo
run_ok 'a converter with echo, a meter by its number' \
	"$mbusctl" tune 31892743 --write "$tmp/bus.ini" --set
like "$out" 'turnaround: telegrams are lost 3[5-7] ms after an answer and pass after 3[78] ms' \
	'its turnaround'
like "$out" 'echo: the converter echoes what is sent' 'its echo'
guard=$(sed -n 's/^guard = //p' "$tmp/bus.ini")
is "$(sed 1d "$tmp/bus.ini" | tr '\n' ' ')" \
	"[bus] baud = 2400 guard = $guard slack = 20 window = auto repeats = 2 echo = on " \
	'the file has all settings'
is "$(setting '.timing | "\(.guard_us) \(.echo)"')" "${guard}000 on" \
	'and the bus has the guard'
run_ok 'the guard suffices' "$mbusctl" read 31892750
is "$err" '' 'without a finding'
run_is 5 'without a meter' "$mbusctl" tune 31892799
like "$err" 'no meter answered each of 5' 'there is nothing to measure'
is "$(setting .timing.guard_us)" "${guard}000" 'and nothing was changed'
"$mbusctl" set --guard auto --echo auto
run_ok 'set --settings' "$mbusctl" set --settings "$tmp/bus.ini" --repeats 1
is "$(setting '.timing | "\(.guard_us) \(.echo) \(.repeats)"')" \
	"${guard}000 on 1" 'reads the file; later options override it'
chmod 666 /dev/mbus0
chmod o+x "$tmp"
run_is 4 'no permission to set the guard' \
	setpriv --reuid 65534 --clear-groups "$mbusctl" tune 31892743
end_site

attach_options="--settings $tmp/bus.ini"
site reference-site --echo
is "$(setting '.timing | "\(.guard_us) \(.echo)"')" "${guard}000 on" \
	'attach --settings reads it, too'
end_site

done_testing
