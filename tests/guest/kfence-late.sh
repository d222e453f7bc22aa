# KFENCE enabled after boot, whose pool is then pages of the page allocator, half of them
# called slab; KASAN leaves them alone.
kfence_allocated() { awk '/^total allocations:/ { print $3 }' /sys/kernel/debug/kfence/stats; }
audit
echo 5 > /sys/module/kfence/parameters/sample_interval
workload > /dev/null
say "KFENCE allocated $(kfence_allocated) objects"
[ "$(kfence_allocated)" -gt 0 ] || fail "KFENCE allocated nothing"
reclaimed
