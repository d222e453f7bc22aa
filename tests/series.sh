#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Test the patch series as files: complete, clean, and all or nothing on a tree.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

usage() {
	cat <<'END'
usage: tests/series.sh

Checks that each series applies with git am to what it is for, that all apply with git am,
patch and scripts/apply to the same result, that checkpatch.pl --strict finds nothing in
them, that scripts/apply takes them out again, and leaves a tree that it refuses as it was.
Prints 'ok NAME' or 'not ok NAME: why' for each test; fails when one did.

Environment: VERSION of the kernel (6.12)
END
}

case ${1-} in
-h | --help) usage; exit ;;
'') ;;
*) die "unknown argument: $1 (see --help)" ;;
esac

version=${VERSION:-6.12}
export -n VERSION SERIES
unset SERIES
pristine=$(VERSION=$version "$ROOT/scripts/tree" --pristine)
tmp=$(mktemp -d)
trap 'chmod -R u+w "$tmp"; rm -rf "$tmp"' EXIT
failures=0

ok() {
	echo "ok $1"
}

not_ok() {
	echo "not ok $1: $2"
	failures=$((failures + 1))
}

# same NAME A B: the folders A and B hold the same
same() {
	local diff
	if diff=$(diff -rq "$2" "$3" 2>&1); then
		ok "$1"
	else
		not_ok "$1" "$(head -n 1 <<<"$diff")"
	fi
}

# sum DIR: a checksum over names, modes, times and content
sum() {
	(cd "$1" && find . -printf '%p %m %T@\n' -type f -exec sha256sum {} + | sort | sha256sum)
}

# small NAME: a copy, $tmp/NAME, of the files of a pristine tree that matter
small() {
	mkdir "$tmp/$1"
	cp -a "$tmp/pristine/." "$tmp/$1/"
}

# refuses NAME TREE TEXT [COMMAND...]: scripts/apply (run by COMMAND) fails
# with TEXT in its one line, and leaves TREE alone
refuses() {
	local before after message name=$1 tree=$2 text=$3 root=$ROOT option=()
	case ${4-}:${5-} in
	:--*) option=("$5"); set -- "${@:1:3}" ;;
	:/*) root=$5; set -- "${@:1:3}" ;;
	esac
	before=$([[ ! -d $tree ]] || sum "$tree")
	if message=$("${@:4}" "$root/scripts/apply" "${option[@]}" "$tree" 2>&1); then
		not_ok "$name" "applied"
		return
	fi
	after=$([[ ! -d $tree ]] || sum "$tree")
	message=$(grep -v '^\[' <<<"$message")	# but for what it is at
	if [[ $message != *"$text"* || $message == *$'\n'* ]]; then
		not_ok "$name" "says '$message' instead of one line with '$text'"
	elif [[ $before != "$after" ]]; then
		not_ok "$name" "the tree was changed"
	else
		ok "$name"
	fi
}

# series ARG...: scripts/series, for the version of the kernel that is tested
series() { VERSION=$version "$ROOT/scripts/series" "$@"; }

# is NAME WANTED GOT: both are the same
is() {
	if [[ $3 == "$2" ]]; then
		ok "$1"
	else
		not_ok "$1" "$(printf 'it is %q instead of %q' "${3:0:300}" "${2:0:300}")"
	fi
}

mapfile -t order < <(awk '!/^#/ && NF { print $1 }' "$ROOT/patches/order")
newest=$(newest)
# needs SERIES: what it goes on top of
needs() { awk -v s="$1" '$1 == s { $1 = ""; print }' "$ROOT/patches/order"; }

# The series, and the files they need of a tree.
export GIT_AUTHOR_NAME=Author GIT_AUTHOR_EMAIL=author@example.org
series --signoff -o "$tmp/series" >"$tmp/said"
mapfile -t patches < <(numbered "$tmp/series")
mapfile -t files < <(touched "${patches[@]}")
mkdir "$tmp/pristine"
for f in Makefile mm/kasan/kasan.h "${files[@]}"; do
	[[ -f $pristine/$f ]] || continue
	mkdir -p "$tmp/pristine/$(dirname "$f")"
	cp -a "$pristine/$f" "$tmp/pristine/$f"
done

# The series: the same bytes each time, in the order asked for.
series --signoff -o "$tmp/again" >/dev/null
same "series is reproducible" "$tmp/series" "$tmp/again"
(cd "$tmp" && rm -r again && series --signoff -o again >/dev/null) || true
same "series -o takes a relative path" "$tmp/series" "$tmp/again"

# Who signs is who says so; nobody else is named.
series -o "$tmp/again" >/dev/null
if signed=$(grep -h '^Signed-off-by: ' "$tmp/again"/*/*); then
	not_ok "nobody signs unasked" "$(head -n 1 <<<"$signed")"
