#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# guest-cpus SCALE [trace]: page and slab allocation on all CPUs of the guest at once.
# With "trace" also how often locks were contended meanwhile.
set -eu

trace=/sys/kernel/tracing
if [ "${2:-}" = trace ]; then
	mount -t tracefs tracefs $trace
	echo 4096 > $trace/buffer_size_kb
	echo 1 > $trace/events/lock/contention_begin/enable
	# What the module prints shows which benchmark it was.
	echo 1 > $trace/events/printk/console/enable
fi
insmod /lib/kbench.ko cpus="$(nproc)" scale="$1"

results=/sys/kernel/debug/kbench
cat $results > "$REPORT"
if grep -E '^error|failed' $results; then
	exit 1
fi
if [ "${2:-}" = trace ]; then
	if grep '^overrun: [1-9]' $trace/per_cpu/cpu*/stats; then
		exit 1
	fi
	awk '/ contention_begin: / { n++ }
		/ console: kbench: [a-z0-9-]+\t/ {
			sub(/.* kbench: /, "")
			print $1 "-contention\t" n + 0
			n = 0
		}' $trace/trace > "$REPORT"
fi
