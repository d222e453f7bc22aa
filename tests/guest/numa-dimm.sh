# Nodes whose only memory is a DIMM: node 1, with two CPUs, has had its own since boot, node 2,
# without CPUs, has one that comes and goes. Private shadow pages are of the node they describe.
has() { grep -qx "$1" /sys/devices/system/node/has_normal_memory; }
slab() { awk '$3 == "Slab:" { print $4 }' "/sys/devices/system/node/node$1/meminfo"; }
local_only() {
	[ "$remote" -le "$first" ] || fail "$remote of $private private pages are on another node, before $first"
}

added=$(blocks_in_state offline)
[ "$(echo "$added" | wc -l)" = "$nr" ] || fail "the DIMM of node 1 is not there: $added"
has 0 || fail "node 0 is not the only one that has memory"
set_added online_kernel
has 0-1 || fail "node 1 has no memory"
# What is allocated just when memory comes may have shadow of another node, as in Linux 7.3.
audit
first=$remote
taskset -c 2,3 sh -c 'mkdir /tmp/grow && cd /tmp/grow && seq 1 8000 | xargs touch'
audit
[ "$(slab 1)" -gt 8000 ] || fail "node 1 has $(slab 1) kB of slab"
[ "$private" -gt 250 ] || fail "$private private pages"
local_only
say "node 1: $private private pages"

node=2
for round in movable movable kernel; do
	add
	added=$(blocks_in_state offline)
	set_added online_$round
	audit
	[ $round = movable ] || break
	local_only
	remove
done
first=$remote
has 0-2 || fail "node 2 has no memory"
# Nobody's CPU is near it, so it is asked for by what a process may use.
stress-ng --vm 2 --vm-bytes 64M --mbind 2 -t 10s -q
rm -r /tmp/grow
drop_caches
reclaimed
local_only
