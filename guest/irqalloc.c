// SPDX-License-Identifier: GPL-2.0
/*
 * Allocate and free from interrupt context on every CPU at once.
 *
 * Each online CPU gets one hrtimer that expires in hard interrupt context and
 * one that expires in softirq context. Each expiration is a round: it makes a
 * few GFP_ATOMIC allocations of random kind and size, fills them, and checks
 * and frees those of the round before. Some objects are first exchanged through
 * a table shared by all CPUs, so that they are freed on another CPU than the
 * one that allocated them.
 *
 * Loading the module runs the test: insmod returns when all rounds are over and
 * everything is freed, and bad= is how many objects' contents had changed.
 */
#define pr_fmt(fmt) "irqalloc: " fmt

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define hrtimer_setup(timer, fn, clock, mode) \
	(hrtimer_init(timer, clock, mode), (void)((timer)->function = (fn)))
#endif

/* Expirations of each timer. */
static unsigned int rounds = 500;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "rounds of each timer (default 500)");

/* Repeats each timer's sequence of kinds and sizes; the timing differs. */
static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "random seed as printed by an earlier run (default 0: new)");

#define OBJS		12	/* objects allocated by a round */
#define SLOTS		64	/* objects on their way to another CPU */
#define MAX_ORDER	4
#define MIN_GAP_NS	(100 * NSEC_PER_USEC)
#define MAX_GAP_NS	(400 * NSEC_PER_USEC)

enum kind {
	KIND_SLAB,	/* kmalloc() of up to 8 KiB */
	KIND_LARGE,	/* kmalloc() from the page allocator: has a tail redzone */
	KIND_PAGES,	/* alloc_pages() */
	KIND_NR,
};

/* With pages of 4 KiB; more than a slab has, of any. */
static const size_t large_sizes[] = { 9000, 20000, 70000 };

struct obj {
	void *mem;
	size_t size;
	enum kind kind;
	unsigned int cpu;	/* that allocated it */
	u8 pattern;
};

struct worker {
	struct hrtimer timer;
	struct rnd_state rnd;
	struct obj *held[OBJS];	/* of the previous round */
	unsigned int left;	/* rounds to go */
};

static struct worker *workers;	/* two for each possible CPU: hard, soft */
static struct obj *slots[SLOTS];
static atomic_t running;
static DECLARE_COMPLETION(done);

static atomic_long_t nr_allocated[KIND_NR], nr_failed, nr_crossed, nr_bad;

static u32 below(struct worker *w, u32 limit)
{
	return prandom_u32_state(&w->rnd) % limit;
}

static struct obj *obj_alloc(struct worker *w)
{
	/* A test must not fail because atomic reserves ran out: count instead. */
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	enum kind kind = below(w, KIND_NR);
	u32 order = below(w, kind == KIND_SLAB ? 11 : MAX_ORDER + 1);
	u32 pick = prandom_u32_state(&w->rnd);
	u8 pattern = below(w, 256);
	struct obj *obj = kmalloc(sizeof(*obj), gfp);

	if (!obj)
		goto failed;

	obj->kind = kind;
	obj->cpu = smp_processor_id();
	obj->pattern = pattern;
	switch (kind) {
	case KIND_SLAB:
		obj->size = 8UL << order;
		/* Half of them end inside their slot. */
		if (pick & 1)
			obj->size -= (pick >> 1) % (obj->size / 2);
		obj->mem = kmalloc(obj->size, gfp);
		break;
	case KIND_LARGE:
		obj->size = large_sizes[pick % ARRAY_SIZE(large_sizes)] * (PAGE_SIZE / SZ_4K);
		obj->mem = kmalloc(obj->size, gfp);
		break;
	default:
		obj->size = PAGE_SIZE << order;
		obj->mem = (void *)__get_free_pages(gfp, order);
		break;
	}
	if (!obj->mem) {
		kfree(obj);
		goto failed;
	}
	memset(obj->mem, obj->pattern, obj->size);
	atomic_long_inc(&nr_allocated[kind]);
	return obj;

failed:
	atomic_long_inc(&nr_failed);
	return NULL;
}

