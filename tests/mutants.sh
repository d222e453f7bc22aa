# shellcheck shell=bash disable=SC2154 # $out and $here are of those that source this
# Sourced by the tests that compile a file of the kernel in user space: their verdicts, and the
# faults that they must find.

passed=0 failed=0
ok() {
	echo "ok $1 ($2)"
	passed=$((passed + 1))
}
not_ok() {
	echo "not ok $1: $2"
	failed=$((failed + 1))
}

# mutants FILE ARGUMENT...: each fault of the list $here/mutants, a name and what sed does, is put
# into a copy of $out/real/FILE. What 'build FOLDER' makes of that, FOLDER/test, must find it when
# it is run with these arguments.
mutants() {
	local name script found file=$1
	shift
	while read -r name script; do
		[[ $name && $name != "#"* ]] || continue
		sed "$script" "$out/real/$file" >"$out/mutant/$file"
		if diff -q "$out/real/$file" "$out/mutant/$file" >"$out/log"; then
			not_ok "mutant-$name" "it changes nothing"
		elif ! build "$out/mutant" 2>"$out/log"; then
			not_ok "mutant-$name" "it does not compile: $(head -n 1 "$out/log")"
		elif timeout 60 "$out/mutant/test" "$@" >"$out/log" 2>&1; then
			not_ok "mutant-$name" "it survived"
		else
			found=$(grep -m 1 '^not ok' "$out/log") || found='it crashed'
			found=${found#not ok}
			found=${found#:}
			ok "mutant-$name" "${found# }"
		fi
	done <"$here/mutants"
}
