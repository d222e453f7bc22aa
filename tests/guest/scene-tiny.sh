# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A small guest runs the workload and then the suite of KASAN itself, whose verdict
# the host reads on the console.
set -eu
workload > /dev/null
printf 'worked_s\t%s\n' "$(cut -d . -f 1 /proc/uptime)" > "$REPORT"
echo "summary: KUnit" > /dev/kmsg
insmod /lib/kasan_test.ko
