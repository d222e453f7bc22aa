# Where a PTE is not valid while it is replaced (arm64): CPUs tear at one block, and
# those that need the PTE meanwhile fault, and try again.
seconds=${TORTURE_SECONDS:-60}
before=$(stat transient_faults) replaced=$(stat replaced)
insmod /lib/page_shadow_torture.ko seconds=$seconds blocks=1 || fail "no torture"
if [ "$(cat /sys/module/page_shadow_torture/parameters/failed)" != N ]; then
	fail "$(dmesg | grep -A 1 'torture: I[123]\|torture: a report')"
fi
rmmod page_shadow_torture
faults=$(($(stat transient_faults) - before))
say "$faults transient faults in $(($(stat replaced) - replaced)) replacements, $seconds s"
printf 'transient_faults\t%s\n' $faults > "$REPORT"
[ $faults -gt 0 ] || fail "no fault was seen, so nothing was tested"
