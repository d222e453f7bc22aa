#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Mount the disk of the guest, an ext4 file system made on the host, at $1.
#
# The kernel is one of configs/bench.config, and has all of its modules in /lib/disk:
# see prepare() and all_benches() in bench/run, which make the disk and add them.
set -eu

[ $# = 1 ] || { echo "usage: disk FOLDER" >&2; exit 1; }

# In the order of their dependencies. 7.3 has no modules of crypto for it.
for module in virtio_ring virtio virtio_pci_modern_dev virtio_pci virtio_blk \
	crypto crypto_algapi crypto_hash crc32c_generic crc16 mbcache jbd2 ext4; do
	[ ! -e /lib/disk/$module.ko ] || insmod /lib/disk/$module.ko
done
mkdir -p "$1"
mount -t ext4 /dev/vda "$1"
