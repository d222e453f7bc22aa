# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Put before each guest test by tests/run. A test fails when a command does; the
# host also looks at the console and at /proc/sys/kernel/tainted.
set -eu

stats=/sys/kernel/debug/kasan/page_shadow
stat() { awk -v k="$1" '$1 == k { print $2 }' $stats; }

say() { echo "test: $*" > /dev/kmsg; }

fail() {
	echo "test: FAILED: $*" > /dev/kmsg
	cat $stats
	exit 1
}

# audit: sets private, pinned_blocks and pinned_pages to what the page tables and
# pages say; fails where they contradict each other
audit() {
	insmod /lib/audit.ko blocks="$(stat blocks)" || fail "audit found errors"
	eval "$(dmesg | sed -n 's/.*audit: \(private=.*\)/\1/p' | tail -n 1)"
	rmmod audit
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
