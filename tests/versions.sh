#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Test the series on every version of Debian's kernel source that can be fetched.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

usage() {
	cat <<'END'
usage: tests/versions.sh [--build] [VERSION...]

Fetches Debian's packages of the source of Linux 6.12 in all versions that apt-cache
madison knows, 150 MB each, without installing them. From the first version on that
patches/6.12/versions names, scripts/apply must apply the series without fuzz; older ones
it must refuse, and the series must indeed not apply to them. Prints 'ok NAME' or 'not ok
NAME: why' for each; fails when one did.

  --build  also build an inline kernel of each version that the series applies to
  VERSION  only these, such as 6.12.115

Environment: ARCH (x86_64) or arm64
END
}

build=''
case ${1-} in
-h | --help) usage; exit ;;
--build) build=1; shift ;;
esac
for v; do
	[[ $v =~ ^6\.12\.[0-9]+$ ]] || die "not a version of Linux 6.12: $v (see --help)"
done

"$ROOT/scripts/deps"
first=$(sed -n 's/^first //p' "$ROOT/patches/6.12/versions")
work=$CACHE/6.12/versions
own "$work"
need_space "$work" $((build ? 6000 : 500)) "a kernel source"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp" "$work"' EXIT
trap 'exit 130' INT TERM
failed=0
ok() { echo "ok $1"; }
not_ok() { echo "not ok $1: $2"; failed=1; }

"$ROOT/scripts/series" --plain -o "$tmp/series" >/dev/null
mapfile -t patches < <(numbered "$tmp/series")
# What tar is to unpack, if not all
only=()
[[ $build ]] || only=(--files-from="$tmp/files")
{ touched "${patches[@]}"; echo Makefile; echo mm/kasan/kasan.h; } | sort -u |
	grep -vxFf <(created "${patches[@]}") | sed 's|^|linux-source-6.12/|' >"$tmp/files"

# unpack VERSION: of the package, to $work/tree
unpack() {
	rm -rf "${work:?}"/*
	(cd "$work" && apt-get -o APT::Sandbox::User=root download "linux-source-6.12=$1") >"$tmp/log" 2>&1 ||
		die "apt-get download linux-source-6.12=$1: $(tail -n 1 "$tmp/log")"
	dpkg-deb -x "$work"/*.deb "$work/package"
	mkdir "$work/tree"
	tar -xJf "$work/package/usr/src/linux-source-6.12.tar.xz" -C "$work/tree" --strip-components=1 "${only[@]}"
}

# compile VERSION: as tests/each-patch.sh does
compile() {
	export CCACHE_DIR=$CACHE/ccache
	(cd "$work/tree" && scripts/kconfig/merge_config.sh -O "$work/build" -n \
		"$ROOT"/configs/{base,"$ARCH",kasan,inline,page_shadow}.config) >"$tmp/log" 2>&1 &&
		make -C "$work/tree" O="$work/build" CC="ccache ${CROSS_COMPILE}gcc" -j"$(nproc)" \
			"${IMAGE##*/}" modules >>"$tmp/log" 2>&1
}

while read -r package; do
	v=${package%%-*}
	(($# == 0)) || [[ " $* " == *" $v "* ]] || continue
	step "$v"
	unpack "$package"
	if message=$("$ROOT/scripts/apply" "$work/tree" 2>&1); then
		if ((${v##*.} < ${first##*.})); then
			not_ok "version $v" "is before $first, but was not refused"
		elif [[ $message == *fuzz* ]]; then
			not_ok "version $v" "$(grep -m 1 fuzz <<<"$message")"
		elif [[ $build ]] && mkdir "$work/build" && ! compile; then
			not_ok "version $v" "it does not build: $(grep -m 1 -E 'error|\*\*\*' "$tmp/log" || tail -n 1 "$tmp/log")"
		else
			ok "version $v applies${build:+ and builds}"
		fi
	elif ((${v##*.} >= ${first##*.})); then
		not_ok "version $v" "$message"
	elif [[ $message == *$'\n'* || $message != *"$first or later"* ]]; then
		not_ok "version $v" "says '$message' instead of one line that names $first"
	elif cat "${patches[@]}" | patch -d "$work/tree" -p1 -F1 -f -r - >/dev/null 2>&1; then
		not_ok "version $v" "is refused, but the series applies to it"
	else
		ok "version $v is refused"
	fi
done < <(apt-cache madison linux-source-6.12 | awk '{ print $3 }' | sort -Vu)
exit $failed
