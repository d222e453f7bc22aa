# Memory goes to a disk as an image and comes back from it. With HIBERNATE=disk the
# machine is off in between: the next boot continues this script.
stress-ng --vm 1 --vm-bytes 32M --fork 1 --dentry 1 --temp-path /tmp -t 5s -q
mkdir /tmp/grow
(cd /tmp/grow && seq 1 5000 | xargs touch)
dd if=/dev/urandom of=/tmp/fill bs=1M count=16 2> /dev/null
md5sum /tmp/fill > /tmp/sum
mkswap /dev/vda
swapon /dev/vda

for round in 1 2 3; do
	audit
	before=$private
	if [ "${HIBERNATE-}" = disk ]; then
		[ $round = 1 ] || break
		say "off"
		echo shutdown > /sys/power/disk
	else
		echo test_resume > /sys/power/disk
	fi
	echo disk > /sys/power/state
	# Written after the image was made: memory that came back does not know of it.
	! dmesg | grep 'PM: hibernation: Wrote' || fail "memory did not come back"
	audit
	say "round $round: private pages $before, then $private"
	md5sum -c /tmp/sum > /dev/null
	[ "$(find /tmp/grow -type f | wc -l)" = 5000 ] || fail "files are lost"
	bench all 5 > /dev/null
	stress-ng --vm 1 --vm-bytes 32M --fork 1 --dentry 1 --temp-path /tmp -t 5s -q
done
rm -r /tmp/grow
drop_caches
reclaimed
