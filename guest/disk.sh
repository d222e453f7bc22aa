#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Mount the disk of the guest, an ext4 file system made on the host, at $1.
#
# The kernel is one of configs/bench.config. On the host:
#
#	truncate -s 64M IMAGE
#	mkfs.ext4 -q -U 01234567-89ab-cdef-0123-456789abcdef \
#		-E hash_seed=01234567-89ab-cdef-0123-456789abcdef,lazy_itable_init=0,lazy_journal_init=0,nodiscard IMAGE
#	options=(--add guest/disk.sh:/bin/disk
#		--qemu "-drive if=none,id=d,format=raw,cache=unsafe,file=IMAGE -device virtio-blk-pci,drive=d")
#	for ko in $(find BUILD/{crypto,drivers,fs,lib} -name '*.ko'); do
#		options+=(--add "$ko:/lib/disk/${ko##*/}")
#	done
#	scripts/boot "${options[@]}" ...
#
# with an image of its own, made anew, for each guest. In the guest:
#
#	disk /disk
#	BENCH_DISK=/disk bench all 100		(and BENCH_BUSY=1 with --icount)
set -eu

[ $# = 1 ] || { echo "usage: disk FOLDER" >&2; exit 1; }

# In the order of their dependencies.
for module in virtio_ring virtio virtio_pci_modern_dev virtio_pci virtio_blk \
	crypto crypto_algapi crypto_hash crc32c_generic crc16 mbcache jbd2 ext4; do
	insmod /lib/disk/$module.ko
done
mkdir -p "$1"
mount -t ext4 /dev/vda "$1"
