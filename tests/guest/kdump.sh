# The kernel crashes, and a crash kernel boots in its reservation. This script is
# the first command of both.
if [ -e /proc/vmcore ]; then
	[ "$(stat enabled)" = 1 ] || fail "page shadow is off"
	[ "$(head -c 4 /proc/vmcore | tail -c 3)" = ELF ] || fail "/proc/vmcore is no core"
	dd if=/proc/vmcore of=/dev/null bs=1M count=32 2> /dev/null
	bench all 5 > /dev/null
	reclaimed
	say "crash kernel: MemTotal $(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)"
	exit
fi

[ "$(cat /sys/kernel/kexec_crash_size)" -gt 0 ] || fail "no reservation"
(cd / && { find init cmd bin; echo lib; echo lib/audit.ko; } | cpio -o -H newc > /tmp/crash.cpio)
kexec /boot/image /tmp/crash.cpio "$(sed 's/crashkernel=[^ ]*//' /proc/cmdline)"
[ "$(cat /sys/kernel/kexec_crash_loaded)" = 1 ] || fail "no crash kernel is loaded"
rm /tmp/crash.cpio
audit
say "crash"
echo c > /proc/sysrq-trigger
