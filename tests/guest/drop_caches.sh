# drop_caches, again and again, under file activity.
(while :; do find /proc /sys -maxdepth 3 > /dev/null 2>&1 || :; done) &
noise=$!
i=0
while [ $i -lt 15 ]; do
	bench stat 100 > /dev/null
	drop_caches
	i=$((i + 1))
done
kill $noise
wait $noise || true
audit
