# KUnit suites. The host reads their verdict on the console.
echo "summary: KUnit" > /dev/kmsg
for m in kasan_test page_shadow_test shared_shadow_test; do
	[ ! -f /lib/$m.ko ] || insmod /lib/$m.ko
done
