# The shadow of no stack is read-only, and what runs on one prints, and is reported.
insmod /lib/stacks.ko use=1 text="0x$(awk '$3 == "_stext" { print $1 }' /proc/kallsyms)" $(cat /lib/symbols)
dmesg | grep -q "stacks: bad=0$" || fail "$(dmesg | grep -m 1 'stacks: wrong' || echo 'nothing was looked at')"
cpus=$(nproc)
has() {	# has KIND...: one for each CPU
	for kind; do
		dmesg | grep -qE "stacks: found .*\b$cpus $kind\b" || fail "not $cpus stacks of kind $kind"
	done
}
uses="task irq softirq"
case $(uname -m) in
x86_64)
	has idle irq entry df nmi db mce vc
	uses="$uses nmi db"
	;;
*)
	has idle irq overflow
	[ ! -d /sys/firmware/efi/efivars ] || dmesg | grep -q 'stacks: found .* 1 efi' || fail "no stack of EFI"
	;;
esac
for use in $uses; do
	dmesg | grep -q "stacks: on $use of CPU" || fail "nothing ran on $use"
	n=$((${n-0} + $(dmesg | grep -c "stacks: on $use of CPU")))
done
[ "$(dmesg | grep -c "BUG: KASAN: slab-use-after-free in use_stack")" = "$n" ] || fail "not $n reports"
say "$n reports"
