// SPDX-License-Identifier: GPL-2.0
/*
 * Shadow of other memory than the direct map has no blocks, but much of it is uniform:
 * most of vmalloc space says accessible or free, and of the kernel image nothing has
 * redzones but data. Such shadow shares two pages, which are read-only: the first pattern
 * of page shadow, and one that is as after vfree().
 *
 * What maps it is replaced as PTEs of blocks are: a CPU may go on with a translation that
 * says free, and then looks again before it reports anything, or with one that says
 * accessible, until all are flushed. So nobody waits for a flush.
 */

#include <linux/debugfs.h>
#include <linux/kasan-shared-shadow.h>
#include <linux/sched/task_stack.h>
#include <linux/vmalloc.h>

#include <asm/sections.h>
#include <asm/tlbflush.h>

#include <kunit/visibility.h>

#include "page_shadow.h"

static u8 vmalloc_free[PAGE_SIZE] __page_aligned_bss;
static atomic_long_t vmalloc_shared_pages;
static unsigned long image_pages, image_shared_pages;

/* What maps a page that is shared: all 0, or as after vfree(). */
static pte_t shared_pte(bool accessible)
{
	pte_t pte = kasan_page_shadow_first_pattern();
	unsigned long prot = pte_val(pte) ^ pte_val(pfn_pte(pte_pfn(pte), __pgprot(0)));

	return accessible ? pte : pfn_pte(PFN_DOWN(__pa_symbol(vmalloc_free)), __pgprot(prot));
}

static bool is_shared(pte_t pte)
{
	return kasan_page_shadow_enabled() && !pte_none(pte) &&
	       (pte_pfn(pte) == pte_pfn(shared_pte(true)) ||
		pte_pfn(pte) == pte_pfn(shared_pte(false)));
}

/* Replace what maps a page that is shared. If that says accessible, all are flushed soon. */
static void map(unsigned long shadow, pte_t *ptep, pte_t new)
{
	bool less = pte_pfn(ptep_get(ptep)) == pte_pfn(shared_pte(true));

	if (!is_shared(new))
		atomic_long_dec(&vmalloc_shared_pages);
	kasan_page_shadow_replace(shadow, ptep, new, less);
}

/**
 * kasan_shared_shadow_clear() - let a shadow page of vmalloc space that is shared go
 * @shadow: address of the shadow page, which is flushed later
 * @ptep: its PTE
 *
 * Context: Process context. Takes init_mm.page_table_lock.
 * Return: false if it was not shared, and was left alone.
 */
bool kasan_shared_shadow_clear(unsigned long shadow, pte_t *ptep)
{
	if (!is_shared(ptep_get(ptep)))
		return false;

	spin_lock(&init_mm.page_table_lock);
	/* The next area may begin here meanwhile. */
	if (is_shared(ptep_get(ptep))) {
		pte_clear(&init_mm, shadow, ptep);
		atomic_long_dec(&vmalloc_shared_pages);
	}
	spin_unlock(&init_mm.page_table_lock);
	return true;
}

/**
 * kasan_unshare_shadow() - let shadow of vmalloc space be written byte by byte
 * @addr: address in the memory that the shadow describes
 *
 * Context: Any but NMI, does not sleep, one caller at a time for each shadow page.
 * Return: false if it is shared and memory ran out; a redzone is counted as lost.
 */
bool kasan_unshare_shadow(const void *addr)
{
	unsigned long shadow = PAGE_ALIGN_DOWN((unsigned long)kasan_mem_to_shadow(addr));
	pte_t *ptep = virt_to_kpte(shadow);
	struct page *page;

	if (!is_shared(ptep_get(ptep)))
		return true;
	page = kasan_page_shadow_alloc(NUMA_NO_NODE, GFP_NOWAIT, true);
	if (!page) {
		count(REDZONES_LOST, 1);
		return false;
	}
	copy_page(page_address(page), (void *)shadow);
	map(shadow, ptep, mk_pte(page, PAGE_KERNEL));
	return true;
}

/**
 * kasan_set_vmalloc() - make memory of vmalloc space accessible, or not
 * @addr: its start, at a granule
 * @size: its size in bytes; of what is shared, whole blocks but for vrealloc()
 * @accessible: which
 *
 * Context: Any but NMI, does not sleep, the owner of the memory.
 * Return: false if page shadow is off.
 */
bool kasan_set_vmalloc(const void *addr, unsigned long size, bool accessible)
{
	const void *next, *end = addr + size;
	unsigned long shadow;
	pte_t pte, *ptep;
	bool whole;

	if (!kasan_page_shadow_enabled())
		return false;
	for (; addr < end; addr = next) {
		next = min(PTR_ALIGN(addr + 1, KASAN_MEMORY_PER_SHADOW_PAGE), end);
		whole = next - addr == KASAN_MEMORY_PER_SHADOW_PAGE;
		shadow = PAGE_ALIGN_DOWN((unsigned long)kasan_mem_to_shadow(addr));
		ptep = virt_to_kpte(shadow);
		pte = ptep_get(ptep);

		if (pte_pfn(pte) == pte_pfn(shared_pte(accessible)))
			continue;
		if (is_shared(pte) && (whole || !kasan_unshare_shadow(addr))) {
			if (whole || accessible)
				map(shadow, ptep, shared_pte(accessible));
		} else if (accessible) {
			kasan_unpoison(addr, next - addr, false);
		} else {
			kasan_poison(addr, next - addr, KASAN_VMALLOC_INVALID, false);
		}
	}
	return true;
}

