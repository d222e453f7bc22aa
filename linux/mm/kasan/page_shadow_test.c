// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of page shadow: what page tables and shadow memory hold, and what a
 * person reads on the console. Names end in the invariant they hold:
 *   I1 no false report             I4 patterns are immutable
 *   I2 no stray store to shadow    I5 memory follows use
 *   I3 bounded miss                I6 failure is clean
 *   I8 nobody is disturbed without need
 * Cases of the allocators need no page shadow, and hold with kasan.page_shadow=off
 * too (I7).
 */

#define pr_fmt(fmt) "page_shadow_test: " fmt

#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "page_shadow_test.h"

/* All but @size bytes of an allocation, up to its end, is a redzone. */
static void expect_redzone(struct kunit *test, u8 *mem, size_t size, u8 *end)
{
	u8 *redzone = PTR_ALIGN(mem + size, KASAN_GRANULE_SIZE);
	/* What follows the allocation decides the type if its last granule does not. */
	const char *type = redzone < end ? "slab-out-of-bounds" : NULL;

	KUNIT_EXPECT_FALSE_MSG(test, is_bad(mem, size), "size %zu", size);
	expect_good(test, mem);
	expect_good(test, mem + size - 1);
	if (mem + size == end)
		return;
	expect_bad(test, mem + size, type);
	for (; redzone < end; redzone += KASAN_GRANULE_SIZE)
		if (!is_bad(redzone, 1))
			break;
	KUNIT_EXPECT_PTR_EQ_MSG(test, redzone, end, "size %zu", size);
}

static void needs_page_shadow(struct kunit *test)
{
	if (pte_none(kasan_page_shadow_pte(current)))
		kunit_skip(test, "page shadow is off");
}

/*
 * Memory of the test's own, in whole blocks, so that nobody else changes their
 * shadow. @want is what it should be, the same for all bytes of a page.
 */
struct area {
	u8 *mem;
	unsigned int order, nr;		/* pages */
	u8 want[];
};

static void *page_of(struct area *area, unsigned int page)
{
	return area->mem + page * PAGE_SIZE;
}

static void set(struct area *area, unsigned int first, unsigned int nr, u8 value)
{
	kasan_page_shadow_set(page_of(area, first), nr * PAGE_SIZE, value);
	memset(area->want + first, value, nr);
}

/* As __kasan_poison_slab() does. */
static bool make_slab(struct area *area, unsigned int page, gfp_t gfp)
{
	if (!kasan_page_shadow_pin(page_of(area, page), PAGE_SIZE, gfp, true, false))
		return false;
	kasan_poison(page_of(area, page), PAGE_SIZE, KASAN_SLAB_REDZONE, false);
	area->want[page] = KASAN_SLAB_REDZONE;
	return true;
}

static __no_sanitize_address bool shadow_is(const void *page, u8 value)
{
	const u8 *shadow = kasan_mem_to_shadow(page);
	unsigned int i;

	for (i = 0; i < SHADOW_PER_PAGE; i++)
		if (READ_ONCE(shadow[i]) != value)
			return false;
	return true;
}

/* Shadow is as it should be, now that this CPU has looked again. */
static void expect_shadow(struct kunit *test, struct area *area, const char *when)
{
	unsigned int i;

	kasan_page_shadow_stale(area->mem, 1);
	for (i = 0; i < area->nr; i++)
		if (!shadow_is(page_of(area, i), area->want[i]))
			break;
	KUNIT_EXPECT_EQ_MSG(test, i, area->nr, "%s: shadow of this page is not all %#x", when,
			    i < area->nr ? area->want[i] : 0);
}

enum state { PATTERN, PRIVATE, RETIRED };

static enum state block_state(const void *addr)
{
	pte_t pte = kasan_page_shadow_pte(addr);

	/* Patterns are from boot on. */
	if (PageReserved(pte_page(pte)))
		return PATTERN;
	return pte_write(pte) ? PRIVATE : RETIRED;
}

static u8 pins(const void *addr)
{
	return page_private(pte_page(kasan_page_shadow_pte(addr))) & PAGE_PINS;
}

static bool blocks_are_patterns(struct area *area)
{
	unsigned int i;

	for (i = 0; i < area->nr; i += PAGES_PER_BLOCK)
		if (block_state(page_of(area, i)) != PATTERN)
			return false;
	return true;
}

static void wait_for_patterns(struct kunit *test, struct area *area)
{
	bool done;

	KUNIT_ASSERT_EQ_MSG(test, 0, read_poll_timeout(blocks_are_patterns, done, done, POLL_US,
						       TIMEOUT_US, false, area),
			    "blocks are not given up");
}

static void area_free(void *data)
{
	struct area *area = data;

	set(area, 0, area->nr, KASAN_PAGE_FREE);
	set(area, 0, area->nr, 0);
	free_pages((unsigned long)area->mem, area->order);
}

/* Pages that are all accessible, in blocks that are all patterns. */
static struct area *area_alloc(struct kunit *test, unsigned int order)
{
	unsigned int nr = 1 << order;
	struct area *area = kunit_kzalloc(test, struct_size(area, want, nr), GFP_KERNEL);

	needs_page_shadow(test);
	KUNIT_ASSERT_NOT_NULL(test, area);
	area->order = order;
	area->nr = nr;
	area->mem = (u8 *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, order);
	if (!area->mem)
		kunit_skip(test, "no memory for %u pages in a row", nr);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, area_free, area), 0);
	wait_for_patterns(test, area);
	expect_shadow(test, area, "allocated");
	return area;
}

