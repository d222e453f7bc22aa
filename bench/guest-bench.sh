#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# guest-bench SCALE [MS]: all benchmarks, in percent of their length; each but hackbench
# repeated for MS milliseconds, of which the fastest 20 are told; that five times.
set -eu

[ ! "${2-}" ] || export BENCH_MS="$2"

bench all "$1" > /tmp/results
# A sender has 20 receivers; each of 20 senders sends this many messages to each.
for _ in $(seq $((1 + 4 * !!${2:-0}))); do
	bench run hackbench -g 1 -l $((${2:+5} + $1 / 2 + 1))
done | sort -n -k 2 | sed 's/^run/hackbench/; q' >> /tmp/results

# Blocks that held its slab have private shadow, and keep it for two seconds: pages
# are measured before that, and then all without what the load left behind.
kbench=/sys/kernel/debug/kbench
insmod /lib/kbench.ko scale="$1" ms="${2-0}" slab=0
sed 's/\t/-after\t/' $kbench >> /tmp/results
rmmod kbench
sleep 5
insmod /lib/kbench.ko scale="$1" ms="${2-0}"
cat $kbench >> /tmp/results

# When a disk answers is chance, and with -icount the only one: so it comes last.
if [ -e /bin/disk ]; then
	disk /disk
	BENCH_DISK=/disk bench ext4 "$1" >> /tmp/results
	umount /disk
fi

cat /tmp/results > "$REPORT"
if grep -E '^error|failed' /tmp/results; then
	exit 1
fi
