# Slab, large kmalloc and pages, allocated and freed in interrupt context.
insmod /lib/irqalloc.ko rounds=400
rmmod irqalloc
audit
