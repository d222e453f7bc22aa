# I1, I2, I3: each access to blocks that all CPUs fight for is judged by the truth,
# first undisturbed, then while the shrinker gives up what it can.
seconds=${TORTURE_SECONDS:-60}
# A report taints the kernel; ask for some only where that was wanted.
report_ms=0
if grep -q kasan_multi_shot /proc/cmdline; then report_ms=500; fi

torture() {
	insmod /lib/page_shadow_torture.ko seconds=$(((seconds + 1) / 2)) report_ms=$report_ms ||
		fail "no torture"
	if [ "$(cat /sys/module/page_shadow_torture/parameters/failed)" != N ]; then
		fail "$(dmesg | grep -A 1 'torture: I[123]\|torture: a report')"
	fi
	rmmod page_shadow_torture
}

torture
echo 4 > /proc/sys/vm/drop_caches # be silent
reclaims=$(stat reclaimed)
(while :; do echo 2 > /proc/sys/vm/drop_caches; done) &
noise=$!
torture
kill $noise
wait $noise || true
[ "$(stat reclaimed)" -gt "$reclaims" ] || fail "nothing was reclaimed"

# What was pinned is not any more, and its shadow pages are given back.
drop_caches
reclaimed
tries=0
while sum=$(stat pinned_pages) sum_private=$(stat private_pages); audit
	[ "$sum $sum_private" != "$pinned_pages $private" ]; do
	tries=$((tries + 1))
	[ $tries -lt 30 ] || fail "$sum pinned and $sum_private private pages counted," \
		"$pinned_pages and $private found"
done
