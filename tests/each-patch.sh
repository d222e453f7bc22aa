#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Test that the kernel builds and boots after each patch of the series.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

usage() {
	cat <<'END'
usage: make each-patch    or    tests/each-patch.sh

Applies the patches one by one to a kernel tree of its own, builds an inline KASAN
kernel after each, without new warnings, and boots it. The first takes as long as
any new kernel. Prints 'ok NAME' or 'not ok NAME: why'; fails when one did.

Environment: ARCH (x86_64) or arm64
END
}

case ${1-} in
-h | --help) usage; exit ;;
?*) die "unknown argument: $1 (see --help)" ;;
esac

"$ROOT/scripts/deps"
work=$CACHE/6.12/each-patch
out=$OUT/each-patch
build=$work/build-$ARCH
own "$work"
mkdir -p "$build" "$out"
need_space "$work" 4000 "a kernel tree with its build"
"$ROOT/scripts/series" --plain -o "$out/series" >/dev/null
rsync -a --checksum --delete "$("$ROOT/scripts/tree" --pristine)/" "$work/tree/"
export CCACHE_DIR=$CACHE/ccache
failed=0

while read -r patch; do
	name=$(basename "$patch" .patch)
	step "$name"
	patch -s -d "$work/tree" -p1 <"$patch"
	(cd "$work/tree" && scripts/kconfig/merge_config.sh -O "$build" -n \
		"$ROOT"/configs/{base,"$ARCH",kasan,inline}.config) >"$out/$name.build" 2>&1
	if ! make -C "$work/tree" O="$build" CC="ccache ${CROSS_COMPILE}gcc" -j"$(nproc)" "${IMAGE##*/}" >>"$out/$name.build" 2>&1; then
		echo "not ok $name: it does not build; see $out/$name.build"
	elif grep -m 1 -E ': warning: ' "$out/$name.build" >"$out/$name.warning"; then
		echo "not ok $name: $(cat "$out/$name.warning")"
	elif ! "$ROOT/scripts/boot" --quiet --log "$out/$name.log" "$build/$IMAGE" \
		-- 'bench all 5' 2>"$out/$name.err"; then
		echo "not ok $name: $(tail -n 1 "$out/$name.err")"
	else
		echo "ok $name"
		continue
	fi
	failed=1
done < <(numbered "$out/series")
exit $failed
