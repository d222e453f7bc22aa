# CPUs go off and on under load, one by one and all but the first at once.
seconds=${CPU_SECONDS:-60}
cpus=$(ls -d /sys/devices/system/cpu/cpu[1-9]*)
switch() {	# switch 0|1 CPU...
	value=$1
	shift
	for cpu; do
		echo "$value" > "$cpu/online"
		switched=$((switched + 1))
	done
}

stress-ng --vm 2 --vm-bytes 24M --pipe 2 --sock 1 --fork 2 --dentry 1 --temp-path /tmp -t "${seconds}s" -q &
load=$!
(
	# It keeps CPUs as they are meanwhile, so not for long.
	while :; do
		insmod /lib/irqalloc.ko rounds=20
		dmesg | grep 'irqalloc: seed' | tail -n 1 | grep -q ' bad=0$' || say "FAILED: irqalloc found errors"
		rmmod irqalloc
		bench tmpfs 2 > /dev/null
		sleep 1
	done
) &
noise=$!
switched=0
while kill -0 $load 2> /dev/null; do
	for one in $cpus; do
		switch 0 "$one"
		switch 1 "$one"
	done
	# shellcheck disable=SC2086 # several
	switch 0 $cpus
	# shellcheck disable=SC2086
	switch 1 $cpus
done
wait $load
kill $noise
wait $noise || :
rmmod irqalloc 2> /dev/null || :
! dmesg | grep 'test: FAILED' || exit 1
say "CPUs were switched $switched times in $seconds s; stale alarms $(stat stale_alarms), reclaimed $(stat reclaimed)"
[ $switched -gt "$seconds" ] || fail "CPUs were switched $switched times only"
[ "$(cat /sys/devices/system/cpu/online)" = "$(cat /sys/devices/system/cpu/present)" ] || fail "not all CPUs are on"

# What CPUs counted that are off still counts.
# shellcheck disable=SC2086
switch 0 $cpus
pins_agree
drop_caches
reclaimed
# shellcheck disable=SC2086
switch 1 $cpus
drop_caches
reclaimed
