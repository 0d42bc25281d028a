#!/bin/sh
# fuzz-target.sh SPAN TARGET FOLDER: runs one fuzz target. What it finds is written to the folder's testdata/fuzz,
# where go test runs it ever after.
set -eu
span=$1 target=$2 folder=$3

mkdir -p out/fuzz
log=out/fuzz/$(echo "$folder" | tr / -)-$target

# A second is enough to make an interesting input smaller; go's minute would leave none for finding others.
fuzz() {
	go test -vet=off -run '^$' -fuzz "^$target\$" -fuzztime "$span" -fuzzminimizetime 1s -parallel 1 "./$folder" \
		>"$log" 2>&1 </dev/null
}

# Before Go 1.27 a good run now and then fails when its time is up, and says only that (go.dev/issue/75804).
ran_out() {
	grep -A 1 "^--- FAIL: $target (" "$log" | grep -qx '    context deadline exceeded'
}

# How many inputs it tried, and how many of them led somewhere new; fails where it tried none.
tried() {
	sed -n 's/.*execs: \([1-9][0-9]*\).*new interesting: \([0-9]*\).*/\1 inputs, \2 of them new/p' "$log" | tail -1 | grep .
}

if { fuzz || ran_out; } && tried=$(tried); then
	echo "ok   $target in $folder: $tried"
	exit
fi
cat "$log"
tried >/dev/null || echo "no input was tried"
input=$(sed -n 's|.*Failing input written to \(testdata/.*\)|\1|p' "$log")
test -z "$input" ||
	echo "saved: $folder/$input; to run it again: go test -run '$target/$(basename "$input")' ./$folder"
echo "FAIL $target in $folder"
exit 1
