# Memory is allocated and freed in NMIs, and under locks, those of page shadow too, while
# others do so in tasks and interrupts: nobody waits for himself, and the shadow is right.
slow_nmis
insmod /lib/nolock.ko free_pages_at=0x"$(awk '$3 == "free_pages_nolock" { print $1 }' /proc/kallsyms)"
(while :; do insmod /lib/irqalloc.ko rounds=400; rmmod irqalloc; done) &
load=$!
stress-ng --pipe 2 --sock 2 --fork 2 --dentry 1 --vm 1 --vm-bytes 24M --temp-path /tmp -t "${STRESS_SECONDS:-60}s"
kill $load
wait $load || true
rmmod irqalloc || true
rmmod nolock
eval "$(dmesg | sed -n 's/.*nolock: \(stopped=.*\)/\1/p')"
say "nmis $nmis, contended $contended, slab $slab, pages $pages, failed $failed, held $held"
[ "$bad" = 0 ] || fail "$bad objects changed"
[ "$contended" -gt 1000 ] || fail "only $contended times was a lock waited for"
[ "$(uname -m)" != x86_64 ] || [ "$nmis" -gt 1000 ] || fail "only $nmis NMIs"
[ "$(uname -m)" != x86_64 ] || [ "$held" -gt 0 ] || fail "no lock of page shadow was held"
[ "$slab" -gt 1000 ] && [ "$pages" -gt 1000 ] || fail "only $slab objects, and $pages pages"
audit
reclaimed
pins_agree
