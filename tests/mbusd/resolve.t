#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A name server that does not answer does not delay the end of the daemon.
. "$(dirname "$0")/outputs.sh"

configure home '[output broker]' 'type = mqtt' 'url = mqtt://broker.example' 'timeout = 1' \
	'[output patient]' 'type = mqtt' 'url = mqtt://broker.example' 'timeout = 300'
echo 'nameserver 127.0.0.153' >"$tmp/resolv.conf"
background python3 -c 'import socket, sys, threading
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.153", 53))
while True:
    s.recv(4096)
    open(sys.argv[1], "a").write("asked\n")' "$tmp/questions"
mkfifo "$tmp/home.in" "$tmp/home.out"
# shellcheck disable=SC2016
background unshare -m sh -c 'mount --bind "$1/resolv.conf" /etc/resolv.conf &&
	exec "$0" "$1/home.conf" <"$1/home.in" >"$1/home.out" 2>>"$1/home.log"' \
	"$build/tests/mbusd/outbox_run" "$tmp"
outbox_pid=$pid
exec 3>"$tmp/home.in" 4<"$tmp/home.out"
ask start
wait_for_file "$tmp/questions"
ok $? 'the name server is asked'
ask stuck
like "$answer" 'broker mqtt - 0 [0-9]+ 0 cannot resolve broker.example' \
	'the status has the reason'
# The other output asks for longer than this test may take.
ask stop
pass 'the daemon ends without waiting for it'

done_testing
