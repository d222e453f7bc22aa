# kasan.quarantine= is the limit that the statistics show, is kept, and is made use of.
quarantine() { awk -v k="quarantine_$1" '$1 == k { print $2 }' /sys/kernel/debug/kasan/quarantine; }
given=$(sed 's/.*kasan.quarantine=\([^ ]*\).*/\1/' /proc/cmdline)
case $given in
off) want=0 ;;
*K) want=$((${given%K} * 1024)) ;;
*%) want=$(($(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo) * 1024 / 100 * ${given%\%})) ;;
esac
workload > /dev/null
bytes=$(quarantine bytes) max=$(quarantine max_bytes)
say "kasan.quarantine=$given: $bytes of $max bytes"
[ "$max" -ge $((want * 98 / 100)) ] && [ "$max" -le $((want * 102 / 100)) ] || fail "the limit is $max, not $want"
# A CPU that frees may add its queue before the next allocation takes one away.
[ "$bytes" -le $((max * 3 / 2)) ] || fail "$bytes bytes are more than the limit of $max"
[ "$bytes" -ge $((max / 4)) ] || fail "only $bytes bytes are in it"
