// SPDX-License-Identifier: GPL-2.0
/*
 * Generic KASAN shadow memory in proportion to use.
 *
 * Only slab pages and the redzones of large kmalloc() allocations need shadow
 * with byte granularity. Any other page of the direct map is wholly accessible
 * or wholly free. A shadow page describes one block of 8 pages, and has one of
 * 2^8 contents if none of them needs more. These exist at most once, as read-only
 * pattern pages, and the PTE of a block's shadow says which is the block's: the
 * page table is the per-page shadow. Checks read shadow as they always did.
 *
 *      block: 8 pages       PTE                 shadow page: 8 x 512 bytes
 *    |a|a|f|a|a|a|a|a|  --> pattern 0x04, RO --> 00 00 ff 00 00 00 00 00  shared
 *    |a|S|S|f|a|a|a|a|  --> private,      RW --> 00 ?? ?? ff 00 00 00 00  its own
 *     a accessible, f free, S slab
 *
 * States of a block:
 *   PATTERN  Bit i of the index, which is in the PTE: page i is free. Changes by a
 *            cmpxchg, lockless: pages have different owners, and bits, and whoever
 *            loses looks again.
 *   PRIVATE  Some page of the block is pinned: from before the first byte-wise
 *            store to its shadow, by its owner, without locks, until it is freed.
 *            Shadow of pages not pinned is uniform.
 *   RETIRED  Private but read-only, as nothing was pinned for a while. A pin makes
 *            it PRIVATE, and time makes it PATTERN.
 * All but the first is done under the block's lock, which also guards the mask of
 * pinned pages, in page_private() of the private page. Allocating a page and
 * freeing one that is not pinned writes to a PRIVATE block's shadow without it.
 *
 * Pages are allocated and freed with interrupts off, when other CPUs cannot be
 * flushed. Unless the hardware does that (KASAN_ARCH_STALE), only this CPU is, and
 * another may see the block as it was:
 *   free, but the page is accessible: before it reports anything, the CPU
 *      flushes its TLB and looks again. Never a false report.
 *   accessible, but the page is free: a use after free can be missed until all
 *      CPUs are flushed, kasan.page_shadow_flush_ms later. A pin that may sleep
 *      has them flushed at once, lest bugs in the slab are missed.
 *   read-only, but it is PRIVATE: its first store faults and is tried again.
 *   writable, but the page was given up: cannot happen. All CPUs are flushed
 *      between RETIRED and PATTERN, and again before the page is freed.
 */

#include <linux/debugfs.h>
#include <linux/irq_work.h>
#include <linux/kasan-page-shadow.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/shrinker.h>
#include <linux/workqueue.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <asm/kasan-page-shadow.h>

#include "kasan.h"
#include "../internal.h"

#define PAGES_PER_BLOCK		KASAN_GRANULE_SIZE
#define SHADOW_PER_PAGE		(PAGE_SIZE >> KASAN_SHADOW_SCALE_SHIFT)
#define NR_PATTERNS		BIT(PAGES_PER_BLOCK)
#define PATTERN_MASK		(2 * NR_PATTERNS - 1)	/* of the index, and that it is one */
#define MEMORY_PER_TABLE	(PTRS_PER_PTE * PAGES_PER_BLOCK * PAGE_SIZE)
#define RECLAIM_PERIOD		HZ

/* Beside the mask of pins: not all CPUs were flushed since the page was mapped. */
#define UNFLUSHED		(KASAN_ARCH_STALE ? BIT(PAGES_PER_BLOCK) : 0)

static bool enabled __ro_after_init = true;
/* How long other CPUs may see a freed page as accessible. 0: not if avoidable. */
static unsigned int flush_ms __ro_after_init = 10;

static int __init early_page_shadow(char *arg)
{
	return kstrtobool(arg, &enabled);
}
early_param("kasan.page_shadow", early_page_shadow);

static int __init early_page_shadow_flush_ms(char *arg)
{
	return arg ? kstrtouint(arg, 0, &flush_ms) : -EINVAL;
}
early_param("kasan.page_shadow_flush_ms", early_page_shadow_flush_ms);

