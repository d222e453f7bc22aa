#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# See the report of bench/run as a browser shows it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

usage() {
	cat <<'END'
usage: tests/page.sh [PAGE.html]

Opens the page, or out/bench/report.html, in a headless Chromium, in windows 500 and 1280
pixels wide: neither may be too narrow for it, no picture may lack, and of what is written in
pictures, nothing may be cut off, or lie on something else. Prints 'ok NAME' or
'not ok NAME: why' for each; fails when one did. What it saw is out/page/WIDTH.png.

Environment: ARCH (x86_64) or arm64, and VERSION (6.12), whose report it is
END
}

case ${1-} in
-h | --help) usage; exit ;;
-*) die "unknown argument: $1 (see --help)" ;;
esac
(($# < 2)) || die "one page, not $# (see --help)"
page=${1:-$OUT/bench/report.html}
[[ -f $page ]] || die "no page $page: run bench/run first"

"$ROOT/scripts/deps" --with browser
out=$OUT/page
own "$out"
rm -rf "${out:?}"/*
{
	cat "$page"
	echo '<script>'
	cat "$ROOT/tests/page.js"
	echo '</script>'
} >"$out/page.html"

failed=0
for width in 500 1280; do
	step "$width pixels"
	# The sandbox of a browser is not for root, and the page is ours.
	timeout 120 chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$out/profile" \
		--window-size="$width,4000" --screenshot="$out/$width.png" --dump-dom "file://$out/page.html" \
		>"$out/$width.html" 2>"$out/$width.err" || die "chromium: $(tail -n 1 "$out/$width.err")"
	awk 'sub(/.*<pre id="faults">/, "") { on = 1 }
		on { on = !sub(/<\/pre>.*/, ""); print }' "$out/$width.html" >"$out/$width.faults"
	fault=$(head -n 1 "$out/$width.faults")
	if [[ $fault == none ]]; then
		echo "ok page $width"
	else
		echo "not ok page $width: ${fault:-no verdict}; see $out/$width.faults"
		failed=1
	fi
done
exit $failed
