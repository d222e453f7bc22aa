#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Test the scripts as a person uses them: what they print, where, and how they end.
# shellcheck disable=SC2016 # lines for other shells
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

usage() {
	cat <<'END'
usage: tests/scripts.sh

Tests scripts/boot with a real guest, and of all scripts how they take paths, names and
each other's company. Prints 'ok NAME' or 'not ok NAME: why' for each; fails when one did.

Environment: ARCH (x86_64) or arm64, of the guest
END
}

case ${1-} in
-h | --help) usage; exit ;;
?*) die "unknown argument: $1 (see --help)" ;;
esac

"$ROOT/scripts/deps"
kernel=$("$ROOT/scripts/build" inline base "$ARCH" kasan inline page_shadow | tail -n 1)/$IMAGE
tmp=$(mktemp -d)
export TMPDIR=$tmp	# also for the logs that boot keeps
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
failures=0

# says NAME TEXT GOT: GOT is one line, and TEXT a part of it
says() {
	local got=$3
	[[ $got != *"$2"* || $got == *$'\n'* ]] || got=$2
	is "$1" "$2" "$got"
}
# run COMMAND...: sets out, err and status
run() {
	status=0
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	# What is said of KVM, and once of the initramfs, is of no interest here.
	out=$(tr -d '\0' <"$tmp/out") err=$(grep -v -e ': wrote ' -e ': using TCG' "$tmp/err" || true)
}
boot() { run "$ROOT/scripts/boot" --accel tcg --timeout 120 "$@"; }

# --- scripts/boot: the command's output is the command's

boot "$kernel" -- 'echo out; echo err >&2; exit 3'
is "boot: status" 3 $status
is "boot: stdout is that of the command" out "$out"
is "boot: stderr is that of the command" err "${err%%$'\n'*}"
says "boot: a command that fails is told as such" "the guest command ended with status 3" "${err#*$'\n'}"

head -c 100M /dev/zero >"$tmp/large"
boot --mem 96M --add "$tmp/large:/large" "$kernel" -- true
says "boot: too little memory for what is added" "Initramfs unpacking failed: write error: the guest may have too little memory" "$err"
is "boot: too little memory, status" 125 $status
rm "$tmp/large"

boot "$kernel" -- printf '<%s>' 'a  b' "it's" '$HOME' '' ';' '*' $'new\nline' '"'
is "boot: words arrive as given" "<a  b><it's><\$HOME><><;><*><new"$'\n'"line><\">" "$out"
boot "$kernel" -- 'for i in 1 2; do echo "$i  $HOME"; done | tail -n 1'
is "boot: one word is a line for the shell" "2  /" "$out"

busybox=$(guest_program busybox)
boot "$kernel" -- 'cat /bin/busybox'
is "boot: any bytes, and many" "$(sha256sum <"$busybox")" "$(sha256sum <"$tmp/out")"

# Nobody reads the rest, yet it goes on to the end.
statuses=$("$ROOT/scripts/boot" --accel tcg "$kernel" -- 'echo first; yes | head -n 50000; exit 4' 2>/dev/null |
	head -n 1; echo "${PIPESTATUS[*]}") || true
is "boot: | head -n 1" "first 4 0" "${statuses//$'\n'/ }"

boot --verbose "$kernel" -- 'echo out; echo to the console > /dev/console'
is "boot --verbose: stdout is that of the command" out "$out"
is "boot --verbose: stderr has the console" 2 "$(grep -c -e 'Linux version' -e '^to the console' <<<"$err")"

boot --quiet --log "$tmp/log" "$kernel" -- 'echo in the log'
is "boot --quiet: nothing on stdout" "" "$out"
is "boot --quiet: the output is in the log" 1 "$(grep -c '^in the log' "$tmp/log")"

# Pieces of a report come in the middle of output, and of each other's lines.
boot --report "$tmp/report" "$kernel" -- 'seq 3000 > /tmp/lines; i=0
	for i in 1 2 3 4; do cat /tmp/lines > $REPORT & seq 2000; done; wait; ( sleep 999 > /dev/null; yes ) & yes &'
is "boot --report: output beside it" 8000 "$(grep -cx '[0-9]*' <<<"$out")"
is "boot --report: as many bytes as were written" $((4 * $(seq 3000 | wc -c))) \
	"$(grep -av $'\t' "$tmp/report" | wc -c)"

