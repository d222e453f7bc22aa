# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# One of many guests of a host: it has done its work, given free memory back, which
# takes a few seconds, and is there until the host ends it.
set -eu
$LOAD > /dev/null
sleep 5
echo "scene: ready" > /dev/kmsg
sleep 100000
