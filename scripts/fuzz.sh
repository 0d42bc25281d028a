#!/bin/sh
# fuzz.sh SECONDS: runs each fuzz target of the module that long. What a target finds is written to its
# package's testdata/fuzz, where go test runs it ever after.
set -eu
seconds=$1

grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' cvendor driver proto sim scripts | sort |
	while IFS=: read -r file func; do
		target=${func#func }
		echo "-- $target in ${file%/*}"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${seconds}s" "./${file%/*}" </dev/null
	done
