#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What KASAN's metadata and redzones take of the slab, in KiB, at boot and after the
# workload: scripts/boot --script guest/slabs.sh KERNEL. "least" is how much smaller the
# slab could be if each object had only its metadata of 16 bytes as a redzone.
set -eu

slabs() {
	for c in /sys/kernel/slab/*; do
		[ ! -L "$c" ] || continue
		read -r objects _ < "$c/total_objects"
		read -r slabs _ < "$c/slabs"
		echo "$(cat "$c/object_size") $(cat "$c/slab_size") $objects $((slabs * (4 << $(cat "$c/order"))))"
	done | awk -v when="$1" '
	{
		slab += $4
		objects += $1 * $3 / 1024
		redzones += ($2 - $1) * $3 / 1024
		meta += 16 * $3 / 1024
		least = $1 + 16
		least += (8 - least % 8) % 8
		if ($2 > least)
			saved += ($2 - least) * $3 / 1024
	}
	END {
		printf "%s: slab %d, objects %d, metadata and redzones %d, of these metadata %d; least %d, %.1f %%\n",
			when, slab, objects, redzones, meta, saved, 100 * saved / slab
	}'
}

slabs boot
workload > /dev/null
slabs workload
