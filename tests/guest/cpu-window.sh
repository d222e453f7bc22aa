# I2 while a CPU comes up: it is in no flush, but pages are given up by whoever may.
echo 4 > /proc/sys/vm/drop_caches # be silent
(while :; do echo 2 > /proc/sys/vm/drop_caches; done) &
noise=$!
reclaims=$(stat reclaimed)
insmod /lib/window.ko
kill $noise
wait $noise || true
dmesg | grep -q "window: .* error=0 bad=0$" || fail "$(dmesg | grep 'window: wrong' | head -n 1 | sed 's/.*window/window/')"
rmmod window
audit
drop_caches
reclaimed
# Nor is reclaim locked out for ever.
[ "$(stat reclaimed)" -gt "$reclaims" ] || fail "nothing was reclaimed"
