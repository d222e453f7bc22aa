# What else KASAN takes is in proportion to memory and to use, too.
kib=$(($(stat mainline_bytes) * 8 / 1024))
depot() { awk -v k="$1:" '$1 == k { print $2 }' /sys/kernel/debug/stackdepot/stats; }
say "memory $kib KiB, stack depot $(depot persistent_count) stacks, $(depot buckets) buckets"
[ "$(depot persistent_count)" -gt 1000 ] || fail "the stack depot has $(depot persistent_count) stacks"

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
# A bucket for each stack, but 2048 at least; a segment of so many may wait for its memory.
buckets=$(depot buckets) stacks=$(depot persistent_count)
say "after the workload, stack depot $stacks stacks, $buckets buckets"
[ "$buckets" -le "$stacks" ] || [ "$buckets" = 2048 ] || fail "$buckets buckets for $stacks stacks"
[ "$buckets" -ge $((stacks * 3 / 4)) ] || fail "only $buckets buckets for $stacks stacks"
audit
