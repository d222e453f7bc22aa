# What else KASAN takes is in proportion to memory and to use, too.
kib=$(($(stat mainline_bytes) * 8 / 1024))
entries=$(dmesg | sed -n 's/.*stackdepot hash table entries: \([0-9]*\) (.*, \([0-9]*\) bytes.*/\1 \2/p')
bytes=${entries#* } entries=${entries% *}
say "memory $kib KiB, stack depot $entries buckets, $bytes bytes"
[ "$bytes" = $((entries * 8)) ] || fail "a bucket does not take 8 bytes"
[ "$entries" -le $((kib * 2)) ] || fail "more than two buckets a KiB"
[ "$entries" -ge $((kib / 2)) ] || [ "$entries" = 1048576 ] || fail "fewer than half a bucket a KiB"

# Of the image, at least text has no shadow of its own; its last page may hold more.
text=$(awk '{ a[$3] = $1 } END { print a["_stext"], a["_etext"] }' /proc/kallsyms)
pages=$((((0x${text#* } - 0x${text% *}) / 8 + 4095) / 4096 - 1))
shared=$(stat image_shared_pages)
say "image: text has $pages shadow pages, $shared of $(stat image_pages) are shared"
[ "$shared" -ge $pages ] || fail "text is not shared"

# Of the direct map, the patterns, a pointer for each block, and what is in use.
bytes=$(stat static_bytes)
[ "$bytes" -le $((1024 * 1024 + kib / 4 + 4096)) ] || fail "static shadow takes $bytes bytes of $kib KiB"
workload > /dev/null
audit
