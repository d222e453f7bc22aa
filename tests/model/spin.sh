#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Check the model of page shadow with spin, and that it finds faults.
set -euo pipefail

usage() {
	cat <<'EOF'
usage: tests/model/spin.sh [NAME...]

Searches all states of tests/model/page_shadow.pml for one CPU, and, mostly with two, with
each of the faults that the model knows, which has to be found. Prints
'ok NAME (figures)' or 'not ok NAME: why' for each, and 'N passed, N failed' in the
end.

  NAME   only these: cpus1, a fault such as ONE_STEP, or cpus2, all states of two CPUs, which
         are more than 5 GB hold, and is only run if it is named
EOF
}

die() {
	echo "spin.sh: $1" >&2
	exit 2
}

model=$(cd "$(dirname "$0")" && pwd)/page_shadow.pml
# NAME, options of the model, and the invariant that a fault breaks.
runs='cpus1             -DCPUS=1 -DSLABS=2
cpus2             -DCPUS=2 -DSLABS=1
NO_SECOND_LOOK    -DCPUS=2 -DSLABS=1 I1
NO_LOCAL_FLUSH    -DCPUS=1 -DSLABS=1 I3
FREE_BEFORE_FLUSH -DCPUS=2 -DSLABS=1 I2
ONE_STEP          -DCPUS=2 -DSLABS=1 I2
CLEAR_LATE        -DCPUS=2 -DSLABS=1 I3
NO_OWN_FLUSH      -DCPUS=2 -DSLABS=1 I3
RETIRE_PINNED     -DCPUS=2 -DSLABS=1 I4
PIN_UNFLUSHED     -DCPUS=2 -DSLABS=1 I3
SET_IRQS_ON       -DCPUS=2 -DSLABS=1 I2
NOT_MARKED        -DCPUS=2 -DSLABS=1 I1
MARK_KEPT         -DCPUS=2 -DSLABS=1 I1
INHERIT           -DCPUS=2 -DSLABS=1 I3
THIS_FLUSH        -DCPUS=2 -DSLABS=1 I3
NOT_MENDED        -DCPUS=2 -DSLABS=1 I3
NOT_HELD          -DCPUS=2 -DSLABS=1 I3
GIVEN_UP_PASSED   -DCPUS=2 -DSLABS=1 I3
NOT_ACCESSED      -DCPUS=2 -DSLABS=1 I3'

for arg; do
	case $arg in
	-h | --help) usage; exit ;;
	*) grep -q "^$arg " <<<"$runs" || die "no run '$arg' (see --help)" ;;
	esac
done
# shellcheck disable=SC2046 # names are words
(($#)) || set -- $(awk '$1 != "cpus2" { print $1 }' <<<"$runs")
for tool in spin gcc; do
	command -v $tool >/dev/null || die "$tool is not installed"
done

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
cd "$tmp"

# search depth|breadth OPTION...: what pan says is in the file log. Breadth first
# finds the shortest way to a fault, depth first is faster if there is none.
search() {
	local flags=(-O2 -w -DSAFETY -DCOLLAPSE -DMEMLIM=5000)
	[[ $1 == depth ]] || flags+=(-DBFS)
	shift
	rm -f ./*.trail
	{ spin -a "$@" "$model" && gcc "${flags[@]}" -o pan pan.c; } >log 2>&1 &&
		./pan -m5000000 -w25 -n >log 2>&1
}

# broken OPTION...: the invariant whose assertion the trail ends at
broken() {
	local line
	line=$(spin -k ./*.trail "$@" "$model" | sed -n 's/^spin: [^ ]*:\([0-9]*\), Error: .*/\1/p')
	[[ ! $line ]] || sed -n "$line s/.*assert.*\/\* \(I[0-9]\).*/\1/p" "$model"
}

cut='too small|MEMLIM|out of memory|truncated'	# the search is not complete
passed=0 failed=0
ok() { echo "ok spin-$1 ($2)"; passed=$((passed + 1)); }
not_ok() { echo "not ok spin-$1: $2"; failed=$((failed + 1)); }

while read -r name cpus slabs invariant; do
	[[ $# == 0 || " $* " == *" $name "* ]] || continue
	options=("$cpus" "$slabs")
	if [[ $invariant ]]; then
		options+=("-DMUTANT=$name")
		search breadth "${options[@]}" || true
	else
		options+=(-DMUTANT=0)
		search "$([[ $name == cpus1 ]] && echo depth || echo breadth)" "${options[@]}" || true
	fi
	states=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' log)
	depth=$(sed -n 's/.*depth reached \([0-9]*\), errors.*/\1/p' log)
	figures="$states states, depth $depth"
	if ! grep -q '^State-vector' log; then
		not_ok "$name" "no search: $(grep -m 1 -iE 'error|pan' log || tail -n 1 log)"
	elif [[ $invariant ]]; then
		found=$(broken "${options[@]}")
		if [[ $found == "$invariant" ]]; then
			ok "mutant-$name" "found: breaks $found, $figures"
		else
			not_ok "mutant-$name" "${found:-nothing} found instead of $invariant, $figures"
		fi
	elif grep -q 'errors: 0$' log && ! grep -qE "$cut" log; then
		ok "$name" "$figures"
	else
		not_ok "$name" "$(grep -m 1 -E "violated|invalid end state \(|$cut" log), $figures"
		if ! grep -qE "$cut" log; then
			search breadth "${options[@]}" || true
			spin -k ./*.trail -p "${options[@]}" "$model" | sed 's/^/    /' >&2
		fi
	fi
done <<<"$runs"
echo "$passed passed, $failed failed"
((failed == 0))
