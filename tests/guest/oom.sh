# Memory pressure until a process is killed, and back: twice.
for round in 1 2; do
	status=0
	sh -c 'echo 1000 > /proc/self/oom_score_adj; exec tail /dev/zero' || status=$?
	[ $status = 137 ] || fail "round $round: the hog ended with status $status, not by a kill"
	dmesg | grep -q 'Out of memory: Killed' || fail "no OOM kill"
	bench fork 20
	bench tmpfs 5
	reclaimed
done
