#!/bin/sh
# no-sim.sh BINARY: fails unless the binary was built with -tags mpl and holds nothing of the simulator.
# Function names stay in a stripped binary too, so its bytes are searched.
set -eu
binary=$1

if ! go version -m "$binary" | grep -qE -- '-tags=(.*,)?mpl(,|$)'; then
	echo "$binary was not built with -tags mpl" >&2
	exit 1
fi
if grep -aq 'mercury-driver/sim/' "$binary"; then
	echo "$binary holds packages of the simulator: $(grep -aoE 'mercury-driver/sim/[a-z/]+' "$binary" | sort -u | tr '\n' ' ')" >&2
	exit 1
fi
