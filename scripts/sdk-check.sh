#!/bin/sh
# Prints the SHA-256 of the maker's archive, for -ldflags "-X mercury-driver/cvendor.archiveSHA256=HASH".
# When cvendor/sdk holds no library that mercury-driver could serve with, it says so instead: a line for each
# thing that is missing, with what to do about it.
set -eu
sdk=$(dirname "$0")/../cvendor/sdk
good=yes

refuse() {
	echo "$1" >&2
	good=no
}

need() { # file, what to do when it is not there
	if [ -L "$sdk/$1" ]; then
		refuse "cvendor/sdk/$1 is a link, which go build does not follow: put a copy there"
	elif [ ! -f "$sdk/$1" ]; then
		refuse "cvendor/sdk/$1 is missing: $2 (see cvendor/sdk/README.md)"
	fi
}

# Whether a condition of scp_features.h's macros holds, as the compiler reads them.
holds() {
	printf '#include "scp_features.h"\n#if %s\nyes\n#endif\n' "$1" | gcc -E -P -iquote "$sdk" - | grep -qx yes
}

need scp_net.h "put the library's header there"
need libmpl.a "put the library's archive there"
need scp_features.h "copy scp_features.example.h to it, and say there what the library can do"

if [ -f "$sdk/scp_features.h" ]; then
	for macro in $(sed -n 's/^#define \(SCP_[A-Z_]*\) .*/\1/p' "$sdk/scp_features.example.h"); do
		holds "defined $macro" ||
			refuse "cvendor/sdk/scp_features.h does not define $macro: scp_features.example.h says what it means"
	done
	# What driver/ability.go would refuse at the start.
	holds SCP_HAS_REWIND ||
		echo "cvendor/sdk/scp_features.h declares no rewind of a controller's log (SCP_HAS_REWIND): mercury-driver will not start without SPOOL_DIR, where each transaction is written before the library is asked for the next" >&2
	holds 'SCP_HAS_REPORT_UP_TO || SCP_HAS_PAUSE' ||
		refuse "cvendor/sdk/scp_features.h declares no way to hold a controller's log back (SCP_HAS_REPORT_UP_TO or SCP_HAS_PAUSE): mercury-driver would not start, as events could come faster than they are stored"
fi
[ "$good" = yes ]

sha256sum "$sdk/libmpl.a" | cut -d ' ' -f 1
