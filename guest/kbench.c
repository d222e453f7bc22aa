// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's page and slab allocators in tight loops.
 *
 * Loading the module runs the loops. A line of /sys/kernel/debug/kbench, and of
 * the log, is NAME<TAB>TICKS<TAB>ITERATIONS as of guest/bench.c, NAME<TAB>failed
 * where an allocation failed, or error<TAB>WHY. An iteration is a page, an object
 * or a slab that is allocated and freed:
 *
 *	page-ORDER		one at a time, for a while the same
 *	page-batch-ORDER	64 are allocated, then freed
 *	slab-SIZE		kmalloc(), one at a time
 *	slab-page		slabs of order 0 with 8 objects each
 *	slab-page-3		slabs of order 3 with one object each
 *
 * or, with only=NAME, just that. With cpus=N there are, by that many CPUs at once,
 * page-ops (order 0), slab-ops (64 bytes) and slab-page-ops, where TICKS go from the
 * common start to the last end and ITERATIONS are those of all CPUs.
 *
 * KASAN's quarantine delays the free of objects and does it in batches. It is kept
 * full, and a measurement takes a whole number of batches, so a figure includes as
 * many true frees as allocations: of objects, and of slabs that become empty.
 */
#define pr_fmt(fmt) "kbench: " fmt

#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/math64.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/timex.h>

static unsigned int scale = 100;
module_param(scale, uint, 0444);
MODULE_PARM_DESC(scale, "length of the loops in percent (default 100)");

static unsigned int ms;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "repeat each loop for this time, and tell the fastest 20 ms (default 0: once; not with cpus)");

static unsigned int cpus;
module_param(cpus, uint, 0444);
MODULE_PARM_DESC(cpus, "measure this many CPUs at once (default 0: the one it runs on)");

static bool slab = true;
module_param(slab, bool, 0444);
MODULE_PARM_DESC(slab, "also measure the slab allocator (default true)");

static char *only;
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "the loop that is to be measured (default: all)");

/* In a small guest, fail and do not kill. */
#define GFP		(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)
#define PAGES		64	/* of a round */
#define ITERATIONS	20000
#define PASS_MS		20U

/* As in mm/kasan/quarantine.c. */
#define BATCH_BYTES	SZ_1M
#define RAM_SHARE	32
/* What the quarantine shall hold besides a batch, at most, of each CPU. */
#define COMMON_BATCHES	1

/* As in ticks.h. */
static u64 ticks(void)
{
#ifdef CONFIG_ARM64
	return mul_u64_u64_div_u64(get_cycles(), NSEC_PER_SEC, arch_timer_get_cntfrq());
#else
	return get_cycles();
#endif
}

struct bench {
	/* False: out of memory. Pages on @held are freed after the last round. */
	bool (*round)(const struct bench *b, struct list_head *held);
	unsigned int arg;			/* order or size */
	unsigned int length;			/* of a round, in pages or objects */
	unsigned int warmup;			/* rounds */
	unsigned int rounds;
	unsigned int share;			/* objects of an iteration */
	struct kmem_cache *cache;
};

static char text[2048];
static struct debugfs_blob_wrapper results = { .data = text };

static __printf(1, 2) void result(const char *fmt, ...)
{
	char *line = text + results.size;
	va_list args;

	va_start(args, fmt);
	results.size += vscnprintf(line, sizeof(text) - results.size, fmt, args);
	va_end(args);
	pr_info("%s", line);
}

static bool page_round(const struct bench *b, struct list_head *held)
{
	struct page *page;
	unsigned int i;

	for (i = 0; i < PAGES - 1; i++) {
		page = alloc_pages(GFP, b->arg);
		if (!page)
			return false;
		__free_pages(page, b->arg);
	}
	/* The next round gets another page, so none decides by what its block is. */
	page = alloc_pages(GFP, b->arg);
	if (page)
		list_add(&page->lru, held);
	return page;
}

static bool page_batch_round(const struct bench *b, struct list_head *held)
{
	struct page *pages[PAGES];
	unsigned int i, n;

	for (n = 0; n < PAGES; n++) {
		pages[n] = alloc_pages(GFP, b->arg);
		if (!pages[n])
			break;
	}
	for (i = 0; i < n; i++)
		__free_pages(pages[i], b->arg);
	return n == PAGES;
}

