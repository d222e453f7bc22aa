# A balloon takes most of memory and gives it back, twice.
balloon() {	# balloon MEGABYTES below|at KB: until MemTotal is so
	echo "balloon $1" >&3
	tries=0
	until case $2 in
		below) [ "$(meminfo MemTotal)" -lt "$3" ] ;;
		at) [ "$(meminfo MemTotal)" = "$3" ] ;;
		esac; do
		tries=$((tries + 1))
		[ $tries -lt 60 ] || fail "MemTotal is $(meminfo MemTotal)"
		sleep 1
	done
}

# The monitor got its own greeting back as a command, if there was one to echo.
exec 3<> "$MONITOR"
stty raw -echo <&3
cat <&3 > /dev/null &
echo >&3
total=$(meminfo MemTotal)
for round in 1 2; do
	balloon 256 below $((total - 250 * 1024))
	small=$(meminfo MemTotal)
	bench fork 20
	bench tmpfs 5
	reclaimed
	balloon 512 at "$total"
	stress-ng --vm 2 --vm-bytes 120M -t 10s -q
	reclaimed
	say "round $round: MemTotal $total, $small, $(meminfo MemTotal)"
done
