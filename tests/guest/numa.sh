# Two nodes: private shadow pages are of the node whose memory they describe.
for node in 0 1; do
	taskset -c $((node * 2)),$((node * 2 + 1)) sh -c "
		mkdir /tmp/grow$node && cd /tmp/grow$node && seq 1 4000 | xargs touch"
done
audit
[ "$(cat /sys/devices/system/node/online)" = 0-1 ] || fail "not two nodes"
for node in 0 1; do
	[ "$(awk '$3 == "Slab:" { print $4 }' /sys/devices/system/node/node$node/meminfo)" -gt 4000 ] ||
		fail "node $node has no slab"
done
say "$private private pages, $remote of them on another node"
[ "$remote" = 0 ] || fail "$remote private pages are on another node"
rm -r /tmp/grow?
drop_caches
reclaimed