else
	ok "nobody signs unasked"
fi
signed=$(grep -h -e '^Signed-off-by: ' -e '^From: ' "$tmp/series"/*/* | sort | uniq -c | sed 's/^ *//')
if [[ $signed == "$((${#patches[@]} + ${#order[@]})) From: Author <author@example.org>
${#patches[@]} Signed-off-by: Author <author@example.org>" ]]; then
	ok "series --signoff signs each patch"
else
	not_ok "series --signoff signs each patch" "$(tr '\n' ' ' <<<"$signed")"
fi
if message=$(env -u GIT_AUTHOR_NAME -u GIT_AUTHOR_EMAIL -u EMAIL HOME="$tmp" XDG_CONFIG_HOME="$tmp" \
	XDG_CACHE_HOME="${CACHE%/*}" GIT_CONFIG_NOSYSTEM=1 VERSION="$version" "$ROOT/scripts/series" -o "$tmp/again" 2>&1); then
	not_ok "series asks who it is from" "it does not"
elif [[ $message == *"whom are the patches from?"* ]]; then
	ok "series asks who it is from"
else
	not_ok "series asks who it is from" "$message"
fi

# listed SERIES: its patches, as files
listed() {
	local list=$ROOT/patches/$version/$1/series p
	[[ -f $list ]] || list=$ROOT/patches/$newest/$1/series
	awk '!/^#/ && NF && ($2 != "until" || substr($3, length(v) + 2) + 0 >= level + 0) { print $1 }' \
		v="$version" level="$(sed -n 's/^SUBLEVEL *= *//p' "$pristine/Makefile")" "$list" | while read -r p; do
		if [[ -f $ROOT/patches/$newest/$1/$p ]]; then
			echo "$ROOT/patches/$newest/$1/$p"
		else
			echo "$ROOT/patches/$version/$1/$p"
		fi
	done
}
mapfile -t sources < <(for s in "${order[@]}"; do listed "$s"; done)
wanted=$(for p in "${sources[@]}"; do head -n 1 "$p"; done)
got=$(sed -n 's/^Subject: \[PATCH [0-9]*\/[0-9]*\] //p' "${patches[@]}")
is "series keeps the order" "$wanted" "$got"
is "series numbers each series" "$(for s in "${order[@]}"; do
	n=$(listed "$s" | wc -l)
	for ((i = 0; i <= n; i++)); do printf "%s %d/%d\n" "$s" "$i" "$n"; done; done)" \
	"$(cd "$tmp/series" && for s in "${order[@]}"; do
		sed -n "s/^Subject: \[PATCH 0*\([0-9][0-9]*\/[0-9]*\)\] .*/$s \1/p" "$s"/*; done)"

lost=$(find "$ROOT/linux" -type f -printf '%P\n' | sort | comm -23 - <(created "${patches[@]}"))
if [[ ! $lost ]]; then
	ok "series adds every file of linux/"
else
	not_ok "series adds every file of linux/" "$(head -n 1 <<<"$lost") is lost"
fi

# Three ways to apply it, one result.
small apply
if message=$("$ROOT/scripts/apply" "$tmp/apply" 2>&1); then
	ok "apply to the pristine tree"
else
	not_ok "apply to the pristine tree" "$message"
fi
if [[ $message != *" with fuzz "* ]]; then
	ok "no fuzz on the pristine tree"
else
	not_ok "no fuzz on the pristine tree" "$(grep -m1 ' with fuzz ' <<<"$message")"
fi

cp -a "$tmp/apply" "$tmp/applied"
rm -f "$tmp/applied/.kasan-page-shadow.patch"

small patch
if message=$(cat "${patches[@]}" | patch -d "$tmp/patch" -p1 -F0 -f --no-backup-if-mismatch); then
	same "patch -p1 gives what apply gives" "$tmp/applied" "$tmp/patch"
else
	not_ok "patch -p1 gives what apply gives" "$(grep -m1 -i fail <<<"$message")"
fi

# The lines that scripts/series prints, as a shell takes them.
lines=$(sed -n '/^next,/,$p' "$tmp/said" | tail -n +2)
is "series prints what to do" "${#order[@]}" "$(grep -c '^git am -3 ' <<<"$lines")"
# repository NAME: make $tmp/NAME one
repository() {
	(cd "$tmp/$1" && git init -q 2>/dev/null && git add -Af && git commit -qm "Linux $version")
}
# A person with an identity, and nothing else.
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$tmp/gitconfig
git config --global user.name Taker
git config --global user.email taker@example.org
git config --global gc.auto 0
git config --global advice.mergeConflict false
small am
repository am
if message=$(cd "$tmp/am" && bash -ec "$lines" 2>&1); then
	subjects=$(git -C "$tmp/am" log --reverse --format=%s "HEAD~${#patches[@]}..")
	cp -r "$tmp/am" "$tmp/norecord"
	rm -rf "$tmp/am/.git"
	same "the printed git am gives what apply gives" "$tmp/applied" "$tmp/am"
	if [[ $subjects == "$wanted" ]]; then
		ok "git am takes all patches, with their subjects"
	else
		not_ok "git am takes all patches, with their subjects" \
			"$(diff <(echo "$wanted") <(echo "$subjects") | sed -n 2p)"
	fi
else
	not_ok "the printed git am gives what apply gives" "$(grep -m1 -iE 'error|fail|empty' <<<"$message")"
fi

# What a three-way merge is for: a line that a patch only quotes is another one. Of core, as
# the files that series on top of it quote are in no history once another one is between.
quoted=mm/kasan/init.c
read -r start < <(cat "${patches[@]}" | awk -v f="+++ b/$quoted" '
	at && /^@@/ { sub(/^-/, "", $2); sub(/,.*/, "", $2); print $2; exit }
	{ sub(/\t.*/, ""); at = at || $0 == f }')
small merge
repository merge
sed -i "${start}s/\$/ \/* changed *\//" "$tmp/merge/$quoted"
git -C "$tmp/merge" commit -qam changed
git -C "$tmp/merge" tag changed
if (cd "$tmp/merge" && git am "${patches[@]}") >/dev/null 2>&1; then
	not_ok "git am -3 merges" "there is nothing to merge: $quoted, line $start"
elif (cd "$tmp/merge" && git am --abort && git reset -q --hard changed && bash -ec "$lines") >"$tmp/log" 2>&1; then
	sed -i 's/ \/\* changed \*\///' "$tmp/merge/$quoted"
	rm -rf "$tmp/merge/.git"
	same "git am -3 merges" "$tmp/applied" "$tmp/merge"
else
	not_ok "git am -3 merges" "$(grep -m1 -iE 'error|fail|sha1' "$tmp/log")"
fi

# Each series on what it is for: as it is, and with what it needs.
for s in "${order[@]}"; do
	small "on-$s"
	repository "on-$s"
	need=''
	for need in $(needs "$s"); do
		git -C "$tmp/on-$s" am -q "$tmp/series/$need"/*.patch
	done
	if message=$(git -C "$tmp/on-$s" am "$tmp/series/$s"/*.patch 2>&1); then
		ok "$s alone applies with git am${need:+ to what it needs}"
	else
		not_ok "$s alone applies with git am" "$(grep -m1 -iE 'error|fail|empty' <<<"$message")"
	fi
	small "choose-$s"
	if message=$(SERIES=$s "$ROOT/scripts/apply" "$tmp/choose-$s" 2>&1); then
		rm -rf "$tmp/choose-$s/.kasan-page-shadow.patch" "$tmp/on-$s/.git"
		same "apply of $s gives what git am gives" "$tmp/choose-$s" "$tmp/on-$s"
	else
		not_ok "apply of $s gives what git am gives" "$message"
	fi
done

# Of a git tree, the commit is named.
small based
repository based
head=$(git -C "$tmp/based" rev-parse HEAD)
series --base "$tmp/based" -o "$tmp/again" >/dev/null
is "series names the base-commit" "$((2 * ${#order[@]}))" "$(grep -l "^base-commit: $head\$" "$tmp/again"/*/000[01]* | wc -l)"
echo >>"$tmp/based/$quoted"
if message=$(series --base "$tmp/based" -o "$tmp/again" 2>&1) ||
	[[ $message != *"not as in its HEAD"* ]]; then
	not_ok "series refuses a base with other files" "$message"
else
	ok "series refuses a base with other files"
fi

# checkpatch of the kernel the series is for. It asks of each file that is added whether
# MAINTAINERS needs updating, which is answered below. A line of slub.c that is moved has
# the kernel's name __ClearPageSlab().
for p in "${patches[@]}"; do
	name="checkpatch ${p#"$tmp/series/"}"
	if found=$("$pristine/scripts/checkpatch.pl" --root="$pristine" --no-tree --strict \
		--ignore FILE_PATH_CHANGES,CAMELCASE --terse --no-summary --color=never "$p" 2>&1) && [[ ! $found ]]; then
		ok "$name"
	else
		not_ok "$name" "$(head -n 1 <<<"${found#"$tmp/series/"*/}") ($(wc -l <<<"$found") in all)"
	fi
done

mapfile -t adding < <(grep -l '^new file mode' "${patches[@]}")
unknown=$(cd "$pristine" && for p in "${adding[@]}"; do
	scripts/get_maintainer.pl --nogit --nogit-fallback --norolestats "$p" | grep -q kasan-dev@ || echo "${p##*/}"
done)
if ((${#adding[@]})) && [[ ! $unknown ]]; then
	ok "MAINTAINERS knows the files that are added"
else
	not_ok "MAINTAINERS knows the files that are added" "KASAN's list is not asked of ${unknown:-any}"
fi

# What scripts/apply refuses.
refuses "refuses a tree that is missing" "$tmp/missing" "no such directory"
refuses "refuses a file" "$tmp/series/core/0000-cover-letter.txt" "not a directory"
mkdir "$tmp/empty"
refuses "refuses a directory without Makefile" "$tmp/empty" "$tmp/empty/Makefile is missing"
mkdir "$tmp/other"
printf 'all:\n' >"$tmp/other/Makefile"
refuses "refuses another Makefile" "$tmp/other" "has no VERSION"
small nokasan
rm "$tmp/nokasan/mm/kasan/kasan.h"
refuses "refuses a tree without KASAN" "$tmp/nokasan" "mm/kasan/kasan.h is missing"
small old
sed -i 's/^VERSION = .*/VERSION = 5/' "$tmp/old/Makefile"
refuses "refuses another version" "$tmp/old" "is Linux 5."
first=$(sed -n "s/^first $version\.//p" "$ROOT/patches/$version/versions")
small before
sed -i "s/^SUBLEVEL = .*/SUBLEVEL = $((first - 1))/" "$tmp/before/Makefile"
refuses "refuses a version before the first" "$tmp/before" "the series need $version.$first or later"
small first
sed -i "s/^SUBLEVEL = .*/SUBLEVEL = $first/" "$tmp/first/Makefile"
message=$("$ROOT/scripts/apply" --check "$tmp/first" 2>&1) || true
is "takes the first version" "" "$(grep 'or later' <<<"$message" || true)"
before=$(sum "$tmp/apply")
message=$("$ROOT/scripts/apply" "$tmp/apply" 2>&1) || true
is "says that this edition is there already" "$before one line" "$(sum "$tmp/apply") $([[ $message != *" has this edition of "*" already" ]] || echo one line)"

# --- scripts/apply --undo, and what was there before

# apply DIR [OPTION...]: its first line, or all that it says when it fails
apply() {
	"$ROOT/scripts/apply" "${@:2}" "$tmp/$1" >"$tmp/log" 2>&1 || { cat "$tmp/log"; return; }
	head -n 1 "$tmp/log"
}
cp -a "$tmp/apply" "$tmp/undo"
apply undo --undo >/dev/null
same "--undo takes all out" "$tmp/pristine" "$tmp/undo"
refuses "--undo where there is nothing" "$tmp/undo" "nothing to undo" "" --undo

# Elsewhere in the same files, also where lines have moved.
cp -a "$tmp/apply" "$tmp/edited"
cp -a "$tmp/pristine" "$tmp/pristine-edited"
for f in "${files[@]}"; do
	[[ ! -f $pristine/$f ]] || for dir in edited pristine-edited; do
		sed -i '1i\
/* a line of mine */' "$tmp/$dir/$f"
	done
done
apply edited --undo >/dev/null
same "--undo leaves other changes" "$tmp/pristine-edited" "$tmp/edited"
cp -a "$tmp/apply" "$tmp/edited2"
echo '/* mine */' >>"$tmp/edited2/mm/kasan/page_shadow.c"
refuses "--undo keeps a changed file that was added" "$tmp/edited2" "mm/kasan/page_shadow.c has changed since" "" --undo

# Another choice
cp -a "$tmp/apply" "$tmp/chosen"
SERIES=core apply chosen >/dev/null
rm "$tmp/chosen/.kasan-page-shadow.patch"
same "apply of core where all is leaves core" "$tmp/choose-core" "$tmp/chosen"
cp -a "$tmp/choose-core" "$tmp/chosen2"
apply chosen2 >/dev/null
rm "$tmp/chosen2/.kasan-page-shadow.patch"
same "apply of all where core is, by git am" "$tmp/applied" "$tmp/chosen2"

# Without a record: by git am
cp -a "$tmp/norecord" "$tmp/norecord2"
rm -rf "$tmp/norecord2/.git"
apply norecord2 --undo >/dev/null
same "--undo of git am" "$tmp/pristine" "$tmp/norecord2"

# copy: our own files in a repository of theirs, to change
copy=$tmp/copy
mkdir "$copy"
cp -r "$ROOT"/{scripts,patches,linux} "$copy"
repository copy
sed -i '1a\
/* of the next edition */' "$copy/linux/mm/kasan/page_shadow_torture.c"
git -C "$copy" commit -qam "next edition"
cp -a "$tmp/am" "$tmp/upgrade"
"$copy/scripts/apply" "$tmp/upgrade" >"$tmp/log" 2>&1 || true
is "replaces an edition of the history that left no record" "1 1" \
	"$(grep -c 'it had' "$tmp/log") $(grep -c 'of the next edition' "$tmp/upgrade/mm/kasan/page_shadow_torture.c")"
"$copy/scripts/apply" --undo "$tmp/upgrade" >/dev/null 2>&1 || true
same "and takes it out again" "$tmp/pristine" "$tmp/upgrade"
rm -rf "$copy/.git"
refuses "refuses an edition that is in no history" "$tmp/am" "no history here" "" "$copy"

# --- what patches/ can say, in the copy

# said NAME TEXT [SERIES...]: scripts/series of the copy fails with TEXT
said() {
	local message
	if message=$(VERSION=$version "$copy/scripts/series" --plain -o "$tmp/again" 2>&1); then
		not_ok "$1" "it is taken"
	else
		is "$1" "$2" "$(grep -oF "$2" <<<"$message" || echo "$message")"
	fi
}
reset() {
	rm -rf "$copy"
	mkdir "$copy"
	cp -r "$ROOT"/{scripts,patches,linux} "$copy"
}
# A file that grows: a patch at the end of core adds a line to it.
reset
core=$copy/patches/$newest/core
file=$(awk '!/^#/ && NF { print $2; exit }' "$core/adds")
cp "$copy/linux/$file" "$tmp/short"
sed -i '1a\
/* grown */' "$copy/linux/$file"
{
	printf 'kasan: grow\n\nA line more.\n\n'
	diff -u --label "a/$file" --label "b/$file" "$tmp/short" "$copy/linux/$file" || :
} >"$core/9000-grow.patch"
echo 9000-grow.patch >>"$core/series"
VERSION=$version "$copy/scripts/series" --plain -o "$tmp/again" >/dev/null
grown=$(printf '%s\n' "$tmp/again/core"/*-kasan-grow.patch)
rm -rf "$tmp/core"
small core
cat "$tmp/again/core"/*.patch | patch -s -d "$tmp/core" -p1 -F0
same "a file that grows is whole in the end" "$copy/linux/$file" "$tmp/core/$file"
patch -s -R -d "$tmp/core" -p1 -F0 <"$grown"
same "and before that, as the first patch adds it" "$tmp/short" "$tmp/core/$file"
sed -i 's/grown/changed/' "$copy/linux/$file"
said "a diff that is not in linux/ is refused" "its diff of $file is not in linux/$file"

# The newest version is another: ours has only what differs.
reset
sed -i '/until/d' "$copy/patches/$version"/*/series 2>/dev/null || true
rm -f "$copy/patches/$version"/*/backport-*.patch
VERSION=$version "$copy/scripts/series" --plain -o "$tmp/plain" >/dev/null
if [[ $version == "$newest" ]]; then
	mv "$copy/patches/$version" "$copy/patches/9.9"
	mkdir "$copy/patches/$version"
	sed "s/^\(first\|tested\) $version/\1 9.9/" "$ROOT/patches/$version/versions" >"$copy/patches/9.9/versions"
	cp "$ROOT/patches/$version/versions" "$copy/patches/$version"
	newest=9.9
	VERSION=$version "$copy/scripts/series" --plain -o "$tmp/again" >/dev/null
	same "an older version that does not differ" "$tmp/plain" "$tmp/again"
fi
core=$copy/patches/$newest/core
mkdir -p "$copy/patches/$version/core"
# A patch of it that changes two files, of which one is added, and its diff of the other
name=$(awk '!/^#/ && NF { print $1; exit }' "$core/adds")
own=$copy/patches/$version/core/$name
other=$(sed -n 's|^+++ b/||p' "$core/$name" | head -n 1)
{
	printf -- '--- a/%s\n+++ b/%s\n' "$other" "$other"
	sed '1a\
/* of the older version */' "$copy/linux/$file" | diff -u --label "a/$file" --label "b/$file" "$copy/linux/$file" - || :
} >"$own"
VERSION=$version "$copy/scripts/series" --plain -o "$tmp/again" >/dev/null
is "an older version: a diff of one file, and none of another" \
	"$(for f in "$tmp/plain/core"/0*.patch; do echo "$(sed -n '/^Subject/p' "$f") $(touched "$f" | paste -sd ' ') "; done |
		sed "/$(head -n 1 "$core/$name")/s| $other | |") 1" \
	"$(for f in "$tmp/again/core"/0*.patch; do echo "$(sed -n '/^Subject/p' "$f") $(touched "$f" | paste -sd ' ') "; done
	) $(cat "$tmp/again/core"/*.patch | grep -c '^+/. of the older version')"
printf 'kasan: of its own\n\nAnother message.\n\n' | cat - "$own" >"$tmp/own"
mv "$tmp/own" "$own"
VERSION=$version "$copy/scripts/series" --plain -o "$tmp/again" >/dev/null
is "an older version: a message of its own" 1 "$(cat "$tmp/again/core"/*.patch | grep -c '^Another message')"
# A backport, until a patch level
list=$copy/patches/$version/core/series
{ echo "backport.patch until $version.$first"; grep -v until "$core/series"; } >"$list"
printf 'mm: backport\n\nOf mainline.\n\n--- a/Makefile\n+++ b/Makefile\n@@ -1,1 +1,2 @@\n %s\n+# backport\n' \
	"$(head -n 1 "$pristine/Makefile")" >"$copy/patches/$version/core/backport.patch"
for n in $first $((first + 1)); do
	small "level-$n"
	sed -i "s/^SUBLEVEL = .*/SUBLEVEL = $n/" "$tmp/level-$n/Makefile"
	"$copy/scripts/series" --plain --base "$tmp/level-$n" -o "$tmp/again" >/dev/null
	{ grep -l 'mm: backport$' "$tmp/again/core"/*.patch || :; } | wc -l
done >"$tmp/log"
is "until: only up to that patch level" "1 0" "$(paste -sd ' ' "$tmp/log")"
sed -i 's/ until .*/ until 1.2.3/' "$list"
VERSION=$version "$copy/scripts/series" --plain -o "$tmp/again" >/dev/null
is "until: not for another kernel" 0 "$({ grep -l 'mm: backport$' "$tmp/again/core"/*.patch || :; } | wc -l)"
sed -i 's/ until .*/ until now/' "$list"
said "until: no patch level" "not '<patch>' or '<patch> until $version.n'"
sed -i 's/ until now//' "$list"
touch "$copy/patches/$version/core/forgotten.patch"
said "a patch that no series names" "forgotten.patch is there, but no series names it"
rm "$copy/patches/$version/core/forgotten.patch"
SERIES=none said "a series that there is not" "no series 'none'"

# --- conflicts

# The last existing file that the series changes, where no earlier success may
# stay behind, and its first hunk.
for f in "${files[@]}"; do
	[[ ! -f $pristine/$f ]] || victim=$f
done
# first_hunk FILE PATCH...: where and how long it is in FILE, as the patches say
first_hunk() {
	cat "${@:2}" | awk -v f="+++ b/$1" '
		at && /^@@ / { split($2, a, /[-,]/); print a[2], a[3]; exit }
		{ sub(/\t.*/, ""); at = ($0 == f) }'
}
read -r start length < <(first_hunk "$victim" "${patches[@]}")
series --plain -o "$tmp/plain" >/dev/null
mapfile -t plain < <(numbered "$tmp/plain")
read -r line _ < <(first_hunk "$victim" "${plain[@]}")

small conflict
sed -i "$start,$((start + length - 1))s/\$/ changed/" "$tmp/conflict/$victim"
refuses "refuses a conflict and names the place" "$tmp/conflict" "$victim hunk 1 (line $line)"
refuses "names what it was tested with" "$tmp/conflict" "the last Linux tested is $version."
# The first and the last are listed.
small conflicts
sed -i "$start,$((start + length - 1))s/\$/ changed/" "$tmp/conflicts/$victim"
early=$(touched "${patches[0]}" | head -n 1)
sed -i 's/$/ changed/' "$tmp/conflicts/$early"
before=$(sum "$tmp/conflicts")
status=0
listing=$("$ROOT/scripts/apply" --check "$tmp/conflicts" 2>/dev/null) || status=$?
is "--check lists all conflicts, and changes nothing" "1 1 1 $before" \
	"$status $(grep -c "$victim hunk 1 (line $line)" <<<"$listing") $(grep -c "0001-.*: $early hunk 1" <<<"$listing") $(sum "$tmp/conflicts")"
before=$(sum "$tmp/pristine")
message=$("$ROOT/scripts/apply" --check "$tmp/pristine" 2>&1) || true
is "--check where there are none" "1 $before" "$(grep -c "all ${#patches[@]} patches" <<<"$message") $(sum "$tmp/pristine")"
small absent
rm "$tmp/absent/$victim"
refuses "refuses a tree without a file it changes" "$tmp/absent" "$victim is missing"
small taken
taken=$(created "${patches[@]}" | grep -vxm1 mm/kasan/page_shadow.c || :)
if [[ $taken ]]; then
	mkdir -p "$tmp/taken/$(dirname "$taken")"
	echo taken >"$tmp/taken/$taken"
	refuses "refuses a tree with a file it adds" "$tmp/taken" "$taken is there already"
fi

# Root may write anywhere, unless that right is taken from it.
mortal=(env)
((EUID)) || mortal=(setpriv "--bounding-set=-dac_override,-dac_read_search")
small readonly
chmod a-w "$tmp/readonly/$(dirname "$victim")"
refuses "refuses a read-only directory" "$tmp/readonly" "not writable: $tmp/readonly/$(dirname "$victim")" "${mortal[@]}"

# A signal between the first and the last rename: mv stands still at the victim.
slow_mv() {
	mkdir "$tmp/bin"
	printf '%s\n' '#!/bin/bash' \
		"case \$2 in */new/$victim) touch '$tmp/reached'; sleep 60 ;; esac" \
		'exec /bin/mv "$@"' >"$tmp/bin/mv"
	chmod +x "$tmp/bin/mv"
}
slow_mv
# interrupted SIGNAL [OPTION]: start scripts/apply on $tmp/SIGNAL, signal it half way
interrupted() {
	local pid i
	rm -f "$tmp/reached"
	PATH=$tmp/bin:$PATH setsid "$ROOT/scripts/apply" "${@:2}" "$tmp/$1" >/dev/null 2>&1 &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		[[ ! -e $tmp/reached ]] || break
		sleep 0.1
	done
	[[ -e $tmp/reached ]] || return 1
	command kill -s "$1" -- "-$pid"
	wait "$pid" 2>/dev/null || :
}
small TERM
if ! interrupted TERM; then
	not_ok "undoes on a signal" "never came to renaming $victim"
else
	same "undoes on a signal" "$tmp/pristine" "$tmp/TERM"
fi
cp -a "$tmp/apply" "$tmp/HUP"
if ! interrupted HUP --undo; then
	not_ok "--undo: undoes on a signal" "never came to renaming $victim"
else
	same "--undo: undoes on a signal" "$tmp/apply" "$tmp/HUP"
fi
small KILL
if ! interrupted KILL; then
	not_ok "undoes a killed run, then applies" "never came to renaming $victim"
elif message=$("$ROOT/scripts/apply" "$tmp/KILL" 2>&1) && [[ $message == *"undoing"* ]]; then
	same "undoes a killed run, then applies" "$tmp/apply" "$tmp/KILL"
else
	not_ok "undoes a killed run, then applies" "$message"
fi

# Lines moved by changes elsewhere are no conflict.
small moved
for f in "${files[@]}"; do
	[[ ! -f $tmp/moved/$f ]] || sed -i '1i\
/* a line */\
/* of another */\
/* patch */' "$tmp/moved/$f"
done
if message=$("$ROOT/scripts/apply" "$tmp/moved" 2>&1); then
	for f in "${files[@]}"; do
		[[ ! -f $pristine/$f ]] || sed -i 1,3d "$tmp/moved/$f"
	done
	rm "$tmp/moved/.kasan-page-shadow.patch"	# its line numbers are others
	same "applies where lines have moved" "$tmp/applied" "$tmp/moved"
else
	not_ok "applies where lines have moved" "$message"
fi

((failures == 0)) || die "$failures failed"
