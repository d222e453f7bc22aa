# Fork storms.
round=0
while [ $round -lt 3 ]; do
	pids=
	i=0
	while [ $i -lt 60 ]; do
		(exec true) &
		pids="$pids $!"
		i=$((i + 1))
	done
	for pid in $pids; do
		wait "$pid"
	done
	round=$((round + 1))
done
bench fork 100
audit
