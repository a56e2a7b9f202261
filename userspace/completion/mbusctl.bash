# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of mbusctl for bash: its commands and options are those that
# 'mbusctl help' prints, so there is no list of them here.

_mbusctl_commands()
{
	LC_ALL=C mbusctl help 2>/dev/null |
		sed -n 's/^  \([a-z][a-z-]*\)  *[^ ].*/\1/p'
}

# _mbusctl_options COMMAND
_mbusctl_options()
{
	LC_ALL=C mbusctl help "$1" 2>/dev/null |
		grep -oE -e '(^|[^a-zA-Z-])--[a-z][a-z0-9-]+' | sed 's/.*--/--/' | sort -u
	printf '%s\n' --bus --json --help
}

_mbusctl()
{
	local word=${COMP_WORDS[COMP_CWORD]} command='' i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-b | --bus) ((i++)) ;;
		-*) ;;
		*) command=${COMP_WORDS[i]}; break ;;
		esac
	done
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-b | --bus)
		mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/mbus 2>/dev/null)" -- "$word")
		return ;;
	esac
	if [[ -z $command || $command == help ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_mbusctl_commands)" -- "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_mbusctl_options "$command")" -- "$word")
	elif [[ $command == attach || $command == detach ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(mbusctl ports --json 2>/dev/null |
			sed -n 's/.*"tty":"\([^"]*\)".*/\1/p')" -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -o filenames -F _mbusctl mbusctl