/* Each of the 256 patterns has one page, for all blocks alike: this gives block 1's. */
static unsigned long pattern_pfn(struct kunit *test, struct area *area, unsigned int mask)
{
	unsigned int i;

	for (i = 0; i < PAGES_PER_BLOCK; i++)
		set(area, PAGES_PER_BLOCK + i, 1, mask & BIT(i) ? KASAN_PAGE_FREE : 0);
	KUNIT_EXPECT_EQ(test, block_state(page_of(area, PAGES_PER_BLOCK)), PATTERN);
	return pte_pfn(kasan_page_shadow_pte(page_of(area, PAGES_PER_BLOCK)));
}

static void patterns_by_alloc_and_free_I5(struct kunit *test)
{
	struct area *area = area_alloc(test, 4);
	unsigned long before = 0, pfn;
	unsigned int mask, i;

	for (mask = 0; mask < BIT(PAGES_PER_BLOCK); mask++) {
		for (i = 0; i < PAGES_PER_BLOCK; i++) {
			set(area, i, 1, mask & BIT(i) ? KASAN_PAGE_FREE : 0);
			expect_shadow(test, area, "one page set");
		}
		KUNIT_EXPECT_EQ(test, block_state(area->mem), PATTERN);
		KUNIT_EXPECT_FALSE(test, pte_write(kasan_page_shadow_pte(area->mem)));
		pfn = pte_pfn(kasan_page_shadow_pte(area->mem));
		KUNIT_EXPECT_NE(test, pfn, before);
		KUNIT_EXPECT_EQ(test, pfn, pattern_pfn(test, area, mask));
		before = pfn;
	}
}

