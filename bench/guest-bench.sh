#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# guest-bench SCALE: all benchmarks, in percent of their length.
set -eu

disk /disk
export BENCH_DISK=/disk
bench all "$1" > /tmp/results
# A sender has 20 receivers; each of 20 senders sends this many messages to each.
bench run hackbench -g 1 -l $(($1 / 2 + 1)) | sed 's/^run/hackbench/' >> /tmp/results
umount /disk

insmod /lib/kbench.ko scale="$1"
cat /sys/kernel/debug/kbench >> /tmp/results
cat /tmp/results > "$REPORT"
if grep -E '^error|failed' /tmp/results; then
	exit 1
fi
