# A malformed value of a boot parameter: warned of once, and the default used.
[ "$(stat enabled)" = 1 ] || fail "page shadow is off"
for p in page_shadow page_shadow_flush_ms quarantine; do
	[ "$(dmesg | grep -c "Malformed early option 'kasan.$p'")" = 1 ] || fail "no warning of kasan.$p"
done
bench fork 10
audit
