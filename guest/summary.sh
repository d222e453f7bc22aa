#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What `make run` shows of one guest: memory at boot and after a workload, the
# KUnit suite, and two real bugs. Rows go to the report channel.
set -eu

row() { printf '%s\t%s\n' "$1" "$2" > "$REPORT"; }
meminfo() { awk -v k="$1:" '$1 == k { print $2 }' /proc/meminfo; }
shadow=/sys/kernel/debug/kasan/page_shadow
stat() { awk -v k="$1" '$1 == k { print $2 }' $shadow; }

shadow_kb() {
	if [ "$(stat enabled)" = 1 ]; then
		echo $((($(stat static_bytes) + $(stat private_pages) * 4096) / 1024))
	else
		echo $(($(stat mainline_bytes) / 1024))
	fi
}

row ram_kb $(($(stat mainline_bytes) / 1024 * 8))
row mem_total_kb "$(meminfo MemTotal)"
row shadow_boot_kb "$(shadow_kb)"
row available_boot_kb "$(meminfo MemAvailable)"
workload
row shadow_work_kb "$(shadow_kb)"
row available_work_kb "$(meminfo MemAvailable)"

echo "summary: KUnit" > /dev/kmsg
insmod /lib/kasan_test.ko

# LKDTM makes the bugs: the kernel's own tool, so they are as real as can be.
for bug in SLAB_LINEAR_OVERFLOW READ_BUDDY_AFTER_FREE; do
	echo "summary: $bug" > /dev/kmsg
	echo $bug > /sys/kernel/debug/provoke-crash/DIRECT
done
echo "summary: done" > /dev/kmsg
