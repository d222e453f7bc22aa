// SPDX-License-Identifier: GPL-2.0
/*
 * Compare the shadow of the direct map with the pages it describes.
 *
 * Looks at page tables, struct pages and shadow bytes only, and at nothing that
 * page shadow keeps for itself but the mask of pinned pages. All CPUs stand
 * still meanwhile, so that what it finds is one moment's truth. Loading the
 * module runs it; insmod fails with EIO if a block contradicts its pages.
 */
#define pr_fmt(fmt) "audit: " fmt

#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/stop_machine.h>

#include <asm/pgtable.h>

#define PAGES_PER_BLOCK		8
#define SHADOW_PER_PAGE		(PAGE_SIZE / PAGES_PER_BLOCK)
#define PAGE_FREE		0xff

static unsigned long blocks;
module_param(blocks, ulong, 0444);
MODULE_PARM_DESC(blocks, "number of blocks, as in debugfs");

static unsigned long private, pinned_blocks, pinned_pages, bad;

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

static void audit_block(unsigned long pfn)
{
	const u8 *shadow = kasan_mem_to_shadow(__va(PFN_PHYS(pfn)));
	unsigned long pins = 0;
	unsigned int level, i;
	struct page *page;
	pte_t *ptep;

	ptep = lookup_address((unsigned long)shadow, &level);
	if (!ptep || level != PG_LEVEL_4K) {
		complain(pfn, "shadow is not mapped by a PTE");
		return;
	}

	/* Pattern pages were there at boot, private ones were allocated. */
	page = pte_page(ptep_get(ptep));
	if (PageReserved(page)) {
		if (pte_write(ptep_get(ptep)))
			complain(pfn, "pattern page is writable");
	} else {
		private++;
		pins = page_private(page);
		pinned_blocks += pins != 0;
		pinned_pages += hweight_long(pins);
		if (pins && !pte_write(ptep_get(ptep)))
			complain(pfn, "block with a pinned page is read-only");
	}

	for (i = 0; i < PAGES_PER_BLOCK; i++) {
		if (!pfn_valid(pfn + i))
			continue;
		page = pfn_to_page(pfn + i);
		if (PageReserved(page))
			continue;
		if (PageSlab(compound_head(page)) && !(pins & BIT(i)))
			complain(pfn + i, "slab page is not pinned");
		if (PageBuddy(page) && !shadow_is_free(shadow + i * SHADOW_PER_PAGE))
			complain(pfn + i, "free page has accessible shadow");
		if (page_ref_count(page) == 0 && !PageCompound(page) && (pins & BIT(i)))
			complain(pfn + i, "free page is pinned");
	}
}

static int audit(void *unused)
{
	unsigned long block;

	for (block = 0; block < blocks; block++)
		audit_block(block * PAGES_PER_BLOCK);
	return 0;
}

static int __init audit_init(void)
{
	if (!blocks)
		return -EINVAL;
	stop_machine(audit, NULL, NULL);
	pr_info("private=%lu pinned_blocks=%lu pinned_pages=%lu bad=%lu\n",
		private, pinned_blocks, pinned_pages, bad);
	return bad ? -EIO : 0;
}
module_init(audit_init);

static void __exit audit_exit(void)
{
}
module_exit(audit_exit);

MODULE_DESCRIPTION("Compare shadow memory with the pages it describes");
MODULE_LICENSE("GPL");
