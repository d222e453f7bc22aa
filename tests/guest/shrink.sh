# After quarantine, whose function it uses.
# What is taken out of the quarantine because its cache is shrunk, is not counted there
# any more. What is freed meanwhile may be there.
workload > /dev/null
before=$(quarantine bytes)
for cache in /sys/kernel/slab/*/shrink; do
	echo 1 > "$cache"
done
after=$(quarantine bytes)
say "all caches shrunk: $after of $before bytes are left in the quarantine"
[ "$after" -le $((before / 4)) ] || fail "$after of $before bytes are counted after all caches were shrunk"
