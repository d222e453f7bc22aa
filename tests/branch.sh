#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Test that scripts/branch and scripts/import bring changes of the series back as they are.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

usage() {
	cat <<'END'
usage: tests/branch.sh

Makes a branch of the series in a small kernel tree, changes it, and imports it into a copy
of this repository, of which the newest version is this one, or another. Prints 'ok NAME' or
'not ok NAME: why' for each test; fails when one did.

Environment: VERSION of the kernel (6.12)
END
}

case ${1-} in
-h | --help) usage; exit ;;
?*) die "unknown argument: $1 (see --help)" ;;
esac

version=${VERSION:-6.12}
unset VERSION SERIES
pristine=$(VERSION=$version "$ROOT/scripts/tree" --pristine)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
failures=0

export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$tmp/gitconfig
git config --global user.name Taker
git config --global user.email taker@example.org
git config --global gc.auto 0
git config --global advice.detachedHead false

# The copy, and a kernel of the files that matter
copy=$tmp/copy
mkdir "$copy" "$tmp/tree"
cp -r "$ROOT"/{scripts,patches,linux} "$copy"
git -C "$copy" init -q 2>/dev/null
git -C "$copy" add -Af
git -C "$copy" commit -qm copy
VERSION=$version "$copy/scripts/series" --plain --base "$pristine" -o "$tmp/series" >/dev/null
mapfile -t patches < <(numbered "$tmp/series")
for f in Makefile $(touched "${patches[@]}"); do
	[[ -f $pristine/$f ]] || continue
	mkdir -p "$tmp/tree/$(dirname "$f")"
	cp "$pristine/$f" "$tmp/tree/$f"
done
newest=$(newest)
tree() { git -C "$tmp/tree" "$@"; }
branch() { "$copy/scripts/branch" "$@"; }

# import [OPTION] [REV]: into the copy. What it says is in $tmp/said
import() {
	local options=()
	[[ ${1-} != --* ]] || { options=("$1"); shift; }
	"$copy/scripts/import" "${options[@]}" "$tmp/tree" "$@" >"$tmp/said" 2>&1
}
# changes: of the copy, as git names them
changes() { git -C "$copy" add -A; git -C "$copy" diff --cached -M --name-status | paste -sd ' ' | tr '\t' ' '; }
# lines: of the copy's change, those added and removed
lines() { git -C "$copy" add -A; git -C "$copy" diff --cached -U0 | grep -E '^[-+]' | grep -vE '^(---|\+\+\+) ' || :; }
# again: the copy as it was committed, and the branch as it was made
again() {
	git -C "$copy" add -A
	git -C "$copy" reset -q --hard
	tree rebase --abort 2>/dev/null || true
	tree checkout -qf -B page-shadow start
	tree clean -qfd
}

# --- what is no kernel

message=$(branch "$tmp/tree" 2>&1) || true
is "branch: a tree that is no repository" 1 "$(grep -c 'no git repository; to make it one, there: git init' <<<"$message")"
tree init -q 2>/dev/null
tree add -Af
tree commit -qm "Linux $version"
message=$("$copy/scripts/import" "$tmp/tree" 2>&1) || true
is "import: a branch without the series" "scripts/import: HEAD of $tmp/tree has no commits of the series: name a branch that scripts/branch made" "$message"

# --- there and back

before=$(tree status --porcelain; tree rev-parse --abbrev-ref HEAD)
branch "$tmp/tree" >/dev/null
tree tag start page-shadow
is "branch: what is checked out stays" "$before" "$(tree status --porcelain; tree rev-parse --abbrev-ref HEAD)"
is "branch: a commit for each patch" "$(sed -n 's/^Subject: \[PATCH [0-9]*\/[0-9]*\] //p' "${patches[@]}")" \
	"$(tree log --reverse --format=%s HEAD..page-shadow)"
message=$(branch "$tmp/tree" 2>&1) || true
is "branch: not over another" 1 "$(grep -c 'has a branch page-shadow' <<<"$message")"
import page-shadow || true
is "import: nothing has changed" "patches/ and linux/ are as page-shadow of $tmp/tree is already " \
	"$(cat "$tmp/said") $(changes)"

# of LINE: the commit of the branch that has it
of() { tree log --format=%H --grep "^Patch: $1\$" page-shadow; }
# amend COMMIT: what is in the work tree belongs to COMMIT
amend() {
	tree add -A
	tree commit -q --fixup "$1"
	GIT_SEQUENCE_EDITOR=true git -C "$tmp/tree" rebase -q -i --autosquash "$1^" >"$tmp/log" 2>&1 ||
		die "$(head -n 1 "$tmp/log")"
}

