# Persistent memory is a disk with struct pages; then a DAX device; then memory of the
# kernel, which is taken away again. It lies between memory that has blocks.
nd=/sys/bus/nd dax=/sys/bus/dax/drivers

sum() { drop_caches; md5sum < /dev/pmem0; }
# With static shadow there is nothing to audit.
[ "$(stat enabled)" = 1 ] || { audit() { :; }; reclaimed() { :; }; }

[ -b /dev/pmem0 ] || fail "no /dev/pmem0"
before=$(meminfo MemTotal) blocks=$(stat blocks)
mount -o remount,size=1G /tmp
dd if=/dev/urandom of=/dev/pmem0 bs=1M count=64 conv=fsync 2> /dev/null
sum=$(sum)
for round in 1 2; do
	echo namespace0.0 > $nd/drivers/nd_pmem/unbind
	audit
	dd if=/dev/zero of=/tmp/fill bs=1M count=300 2> /dev/null
	echo namespace0.0 > $nd/drivers/nd_pmem/bind
	audit
	rm /tmp/fill
	[ "$(sum)" = "$sum" ] || fail "round $round: what was written is not read"
done

# Its own struct pages are in it, at its begin.
echo namespace0.0 > $nd/drivers/nd_pmem/unbind
seed=$(cat $nd/devices/region0/dax_seed)
echo 2097152 > "$nd/devices/$seed/align"
echo pmem > "$nd/devices/$seed/mode"
cat /proc/sys/kernel/random/uuid > "$nd/devices/$seed/uuid"
echo namespace0.0 > "$nd/devices/$seed/namespace"
echo "$seed" > $nd/drivers/dax_pmem/bind
[ -c /dev/dax0.0 ] || fail "no /dev/dax0.0"
audit
for round in 1 2; do
	echo dax0.0 > $dax/device_dax/unbind
	audit
	if [ $round = 1 ]; then
		echo dax0.0 > $dax/kmem/new_id
	else
		echo dax0.0 > $dax/kmem/bind
	fi
	added=$(blocks_in_state offline)
	[ "$added" ] || fail "round $round: no memory was added"
	set_added online_movable
	more=$(($(meminfo MemTotal) - before))
	[ $more -gt 100000 ] || fail "MemTotal is $(meminfo MemTotal), was $before"
	# Those of the first round are used again.
	[ "$(stat enabled)" = 0 ] || [ "$(stat blocks)" = $((blocks + more / 32)) ] ||
		fail "round $round: blocks went from $blocks to $(stat blocks), by $more kB of memory"
	# It is taken first, as it is movable.
	dd if=/dev/zero of=/tmp/fill bs=1M count=300 2> /dev/null
	md5sum /tmp/fill > /tmp/sum
	audit
	md5sum -c /tmp/sum > /dev/null
	rm /tmp/fill
	set_added offline
	echo dax0.0 > $dax/kmem/unbind
	audit
	[ "$(meminfo MemTotal)" = "$before" ] || fail "MemTotal is $(meminfo MemTotal), was $before"
	echo dax0.0 > $dax/device_dax/bind
	audit
done
drop_caches
reclaimed
