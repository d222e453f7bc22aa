# KUnit suites. The host reads their verdict on the console.
echo "summary: KUnit" > /dev/kmsg
insmod /lib/kasan_test.ko
[ ! -f /lib/page_shadow_test.ko ] || insmod /lib/page_shadow_test.ko
