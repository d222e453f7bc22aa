# Trinity as an unprivileged user for SOAK_SECONDS, on any kernel. It may end early,
# by a signal to itself for one: then again, with the next seed.
# When memory runs out, it is trinity that is killed, and leaves nothing behind.
echo -1000 > /proc/self/oom_score_adj
echo 1 > /proc/sys/kernel/shm_rmid_forced
mkdir -p /etc
echo 'nobody:x:65534:65534::/tmp:/bin/sh' > /etc/passwd
seconds=${SOAK_SECONDS:-60} seed=${SOAK_SEED:-1} runs=0
read -r now _ < /proc/uptime
end=$((${now%.*} + seconds))
while read -r now _ < /proc/uptime; [ "${now%.*}" -lt $end ]; do
	rm -rf /tmp/trinity /dev/shm/*
	mkdir -m 777 /tmp/trinity
	say "seed $seed"
	su nobody -c "cd /tmp/trinity && echo 1000 > /proc/self/oom_score_adj &&
		exec timeout -s KILL $((end - ${now%.*})) trinity -q -l off -C 4 -s $seed -E UNIX" \
		> /tmp/log 2>&1 || :
	su nobody -c "kill -9 -1" 2> /dev/null || :	# children of a trinity that was killed
	runs=$((runs + 1)) seed=$((seed + 1))
done
say "$runs runs of trinity; the last: $(tail -n 1 /tmp/log)"
[ ! -d $stats ] || cat $stats/* > /dev/kmsg
