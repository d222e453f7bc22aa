#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The guest workload behind the curve of memory over time: unpack a source tree,
# compile two programs from it, run them on the tree, fill the page cache, and give
# all of it back. In a guest of 256 MiB or more:
#
#	bench/compile-files OUT.tar.gz
#	scripts/boot --add OUT.tar.gz:/compile.tar.gz --add guest/compile.sh:/bin/compile \
#		--report FILE KERNEL -- compile
#
# With --icount a second of the guest is a billion instructions, and the curve is
# repeatable. Lines on the report channel, T being the uptime in seconds:
#
#	sample<TAB>T MemFree MemAvailable Cached private_pages pinned_pages
#	mark<TAB>T NAME
#
# four samples a second (kB and pages; 0 where the kernel has no page shadow), and
# a mark where a phase begins: unpack compile run cache drop end. The page cache is
# that of a tmpfs, or of the file system on the folder $BENCH_DISK, which must have
# as much space as the guest has memory.
set -eu

if [ "${1:-}" = --help ]; then
	echo "usage: compile (in the test guest; takes no arguments)"
	exit 0
fi

meminfo() { awk -v k="$1:" '$1 == k { print $2 }' /proc/meminfo; }
mark() {
	read -r now _ < /proc/uptime
	printf 'mark\t%s %s\n' "$now" "$1" > "$REPORT"
	echo "compile: $1"
}

# One awk for all samples: a new one each time would be a workload of its own.
sampler() {
	while [ -e /tmp/sampling ]; do
		echo
		sleep 0.25
	done | awk -v report="$REPORT" -v stats=/sys/kernel/debug/kasan/page_shadow '
	function load(file,  line, f) {
		while ((getline line < file) > 0) {
			split(line, f)
			value[f[1]] = f[2]
		}
		close(file)
	}
	{
		load("/proc/meminfo")
		load(stats)
		getline up < "/proc/uptime"
		close("/proc/uptime")
		printf "sample\t%.2f %d %d %d %d %d\n", up, value["MemFree:"],
			value["MemAvailable:"], value["Cached:"], value["private_pages"],
			value["pinned_pages"] > report
		fflush(report)
	}'
}

total=$(meminfo MemTotal)
files=${BENCH_DISK:-/tmp}/cache
[ -n "${BENCH_DISK:-}" ] || mount -o remount,size=100% /tmp

: > /tmp/sampling
sampler &
trap 'rm -rf /tmp/sampling "$files"; wait' EXIT
sleep 1

mark unpack
tar -xzf /compile.tar.gz -C /
rm /compile.tar.gz

mark compile
cd /linux/scripts/dtc
for file in *.c libfdt/*.c; do
	tcc -DNO_YAML -I. -Ilibfdt -c "$file" -o "${file%.c}.o"
done
tcc -o fdtoverlay fdtoverlay.o util.o libfdt/*.o
rm fdtoverlay.o
tcc -o dtc ./*.o

# To a binary, back to source, and to a binary again: the two are the same.
mark run
overlay='/dts-v1/; / { fragment@0 { target-path = "/"; __overlay__ { bench; }; }; };'
echo "$overlay" | ./dtc -q -o overlay.dtb
for file in /linux/arch/powerpc/boot/dts/fsl/p[1-5]*.dts; do
	./dtc -q -o 1.dtb "$file"
	./dtc -q -I dtb -O dts -o 1.dts 1.dtb
	./dtc -q -o 2.dtb 1.dts
	cmp 1.dtb 2.dtb
	./fdtoverlay -i 1.dtb -o 2.dtb overlay.dtb
	[ "$(wc -c < 2.dtb)" -gt "$(wc -c < 1.dtb)" ]
done

# All of memory to a disk, so that some of it must leave the cache; of a tmpfs,
# which cannot leave, what fits.
mark cache
mkdir "$files"
size=$((total / 32))
n=0
while [ $n -lt 32 ]; do
	[ -n "${BENCH_DISK:-}" ] || [ "$(meminfo MemFree)" -gt $((size * 3)) ] || break
	dd if=/dev/zero of="$files/$n" bs=64k count=$((size / 64)) 2> /dev/null
	n=$((n + 1))
done
cat "$files"/* > /dev/null
sleep 1		# it is in a sample

mark drop
cd /
rm -r "$files" /linux /usr/include
echo 3 > /proc/sys/vm/drop_caches
sleep 3

mark end
rm /tmp/sampling
wait
trap - EXIT
echo "compile: done, $n files of $size kB in the page cache"
