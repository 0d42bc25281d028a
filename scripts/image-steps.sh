#!/bin/sh
# image-steps.sh [mpl]: runs the RUN lines of the Dockerfile, with TAGS as given, in a copy of this tree: an
# image can't be built where there is no container engine, but what it is built from can. For mpl the small
# library of cvendor/testdata stands in for a maker's, and a driver with the simulator must be refused.
set -eu
export TAGS="${1:-}" COMMIT=proof
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- -c | tar -x -C "$context"
steps=$(sed -n 's/^RUN //p' Dockerfile)
cd "$context"

if [ "$TAGS" = mpl ]; then
	cp cvendor/testdata/mpl/scp_net.h cvendor/testdata/mpl/scp_features.h cvendor/sdk/
	gcc -O2 -DVERSION='"1.0"' -c cvendor/testdata/mpl/libmpl.c -o libmpl.o
	ar rcs cvendor/sdk/libmpl.a libmpl.o
	go vet -tags mpl ./driver/... ./cvendor/...
fi

echo "$steps"
sh -euc "$steps"
bin/mercury-driver -version

if [ "$TAGS" = mpl ]; then
	go build -o simulated ./driver
	if scripts/linked.sh ./simulated mpl 2>/dev/null; then
		echo "scripts/linked.sh lets the simulator into an image for production" >&2
		exit 1
	fi
fi
