#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Shell completion offers the commands and options of mbusctl.
. "$(dirname "$0")/../lib/tap.sh"

PATH=$build:$PATH
"$build/mbusctl" --version >/dev/null || give_up 'no mbusctl'

# offers WORD...: the completions of bash for the last word
offers()
{
	bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mbusctl
		printf "%s\n" "${COMPREPLY[@]}"' \
		"$top/userspace/completion/mbusctl.bash" mbusctl "$@"
}

is "$(offers '' | sort)" \
	"$("$build/mbusctl" help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' | sort)" \
	'all commands, and nothing else'
is "$(offers sc)" scan 'commands with this beginning'
is "$(offers --json help "do")" doctor 'after options and help, too'
is "$(offers scan --con)" --config 'options of a command'
is "$(offers doctor --re)" --report 'options of another command'
is "$(offers scan --bu)" --bus 'options of all commands'
is "$(offers nosuch --x)" '' 'nothing for an unknown command'
if command -v zsh >/dev/null; then
	run_ok 'zsh accepts its file' zsh -n "$top/userspace/completion/_mbusctl"
else
	skip 'zsh accepts its file' 'no zsh'
fi

done_testing
