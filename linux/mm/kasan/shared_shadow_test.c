// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of shadow that is shared, of vmalloc space. Names end in the invariant they hold,
 * see page_shadow_test.c. All hold with kasan.page_shadow=off too (I7).
 */

#define pr_fmt(fmt) "shared_shadow_test: " fmt

#include <linux/io.h>
#include <linux/module.h>
#include <linux/sched/task_stack.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "page_shadow_test.h"

/* Its shadow says so, or went with the area: who frees anything may purge all areas freed. */
static bool is_freed(const void *addr)
{
	u8 byte;
	long err = copy_from_kernel_nofault(&byte, kasan_mem_to_shadow(addr), sizeof(byte));

	return err ? err == -EFAULT : byte == KASAN_VMALLOC_INVALID;
}

/* The interior of an area shares its shadow, which says at once that it was freed. */
static void vmalloc_shared_I5(struct kunit *test)
{
	const size_t size = 4 * KASAN_MEMORY_PER_SHADOW_PAGE + PAGE_SIZE - 100;
	unsigned int i, page, shared = 0;
	u8 *mem;

	for (i = 0; i < 20; i++) {
		mem = vmalloc(size);
		KUNIT_ASSERT_NOT_NULL(test, mem);
		memset(mem, 1, size);
		expect_good(test, mem + size - 1);
		expect_bad(test, mem + size, "vmalloc-out-of-bounds");
		shared += shadow_store_faults(mem + size / 2);
		KUNIT_EXPECT_FALSE(test, shadow_store_faults(mem + size - 1));
		vfree(mem);
		for (page = 0; page < size / PAGE_SIZE; page++)
			KUNIT_EXPECT_TRUE(test, is_freed(mem + page * PAGE_SIZE));
	}
	/* Not each one, as small areas leave shadow of theirs behind. */
	KUNIT_EXPECT_EQ(test, shared > 0, !pte_none(kasan_page_shadow_pte(current)));
}

static void vmap_shared_I5(struct kunit *test)
{
	const unsigned int nr = 3 * PAGES_PER_BLOCK;
	unsigned int i, shared = 0;
	struct page *pages[3 * PAGES_PER_BLOCK], *page = alloc_page(GFP_KERNEL);
	u8 *mem;

	KUNIT_ASSERT_NOT_NULL(test, page);
	for (i = 0; i < nr; i++)
		pages[i] = page;
	for (i = 0; i < 20; i++) {
		mem = vmap(pages, nr, VM_MAP, PAGE_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, mem);
		memset(mem, 1, nr * PAGE_SIZE);
		KUNIT_EXPECT_TRUE(test, is_bad(mem + nr * PAGE_SIZE, 1));
		shared += shadow_store_faults(mem + nr / 2 * PAGE_SIZE);
		vunmap(mem);
		KUNIT_EXPECT_TRUE(test, is_freed(mem));
		KUNIT_EXPECT_TRUE(test, is_freed(mem + nr / 2 * PAGE_SIZE));
	}
	KUNIT_EXPECT_EQ(test, shared > 0, !pte_none(kasan_page_shadow_pte(current)));
	__free_page(page);
}

/* What is aligned, as buffers for user space are, shares as others do. */
static void vmalloc_user_shared_I5(struct kunit *test)
{
	const size_t size = 4 * KASAN_MEMORY_PER_SHADOW_PAGE;
	unsigned int i, shared = 0;
	u8 *mem;

	for (i = 0; i < 20; i++) {
		mem = vmalloc_user(size);
		KUNIT_ASSERT_NOT_NULL(test, mem);
		shared += shadow_store_faults(mem + size / 2);
		vfree(mem);
	}
	KUNIT_EXPECT_EQ(test, shared > 0, !pte_none(kasan_page_shadow_pte(current)));
}

struct gfp_seen {
	struct task_struct *task;
	unsigned int nr, fs;
};

static void probe_page_alloc(void *data, struct page *page, unsigned int order, gfp_t gfp,
			     int migratetype)
{
	struct gfp_seen *seen = data;

	if (current != seen->task || !in_task())
		return;
	seen->nr++;
	seen->fs += !!(gfp & __GFP_FS);
}

