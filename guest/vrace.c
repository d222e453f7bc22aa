// SPDX-License-Identifier: GPL-2.0
/*
 * Shadow of vmalloc space is replaced while other CPUs read it: by vrealloc(), which gives a
 * shared page a redzone, while they read what is left of the area, and by vfree(), while they
 * go on to use it. On arm64 its PTE is invalid for a moment then.
 *
 * Loading the module runs the test. wrong= is how often memory that was left was judged
 * bad; the kernel warns, or dies, of a fault that nobody handles.
 */
#define pr_fmt(fmt) "vrace: " fmt

#include <kunit/visibility.h>
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/kasan-page-shadow.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

static unsigned int rounds = 50;
module_param(rounds, uint, 0444);

#define SIZE	(16 * 8 * PAGE_SIZE)	/* 16 shadow pages */
/* In the middle of one, and of a granule. */
#define LEFT	(SIZE / 2 + PAGE_SIZE + 5)

static u8 *area;		/* what is to be read */
static bool freeing;
static atomic_t readers, wrong;
static atomic64_t reads;

/* As an instrumented access does. */
static bool is_bad(const u8 *p)
{
	return kasan_range_poisoned(p, 1) && !kasan_page_shadow_stale(p, 1);
}

static int reader(void *unused)
{
	const u8 *p;

	while (!kthread_should_stop()) {
		atomic_inc(&readers);
		smp_mb__after_atomic();	/* against stop_readers() */
		p = READ_ONCE(area);
		if (p && is_bad(p + LEFT - 1) && !READ_ONCE(freeing))
			atomic_inc(&wrong);
		smp_mb__before_atomic();	/* ditto */
		atomic_dec(&readers);
		atomic64_add(p != NULL, &reads);
		cond_resched();
	}
	return 0;
}

static void wait_for_reads(void)
{
	s64 end = atomic64_read(&reads) + num_online_cpus();

	while (atomic64_read(&reads) < end)
		cond_resched();
}

static int run(void)
{
	u8 *p;

	/* Lest the shadow goes away while it is read. */
	vm_unmap_aliases();
	p = vmalloc(SIZE);
	if (!p)
		return -ENOMEM;
	WRITE_ONCE(freeing, false);
	smp_store_release(&area, p);
	wait_for_reads();
	if (kvrealloc(p, LEFT, GFP_KERNEL) != p)
		pr_err("wrong: the area moved\n");
	wait_for_reads();
	WRITE_ONCE(freeing, true);
	smp_mb();	/* against reader() */
	vfree(p);
	wait_for_reads();
	WRITE_ONCE(area, NULL);
	smp_mb();	/* against reader() */
	while (atomic_read(&readers))
		cond_resched();
	return 0;
}

static int __init vrace_init(void)
{
	struct task_struct **tasks = kcalloc(nr_cpu_ids, sizeof(*tasks), GFP_KERNEL);
	unsigned int i, cpu;

	if (!tasks)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		tasks[cpu] = kthread_create_on_cpu(reader, NULL, cpu, "vrace/%u");
		if (IS_ERR(tasks[cpu]))
			tasks[cpu] = NULL;
		else
			wake_up_process(tasks[cpu]);
	}
	for (i = 0; i < rounds && !run(); i++)
		;
	for_each_online_cpu(cpu)
		if (tasks[cpu])
			kthread_stop(tasks[cpu]);
	kfree(tasks);
	pr_info("rounds=%u reads=%lld wrong=%d\n", i, atomic64_read(&reads), atomic_read(&wrong));
	return 0;
}
module_init(vrace_init);

static void __exit vrace_exit(void)
{
}
module_exit(vrace_exit);

MODULE_DESCRIPTION("Read shadow of vmalloc space while it is replaced");
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
