#!/bin/sh
# Checks proto/: its style, that nothing in it breaks the contract that was released last, and that the
# committed Go code is what make generate would write.
set -eu
cd "$(dirname "$0")/../proto"
buf() { go tool -modfile=../scripts/tools/go.mod buf "$@"; }
generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT

buf lint
buf breaking --against released.binpb
buf generate --output "$generated"
if ! diff -r --exclude='*.proto' --exclude='buf*.yaml' --exclude=released.binpb . "$generated"; then
	echo "proto: the committed Go code is not what the .proto files say: run make generate and commit" >&2
	exit 1
fi
