# kasan=off: nothing is reported, and nothing is kept for KASAN.
dmesg | grep -q 'kasan: KernelAddressSanitizer off$' || fail "the kernel does not say that KASAN is off"
dmesg | grep -q 'kasan: page shadow off, as KASAN is$' || fail "the kernel does not say that page shadow is off"
grep -q '^pools: 0$' /sys/kernel/debug/stackdepot/stats || fail "the stack depot has pools"
bench all 5 > /dev/null
stress-ng --vm 2 --vm-bytes 32M --fork 2 --pipe 1 --dentry 1 --mmap 1 -t "$STRESS_SECONDS" -q
for name in enabled blocks static_bytes private_pages pinned_pages replaced quarantine_bytes; do
	[ "$(stat $name)" = 0 ] || fail "$name is $(stat $name)"
done
[ -z "$(stat vmalloc_shared_pages)" ] || fail "shadow of vmalloc space is shared"
# A bug: what the compiler's check finds is not reported.
echo READ_AFTER_FREE > /sys/kernel/debug/provoke-crash/DIRECT
