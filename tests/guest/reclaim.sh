# A slab grows and shrinks. Afterwards private pages are the blocks with pins, by
# the statistics and by what an audit finds, without and with drop_caches.
grow() {
	mkdir /tmp/grow
	i=0
	while [ $i -lt 60 ]; do
		mkdir /tmp/grow/$i
		(cd /tmp/grow/$i && eval "touch $files")
		i=$((i + 1))
	done
}
files=$(seq 1 60 | tr '\n' ' ')

reclaimed
before=$private
grow
audit
[ "$private" -gt $((before + 50)) ] || fail "grew from $before to $private private pages only"
grown=$private
rm -r /tmp/grow
drop_caches
reclaimed
[ "$private" -lt "$grown" ] || fail "$private private pages are left of $grown"
[ "$(stat reclaimed)" -gt 0 ] || fail "nothing counted as reclaimed"

# And by the worker alone.
grow
rm -r /tmp/grow
reclaimed
say "private $before, grown $grown, shrunk $private, pinned pages $pinned_pages"

pins_agree