/* Where memory with blocks is in the direct map; it ends at page 0 if off. */
static unsigned long first_addr __ro_after_init;
static unsigned long end_page;
static unsigned long nr_blocks, mainline_bytes;

/* PTEs by block, a page table each. NULL for what was no memory at boot. */
static pte_t **tables __ro_after_init;
static unsigned long nr_tables __ro_after_init;

/* What maps the patterns, by index. Each is made when it is first needed, and stays. */
static pte_t patterns[NR_PATTERNS];

/* Guards the making of patterns, and the pages to make them of. */
static DEFINE_RAW_SPINLOCK(pattern_lock);
static void *spares[16];
static unsigned int nr_spares, nr_patterns;

enum counter {
	PINNED_PAGES, REPLACED, FLUSHED_ALL, STALE_ALARMS,
	TRANSIENT_FAULTS, ALLOC_FAILURES, REDZONES_LOST, PATTERNS_LACKED, RECLAIMED,
	VMALLOC_SHARED_PAGES, NR_COUNTERS
};

static DEFINE_PER_CPU(long[NR_COUNTERS], counters);
static const char * const counter_names[NR_COUNTERS] = {
	"pinned_pages", "replaced", "flushed_all", "stale_alarms",
	"transient_faults", "alloc_failures", "redzones_lost", "patterns_lacked", "reclaimed",
	"vmalloc_shared_pages",
};

/* Of block n: block_locks[n % 64]. Never two at a time. */
static raw_spinlock_t block_locks[64] = {
	[0 ... 63] = __RAW_SPIN_LOCK_UNLOCKED(block_locks)
};

/* Nests in a block's lock. Guards the private pages with no pins, and counts. */
static DEFINE_RAW_SPINLOCK(idle_lock);
static LIST_HEAD(idle);
static unsigned long nr_idle, nr_private, nr_private_peak;

/* May a CPU hold a translation that was replaced since the last flush of all began? */
static bool tlb_stale;

/* For tests: twice the flushes of all CPUs; odd during one. */
VISIBLE_IF_KUNIT unsigned long kasan_page_shadow_flushes;
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_flushes);

static raw_spinlock_t *block_lock(unsigned long block)
{
	return &block_locks[block % ARRAY_SIZE(block_locks)];
}

/* Number in the direct map; has_blocks() is false for any other address. */
static unsigned long page_number(const void *addr)
{
	return ((unsigned long)addr - first_addr) >> PAGE_SHIFT;
}

static bool has_blocks(unsigned long page)
{
	return page < READ_ONCE(end_page);
}

static unsigned long block_shadow(unsigned long block)
{
	return (unsigned long)kasan_mem_to_shadow((void *)first_addr) + block * PAGE_SIZE;
}

static __always_inline pte_t *block_pte(unsigned long block)
{
	unsigned long table = block / PTRS_PER_PTE;

	if (likely(table < nr_tables && tables[table]))
		return &tables[table][block % PTRS_PER_PTE];
	return virt_to_kpte(block_shadow(block));
}

/* For tests: the PTE of an address's block. */
VISIBLE_IF_KUNIT pte_t kasan_page_shadow_pte(const void *addr)
{
	unsigned long page = page_number(addr);

	return has_blocks(page) ? kasan_arch_ptep_get(block_pte(page / PAGES_PER_BLOCK)) :
				  __pte(0);
}
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_pte);

/* NR_PATTERNS or more if it maps a private page. */
static __always_inline unsigned long pattern_index(pte_t pte)
{
	return (pte_val(pte) >> KASAN_ARCH_PATTERN_SHIFT & PATTERN_MASK) ^ NR_PATTERNS;
}

static pte_t pattern_pte(const void *page, unsigned long index)
{
	pte_t pte = pfn_pte(PFN_DOWN(__pa(page)), kasan_arch_pattern_prot());

	return __pte((pte_val(pte) & ~(PATTERN_MASK << KASAN_ARCH_PATTERN_SHIFT)) |
		     (NR_PATTERNS | index) << KASAN_ARCH_PATTERN_SHIFT);
}

static void work_fn(struct work_struct *unused);
static DECLARE_DELAYED_WORK(work, work_fn);

