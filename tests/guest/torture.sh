# I1, I2, I3: each access to blocks that all CPUs fight for is judged by the truth,
# first undisturbed, then while the shrinker gives up what it can, and CPUs go off and on.
seconds=${TORTURE_SECONDS:-60}
# A report taints the kernel; ask for some only where that was wanted.
report_ms=0
if grep -q kasan_multi_shot /proc/cmdline; then report_ms=500; fi

torture() {
	insmod /lib/page_shadow_torture.ko seconds=$(((seconds + 1) / 2)) report_ms=$report_ms hotplug=$1 ||
		fail "no torture"
	if [ "$(cat /sys/module/page_shadow_torture/parameters/failed)" != N ]; then
		fail "$(dmesg | grep -A 1 'torture: I[123]\|torture: a report')"
	fi
	rmmod page_shadow_torture
}

slow_nmis
torture N
echo 4 > /proc/sys/vm/drop_caches # be silent
reclaims=$(stat reclaimed)
(while :; do echo 2 > /proc/sys/vm/drop_caches; done) &
noise=$!
hotplug=N
[ ! -e /sys/devices/system/cpu/cpu1/online ] || hotplug=Y
torture $hotplug
kill $noise
wait $noise || true
[ "$(stat reclaimed)" -gt "$reclaims" ] || fail "nothing was reclaimed"

# What was pinned is not any more, and its shadow pages are given back.
drop_caches
reclaimed

# The counters agree with what the audit finds. To start a process would change that.
insmod /lib/audit.ko
cd /sys/module/audit/parameters
tries=0
while
	while read -r name value; do
		case $name in pinned_pages | private_pages) eval "$name=$value" ;; esac
	done < $stats/page_shadow
	echo 1 > again
	read -r pinned < pinned_pages
	read -r private < private
	[ "$pinned_pages $private_pages" != "$pinned $private" ]
do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || fail "$pinned_pages pinned and $private_pages private pages counted," \
		"$pinned and $private found"
done
cd /
rmmod audit
