# Areas of vmalloc space come and go, in which the host compares the interrupts that CPUs
# get with those of static shadow. What shared its shadow is given back.
insmod /lib/areas.ko
# To flush TLBs, or for other calls of functions.
interrupts() {
	awk '/TLB shootdowns|Function call interrupts/ {
		for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i
	} END { print n }' /proc/interrupts
}
step() {
	before=$(interrupts)
	echo $1 > /sys/module/areas/parameters/step || fail "step $1"
	say "step $1: $(($(interrupts) - before)) interrupts"
}
# Nothing with static shadow.
shared() { left=$(stat vmalloc_shared_pages); echo "${left:-0}"; }

# Linux allows as many threads as take an eighth of memory for their stacks.
echo 4000 > /proc/sys/kernel/threads-max
step purge
left=$(shared)
step threads
step purge
say "of 1,500 threads are left: $(($(shared) - left)) shared pages"
[ $(($(shared) - left)) -lt 100 ] || fail "shadow of guard pages is not given back"
step cover
step purge
step areas
step purge
rmmod areas
