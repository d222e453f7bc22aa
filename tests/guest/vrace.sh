# Shadow of vmalloc space is replaced while other CPUs read it.
before=$(stat transient_faults)
insmod /lib/vrace.ko
dmesg | grep -q "vrace: rounds=50 .* wrong=0$" || fail "$(dmesg | grep 'vrace:' | tail -n 1)"
[ ! "$before" ] || [ "$(stat transient_faults)" -gt "$before" ] || fail "no CPU met a PTE being replaced"
say "$(dmesg | grep -o 'vrace: rounds.*'), transient faults ${before:-none}, $(stat transient_faults)"
