#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Memory of the guest at boot and after the workload: PHASE/NAME<TAB>VALUE. What KASAN's
# bill is made of has names with item/ before, and is in kB.
set -eu

files=/proc/meminfo	# first, so that reading the others is not in it
for file in /proc/zoneinfo /proc/iomem /proc/vmallocinfo /sys/kernel/debug/stackdepot/stats \
	/sys/kernel/debug/kasan/*; do
	[ ! -e "$file" ] || files="$files $file"
done
# Lest the addresses in vmallocinfo are hashed.
echo 1 > /proc/sys/kernel/kptr_restrict

memory() {
	# shellcheck disable=SC2086 # several arguments
	awk -v phase="$1/" '
	FILENAME == "/proc/meminfo" { sub(":", "", $1); kb[$1] = $2; next }
	FILENAME ~ /\/kasan\// { print phase $1 "\t" $2; next }
	# A page of shadow for each block of 32 KiB that an area touches. On arm64 the kernel
	# is there too.
	FILENAME == "/proc/vmallocinfo" && !/ paging_init/ {
		split($1, range, "-")
		for (block = int(range[1] / 32768); block * 32768 < range[2] + 0; block++)
			if (!(block in blocks)) {
				blocks[block]
				item["vmalloc"] += 4
			}
	}
	$1 == "count:" { item["lists"] += 4 * $2 }
	/ : Kernel / {
		split($1, range, "-")
		if (!start)
			start = "0x" range[1]
		item["span"] = (("0x" range[2]) + 1 - start) / 1024
	}
	$1 == "pools:" { item["depot"] += 16 * $2 }
	$1 == "buckets:" { item["depot"] += int(($2 + 2047) / 2048) * 16 }
	END {
		item["image"] = item["span"]
		while (("dmesg" | getline) > 0) {
			if (/Freeing (unused kernel|SMP alternatives)/)
				item["image"] -= $NF
			if (sub(/.*stackdepot hash table entries:.*order: [0-9]*, /, ""))
				item["depot"] += $1 / 1024
		}
		item["slab"] = kb["Slab"]
		item["stacks"] = kb["KernelStack"] + kb["PageTables"] + kb["Percpu"]
		item["reserve"] = kb["MemFree"] - kb["MemAvailable"]
		for (name in item)
			print phase "item/" name "\t" item[name]
		print phase "MemTotal\t" kb["MemTotal"]
		print phase "MemAvailable\t" kb["MemAvailable"]
	}' $files > "$REPORT"
}

memory boot
workload > /dev/null
memory work
