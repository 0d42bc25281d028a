#!/bin/sh
# fuzz.sh SPAN: runs each fuzz target of the module for that long, two at a time with a worker each, and all of them
# even after one has failed.
set -eu

case ${1:-} in
[1-9]*[smhx]) ;;
*)
	echo "fuzz: FUZZ_TIME=${1:-} is no span: want 20s, 5m or 1h, or 1000x for so many inputs" >&2
	exit 2
	;;
esac

targets=$(grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' cvendor driver proto sim scripts | sort |
	sed -E 's|^(.*)/[^/]*:func (.*)|\2 \1|')
echo "$(echo "$targets" | wc -l) targets"
echo "$targets" | xargs -P 2 -L 1 scripts/fuzz-target.sh "$1"
