#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# guest-flushes SCALE: what page shadow counts during each benchmark, in percent of its
# length: NAME/COUNTER<TAB>VALUE. With a compiler it also compiles.
set -eu

stats=/sys/kernel/debug/kasan/page_shadow

# counted NAME COMMAND...
counted() {
	name=$1
	shift
	cat $stats > /tmp/before
	"$@" > /dev/null
	awk -v name="$name" 'NR == FNR { before[$1] = $2; next }
		{ print name "/" $1 "\t" $2 - before[$1] }' /tmp/before $stats > "$REPORT"
}

for bench in readv pipes fork tmpfs unix stat exec tcp mmap; do
	counted $bench bench $bench "$1"
done
counted hackbench bench run hackbench -g 1 -l $(($1 / 2 + 1))
[ ! -e /bin/compile ] || counted compile sh /bin/compile
counted loops insmod /lib/kbench.ko scale="$1"
