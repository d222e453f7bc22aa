# Suspend, as far as each test of it goes, and at last in full until the clock wakes.
# Where only the CPUs go idle for it, there are fewer tests.
levels="freezer devices platform"
! grep deep /sys/power/mem_sleep || levels="$levels processors core"
for level in $levels none; do
	[ $level != none ] || echo +5 > /sys/class/rtc/rtc0/wakealarm
	echo $level > /sys/power/pm_test
	audit
	echo mem > /sys/power/state
	audit
	bench all 5 > /dev/null
	say "suspend: $level"
done
[ "$(cat /sys/power/suspend_stats/success)" = $(echo $levels none | wc -w) ] || fail "not all were successful"
stress-ng --vm 1 --vm-bytes 32M --fork 1 --dentry 1 --temp-path /tmp -t 5s -q
reclaimed