/* In an interrupt: pages are freed under locks that queueing work would take. */
static void arm_fn(struct irq_work *unused)
{
	mod_delayed_work(system_highpri_wq, &work, msecs_to_jiffies(flush_ms));
}

static void arm(void)
{
	static DEFINE_IRQ_WORK(arm_work, arm_fn);

	/* page_shadow_start() makes up for what was too early. */
	if (system_state != SYSTEM_BOOTING)
		irq_work_queue(&arm_work);
}

/*
 * Replace *@ptep if it is *@old, and if not, update *@old. This CPU sees it now,
 * others soon: without preemption, they need not wait for this task to run again.
 */
static __always_inline bool replace(unsigned long shadow, pte_t *ptep, pte_t *old, pte_t new)
{
	guard(preempt)();
	if (!kasan_arch_replace(shadow, ptep, old, new))
		return false;
	this_cpu_inc(counters[REPLACED]);
	/* After the full barrier above: if stale now, the flush is yet to begin. */
	if (KASAN_ARCH_STALE && !READ_ONCE(tlb_stale) && !xchg(&tlb_stale, true))
		arm();
	return true;
}

/* So that tests can have it fail. */
VISIBLE_IF_KUNIT struct page *kasan_page_shadow_alloc(int nid, gfp_t gfp)
{
	KUNIT_STATIC_STUB_REDIRECT(kasan_page_shadow_alloc, nid, gfp);
	return alloc_pages_node(nid, (gfp & GFP_RECLAIM_MASK) | __GFP_NOWARN, 0);
}
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_alloc);

/*
 * Pages are allocated where they are freed, with locks held that a wakeup would take, so
 * nothing is reclaimed. One task at a time: to allocate changes shadow, and may be why.
 */
static bool get_spares(void)
{
	static bool busy;
	bool got = false;
	struct page *page;

	if (!slab_is_available() || xchg(&busy, true))
		return false;
	while (READ_ONCE(nr_spares) < ARRAY_SIZE(spares)) {
		page = kasan_page_shadow_alloc(NUMA_NO_NODE, __GFP_HIGH);
		if (!page)
			break;
		scoped_guard(raw_spinlock_irqsave, &pattern_lock) {
			spares[nr_spares] = page_address(page);
			WRITE_ONCE(nr_spares, nr_spares + 1);
		}
		got = true;
	}
	xchg(&busy, false);
	return got;
}

/*
 * The first use of a pattern. If there is no page to make it of, one with fewer free
 * pages has to do: as right, but uses of the others after they were freed are missed.
 */
static noinline pte_t make_pattern(unsigned long index)
{
	unsigned long flags;
	unsigned int i;
	pte_t pte;
	u8 *page;

	do {
		raw_spin_lock_irqsave(&pattern_lock, flags);
		if (pte_none(patterns[index]) && nr_spares) {
			WRITE_ONCE(nr_spares, nr_spares - 1);
			page = spares[nr_spares];
			for (i = 0; i < PAGES_PER_BLOCK; i++)
				__memset(page + i * SHADOW_PER_PAGE,
					 index & BIT(i) ? KASAN_PAGE_FREE : 0, SHADOW_PER_PAGE);
			/* Who finds it there, maps it. */
			smp_wmb();
			WRITE_ONCE(patterns[index], pattern_pte(page, index));
			WRITE_ONCE(nr_patterns, nr_patterns + 1);
		}
		pte = patterns[index];
		raw_spin_unlock_irqrestore(&pattern_lock, flags);
	} while (get_spares() && pte_none(pte));

	if (pte_none(pte)) {
		this_cpu_inc(counters[PATTERNS_LACKED]);
		do {
			index &= index - 1;
			pte = READ_ONCE(patterns[index]);
		} while (pte_none(pte));
	}
	return pte;
}

static __always_inline pte_t find_pattern(unsigned long index)
{
	pte_t pte = READ_ONCE(patterns[index]);

	return likely(!pte_none(pte)) ? pte : make_pattern(index);
}

static void flush_block(unsigned long block)
{
	this_cpu_inc(counters[FLUSHED_ALL]);
	flush_tlb_kernel_range(block_shadow(block), block_shadow(block) + PAGE_SIZE);
}