# --- scripts/boot: its own failures are no status of the guest's

boot "$ROOT/README.md" -- true
is "boot: a file that is no kernel: status" 126 $status
says "boot: a file that is no kernel" "README.md is no kernel image for $ARCH" "$err"
TMPDIR=$tmp/missing boot "$kernel" -- true
is "boot: no temporary folder: status" 126 $status
says "boot: no temporary folder" "no temporary folder: " "$err"
mkdir "$tmp/full"
run unshare --map-root-user --mount bash -c 'mount -t tmpfs -o size=64k full "$1" &&
	TMPDIR=$1 exec "${@:2}"' bash "$tmp/full" "$ROOT/scripts/boot" --accel tcg "$kernel" -- true
is "boot: temporary folder full: status" 126 $status
says "boot: temporary folder full" "No space left on device" "${err%%$'\n'*}"
ARCH=other boot "$kernel" -- true
is "boot: unknown ARCH: status" 126 $status

# --- paths and the environment

show='. "$1/scripts/lib.sh"; cd /; echo "$CACHE $TMPDIR $HOME"'
run env -C "$tmp" -u HOME XDG_CACHE_HOME=cache TMPDIR=. bash -c "$show" bash "$ROOT"
is "relative folders in the environment, and no HOME" \
	"$tmp/cache/kasan-page-shadow $tmp/. $(getent passwd "$(id -u)" | cut -d : -f 6)" "$out$err"
run env -u HOME "$ROOT/scripts/boot" --help
is "no HOME: --help" 0 $status

# --- a copy of the scripts, whose out/ is its own, and where some are replaced

copy=$tmp/copy
mkdir "$copy"
cp -r "$ROOT"/{Makefile,README.md,scripts,tests,bench,guest,patches,configs,linux} "$copy"
put() {	# put SCRIPT: replace it by the input
	{ echo '#!/bin/bash'; cat; } >"$copy/$1"
	chmod +x "$copy/$1"
}

# --- versions of the kernel, and where they are from

known=$(versions | paste -s -d , | sed 's/,/ and /g')
for script in scripts/run scripts/tree scripts/build scripts/deps tests/run tests/all bench/run; do
	VERSION=5.4 run timeout 20 "$ROOT/$script" --source
	says "$script: VERSION that is not known" "$script: VERSION=5.4: $known are known here" "$err"
done
printf 'VERSION = 1\nall:\n\t@echo $(VERSION)\n' >"$tmp/kernel.mk"
mv "$copy/scripts/run" "$tmp/run"
put scripts/run <<<"echo \$VERSION \$SERIES; make -s -f '$tmp/kernel.mk'"
run make -s -C "$copy" run VERSION=7.3 SERIES=core,speed
is "make run: VERSION and SERIES are the script's, not a kernel's" "7.3 core,speed 1" "${out//$'\n'/ }$err"
mv "$tmp/run" "$copy/scripts/run"

printf 'CONFIG_NO_OPTION_%s=y\n' 1 2 >"$tmp/fragment"
absent() {	# absent OPTION: it is listed as absent, and the fragment built
	{ cat "$ROOT/configs/absent-$VERSION" || :; echo "$1 for a test"; } >"$copy/configs/absent-$VERSION"
	run "$copy/scripts/build" --pristine scripts-test base "$ARCH" "$tmp/fragment"
	err=$(tail -n 1 <<<"$err")
	rm -rf "$CACHE/$VERSION"/build-*scripts-test*
}
absent NO_OPTION_1
says "build: an option that is absent, and known to be" "CONFIG_NO_OPTION_2=y is not in the final configuration" "$err"
absent SLUB
says "build: an option said to be absent that is not" "scripts/build: absent-$VERSION: Linux $VERSION does have SLUB" "$err"
rm "$copy/configs/absent-$VERSION"

printf 'CONFIG_%s\n' 'LOCALVERSION="-base"' MODULES=y BINFMT_MISC=m | xz >"$tmp/base.xz"
run "$ROOT/scripts/build" --pristine --base "$tmp/base.xz" scripts-test "$tmp/fragment"
is "build: over a configuration, without its modules" 'CONFIG_LOCALVERSION="-base"' \
	"$(grep -hE '^CONFIG_LOCALVERSION=|BINFMT_MISC=m' "$CACHE/$VERSION"/build-*scripts-test/.config)"
