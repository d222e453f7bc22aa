# SDEI, which interrupts what nothing else does, is there if page shadow is not, and only then.
insmod /lib/stacks.ko sdei=1 text="0x$(awk '$3 == "_stext" { print $1 }' /proc/kallsyms)" $(cat /lib/symbols)
says="sdei: Not supported with page shadow of KASAN, needs kasan.page_shadow=off"
case $(stat enabled) in
1)
	dmesg | grep -q "stacks: sdei=0$" || fail "SDEI is not refused"
	dmesg | grep -q "$says" || fail "nothing is said"
	;;
*)
	dmesg | grep -q "stacks: sdei=1$" || fail "SDEI is refused without page shadow"
	! dmesg | grep -q "$says" || fail "the message is wrong"
	dmesg | grep -q "stacks: found .* $((2 * $(nproc))) sdei" || fail "no stacks of SDEI"
	;;
esac
dmesg | grep -q "stacks: bad=0$" || fail "$(dmesg | grep -m 1 'stacks: wrong')"
