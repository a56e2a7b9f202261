#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The metrics for Prometheus.
. "$(dirname "$0")/outputs.sh"

configure home '[output shell]' 'type = exec' 'command = /bin/true' \
	'[bus cellar]' 'bus = mbus0' \
	'[meter house]' 'address = 12345678' \
	'label.street = "Am Bach" \3' 'label.street.no = 1' 'label.street-no = 2' \
	'[meter attic]' 'address = 5' "label.$(printf '%063d' 0) = long"
outbox home
ask start
ask metrics "$tmp/empty"
run_ok "no readouts: promtool finds no error" sh -c "promtool check metrics <$tmp/empty"
is "$out$err" '' 'and has no warning'

# 2^53 + 1; the same twice; a unit of the meter's with everything in it; history.
odd=$(python3 -c 'body = bytes.fromhex("08017278563412242328040100 0000 0713010000000000 2000 011607 011608 047C052C3D225C0A01000000 410605")
print((bytes([0x68, len(body), len(body), 0x68]) + body + bytes([sum(body) & 255, 0x16])).hex())')
ask telegrams house "$odd"
ask fail house 'nobody answers'
ask add 3 attic gone
ask wait
ask metrics "$tmp/metrics"
run_ok "promtool finds no error" sh -c "promtool check metrics <$tmp/metrics"
is "$out$err" '' 'and has no warning' || cat "$tmp/metrics"

# metric NAME...: lines of the file
metric()
{
	grep -F -e "$1" "$tmp/metrics" | grep -v '^#'
}

is "$(metric 'meter="house",quantity="volume"')" \
'mbus_value{site="home",meter="house",quantity="volume",unit="m³",function="instantaneous",tariff="0",subunit="0",modifiers="",name="volume"} 9007199254740.993
mbus_value{site="home",meter="house",quantity="volume",unit="m³",function="instantaneous",tariff="0",subunit="0",modifiers="",name="volume_2"} 7
mbus_value{site="home",meter="house",quantity="volume",unit="m³",function="instantaneous",tariff="0",subunit="0",modifiers="",name="volume_3"} 8' \
	'present values, to the last digit; equal quantities have different labels'
is "$(metric 'quantity="plain text"')" \
'mbus_value{site="home",meter="house",quantity="plain text",unit="\n\\\"=,",function="instantaneous",tariff="0",subunit="0",modifiers="",name="plain_text"} 1' \
	"the text of the meter's unit is escaped"
is "$(metric 'mbus_value' | grep -c energy)" 1 'past values are omitted'
is "$(metric 'mbus_meter_read_time_seconds')" \
'mbus_meter_read_time_seconds{site="home",meter="attic"} 1767225605.000
mbus_meter_read_time_seconds{site="home",meter="house"} 1767225601.000' \
	'the time of the readout; failures and meters without configuration are omitted'
is "$(metric 'mbus_meter_info' | sed 's/_0\{63\}=/_LONG=/')" \
'mbus_meter_info{site="home",meter="house",bus="cellar",address="12345678FFFFFFFF",label_street="\"Am Bach\" \\3",label_street_no="1"} 1
mbus_meter_info{site="home",meter="attic",bus="cellar",address="5",label_LONG="long"} 1' 'labels, their names in full'
is "$(metric 'mbusd_output_')" \
'mbusd_output_up{site="home",output="shell",kind="exec"} 1
mbusd_output_delivered_total{site="home",output="shell",kind="exec"} 5
mbusd_output_failures_total{site="home",output="shell",kind="exec"} 0
mbusd_output_backlog{site="home",output="shell",kind="exec"} 0
mbusd_output_parked{site="home",output="shell",kind="exec"} 0' 'outputs'
is "$(metric 'bus="cellar",outcome=')" \
'mbusd_bus_transactions_total{site="home",bus="cellar",outcome="ack"} 40
mbusd_bus_transactions_total{site="home",bus="cellar",outcome="frame"} 38
mbusd_bus_transactions_total{site="home",bus="cellar",outcome="silence"} 2
mbusd_bus_transactions_total{site="home",bus="cellar",outcome="collision"} 0
mbusd_bus_transactions_total{site="home",bus="cellar",outcome="garbled"} 0
mbusd_bus_transactions_total{site="home",bus="cellar",outcome="echo-only"} 0
mbusd_bus_transactions_total{site="home",bus="cellar",outcome="unplugged"} 0' \
	'transactions by outcome'
is "$(metric 'mbusd_bus_up'; metric 'mbusd_bus_reads'; metric 'delay')" \
'mbusd_bus_up{site="home",bus="cellar",device="mbus0",tty="ttyACM2"} 1
mbusd_bus_up{site="home",bus="at\\tic\"\n",device="",tty=""} 0
mbusd_bus_reads_total{site="home",bus="cellar"} 42
mbusd_bus_reads_total{site="home",bus="at\\tic\"\n"} 0
mbusd_bus_response_delay_mean_seconds{site="home",bus="cellar"} 0.041234' 'buses'
end_outbox
is $status 0 'no leak, nothing undefined'

done_testing