/* Not through the PTE, which is read-only if RETIRED. */
static __always_inline void write_shadow(struct page *page, unsigned int first, unsigned int nr,
					 u8 value)
{
	kasan_arch_fill(page_address(page) + first * SHADOW_PER_PAGE, value,
			nr * SHADOW_PER_PAGE);
	/* This CPU sees it now, also if it holds a translation from before the page. */
	if (READ_ONCE(page->private) & UNFLUSHED)
		kasan_arch_flush_page(block_shadow(page->index));
}

/* Under the lock. */
static void unpin(struct page *page, unsigned long mask)
{
	unsigned long pins = page_private(page);

	lockdep_assert_held(block_lock(page->index));
	if (!(pins & mask))
		return;

	WRITE_ONCE(page->private, pins & ~mask);
	this_cpu_sub(counters[PINNED_PAGES], hweight8(pins & mask));
	/* One that was idle before, and pinned again, is still on the list. */
	if (!(u8)(pins & ~mask) && list_empty(&page->lru)) {
		raw_spin_lock(&idle_lock);
		list_add_tail(&page->lru, &idle);
		WRITE_ONCE(nr_idle, nr_idle + 1);
		if (nr_idle == 1)
			arm();
		raw_spin_unlock(&idle_lock);
	}
}

/* False if the block is not a pattern. */
static __always_inline bool set_pattern(unsigned long block, pte_t *ptep, unsigned long mask,
					u8 value)
{
	pte_t old = kasan_arch_ptep_get(ptep);
	unsigned long index, new;

	while (likely((index = pattern_index(old)) < NR_PATTERNS)) {
		new = value ? index | mask : index & ~mask;
		if (new == index)
			return true;
		if (replace(block_shadow(block), ptep, &old, find_pattern(new))) {
			if (KASAN_ARCH_STALE && !flush_ms && preemptible())
				flush_block(block);
			return true;
		}
	}
	return false;
}

/*
 * False if that takes the lock. It does not for pages that are not pinned, which
 * only their owner can change, while the block is PRIVATE: once it is RETIRED, the
 * flush before it is looked at waits for CPUs that have interrupts off.
 */
static __always_inline bool set_unpinned(pte_t *ptep, unsigned int first, unsigned int nr,
					 unsigned long mask, u8 value)
{
	pte_t pte;

	guard(irqsave)();
	pte = kasan_arch_ptep_get(ptep);
	if (!pte_write(pte) || (READ_ONCE(pte_page(pte)->private) & mask))
		return false;
	write_shadow(pte_page(pte), first, nr, value);
	return true;
}

static noinline void set_locked(unsigned long block, pte_t *ptep, unsigned int first,
				unsigned int nr, unsigned long mask, u8 value)
{
	unsigned long flags;
	bool private;
	pte_t pte;

	do {
		raw_spin_lock_irqsave(block_lock(block), flags);
		pte = kasan_arch_ptep_get(ptep);
		private = pattern_index(pte) >= NR_PATTERNS;
		if (private) {
			write_shadow(pte_page(pte), first, nr, value);
			if (value)
				unpin(pte_page(pte), mask);
		}
		raw_spin_unlock_irqrestore(block_lock(block), flags);
	} while (!private && !set_pattern(block, ptep, mask, value));
}

/* The block was private a moment ago. */
static noinline void set_private(unsigned long block, pte_t *ptep, unsigned int first,
				 unsigned int nr, unsigned long mask, u8 value)
{
	if (!set_unpinned(ptep, first, nr, mask, value))
		set_locked(block, ptep, first, nr, mask, value);
}

static __always_inline void set_block(unsigned long block, unsigned int first,
				      unsigned int nr, u8 value)
{
	unsigned long mask = (BIT(nr) - 1) << first;
	pte_t *ptep = block_pte(block);

	if (!set_pattern(block, ptep, mask, value))
		set_private(block, ptep, first, nr, mask, value);
}

/* More than one, apart from the path of most pages, which needs no registers saved. */
static noinline void set_blocks(unsigned long page, unsigned long end, u8 value)
{
	unsigned long nr;

	for (; page < end; page += nr) {
		nr = min(PAGES_PER_BLOCK - page % PAGES_PER_BLOCK, end - page);
		set_block(page / PAGES_PER_BLOCK, page % PAGES_PER_BLOCK, nr, value);
	}
}