/* From each pattern in which page 0 is accessible. */
static void pattern_to_private_and_back_I5(struct kunit *test)
{
	struct area *area = area_alloc(test, MAX_PAGE_ORDER);
	struct area *other = area_alloc(test, 4);
	unsigned int block, i, page, mask;

	for (block = 0; block < area->nr / PAGES_PER_BLOCK; block++) {
		page = block * PAGES_PER_BLOCK;
		mask = block << 1 & 0xff;
		for (i = 0; i < PAGES_PER_BLOCK; i++)
			if (mask & BIT(i))
				set(area, page + i, 1, KASAN_PAGE_FREE);
		KUNIT_ASSERT_TRUE(test, make_slab(area, page, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, block_state(page_of(area, page)), PRIVATE);
		KUNIT_EXPECT_EQ(test, pins(page_of(area, page)), BIT(0));
	}
	expect_shadow(test, area, "pinned");

	for (page = 0; page < area->nr; page += PAGES_PER_BLOCK)
		set(area, page, 1, KASAN_PAGE_FREE);
	expect_shadow(test, area, "freed");
	wait_for_patterns(test, area);
	expect_shadow(test, area, "given up");
	for (block = 0; block < area->nr / PAGES_PER_BLOCK; block++) {
		void *mem = page_of(area, block * PAGES_PER_BLOCK);

		KUNIT_EXPECT_EQ(test, pte_pfn(kasan_page_shadow_pte(mem)),
				pattern_pfn(test, other, (block << 1 & 0xff) | 1));
	}
}

static void pins_add_up_I5(struct kunit *test)
{
	struct area *area = area_alloc(test, 3);
	unsigned int i;

	for (i = 0; i < PAGES_PER_BLOCK; i++) {
		KUNIT_ASSERT_TRUE(test, make_slab(area, i, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, pins(area->mem), GENMASK(i, 0));
		expect_shadow(test, area, "pinned");
	}
	for (i = 0; i < PAGES_PER_BLOCK; i++) {
		KUNIT_EXPECT_EQ(test, block_state(area->mem), PRIVATE);
		KUNIT_EXPECT_EQ(test, pins(area->mem), GENMASK(PAGES_PER_BLOCK - 1, i));
		set(area, i, 1, KASAN_PAGE_FREE);
		expect_shadow(test, area, "freed");
	}
}

/* PRIVATE -> RETIRED -> PRIVATE -> RETIRED -> PATTERN, with a flush before the last. */
static void retired_I2(struct kunit *test)
{
	struct area *area = area_alloc(test, 4);
	void *other = page_of(area, PAGES_PER_BLOCK);
	unsigned int tries = 0;
	unsigned long flushes;
	enum state state, other_state;

	/* RETIRED is missed if memory is short meanwhile, but not again and again. */
	do {
		KUNIT_ASSERT_LT(test, tries++, 5);
		KUNIT_ASSERT_TRUE(test, make_slab(area, 3, GFP_KERNEL));
		set(area, 3, 1, KASAN_PAGE_FREE);
		set(area, 3, 1, 0);
		KUNIT_ASSERT_EQ(test, 0, read_poll_timeout(block_state, state, state != PRIVATE,
							   POLL_US, TIMEOUT_US, false, area->mem));
		KUNIT_EXPECT_TRUE(test, shadow_store_faults(area->mem));
		set(area, 1, 1, area->want[1] ? 0 : KASAN_PAGE_FREE);
		expect_shadow(test, area, "retired");
		KUNIT_ASSERT_TRUE(test, make_slab(area, 5, GFP_KERNEL));
		expect_shadow(test, area, "pinned again");
		KUNIT_EXPECT_EQ(test, block_state(area->mem), PRIVATE);
		KUNIT_EXPECT_FALSE(test, shadow_store_faults(area->mem));

		/* It stays so while another block is given up. */
		KUNIT_ASSERT_TRUE(test, make_slab(area, PAGES_PER_BLOCK, GFP_KERNEL));
		set(area, PAGES_PER_BLOCK, 1, KASAN_PAGE_FREE);
		KUNIT_ASSERT_EQ(test, 0, read_poll_timeout(block_state, other_state,
							   other_state == PATTERN, POLL_US,
							   TIMEOUT_US, false, other));
		expect_shadow(test, area, "another given up");
		KUNIT_EXPECT_EQ(test, block_state(area->mem), PRIVATE);
		KUNIT_EXPECT_EQ(test, pins(area->mem), BIT(5));
		flushes = READ_ONCE(kasan_page_shadow_tlb.flushes);
		set(area, 5, 1, KASAN_PAGE_FREE);
	} while (state != RETIRED);

	/* Odd is a flush that had begun by then. */
	wait_for_patterns(test, area);
	KUNIT_EXPECT_GE(test, READ_ONCE(kasan_page_shadow_tlb.flushes), round_up(flushes, 2) + 2);
	expect_shadow(test, area, "given up");
}

static void pattern_store_faults_I4(struct kunit *test)
{
	struct area *area = area_alloc(test, 3);
	unsigned int mask, i;

	for (mask = 0; mask < BIT(PAGES_PER_BLOCK); mask++) {
		for (i = 0; i < PAGES_PER_BLOCK; i++)
			set(area, i, 1, mask & BIT(i) ? KASAN_PAGE_FREE : 0);
		for (i = 0; i < PAGES_PER_BLOCK; i++)
			KUNIT_EXPECT_TRUE_MSG(test, shadow_store_faults(page_of(area, i)),
					      "pattern %#x, page %u", mask, i);
	}
}

/* Each run of pages in three blocks, with the middle one a pattern or private. */
static void every_position(struct kunit *test, bool private)
{
	struct area *area = area_alloc(test, 5);
	const unsigned int end = 3 * PAGES_PER_BLOCK, slab = PAGES_PER_BLOCK + 3;
	unsigned int first, nr;

	for (first = 0; first < end; first++) {
		for (nr = 1; first + nr <= end; nr++) {
			if (private && area->want[slab] == 0)
				KUNIT_ASSERT_TRUE(test, make_slab(area, slab, GFP_KERNEL));
			set(area, first, nr, KASAN_PAGE_FREE);
			expect_shadow(test, area, "freed");
			if (area->want[slab] == KASAN_SLAB_REDZONE)
				KUNIT_EXPECT_EQ(test, pins(page_of(area, slab)),
						BIT(slab % PAGES_PER_BLOCK));
			set(area, first, nr, 0);
			expect_shadow(test, area, "allocated");
		}
	}
	for (first = 0; first < end && !private; first += PAGES_PER_BLOCK)
		KUNIT_EXPECT_EQ(test, block_state(page_of(area, first)), PATTERN);
}

static void every_position_in_pattern_I1(struct kunit *test)
{
	every_position(test, false);
}

static void every_position_in_private_I2(struct kunit *test)
{
	every_position(test, true);
}

static void every_order_I1(struct kunit *test)
{
	struct area *area = area_alloc(test, MAX_PAGE_ORDER);
	unsigned int order, first, i;

	for (order = 0; order <= MAX_PAGE_ORDER; order++) {
		/* At the start, in the middle, and at the end. */
		for (i = 0; i < 3; i++) {
			first = round_down(i * (area->nr - 1) / 2, 1U << order);
			set(area, first, 1 << order, KASAN_PAGE_FREE);
			expect_shadow(test, area, "freed");
			set(area, first, 1 << order, 0);
			expect_shadow(test, area, "allocated");
		}
	}
}

static bool shadow_of_pages_is(const void *mem, unsigned int order, u8 value)
{
	unsigned int i;

	kasan_page_shadow_stale(mem, 1);
	for (i = 0; i < 1 << order; i++)
		if (!shadow_is(mem + i * PAGE_SIZE, value))
			return false;
	return true;
}

/* By the page allocator. Freed pages can be someone else's at once, but not always. */
static void alloc_pages_every_order_I1(struct kunit *test)
{
	unsigned int order, tries;
	bool freed;
	void *mem;

	for (order = 0; order <= MAX_PAGE_ORDER; order++) {
		for (tries = 0, freed = false; tries < 20 && !freed; tries++) {
			mem = (void *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, order);
			if (!mem)
				kunit_skip(test, "no memory for 2^%u pages in a row", order);
			KUNIT_EXPECT_TRUE_MSG(test, shadow_of_pages_is(mem, order, 0),
					      "order %u allocated", order);
			free_pages((unsigned long)mem, order);
			freed = shadow_of_pages_is(mem, order, KASAN_PAGE_FREE);
		}
		KUNIT_EXPECT_TRUE_MSG(test, freed, "order %u freed", order);
	}
}

/* Shadow is read by words, which may overlap: one granule is bad, or from a byte on, anywhere. */
static void every_range_I1(struct kunit *test)
{
	const unsigned int size = 40 * KASAN_GRANULE_SIZE;
	unsigned int bad, part, start, len, is, wrong = 0;
	u8 *mem = kmalloc(size, GFP_KERNEL), *shadow = kasan_mem_to_shadow(mem);

	KUNIT_ASSERT_NOT_NULL(test, mem);
	for (bad = 0; bad < size; bad += KASAN_GRANULE_SIZE)
		for (part = 0; part < KASAN_GRANULE_SIZE; part += 5) {
			shadow[bad / KASAN_GRANULE_SIZE] = part ?: KASAN_SLAB_REDZONE;
			for (start = 0; start < size; start += 3)
				for (len = 1; start + len <= size; len++) {
					is = start < bad + KASAN_GRANULE_SIZE &&
					     start + len > bad + part;
					wrong += is != kasan_range_poisoned(mem + start, len);
				}
			shadow[bad / KASAN_GRANULE_SIZE] = 0;
		}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	kfree(mem);
}

static void own_change_seen_at_once_I3(struct kunit *test)
{
	struct area *area = area_alloc(test, 6);
	bool accessible, freed, allocated, slab;
	unsigned int i;
	void *mem;

	/* Another page of another block each time. */
	for (i = 0; i < area->nr; i += PAGES_PER_BLOCK + 1) {
		mem = page_of(area, i);
		accessible = !is_bad(mem, PAGE_SIZE);
		set(area, i, 1, KASAN_PAGE_FREE);
		freed = kasan_range_poisoned(mem, 1);
		set(area, i, 1, 0);
		allocated = !is_bad(mem, PAGE_SIZE);
		slab = make_slab(area, i, GFP_KERNEL) && kasan_range_poisoned(mem, 1);
		KUNIT_EXPECT_TRUE(test, accessible);
		KUNIT_EXPECT_TRUE(test, freed);
		KUNIT_EXPECT_TRUE(test, allocated);
		KUNIT_EXPECT_TRUE(test, slab);
	}
}

/*
 * CPU @cpu, which had read @addr, must see that it is free by the time that the
 * flush is over which was due when it was freed. Counts @missed ones before.
 */
static void expect_free_seen(struct kunit *test, int cpu, const void *addr, unsigned int *missed)
{
	unsigned long due = READ_ONCE(kasan_page_shadow_tlb.flushes);
	ktime_t timeout = ktime_add_us(ktime_get(), TIMEOUT_US);
	bool flushed, seen;

	/* One that had begun does not count. */
	due = round_up(due, 2) + 2;
	for (;;) {
		flushed = READ_ONCE(kasan_page_shadow_tlb.flushes) >= due;
		seen = ask(cpu, is_poisoned, addr);
		if (seen || flushed || ktime_after(ktime_get(), timeout))
			break;
		++*missed;
		usleep_range(POLL_US / 10, POLL_US);
	}
	KUNIT_ASSERT_TRUE_MSG(test, seen, flushed ? "missed after the flush" : "no flush");
}

static bool free_page_at(const void *addr)
{
	kasan_page_shadow_set(addr, PAGE_SIZE, KASAN_PAGE_FREE);
	return kasan_range_poisoned(addr, 1);
}

/*
 * A CPU has a translation of the block that another one replaced, so that the PTE says
 * nothing of it but by its stamp. It frees a page, and reads it.
 */
static void own_change_with_older_translation_I3(struct kunit *test)
{
	int cpu = other_cpu(test);
	struct area *area = area_alloc(test, 3);
	unsigned int i;

	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_FALSE(test, ask(cpu, is_poisoned, page_of(area, 1)));
		set(area, 2, 1, KASAN_PAGE_FREE);
		KUNIT_EXPECT_TRUE(test, ask(cpu, free_page_at, page_of(area, 1)));
		set(area, 1, 2, 0);
		expect_good_on(test, cpu, page_of(area, 1));
	}
}

/* Whether any CPU may have another translation of a block's shadow than its PTE. */
static bool is_held(const void *addr)
{
	pte_t pte = kasan_page_shadow_pte(addr);

	return !has_passed(pte, READ_ONCE(kasan_page_shadow_tlb.flushes));
}

static void needs_stamps(struct kunit *test)
{
	if (!KASAN_ARCH_STAMP_BITS)
		kunit_skip(test, "no CPU is ever stale");
	if (pte_young(pfn_pte(0, kasan_arch_pattern_prot())))
		kunit_skip(test, "the accessed flag says nothing on this CPU");
}

/* The block's PTE is neither cached nor held, if nobody reads it now. */
static void wait_until_unheld(struct kunit *test, struct area *area, unsigned int page)
{
	void *addr = page_of(area, page);
	bool held;

	set(area, page, 1, KASAN_PAGE_FREE);
	KUNIT_ASSERT_EQ_MSG(test, 0, read_poll_timeout(is_held, held, !held, POLL_US, TIMEOUT_US,
						       false, addr), "no flush");
	set(area, page, 1, 0);
	KUNIT_EXPECT_FALSE(test, is_held(addr));
	KUNIT_EXPECT_FALSE(test, pte_young(kasan_page_shadow_pte(addr)));
}

/* What nobody read needs no flush, and what somebody did needs one. */
static void stamps_I8(struct kunit *test)
{
	struct area *area = area_alloc(test, 3);
	unsigned int i;

	needs_stamps(test);
	for (i = 0; i < 10; i++) {
		wait_until_unheld(test, area, 1);
		set(area, 2, 3, KASAN_PAGE_FREE);
		KUNIT_EXPECT_FALSE(test, is_held(area->mem));
		set(area, 2, 3, 0);
		KUNIT_EXPECT_FALSE(test, is_held(area->mem));
		kasan_range_poisoned(area->mem, 1);
		KUNIT_EXPECT_TRUE(test, pte_young(kasan_page_shadow_pte(area->mem)));
		set(area, 2, 1, KASAN_PAGE_FREE);
		KUNIT_EXPECT_TRUE(test, is_held(area->mem));
		KUNIT_EXPECT_FALSE(test, pte_young(kasan_page_shadow_pte(area->mem)));
		set(area, 2, 1, 0);
	}
}

/* A large range, checked as memset() checks it. */
static void expect_range(struct kunit *test, void *addr, size_t size, bool good)
{
	WRITE_ONCE(observed.nr, 0);
	KUNIT_EXPECT_EQ(test, good, __kasan_check_write(addr, size));
	KUNIT_EXPECT_EQ(test, READ_ONCE(observed.nr), !good);
}

/* What is checked by the PTE is not cached by that, and is all of the range. */
static void large_range_I8(struct kunit *test)
{
	struct area *area = area_alloc(test, 5);
	void *mem = page_of(area, 8);
	unsigned int i, free;
	pte_t pte;

	for (free = 8; free < 16; free++) {
		set(area, 8, 8, KASAN_PAGE_FREE);
		set(area, 8, 8, 0);
		expect_range(test, mem, KASAN_MEMORY_PER_SHADOW_PAGE, true);
		expect_range(test, mem + 1, PAGE_SIZE, true);
		pte = kasan_page_shadow_pte(mem);
		KUNIT_EXPECT_EQ(test, pte_young(pte),
				pte_young(pfn_pte(0, kasan_arch_pattern_prot())));
		set(area, free, 1, KASAN_PAGE_FREE);
		for (i = 8; i < 16; i++) {
			expect_range(test, page_of(area, i), PAGE_SIZE, i != free);
			expect_range(test, page_of(area, i - 1), PAGE_SIZE, i - 1 != free);
			expect_range(test, page_of(area, i) + 1, PAGE_SIZE,
				     i != free && i + 1 != free);
		}
		expect_range(test, mem, KASAN_MEMORY_PER_SHADOW_PAGE, false);
		set(area, free, 1, 0);
	}
	/* Of two blocks, and more than all. */
	expect_range(test, mem - 1, PAGE_SIZE, true);
	set(area, 7, 1, KASAN_PAGE_FREE);
	expect_range(test, mem - 1, PAGE_SIZE, false);
	set(area, 7, 1, 0);
	KUNIT_EXPECT_FALSE(test, kasan_page_shadow_accessible(page_of(area, 9) + 2, -2UL));
	/* A private block's is in its shadow. */
	KUNIT_ASSERT_TRUE(test, make_slab(area, 9, GFP_KERNEL));
	expect_range(test, page_of(area, 9), PAGE_SIZE, false);
	expect_range(test, page_of(area, 10), PAGE_SIZE, true);
}

/* Where there is no memory, and no page table for its shadow. */
static void large_range_in_hole_I1(struct kunit *test)
{
	const unsigned long size = PTRS_PER_PTE * KASAN_MEMORY_PER_SHADOW_PAGE;
	unsigned long i;

	needs_page_shadow(test);
	for (i = 0; i < kasan_blocks.nr_tables && kasan_blocks.tables[i]; i++)
		;
	if (i == kasan_blocks.nr_tables)
		kunit_skip(test, "no hole in memory");
	KUNIT_EXPECT_FALSE(test, kasan_page_shadow_accessible((void *)kasan_blocks.first_addr +
							      i * size, PAGE_SIZE));
}

/* A pin in atomic context of a block that nobody holds is exact, for all CPUs, at once. */
static void atomic_pin_exact_I3(struct kunit *test)
{
	int cpu = other_cpu(test);
	struct area *area = area_alloc(test, 6);
	unsigned int i;

	needs_stamps(test);
	for (i = 0; i < area->nr; i += PAGES_PER_BLOCK) {
		expect_good_on(test, cpu, page_of(area, i));
		wait_until_unheld(test, area, i + 1);
		KUNIT_ASSERT_TRUE(test, make_slab(area, i, GFP_ATOMIC));
		KUNIT_EXPECT_FALSE(test, is_held(page_of(area, i)));
		KUNIT_EXPECT_TRUE(test, ask(cpu, is_poisoned, page_of(area, i)));
	}
}

/* A CPU that has seen the page free reads it. */
static void alloc_seen_by_other_cpu_I1(struct kunit *test)
{
	unsigned int i, stale = 0, missed = 0;
	int cpu = other_cpu(test);
	struct area *area = area_alloc(test, 3);

	for (i = 0; i < 100; i++) {
		set(area, 1, 1, KASAN_PAGE_FREE);
		expect_free_seen(test, cpu, page_of(area, 1), &missed);
		set(area, 1, 1, 0);
		stale += ask(cpu, is_poisoned, page_of(area, 1));
		expect_good_on(test, cpu, page_of(area, 1));
	}
	kunit_info(test, "%u of %u reads needed the second look\n", stale, i);
}

static void free_seen_by_other_cpu_I3(struct kunit *test)
{
	int cpu = other_cpu(test);
	struct area *area = area_alloc(test, 3);
	unsigned int i, missed = 0;
	ktime_t start = ktime_get();
	u64 ms;

	for (i = 0; i < 100; i++) {
		expect_good_on(test, cpu, page_of(area, 1));
		/* With the PTE as it was read, or replaced since for another page. */
		if (i % 2)
			set(area, 2, 1, area->want[2] ? 0 : KASAN_PAGE_FREE);
		set(area, 1, 1, KASAN_PAGE_FREE);
		expect_free_seen(test, cpu, page_of(area, 1), &missed);
		set(area, 1, 1, 0);
	}
	ms = ktime_ms_delta(ktime_get(), start) / i;
	kunit_info(test, "%llu ms each, %u reads were missed before the flush\n", ms, missed);
	/* Nor does it wait for reclaim, which flushes too, once a second. */
	KUNIT_EXPECT_LT(test, ms, 200);
}

/* A CPU that has read pages as ordinary ones checks them as slab at once. */
static void pin_seen_by_other_cpu_I3(struct kunit *test)
{
	int cpu = other_cpu(test);
	struct area *area = area_alloc(test, 8);
	unsigned int i;

	for (i = 0; i < area->nr; i += PAGES_PER_BLOCK) {
		expect_good_on(test, cpu, page_of(area, i));
		KUNIT_ASSERT_TRUE(test, make_slab(area, i, GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, ask(cpu, is_poisoned, page_of(area, i)));
		kasan_poison(page_of(area, i), KASAN_GRANULE_SIZE, 0, false);
		KUNIT_EXPECT_FALSE(test, ask(cpu, is_poisoned, page_of(area, i)));
		kasan_poison(page_of(area, i), KASAN_GRANULE_SIZE, KASAN_SLAB_FREE, false);
		KUNIT_EXPECT_TRUE(test, ask(cpu, is_poisoned, page_of(area, i)));
	}
}

static void poison_granule(void *addr)
{
	kasan_poison(addr, KASAN_GRANULE_SIZE, KASAN_SLAB_FREE, false);
}

/* A CPU with a read-only translation of a pattern stores to a page that was pinned. */
static void store_by_other_cpu_I2(struct kunit *test)
{
	int cpu = other_cpu(test);
	struct area *area = area_alloc(test, 8);
	unsigned int i;

	for (i = 0; i < area->nr; i += PAGES_PER_BLOCK) {
		expect_good_on(test, cpu, page_of(area, i));
		/* Not flushed on other CPUs, as it may not sleep. */
		KUNIT_ASSERT_TRUE(test, make_slab(area, i, GFP_ATOMIC));
		kasan_poison(page_of(area, i), KASAN_GRANULE_SIZE, 0, false);
		smp_call_function_single(cpu, poison_granule, page_of(area, i), true);
		KUNIT_EXPECT_TRUE(test, kasan_range_poisoned(page_of(area, i), 1));
		kasan_poison(page_of(area, i), KASAN_GRANULE_SIZE, KASAN_SLAB_REDZONE, false);
	}
	expect_shadow(test, area, "stored");
}

/* A CPU with a writable translation of a private page, which is given up. */
static void give_up_seen_by_other_cpu_I2(struct kunit *test)
{
	int cpu = other_cpu(test);
	struct area *area = area_alloc(test, 8);
	unsigned int i;

	for (i = 0; i < area->nr; i += PAGES_PER_BLOCK) {
		KUNIT_ASSERT_TRUE(test, make_slab(area, i, GFP_KERNEL));
		KUNIT_EXPECT_FALSE(test, ask(cpu, shadow_store_faults, page_of(area, i)));
	}
	set(area, 0, area->nr, KASAN_PAGE_FREE);
	wait_for_patterns(test, area);
	for (i = 0; i < area->nr; i += PAGES_PER_BLOCK)
		KUNIT_EXPECT_TRUE(test, ask(cpu, shadow_store_faults, page_of(area, i)));
}

/* A pin of four blocks fails at the first, second, third or fourth. */
static void pin_fails_I6(struct kunit *test)
{
	struct area *area = area_alloc(test, 7);
	const unsigned int nr = 4 * PAGES_PER_BLOCK;
	unsigned int i, block;
	bool ok;

	for (i = 0; i < 4; i++) {
		fail_allocs(test, i);
		ok = kasan_page_shadow_pin(page_of(area, i * nr), nr * PAGE_SIZE, GFP_KERNEL,
					   true, false);
		stop_failing(test);
		KUNIT_EXPECT_FALSE(test, ok);
		KUNIT_EXPECT_EQ(test, allocs_failed, 1);
		for (block = 0; block < 4; block++)
			KUNIT_EXPECT_EQ(test, block_state(page_of(area, i * nr +
								  block * PAGES_PER_BLOCK)),
					block < i ? PRIVATE : PATTERN);
	}
	expect_shadow(test, area, "failed");
	set(area, 0, area->nr, KASAN_PAGE_FREE);
	expect_shadow(test, area, "freed");
	set(area, 0, area->nr, 0);
	wait_for_patterns(test, area);
	expect_shadow(test, area, "given up");
	for (i = 0; i < area->nr; i++)
		KUNIT_EXPECT_TRUE(test, make_slab(area, i, GFP_KERNEL));
	expect_shadow(test, area, "pinned");
}

/* A slab of a new cache whose blocks are not private yet. */
static void slab_fails_I6(struct kunit *test)
{
	struct kmem_cache *cache;
	unsigned int i, nr = 0;
	void *objects[64];

	needs_page_shadow(test);
	cache = kmem_cache_create("page_shadow_test", 2 * PAGE_SIZE, 0, SLAB_NO_MERGE, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	fail_allocs(test, 0);
	while (nr < ARRAY_SIZE(objects)) {
		objects[nr] = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN);
		if (!objects[nr])
			break;
		expect_good(test, objects[nr++]);
	}
	stop_failing(test);
	KUNIT_EXPECT_LT(test, nr, ARRAY_SIZE(objects));
	KUNIT_EXPECT_GT(test, allocs_failed, 0);

	if (nr < ARRAY_SIZE(objects)) {
		objects[nr] = kmem_cache_alloc(cache, GFP_KERNEL);
		KUNIT_EXPECT_NOT_NULL(test, objects[nr]);
		if (objects[nr])
			expect_good(test, objects[nr++]);
	}
	for (i = 0; i < nr; i++) {
		kmem_cache_free(cache, objects[i]);
		expect_bad(test, objects[i], "slab-use-after-free");
	}
	kmem_cache_destroy(cache);
}

/* The object is as good as one without. It has whole blocks. */
static void redzone_fails_I6(struct kunit *test)
{
	const size_t size = 5 * PAGE_SIZE + 1, end = 8 * PAGE_SIZE;
	void *objects[64];
	unsigned int nr = 0;

	needs_page_shadow(test);
	do {
		fail_allocs(test, 0);
		objects[nr] = kmalloc(size, GFP_KERNEL);
		stop_failing(test);
		KUNIT_ASSERT_NOT_NULL(test, objects[nr]);
		if (allocs_failed)
			KUNIT_EXPECT_FALSE(test, is_bad(objects[nr], end));
		else
			KUNIT_EXPECT_TRUE(test, is_bad(objects[nr] + end - 1, 1));
	} while (++nr < ARRAY_SIZE(objects) && !allocs_failed);
	KUNIT_EXPECT_EQ(test, allocs_failed, 1);
	while (nr--)
		kfree(objects[nr]);
}

static void kmalloc_large_edges_I1(struct kunit *test)
{
	static const unsigned int pages[] = { 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32 };
	static const int deltas[] = { -9, -8, -1, 0, 1, 8, 9 };
	unsigned int i, j;
	size_t size;
	u8 *mem;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		for (j = 0; j < ARRAY_SIZE(deltas); j++) {
			size = pages[i] * PAGE_SIZE + deltas[j];
			if (size <= KMALLOC_MAX_CACHE_SIZE)
				continue;
			mem = kmalloc(size, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, mem);
			expect_redzone(test, mem, size, mem + (PAGE_SIZE << get_order(size)));
			kfree(mem);
		}
	}
}

/* In place as long as it fits the pages that it has, else moved. */
static void krealloc_large_I1(struct kunit *test)
{
	static const struct {
		size_t size;
		bool moved;
	} steps[] = {
		{ 3 * PAGE_SIZE + 100 }, { 4 * PAGE_SIZE }, { 2 * PAGE_SIZE + 1 },
		{ 3 * PAGE_SIZE - 8 }, { 100 }, { 4 * PAGE_SIZE - 1 },
		{ 4 * PAGE_SIZE + 1, true }, { 8 * PAGE_SIZE }, { 5 * PAGE_SIZE + 9 },
		{ 8 * PAGE_SIZE + 8, true }, { PAGE_SIZE }, { 15 * PAGE_SIZE - 9 },
	};
	u8 *new, *mem = kmalloc(2 * PAGE_SIZE + 9, GFP_KERNEL);
	size_t end = 4 * PAGE_SIZE;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, mem);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		memset(mem, i, 100);
		new = krealloc(mem, steps[i].size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, new);
		KUNIT_EXPECT_EQ_MSG(test, new != mem, steps[i].moved, "step %u", i);
		KUNIT_EXPECT_NULL(test, memchr_inv(new, i, 100));
		if (new != mem)
			end = PAGE_SIZE << get_order(steps[i].size);
		mem = new;
		expect_redzone(test, mem, steps[i].size, mem + end);
	}
	kfree(mem);
}