# A patch of core that adds a file which no other patch changes
adds=$ROOT/patches/$newest/core/adds
read -r adder added < <(grep ' arch/x86/' "$adds")
adder=$(sed 's/^[0-9]*-//; s/\.patch$//' <<<"$adder")

again
sed -i '1i /* edited */' "$tmp/tree/$added"
amend "$(of "$adder")"
import || true
is "import: a line of a file that is added" "+/* edited */ M linux/$added" "$(lines) $(changes)"

again
first=$(tree log --reverse --format=%H HEAD --grep '^Series: core' | sed -n 1p)
name=$(tree log -1 --format=%B "$first" | sed -n 's/^Patch: //p')
file=$(tree diff --name-only "$first^" "$first" | sed -n 1p)
text=$(tree diff "$first^" "$first" -- "$file" | sed -n 's/^+\([^+]\)/\1/p' | sed -n 1p)
T=$text awk '{ print } $0 == ENVIRON["T"] && !n++ { print "/* edited */" }' "$tmp/tree/$file" >"$tmp/edited"
cp "$tmp/edited" "$tmp/tree/$file"
amend "$first"
import || true
is "import: a line of a patch" "+/* edited */" "$(lines | sed 's/^++/+/' | grep -vE '^[-+]@@')"
is "import: only in that patch" "" "$(changes | tr ' ' '\n' | grep patch | grep -v "$name" || :)"

again
tree commit -q --amend -m "$(tree log -1 --format=%B | sed '1s/$/, renamed/')"
import || true
is "import: a message" 2 "$(lines | wc -l)"

# Line numbers: of a patch that still applies they stay, unless asked for.
again
p=$(printf '%s\n' "$copy/patches/$newest/core"/0*.patch | sed -n 1p)
sed -i 's/^@@ -\([0-9]*\),\([0-9]*\) +[0-9]*/@@ -1\1,\2 +1\1/' "$p"
git -C "$copy" commit -qam "other line numbers"
import || true
is "import: line numbers stay" "" "$(changes)"
import --refresh || true
git -C "$copy" add -A
is "import --refresh: line numbers are as they are" "" "$(git -C "$copy" diff --cached HEAD^ --stat)"
git -C "$copy" reset -q --hard HEAD^