/**
 * kasan_page_shadow_set() - make whole pages accessible or free
 * @addr: address of the first page, which the caller owns like the others
 * @size: size in bytes, a multiple of PAGE_SIZE
 * @value: 0, or KASAN_PAGE_FREE, which also unpins the pages
 *
 * Context: Any but NMI. Takes the locks of private blocks.
 * Return: false if the memory has no blocks: page shadow is off.
 */
bool kasan_page_shadow_set(const void *addr, size_t size, u8 value)
{
	unsigned long page = page_number(addr), nr = size >> PAGE_SHIFT;
	unsigned int first = page % PAGES_PER_BLOCK;

	if (!has_blocks(page))
		return false;
	if (likely(first + nr <= PAGES_PER_BLOCK))
		set_block(page / PAGES_PER_BLOCK, first, nr, value);
	else
		set_blocks(page, page + nr, value);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_set);

static bool pin_block(unsigned long block, unsigned long mask, int nid, gfp_t gfp)
{
	pte_t old, *ptep = block_pte(block);
	struct page *page, *spare = NULL;
	unsigned long flags;
again:
	raw_spin_lock_irqsave(block_lock(block), flags);
	old = kasan_arch_ptep_get(ptep);
	if (pattern_index(old) >= NR_PATTERNS) {
		page = pte_page(old);
	} else if (spare) {
		page = spare;
		page->index = block;
		INIT_LIST_HEAD(&page->lru);
		set_page_private(page, UNFLUSHED);
		scoped_guard(raw_spinlock, &idle_lock)
			nr_private_peak = max(nr_private_peak, ++nr_private);
	} else {
		/* Not under the lock: the new page may be of this very block. */
		raw_spin_unlock_irqrestore(block_lock(block), flags);
		spare = kasan_page_shadow_alloc(nid, gfp);
		if (spare)
			goto again;
		this_cpu_inc(counters[ALLOC_FAILURES]);
		return false;
	}
	while (!pte_write(old)) {
		/* Under the lock, a pattern can only become another one. */
		if (page == spare)
			copy_page(page_address(page), page_address(pte_page(old)));
		if (replace(block_shadow(block), ptep, &old, mk_pte(page, PAGE_KERNEL)))
			break;
	}
	this_cpu_add(counters[PINNED_PAGES], hweight8(mask & ~page_private(page)));
	mask |= page_private(page);
	WRITE_ONCE(page->private, mask);
	raw_spin_unlock_irqrestore(block_lock(block), flags);

	if (spare && spare != page)
		__free_page(spare);
	if (mask & UNFLUSHED && gfpflags_allow_blocking(gfp)) {
		flush_block(block);
		raw_spin_lock_irqsave(block_lock(block), flags);
		WRITE_ONCE(page->private, page_private(page) & ~UNFLUSHED);
		raw_spin_unlock_irqrestore(block_lock(block), flags);
	}
	return true;
}

/**
 * kasan_page_shadow_pin() - let the shadow of memory be written byte by byte
 * @addr: start of the memory, whose pages the caller owns
 * @size: its size in bytes; 0 is nothing to do
 * @gfp: how to allocate shadow pages; only its reclaim modifiers matter
 * @redzone: whether to count a redzone as lost on failure
 *
 * Context: Any but NMI; may sleep if @gfp allows it. Takes the blocks' locks.
 * Return: false if memory ran out, and the shadow must be left alone.
 */
bool kasan_page_shadow_pin(const void *addr, size_t size, gfp_t gfp, bool redzone)
{
	unsigned long first, nr, page = page_number(addr);
	unsigned long end = page_number(addr + size + PAGE_SIZE - 1);
	bool ok = true;

	if (!has_blocks(page) || !size)
		return true;
	for (; page < end && ok; page += nr) {
		first = page % PAGES_PER_BLOCK;
		nr = min(PAGES_PER_BLOCK - first, end - page);
		ok = pin_block(page / PAGES_PER_BLOCK, GENMASK(first + nr - 1, first),
			       page_to_nid(virt_to_page(addr)), gfp);
	}
	if (!ok && redzone)
		this_cpu_inc(counters[REDZONES_LOST]);
	return ok;
}
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_pin);