/* An element is good, bad in the pool, and good again. */
static void mempool_cycle(struct kunit *test, mempool_t *pool, size_t size, size_t end, bool page)
{
	u8 *elem, *mem;
	int i;

	for (i = 0; i < 2; i++) {
		elem = mempool_alloc_preallocated(pool);
		KUNIT_ASSERT_NOT_NULL(test, elem);
		mem = page ? page_address((struct page *)elem) : elem;
		expect_redzone(test, mem, size, mem + end);
		mempool_free(elem, pool);
		expect_bad(test, mem, page || size > KMALLOC_MAX_CACHE_SIZE ? "use-after-free" :
							"slab-use-after-free");
		expect_bad(test, mem + size - 1, NULL);
		KUNIT_EXPECT_TRUE(test, is_bad(mem + end - 1, 1));
	}
	mempool_exit(pool);
}

static void mempools_I1(struct kunit *test)
{
	static const size_t sizes[] = {
		KMALLOC_MAX_CACHE_SIZE + 1, 3 * PAGE_SIZE, 5 * PAGE_SIZE + 1, 16 * PAGE_SIZE
	};
	static const unsigned int orders[] = { 0, 1, 3, 4 };
	struct kmem_cache *cache;
	mempool_t pool;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_ASSERT_EQ(test, mempool_init_kmalloc_pool(&pool, 1, sizes[i]), 0);
		mempool_cycle(test, &pool, sizes[i], PAGE_SIZE << get_order(sizes[i]), false);
	}
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		size_t size = PAGE_SIZE << orders[i];

		KUNIT_ASSERT_EQ(test, mempool_init_page_pool(&pool, 1, orders[i]), 0);
		mempool_cycle(test, &pool, size, size, true);
	}
	/* Too large for KFENCE. */
	cache = kmem_cache_create("page_shadow_test", 5000, 0, SLAB_NO_MERGE, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_EQ(test, mempool_init_slab_pool(&pool, 1, cache), 0);
	mempool_cycle(test, &pool, 5000, 5000, false);
	kmem_cache_destroy(cache);
}

