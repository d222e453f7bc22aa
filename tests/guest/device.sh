# Memory of a device has static shadow: no page tables of its own, no PTE to replace. But
# where memory was that had blocks, these are used again.
meminfo() { awk -v k="$1:" '$1 == k { print $2 }' /proc/meminfo; }
symbol() { awk -v s="$1" '$3 == s { print "0x" $1 }' /proc/kallsyms; }
megabytes=128 sysfs=/sys/devices/system/memory TiB=$((1 << 40))

# map WHAT START SIZE REPLACED KIB: costs at most so much
map() {
	replaced=$(stat replaced) free=$(meminfo MemFree)
	insmod /lib/device.ko add="$(symbol kasan_add_zero_shadow)" remove="$(symbol kasan_remove_zero_shadow)" \
		start="$2" size="$3"
	took=$((free - $(meminfo MemFree)))
	p=/sys/module/device/parameters
	error=$(cat $p/error) wrong=$(cat $p/wrong) ms=$(cat $p/ms)
	audit
	rmmod device
	replaced=$(($(stat replaced) - replaced))
	say "$1: error $error, wrong $wrong, $took KiB, $replaced replaced, $ms ms"
	[ "$error $wrong" = "0 0" ] || fail "$1: error $error, $wrong bytes not accessible"
	[ $replaced -lt "$4" ] || fail "$1: $replaced PTEs were replaced"
	[ $took -lt "$5" ] || fail "$1: it took $took KiB"
	audit
}

blocks_in_state() { grep -lsx "$1" $sysfs/memory*/state || :; }
until_blocks() {	# until_blocks STATE NUMBER
	tries=0
	while [ "$(blocks_in_state "$1" | wc -l)" != "$2" ]; do
		tries=$((tries + 1))
		[ $tries -lt 60 ] || fail "no $2 blocks of memory are $1: $(tail -c 1500 /tmp/monitor)"
		sleep 1
	done
}
online() {
	echo "object_add memory-backend-ram,id=m,size=${megabytes}M" >&3
	echo "device_add pc-dimm,id=d,memdev=m" >&3
	until_blocks offline $nr
	added=$(blocks_in_state offline)
	for state in $added; do
		echo online_movable > "$state"
	done
}
remove() {
	for state in $added; do
		echo offline > "$state"
	done
	echo "device_del d" >&3
	until_blocks offline 0
	until gone; do sleep 1; done
	echo "object_del m" >&3
}
gone() {	# QEMU has no memory device any more, says its monitor
	: > /tmp/monitor
	echo "info memory-devices" >&3
	echo "info version" >&3
	until grep -q '^[0-9]' /tmp/monitor; do sleep 0.1; done
	! grep -q 'Memory device' /tmp/monitor
}

exec 3<> "$MONITOR"
stty raw -echo <&3
cat <&3 >> /tmp/monitor &
echo >&3
bytes=$((0x$(cat $sysfs/block_size_bytes)))
nr=$((megabytes * 1024 * 1024 / bytes))

for round in 1 2; do
	map "1 TiB" $((2 * TiB)) $TiB 2000 4096
done
online
first=$(echo "$added" | sed 's/.*memory\([0-9]*\).state/\1/' | sort -n | head -n 1)
start=$((first * bytes))
remove
blocks=$((megabytes * 32))
for round in 1 2; do
	map "memory that was" $start $((megabytes << 20)) $((blocks * 4 + 2000)) 4096
done
map "and more" $start $((64 << 30)) $((blocks * 4 + 2000)) 4096
online
mount -o remount,size=1G /tmp
dd if=/dev/urandom of=/tmp/fill bs=1M count=$((megabytes + 64)) 2> /dev/null
audit
rm /tmp/fill
drop_caches
reclaimed
