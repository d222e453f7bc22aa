# Memory of a device has static shadow: no page tables of its own, no PTE to replace. But
# where memory was that had blocks, these are used again.
symbol() { awk -v s="$1" '$3 == s { print "0x" $1 }' /proc/kallsyms; }
TiB=$((1 << 40))
add=$(symbol kasan_add_zero_shadow) remove=$(symbol kasan_remove_zero_shadow)

# map WHAT START SIZE REPLACED KIB: costs at most so much
map() {
	replaced=$(stat replaced)
	insmod /lib/device.ko add="$add" remove="$remove" start="$2" size="$3"
	replaced=$(($(stat replaced) - replaced))
	p=/sys/module/device/parameters
	error=$(cat $p/error) wrong=$(cat $p/wrong) ms=$(cat $p/ms) took=$(cat $p/kib)
	audit
	replaced=$((replaced - $(stat replaced)))
	rmmod device
	replaced=$((replaced + $(stat replaced)))
	say "$1: error $error, wrong $wrong, $took KiB, $replaced replaced, $ms ms"
	[ "$error $wrong" = "0 0" ] || fail "$1: error $error, $wrong bytes not accessible"
	[ $replaced -lt "$4" ] || fail "$1: $replaced PTEs were replaced"
	[ $took -lt "$5" ] || fail "$1: it took $took KiB"
	audit
}

online() {
	add
	added=$(blocks_in_state offline)
	set_added online_movable
}
bytes=$((0x$(cat $sysfs/block_size_bytes)))

for round in 1 2; do
	map "1 TiB" $((2 * TiB)) $TiB 2000 64
done
online
first=$(echo "$added" | sed 's/.*memory\([0-9]*\).state/\1/' | sort -n | head -n 1)
start=$((first * bytes))
remove
blocks=$((megabytes * 32))
for round in 1 2; do
	map "memory that was" $start $((megabytes << 20)) $((blocks * 4 + 2000)) 64
done
map "and more" $start $((64 << 30)) $((blocks * 4 + 2000)) 64
online
mount -o remount,size=1G /tmp
dd if=/dev/urandom of=/tmp/fill bs=1M count=$((megabytes + 64)) 2> /dev/null
audit
rm /tmp/fill
drop_caches
reclaimed