/* Shadow of vmalloc space is its own; that of the direct map follows the pages. */
static void vmap_I1(struct kunit *test)
{
	struct page *page[2];
	mempool_t pool;
	int i;
	u8 *mem;

	KUNIT_ASSERT_EQ(test, mempool_init_page_pool(&pool, 2, 0), 0);
	for (i = 0; i < 2; i++)
		page[i] = mempool_alloc_preallocated(&pool);
	mem = vmap(page, 2, VM_MAP, PAGE_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mem);
	memset(mem, 1, 2 * PAGE_SIZE);
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(page[1]), 1, PAGE_SIZE));

	mempool_free(page[1], &pool);
	expect_good(test, page_address(page[0]));
	expect_bad(test, page_address(page[1]), "use-after-free");
	expect_good(test, mem + PAGE_SIZE);

	page[1] = mempool_alloc_preallocated(&pool);
	expect_good(test, page_address(page[1]));
	expect_good(test, mem + PAGE_SIZE);
	vunmap(mem);
	expect_good(test, page_address(page[1]));
	mempool_free(page[0], &pool);
	mempool_free(page[1], &pool);
	mempool_exit(&pool);
}

static void vmalloc_I1(struct kunit *test)
{
	const size_t size = 10 * PAGE_SIZE - 100;
	u8 *mem = vmalloc(size);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, mem);
	memset(mem, 1, size);
	for (i = 0; i < 10; i++)
		expect_good(test, page_address(vmalloc_to_page(mem + i * PAGE_SIZE)));
	expect_good(test, mem + size - 1);
	expect_bad(test, mem + size, "vmalloc-out-of-bounds");
	vfree(mem);
}

