# Slab, large kmalloc and pages, allocated and freed in interrupt context.
insmod /lib/irqalloc.ko rounds=400
dmesg | grep -q "irqalloc: .* bad=0$" || fail "irqalloc found errors"
rmmod irqalloc
audit