static void find_page_alloc(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "mm_page_alloc"))
		*(struct tracepoint **)found = tp;
}

/* All that it allocates is in the scope of the caller's mask, page tables of shadow too. */
static void vmalloc_nofs_I6(struct kunit *test)
{
	struct gfp_seen seen = { .task = current };
	struct tracepoint *tp = NULL;
	void *mem;

	for_each_kernel_tracepoint(find_page_alloc, &tp);
	KUNIT_ASSERT_NOT_NULL(test, tp);
	KUNIT_ASSERT_EQ(test, tracepoint_probe_register(tp, probe_page_alloc, &seen), 0);
	/* Much, for addresses which nobody had. */
	mem = __vmalloc(SZ_128M, GFP_NOFS | __GFP_NOWARN);
	tracepoint_probe_unregister(tp, probe_page_alloc, &seen);
	tracepoint_synchronize_unregister();
	vfree(mem);
	KUNIT_EXPECT_GT(test, seen.nr, 0);
	KUNIT_EXPECT_EQ(test, seen.fs, 0);
}

/* A stack's own shadow is written by whoever runs on it, that of its guard page by none. */
static void stack_I4(struct kunit *test)
{
	u8 *stack = task_stack_page(current);

	KUNIT_EXPECT_FALSE(test, shadow_store_faults(stack));
	KUNIT_EXPECT_FALSE(test, shadow_store_faults(stack + THREAD_SIZE - 1));
	KUNIT_EXPECT_TRUE(test, is_bad(stack + THREAD_SIZE, 1));
}

/* With GFP_NOFS all in place; else pages may be given back, and what grows again moves. */
static void vrealloc_all_sizes(struct kunit *test, gfp_t gfp, bool exact)
{
	const size_t block = KASAN_MEMORY_PER_SHADOW_PAGE;
	size_t size = 5 * block + 1000;
	const size_t sizes[] = {
		size - 1, 4 * block, size, 3 * block - 8, block, 2 * block + 100, 7, size,
		block + 1, 5 * block, 1, 2 * block,
	};
	u8 *mem = vmalloc(size), *moved;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, mem);
	/* Not before: vmalloc() needs slab. */
	if (!exact)
		fail_allocs(test, 0);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		moved = kvrealloc(mem, sizes[i], gfp);
		KUNIT_ASSERT_NOT_NULL(test, moved);
		if (moved != mem) {
			KUNIT_EXPECT_TRUE(test, gfp == GFP_KERNEL);
			size = sizes[i];
			mem = moved;
		}
		KUNIT_EXPECT_FALSE(test, is_bad(mem, sizes[i]));
		if (exact) {
			KUNIT_EXPECT_TRUE(test, is_bad(mem + sizes[i], 1));
			if (sizes[i] + block < size)
				KUNIT_EXPECT_TRUE(test, is_bad(mem + sizes[i] + block, 1));
		}
	}
	vfree(mem);
}

static gfp_t gfp_asked;

static struct page *watched_alloc(int nid, gfp_t gfp, bool allow_spin)
{
	if (irqs_disabled())
		gfp_asked |= gfp;
	return alloc_pages_node(nid, irqs_disabled() ? gfp & ~__GFP_DIRECT_RECLAIM : gfp, 0);
}

