# Intel and AMD promise that a CPU sets the accessed flag before it caches a translation,
# so most PTEs that are replaced are in no TLB. Of others, each is taken to be.
vendor=$(sed -n 's/^vendor_id[^:]*: //p' /proc/cpuinfo | head -n 1)
replaced=$(stat replaced) cached=$(stat cached) flushed=$(stat flushed_local)
bench all 20 > /dev/null
replaced=$(($(stat replaced) - replaced)) cached=$(($(stat cached) - cached))
percent=$((cached * 100 / replaced))
say "$vendor: $replaced replaced, $cached of them cached, $(($(stat flushed_local) - flushed)) flushes of a page"
[ $replaced -gt 1000 ] || fail "only $replaced were replaced"
case $vendor in
GenuineIntel | AuthenticAMD) [ $percent -lt 50 ] || fail "$percent % were cached" ;;
*) [ $percent -gt 90 ] || fail "only $percent % were taken to be cached" ;;
esac
