// SPDX-License-Identifier: GPL-2.0
/* Memory with page shadow: what there is at boot, what is added later, and statistics. */

#define pr_fmt(fmt) "kasan: " fmt

#include <linux/debugfs.h>
#include <linux/memblock.h>
#include <linux/mm.h>

#include <kunit/visibility.h>

#include "page_shadow.h"

#define MEMORY_PER_TABLE	(PTRS_PER_PTE * PAGES_PER_BLOCK * PAGE_SIZE)

struct kasan_blocks kasan_blocks __read_mostly;
EXPORT_SYMBOL_IF_KUNIT(kasan_blocks);

static bool enabled __initdata = true;

static int __init early_page_shadow(char *arg)
{
	return kstrtobool(arg, &enabled);
}
early_param("kasan.page_shadow", early_page_shadow);

unsigned int kasan_page_shadow_flush_ms __ro_after_init = 10;

static int __init early_page_shadow_flush_ms(char *arg)
{
	return arg ? kstrtouint(arg, 0, &kasan_page_shadow_flush_ms) : -EINVAL;
}
early_param("kasan.page_shadow_flush_ms", early_page_shadow_flush_ms);

/**
 * kasan_page_shadow_init() - prepare for memory with blocks
 * @start: address of the first memory in the direct map
 * @end: its end there
 *
 * Does nothing if page shadow is off.
 *
 * Context: Boot, before kasan_page_shadow_table().
 */
void __init kasan_page_shadow_init(unsigned long start, unsigned long end)
{
	unsigned long i;
	u8 *patterns;

	if (!enabled)
		return;
	kasan_blocks.first_addr = round_down(start, MEMORY_PER_TABLE);
	kasan_blocks.nr_tables = DIV_ROUND_UP(end - kasan_blocks.first_addr, MEMORY_PER_TABLE);
	kasan_blocks.tables = memblock_alloc(kasan_blocks.nr_tables * sizeof(pte_t *),
					     SMP_CACHE_BYTES);
	patterns = memblock_alloc_raw(NR_PATTERNS * PAGE_SIZE, NR_PATTERNS * PAGE_SIZE);
	if (!kasan_blocks.tables || !patterns)
		panic("kasan: no memory for page shadow\n");
	for (i = 0; i < NR_PATTERNS * PAGES_PER_BLOCK; i++)
		__memset(patterns + i * SHADOW_PER_PAGE,
			 i / PAGES_PER_BLOCK & BIT(i % PAGES_PER_BLOCK) ? KASAN_PAGE_FREE : 0,
			 SHADOW_PER_PAGE);
	kasan_blocks.first_pfn = PFN_DOWN(__pa(patterns));
	kasan_blocks.first_pattern = pfn_pte(kasan_blocks.first_pfn, kasan_arch_pattern_prot());
	kasan_blocks.end_page = kasan_blocks.nr_tables * PAGES_PER_BLOCK * PTRS_PER_PTE;
}

/**
 * kasan_page_shadow_enabled() - whether page shadow is on
 *
 * Context: Any, after kasan_page_shadow_init().
 * Return: false if it is off.
 */
bool kasan_page_shadow_enabled(void)
{
	return has_blocks(0);
}

/**
 * kasan_page_shadow_table() - make the page table for a shadow address
 * @shadow: the address
 *
 * Context: Boot. The architecture links the table into its page tables.
 * Return: the table, or NULL if page shadow is off or this is not the direct map's.
 */
pte_t *__init kasan_page_shadow_table(unsigned long shadow)
{
	unsigned long page = page_number(kasan_shadow_to_mem((void *)shadow));
	pte_t **table;
	int i;

	if (!has_blocks(page))
		return NULL;
	table = &kasan_blocks.tables[page / PAGES_PER_BLOCK / PTRS_PER_PTE];
	if (*table)
		return *table;
	*table = memblock_alloc_raw(PAGE_SIZE, PAGE_SIZE);
	if (!*table)
		panic("kasan: no memory for page shadow\n");
	for (i = 0; i < PTRS_PER_PTE; i++)
		set_pte(&(*table)[i], kasan_blocks.first_pattern);
	kasan_blocks.nr += PTRS_PER_PTE;
	return *table;
}

static int add_block(pte_t *ptep, unsigned long shadow, void *unused)
{
	if (pte_none(ptep_get(ptep))) {
		set_pte(ptep, kasan_blocks.first_pattern);
		kasan_blocks.nr++;
	}
	return 0;
}

