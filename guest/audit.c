// SPDX-License-Identifier: GPL-2.0
/*
 * Compare the shadow of the direct map with the pages it describes.
 *
 * Looks at page tables, struct pages and shadow bytes only, and at nothing that
 * page shadow keeps for itself but the mask of pinned pages. Patterns are told by
 * their frames: only they are reserved since boot. All CPUs stand still meanwhile, so
 * that what it finds is one moment's truth; and shadow is read where the PTE points
 * to, as this CPU may be stale. Loading the module runs it, and so does to write its
 * parameter "again". bad= is how many blocks contradict their pages. Memory that is
 * offline is left out. A private page is remote if it is of another node than the
 * memory it describes, which is no contradiction.
 */
#define pr_fmt(fmt) "audit: " fmt

#include <linux/kasan.h>
#include <linux/kfence.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/stop_machine.h>

#include <asm/pgtable.h>

#define PAGES_PER_BLOCK		8
#define SHADOW_PER_PAGE		(PAGE_SIZE / PAGES_PER_BLOCK)
#define PAGE_FREE		0xff

static unsigned long private, pinned_blocks, pinned_pages, remote, bad;
module_param(private, ulong, 0444);
module_param(pinned_pages, ulong, 0444);

static void complain(unsigned long pfn, const char *what)
{
	if (bad++ < 10)
		pr_err("pfn %#lx: %s\n", pfn, what);
}

/* Every shadow byte of the page says free. */
static bool shadow_is_free(const u8 *shadow)
{
	int i;

	for (i = 0; i < SHADOW_PER_PAGE; i++)
		if (shadow[i] != PAGE_FREE)
			return false;
	return true;
}

/* NULL where no PTE maps the address. */
static pte_t *lookup_pte(unsigned long addr)
{
#ifdef CONFIG_X86
	unsigned int level;
	pte_t *pte = lookup_address(addr, &level);

	return pte && level == PG_LEVEL_4K ? pte : NULL;
#else
	phys_addr_t table = read_sysreg(ttbr1_el1) & GENMASK_ULL(47, PAGE_SHIFT);
	pgd_t *pgd = pgd_offset_pgd((pgd_t *)__va(table), addr);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;

	if (pgd_none(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return NULL;
	pud = pud_offset(p4d, addr);
	if (pud_none(*pud) || pud_leaf(*pud))
		return NULL;
	pmd = pmd_offset(pud, addr);
	if (pmd_none(*pmd) || pmd_leaf(*pmd))
		return NULL;
	return pte_offset_kernel(pmd, addr);
#endif
}

static void audit_block(unsigned long pfn)
{
	unsigned long addr = (unsigned long)kasan_mem_to_shadow(__va(PFN_PHYS(pfn)));
	const u8 *shadow = NULL;
	struct page *page, *private_page = NULL;
	unsigned long pins = 0;
	unsigned int i;
	pte_t pte = {};
	pte_t *ptep;

	/* Memory that was never there has no shadow. */
	ptep = lookup_pte(addr);
	if (ptep)
		pte = ptep_get(ptep);

	if (pte_present(pte))
		shadow = page_address(pte_page(pte));
	if (shadow && PageReserved(pte_page(pte))) {
		if (pte_write(pte))
			complain(pfn, "pattern page is writable");
	} else if (shadow) {
		private_page = pte_page(pte);
		private++;
		pins = page_private(private_page) % BIT(PAGES_PER_BLOCK);
		pinned_blocks += pins != 0;
		pinned_pages += hweight_long(pins);
		if (pins && !pte_write(pte))
			complain(pfn, "block with a pinned page is read-only");
		if (!(page_private(private_page) % BIT(PAGES_PER_BLOCK + 1)))
			complain(pfn, "private page is neither pinned nor idle");
	}

	for (i = 0; i < PAGES_PER_BLOCK; i++) {
		page = pfn_to_online_page(pfn + i);
		if (!page || PageReserved(page))
			continue;
		if (!shadow) {
			complain(pfn + i, "shadow is not mapped by a PTE");
			return;
		}
		/* KASAN leaves objects of KFENCE alone, whose pages may be any since boot. */
		if (PageSlab(compound_head(page)) && !is_kfence_address(page_address(page)) &&
		    !(pins & BIT(i)))
			complain(pfn + i, "slab page is not pinned");
		/* Until all struct pages are there, none is poisoned: should_skip_kasan_poison(). */
		if (!IS_ENABLED(CONFIG_DEFERRED_STRUCT_PAGE_INIT) && PageBuddy(page) &&
		    !shadow_is_free(shadow + i * SHADOW_PER_PAGE))
			complain(pfn + i, "free page seems accessible");
		if (page_ref_count(page) == 0 && !PageCompound(page) && !PageSlab(page) && (pins & BIT(i)))
			complain(pfn + i, "free page is pinned");
		if (private_page && page_to_nid(private_page) != page_to_nid(page)) {
			remote++;
			private_page = NULL;
		}
	}
}

static int audit(void *unused)
{
	unsigned long pfn, start = ULONG_MAX, end = 0;
	int nid;

	for_each_online_node(nid) {
		start = min(start, node_start_pfn(nid));
		end = max(end, node_end_pfn(nid));
	}
	for (pfn = round_down(start, PAGES_PER_BLOCK); pfn < end; pfn += PAGES_PER_BLOCK)
		audit_block(pfn);
	return 0;
}

static int audit_run(const char *unused, const struct kernel_param *kp)
{
	private = 0;
	pinned_blocks = 0;
	pinned_pages = 0;
	remote = 0;
	bad = 0;
	stop_machine(audit, NULL, NULL);
	pr_info("private=%lu pinned_blocks=%lu pinned_pages=%lu remote=%lu bad=%lu\n",
		private, pinned_blocks, pinned_pages, remote, bad);
	return 0;
}
module_param_call(again, audit_run, NULL, NULL, 0200);

static int __init audit_init(void)
{
	return audit_run(NULL, NULL);
}
module_init(audit_init);

static void __exit audit_exit(void)
{
}
module_exit(audit_exit);

MODULE_DESCRIPTION("Compare shadow memory with the pages it describes");
MODULE_LICENSE("GPL");
