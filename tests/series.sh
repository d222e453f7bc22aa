#!/bin/bash
# Test the patch series as files: complete, clean, and all or nothing on a tree.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

usage() {
	cat <<'END'
usage: tests/series.sh

Checks that the series applies with git am, patch and scripts/apply to the
same result, that checkpatch.pl --strict finds nothing in it, and that
scripts/apply leaves a tree that it refuses as it was. Prints 'ok NAME' or
'not ok NAME: why' for each test; fails when one did.
END
}

case ${1-} in
-h | --help) usage; exit ;;
'') ;;
*) die "unknown argument: $1 (see --help)" ;;
esac

version=6.12
pristine=$("$ROOT/scripts/tree" --pristine)
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
	local before after message name=$1 tree=$2 text=$3
	before=$([[ ! -d $tree ]] || sum "$tree")
	if message=$("${@:4}" "$ROOT/scripts/apply" "$tree" 2>&1); then
		not_ok "$name" "applied"
		return
	fi
	after=$([[ ! -d $tree ]] || sum "$tree")
	if [[ $message != *"$text"* || $message == *$'\n'* ]]; then
		not_ok "$name" "says '$message' instead of one line with '$text'"
	elif [[ $before != "$after" ]]; then
		not_ok "$name" "the tree was changed"
	else
		ok "$name"
	fi
}

# The series, and the files it needs of a tree.
export GIT_AUTHOR_NAME=Author GIT_AUTHOR_EMAIL=author@example.org
"$ROOT/scripts/series" --signoff -o "$tmp/series" >"$tmp/said"
mapfile -t patches < <(numbered "$tmp/series")
mapfile -t files < <(touched "${patches[@]}")
mkdir "$tmp/pristine"
for f in Makefile mm/kasan/kasan.h "${files[@]}"; do
	[[ -f $pristine/$f ]] || continue
	mkdir -p "$tmp/pristine/$(dirname "$f")"
	cp -a "$pristine/$f" "$tmp/pristine/$f"
done

# The series: the same bytes each time, in the order asked for.
"$ROOT/scripts/series" --signoff -o "$tmp/again" >/dev/null
same "series is reproducible" "$tmp/series" "$tmp/again"
(cd "$tmp" && rm -r again && "$ROOT/scripts/series" --signoff -o again >/dev/null) || true
same "series -o takes a relative path" "$tmp/series" "$tmp/again"

