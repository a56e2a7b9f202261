#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# JSON is exactly as Documentation/schema-1.json describes.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl
check="$top/tests/mbusctl/schema-check $top/Documentation/schema-1.json"

grep -h '^[0-9A-F]' "$top"/tests/vectors/*.txt >"$tmp/hex"
"$mbusctl" decode --json "$tmp/hex" >"$tmp/json" 2>/dev/null
is "$($check "$tmp/json" 2>&1)" "$(wc -l <"$tmp/hex")" 'every telegram of tests/vectors'
"$mbusctl" decode --json --key 000102030405060708090A0B0C0D0E0F "$tmp/hex" \
	>"$tmp/json" 2>/dev/null
is "$($check "$tmp/json" 2>&1)" "$(wc -l <"$tmp/hex")" 'also decrypted'

# Anything the checksum lets through: all bytes of some telegrams, in turn.
python3 - "$tmp/hex" >"$tmp/damaged" <<'END'
import sys
for number, line in enumerate(open(sys.argv[1])):
    raw = bytearray(bytes.fromhex(line.split(';')[0]))
    if raw[0] != 0x68 or number % 4:
        continue
    for at in range(6, len(raw) - 2):
        bad = bytearray(raw)
        bad[at] ^= 0x11 << at % 4
        bad[-2] = sum(bad[4:-2]) & 0xFF
        print(bad.hex())
END
"$mbusctl" decode --json "$tmp/damaged" >"$tmp/json" 2>/dev/null
is "$($check "$tmp/json" 2>&1 | tail -n 5)" "$(wc -l <"$tmp/damaged")" 'and damaged ones'

cat >"$tmp/wrong" <<'END'
{"schema":1,"telegrams":[{"raw":"E5","surprise":1}]}
{"schema":2,"telegrams":[]}
{"schema":1,"telegrams":[{"c":8,"a":1,"ci":114,"raw":"68","records":[{"raw":"0C"}]}]}
END
is "$($check "$tmp/wrong" 2>&1 | wc -l)" 4 'the check finds errors'

"$mbusctl" decode --json "$top/tests/vectors/meters.hex" >"$tmp/json" 2>/dev/null
is "$($check "$tmp/json" 2>&1)" "$(grep -c ^68 "$top/tests/vectors/meters.hex")" \
	'telegrams of many makes'

done_testing