/**
 * kasan_page_shadow_stale() - look again before a report
 * @addr: start of the memory accessed
 * @size: size of the access in bytes, not 0
 *
 * Context: Any.
 * Return: true if the access is good, and only this CPU's TLB was stale.
 */
bool kasan_page_shadow_stale(const void *addr, size_t size)
{
	bool stale;

	if (!KASAN_ARCH_STALE || addr + size < addr || !has_blocks(page_number(addr)) ||
	    !has_blocks(page_number(addr + size - 1)))
		return false;

	preempt_disable();
	kasan_arch_flush_local();
	stale = !kasan_range_poisoned(addr, size);
	preempt_enable();
	if (stale)
		this_cpu_inc(counters[STALE_ALARMS]);
	return stale;
}
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_stale);

#if !KASAN_ARCH_STALE
/**
 * kasan_page_shadow_fault() - find out about a fault on shadow
 * @shadow: the address, whose page table exists
 *
 * For architectures where a PTE is not valid while it is replaced. A CPU that needs
 * it meanwhile has to try again, before it runs anything that KASAN checks.
 *
 * Context: Any, even before an exception is accounted for.
 * Return: the PTE if it is, or was, being replaced, or NULL.
 */
noinstr pte_t *kasan_page_shadow_fault(unsigned long shadow)
{
	unsigned long page = page_number(kasan_shadow_to_mem((void *)shadow));
	pte_t *ptep;

	if (!has_blocks(page))
		return NULL;
	ptep = block_pte(page / PAGES_PER_BLOCK);
	if (pte_none(ptep_get(ptep)))
		return NULL;
	raw_cpu_inc(counters[TRANSIENT_FAULTS]);
	return ptep;
}
#endif

/* Take an idle page a step further. False if it is still idle, but RETIRED now. */
static bool retire(struct page *page, struct list_head *given_up)
{
	pte_t old, pattern, *ptep = block_pte(page->index);
	unsigned long i, index = 0;
	u8 *shadow = page_address(page);
	bool done = true;

	/* While it is locked, none but us replaces a PTE of a private page. */
	raw_spin_lock_irq(block_lock(page->index));
	old = kasan_arch_ptep_get(ptep);
	if ((u8)page_private(page)) {
		list_del_init(&page->lru);
	} else if (pte_write(old)) {
		kasan_arch_replace(block_shadow(page->index), ptep, &old,
				   mk_pte(page, PAGE_KERNEL_RO));
		done = false;
	} else {
		for (i = 0; i < PAGES_PER_BLOCK; i++)
			index |= shadow[i * SHADOW_PER_PAGE] ? BIT(i) : 0;
		pattern = READ_ONCE(patterns[index]);
		done = !pte_none(pattern);
		if (done) {
			kasan_arch_replace(block_shadow(page->index), ptep, &old, pattern);
			list_move(&page->lru, given_up);
		}
	}
	raw_spin_unlock_irq(block_lock(page->index));
	/* For the next round: not under the lock. */
	if (index && !done)
		make_pattern(index);
	return done;
}

/*
 * Flush all CPUs; if @reclaim, after retiring idle pages and giving up RETIRED
 * ones. The flush ends all translations of the pages given up, so they can be
 * freed; and the writable ones of those retired, so the next round can give them
 * up. Else a block could get a new page while a CPU still stores to the old one.
 */
static unsigned long flush_all(bool reclaim)
{
	static DEFINE_MUTEX(flush_mutex);
	unsigned long done = 0, freed = 0;
	struct page *page, *next;
	LIST_HEAD(given_up);
	LIST_HEAD(batch);

	guard(mutex)(&flush_mutex);
	scoped_guard(raw_spinlock_irq, &idle_lock)
		if (reclaim)
			list_splice_init(&idle, &batch);
	list_for_each_entry_safe(page, next, &batch, lru) {
		done += retire(page, &given_up);
		cond_resched();
	}

	WRITE_ONCE(kasan_page_shadow_flushes, kasan_page_shadow_flushes + 1);
	xchg(&tlb_stale, false);
	kasan_arch_flush_all();
	this_cpu_inc(counters[FLUSHED_ALL]);
	WRITE_ONCE(kasan_page_shadow_flushes, kasan_page_shadow_flushes + 1);

	list_for_each_entry_safe(page, next, &given_up, lru) {
		__free_page(page);
		freed++;
	}
	this_cpu_add(counters[RECLAIMED], freed);
	scoped_guard(raw_spinlock_irq, &idle_lock) {
		list_splice(&batch, &idle);
		WRITE_ONCE(nr_idle, nr_idle - done);
		nr_private -= freed;
	}
	return freed;
}

