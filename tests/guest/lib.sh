# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Put before each guest test. A test fails when a command does; the
# host also looks at the console and at /proc/sys/kernel/tainted.
set -eu

stats=/sys/kernel/debug/kasan
stat() { awk -v k="$1" '$1 == k { print $2 }' $stats/*; }
meminfo() { awk -v k="$1:" '$1 == k { print $2 }' /proc/meminfo; }
# blocks_in_state STATE: the state files of memory that can go, of those in this state
blocks_in_state() { grep -lsx "$1" /sys/devices/system/memory/memory*/state || :; }
# set_added STATE: the memory of whose blocks $added are the state files
set_added() { for file in $added; do echo "$1" > "$file"; done; }

say() { echo "test: $*" > /dev/kmsg; }

fail() {
	echo "test: FAILED: $*" > /dev/kmsg
	cat $stats/*
	exit 1
}

# Modules return 0 and tell what they found otherwise: where one fails to load,
# busybox insmod tries again, and the second time may go well.

# audit: sets private, pinned_blocks and pinned_pages to what the page tables and
# pages say; fails where they contradict each other
audit() {
	insmod /lib/audit.ko
	eval "$(dmesg | sed -n 's/.*audit: \(private=.*\)/\1/p' | tail -n 1)"
	rmmod audit
	[ "$bad" = 0 ] || fail "audit found errors"
}

drop_caches() {
	sync
	echo 3 > /proc/sys/vm/drop_caches
}

# reclaimed: wait until private pages are exactly the blocks with a pinned page;
# the kernel needs two periods of a second for that
reclaimed() {
	tries=0
	while audit; [ "$private" != "$pinned_blocks" ]; do
		tries=$((tries + 1))
		[ $tries -lt 30 ] || fail "$private private pages, but $pinned_blocks blocks with a pinned page"
		sleep 1
	done
}

# pins_agree: the statistics agree with the audit, when nothing happened between the two
pins_agree() {
	tries=0
	while sum=$(stat pinned_pages); audit
		[ "$sum" -lt $((pinned_pages - 16)) ] || [ "$sum" -gt $((pinned_pages + 16)) ]; do
		tries=$((tries + 1))
		[ $tries -lt 30 ] || fail "statistics count $sum pinned pages, the audit $pinned_pages"
	done
}

# A CPU that the host does not run takes too long for the kernel, also in NMI.
slow_nmis() {
	longest=/sys/kernel/debug/x86/nmi_longest_ns
	[ ! -e $longest ] || echo 10000000000 > $longest
}