/* Slab is exact, whatever the other CPU has in its TLB. */
static void slab_use_after_free_other_cpu_I3(struct kunit *test)
{
	int cpu = other_cpu(test);
	unsigned int i;
	u8 *mem;

	for (i = 0; i < 10; i++) {
		/* Too large for KFENCE. */
		mem = kmalloc(5000, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, mem);
		expect_good_on(test, cpu, mem);
		expect_bad_on(test, cpu, mem + 5000, "slab-out-of-bounds");
		kfree(mem);
		expect_bad_on(test, cpu, mem, "slab-use-after-free");
	}
}

/* In a pool, so that the page does not get another owner. */
static void page_use_after_free_other_cpu_I3(struct kunit *test)
{
	int cpu = other_cpu(test);
	unsigned int i, missed = 0;
	struct page *page;
	mempool_t pool;

	KUNIT_ASSERT_EQ(test, mempool_init_page_pool(&pool, 1, 0), 0);
	for (i = 0; i < 10; i++) {
		page = mempool_alloc_preallocated(&pool);
		expect_good_on(test, cpu, page_address(page));
		mempool_free(page, &pool);
		expect_free_seen(test, cpu, page_address(page), &missed);
		expect_bad_on(test, cpu, page_address(page), "use-after-free");
	}
	mempool_exit(&pool);
	kunit_info(test, "%u reads were missed before the flush\n", missed);
}

