# A malformed value of a boot parameter: warned of once, and the default used.
[ "$(stat enabled)" = 1 ] || fail "page shadow is off"
for p in kasan kasan.page_shadow kasan.page_shadow_flush_ms kasan.quarantine kasan.stacktrace; do
	[ "$(dmesg | grep -c "Malformed early option '$p'")" = 1 ] || fail "no warning of $p"
done
bench fork 10
audit
