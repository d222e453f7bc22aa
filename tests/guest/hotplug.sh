# Memory is added, used, removed and added again.
fill() {	# fill MEGABYTES
	dd if=/dev/zero of=/tmp/fill bs=1M count="$1" 2> /dev/null
	md5sum /tmp/fill > /tmp/sum
	audit
	md5sum -c /tmp/sum > /dev/null
	rm /tmp/fill
}

mount -o remount,size=1G /tmp
total=$(meminfo MemTotal) vmalloc=$(meminfo VmallocUsed) blocks=$(stat blocks)
audit

for round in movable movable kernel; do
	add
	added=$(blocks_in_state offline)
	set_added "online_$round"
	# 1/64 of it may be its own memmap.
	less=$((megabytes * 1024 + total - $(meminfo MemTotal)))
	[ $less = 0 ] || [ $less = $((megabytes * 16)) ] ||
		fail "$round: MemTotal went from $total to $(meminfo MemTotal)"
	# Static shadow would be in vmalloc space.
	[ $(($(meminfo VmallocUsed) - vmalloc)) -lt 2048 ] ||
		fail "$round: VmallocUsed went from $vmalloc to $(meminfo VmallocUsed)"
	# Shadow of its own memmap is shared, as a device's is.
	[ $(($(stat blocks) - blocks)) = $(((megabytes * 1024 - less) / 32)) ] ||
		fail "$round: blocks went from $blocks to $(stat blocks)"
	fill $((megabytes + 64))
	stress-ng --vm 2 --vm-bytes 64M --fork 1 --pipe 1 -t 10s -q
	reclaimed
	if [ $round = movable ]; then
		remove
		[ "$(meminfo MemTotal)" = "$total" ] || fail "MemTotal is $(meminfo MemTotal), was $total"
		audit
	fi
done

# The memory added last is of the zone that is taken from first: its blocks have slab.
# (On arm64 that is the zone of all memory. Pages on lists of CPUs are free, too.)
free() {
	awk '/^Node/ { z = /zone +Normal/ } z && /nr_free_pages|count:/ { n += $2 }
		END { print n }' /proc/zoneinfo
}
before=$(free) private_before=$private
mkdir /tmp/grow
(cd /tmp/grow && seq 1 20000 | xargs touch)
audit
[ $((before - $(free))) -gt 2000 ] || fail "the memory added is not used"
[ $((private - private_before)) -gt 250 ] || fail "private pages: $private_before, then $private"
say "MemTotal $total, then $(meminfo MemTotal); private pages $private_before, then $private"
rm -r /tmp/grow
drop_caches
reclaimed
[ "$private" -lt $((private_before + 250)) ] || fail "private pages: $private_before, then $private"