static struct kunit_case page_shadow_test_cases[] = {
	KUNIT_CASE(patterns_by_alloc_and_free_I5),
	KUNIT_CASE_SLOW(pattern_to_private_and_back_I5),
	KUNIT_CASE(pins_add_up_I5),
	KUNIT_CASE_SLOW(retired_I2),
	KUNIT_CASE(pattern_store_faults_I4),
	KUNIT_CASE(every_position_in_pattern_I1),
	KUNIT_CASE(every_position_in_private_I2),
	KUNIT_CASE(every_order_I1),
	KUNIT_CASE(alloc_pages_every_order_I1),
	KUNIT_CASE(every_range_I1),
	KUNIT_CASE(own_change_seen_at_once_I3),
	KUNIT_CASE(own_change_with_older_translation_I3),
	KUNIT_CASE(stamps_I8),
	KUNIT_CASE(large_range_I8),
	KUNIT_CASE(large_range_in_hole_I1),
	KUNIT_CASE(atomic_pin_exact_I3),
	KUNIT_CASE_SLOW(alloc_seen_by_other_cpu_I1),
	KUNIT_CASE_SLOW(free_seen_by_other_cpu_I3),
	KUNIT_CASE(pin_seen_by_other_cpu_I3),
	KUNIT_CASE(store_by_other_cpu_I2),
	KUNIT_CASE_SLOW(give_up_seen_by_other_cpu_I2),
	KUNIT_CASE_SLOW(pin_fails_I6),
	KUNIT_CASE(slab_fails_I6),
	KUNIT_CASE(redzone_fails_I6),
	KUNIT_CASE_SLOW(kmalloc_large_edges_I1),
	KUNIT_CASE(krealloc_large_I1),
	KUNIT_CASE(mempools_I1),
	KUNIT_CASE(vmap_I1),
	KUNIT_CASE(vmalloc_I1),
	KUNIT_CASE(slab_use_after_free_other_cpu_I3),
	KUNIT_CASE(page_use_after_free_other_cpu_I3),
	{}
};

static struct kunit_suite page_shadow_test_suite = {
	.name = "kasan_page_shadow",
	.test_cases = page_shadow_test_cases,
	.init = test_init,
	.exit = test_exit,
	.suite_init = suite_init,
	.suite_exit = suite_exit,
};

kunit_test_suite(page_shadow_test_suite);

MODULE_DESCRIPTION("KUnit tests of KASAN page shadow");
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
