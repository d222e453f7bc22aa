# BPF programs allocate and free in the middle of what is traced, and are loaded and
# unloaded meanwhile.
mount -t tracefs tracefs /sys/kernel/tracing
bpf 40 kmem/mm_page_alloc kmem/mm_page_free kmem/mm_page_pcpu_drain kmem/kmalloc kmem/kfree \
	lock/contention_end irq/softirq_entry timer/hrtimer_expire_entry sched/sched_switch 2>&1
# Without page shadow, that is all.
grep -q kasan.page_shadow=off /proc/cmdline || { audit; reclaimed; }
