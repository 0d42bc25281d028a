#!/bin/sh
# Reads all shell scripts without running them, and has shellcheck do so too where it is installed.
set -eu
for script in .ci/run $(git ls-files --cached --others --exclude-standard '*.sh'); do
	bash -n "$script"
	if command -v shellcheck >/dev/null; then
		shellcheck "$script"
	fi
done