static void obj_free(struct obj *obj)
{
	u8 *wrong;

	if (!obj)
		return;
	wrong = memchr_inv(obj->mem, obj->pattern, obj->size);
	if (wrong) {
		atomic_long_inc(&nr_bad);
		pr_err_ratelimited("byte %zu of %zu is %#x, not %#x\n",
				   (size_t)(wrong - (u8 *)obj->mem), obj->size,
				   *wrong, obj->pattern);
	}
	if (obj->cpu != raw_smp_processor_id())
		atomic_long_inc(&nr_crossed);
	if (obj->kind == KIND_PAGES)
		free_pages((unsigned long)obj->mem, get_order(obj->size));
	else
		kfree(obj->mem);
	kfree(obj);
}

static enum hrtimer_restart worker_round(struct hrtimer *timer)
{
	struct worker *w = container_of(timer, struct worker, timer);
	u64 start = ktime_get_ns();
	int i;

	for (i = 0; i < OBJS; i++) {
		struct obj *old = w->held[i];

		w->held[i] = obj_alloc(w);
		/* Leave ours for someone else and take what lies there. */
		if (below(w, 4) == 0)
			old = xchg(&slots[below(w, SLOTS)], old);
		obj_free(old);
	}

	if (--w->left == 0) {
		if (atomic_dec_and_test(&running))
			complete(&done);
		return HRTIMER_NORESTART;
	}
	/*
	 * From now on, not from the last expiry, and not before all else had its turn:
	 * a slow machine must get on too.
	 */
	hrtimer_forward_now(timer, ns_to_ktime(2 * (ktime_get_ns() - start) + MIN_GAP_NS +
					       below(w, MAX_GAP_NS - MIN_GAP_NS)));
	return HRTIMER_RESTART;
}

static void worker_start(void *unused)
{
	struct worker *w = &workers[2 * smp_processor_id()];

	hrtimer_start(&w[0].timer, ns_to_ktime(MIN_GAP_NS), HRTIMER_MODE_REL_PINNED_HARD);
	hrtimer_start(&w[1].timer, ns_to_ktime(MIN_GAP_NS), HRTIMER_MODE_REL_PINNED_SOFT);
}

static void worker_init(struct worker *w, unsigned int nr, enum hrtimer_mode mode)
{
	hrtimer_setup(&w->timer, worker_round, CLOCK_MONOTONIC, mode);
	w->left = rounds;
	prandom_seed_state(&w->rnd, ((u64)seed << 32) + nr);
}

static int __init irqalloc_init(void)
{
	unsigned int cpu, i, cpus;
	int err;

	if (!rounds)
		return -EINVAL;
	workers = kcalloc(2 * nr_cpu_ids, sizeof(*workers), GFP_KERNEL);
	if (!workers)
		return -ENOMEM;
	while (!seed)
		seed = get_random_u32();

	cpus_read_lock();	/* a pinned timer would move if its CPU left */
	cpus = num_online_cpus();
	atomic_set(&running, 2 * cpus);
	for_each_online_cpu(cpu) {
		worker_init(&workers[2 * cpu], 2 * cpu, HRTIMER_MODE_REL_PINNED_HARD);
		worker_init(&workers[2 * cpu + 1], 2 * cpu + 1, HRTIMER_MODE_REL_PINNED_SOFT);
	}
	on_each_cpu(worker_start, NULL, 1);
	err = wait_for_completion_killable(&done);

	/* Also waits for a last callback to return; after that nobody but us is here. */
	for_each_online_cpu(cpu) {
		hrtimer_cancel(&workers[2 * cpu].timer);
		hrtimer_cancel(&workers[2 * cpu + 1].timer);
		for (i = 0; i < OBJS; i++) {
			obj_free(workers[2 * cpu].held[i]);
			obj_free(workers[2 * cpu + 1].held[i]);
		}
	}
	cpus_read_unlock();
	for (i = 0; i < SLOTS; i++)
		obj_free(slots[i]);
	kfree(workers);

	pr_info("seed=%u cpus=%u rounds=%u slab=%ld large=%ld pages=%ld failed=%ld crossed=%ld bad=%ld\n",
		seed, cpus, rounds,
		atomic_long_read(&nr_allocated[KIND_SLAB]),
		atomic_long_read(&nr_allocated[KIND_LARGE]),
		atomic_long_read(&nr_allocated[KIND_PAGES]),
		atomic_long_read(&nr_failed), atomic_long_read(&nr_crossed),
		atomic_long_read(&nr_bad));

	return err;
}

static void __exit irqalloc_exit(void)
{
}

module_init(irqalloc_init);
module_exit(irqalloc_exit);
MODULE_DESCRIPTION("Atomic allocations from interrupts on every CPU");
MODULE_LICENSE("GPL");