# A patch more, in the middle of core: the next are renumbered, and keep their names.
again
second=$(of "$adder")
n=$(grep -vc '^#' "$ROOT/patches/$newest/core/series")
at=$(grep -v '^#' "$ROOT/patches/$newest/core/series" | grep -n -- "-$adder.patch" | cut -d : -f 1)
more=$(printf '%04d-kasan-one-more-patch.patch' $((at + 1)))
later=$(printf '%s\n' "$ROOT"/patches/*/core/[0-9]*.patch | awk -F / -v at="$at" '$NF + 0 > at' | wc -l)
tree checkout -q "$second"
echo '/* appended */' >>"$tmp/tree/$added"
mkdir -p "$tmp/tree/mm/kasan"
echo '/* new */' >"$tmp/tree/mm/kasan/new_file.c"
tree add -A
tree commit -qsm "kasan: one more patch

It adds a file, and lets another grow."
tree rebase -q --onto HEAD "$second" page-shadow >/dev/null 2>&1
tree checkout -q page-shadow
import || true
core=$copy/patches/$newest/core
is "import: a new patch has its place and name" "$more $((n + 1))" \
	"$(grep -v '^#' "$core/series" | sed -n "$((at + 1))p") $(grep -vc '^#' "$core/series")"
is "import: a new file is in linux/ and adds" "/* new */ $more" \
	"$(cat "$copy/linux/mm/kasan/new_file.c") $(awk '$2 == "mm/kasan/new_file.c" { print $1 }' "$core/adds")"
is "import: a file that grows has its last form in linux/, and a diff" "/* appended */ 1" \
	"$(tail -n 1 "$copy/linux/$added") $(grep -c '^+/. appended' "$core/$more")"
is "import: the others are renamed, not changed" "$later" "$(changes | grep -o 'R100 [^ ]*core' | wc -l)"
is "import: nobody signs" 0 "$(grep -c Signed-off-by "$core/$more" || :)"
git -C "$copy" add -A
git -C "$copy" commit -qm more
import || true
is "import: and then nothing has changed" "patches/ and linux/ are as HEAD of $tmp/tree is already " "$(tail -n 1 "$tmp/said") $(changes)"
tree checkout -q main 2>/dev/null || tree checkout -q master
branch "$tmp/tree" again >/dev/null
is "branch: gives the same again" "" "$(tree diff page-shadow again)"

# A patch less
again
tree checkout -q -B page-shadow again
third=$(of kasan-one-more-patch)
tree rebase -q --onto "$third^" "$third" page-shadow >/dev/null 2>&1
import || true
git -C "$copy" add -A
is "import: without the patch all is as it was" "" "$(git -C "$copy" diff --cached HEAD^ --stat)"
git -C "$copy" reset -q --hard HEAD^

# What cannot be
again
# refused NAME TEXT [REV]: import fails with TEXT, and changes nothing
refused() {
	local status=0
	import "${@:3}" || status=$?
	is "import: refuses $1" "1 1 " "$status $(tail -n 1 "$tmp/said" | grep -cF "$2") $(changes)"
}
tree checkout -q --detach
echo >>"$tmp/tree/$added"
tree commit -qam 'fixup! something'
refused "a fixup" "git rebase -i --autosquash first"
tree checkout -q --detach page-shadow
chmod +x "$tmp/tree/$added"
tree commit -qam 'kasan: executable'
refused "a change of mode" "not provided for"
tree checkout -q --detach page-shadow
tree rm -q Makefile
tree commit -qm 'kasan: no makefile'
refused "what is no kernel" "not Linux source"
tree checkout -q --detach page-shadow
tree commit -q --amend -m "$(tree log -1 --format=%B | sed 's/^Series: .*/Series: none/')"
refused "an unknown series" "no series 'none'"

# --- the same version as an older one: what does not differ is not written

again
[[ $version != "$newest" ]] || {
	mv "$copy/patches/$version" "$copy/patches/9.9"
	mkdir "$copy/patches/$version"
	sed "s/^\(first\|tested\) $version/\1 9.9/" "$ROOT/patches/$version/versions" >"$copy/patches/9.9/versions"
	cp "$ROOT/patches/$version/versions" "$copy/patches/$version"
	sed -i '/ until /d' "$copy/patches/9.9"/*/series
	newest=9.9
}
git -C "$copy" add -A
git -C "$copy" commit -qm "another version is the newest"
import || true
is "import of an older version: nothing differs" "patches/ and linux/ are as HEAD of $tmp/tree is already " \
	"$(tail -n 1 "$tmp/said") $(changes)"
sed -i '1i /* edited */' "$tmp/tree/$added"
amend "$(of "$adder")"
import || true
adder=$(grep -x "[0-9]*-$adder.patch" "$copy/patches/$newest/core/series")
is "import of an older version: a small diff of a file that is added" \
	"A patches/$version/core/$adder --- a/$added/+++ b/$added/+/* edited *//" \
	"$(changes) $(grep -v -e '^ ' -e '^@@' "$copy/patches/$version/core/$adder" | tr '\n' /)"
git -C "$copy" add -A
git -C "$copy" commit -qm "a form of its own"
import || true
is "import of an older version: which stays" "patches/ and linux/ are as HEAD of $tmp/tree is already " \
	"$(tail -n 1 "$tmp/said") $(changes)"
tree checkout -q main 2>/dev/null || tree checkout -q master
branch "$tmp/tree" second >/dev/null
is "branch of an older version: the same again" "" "$(tree diff page-shadow second)"

# A file that this version does not change
tree checkout -q page-shadow
first=$(tree log --reverse --format=%H HEAD --grep '^Series: core' | sed -n 1p)
file=$(tree diff --name-only "$first^" "$first" | tail -n 1)
tree show "$first^:$file" >"$tmp/before"
if [[ $(tree log --format=%H "$first^..HEAD" -- "$file") == "$first" ]]; then
	cp "$tmp/before" "$tmp/tree/$file"
	amend "$first"
	import || true
	name=$(grep -v '^#' "$copy/patches/$newest/core/series" | sed -n 1p)
	is "import of an older version: a file that is not changed" "A patches/$version/core/$name --- a/$file +++ b/$file" \
		"$(changes) $(paste -sd ' ' "$copy/patches/$version/core/$name")"
	tree checkout -q main 2>/dev/null || tree checkout -q master
	branch "$tmp/tree" third >/dev/null
	is "branch of an older version: nor is it then" "" "$(tree diff page-shadow third)"
	tree checkout -q page-shadow
else
	is "a file that one patch changes" "" "$file"
fi
git -C "$copy" add -A
git -C "$copy" reset -q --hard

# A patch of its own, with which the list differs
tree checkout -qf -B page-shadow second
echo '/* own */' >>"$tmp/tree/$added"
tree commit -qam "kasan: a patch of its own

Only here.

Series: core"
import || true
is "import of an older version: a patch of its own" "kasan-a-patch-of-its-own.patch" \
	"$(tail -n 1 "$copy/patches/$version/core/series")"
tree checkout -q main 2>/dev/null || tree checkout -q master
branch "$tmp/tree" fourth >/dev/null
is "branch of an older version: with that patch" "" "$(tree diff page-shadow fourth)"

((failures == 0)) || die "$failures failed"
