# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# PROCESSES of a fuzzer that collect coverage make 500 system calls each, and all come to the
# end. With STAY, the guest is there until the host ends it.
set -eu
kcov "$PROCESSES" 500 1 > /dev/kmsg 2>&1
if [ "${STAY-}" ]; then
	sleep 5
	echo "scene: ready" > /dev/kmsg
	sleep 100000
fi
