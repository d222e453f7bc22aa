#!/bin/sh
# What a whole Debian does, and what memory is available along the way.
set -eu
stty -F /dev/ttyS1 raw
left() {
	echo "scene: $1"
	printf '%s\t%s\n' "left_$1" "$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)" > /dev/ttyS1
}
left boot
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install -y hello
hello
left package
cd /tmp
printf '#include <stdio.h>\nint main(void) { return puts("compiled") < 0; }\n' > c.c
gcc -O2 c.c -o c
./c
left compiler
n=0
while [ $n -lt 50 ]; do
	su - scene -c true
	n=$((n + 1))
done
left logins
