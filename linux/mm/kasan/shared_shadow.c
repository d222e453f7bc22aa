// SPDX-License-Identifier: GPL-2.0
/*
 * Shadow of other memory than the direct map has no blocks, but much of it is uniform:
 * most of vmalloc space says accessible or free, and of the kernel image nothing has
 * redzones but data. Such shadow shares two pages, which are read-only: the first pattern
 * of page shadow, and one that is as after vfree().
 *
 * There is no second look here: if a CPU must not go on with a translation, because it
 * says free and the memory is accessible, all are flushed at once.
 */

#include <linux/debugfs.h>
#include <linux/kasan-shared-shadow.h>
#include <linux/memblock.h>
#include <linux/sched/task_stack.h>

#include <asm/sections.h>
#include <asm/tlbflush.h>

#include <kunit/visibility.h>

#include "kasan.h"
#include "../internal.h"

static u8 vmalloc_free[PAGE_SIZE] __page_aligned_bss;
static atomic_long_t vmalloc_shared_pages, vmalloc_redzones_lost;
static unsigned long image_pages, image_shared_pages;

/**
 * kasan_shared_shadow() - whether other shadow shares the page that a PTE maps
 * @pte: the PTE
 *
 * Context: Any.
 * Return: false also if page shadow is off.
 */
bool kasan_shared_shadow(pte_t pte)
{
	return kasan_page_shadow_enabled() && !pte_none(pte) &&
	       (pte_pfn(pte) == pte_pfn(kasan_shared_shadow_pte(true)) ||
		pte_pfn(pte) == pte_pfn(kasan_shared_shadow_pte(false)));
}
EXPORT_SYMBOL_IF_KUNIT(kasan_shared_shadow);

/**
 * kasan_shared_shadow_pte() - what maps a page that is shared
 * @accessible: whether it is all 0, or as after vfree()
 *
 * Context: Any.
 * Return: the PTE.
 */
pte_t kasan_shared_shadow_pte(bool accessible)
{
	pte_t pte = kasan_page_shadow_first_pattern();
	unsigned long prot = pte_val(pte) ^ pte_val(pfn_pte(pte_pfn(pte), __pgprot(0)));

	return accessible ? pte : pfn_pte(PFN_DOWN(__pa_symbol(vmalloc_free)), __pgprot(prot));
}

/**
 * kasan_shared_shadow_map() - change what maps a shadow page of vmalloc space
 * @shadow: address of the shadow page
 * @ptep: its PTE
 * @new: the new one
 * @flush: whether other CPUs must not go on with the old one. If not, they can until
 *         they are flushed, kasan.page_shadow_flush_ms later.
 *
 * Context: Process context with interrupts on, one caller at a time for each PTE.
 */
void kasan_shared_shadow_map(unsigned long shadow, pte_t *ptep, pte_t new, bool flush)
{
	pte_t old = ptep_get(ptep);

	atomic_long_add(kasan_shared_shadow(new) - kasan_shared_shadow(old),
			&vmalloc_shared_pages);
	if (pte_none(old) || pte_none(new))
		set_pte(ptep, new);
	else if (kasan_page_shadow_replace(shadow, ptep, new) && flush)
		flush_tlb_kernel_range(shadow, shadow + PAGE_SIZE);
}

/**
 * kasan_unshare_shadow() - let shadow of vmalloc space be written byte by byte
 * @addr: address in the memory that the shadow describes
 *
 * Context: Process context, may sleep, one caller at a time for each shadow page.
 * Return: false if it is shared and memory ran out; a redzone is counted as lost.
 */
bool kasan_unshare_shadow(const void *addr)
{
	unsigned long shadow = PAGE_ALIGN_DOWN((unsigned long)kasan_mem_to_shadow(addr));
	pte_t *ptep = virt_to_kpte(shadow);
	struct page *page;

	if (!kasan_shared_shadow(ptep_get(ptep)))
		return true;
	page = kasan_page_shadow_alloc(NUMA_NO_NODE, GFP_KERNEL);
	if (!page) {
		atomic_long_inc(&vmalloc_redzones_lost);
		return false;
	}
	copy_page(page_address(page), (void *)shadow);
	kasan_shared_shadow_map(shadow, ptep, mk_pte(page, PAGE_KERNEL), true);
	return true;
}

static bool shadow_is_zero(const unsigned long *shadow)
{
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*shadow); i++)
		if (shadow[i])
			return false;
	return true;
}

/*
 * All but the pages with redzones of globals, and with stacks. Constructors have poisoned
 * the former, and nothing else is ever written. Read-only first, lest a CPU that writes has
 * another translation than those that read.
 */
static void __init share_image(void)
{
	unsigned long start = PAGE_ALIGN_DOWN((unsigned long)kasan_mem_to_shadow(_stext));
	unsigned long end = PAGE_ALIGN((unsigned long)kasan_mem_to_shadow(_end));
	unsigned long shadow, stack = (unsigned long)kasan_mem_to_shadow(init_stack);
	unsigned long stack_end = stack + THREAD_SIZE / KASAN_GRANULE_SIZE;
	struct page *page, *next;
	LIST_HEAD(pages);

	image_pages = (end - start) >> PAGE_SHIFT;
	for (shadow = start; shadow < end; shadow += PAGE_SIZE) {
		if ((shadow + PAGE_SIZE > stack && shadow < stack_end) ||
		    pmd_leaf(*pmd_off_k(shadow)) || !shadow_is_zero((unsigned long *)shadow))
			continue;
		page = pte_page(ptep_get(virt_to_kpte(shadow)));
		set_pte(virt_to_kpte(shadow), mk_pte(page, PAGE_KERNEL_RO));
		page->index = shadow;
		list_add(&page->lru, &pages);
	}
	flush_tlb_kernel_range(start, end);
	list_for_each_entry(page, &pages, lru)
		set_pte(virt_to_kpte(page->index), pte_mkyoung(kasan_shared_shadow_pte(true)));
	flush_tlb_kernel_range(start, end);
	list_for_each_entry_safe(page, next, &pages, lru) {
		list_del(&page->lru);
		memblock_free_late(page_to_phys(page), PAGE_SIZE);
		image_shared_pages++;
	}
}

static int shared_shadow_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "vmalloc_shared_pages %ld\nvmalloc_redzones_lost %ld\n",
		   atomic_long_read(&vmalloc_shared_pages),
		   atomic_long_read(&vmalloc_redzones_lost));
	seq_printf(m, "image_pages %lu\nimage_shared_pages %lu\n", image_pages,
		   image_shared_pages);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(shared_shadow);

static int __init shared_shadow_start(void)
{
	if (!kasan_page_shadow_enabled())
		return 0;
	__memset(vmalloc_free, KASAN_VMALLOC_INVALID, PAGE_SIZE);
	share_image();
	debugfs_create_file("shared_shadow", 0400, debugfs_lookup("kasan", NULL), NULL,
			    &shared_shadow_fops);
	return 0;
}
postcore_initcall_sync(shared_shadow_start);
