#!/bin/sh
# Installs what the tests need beside Go, gcc and make, from the system's packages: redis-server and
# haproxy. Where it may not, it stops with the command to run. What it installs is not started, now or at
# boot: the tests start their own.
set -eu

missing=
for program in redis-server haproxy; do
	command -v "$program" >/dev/null || missing="$missing $program" # the packages have the same names
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	root=
elif sudo -n true 2>/dev/null; then
	root=sudo
else
	root=none
fi
if [ "$root" = none ] || ! command -v apt-get >/dev/null; then
	echo "the tests need$missing. Install with: sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
	exit 1
fi

# Packages ask this file whether they may start their services: 101 says no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap '$root rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
	$root chmod 755 "$policy"
fi

echo "== installing$missing"
$root apt-get update -q
$root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $missing
if command -v systemctl >/dev/null; then
	$root systemctl --quiet disable $missing
fi
