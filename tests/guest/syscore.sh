# Pages and slab are allocated and freed in the middle of suspending and hibernating,
# when no interrupt gets through. What was to be armed there is, later.
well() {	# well WHAT: all goes on
	echo 1 > $param/check
	[ "$(cat $param/lost)" = 0 ] || fail "$1: irq_works are lost"
	[ "$(cat $param/calls)" -ge $((calls + 2)) ] || fail "$1: nothing happened"
	calls=$(cat $param/calls)
	for round in 1 2 3; do
		flushes=$(stat flushed_all)
		bench pipes 20 > /dev/null
		bench tmpfs 5 > /dev/null
		sleep 1
		[ "$(stat flushed_all)" -gt "$flushes" ] || fail "$1: no flush of all CPUs"
	done
	rm -rf /tmp/grow
	drop_caches
	reclaims=$(stat reclaimed)
	reclaimed
	mkdir /tmp/grow
	(cd /tmp/grow && seq 1 2000 | xargs touch)
	say "$1: $calls calls, $(stat flushed_all) flushes, $reclaims reclaimed, $private private pages"
}

insmod /lib/syscore.ko
param=/sys/module/syscore/parameters calls=-2
well "before"
# Elsewhere, CPUs only go idle, without these callbacks.
if grep -q deep /sys/power/mem_sleep; then
	for level in core none core; do
		[ $level != none ] || echo +5 > /sys/class/rtc/rtc0/wakealarm
		echo $level > /sys/power/pm_test
		echo mem > /sys/power/state
		well "suspend, $level"
	done
fi
mkswap /dev/vda
swapon /dev/vda
echo none > /sys/power/pm_test
echo test_resume > /sys/power/disk
for round in 1 2; do
	echo disk > /sys/power/state
	well "hibernation $round"
done
rmmod syscore
rm -r /tmp/grow
drop_caches
reclaimed