static int share_pte(pte_t *ptep, unsigned long shadow, void *accessible)
{
	pte_t new = shared_pte(accessible), old;

	spin_lock(&init_mm.page_table_lock);
	old = ptep_get(ptep);
	if (pte_none(old)) {
		atomic_long_inc(&vmalloc_shared_pages);
		set_pte(ptep, new);
	} else if (is_shared(old) && pte_pfn(old) != pte_pfn(new)) {
		map(shadow, ptep, new);
	}
	spin_unlock(&init_mm.page_table_lock);
	/* What small areas left behind here stays, and is written. */
	return 0;
}

static int own_pte(pte_t *ptep, unsigned long shadow, void *data)
{
	struct page **page = data;
	pte_t old = ptep_get(ptep), new = mk_pte(*page, PAGE_KERNEL);

	if (!pte_none(old) && !is_shared(old))
		return 0;
	__memset(page_address(*page), KASAN_VMALLOC_INVALID, PAGE_SIZE);

	spin_lock(&init_mm.page_table_lock);
	old = ptep_get(ptep);
	if (pte_none(old))
		set_pte(ptep, new);
	else if (is_shared(old))
		map(shadow, ptep, new);
	if (pte_none(old) || is_shared(old))
		*page = NULL;
	spin_unlock(&init_mm.page_table_lock);
	return 0;
}

/* Page tables are allocated without @gfp_mask, hence in its scope. */
static int walk(unsigned long shadow, unsigned long size, pte_fn_t fn, void *data,
		gfp_t gfp_mask)
{
	unsigned int flags = memalloc_apply_gfp_scope(gfp_mask);
	int ret = apply_to_page_range(&init_mm, shadow, size, fn, data);

	memalloc_restore_scope(flags);
	return ret;
}

static int share(unsigned long start, unsigned long end, bool accessible, gfp_t gfp_mask)
{
	unsigned long shadow = (unsigned long)kasan_mem_to_shadow((void *)start);

	if (start >= end)
		return 0;
	end = PAGE_ALIGN((unsigned long)kasan_mem_to_shadow((void *)end));
	return walk(shadow, end - shadow, share_pte, (void *)(unsigned long)accessible, gfp_mask);
}

/*
 * Mostly one page or two. An array for them would be one more, whose own shadow all CPUs had
 * to be flushed of, as it is used and freed.
 */
static int own(unsigned long start, unsigned long end, gfp_t gfp_mask)
{
	unsigned long shadow = (unsigned long)kasan_mem_to_shadow((void *)start);
	struct page *page = NULL;
	int ret = 0;

	if (start >= end)
		return 0;
	end = (unsigned long)kasan_mem_to_shadow((void *)end);
	for (shadow = PAGE_ALIGN_DOWN(shadow); shadow < end && !ret; shadow += PAGE_SIZE) {
		page = page ?: alloc_page(gfp_mask);
		ret = page ? walk(shadow, PAGE_SIZE, own_pte, &page, gfp_mask) : -ENOMEM;
	}
	if (page)
		__free_page(page);
	return ret;
}

/**
 * kasan_populate_vm_area() - give shadow to an area of vmalloc space
 * @addr: start of the area
 * @size: its size with the guard page, in bytes
 * @used: how much of it will be accessible, in bytes
 * @uniform: whether there are no redzones within that
 * @gfp_mask: how to allocate shadow pages; only reclaim modifiers
 *
 * Shadow pages that describe nothing but accessible memory of the area are shared, and so
 * are those of its guard page alone. Others are private: those at the ends, where other
 * areas may begin, and all of an area that can have redzones within.
 *
 * Context: Process context; may sleep if @gfp_mask allows it. Takes init_mm.page_table_lock.
 * Return: 0 or -ENOMEM.
 */
int kasan_populate_vm_area(unsigned long addr, unsigned long size, unsigned long used,
			   bool uniform, gfp_t gfp_mask)
{
	unsigned long end = addr + size;
	unsigned long last = min(ALIGN(addr + used, KASAN_MEMORY_PER_SHADOW_PAGE), end);
	unsigned long from = ALIGN(addr, KASAN_MEMORY_PER_SHADOW_PAGE);
	unsigned long to = ALIGN_DOWN(addr + used, KASAN_MEMORY_PER_SHADOW_PAGE);
	int ret;

	if (!kasan_page_shadow_enabled() || !is_vmalloc_or_module_addr((void *)addr))
		return kasan_populate_vmalloc(addr, size, gfp_mask);

	if (!uniform || from >= to) {
		from = last;
		to = last;
	}
	ret = own(addr, from, gfp_mask);
	if (!ret)
		ret = own(to, last, gfp_mask);
	if (!ret)
		ret = share(from, to, true, gfp_mask);
	if (!ret)
		ret = share(last, end, false, gfp_mask);
	return ret;
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
		set_page_private(page, shadow);
		list_add(&page->lru, &pages);
	}
	flush_tlb_kernel_range(start, end);
	list_for_each_entry(page, &pages, lru)
		set_pte(virt_to_kpte(page_private(page)), pte_mkyoung(shared_pte(true)));
	flush_tlb_kernel_range(start, end);
	list_for_each_entry_safe(page, next, &pages, lru) {
		list_del(&page->lru);
		free_reserved_page(page);
		image_shared_pages++;
	}
}

static int shared_shadow_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "vmalloc_shared_pages %ld\nimage_pages %lu\nimage_shared_pages %lu\n",
		   atomic_long_read(&vmalloc_shared_pages), image_pages, image_shared_pages);
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