static void work_fn(struct work_struct *unused)
{
	static unsigned long due = INITIAL_JIFFIES;
	bool reclaim = time_after_eq(jiffies, due);

	if (reclaim)
		due = jiffies + RECLAIM_PERIOD;
	flush_all(reclaim);
	if (READ_ONCE(nr_idle))
		queue_delayed_work(system_highpri_wq, &work, RECLAIM_PERIOD);
}

static unsigned long shrink_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	return READ_ONCE(nr_idle);
}

static unsigned long shrink_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	return flush_all(true) + flush_all(true);
}

/* --- Shadow of other memory, which has no blocks, can share pages that do not change. */

static u8 vmalloc_free[PAGE_SIZE] __page_aligned_bss;
static unsigned long image_pages, image_shared_pages;

/* Whether page shadow is on. */
bool kasan_page_shadow_enabled(void)
{
	return has_blocks(0);
}

/* Whether @pte maps a page that other shadow shares. */
bool kasan_page_shadow_shared(pte_t pte)
{
	return has_blocks(0) && pattern_index(pte) < NR_PATTERNS;
}
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_shared);

/* What maps shadow of vmalloc space that is all 0 or, if not @accessible, as after vfree(). */
pte_t kasan_page_shadow_uniform(bool accessible)
{
	pte_t pte = accessible ? patterns[0] :
				 pattern_pte(lm_alias(vmalloc_free), NR_PATTERNS - 1);

	return pte_mkyoung(pte);
}

/**
 * kasan_page_shadow_map() - change what maps a shadow page of vmalloc space
 * @shadow: address of the shadow page
 * @ptep: its PTE
 * @new: the new one
 * @flush: whether other CPUs must not go on with the old one. If not, they can until
 *         they are flushed, kasan.page_shadow_flush_ms later.
 *
 * Context: Process context with interrupts on, one caller at a time for each PTE.
 */
void kasan_page_shadow_map(unsigned long shadow, pte_t *ptep, pte_t new, bool flush)
{
	pte_t old = ptep_get(ptep);

	this_cpu_add(counters[VMALLOC_SHARED_PAGES],
		     kasan_page_shadow_shared(new) - kasan_page_shadow_shared(old));
	if (pte_none(old) || pte_none(new)) {
		set_pte(ptep, new);
	} else {
		while (!replace(shadow, ptep, &old, new))
			;
		if (flush)
			flush_tlb_kernel_range(shadow, shadow + PAGE_SIZE);
	}
}

/**
 * kasan_page_shadow_unshare() - let shadow of vmalloc space be written byte by byte
 * @addr: address in the memory that the shadow describes
 *
 * Context: Process context, may sleep, one caller at a time for each shadow page.
 * Return: false if it is shared and memory ran out; a redzone is counted as lost.
 */
bool kasan_page_shadow_unshare(const void *addr)
{
	unsigned long shadow = PAGE_ALIGN_DOWN((unsigned long)kasan_mem_to_shadow(addr));
	pte_t *ptep = virt_to_kpte(shadow);
	struct page *page;

	if (!kasan_page_shadow_shared(ptep_get(ptep)))
		return true;
	page = kasan_page_shadow_alloc(NUMA_NO_NODE, GFP_KERNEL);
	if (!page) {
		this_cpu_inc(counters[REDZONES_LOST]);
		return false;
	}
	copy_page(page_address(page), (void *)shadow);
	kasan_page_shadow_map(shadow, ptep, mk_pte(page, PAGE_KERNEL), true);
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
		set_pte(virt_to_kpte(page->index), kasan_page_shadow_uniform(true));
	flush_tlb_kernel_range(start, end);
	list_for_each_entry_safe(page, next, &pages, lru) {
		list_del(&page->lru);
		memblock_free_late(page_to_phys(page), PAGE_SIZE);
		image_shared_pages++;
	}
}

