# shellcheck shell=bash
# Sourced by the scripts: where things are, and how they speak.

# shellcheck disable=SC2034 # used by the scripts that source this
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Five of the scripts are called run.
SELF=$(cd "$(dirname "$0")" && pwd)/${0##*/}
SELF=${SELF#"$ROOT/"}

# Scripts change folders, and call others: relative paths are those of the first.
for v in XDG_CACHE_HOME TMPDIR BUSYBOX; do
	[[ ! ${!v-} || ${!v} == /* ]] || export "$v=$PWD/${!v}"
done
unset v
if [[ ! ${HOME-} ]]; then
	unset HOME	# then ~ is from the list of users
	export HOME=~
fi
# shellcheck disable=SC2034
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/kasan-page-shadow

# A script called by another goes on with its caller's clock.
export STEP_START=${STEP_START:-$EPOCHSECONDS}

die() {
	printf '%s: %s\n' "$SELF" "$*" >&2
	exit "${DIE_STATUS:-1}"
}

# build_kbench BUILD DIR: the module kbench.ko of guest/, in DIR, for the kernel in BUILD; kbuild
# writes beside the sources. What it says is in DIR.log.
build_kbench() {
	mkdir -p "$2"
	cp -u "$ROOT/guest/kbench.c" "$2"
	echo 'obj-m := kbench.o' >"$2/Kbuild"
	make -s -C "$1/source" O="$1" ARCH="$ARCH" M="$2" modules >"$2.log" 2>&1
}

# own DIR: make DIR, and let no other run of a script have it while this one runs
own() {
	local lock
	mkdir -p "$1"
	exec {lock}>"$1.lock"
	flock -n "$lock" || die "another $SELF is at work in ${1#"$ROOT/"}: wait for it, or end it"
}

# is NAME WANTED GOT: a verdict of a test, whether both are the same; counts in $failures
is() {
	if [[ $3 == "$2" ]]; then
		echo "ok $1"
	else
		printf 'not ok %s: it is %q instead of %q\n' "$1" "${3:0:400}" "${2:0:400}"
		failures=$((failures + 1))
	fi
}

# versions: those of Linux that the series are for, the newest last
versions() {
	(cd "$ROOT/patches" && printf '%s\n' */versions) | sed 's|/.*||' | sort -V
}

# newest: the newest of them that has patches
newest() {
	(cd "$ROOT/patches" && printf '%s\n' */core) | sed 's|/.*||' | sort -V | tail -n 1
}

# fact VERSION NAME: what patches/VERSION/versions says of it; nothing if it does not
fact() {
	sed -n "s/^$2 //p" "$ROOT/patches/$1/versions"
}

# set_arch ARCH: what depends on the architecture of the kernels and guests. Debian's
# programs for the guest are in $SYSROOT: where scripts/deps puts them, or for the
# host's own architecture its root folder. $OUT is where results go.
set_arch() {
	local machine
	case $1 in
	x86_64) machine=x86_64 IMAGE=arch/x86/boot/bzImage ;;
	arm64) machine=aarch64 IMAGE=arch/arm64/boot/Image ;;
	*) return 1 ;;
	esac
	export ARCH=$1 CROSS_COMPILE=''
	SYSROOT=''
	# shellcheck disable=SC2034
	OUT=$ROOT/out
	[[ $VERSION == 6.12 ]] || OUT+=/$VERSION
	[[ $1 == x86_64 ]] || OUT+=/$1
	if [[ $machine != "$(uname -m)" ]]; then
		SYSROOT=$CACHE/sysroot-$1 CROSS_COMPILE=$machine-linux-gnu-
	fi
}

# guest_program NAME: its path
guest_program() {
	PATH=$SYSROOT/usr/bin:$SYSROOT/bin type -P "$1"
}

# compile NAME FILE: guest/NAME.c as FILE, a program for the guest
compile() {
	"${CROSS_COMPILE}gcc" -O2 -s -static -Wall -Wextra -Werror "$ROOT/guest/$1.c" -o "$2"
}

# elapsed: the time since the start as mm:ss
elapsed() {
	local t=$((EPOCHSECONDS - STEP_START))
	printf '%02d:%02d' $((t / 60)) $((t % 60))
}

step() {
	printf '[%s] %s\n' "$(elapsed)" "$*" >&2
}

# need_space DIR MIB WHAT: DIR's filesystem has MIB MiB free for WHAT
need_space() {
	local free
	free=$(df --output=avail -m "$1" | tail -n 1)
	((free >= $2)) || die "$3 needs $2 MiB in $1, which has ${free// /} MiB free"
}

# least LOW HIGH STEP COMMAND...: the least number, to STEP, with which COMMAND NUMBER
# succeeds, as it does with HIGH and does not with LOW
least() {
	local low=$1 high=$2 step=$3 try
	shift 3
	while ((high - low > step)); do
		try=$(((low + high) / 2 / step * step))
		if "$@" "$try" >&2; then
			high=$try
		else
			low=$try
		fi
	done
	echo "$high"
}

# turn s|x FILE COMMAND...: COMMAND beside others of FILE (s), or alone (x). Who waits to be
# alone stands in the gate, so that no others come in.
turn() {
	local gate lock status=0
	exec {gate}>>"$2.gate" {lock}>>"$2"
	flock "$gate"
	flock "-$1" "$lock"
	exec {gate}>&-
	"${@:3}" || status=$?
	exec {lock}>&-
	return $status
}

