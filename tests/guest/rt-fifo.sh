# A real-time task keeps a CPU, and changes page shadow all the time: flushes and reclaim
# go on. Nothing makes it give way: neither the throttling of such tasks, nor the server
# that gives others a share.
flush_ms=10
debug=/sys/kernel/debug/sched/fair_server
echo -1 > /proc/sys/kernel/sched_rt_runtime_us
[ ! -d $debug ] || echo 0 > $debug/cpu1/runtime
# RCU goes without that CPU, too.
echo 120 > /sys/module/rcupdate/parameters/rcu_cpu_stall_timeout
taskset -p 1 $$ > /dev/null
uptime_ms() { awk '{ print int($1 * 1000) }' /proc/uptime; }

fifo 1 9 &
fifo=$!
sleep 2
began=$(uptime_ms) flushes=$(stat flushed_all) replaced=$(stat replaced)
sleep 5
flushes=$(($(stat flushed_all) - flushes)) replaced=$(($(stat replaced) - replaced))
intervals=$((($(uptime_ms) - began) / flush_ms))

# Then it frees what 200 blocks were private for. Time for two periods of a second.
before=$(stat private_pages) reclaims=$(stat reclaimed)
sleep 9
reclaims=$(($(stat reclaimed) - reclaims)) left=$(stat private_pages)
kill $fifo || fail "the task ended"
wait $fifo || :
say "$replaced replaced, $flushes flushes in $intervals intervals;" \
	"$reclaims private pages given up, $left left of $before"
[ $replaced -gt 1000 ] || fail "the task changed nothing"
[ $((flushes * 10)) -ge $intervals ] || fail "$flushes flushes in $intervals intervals"
[ $reclaims -ge 100 ] || fail "$reclaims private pages of 200 were given up"
drop_caches
reclaimed