# Who signs is who says so; nobody else is named.
"$ROOT/scripts/series" -o "$tmp/again" >/dev/null
if signed=$(grep -h '^Signed-off-by: ' "$tmp/again"/*); then
	not_ok "nobody signs unasked" "$(head -n 1 <<<"$signed")"
else
	ok "nobody signs unasked"
fi
signed=$(grep -h -e '^Signed-off-by: ' -e '^From: ' "$tmp/series"/* | sort | uniq -c | sed 's/^ *//')
if [[ $signed == "$((${#patches[@]} + 1)) From: Author <author@example.org>
${#patches[@]} Signed-off-by: Author <author@example.org>" ]]; then
	ok "series --signoff signs each patch"
else
	not_ok "series --signoff signs each patch" "$(tr '\n' ' ' <<<"$signed")"
fi
if message=$(env -u GIT_AUTHOR_NAME -u GIT_AUTHOR_EMAIL -u EMAIL HOME="$tmp" XDG_CONFIG_HOME="$tmp" \
	XDG_CACHE_HOME="${CACHE%/*}" GIT_CONFIG_NOSYSTEM=1 "$ROOT/scripts/series" -o "$tmp/again" 2>&1); then
	not_ok "series asks who it is from" "it does not"
elif [[ $message == *"whom are the patches from?"* ]]; then
	ok "series asks who it is from"
else
	not_ok "series asks who it is from" "$message"
fi

wanted=$(awk '{ sub(/#.*/, "") } NF { print $1 }' "$ROOT/patches/$version/series" |
	while read -r p; do head -n 1 "$ROOT/patches/$version/$p"; done)
got=$(sed -n 's/^Subject: \[PATCH [0-9]*\/[0-9]*\] //p' "${patches[@]}")
if [[ $wanted == "$got" ]]; then
	ok "series keeps the order"
else
	not_ok "series keeps the order" "$(diff <(echo "$wanted") <(echo "$got") | sed -n 2p)"
fi

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

small patch
if message=$(cat "${patches[@]}" | patch -d "$tmp/patch" -p1 -F0 -f --no-backup-if-mismatch); then
	same "patch -p1 gives what apply gives" "$tmp/apply" "$tmp/patch"
else
	not_ok "patch -p1 gives what apply gives" "$(grep -m1 -i fail <<<"$message")"
fi

# The line that scripts/series prints, as a shell takes it.
line=$(tail -n 1 "$tmp/said")
if [[ $line != "git am -3 "* ]]; then
	not_ok "series prints what to do" "it prints '$line'"
fi
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
if message=$(cd "$tmp/am" && bash -c "$line" 2>&1); then
	subjects=$(git -C "$tmp/am" log --reverse --format=%s "HEAD~${#patches[@]}..")
	rm -rf "$tmp/am/.git"
	same "the printed git am gives what apply gives" "$tmp/apply" "$tmp/am"
	if [[ $subjects == "$wanted" ]]; then
		ok "git am takes all patches, with their subjects"
	else
		not_ok "git am takes all patches, with their subjects" \
			"$(diff <(echo "$wanted") <(echo "$subjects") | sed -n 2p)"
	fi
else
	not_ok "the printed git am gives what apply gives" "$(grep -m1 -iE 'error|fail|empty' <<<"$message")"
fi

# What a three-way merge is for: a line that a patch only quotes is another one.
quoted=mm/kasan/quarantine.c
read -r start < <(cat "${patches[@]}" | awk -v f="+++ b/$quoted" '
	at && /^@@/ { sub(/^-/, "", $2); sub(/,.*/, "", $2); print $2; exit }
	{ sub(/\t.*/, ""); at = at || $0 == f }')
small merge
repository merge
sed -i "${start}s/\$/ \/* changed *\//" "$tmp/merge/$quoted"
git -C "$tmp/merge" commit -qam changed
if (cd "$tmp/merge" && git am "$tmp"/series/*.patch) >/dev/null 2>&1; then
	not_ok "git am -3 merges" "there is nothing to merge: $quoted, line $start"
elif (cd "$tmp/merge" && git am --abort && bash -c "$line") >"$tmp/log" 2>&1; then
	sed -i 's/ \/\* changed \*\///' "$tmp/merge/$quoted"
	rm -rf "$tmp/merge/.git"
	same "git am -3 merges" "$tmp/apply" "$tmp/merge"
else
	not_ok "git am -3 merges" "$(grep -m1 -iE 'error|fail|sha1' "$tmp/log")"
fi

# Of a git tree, the commit is named.
small based
repository based
head=$(git -C "$tmp/based" rev-parse HEAD)
"$ROOT/scripts/series" --base "$tmp/based" -o "$tmp/again" >/dev/null
if [[ $(grep -l "^base-commit: $head\$" "$tmp/again"/* | sed 's|.*/||' | tr '\n' ' ') == "0000-cover-letter.txt 0001-"*" " ]]; then
	ok "series names the base-commit"
else
	not_ok "series names the base-commit" "$head is not in cover letter and first patch"
fi
echo >>"$tmp/based/$quoted"
if message=$("$ROOT/scripts/series" --base "$tmp/based" -o "$tmp/again" 2>&1) ||
	[[ $message != *"not as in its HEAD"* ]]; then
	not_ok "series refuses a base with other files" "$message"
else
	ok "series refuses a base with other files"
fi

# checkpatch of the kernel the series is for. It asks of each file that is added whether
# MAINTAINERS needs updating, which is answered below.
for p in "${patches[@]}"; do
	name="checkpatch ${p##*/}"
	if found=$("$pristine/scripts/checkpatch.pl" --root="$pristine" --no-tree --strict \
		--ignore FILE_PATH_CHANGES --terse --no-summary --color=never "$p" 2>&1) && [[ ! $found ]]; then
		ok "$name"
	else
		not_ok "$name" "$(head -n 1 <<<"${found#"$tmp/series/"}") ($(wc -l <<<"$found") in all)"
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
refuses "refuses a file" "$tmp/series/0000-cover-letter.txt" "not a directory"
mkdir "$tmp/empty"
refuses "refuses a directory without Makefile" "$tmp/empty" "$tmp/empty/Makefile is missing"
mkdir "$tmp/other"
printf 'all:\n' >"$tmp/other/Makefile"
refuses "refuses another Makefile" "$tmp/other" "has no VERSION"
small nokasan
rm "$tmp/nokasan/mm/kasan/kasan.h"
refuses "refuses a tree without KASAN" "$tmp/nokasan" "mm/kasan/kasan.h is missing"
small old
sed -i 's/^PATCHLEVEL = .*/PATCHLEVEL = 6/' "$tmp/old/Makefile"
refuses "refuses another version" "$tmp/old" "is Linux 6.6."
first=$(sed -n 's/^first 6\.12\.//p' "$ROOT/patches/$version/versions")
small before
sed -i "s/^SUBLEVEL = .*/SUBLEVEL = $((first - 1))/" "$tmp/before/Makefile"
refuses "refuses a version before the first" "$tmp/before" "the series needs 6.12.$first or later"
small first
sed -i "s/^SUBLEVEL = .*/SUBLEVEL = $first/" "$tmp/first/Makefile"
if message=$("$ROOT/scripts/apply" "$tmp/first" 2>&1); then
	ok "applies to the first version"
else
	not_ok "applies to the first version" "$message"
fi
refuses "refuses a patched tree" "$tmp/apply" "already patched"

# The last existing file that the series changes, where no earlier success may
# stay behind, and its first hunk.
for f in "${files[@]}"; do
	[[ ! -f $pristine/$f ]] || victim=$f
done
read -r start length < <(cat "${patches[@]}" | awk -v f="+++ b/$victim" '
	at && /^@@ / { split($2, a, /[-,]/); print a[2], a[3]; exit }
	{ sub(/\t.*/, ""); at = ($0 == f) }')

small conflict
sed -i "$start,$((start + length - 1))s/\$/ changed/" "$tmp/conflict/$victim"
refuses "refuses a conflict and names the place" "$tmp/conflict" "$victim hunk 1 (line $start)"
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
# interrupted SIGNAL: start scripts/apply on $tmp/SIGNAL, signal it half way
interrupted() {
	local pid i
	rm -f "$tmp/reached"
	PATH=$tmp/bin:$PATH setsid "$ROOT/scripts/apply" "$tmp/$1" >/dev/null 2>&1 &
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
	same "applies where lines have moved" "$tmp/apply" "$tmp/moved"
else
	not_ok "applies where lines have moved" "$message"
fi

((failures == 0)) || die "$failures failed"
