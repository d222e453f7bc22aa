# SPDX-License-Identifier: GPL-2.0
# The report's Markdown (headings, paragraphs, lists, tables, images, `code`, links)
# as one HTML page. An image is replaced by the SVG of its name in the folder -v dir=.

function text(s,    out, i, part, n) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	n = split(s, part, "`")
	for (i = 1; i <= n; i++) {
		if (i % 2 == 0) {
			out = out "<code>" part[i] "</code>"
			continue
		}
		s = part[i]
		while (match(s, /\*\*[^*]+\*\*/))
			s = substr(s, 1, RSTART - 1) "<b>" substr(s, RSTART + 2, RLENGTH - 4) "</b>" \
				substr(s, RSTART + RLENGTH)
		while (match(s, /\[[^]]+\]\([^)]+\)/))
			s = substr(s, 1, RSTART - 1) link(substr(s, RSTART, RLENGTH)) substr(s, RSTART + RLENGTH)
		out = out s
	}
	return out
}

function link(s,    i) {
	i = index(s, "](")
	return "<a href=\"" substr(s, i + 2, length(s) - i - 2) "\">" substr(s, 2, i - 2) "</a>"
}

function close_block() {
	if (block != "")
		print "</" block ">"
	block = ""
}

function open_block(name) {
	if (block == name)
		return
	close_block()
	print "<" name ">"
	block = name
}

# The names of gnuplot's markers and patterns are the same in each of its files.
function image(    name, file, line, body) {
	name = $0
	sub(/\.png\)$/, "", name)
	sub(/.*\//, "", name)
	file = dir "/" name ".svg"
	print "<figure>"
	while ((getline line < file) > 0) {
		if (line ~ /<svg/)
			body = 1
		gsub(/id='/, "id='" name "-", line)
		gsub(/id="/, "id=\"" name "-", line)
		gsub(/href='#/, "href='#" name "-", line)
		gsub(/url\(#/, "url(#" name "-", line)
		if (body)
			print line
	}
	close(file)
	sub(/^!\[/, "")
	sub(/\]\(.*/, "")
	print "<figcaption>" text($0) "</figcaption></figure>"
}

function row(tag,    n, i, cell) {
	n = split($0, cell, / *\| */)
	printf "<tr>"
	for (i = 2; i < n; i++)
		printf "<%s>%s</%s>", tag, text(cell[i]), tag
	print "</tr>"
}

BEGIN {
	print "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">"
	print "<meta name=\"viewport\" content=\"width=device-width\"><title>KASAN page shadow: results</title>"
	print "<style>body { font: 16px/1.45 sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem }"
	print "table { border-collapse: collapse; margin: 1rem 0; font-size: 14px }"
	print "figure, table { display: block; overflow-x: auto }"
	print "th, td { border: 1px solid #bbb; padding: .15rem .5rem; text-align: right }"
	print "th:first-child, td:first-child { text-align: left } th { background: #eee }"
	print "code { background: #f3f3f3 } figure { margin: 1rem 0 } svg { width: 100%; min-width: 50rem; height: auto }"
	print "figcaption { font-size: 14px }</style>"
}
/^#/ {
	close_block()
	level = index($0, " ") - 1
	print "<h" level ">" text(substr($0, level + 2)) "</h" level ">"
	next
}
/^!\[/	{ close_block(); image(); next }
/^\|-/	{ next }
/^\|/	{ head = block != "table"; open_block("table"); row(head ? "th" : "td"); next }
/^- /	{ open_block("ul"); print "<li>" text(substr($0, 3)); next }
/^$/	{ close_block(); next }
	{ if (block != "ul") open_block("p"); print text($0) }
END	{ close_block(); print "</html>" }
