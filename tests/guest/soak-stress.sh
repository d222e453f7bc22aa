# Debian's stress-ng for SOAK_SECONDS, on any kernel.
stress-ng --vm 2 --vm-bytes 48M --pipe 2 --sock 2 --fork 2 --hdd 1 --hdd-bytes 8M --dentry 1 \
	--mmap 1 --mmap-bytes 16M --shm 1 --mq 1 --poll 1 --epoll 1 --dir 1 --utime 1 --msg 1 --sem-sysv 1 \
	--temp-path /tmp -t "${SOAK_SECONDS:-60}s"
[ ! -d $stats ] || cat $stats/* > /dev/kmsg
