# kasan=off: memory is added, used and removed, and gets no shadow.
vmalloc=$(meminfo VmallocUsed) total=$(meminfo MemTotal)
for round in 1 2; do
	add
	added=$(blocks_in_state offline)
	set_added online_movable
	[ "$(meminfo MemTotal)" -gt "$total" ] || fail "round $round: MemTotal is $(meminfo MemTotal)"
	[ $(($(meminfo VmallocUsed) - vmalloc)) -lt 2048 ] || fail "round $round: shadow was allocated"
	stress-ng --vm 2 --vm-bytes 64M -t 5s -q
	remove
done