/**
 * kasan_page_shadow_add() - give blocks to memory that was added after boot
 * @addr: start of the memory in the direct map
 * @size: its size in bytes, a multiple of KASAN_MEMORY_PER_SHADOW_PAGE
 *
 * When memory is removed its blocks stay, to be used when it is added again.
 *
 * Context: Process context, under the lock of memory hotplug. May sleep.
 * Return: 0, -ENOMEM, or -EOPNOTSUPP if page shadow is off, or begins above @addr.
 */
int kasan_page_shadow_add(const void *addr, size_t size)
{
	const void *next, *end = addr + size;

	if (!has_blocks(0) || (unsigned long)addr < kasan_blocks.first_addr)
		return -EOPNOTSUPP;
	for (; addr < end; addr = next) {
		next = min(PTR_ALIGN(addr + 1, MEMORY_PER_TABLE), end);
		if (apply_to_page_range(&init_mm, (unsigned long)kasan_mem_to_shadow(addr),
					(next - addr) >> KASAN_SHADOW_SCALE_SHIFT, add_block, NULL))
			return -ENOMEM;
		WRITE_ONCE(kasan_blocks.end_page, max(kasan_blocks.end_page, page_number(next)));
		kasan_page_shadow_set(addr, next - addr, 0);
		cond_resched();
	}
	return 0;
}

static int find_block(pte_t *ptep, unsigned long shadow, void *unused)
{
	return -EEXIST;
}

static bool any_block(const void *addr, const void *end)
{
	return apply_to_existing_page_range(&init_mm, (unsigned long)kasan_mem_to_shadow(addr),
					    (end - addr) >> KASAN_SHADOW_SCALE_SHIFT, find_block,
					    NULL);
}

/**
 * kasan_page_shadow_device() - use the blocks of other memory for a part of a device's
 * @addr: start of the device's memory in the direct map
 * @end: its end there
 * @next: where the part that begins at @addr ends
 *
 * A device's memory has no blocks, but may come where memory was that had some.
 *
 * Context: Process context, under the lock of memory hotplug. May sleep.
 * Return: 0, -ENOMEM, or -EOPNOTSUPP if the part has none, and needs static shadow.
 */
int kasan_page_shadow_device(void *addr, void *end, void **next)
{
	*next = end;
	if (!has_blocks(0) || !any_block(addr, end))
		return -EOPNOTSUPP;
	*next = min(PTR_ALIGN(addr + 1, MEMORY_PER_TABLE), end);
	cond_resched();
	return any_block(addr, *next) ? kasan_page_shadow_add(addr, *next - addr) : -EOPNOTSUPP;
}

/* For tests: the PTE of an address's block. */
VISIBLE_IF_KUNIT __maybe_unused pte_t kasan_page_shadow_pte(const void *addr)
{
	unsigned long page = page_number(addr);

	return has_blocks(page) ? kasan_arch_ptep_get(block_pte(page / PAGES_PER_BLOCK)) :
				  __pte(0);
}
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_pte);

DEFINE_PER_CPU(long[NR_COUNTERS], kasan_page_shadow_counters);

static const char * const counter_names[NR_COUNTERS] = {
	"private_pages", "pinned_pages", "reclaimed", "replaced", "cached", "held", "flushed_local",
	"flushed_all", "flushed_by_pin", "stale_alarms", "alloc_failures", "redzones_lost",
};

static unsigned long mainline_bytes;

static int page_shadow_show(struct seq_file *m, void *unused)
{
	int i, cpu;

	seq_printf(m, "enabled %d\nblocks %lu\nstatic_bytes %lu\nmainline_bytes %lu\n",
		   has_blocks(0), kasan_blocks.nr,
		   has_blocks(0) * NR_PATTERNS * PAGE_SIZE + kasan_blocks.nr * sizeof(pte_t),
		   mainline_bytes);
	for (i = 0; i < NR_COUNTERS; i++) {
		long sum = 0;

		for_each_possible_cpu(cpu)
			sum += READ_ONCE(per_cpu(kasan_page_shadow_counters, cpu)[i]);
		seq_printf(m, "%s %ld\n", counter_names[i], sum);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(page_shadow);

static int __init page_shadow_statistics(void)
{
	if (has_blocks(0))
		pr_info("page shadow on, %lu blocks, 1/%lu of memory\n", kasan_blocks.nr,
			PAGES_PER_BLOCK * PAGE_SIZE / sizeof(pte_t));
	else
		pr_info("page shadow off, %s\n", enabled ? "not for Xen PV guests" :
			"as kasan.page_shadow says");
	mainline_bytes = memblock_phys_mem_size() / KASAN_GRANULE_SIZE;
	debugfs_create_file("page_shadow", 0400, debugfs_create_dir("kasan", NULL), NULL,
			    &page_shadow_fops);
	return 0;
}
postcore_initcall_sync(page_shadow_statistics);
