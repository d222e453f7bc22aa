# Where a lock of page shadow is held, or a PTE is not valid, there are no kprobes, at no
# offset: a handler could need just that. The first function is one that can be probed.
text=0x$(awk '$3 == "_text" { print $1 }' /proc/kallsyms)
n=0 wrong=
while read -r name size at; do
	insmod /lib/probes.ko name="$name" text="$text" at="$at" size="$size"
	found=$(cat /sys/module/probes/parameters/found)
	rmmod probes
	if [ $n = 0 ]; then
		[ "$found" -gt 0 ] || fail "$name cannot be probed, so nothing is tested"
	elif [ "$found" != 0 ]; then
		wrong="$wrong $name ($found)"
	fi
	n=$((n + 1))
done < /lib/functions
[ ! "$wrong" ] || fail "can be probed:$wrong"
[ $n -gt 5 ] || fail "only $n functions"
say "$n functions"
