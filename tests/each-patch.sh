#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Test that the kernel builds and boots after each patch of the series.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../scripts/patches.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/patches.sh"

usage() {
	cat <<'END'
usage: make each-patch    or    tests/each-patch.sh

Applies the patches of each series one by one to a kernel tree with what the series needs,
builds an inline KASAN kernel after each, without new warnings, and boots it. The first takes
as long as any new kernel. Prints 'ok NAME' or 'not ok NAME: why'; fails when one did.

Environment: VERSION of the kernel (6.12), ARCH (x86_64) or arm64,
             SERIES  which, with commas between (all)
END
}

case ${1-} in
-h | --help) usage; exit ;;
?*) die "unknown argument: $1 (see --help)" ;;
esac

"$ROOT/scripts/deps"
version=${VERSION:-6.12}
choose "${SERIES-}"
work=$CACHE/$version/each-patch
out=$OUT/each-patch
build=$work/build-$ARCH
own "$work"
mkdir -p "$build" "$out"
need_space "$work" 4000 "a kernel tree with its build"
pristine=$("$ROOT/scripts/tree" --pristine)
SERIES=$(IFS=,; echo "${WANTED[*]}") "$ROOT/scripts/series" --plain --base "$pristine" -o "$out/series" >/dev/null
export CCACHE_DIR=$CACHE/ccache
failed=0

# add PATCH: apply it, build, and boot
add() {
	local name=${1#"$out/series/"}
	name=${name%.patch}
	local log=$out/${name//\//-}
	step "$name"
	if ! patch -s -f -F0 -r - -d "$work/tree" -p1 <"$1" >"$log.build" 2>&1; then
		echo "not ok $name: it does not apply; see $log.build"
		return 1
	fi
	(cd "$work/tree" && scripts/kconfig/merge_config.sh -O "$build" -n \
		"$ROOT"/configs/{base,"$ARCH",kasan,inline}.config) >"$log.build" 2>&1
	if ! make -C "$work/tree" O="$build" CC="ccache ${CROSS_COMPILE}gcc" -j"$(nproc)" "${IMAGE##*/}" >>"$log.build" 2>&1; then
		echo "not ok $name: it does not build; see $log.build"
	elif grep -m 1 -E ': warning: ' "$log.build" >"$log.warning"; then
		echo "not ok $name: $(cat "$log.warning")"
	elif ! "$ROOT/scripts/boot" --quiet --log "$log.log" "$build/$IMAGE" \
		-- 'bench all 5' 2>"$log.err"; then
		echo "not ok $name: $(tail -n 1 "$log.err")"
	else
		echo "ok $name"
		return
	fi
	return 1
}

for s in "${WANTED[@]}"; do
	[[ ! ${SERIES-} || " ${SERIES//,/ } " == *" $s "* ]] || continue
	# Not with its times: make is to see what goes back.
	rsync -a --no-times --checksum --delete "$pristine/" "$work/tree/"
	for need in $(needs_of "$s"); do
		cat "$out/series/$need"/0*.patch | patch -s -d "$work/tree" -p1
	done
	for patch in "$out/series/$s"/0*.patch; do
		add "$patch" || failed=1
	done
done
exit $failed
