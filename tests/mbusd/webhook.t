#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The webhook output.
. "$(dirname "$0")/outputs.sh"

port=$(free_port)
(umask 077 && echo t0ken >"$tmp/token")
configure home '[output hook]' 'type = webhook' "url = http://127.0.0.1:$port/in?a=b" \
	"token-file = $tmp/token" 'timeout = 2'

# had: status and id of the requests that the receiver got
had()
{
	jq -r '[.status, (.body | fromjson | .id)] | @text' "$tmp/requests" | tr '\n' ' '
}

outbox home
ask start
ask add 1 cellar
ask stuck
like "$answer" "^hook webhook - 0 [0-9]+ 1 http://127.0.0.1:$port does not answer: " \
	'an unreachable receiver is waited for'
receiver "$port"
ask wait
ask add 2 cellar
ask wait
is "$(had)" '[204,1] [204,2] [204,3] ' 'each readout is posted once, in order'
is "$(head -n 1 "$tmp/requests" | jq -r '[.path, .headers.Authorization, .headers["Content-Type"]] | @text')" \
	'["/in?a=b","Bearer t0ken","application/json"]' 'with the token, as JSON'
is "$(head -n 1 "$tmp/requests" | jq -r .body | jq -c '[.site,.meter,.telegrams[0].records[3].quantity]')" \
	'["home","cellar","energy"]' 'the body is the reading'
like "$(head -n 1 "$tmp/requests" | jq -r .body)" '"value":7484310000,' 'numbers have all digits'

# --- answers

: >"$tmp/requests"
echo '422 "id":5,' >"$tmp/rules"
ask add 3 cellar
ask wait
is "$(had)" '[204,4] [422,5] [204,6] ' 'a refused readout does not delay the others'
like "$(cat "$tmp/home.log")" 'readout 5 of meter cellar is parked: .* answers 422: as the rules say' \
	'and that is logged'

: >"$tmp/requests"
echo '503 "id":7,' >"$tmp/rules"
ask add 2 cellar
ask stuck
rm "$tmp/rules"
ask wait
like "$(had)" '^(\[503,7\] )+\[204,7\] \[204,8\] $' 'a failed readout is posted again before the next'

echo '302 "id":9,' >"$tmp/rules"
ask add 1 cellar
ask stuck
like "$answer" 'answers 302: as the rules say; correct the url' 'redirections are not followed'
rm "$tmp/rules"
ask wait

echo '413 "id":10,' >"$tmp/rules"
ask add 1 cellar
ask wait
like "$(cat "$tmp/home.log")" 'readout 10 of meter cellar is parked: .* answers 413: too large too [a-z ]*;' \
	'of a long answer the beginning is reported'
rm "$tmp/rules"

# --- time

: >"$tmp/requests"
echo '0 "id":11,' >"$tmp/rules"
ask add 1 cellar
ask stuck
like "$answer" 'does not answer: .* (timed out|out)' 'a receiver that does not answer has 2 s'
: >"$tmp/requests"
wait_for_line "$tmp/requests" '"status": 0'
# Longer than the time limit of this test.
sed -i 's/^timeout = .*/timeout = 300/' "$tmp/home.conf"
ask reload
: >"$tmp/requests"
wait_for_line "$tmp/requests" '"status": 0'
ask stop
unlike "$(cat "$tmp/home.log")" 'a=b|/in' 'no message has the path, which may be a secret'
pass 'and the request does not delay the end of the daemon'
rm "$tmp/rules"
ask start
ask wait
is "$(had | grep -o '[^ ]* $')" '[204,11] ' 'after a restart it is posted again'
end_outbox
is $status 0 'no leak, nothing undefined'

# --- TLS

stop "$receiver_pid"
certificates
receiver "$port" "$tmp/ca/server.crt" "$tmp/ca/server.key" "$tmp/ca/ca.crt"
chmod 600 "$tmp"/ca/*.key
url="url = https://127.0.0.1:$port/"
client="cert-file = $tmp/ca/client.crt"
key="key-file = $tmp/ca/client.key"
configure tls '[output hook]' 'type = webhook' "$url" "ca-file = $tmp/ca/other.crt" "$client" "$key"
outbox tls
ask start
ask add 1 cellar
ask stuck
like "$answer" 'https:.* does not answer: .*(certificate|CA)' 'a server of another CA is refused'
configure tls '[output hook]' 'type = webhook' "$url" "ca-file = $tmp/ca/ca.crt" "$client" "$key"
ask reload
ask wait
is "$(had)" '[204,1] ' 'a server of the right CA gets it from a client with a certificate'
end_outbox

done_testing
