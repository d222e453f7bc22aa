#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Test the series on the versions of Debian's kernel source that can be fetched.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../scripts/patches.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/patches.sh"

usage() {
	cat <<'END'
usage: tests/versions.sh [--build] [--all | LINUX...]

Fetches Debian's packages of the source of Linux VERSION, 150 MB each, without installing
them: of all that there are the oldest, the middle one and the newest. From the first on
that patches/VERSION/versions names, scripts/apply must apply the series to it without fuzz,
all together and each with what it needs, and take them out again; older ones it must refuse.
Prints 'ok NAME' or 'not ok NAME: why' for each; fails when one did.

  --build  also build an inline kernel of each that the series apply to, boot it, and run
           KUnit's suites kasan and kasan_page_shadow
  --all    all that there are
  LINUX    only these, such as 6.12.115

Environment: VERSION of the kernel (6.12), ARCH (x86_64) or arm64
END
}

version=${VERSION:-6.12}
build='' all=''
while (($#)); do
	case $1 in
	-h | --help) usage; exit ;;
	--build) build=1; shift ;;
	--all) all=1; shift ;;
	-*) die "unknown option: $1 (see --help)" ;;
	*) break ;;
	esac
done
for v; do
	[[ $v == "$version".* && ${v#"$version".} =~ ^[0-9]+$ ]] || die "not a version of Linux $version: $v (see --help)"
done

"$ROOT/scripts/deps"
unset SERIES
package=linux-source-$version
first=$(fact "$version" first)
work=$CACHE/$version/versions
own "$work"
need_space "$work" $((build ? 6000 : 500)) "a kernel source"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp" "$work"' EXIT
trap 'exit 130' INT TERM
failed=0
ok() { echo "ok $1"; }
not_ok() { echo "not ok $1: $2"; failed=1; }

# all_of: the versions of the package, the oldest first. One that this release of Debian
# lacks is there in the one version that scripts/deps has fetched.
all_of() {
	if [[ $(fact "$version" suite) ]]; then
		"$ROOT/scripts/deps" --source | cut -d ' ' -f 1
	else
		apt-cache madison "$package" | awk '{ print $3 }' | sort -Vu
	fi
}

# unpack DEBIAN_VERSION: of the package, to $work/tree
unpack() {
	local tarball
	rm -rf "${work:?}"/*
	if [[ $(fact "$version" suite) ]]; then
		tarball=$("$ROOT/scripts/deps" --source | cut -d ' ' -f 2)
	else
		(cd "$work" && apt-get -o APT::Sandbox::User=root download "$package=$1") >"$tmp/log" 2>&1 ||
			die "apt-get download $package=$1: $(tail -n 1 "$tmp/log")"
		dpkg-deb -x "$work"/*.deb "$work/package"
		tarball=$work/package/usr/src/$package.tar.xz
	fi
	mkdir "$work/tree"
	# What any patch may change; a file that it does not have is for scripts/apply to miss.
	{ cat "$ROOT"/patches/*/*/*.patch | touched -; echo Makefile; echo mm/kasan/kasan.h; } | sort -u |
		sed "s|^|$package/|" >"$tmp/files"
	if [[ $build ]]; then
		tar -xJf "$tarball" -C "$work/tree" --strip-components=1
	else
		tar -xJf "$tarball" -C "$work/tree" --strip-components=1 --files-from="$tmp/files" 2>/dev/null || :
	fi
}

# compile: as tests/each-patch.sh does
compile() {
	export CCACHE_DIR=$CACHE/ccache
	(cd "$work/tree" && scripts/kconfig/merge_config.sh -O "$work/build" -n \
		"$ROOT"/configs/{base,"$ARCH",kasan,inline,page_shadow}.config) >"$tmp/log" 2>&1 &&
		make -C "$work/tree" O="$work/build" CC="ccache ${CROSS_COMPILE}gcc" -j"$(nproc)" \
			"${IMAGE##*/}" modules >>"$tmp/log" 2>&1
}

# kunit: what fails of both suites, if any does
kunit() {
	local suite
	"$ROOT/scripts/boot" --quiet --mem 512M --smp 2 --append "kasan_multi_shot log_buf_len=4M" --log "$tmp/console" \
		--add "$work/build/mm/kasan/kasan_test.ko:/lib/kasan_test.ko" \
		--add "$work/build/mm/kasan/page_shadow_test.ko:/lib/page_shadow_test.ko" "$work/build/$IMAGE" \
		-- 'echo "summary: KUnit" > /dev/kmsg; insmod /lib/kasan_test.ko; insmod /lib/page_shadow_test.ko' 2>"$tmp/err" || {
		tail -n 1 "$tmp/err"
		return
	}
	ktap "$tmp/console" >"$tmp/ktap"
	for suite in kasan kasan_page_shadow; do
		grep -aqE "\] ok 1 $suite\$" "$tmp/ktap" ||
			echo "$suite: $(grep -aoE -m 1 'not ok [0-9]+ .*' "$tmp/ktap" || echo 'no verdict')"
	done
}

# does WHAT COMMAND...: scripts/apply so, without fuzz. $tmp/why is why not.
does() {
	local message
	if message=$("${@:2}" "$work/tree" 2>&1) && [[ $message != *" fuzz "* ]]; then
		return
	fi
	echo "$1: $(grep -m 1 -e ' fuzz ' -e '^scripts/apply' <<<"$message")" >"$tmp/why"
	return 1
}

# sums: of the files that matter
sums() {
	(cd "$work/tree" && sort -u "$tmp/files" | sed "s|^$package/||" | xargs sha256sum 2>/dev/null) || :
}

# fits: the series apply to the tree, and are taken out again
fits() {
	local s
	for s in "${ORDER[@]}"; do
		does "$s" env SERIES="$s" "$ROOT/scripts/apply" --check || return
	done
	sums >"$tmp/before"
	does "all" "$ROOT/scripts/apply" || return
	does "--undo" "$ROOT/scripts/apply" --undo || return
	sums | diff - "$tmp/before" >"$tmp/why" || return
	[[ ! $build ]] || does "all" "$ROOT/scripts/apply"
}

mapfile -t packages < <(all_of)
((${#packages[@]})) || die "Debian has no $package here: apt-get update"
if (($#)); then
	mapfile -t packages < <(for p in "${packages[@]}"; do
		[[ " $* " != *" ${p%%-*} "* ]] || echo "$p"; done)
elif [[ ! $all ]]; then
	n=${#packages[@]}
	mapfile -t packages < <(printf '%s\n' "${packages[0]}" "${packages[n / 2]}" "${packages[n - 1]}" | uniq)
fi
for p in "${packages[@]}"; do
	v=${p%%-*}
	step "$v"
	unpack "$p"
	if ((${v##*.} < ${first##*.})); then
		if message=$("$ROOT/scripts/apply" "$work/tree" 2>&1); then
			not_ok "version $v" "is before $first, but was not refused"
		elif [[ $message == *$'\n'* || $message != *"$first or later"* ]]; then
			not_ok "version $v" "says '$message' instead of one line that names $first"
		else
			ok "version $v is refused"
		fi
	elif ! fits; then
		not_ok "version $v" "$(cat "$tmp/why")"
	elif [[ ! $build ]]; then
		ok "version $v: the series apply, and are taken out"
	elif mkdir "$work/build" && ! compile; then
		not_ok "version $v" "it does not build: $(grep -m 1 -E 'error|\*\*\*' "$tmp/log" || tail -n 1 "$tmp/log")"
	elif why=$(kunit) && [[ $why ]]; then
		not_ok "version $v" "$why"
	else
		ok "version $v: the series apply, it builds, and KUnit passes"
	fi
done
exit $failed
