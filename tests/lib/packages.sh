# SPDX-License-Identifier: GPL-2.0-only
#
# Packages of any Debian suite, from the mirror of this system, by a separate apt
# in $lanes/apt. Nothing is installed, and the apt of the system is not changed.
# Those of $architecture, or of this system without. Sourced by tests/lanes.

architecture=

# mirror SUITE: the mirror of SUITE; of a suite that this system does not use,
# the mirror of its own release, or of the security updates for that.
mirror()
{
	case $1 in
	*-security) label=Debian-Security ;;
	*) label=Debian ;;
	esac
	for filter in "Codename: $1" "Label: $label"; do
		# shellcheck disable=SC2016 # apt's own variable
		apt-get indextargets --format '$(REPO_URI)' \
			'Created-By: Packages' "$filter"
	done | sed -n 1p
}

# suites NAME SUITE...: makes suite_apt use these suites; their lists are at most a
# week old.
suites()
{
	apt=$lanes/apt/$1
	shift
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	# Asking apt takes longer than most runs of the tests have.
	[ -z "$(find "$apt/updated" -mtime -7 2>/dev/null)" ] || return 0
	for suite; do
		uri=$(mirror "$suite")
		[ -n "$uri" ] || die "apt knows no Debian mirror;" \
			"run 'apt-get update'"
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main"
	done >"$apt/sources.new"
	mv "$apt/sources.new" "$apt/sources.list"
	if suites_update; then
		:
	elif [ -e "$apt/updated" ]; then
		echo "lanes: cannot update $*, see $apt/log; using the old lists" >&2
	else
		failed "apt-get update for $*" "$apt/log"
	fi
}

# suite_apt TOOL WORD...: apt-get or apt-cache with the suites in use.
suite_apt()
{
	tool=$1
	shift
	"$tool" -q -o "Dir::Etc::sourcelist=$apt/sources.list" \
		-o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists" \
		-o Dir::State::status=/dev/null -o "Dir::Cache=$apt/cache" \
		${architecture:+-o "APT::Architecture=$architecture"} \
		${architecture:+-o "APT::Architectures=$architecture"} \
		-o APT::Sandbox::User=root -o Acquire::Languages=none "$@"
}

suites_update()
{
	suite_apt apt-get -o APT::Update::Error-Mode=any update \
		>"$apt/log" 2>&1 </dev/null || return 1
	: >"$apt/updated"
}

# needed REGEX PACKAGE...: those of the packages, and of all they depend on,
# whose names match.
needed()
{
	pattern=$1
	shift
	suite_apt apt-cache depends --recurse --no-recommends --no-suggests \
		--no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
		grep -E -e "$pattern" | sort -u
}

# unchanged STAMP: true if the versions in STAMP were compared with the suites since
# their last update; seen STAMP: records such a comparison.
unchanged()
{
	[ -e "$1" ] && [ "$1.seen" -nt "$apt/updated" ]
}

seen()
{
	: >"$1.seen"
}

# versions PACKAGE...: a line for each.
versions()
{
	suite_apt apt-cache show --no-all-versions "$@" |
		awk '$1 == "Package:" { name = $2 }
		     $1 == "Version:" { print name, $2 }' | sort
}

# unpack DIR PACKAGE...: fetches the packages and unpacks them into DIR.
unpack()
{
	dir=$1
	shift
	rm -rf "$dir"
	mkdir -p "$dir/packages"
	log=$apt/log
	(
		cd "$dir/packages"
		suite_apt apt-get download "$@" || {
			suites_update
			suite_apt apt-get download "$@"
		}
	) >"$log" 2>&1 </dev/null || failed "fetching $*" "$log"
	for file in "$dir"/packages/*.deb; do
		dpkg-deb -x "$file" "$dir" ||
			die "unpacking ${file##*/} failed; disk full?"
	done
	rm -r "$dir/packages"
}
