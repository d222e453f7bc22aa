#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The fixed guest workload behind the memory figures: the same files, processes,
# pipes and sockets each time, within a guest of 96 MiB (tmpfs peak: 7 MiB).
set -eu

if [ "${1:-}" = --help ]; then
	echo "usage: workload (in the test guest; takes no arguments)"
	exit 0
fi

dirs=40
files=10	# in each directory, of 8 KiB

top=$(mktemp -d /tmp/workload.XXXXXX)
trap 'rm -rf "$top"' EXIT
cd "$top"

line=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde
i=0
while [ $i -lt 128 ]; do
	echo $line
	i=$((i + 1))
done > block

pass=1
while [ $pass -le 3 ]; do
	echo "workload: pass $pass: $((dirs * files)) files"
	d=0
	while [ $d -lt $dirs ]; do
		mkdir -p tree/$d
		f=0
		while [ $f -lt $files ]; do
			cp block tree/$d/$f
			f=$((f + 1))
		done
		d=$((d + 1))
	done

	count=$(find tree -type f -size 8k | wc -l)
	if [ "$count" -ne $((dirs * files)) ]; then
		echo "workload: found $count files" >&2
		exit 1
	fi
	find tree -exec stat -c '%n %s' {} + > /dev/null

	echo "workload: tar"
	sums=$(find tree -type f | sort | xargs md5sum | md5sum)
	tar cf tree.tar tree
	rm -r tree
	tar xf tree.tar
	rm tree.tar
	if [ "$(find tree -type f | sort | xargs md5sum | md5sum)" != "$sums" ]; then
		echo "workload: the extracted files differ" >&2
		exit 1
	fi

	echo "workload: forks"
	i=0
	while [ $i -lt 100 ]; do
		(exit 0)
		i=$((i + 1))
	done

	echo "workload: pipes, sockets, processes"
	bench pipes 200
	bench unix 200
	bench fork 20

	rm -r tree
	pass=$((pass + 1))
done

cd /
rm -r "$top"
trap - EXIT
echo "workload: done"
