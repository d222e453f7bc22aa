# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# PROCESSES of a fuzzer that collect coverage, make 500 system calls each, and all come to
# the end. Then, with TRINITY_SECONDS, as many of trinity, which run out of memory now and
# then: what was available at the least. With STAY, until the host ends the guest.
set -eu
kcov "$PROCESSES" 500 1 > /tmp/out || { cat /tmp/out > /dev/kmsg; exit 1; }
cat /tmp/out > /dev/kmsg
if [ "${TRINITY_SECONDS-}" ]; then
	echo -1000 > /proc/self/oom_score_adj
	mkdir -p /etc
	echo 'nobody:x:65534:65534::/tmp:/bin/sh' > /etc/passwd
	mkdir -m 777 /tmp/trinity
	su nobody -c "cd /tmp/trinity && echo 1000 > /proc/self/oom_score_adj &&
		exec timeout -s KILL $TRINITY_SECONDS trinity -q -l off -C $PROCESSES -s 1 -E UNIX" > /tmp/log 2>&1 &
	least=1000000000
	while kill -0 $! 2> /dev/null; do
		now=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
		[ "$now" -ge "$least" ] || least=$now
	done
	row least_kb "$least"
fi
if [ "${STAY-}" ]; then
	sleep 5
	echo "scene: ready" > /dev/kmsg
	sleep 100000
fi
