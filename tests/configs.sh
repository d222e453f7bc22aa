#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Compile what the series changes in configurations unlike those of the other tests.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

usage() {
	cat <<'END'
usage: tests/configs.sh [--random N] [--seed N]

Compiles mm/, the architecture's mm/ and kernel/, and what else the series changes, in
configurations that have page shadow: 'plain', without KUnit, as small code, and on x86-64
as a guest of Xen; and N random ones (0). Prints 'ok NAME' or 'not ok NAME: why' for each; fails
when one did. One takes two minutes.

  --random N  how many random ones
  --seed N    of the first, the next has N + 1 (default: the time)

Environment: VERSION (6.12), SERIES (all), ARCH (x86_64) or arm64
END
}

random=0 seed=$(date +%s)
while (($#)); do
	case $1 in
	-h | --help) usage; exit ;;
	--random | --seed)
		[[ ${2-} =~ ^[0-9]{1,9}$|^[0-9]{10}$ ]] || die "$1: give a number"
		declare "${1#--}=$((10#$2))"
		shift ;;
	*) die "unknown argument: $1 (see --help)" ;;
	esac
	shift
done

"$ROOT/scripts/deps"
tree=$("$ROOT/scripts/tree")
out=$OUT/configs
own "$out"
rm -rf "${out:?}"/*
export CCACHE_DIR=$CACHE/ccache
arch=${IMAGE%/boot/*}
make=(make -C "$tree" ARCH="$ARCH" CC="ccache ${CROSS_COMPILE}gcc" -j"$(nproc)")
"$ROOT/scripts/series" --plain -o "$out/series" >/dev/null
mapfile -t patches < <(numbered "$out/series")
mapfile -t objects < <(touched "${patches[@]}" | sed -n -E 's,^((kernel|lib)/.*)\.c$,\1.o,p')
failed=0

# compile NAME: in out/configs/NAME, which has a .config. What the compiler or objtool
# says of KASAN's files is a failure, too.
compile() {
	local build=$out/$1 log=$out/$1.log why=''
	if ! grep -qx CONFIG_KASAN_PAGE_SHADOW=y "$build/.config"; then
		why="the configuration has no page shadow: $build/.config"
	elif ! "${make[@]}" O="$build" -k mm/ "$arch/mm/" "$arch/kernel/" "${objects[@]}" >"$log" 2>&1; then
		why="$(grep -m 1 -E 'error:|\*\*\*' "$log" || tail -n 1 "$log"); see $log"
	elif why=$(grep -m 1 -E 'kasan.*(warning|error):' "$log"); then
		why+="; see $log"
	fi
	if [[ $why ]]; then
		echo "not ok config-$1: $why"
		failed=1
	else
		echo "ok config-$1 (Linux $VERSION, $(grep -c '=[ym]$' "$build/.config") options," \
			"$(find "$build" -name '*.o' | wc -l) objects)"
		rm -r "$build"
	fi
}

step "plain"
mkdir -p "$out/plain"
mapfile -t configs < <(fragments base "$ARCH" kasan inline page_shadow variant plain)
(cd "$tree" && scripts/kconfig/merge_config.sh -n -O "$out/plain" "${configs[@]}") >"$out/plain.config.log" 2>&1 ||
	die "no configuration: $(tail -n 1 "$out/plain.config.log")"
! grep -qx CONFIG_KUNIT=y "$out/plain/.config" || die "plain: it has KUnit"
compile plain

mapfile -t configs < <(fragments random)
cat "${configs[@]}" >"$out/fixed"
for ((n = seed; n < seed + random; n++)); do
	step "random: $((n - seed + 1)) of $random, --seed $n"
	mkdir -p "$out/seed-$n"
	"${make[@]}" O="$out/seed-$n" KCONFIG_ALLCONFIG="$out/fixed" KCONFIG_SEED="$n" randconfig \
		>"$out/seed-$n.config.log" 2>&1 || die "no configuration: $(tail -n 1 "$out/seed-$n.config.log")"
	compile "seed-$n"
done
exit $failed
