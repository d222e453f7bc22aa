# Debian's stress-ng, unmodified.
seconds=${STRESS_SECONDS:-60}
stress-ng --vm 2 --vm-bytes 24M --pipe 2 --sock 2 --fork 2 --hdd 1 --hdd-bytes 4M --dentry 1 \
	--temp-path /tmp -t "${seconds}s"
# Without page shadow, that is all.
if ! grep -q kasan.page_shadow=off /proc/cmdline; then
	say "stale alarms $(stat stale_alarms), replaced $(stat replaced), reclaimed $(stat reclaimed)"
	reclaimed
fi
