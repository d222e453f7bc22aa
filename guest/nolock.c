// SPDX-License-Identifier: GPL-2.0
/*
 * Allocate and free where no lock may be waited for, as BPF programs do.
 *
 * That is in NMIs (of x86-64), and in a probe of the tracepoint contention_end, which runs
 * when somebody who waited for a lock has it: also a lock of page shadow, or of the
 * allocators. Each run makes a few allocations with kmalloc_nolock() and
 * alloc_pages_nolock(), fills them, leaves them for any CPU to check and free, and takes
 * as many that it finds. As such an allocation seldom meets a lock of page shadow that is
 * held, NMIs also pin memory whose blocks have each lock in turn.
 *
 * From insmod to rmmod. Then stopped=: how often each ran, what was allocated, what failed
 * for want of memory or of a lock, held=, how many pins met a lock that was held, and
 * bad=, how many objects' contents had changed.
 */
#define pr_fmt(fmt) "nolock: " fmt

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/hash.h>
#include <linux/kasan-page-shadow.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <trace/events/lock.h>

#define OBJS	4	/* of each run */
#define SLOTS	256
#define DEPTH	2	/* a probe, and an NMI in it */

struct obj {
	size_t size;
	bool pages;
	u8 fill;
	u8 data[];
};

static struct obj *slots[SLOTS];
static DEFINE_PER_CPU(unsigned int, depth);
static atomic_long_t runs, nr_contended, nr_nmi, nr_slab, nr_pages, nr_failed, nr_held, nr_bad;

#define BLOCK_SIZE	(8 * PAGE_SIZE)
#define ORDER		9	/* 64 blocks, of as many locks */
static struct page *region;

/* Private they are already, so nothing is to be allocated. */
static bool pin_region(bool allow_spin)
{
	unsigned long nr, failed = 0;

	for (nr = 0; nr < PAGE_SIZE << ORDER; nr += BLOCK_SIZE)
		if (!kasan_page_shadow_pin(page_address(region) + nr, 1, GFP_KERNEL, allow_spin, false))
			failed++;
	atomic_long_add(failed, &nr_held);
	return !failed;
}

/* As it is not exported. */
static unsigned long free_pages_at;
module_param(free_pages_at, ulong, 0400);
MODULE_PARM_DESC(free_pages_at, "where free_pages_nolock() is");

static struct obj *obj_alloc(u32 pick)
{
	size_t size = sizeof(struct obj) + pick % (KMALLOC_MAX_CACHE_SIZE - sizeof(struct obj));
	bool pages = pick & BIT(31);
	struct obj *obj = NULL;

	if (pages) {
		struct page *page = alloc_pages_nolock(0, NUMA_NO_NODE, pick >> 30 & 1);

		if (page) {
			obj = page_address(page);
			size = PAGE_SIZE << (pick >> 30 & 1);
		}
	} else {
		obj = kmalloc_nolock(size, 0, NUMA_NO_NODE);
	}
	if (!obj) {
		atomic_long_inc(&nr_failed);
		return NULL;
	}
	obj->size = size;
	obj->pages = pages;
	obj->fill = pick >> 16;
	memset(obj->data, obj->fill, size - sizeof(*obj));
	atomic_long_inc(pages ? &nr_pages : &nr_slab);
	return obj;
}

static void obj_free(struct obj *obj)
{
	if (!obj)
		return;
	if (memchr_inv(obj->data, obj->fill, obj->size - sizeof(*obj)))
		atomic_long_inc(&nr_bad);
	if (obj->pages)
		((typeof(free_pages_nolock) *)free_pages_at)(virt_to_page(obj), get_order(obj->size));
	else
		kfree_nolock(obj);
}

static void run(atomic_long_t *counter)
{
	unsigned int i;

	preempt_disable_notrace();
	if (this_cpu_inc_return(depth) <= DEPTH) {
		atomic_long_inc(counter);
		for (i = 0; i < OBJS; i++) {
			u32 pick = hash_64(atomic_long_inc_return(&runs), 32);
			struct obj *obj = obj_alloc(pick);

			obj_free(xchg(&slots[pick % SLOTS], obj));
		}
	}
	this_cpu_dec(depth);
	preempt_enable_notrace();
}

static void contended(void *unused, void *lock, int ret)
{
	run(&nr_contended);
}

#ifdef CONFIG_X86_64
#include <asm/apic.h>
#include <asm/nmi.h>

static struct task_struct *sender;
static DEFINE_PER_CPU(bool, sent);

static int nmi_fn(unsigned int type, struct pt_regs *regs)
{
	if (!this_cpu_xchg(sent, false))
		return NMI_DONE;
	run(&nr_nmi);
	pin_region(false);
	return NMI_HANDLED;
}

static int send(void *unused)
{
	unsigned int cpu;

	while (!kthread_should_stop()) {
		cpus_read_lock();
		for_each_online_cpu(cpu)
			WRITE_ONCE(*per_cpu_ptr(&sent, cpu), true);
		__apic_send_IPI_mask(cpu_online_mask, NMI_VECTOR);
		cpus_read_unlock();
		usleep_range(100, 1000);
	}
	return 0;
}

static int start_nmis(void)
{
	int err = register_nmi_handler(NMI_LOCAL, nmi_fn, 0, "nolock");

	if (err)
		return err;
	sender = kthread_run(send, NULL, "nolock");
	if (IS_ERR(sender))
		unregister_nmi_handler(NMI_LOCAL, "nolock");
	return PTR_ERR_OR_ZERO(sender);
}

static void stop_nmis(void)
{
	kthread_stop(sender);
	unregister_nmi_handler(NMI_LOCAL, "nolock");
}
#else
static int start_nmis(void)
{
	return 0;
}

static void stop_nmis(void)
{
}
#endif

static int __init nolock_init(void)
{
	int err;

	if (!free_pages_at)
		return -EINVAL;
	region = alloc_pages(GFP_KERNEL, ORDER);
	if (!region)
		return -ENOMEM;
	err = -ENOMEM;
	if (!pin_region(true))
		goto free;
	err = register_trace_contention_end(contended, NULL);
	if (err)
		goto free;
	err = start_nmis();
	if (!err)
		return 0;
	unregister_trace_contention_end(contended, NULL);
	tracepoint_synchronize_unregister();
free:
	__free_pages(region, ORDER);
	return err;
}

static void __exit nolock_exit(void)
{
	unsigned int i;

	stop_nmis();
	unregister_trace_contention_end(contended, NULL);
	tracepoint_synchronize_unregister();
	for (i = 0; i < SLOTS; i++)
		obj_free(slots[i]);
	__free_pages(region, ORDER);
	pr_info("stopped=1 nmis=%ld contended=%ld slab=%ld pages=%ld failed=%ld held=%ld bad=%ld\n",
		atomic_long_read(&nr_nmi), atomic_long_read(&nr_contended),
		atomic_long_read(&nr_slab), atomic_long_read(&nr_pages),
		atomic_long_read(&nr_failed), atomic_long_read(&nr_held),
		atomic_long_read(&nr_bad));
}

module_init(nolock_init);
module_exit(nolock_exit);
MODULE_DESCRIPTION("Allocations where no lock may be waited for");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
