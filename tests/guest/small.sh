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

# Patterns: no more than there are, none lacked while there is memory.
[ "$(stat patterns)" -ge 2 ] && [ "$(stat patterns)" -lt 256 ] || fail "$(stat patterns) patterns at boot"
workload > /dev/null
[ "$(stat patterns_lacked)" = 0 ] || fail "$(stat patterns_lacked) patterns were lacked"
audit
