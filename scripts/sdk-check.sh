#!/bin/sh
# Prints the SHA-256 of the maker's archive, for -ldflags "-X mercury-driver/cvendor.archiveSHA256=HASH".
# When cvendor/sdk holds no library to link, one line says what to put where.
set -eu
sdk=$(dirname "$0")/../cvendor/sdk

need() { # file, what it is
	if [ -L "$sdk/$1" ]; then
		echo "cvendor/sdk/$1 is a link, which go build does not follow: put a copy there" >&2
		exit 1
	fi
	if [ ! -f "$sdk/$1" ]; then
		echo "cvendor/sdk/$1 is missing: put the library's $2 there (see cvendor/sdk/README.md)" >&2
		exit 1
	fi
}

need scp_net.h header
need libmpl.a archive
sha256sum "$sdk/libmpl.a" | cut -d ' ' -f 1
