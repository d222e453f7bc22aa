# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Sourced by the scripts that read and write patches/, after lib.sh: which series there
# are, and what they are for a version of the kernel. Documentation/hacking.md tells what
# the files mean.

# The series in order, and what each needs; the versions of the kernel, and the newest.
# shellcheck disable=SC2034 # used by the scripts that source this
{
	mapfile -t ORDER < <(awk '{ sub(/#.*/, "") } NF { print $1 }' "$ROOT/patches/order")
	mapfile -t VERSIONS < <(versions)
	NEWEST=$(newest)
}

# needs_of SERIES: what it applies on top of, in order; nothing if that is a kernel as it is
needs_of() {
	awk -v s="$1" '{ sub(/#.*/, "") } $1 == s { for (i = 2; i <= NF; i++) print $i }' "$ROOT/patches/order"
}

# choose LIST: sets WANTED to the series of LIST, with commas between, in order and with
# what they need. Without LIST, to all.
choose() {
	local s need extra=()
	local -A chosen=()
	IFS=', ' read -ra WANTED <<<"${1:-${ORDER[*]}}"
	for s in "${WANTED[@]}"; do
		[[ " ${ORDER[*]} " == *" $s "* ]] || die "no series '$s': there are ${ORDER[*]}"
		chosen[$s]=1
	done
	for s in "${WANTED[@]}"; do
		for need in $(needs_of "$s"); do
			[[ -v chosen[$need] ]] || extra+=("$need")
			chosen[$need]=1
		done
	done
	((${#extra[@]} == 0)) || echo "note: with $(printf '%s\n' "${extra[@]}" | sort -u | paste -sd ' '), which others need" >&2
	WANTED=()
	for s in "${ORDER[@]}"; do
		[[ ! -v chosen[$s] ]] || WANTED+=("$s")
	done
}

# version_of LINUX: the version among ours that a kernel such as 6.12.117 is of, if any
version_of() {
	local v
	for v in "${VERSIONS[@]}"; do
		[[ $1 != "$v".* ]] || echo "$v"
	done
}

# list_of VERSION SERIES [LINUX]: the names of its patches in order. With LINUX, less those
# that are not for it: until says which version they are for, and up to which patch level.
list_of() {
	local file=patches/$1/$2/series name until level more
	[[ -f $ROOT/$file ]] || file=patches/$NEWEST/$2/series
	[[ -f $ROOT/$file ]] || die "$file is missing"
	while read -r name until level more; do
		[[ $name && $name != '#'* ]] || continue
		[[ ! $until || ($until == until && $level =~ ^[0-9]+\.[0-9]+\.[0-9]+$ && ! $more) ]] ||
			die "$file: not '<patch>' or '<patch> until $1.n': $name $until $level $more"
		if [[ $until && ${3-} && ($level != "$1".* || ${level##*.} -lt ${3##*.}) ]]; then
			continue
		fi
		echo "$name"
	done <"$ROOT/$file"
}

# key FILE: its name as one of a part
key() {
	echo "${1//\//:}"
}

# split_patch PATCH DIR: writes its message to DIR/message, its diff of each file to DIR/diff:KEY,
# and the names of these files to DIR/files
split_patch() {
	local wrong
	mkdir -p "$2"
	wrong=$(awk -v dir="$2" '
		function wrong(what) { if (!bad++) print what; exit }
		BEGIN { printf "" > (dir "/message"); printf "" > (dir "/files") }
		old > 0 || new > 0 {
			c = substr($0, 1, 1)
			if (c == "-") old--
			else if (c == "+") new--
			else if (c == " " || c == "") { old--; new-- }
			else if (c != "\\") wrong("line " NR " is not of a hunk, but its length says so")
			print > out
			next
		}
		held != "" && /^\+\+\+ / {
			f = $0
			sub(/^\+\+\+ /, "", f)
			sub(/\t.*/, "", f)
			if (f == "/dev/null")
				wrong("deletes a file: not provided for")
			if (f !~ /^b\/./ || f ~ /[: ]/)
				wrong("line " NR ": not a file of a kernel: " f)
			f = substr(f, 3)
			if (f in seen)
				wrong("changes " f " twice")
			seen[f] = 1
			print f > (dir "/files")
			if (out) close(out)
			out = f
			gsub(/\//, ":", out)
			out = dir "/diff:" out
			sub(/\t.*/, "", held)
			print held > out
			print "+++ b/" f > out
			held = ""
			next
		}
		held != "" { if (out) wrong("line " NR - 1 " belongs to no diff"); print held > (dir "/message"); held = "" }
		/^--- / { held = $0; next }
		!out { print > (dir "/message"); next }
		/^@@ -[0-9]+(,[0-9]+)? \+[0-9]+(,[0-9]+)? @@/ {
			old = split($2, a, ",") > 1 ? a[2] : 1
			new = split($3, a, ",") > 1 ? a[2] : 1
			print > out
			next
		}
		/^\\/ { print > out; next }
		/^(diff |index |new file mode )/ || !NF { next }
		{ wrong("line " NR " belongs to no hunk: " $0) }
		END {
			if (!bad && held != "" && !out) print held > (dir "/message")
			if (!bad && (old > 0 || new > 0)) print "ends within a hunk"
		}' "$1")
	[[ ! $wrong ]] || die "${1#"$ROOT/"}: $wrong"
	sed -i -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$2/message"
}

# apply_part [OPTION...] DIFF FILE: apply the diff of one file to FILE, which it may make;
# exactly, but for line numbers
apply_part() {
	patch -s -f -F0 -r - --no-backup-if-mismatch "${@:1:$#-2}" "${@: -1}" <"${@: -2:1}" >/dev/null 2>&1
}

# added_by SERIES PATCH: the files of linux/ that it adds
added_by() {
	local adds=$ROOT/patches/$NEWEST/$1/adds
	[[ ! -f $adds ]] || awk -v p="$2" '$1 == p { print $2 }' "$adds"
}

# newest_form SERIES DIR: splits the newest version's patches of it to DIR/PATCH, and writes
# the files as each of them adds them to DIR/PATCH/new:KEY
newest_form() {
	local p q f k i names content
	mapfile -t names < <(list_of "$NEWEST" "$1")
	for p in "${names[@]}"; do
		[[ -f $ROOT/patches/$NEWEST/$1/$p ]] ||
			die "patches/$NEWEST/$1/$p is missing, but patches/$NEWEST/$1/series names it"
		[[ ! -e $2/$p ]] || die "patches/$NEWEST/$1/series names $p twice"
		split_patch "$ROOT/patches/$NEWEST/$1/$p" "$2/$p"
	done
	for ((i = 0; i < ${#names[@]}; i++)); do
		p=${names[i]}
		for f in $(added_by "$1" "$p"); do
			k=$(key "$f")
			content=$2/$p/new:$k
			[[ -s $ROOT/linux/$f ]] || die "patches/$NEWEST/$1/adds: linux/$f is missing or empty"
			[[ ! -e $2/$p/diff:$k ]] || die "patches/$NEWEST/$1/$p has a diff of $f, which it adds"
			cp "$ROOT/linux/$f" "$content"
			mapfile -t later < <(printf '%s\n' "${names[@]:i+1}" | tac)
			for q in "${later[@]}"; do
				[[ ! -e $2/$q/diff:$k ]] || apply_part -R "$2/$q/diff:$k" "$content" ||
					die "patches/$NEWEST/$1/$q: its diff of $f is not in linux/$f (or not the last one of its place)"
			done
			cp "$content" "$2/check"
			for q in "${names[@]:i+1}"; do
				[[ ! -e $2/$q/diff:$k ]] || apply_part "$2/$q/diff:$k" "$2/check" || break
			done
			cmp -s "$2/check" "$ROOT/linux/$f" || die "patches/$NEWEST/$1: the diffs of $f do not lead to linux/$f"
			rm "$2/check"
		done
	done
}

# form VERSION SERIES LINUX DIR: writes the series, for the kernel LINUX, of VERSION, to
# DIR/NNNN/{name,message,files,diff:KEY}. DIR/newest is that of newest_form.
form() {
	local p f k own dir n=0 from=patches/$1/$2
	newest_form "$2" "$4/newest"
	for p in "$ROOT/$from"/*.patch; do
		[[ ! -e $p ]] || grep -qxF "${p##*/}" < <(list_of "$1" "$2") ||
			die "$from/${p##*/} is there, but no series names it"
	done
	for p in $(list_of "$1" "$2" "$3"); do
		n=$((n + 1))
		dir=$4/$(printf %04d $n)
		own=$4/own/$p
		mkdir -p "$dir" "$own"
		echo "$p" >"$dir/name"
		if [[ -d $4/newest/$p ]]; then
			cp "$4/newest/$p"/* "$dir"
		elif [[ -f $ROOT/$from/$p ]]; then
			: >"$dir/message"
		else
			die "$from/$p is missing, but $from/series names it"
		fi
		if [[ $1 != "$NEWEST" && -f $ROOT/$from/$p ]]; then
			split_patch "$ROOT/$from/$p" "$own"
			[[ ! -s $own/message ]] || cp "$own/message" "$dir/message"
			while read -r f; do
				k=$(key "$f")
				if ! grep -q '^@@' "$own/diff:$k"; then
					rm -f "$dir/diff:$k" "$dir/new:$k"
				elif [[ -e $dir/new:$k ]]; then
					apply_part "$own/diff:$k" "$dir/new:$k" ||
						die "$from/$p: its diff of $f does not apply to what linux/$f is here"
				else
					cp "$own/diff:$k" "$dir/diff:$k"
				fi
			done <"$own/files"
		fi
		for k in "$dir"/new:*; do
			[[ -e $k ]] || continue
			f=${k##*/new:}
			diff -u --label /dev/null --label "b/${f//://}" /dev/null "$k" >"$dir/diff:$f" || :
			rm "$k"
		done
		find "$dir" -name 'diff:*' -printf '%f\n' | sed 's/^diff://; s|:|/|g' | sort >"$dir/files"
	done
	((n)) || die "patches/$1/$2/series names no patch"
}

# diff_of DIR: that of a patch as form writes it
diff_of() {
	local f
	while read -r f; do
		cat "$1/diff:$(key "$f")"
	done <"$1/files"
}

# slug PATCH: its name without number and ending
slug() {
	sed -E 's/^[0-9]{4}-//; s/\.patch$//' <<<"$1"
}

# kernel_git TREE REV: TREE is a git repository of Linux source. Sets linux and version to
# what REV is.
kernel_git() {
	local makefile
	[[ -d $1 ]] || die "no such directory: $1"
	[[ ! $(git -C "$1" rev-parse --show-prefix 2>/dev/null || echo none) ]] ||
		die "$1 is no git repository; to make it one, there: git init; git add -A; git commit -m Linux"
	git -C "$1" rev-parse -q --verify "$2^{commit}" >/dev/null || die "$1 has no commit $2"
	makefile=$(mktemp -d)
	git -C "$1" cat-file blob "$2:Makefile" >"$makefile/Makefile" 2>/dev/null || :
	linux=$(linux_version "$makefile")
	rm -r "$makefile"
	[[ $linux ]] || die "not Linux source: $1, $2"
	version=$(version_of "$linux")
	[[ $version ]] || die "$1 is Linux $linux, and there is no patches/${linux%.*}/versions (see Documentation/hacking.md)"
}