static bool slab_round(const struct bench *b, struct list_head *held)
{
	unsigned int i;
	void *object;

	for (i = 0; i < b->length; i++) {
		object = kmalloc(b->arg, GFP);
		/* Or the compiler leaves out both. */
		OPTIMIZER_HIDE_VAR(object);
		if (!object)
			return false;
		kfree(object);
	}
	return true;
}

/* So many objects at once that few of them are of slabs that were there. */
static bool slab_page_round(const struct bench *b, struct list_head *held)
{
	void *object, *all = NULL;
	unsigned int n;

	for (n = 0; n < b->length; n++) {
		object = kmem_cache_alloc(b->cache, GFP);
		if (!object)
			break;
		*(void **)object = all;
		all = object;
	}
	while (all) {
		object = all;
		all = *(void **)object;
		kmem_cache_free(b->cache, object);
	}
	return n == b->length;
}

static bool run(const struct bench *b, unsigned int rounds)
{
	struct page *page, *next;
	bool ok = true;
	LIST_HEAD(held);

	while (ok && rounds--) {
		ok = b->round(b, &held);
		cond_resched();
	}
	list_for_each_entry_safe(page, next, &held, lru)
		__free_pages(page, b->arg);
	return ok;
}

/* Those who run a benchmark together. */
struct team {
	const struct bench *b;
	unsigned int size;
	atomic_t ready, running;
	u64 start, end;
	bool failed;
	struct completion done;
};

static int member(void *data)
{
	struct team *t = data;
	bool ok = run(t->b, t->b->warmup);

	if (atomic_inc_return(&t->ready) == t->size)
		WRITE_ONCE(t->start, ticks());
	while (!READ_ONCE(t->start)) {
		cpu_relax();
		cond_resched();
	}
	if (!ok || !run(t->b, t->b->rounds))
		WRITE_ONCE(t->failed, true);
	if (atomic_dec_and_test(&t->running)) {
		t->end = ticks();
		complete(&t->done);
	}
	return 0;
}

static bool start(struct team *t)
{
	struct task_struct **tasks __free(kfree) = kcalloc(cpus, sizeof(*tasks), GFP_KERNEL);
	unsigned int cpu, n = 0;

	if (!tasks)
		return false;
	for_each_online_cpu(cpu) {
		if (n == cpus)
			break;
		tasks[n] = kthread_create_on_cpu(member, t, cpu, "kbench/%u");
		if (IS_ERR(tasks[n])) {
			/* They never ran. */
			while (n--)
				kthread_stop(tasks[n]);
			return false;
		}
		n++;
	}
	t->size = n;
	atomic_set(&t->running, n);
	while (n--)
		wake_up_process(tasks[n]);
	wait_for_completion(&t->done);
	return !t->failed;
}

/* As in guest/bench.c. */
static bool fastest(const struct bench *b, u64 *best, unsigned long *times)
{
	ktime_t end = ktime_add_ms(ktime_get(), ms), pass_end;
	u64 start, passed;
	unsigned long n;

	*times = 0;
	do {
		pass_end = ktime_add_ms(ktime_get(), min(ms, PASS_MS));
		start = ticks();
		n = 0;
		do {
			if (!run(b, b->rounds))
				return false;
			n++;
			passed = ticks() - start;
		} while (ktime_before(ktime_get(), pass_end));
		if (!*times || passed * *times < *best * n) {
			*best = passed;
			*times = n;
		}
	} while (ktime_before(ktime_get(), end));
	return true;
}

static void measure(const struct bench *b, const char *name)
{
	struct team t = { .b = b, .size = 1 };
	unsigned long times = 1;
	u64 passed;
	bool ok;

	if (only && strcmp(only, name))
		return;
	if (cpus) {
		init_completion(&t.done);
		ok = start(&t);
		passed = t.end - t.start;
	} else {
		ok = run(b, b->warmup) && fastest(b, &passed, &times);
	}
	if (ok)
		result("%s\t%llu\t%lu\n", name, passed,
		       times * t.size * b->rounds * b->length / b->share);
	else
		result("%s\tfailed\n", name);
}

static unsigned int scaled(unsigned int rounds)
{
	return max(1U, mult_frac(rounds, scale, 100));
}