static int page_shadow_show(struct seq_file *m, void *unused)
{
	unsigned long made;
	int i, cpu;

	seq_printf(m, "enabled %d\nblocks %lu\n", has_blocks(0), nr_blocks);
	scoped_guard(raw_spinlock_irq, &idle_lock)
		seq_printf(m, "private_pages %lu\nprivate_pages_peak %lu\n",
			   nr_private, nr_private_peak);
	for (i = 0; i < NR_COUNTERS; i++) {
		long sum = 0;

		for_each_possible_cpu(cpu)
			sum += READ_ONCE(per_cpu(counters, cpu)[i]);
		seq_printf(m, "%s %ld\n", counter_names[i], sum);
	}
	made = READ_ONCE(nr_patterns);
	seq_printf(m, "static_bytes %lu\nmainline_bytes %lu\n",
		   nr_blocks * sizeof(pte_t) + (made + READ_ONCE(nr_spares)) * PAGE_SIZE,
		   mainline_bytes);
	seq_printf(m, "patterns %lu\nimage_pages %lu\nimage_shared_pages %lu\n",
		   made, image_pages, image_shared_pages);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(page_shadow);

static int __init page_shadow_start(void)
{
	struct shrinker *shrinker;

	mainline_bytes = memblock_phys_mem_size() / KASAN_GRANULE_SIZE;
	debugfs_create_file("page_shadow", 0400, debugfs_create_dir("kasan", NULL), NULL,
			    &page_shadow_fops);
	if (!has_blocks(0))
		return 0;
	arm();
	__memset(vmalloc_free, KASAN_VMALLOC_INVALID, PAGE_SIZE);
	share_image();
	shrinker = shrinker_alloc(0, "kasan-page-shadow");
	if (!shrinker)
		return -ENOMEM;
	shrinker->count_objects = shrink_count;
	shrinker->scan_objects = shrink_scan;
	shrinker_register(shrinker);
	return 0;
}
postcore_initcall(page_shadow_start);

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
	void *pages;

	if (!enabled)
		return;
	first_addr = round_down(start, MEMORY_PER_TABLE);
	nr_tables = DIV_ROUND_UP(end - first_addr, MEMORY_PER_TABLE);
	tables = memblock_alloc(nr_tables * sizeof(*tables), SMP_CACHE_BYTES);
	pages = memblock_alloc_raw(ARRAY_SIZE(spares) * PAGE_SIZE, PAGE_SIZE);
	if (!tables || !pages)
		panic("kasan: no memory for page shadow\n");
	for (; nr_spares < ARRAY_SIZE(spares); nr_spares++)
		spares[nr_spares] = pages + nr_spares * PAGE_SIZE;
	make_pattern(0);
	end_page = nr_tables * PAGES_PER_BLOCK * PTRS_PER_PTE;
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
	table = &tables[page / PAGES_PER_BLOCK / PTRS_PER_PTE];
	if (*table)
		return *table;
	*table = memblock_alloc_raw(PAGE_SIZE, PAGE_SIZE);
	if (!*table)
		panic("kasan: no memory for page shadow\n");
	for (i = 0; i < PTRS_PER_PTE; i++)
		set_pte(&(*table)[i], patterns[0]);
	nr_blocks += PTRS_PER_PTE;
	return *table;
}

static int add_block(pte_t *ptep, unsigned long shadow, void *unused)
{
	if (pte_none(ptep_get(ptep))) {
		set_pte(ptep, patterns[0]);
		nr_blocks++;
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
	if (!has_blocks(0) || (unsigned long)addr < first_addr)
		return -EOPNOTSUPP;
	if (apply_to_page_range(&init_mm, (unsigned long)kasan_mem_to_shadow(addr),
				size >> KASAN_SHADOW_SCALE_SHIFT, add_block, NULL))
		return -ENOMEM;
	WRITE_ONCE(end_page, max(end_page, page_number(addr) + (size >> PAGE_SHIFT)));
	kasan_page_shadow_set(addr, size, 0);
	return 0;
}
