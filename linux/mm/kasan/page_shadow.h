/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __MM_KASAN_PAGE_SHADOW_H
#define __MM_KASAN_PAGE_SHADOW_H

/* Which memory has blocks, where their PTEs are, stamps of these, and what is counted. */

#include <linux/kasan-page-shadow.h>
#include <linux/percpu.h>

#include <asm/kasan-page-shadow.h>

#include "kasan.h"

#define PAGES_PER_BLOCK		KASAN_GRANULE_SIZE
#define SHADOW_PER_PAGE		(PAGE_SIZE >> KASAN_SHADOW_SCALE_SHIFT)
#define NR_PATTERNS		BIT(PAGES_PER_BLOCK)
#define STALE			(KASAN_ARCH_STAMP_BITS > 0)
#define STAMP_MASK		(BIT(KASAN_ARCH_STAMP_BITS) - 1)

/* In page_private() of a private page, the block's number is above. */
#define PAGE_PINS		(NR_PATTERNS - 1)
#define PAGE_IDLE		BIT(PAGES_PER_BLOCK)	/* in a list of those without pins */
#define PRIVATE_BLOCK		BIT(PAGES_PER_BLOCK + 1)

/* How long other CPUs may see a freed page as accessible. */
extern unsigned int kasan_page_shadow_flush_ms;

struct kasan_blocks {
	unsigned long first_addr;	/* of the memory, in the direct map */
	unsigned long end_page;		/* from there; 0 if page shadow is off */
	pte_t **tables;			/* one for each PTRS_PER_PTE blocks; NULL: look it up */
	unsigned long nr_tables;
	pte_t first_pattern;		/* maps first_pfn, a multiple of NR_PATTERNS */
	unsigned long first_pfn;
	unsigned long nr;
};

extern struct kasan_blocks kasan_blocks;

/* Number in the direct map; has_blocks() is false for any other address. */
static inline unsigned long page_number(const void *addr)
{
	return ((unsigned long)addr - kasan_blocks.first_addr) >> PAGE_SHIFT;
}

static inline bool has_blocks(unsigned long page)
{
	return page < READ_ONCE(kasan_blocks.end_page);
}

static inline unsigned long block_shadow(unsigned long block)
{
	return (unsigned long)kasan_mem_to_shadow((void *)kasan_blocks.first_addr) +
	       block * PAGE_SIZE;
}

/* With the PTE of the block; NULL if that was not there at boot. */
static __always_inline pte_t *table_of_boot(unsigned long block)
{
	unsigned long table = block / PTRS_PER_PTE;

	return likely(table < kasan_blocks.nr_tables) ? kasan_blocks.tables[table] : NULL;
}

static __always_inline pte_t *block_pte(unsigned long block)
{
	pte_t *table = table_of_boot(block);

	return likely(table) ? &table[block % PTRS_PER_PTE] : virt_to_kpte(block_shadow(block));
}

/* NR_PATTERNS or more if it maps a private page. */
static __always_inline unsigned long pattern_index(pte_t pte)
{
	return kasan_arch_pte_pfn(pte) - kasan_blocks.first_pfn;
}

static __always_inline pte_t pattern_pte(unsigned long index)
{
	return __pte(pte_val(kasan_blocks.first_pattern) + (index << PAGE_SHIFT));
}

/* The number of a flush that is yet to begin, odd as tlb.flushes is during each. */
static __always_inline unsigned long next_flush(unsigned long flushes)
{
	return (flushes + 1) | 1;
}

static __always_inline unsigned long get_stamp(pte_t pte)
{
	return pte_val(pte) >> KASAN_ARCH_STAMP_SHIFT & STAMP_MASK;
}

static __always_inline pte_t set_stamp(pte_t pte, unsigned long stamp)
{
	return __pte((pte_val(pte) & ~(STAMP_MASK << KASAN_ARCH_STAMP_SHIFT)) |
		     (stamp & STAMP_MASK) << KASAN_ARCH_STAMP_SHIFT);
}

/* As pattern_index(), but also NR_PATTERNS or more if the block is held: no flag, no stamp. */
static __always_inline unsigned long unheld_index(pte_t pte)
{
	pte_t first = kasan_blocks.first_pattern;

	return ror64(pte_val(pte) - pte_val(STALE ? pte_mkold(first) : first), PAGE_SHIFT);
}

/*
 * Whether the flush that @pte is stamped with is over, as it surely is if there is no stamp. Any
 * other that is not is at most 2 above @flushes, if that was read after it; and 4, until a PTE
 * is exchanged with interrupts off. One from long ago can look like these, which costs a flush.
 */
static __always_inline bool has_passed(pte_t pte, unsigned long flushes)
{
	return !get_stamp(pte) || ((get_stamp(pte) - flushes) & STAMP_MASK) > 4;
}

enum page_shadow_counter {
	PRIVATE_PAGES, PINNED_PAGES, RECLAIMED, REPLACED, CACHED, HELD, FLUSHED_LOCAL,
	FLUSHED_ALL, FLUSHED_BY_PIN, STALE_ALARMS, ALLOC_FAILURES, REDZONES_LOST, NR_COUNTERS
};

DECLARE_PER_CPU(long[NR_COUNTERS], kasan_page_shadow_counters);
#define count(counter, by)	this_cpu_add(kasan_page_shadow_counters[counter], by)

#endif /* __MM_KASAN_PAGE_SHADOW_H */