static void measure_pages(unsigned int order, bool batch, const char *name)
{
	struct bench b = {
		.round = batch ? page_batch_round : page_round,
		.arg = order,
		.length = PAGES,
		.warmup = 1,
		.rounds = scaled(max(8U, ITERATIONS / PAGES >> order)),
		.share = 1,
	};

	measure(&b, name);
}

static unsigned int batch_length(unsigned int bytes)
{
	return BATCH_BYTES / bytes + 1;
}

static void measure_slab(unsigned int size, const char *name)
{
	/* An object of kmalloc() with its redzone and alignment. */
	unsigned int length = batch_length(size > 8 ? 2 * size : 40);
	struct bench b = {
		.round = slab_round,
		.arg = size,
		.length = length,
		.warmup = COMMON_BATCHES + 2,
		.rounds = scaled(DIV_ROUND_UP(ITERATIONS, length)),
		.share = 1,
	};

	measure(&b, name);
}

static void measure_slab_page(unsigned int size, unsigned int share, unsigned int batches,
			      const char *name)
{
	struct bench b = {
		.round = slab_page_round,
		.length = batches * batch_length(size),
		.warmup = DIV_ROUND_UP(COMMON_BATCHES + 2, batches),
		.rounds = scaled(8),
		.share = share,
		/* The alignment makes it the same slab without KASAN's redzone. */
		.cache = kmem_cache_create("kbench", size - size / 8, min(size, PAGE_SIZE), 0,
					   NULL),
	};

	if (!b.cache) {
		result("%s\tfailed\n", name);
		return;
	}
	measure(&b, name);
	kmem_cache_destroy(b.cache);
}

/*
 * A small quarantine is soon full, and an equal one makes kernels comparable whose
 * memory differs. Its size follows that of RAM, but only when it is exceeded.
 */
static long shrink_quarantine(void)
{
	unsigned long keep = RAM_SHARE * (COMMON_BATCHES + num_online_cpus()) * BATCH_BYTES;
	long pages = totalram_pages() - keep / PAGE_SIZE;
	struct bench b = {
		.round = slab_round,
		.arg = KMALLOC_MAX_CACHE_SIZE,
		.length = batch_length(2 * KMALLOC_MAX_CACHE_SIZE),
	};

	if (!IS_ENABLED(CONFIG_KASAN_GENERIC) || pages <= 0)
		return 0;
	totalram_pages_add(-pages);
	run(&b, (totalram_pages() + pages) / (RAM_SHARE * BATCH_BYTES / PAGE_SIZE));
	return pages;
}

static void measure_all(void)
{
	unsigned int i;
	char name[16];
	long pages;

	if (cpus) {
		measure_pages(0, false, "page-ops");
	} else {
		for (i = 0; i < 10; i++) {
			snprintf(name, sizeof(name), "page-%u", i);
			measure_pages(i, false, name);
		}
		measure_pages(0, true, "page-batch-0");
		measure_pages(3, true, "page-batch-3");
	}

	if (!slab)
		return;
	pages = shrink_quarantine();
	if (cpus) {
		measure_slab(64, "slab-ops");
		measure_slab_page(512, 8, 1, "slab-page-ops");
	} else {
		for (i = 8; i <= KMALLOC_MAX_CACHE_SIZE; i *= 2) {
			snprintf(name, sizeof(name), "slab-%u", i);
			measure_slab(i, name);
		}
		measure_slab_page(512, 8, 1, "slab-page");
		measure_slab_page(SZ_32K, 1, 8, "slab-page-3");
	}
	totalram_pages_add(pages);
}

static int __init kbench_init(void)
{
	/* It fails not even then: some insmod would try again. */
	if (cpus > num_online_cpus())
		result("error\t%u CPUs are online, not %u\n", num_online_cpus(), cpus);
	else
		measure_all();
	debugfs_create_blob("kbench", 0400, NULL, &results);
	return 0;
}
module_init(kbench_init);

static void __exit kbench_exit(void)
{
	debugfs_lookup_and_remove("kbench", NULL);
}
module_exit(kbench_exit);

MODULE_DESCRIPTION("Page and slab allocators in tight loops");
MODULE_LICENSE("GPL");
