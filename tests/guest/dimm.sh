# For scripts that follow: a DIMM that comes and goes, by QEMU's monitor, of $node if that is set.
megabytes=128 sysfs=/sys/devices/system/memory

until_blocks() {	# until_blocks STATE NUMBER
	tries=0
	while [ "$(blocks_in_state "$1" | wc -l)" != "$2" ]; do
		tries=$((tries + 1))
		[ $tries -lt 60 ] || fail "no $2 blocks of memory are $1: $(tail -c 1500 /tmp/monitor)"
		sleep 1
	done
}
add() {
	echo "object_add memory-backend-ram,id=m,size=${megabytes}M" >&3
	echo "device_add pc-dimm,id=d,memdev=m${node+,node=$node}" >&3
	until_blocks offline $nr
}
remove() {
	set_added offline
	echo "device_del d" >&3
	until_blocks offline 0
	until gone; do sleep 1; done
	echo "object_del m" >&3
}
gone() {	# QEMU does not have it any more, says its monitor
	: > /tmp/monitor
	echo "info memory-devices" >&3
	echo "info version" >&3
	until grep -q '^[0-9]' /tmp/monitor; do sleep 0.1; done
	! grep -q 'Memory device.*"d"' /tmp/monitor
}

# The monitor got its own greeting back as a command, if there was one to echo.
exec 3<> "$MONITOR"
stty raw -echo <&3
cat <&3 >> /tmp/monitor &
echo >&3
# A kernel may be configured to take it at once.
echo offline > $sysfs/auto_online_blocks
nr=$((megabytes * 1024 * 1024 / 0x$(cat $sysfs/block_size_bytes)))
