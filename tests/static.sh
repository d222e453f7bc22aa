#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Read what the series adds and changes with the kernel's own tools for that.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

usage() {
	cat <<'END'
usage: tests/static.sh [--clang]

Of the files that the series adds or changes: scripts/kernel-doc must find nothing, the
semantic patches of scripts/coccinelle nothing in files that are added, but tests, which have
bugs on purpose; Sphinx nothing in kasan.rst; and compiled with W=1, none may have a warning
that it has not in the unpatched kernel. Prints 'ok NAME' or 'not ok NAME: why' for each;
fails when one did.

  --clang  compile with clang-19 instead, which warns of other things

Environment: VERSION (6.12), SERIES (all), ARCH (x86_64) or arm64
END
}

make=(CC="ccache ${CROSS_COMPILE}gcc") kind=gcc
with=(--with static)
case ${1-} in
-h | --help) usage; exit ;;
--clang) make=(LLVM=-19 CC="ccache clang-19") kind=clang with+=(--with clang); shift ;;
esac
(($# == 0)) || die "unknown argument: $1 (see --help)"

"$ROOT/scripts/deps" "${with[@]}"
pristine=$("$ROOT/scripts/tree" --pristine)
patched=$("$ROOT/scripts/tree")
out=$OUT/static
own "$out"
rm -rf "${out:?}"/*
export CCACHE_DIR=$CACHE/ccache
failed=0
verdict() {	# verdict NAME FILE: FILE must be empty
	if [[ -s $2 ]]; then
		echo "not ok $1: $(head -n 1 "$2"); see $2"
		failed=1
	else
		echo "ok $1"
	fi
}

"$ROOT/scripts/series" --plain -o "$out/series" >/dev/null
mapfile -t patches < <(numbered "$out/series")
mapfile -t files < <(touched "${patches[@]}")
mapfile -t added < <(created "${patches[@]}")
cd "$patched"

step "kernel-doc"
for f in "${added[@]}"; do
	scripts/kernel-doc -none -Wall -Werror "$f" 2>&1 || echo "$f: kernel-doc failed"
done >"$out/kernel-doc"
verdict "kernel-doc of ${#added[@]} files" "$out/kernel-doc"

step "coccinelle: minutes"
mapfile -t code < <(printf '%s\n' "${added[@]}" | grep '\.c$' | grep -v -e _test -e _torture)
mapfile -t rules < <(grep -rl 'virtual report' scripts/coccinelle --include='*.cocci' | xargs grep -L 'script:ocaml' | sort)
n=0
for rule in "${rules[@]}"; do
	n=$((n + 1))
	((n % 20)) || step "coccinelle: $n of ${#rules[@]}"
	read -ra options < <(sed -n 's|^// Options: ||p' "$rule"; echo)
	spatch -D report --no-show-diff --very-quiet --cocci-file "$rule" "${options[@]}" "${code[@]}" 2>>"$out/coccinelle.err" ||
		echo "$rule failed"
done >"$out/coccinelle"
verdict "coccinelle, ${#rules[@]} rules, ${#code[@]} files" "$out/coccinelle"

step "Sphinx"
mkdir -p "$out/rst"
cp Documentation/dev-tools/kasan.rst "$out/rst/index.rst"
echo >"$out/rst/conf.py"
sphinx-build -q -b html "$out/rst" "$out/html" >"$out/sphinx" 2>&1 || echo "sphinx-build failed" >>"$out/sphinx"
verdict "Sphinx: kasan.rst" "$out/sphinx"

arch=${IMAGE%/boot/*}
mapfile -t objects < <(printf '%s\n' "${files[@]}" | sed -n -E "s,^((mm|kernel|lib|$arch)/.*)\.c$,\1.o,p" | grep -v -e _test -e _torture)
((${#objects[@]})) || die "nothing to compile"
for tree in "$pristine" "$patched"; do
	name=${tree##*/}
	build=$out/build-$name
	step "W=1 with $kind: $name"
	mapfile -t here < <(for o in "${objects[@]}"; do [[ ! -f $tree/${o%.o}.c ]] || echo "$o"; done)
	mkdir -p "$build"
	names=(base "$ARCH" kasan inline checks)
	[[ $tree != "$patched" ]] || names+=(page_shadow)
	mapfile -t configs < <(fragments "${names[@]}")
	if ! (cd "$tree" && scripts/kconfig/merge_config.sh -n -O "$build" "${configs[@]}") >"$out/$name.log" 2>&1 ||
		! make -C "$tree" O="$build" "${make[@]}" -j"$(nproc)" W=1 "${here[@]}" >>"$out/$name.log" 2>&1; then
		echo "$name does not build: $(grep -m 1 -E 'error:|\*\*\*' "$out/$name.log")" >>"$out/new-warnings"
	fi
	sed -n -E 's/^[^ ]*((mm|arch|include|lib|kernel)\/[^:]*):[0-9:]* (warning: .*)/\1: \3/p' "$out/$name.log" | sort -u >"$out/$name.warnings"
done
comm -13 "$out/pristine.warnings" "$out/${patched##*/}.warnings" >>"$out/new-warnings"
verdict "W=1 with $kind, ${#objects[@]} objects" "$out/new-warnings"
exit $failed