/* In place it neither sleeps nor waits for other CPUs, which may have any translation. */
static void vrealloc_atomic_I1(struct kunit *test)
{
	const size_t block = KASAN_MEMORY_PER_SHADOW_PAGE, size = 5 * block;
	const size_t sizes[] = {
		3 * block + 100, block + 1, 4 * block - 7, block, size, 2 * block, size, 7, size,
	};
	int cpu = other_cpu(test);
	u8 *mem = vmalloc(size);
	unsigned int i;
	size_t at;
	bool bad;

	KUNIT_ASSERT_NOT_NULL(test, mem);
	kunit_activate_static_stub(test, kasan_page_shadow_alloc, watched_alloc);
	gfp_asked = 0;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		local_irq_disable();
		KUNIT_EXPECT_PTR_EQ(test, kvrealloc(mem, sizes[i], GFP_ATOMIC), (void *)mem);
		local_irq_enable();
		for (at = 0; at < sizes[i]; at += PAGE_SIZE)
			expect_good_on(test, cpu, mem + at);
		expect_good_on(test, cpu, mem + sizes[i] - 1);
		/* Then the other one has what says so, when it is accessible again. */
		for (at = ALIGN(sizes[i], PAGE_SIZE); at < size; at += PAGE_SIZE) {
			expect_bad(test, mem + at, "vmalloc-out-of-bounds");
			KUNIT_EXPECT_EQ(test, 0, read_poll_timeout(ask, bad, bad, POLL_US,
								   TIMEOUT_US, false, cpu,
								   is_poisoned, mem + at));
		}
	}
	kunit_deactivate_static_stub(test, kasan_page_shadow_alloc);
	vfree(mem);
	KUNIT_EXPECT_FALSE(test, gfpflags_allow_blocking(gfp_asked));
	KUNIT_EXPECT_EQ(test, gfp_asked != 0, !pte_none(kasan_page_shadow_pte(current)));
}

/* If there is no memory for shadow, redzones are lost, and there is no false report. */
static void vrealloc_I1(struct kunit *test)
{
	vrealloc_all_sizes(test, GFP_KERNEL, true);
	vrealloc_all_sizes(test, GFP_NOFS, true);
	vrealloc_all_sizes(test, GFP_NOFS, false);
	KUNIT_EXPECT_EQ(test, allocs_failed > 0, !pte_none(kasan_page_shadow_pte(current)));
	stop_failing(test);
}

/* Where no device is. Nothing there is accessed. */
static void ioremap_I5(struct kunit *test)
{
	const size_t size = 9 * KASAN_MEMORY_PER_SHADOW_PAGE + PAGE_SIZE;
	unsigned int i, shared = 0;
	char *mem;

	for (i = 0; i < 100; i++) {
		mem = (char __force *)ioremap(BIT_ULL(38), size);
		KUNIT_ASSERT_NOT_NULL(test, mem);
		KUNIT_EXPECT_FALSE(test, kasan_range_poisoned(mem, size));
		KUNIT_EXPECT_TRUE(test, kasan_range_poisoned(mem + size, 1));
		shared += shadow_store_faults(mem + size / 2);
		KUNIT_EXPECT_FALSE(test, shadow_store_faults(mem + size - 1));
		iounmap((void __force __iomem *)mem);
		KUNIT_EXPECT_TRUE(test, kasan_range_poisoned(mem + size - 1, 1));

		/* Its addresses, if it is their turn. */
		mem = vmalloc(size);
		KUNIT_ASSERT_NOT_NULL(test, mem);
		memset(mem, 1, size);
		KUNIT_EXPECT_FALSE(test, kasan_range_poisoned(mem, size));
		KUNIT_EXPECT_TRUE(test, kasan_range_poisoned(mem + size, 1));
		vfree(mem);
	}
	/* Not each one, as small mappings leave shadow of theirs behind. */
	KUNIT_EXPECT_EQ(test, shared > 0, !pte_none(kasan_page_shadow_pte(current)));
}

static struct kunit_case shared_shadow_test_cases[] = {
	KUNIT_CASE(vmalloc_shared_I5),
	KUNIT_CASE(vmap_shared_I5),
	KUNIT_CASE(vmalloc_user_shared_I5),
	KUNIT_CASE(vmalloc_nofs_I6),
	KUNIT_CASE(stack_I4),
	KUNIT_CASE(vrealloc_I1),
	KUNIT_CASE(vrealloc_atomic_I1),
	KUNIT_CASE(ioremap_I5),
	{}
};

static struct kunit_suite shared_shadow_test_suite = {
	.name = "kasan_shared_shadow",
	.test_cases = shared_shadow_test_cases,
	.init = test_init,
	.exit = test_exit,
	.suite_init = suite_init,
	.suite_exit = suite_exit,
};

kunit_test_suite(shared_shadow_test_suite);

MODULE_DESCRIPTION("KUnit tests of shadow that is shared");
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