# patient FILE COMMAND...: COMMAND boots a guest with a limit of time, and ends with status
# 124 if it did not end by then. That may be the fault of others that run so: it is then run
# again without them. If it is 124 in the end, the guest timed out, which is not "failed".
patient() {
	local status=0
	turn s "$@" || status=$?
	((status == 124)) || return $status
	step "timed out, once more alone: ${*:3:1}"
	turn x "$@"
}

# numbered DIR: the mailable patches in DIR, in order, series by series
numbered() {
	local s
	while read -r s; do
		[[ ! -d $1/$s ]] || find "$1/$s" -maxdepth 1 -name '[0-9][0-9][0-9][0-9]-*.patch' | sort
	done < <(awk '{ sub(/#.*/, "") } NF { print $1 }' "$ROOT/patches/order")
}

# linux_version TREE: that of its Makefile, such as 6.12.117; nothing if it has none
linux_version() {
	awk -F '[ \t]*=[ \t]*' '
		$1 == "VERSION" { v = $2 } $1 == "PATCHLEVEL" { p = $2 } $1 == "SUBLEVEL" { s = $2 }
		END { if (v != "" && p != "") print v "." p "." s }' "$1/Makefile"
}

# fragments NAME...: of each, configs/NAME.config, and those for this ARCH and VERSION if there are any
fragments() {
	local name f
	for name; do
		for f in "$ROOT/configs/$name"{,-"$ARCH",-"$VERSION"}.config; do
			[[ ! -f $f ]] || echo "$f"
		done
	done
}

# touched PATCH...: the files the patches change or add
touched() {
	sed -n 's|^+++ b/\([^\t]*\).*|\1|p' "$@" | sort -u
}

# created PATCH...: the files the patches add
created() {
	awk '/^\+\+\+ b\// && last ~ /^--- \/dev\/null/ {
		sub(/^\+\+\+ b\//, ""); sub(/\t.*/, ""); print
	} { last = $0 }' "$@" | sort -u
}

# ktap LOG: what KUnit printed on a console after the mark that our guests set
ktap() {
	tr -d '\r' <"$1" | sed -n '/summary: KUnit/,$p'
}

# kunit_passed BASE: writes the cases of KUnit that passed by BASE.log to BASE.pass, and
# what the kernel's own parser says to BASE.json and BASE.txt; wants an absolute path
kunit_passed() {
	local tree
	tree=$("$ROOT/scripts/tree" --pristine)
	ktap "$1.log" | "$tree/tools/testing/kunit/kunit.py" parse --json="$1.json" >"$1.txt" 2>&1 || true
	python3 -c '
import json, sys
def cases(group):
    for case in group.get("test_cases", []):
        if case["status"] == "PASS":
            print(case["name"])
    for sub in group.get("sub_groups", []):
        cases(sub)
cases(json.load(open(sys.argv[1])))' "$1.json" | sort >"$1.pass" || true
}

# marked PAGE MARK: PAGE, such as README.md, has the two markers between which a table goes
marked() {
	[[ $(grep -x -e "<!-- $2 -->" -e "<!-- /$2 -->" "$ROOT/$1") == "<!-- $2 -->"$'\n'"<!-- /$2 -->" ]] ||
		die "$1 has no markers <!-- $2 --> and <!-- /$2 -->, each on a line"
}

# What KUnit's suites need, whatever the kernel's defaults are: they run, no report is dropped
# where the console lags behind, as from 7.3 on, and KFENCE takes no object that KASAN is to see.
# shellcheck disable=SC2034 # used by tests
KUNIT_PARAMS='log_buf_len=4M kunit.enable=1 kunit.autorun=1 kfence.sample_interval=0'

# debian_archive: where this system has Debian's packages from
debian_archive() {
	local uri
	# shellcheck disable=SC2016 # the format is apt's
	uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
		'Label: Debian' | head -n 1)
	[[ $uri ]] || die "this system's package lists know no archive of Debian: apt-get update"
	echo "$uri"
}

# table HEAD|HEAD...: a table of the lines of the input, if any
table() {
	awk -F'\t' -v head="$1" '
	NR == 1 {
		n = split(head, h, "|")
		gsub(/\|/, " | ", head)
		print "| " head " |"
		for (i = 1; i <= n; i++)
			printf "|%s", i == 1 ? "---" : "--:"
		print "|"
	}
	{
		for (i = 1; i <= n; i++)
			printf "| %s ", $i == "-" ? "–" : $i
		print "|"
	}
	END { if (NR) print "" }'
}

# put_file FILE TARGET: no reader sees half of it, and nothing is left of one that was interrupted
put_file() (
	part=$(mktemp "$2.XXXXXX")
	trap 'rm -f "$part"' EXIT
	trap 'exit 130' INT TERM HUP
	cat "$1" >"$part"
	chmod 644 "$part"
	mv "$part" "$2"
)

# put_marked PAGE MARK FILE: put FILE between these markers
put_marked() {
	awk -v mark="$2" -v file="$3" '
		$0 == "<!-- " mark " -->" { print; print ""; while ((getline line < file) > 0) print line; skip = 1 }
		$0 == "<!-- /" mark " -->" { skip = 0 }
		!skip' "$ROOT/$1" >"$3.page"
	put_file "$3.page" "$ROOT/$1"
}

export VERSION=${VERSION:-6.12}
versions | grep -qxF -- "$VERSION" ||
	die "VERSION=$VERSION: $(versions | paste -s -d , | sed 's/,/ and /g') are known here"
set_arch "${ARCH:=x86_64}" || die "ARCH=$ARCH: x86_64 and arm64 are known here"
