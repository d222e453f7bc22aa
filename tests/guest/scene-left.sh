# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A fixed set of memory is taken, half by a file and half by a process. Without SET_KB,
# it is as much as leaves LEFT_KB available. Reports what is left, or that it did not fit.
set -eu
row() { printf '%s\t%s\n' "$1" "$2" > "$REPORT"; }
available() { awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo; }

row available_kb "$(available)"
: "${SET_KB:=$(($(available) - LEFT_KB))}"
row set_kb "$SET_KB"
mkfifo /tmp/hold
mount -o remount,size=100% /tmp
# These are to go if memory is short. The second has all of its half when it begins to
# write, and keeps it as nobody reads the rest.
sh -c 'echo 1000 > /proc/self/oom_score_adj
	dd if=/dev/zero of=/tmp/set bs=1k count=$1 && exec dd if=/dev/zero bs=$1k count=1' \
	- $((SET_KB / 2)) > /tmp/hold 2> /dev/null &
exec 3< /tmp/hold
if [ "$(head -c 1 <&3 | wc -c)" = 1 ]; then
	sleep 2
	row left_kb "$(available)"
else
	dmesg | grep -q "Out of memory: Killed"
	row left_kb OOM
fi
