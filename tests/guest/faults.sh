# I6: FAULT_RATE percent of all allocations fail, first those of stress-ng, then also
# those of interrupts. No page is lost, says page_owner, and all is well afterwards.
rate=${FAULT_RATE:-10} seconds=${STRESS_SECONDS:-60} debug=/sys/kernel/debug

# Built-in commands only: when all tasks are hit, forks fail, and so does opening files.
exec 9> /dev/null
set_faults() {	# set_faults PERCENT
	for f in failslab fail_page_alloc; do
		until echo "$1" > $debug/$f/probability; do :; done
	done 2>&9
}
# owned PATTERN [BUT]: pages whose allocation's stack matches PATTERN, and not BUT
owned() {
	# cat has a buffer for a whole record, without which reading fails.
	cat $debug/page_owner | awk -v RS= -v f="$1" -v but="${2:-^$}" '$0 ~ f && $0 !~ but {
		sub(/,.*/, "")
		for (p = 1; $NF > 0; $NF--)
			p *= 2
		n += p
	} END { print n + 0 }'
}
slab_pages() { awk '/^nr_slab_/ { n += $2 } END { print n }' /proc/vmstat; }

# Sets shadow_lost and slab_lost to pages owned beyond those known. Below 0 first:
# page_owner does not know the first pages of the boot.
count_lost() {
	drop_caches
	reclaimed
	shadow_lost=$(($(owned kasan_page_shadow_pin) - private))
	# Slab that is freed while page_owner is read may be owned or not.
	slab_lost=$(slab_pages)
	owned=$(owned allocate_slab kasan_page_shadow_pin)
	[ "$slab_lost" -gt "$(slab_pages)" ] || slab_lost=$(slab_pages)
	slab_lost=$((owned - slab_lost))
}

for f in failslab fail_page_alloc; do
	echo 0 > $debug/$f/verbose
	echo N > $debug/$f/ignore-gfp-wait
	echo 1000000000 > $debug/$f/times
	echo Y > $debug/$f/task-filter
done
echo 0 > $debug/fail_page_alloc/min-order

stress-ng --pipe 1 --fork 1 --dentry 1 --temp-path /tmp -t 5s -q
count_lost
before="$shadow_lost shadow and $slab_lost slab pages" shadow_before=$shadow_lost slab_before=$slab_lost
failures_before=$(stat alloc_failures) runs=0
read -r now _ < /proc/uptime
end=$((${now%.*} + seconds))
while read -r now _ < /proc/uptime; [ "${now%.*}" -lt $end ]; do
	(
		echo 1 > /proc/self/make-it-fail
		exec stress-ng --vm 1 --vm-bytes 16M --pipe 1 --sock 1 --fork 1 --dentry 1 \
			--temp-path /tmp -t 10s -q
	) 2> /dev/null &
	# Were it hit from its start, it would do nothing else than fail to start.
	until [ "$(grep -lx 1 /proc/[0-9]*/make-it-fail 2> /dev/null | wc -l)" -ge 6 ] ||
		! kill -0 $! 2> /dev/null; do :; done
	set_faults "$rate"
	wait $! || :
	set_faults 0
	runs=$((runs + 1))
done

for f in failslab fail_page_alloc; do
	echo N > $debug/$f/task-filter
done
insmod /lib/irqalloc.ko rounds=400 &
# Once it has a seed, it has what it needs and may not fail any more.
until read -r s < /sys/module/irqalloc/parameters/seed && [ "$s" != 0 ]; do :; done 2> /dev/null
set_faults "$rate"
wait $!
set_faults 0
dmesg | grep -q "irqalloc: .* bad=0$" || fail "irqalloc found errors"
rmmod irqalloc

read -r slab < $debug/failslab/times
read -r pages < $debug/fail_page_alloc/times
failures=$(($(stat alloc_failures) - failures_before))
[ $failures -gt 0 ] || fail "no pin failed"

# All is well again.
rm -rf /tmp/*
bench all 5 > /dev/null
stress-ng --pipe 1 --fork 1 --dentry 1 --temp-path /tmp -t 5s -q
count_lost
tries=0
while sum=$(stat private_pages); audit; [ "$sum" != "$private" ]; do
	tries=$((tries + 1))
	[ $tries -lt 30 ] || fail "$sum private pages counted, $private found"
done
say "rate $rate: $runs runs, $((1000000000 - slab)) slab and $((1000000000 - pages)) page" \
	"allocations failed, $failures pins, $(stat redzones_lost) redzones lost; lost" \
	"before $before, then $shadow_lost and $slab_lost"
# Reading page_owner takes some slab itself, up to 200 pages more or less.
[ $((shadow_lost - shadow_before)) -lt $((128 + failures / 2)) ] || fail "private pages are lost"
[ $((slab_lost - slab_before)) -lt $((512 + failures / 2)) ] || fail "slab pages are lost"
