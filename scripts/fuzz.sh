#!/bin/sh
# fuzz.sh INPUTS: runs each fuzz target of the module with that many inputs; some thousand take a second.
# (Not for a time: go test then ends a good run with "context deadline exceeded" now and then.) What a
# target finds is written to its package's testdata/fuzz, where go test runs it ever after.
set -eu
inputs=$1

grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' cvendor driver proto sim scripts | sort |
	while IFS=: read -r file func; do
		target=${func#func }
		echo "-- $target in ${file%/*}"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${inputs}x" "./${file%/*}" </dev/null
	done