rm -rf "$CACHE/$VERSION"/build-*scripts-test*
run "$ROOT/scripts/build" --base nothing scripts-test "$tmp/fragment"
is "build: over a configuration that is not there" "scripts/build: --base takes defconfig or a file, not 'nothing'" "$err"
run "$ROOT/scripts/deps" --config ../cloud
is "deps: no flavour" "scripts/deps: --config takes a flavour of Debian's, not '../cloud'" "$err"
run "$ROOT/scripts/debian" -o "$tmp/disk" "$tmp/no-script"
is "debian: no service" "scripts/debian: no such file: $tmp/no-script" "$err"

# The source of another suite, which the system's apt does not get to know; what is
# downloaded is a small package instead.
system() { find /etc/apt /var/lib/apt /var/cache/apt -printf '%p %s %T@ %C@\n' 2>/dev/null | sort | sha256sum; }
for v in $(versions); do
	[[ $(fact "$v" suite) ]] || continue
	mkdir -p "$tmp/package/"{DEBIAN,usr/src} "$tmp/apt"
	printf '%s\n' "Package: linux-source-$v" "Version: $(fact "$v" package)" 'Architecture: all' \
		'Maintainer: none' 'Description: none' >"$tmp/package/DEBIAN/control"
	echo "the source" >"$tmp/package/usr/src/linux-source-$v.tar.xz"
	mkdir "$tmp/package/usr/src/linux-config-$v"
	echo "a configuration" >"$tmp/package/usr/src/linux-config-$v/config.${ARCH/x86_64/amd64}_none_some.xz"
	dpkg-deb --root-owner-group -b "$tmp/package" "$tmp/source.deb" >/dev/null
	printf '#!/bin/bash\n[[ " $* " != *" download "* ]] || exec cp %q .\nexec %q "$@"\n' \
		"$tmp/source.deb" "$(type -P apt-get)" >"$tmp/apt/apt-get"
	chmod +x "$tmp/apt/apt-get"
	before=$(system)
	PATH=$tmp/apt:$PATH XDG_CACHE_HOME=$tmp/cache VERSION=$v run "$ROOT/scripts/deps" --source
	is "deps: source of a suite that the system does not know" "the source" "$(cat "${out#* }" 2>&1)"
	PATH=$tmp/apt:$PATH XDG_CACHE_HOME=$tmp/cache VERSION=$v run "$ROOT/scripts/deps" --config some
	is "deps: Debian's configuration" "a configuration" "$(cat "$out" 2>&1)"
	PATH=$tmp/apt:$PATH XDG_CACHE_HOME=$tmp/cache VERSION=$v run "$ROOT/scripts/deps" --config other
	says "deps: a configuration that Debian does not have" "_none_other.xz, but ${ARCH/x86_64/amd64}_none_some.xz" \
		"$(tail -n 1 <<<"$err")"
	is "deps: the system's apt is as before" "$before" "$(system)"
done

# Tarballs of the files that the series changes, as if the archive had these versions
tested=$(fact "$VERSION" package)
echo "suite none" >>"$copy/patches/$VERSION/versions"
pristine=$("$ROOT/scripts/tree" --pristine)
"$ROOT/scripts/series" --plain -o "$tmp/series" >/dev/null
mapfile -t patches < <(numbered "$tmp/series")
mapfile -t files < <(touched "${patches[@]}" | grep -vxFf <(created "${patches[@]}"))
mkdir -p "$tmp/other/linux-source-$VERSION" "$tmp/other/kasan-page-shadow/$VERSION"
(cd "$pristine" && cp --parents Makefile "${files[@]}" "$tmp/other/linux-source-$VERSION")
sed -i 's/^SUBLEVEL = .*/SUBLEVEL = 9999/' "$tmp/other/linux-source-$VERSION/Makefile"
pack() {	# pack PACKAGE-VERSION
	tar -C "$tmp/other" -cJf "$tmp/other/kasan-page-shadow/$VERSION/linux-source-${VERSION}_$1.tar.xz" "linux-source-$VERSION"
}
other() { XDG_CACHE_HOME=$tmp/other run "$copy/scripts/deps" "$@"; }
pack "$tested"
pack "$VERSION.9999-1"
other
says "deps: a newer source is told of" "$VERSION.9999-1 is not the one tested, which is $tested" "$(tail -n 1 <<<"$err")"
other --source
is "deps: a newer source is used" "$VERSION.9999-1" "${out%% *}"
rm "$tmp/other/linux-source-$VERSION/${files[-1]}"
pack "$VERSION.9999-2"
other
says "deps: a source to which the series does not apply" "the last good one is $tested" "$(tail -n 1 <<<"$err")"
other --source
is "deps: then the one tested is used" "$tested" "${out%% *}"
is "deps: and at once, the next time" "" "$err"
rm "$tmp/other/kasan-page-shadow/$VERSION/linux-source-${VERSION}_$tested.tar.xz"
other --source
says "deps: then the one tested is not to be had" "the last good one is $tested; apt-get update failed: " \
	"$(tail -n 1 <<<"$err")"
cp "$ROOT/patches/$VERSION/versions" "$copy/patches/$VERSION/versions"

# --- scripts/doctor

doctor() {	# doctor NAME STATUS MISSING WHAT: how it ends, and what it says is missing
	run "$ROOT/scripts/doctor" "$4"
	is "doctor: $1" "$2 $3" "$status $(sed -n 's/^missing: *//p' <<<"$out" | paste -sd ';')"
}
doctor "a tree without the series" 1 "the series: make apply TREE=$pristine" "$pristine"
doctor "a tree with them" 0 "" "$("$ROOT/scripts/tree")"
is "doctor: names them" "core arm64 memory speed" "$(sed -n 's/^series: *//p' <<<"$out")"
doctor "a folder in which it was built" 0 "" "${kernel%/"$IMAGE"}"
doctor "an image" 0 "" "$kernel"
sed 's/^CONFIG_VMAP_STACK=y/# CONFIG_VMAP_STACK is not set/; /KASAN_PAGE_SHADOW/d' "${kernel%/"$IMAGE"}/.config" >"$tmp/config"
doctor "a configuration that lacks something" 1 \
	"CONFIG_VMAP_STACK: scripts/config -e VMAP_STACK; make olddefconfig" "$tmp/config"
sed 's/^CONFIG_KASAN_PAGE_SHADOW=y/# CONFIG_KASAN_PAGE_SHADOW is not set/' "${kernel%/"$IMAGE"}/.config" >"$tmp/config"
doctor "a configuration in which it is off" 1 \
	"CONFIG_KASAN_PAGE_SHADOW: scripts/config -e KASAN_PAGE_SHADOW; make olddefconfig" "$tmp/config"
cp "${kernel%/"$IMAGE"}/.config" "$tmp/config"
doctor "a configuration that has all" 0 "" "$tmp/config"
{ printf 'image\0IKCFG_ST'; gzip -c "$tmp/config"; printf 'IKCFG_ED'; } >"$tmp/image"
doctor "an image that has its configuration in it" 0 "" "$tmp/image"
cp "$kernel" "$tmp/image"
doctor "an image that has not" 2 "" "$tmp/image"
doctor "a text" 2 "" "$ROOT/README.md"
says "doctor: says so" "README.md is neither a kernel image nor a kernel's configuration" "$err"
doctor "no such file" 2 "" "$tmp/none"
doctor "a folder of something else" 2 "" "$tmp"

# --- tests/yours

run "$ROOT/tests/yours" "$ROOT/README.md"
says "yours: a text" "README.md is neither a kernel image nor a kernel's configuration" "$err"
run "$ROOT/tests/yours" "$pristine"
says "yours: a tree that is not built" "$pristine has no .config: configure and build it first" "$err"
mkdir "$tmp/yours"
grep -v '^CONFIG_VMAP_STACK=' "${kernel%/"$IMAGE"}/.config" >"$tmp/yours/.config"
run "$ROOT/tests/yours" "$("$ROOT/scripts/tree")" "$tmp/yours"
says "yours: a kernel without page shadow" "there is no page shadow in it: it lacks CONFIG_VMAP_STACK" "$err"
{ cat "${kernel%/"$IMAGE"}/.config"; echo CONFIG_MODULE_SIG_FORCE=y; } >"$tmp/yours/.config"
mkdir -p "$tmp/yours/${IMAGE%/*}"
cp "$kernel" "$tmp/yours/$IMAGE"
run "$ROOT/tests/yours" "$("$ROOT/scripts/tree")" "$tmp/yours"
says "yours: a kernel that wants signed modules" "needs CONFIG_MODULE_SIG_FORCE=n" "$(grep areas <<<"$out")"
says "yours: of which nothing can be tested" "nothing can be tested" "$err"
run make -s -C "$ROOT" test TREE="$tmp/none" O="$tmp/yours"
says "make test TREE=: is tests/yours" "tests/yours: no such file: $tmp/none" "$(head -n 1 <<<"$err")"

put scripts/deps <<<'exit 0'
put scripts/build <<<'echo "built $*" >&2; exit 1'

run make -s -C "$copy" profile BENCH=foo
says "make profile: the name comes first" "bench/profile: no benchmark 'foo'" "$(head -n 1 <<<"$err")"
is "make profile: nothing is built" "" "$(grep '^built' <<<"$err" || true)"
tree="$tmp/it's a \"tree\" of \$HOME"
run make -s -C "$copy" apply TREE="$tree"
says "make apply: any TREE" "scripts/apply: no such directory: $tree" "$(head -n 1 <<<"$err")"
run make -s -C "$copy" undo TREE="$copy"
says "make undo: takes out" "scripts/apply: not a Linux source tree" "$(head -n 1 <<<"$err")"
run make -s -C "$copy" apply-check TREE="$copy" SERIES='$(none)'
says "make apply-check: checks" "scripts/apply: not a Linux source tree" "$(head -n 1 <<<"$err")"

for script in scripts/run bench/run tests/run tests/bugs/run tests/model/run; do
	run "$copy/$script" none
	says "$script: calls itself so" "$script: " "$err"
done
run env -C "$copy/tests" ./run none
says "run: calls itself tests/run" "tests/run: " "$err"

for script in scripts/run scripts/measure tests/run tests/bugs/run; do
	case $script in
	scripts/*) out=$copy/${OUT#"$ROOT/"}/${script#*/} ;;
	tests/run) out=$copy/${OUT#"$ROOT/"}/test ;;
	*) out=$copy/${OUT#"$ROOT/"}/bugs ;;
	esac
	mkdir -p "$out"
	echo theirs >"$out/log"
	exec {lock}>"$out.lock"
	flock "$lock"
	folder=$out
	run timeout 20 "$copy/$script"
	says "$script: only one at a time" "$script: another $script is at work in out/" "$err"
	is "$script: the logs of the other are kept" theirs "$(cat "$folder/log" 2>&1)"
	exec {lock}>&-
done

# --- timed out is not failed

# A guest that gets to its end only if no other is running
# shellcheck disable=SC2317 # called by patient
slow() {
	echo "$1 begins" >>"$tmp/turns"
	if [[ $1 == slow && ! -e $tmp/began ]]; then
		: >"$tmp/began"
		return 124
	fi
	# The first of the others waits until the slow one has timed out.
	[[ $1 != other-1 ]] || until [[ -e $tmp/began ]]; do :; done
	echo "$1 ends" >>"$tmp/turns"
}
for n in 1 2 3; do
	patient "$tmp/turn" slow other-$n &
done 2>/dev/null
patient "$tmp/turn" slow slow 2>/dev/null && status=0 || status=$?
wait
is "patient: what timed out is run again" 0 $status
is "patient: alone" "slow begins slow ends" "$(awk '
	$1 == "slow" && $2 == "begins" && ++n == 2 { if (running) print running " others"; at = 1 }
	{ running += $1 == "slow" ? 0 : $2 == "begins" ? 1 : -1 }
	at { printf "%s%s", sep, $0; sep = " " } at && $1 == "slow" && $2 == "ends" { at = 0 }' "$tmp/turns")"

# bench/run, where guests of 64 MiB time out, of 256 MiB once, and without KASAN fail.
put scripts/build <<<"echo $tmp/build"
put scripts/tree <<<"echo $tmp/build"
mkdir "$tmp/build"
echo 'kernelversion:; @echo 6.12.1' >"$tmp/build/Makefile"
put scripts/boot <<'END'
log=/dev/null report=/dev/null
while (($#)); do
	case $1 in
	--log) log=$2 ;;
	--report) report=$2 ;;
	esac
	shift
done
echo console >"$log"
name=${log##*/}
[[ $report == /dev/null ]] || rm -f "$report"
case $name in
tiny-unpatched.*) echo "timed out" >&2; exit 124 ;;
mem-256M-on.*) echo "it is broken" >&2; exit 125 ;;
mem-256M-unpatched.*) [[ -e $log.before ]] || { : >"$log.before"; exit 124; } ;;
memory.*.1024.*) [[ ! ${FAIL_1024-} ]] || exit 125 ;;
memory.nokasan.*.64.*) exit 125 ;;
memory.*.64.*) exit 124 ;;
memory.*.256.*) [[ -e $log.before ]] || { : >"$log.before"; exit 124; } ;;
esac
printf '%s/MemTotal\t1000\n%s/MemAvailable\t2048\n' boot boot work work >"$report"
printf 'boot_ms\t1000\nworked_s\t1\n' >>"$report"
END
mkdir "$tmp/bin"
printf '#!/bin/sh\nexit 1\n' >"$tmp/bin/gnuplot"
chmod +x "$tmp/bin/gnuplot"
PATH=$tmp/bin:$PATH run env ARCH=x86_64 VERSION=6.12 "$copy/bench/run" --quick memory
figures=$copy/out/bench/memory.tsv
is "bench/run: timed out, and failed" "nokasan boot/fails,off boot/timed_out,on boot/timed_out,unpatched boot/timed_out" \
	"$(awk '$3 == 64 && $2 != "outline" { print $1, $6 }' "$figures" | sort | paste -sd ,)"
