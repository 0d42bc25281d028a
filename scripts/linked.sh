#!/bin/sh
# linked.sh BINARY simulator|mpl: fails unless this mercury-driver is linked with that, by its own words
# and, for mpl, by what is in it.
set -eu
binary=$1 wanted=$2

if ! "$binary" -version | grep -q "^library: $wanted"; then
	echo "$binary is not linked with $wanted:" >&2
	"$binary" -version >&2
	exit 1
fi
if [ "$wanted" = mpl ]; then
	"$(dirname "$0")/no-sim.sh" "$binary"
fi
