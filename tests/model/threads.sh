#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
set -euo pipefail

usage() {
	cat <<'END'
usage: tests/model/threads.sh [--arch NAME] [--noa] [--hafdbs MASK] [--seed N]
                              [--ops N] [--cpus N] [--core FILE]

Runs mm/kasan/page_shadow.c with a thread for each CPU: plainly, under the address
and undefined behaviour sanitizers, and under the thread sanitizer.

  --arch NAME  x86 (default) or arm64
  --noa        x86: a vendor that does not promise to set the accessed flag first
  --hafdbs MASK  arm64: CPUs that set the Access flag (default: all)
  --seed N     what the threads do is chosen by this (default: by the time); when
               they do it is not, so a failure may need more than one run
  --ops N      operations in each of the three (default 1000000)
  --cpus N     threads that simulate CPUs, 1 to 8 (default 4)
  --core FILE  page_shadow.c to test (default: that of this repository)
END
}

bad() {
	echo "threads.sh: $1" >&2
	exit 2
}

top=$(cd "$(dirname "$0")/../.." && pwd)
arch=x86 hafdbs=0xffff seed=$(date +%s) ops=1000000 cpus=4 core=$top/linux/mm/kasan/page_shadow.c

while (($#)); do
	case $1 in
	--help | -h) usage; exit 0 ;;
	--noa) hafdbs=0; shift ;;
	--arch | --hafdbs | --seed | --ops | --cpus | --core)
		(($# > 1)) || bad "$1 needs an argument"
		printf -v "${1#--}" %s "$2"
		shift 2
		;;
	*) bad "unknown argument '$1', see --help" ;;
	esac
done
[[ $arch =~ ^(x86|arm64)$ ]] || bad "--arch wants x86 or arm64, not '$arch'"
[[ $hafdbs =~ ^(0x)?[0-9a-fA-F]{1,8}$ ]] || bad "--hafdbs wants a mask, not '$hafdbs'"
[[ $seed =~ ^[0-9]{1,18}$ ]] || bad "--seed wants a number, not '$seed'"
[[ $ops =~ ^[1-9][0-9]{0,11}$ ]] || bad "--ops wants a number of at least 1, not '$ops'"
[[ $cpus =~ ^[1-8]$ ]] || bad "--cpus wants 1 to 8, not '$cpus'"
[ -r "$core" ] || bad "no such file: $core"
core=$(realpath "$core")

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM

passed=0 failed=0
run() { # NAME COMPILER-OPTION...
	local name=$1 include=$top/tests/model/include why
	shift
	[[ $arch == x86 ]] ||
		set -- -DMODEL_ARM64 -DFAULT="\"$top/linux/arch/arm64/mm/kasan_page_shadow.c\"" "$@"
	if ! gcc -std=gnu11 -O2 -g -Wall -Werror -Wno-unused-function -DMODEL_CPUS=12 \
		-DCORE="\"$core\"" "-DINIT=\"${core%.c}_init.c\"" -I"$include" -I"$include/mm/kasan" -I"$top/linux/include" \
		-I"$top/linux/arch/$arch/include" \
		"$@" -o "$out/$name" "$top/tests/model/threads.c" -pthread 2> "$out/log"; then
		why='does not build'
	elif TSAN_OPTIONS=halt_on_error=1 timeout $((60 + ops / 2000)) \
		"$out/$name" "$seed" "$ops" "$cpus" "$hafdbs" > "$out/log" 2>&1; then
		echo "ok threads-$name (seed $seed, $(tail -n 1 "$out/log"))"
		passed=$((passed + 1))
		return
	else
		why="exit status $?"
	fi
	sed 's/^/    /' "$out/log"
	echo "not ok threads-$name: $why, seed $seed: $(grep -m 1 -E '^CPU|SUMMARY|error' "$out/log")"
	failed=$((failed + 1))
}

echo "threads: $cpus CPUs, $ops operations, seed $seed"
run plain
run asan -fsanitize=address,undefined -fno-sanitize-recover=all
run tsan -fsanitize=thread
echo "$passed passed, $failed failed"
((failed == 0))
