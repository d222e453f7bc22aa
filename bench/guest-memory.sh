#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Memory of the guest at boot and after the workload: PHASE/NAME<TAB>VALUE.
set -eu

stats=/sys/kernel/debug/kasan/page_shadow
[ -e $stats ] || stats=

memory() {
	# shellcheck disable=SC2086 # no argument if there is none
	awk -v phase="$1" 'FILENAME != "/proc/meminfo" || /^Mem(Total|Available):/ {
		sub(":", "", $1)
		print phase "/" $1 "\t" $2
	}' /proc/meminfo $stats > "$REPORT"
}

memory boot
workload > /dev/null
memory work