is "bench/run: timed out once" "1024 2048 256 2048" \
	"$(awk '$1 == "on" && $2 == "inline" && $6 == "work/MemAvailable" { print $3, $7 }' "$figures" | sort | paste -sd ' ')"
is "bench/report: timed out, and failed" "64 | fails | timed out | timed out | timed out" \
	"$(sed -n 's|.*<tr><td>64</td>|64|p' "$copy/out/bench/report.html" | sed 's|</td>||g; s|<td[^>]*>| \| |g; s|  *| |g' |
		cut -d '|' -f 1-5 | sed 's/ $//' | head -n 1)"
rm "$copy"/out/bench/log/memory.*
PATH=$tmp/bin:$PATH run env ARCH=x86_64 VERSION=6.12 FAIL_1024=1 "$copy/bench/run" --quick --jobs 1 memory
is "bench/run: the first that fails ends it" "1 1" "$status $(compgen -G "$copy/out/bench/log/memory.*.1024.*.log" | wc -l)"

# bench/report --results, of a few times
{
	printf 'kernel\tconfig\tram_mib\tcpus\trun\twhat\tvalue\tunit\n'
	for run in '1 100 90 200' '2 900 80 300' '3 110 99 100'; do
		read -r n unpatched on four <<<"$run"
		printf '%s\tinline\t1024\t%d\t%d\tpipes\t%d\tns\n' \
			unpatched 2 "$n" "$unpatched" on 2 "$n" "$on" unpatched 4 "$n" 400 on 4 "$n" "$four"
	done
} >"$copy/out/bench/wall.tsv"
sed -i 's/^quick.*/quick\t0/' "$copy/out/bench/info.tsv"
cp -r "$ROOT/Documentation" "$copy"
PATH=$tmp/bin:$PATH run env ARCH=x86_64 VERSION=6.12 "$copy/bench/report" --results
is "bench/report --results: medians, their ratios, that of the least" "pipes|110|90|0.8182|0.8000|0.5000|–" \
	"$(sed -n '/<!-- time 6.12 x86_64 -->/,/<!-- \/time/s/^| *pipes/pipes/p' "$copy/Documentation/figures.md" | tr -d ' ' | sed 's/|$//')"
is "bench/report --results: not all subjects, no other page" "" "$(cmp {"$ROOT","$copy"}/Documentation/results.md 2>&1)"

# scripts/measure, where one times out once, and the next fails
run "$copy/scripts/measure"
says "scripts/measure: names the guest that failed" "scripts/measure: mem-256M-on: it is broken" \
	"$(tail -n 1 <<<"$err")"
is "scripts/measure: timed out once" 1 "$(grep -c 'once more alone: mem-256M-unpatched' <<<"$err")"

# tests/scenes, where the unpatched kernel in 64 MiB times out, which is no proof that it fails
run env ARCH=x86_64 VERSION=6.12 "$copy/tests/scenes" tiny
says "tests/scenes: timed out is not failed" "not ok tiny-unpatched: timed out" \
	"$(grep tiny-unpatched <<<"$out")"

((failures == 0)) || die "$failures failed"
