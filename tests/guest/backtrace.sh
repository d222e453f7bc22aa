# NMIs, or where there are none interrupts, make all CPUs print what they do, under load.
slow_nmis
stress-ng --pipe 2 --fork 2 --dentry 1 --temp-path /tmp -t 600s &
load=$!
n=0
while [ $n -lt 100 ]; do
	echo l > /proc/sysrq-trigger
	n=$((n + 1))
done
kill $load
wait $load || true
audit
reclaimed
