// SPDX-License-Identifier: GPL-2.0
/*
 * Generic KASAN shadow memory in proportion to use.
 *
 * Only slab pages and the redzones of large kmalloc() allocations need shadow with byte
 * granularity. Any other page of the direct map is wholly accessible or wholly free. A
 * shadow page describes a block of 8 pages, and has one of 2^8 contents if none of them
 * needs more. These exist once, as read-only pattern pages, and the PTE of a block's shadow
 * says which is the block's: the page table is the per-page shadow. Checks are as ever.
 *
 *      block: 8 pages       PTE                 shadow page: 8 x 512 bytes
 *    |a|a|f|a|a|a|a|a|  --> pattern 0x04, RO --> 00 00 ff 00 00 00 00 00  shared
 *    |a|S|S|f|a|a|a|a|  --> private,      RW --> 00 ?? ?? ff 00 00 00 00  its own
 *     a accessible, f free, S slab
 *
 * States of a block:
 *   PATTERN  Bit i of the frame's number among the patterns: page i is free. Changes by a
 *            cmpxchg, lockless: pages have different owners, and bits; who loses looks again.
 *   PRIVATE  Some page of the block is pinned: from before the first byte-wise store to its
 *            shadow, by its owner, until it is freed. Shadow of pages not pinned is uniform.
 *   RETIRED  Private but read-only, as nothing was pinned for a while. A pin makes it
 *            PRIVATE, and time makes it PATTERN.
 * Pins, in page_private() of the private page, and steps from PRIVATE to PATTERN take the
 * block's lock; in NMI, pins try. Pages are allocated and freed without: private shadow is
 * written with interrupts off, and a RETIRED PTE marked, so that who gives it up looks again.
 *
 * Pages are allocated and freed with interrupts off, when other CPUs cannot be
 * flushed, so one may go on with a translation that was replaced. But a CPU that takes
 * a translation sets the accessed flag of the PTE first, patterns are mapped without
 * it, and flushes of all CPUs are numbered. So a PTE tells who can be stale. It is
 *   cached  if the flag is set: a CPU may have this very translation;
 *   held    if cached, or if the flush is not over whose number is its stamp, in bits
 *           that the hardware ignores: until then, a CPU may have an older one.
 * What replaces a cached PTE is stamped with a flush that is yet to begin, what replaces one held
 * inherits the stamp, and all others have none: an exchange is all that most take. If it says less
 * than one that was held, this CPU is flushed, and a flush of all armed. (Where the hardware
 * flushes all CPUs, there are no stamps.) Until that flush a CPU may see
 *   free, but the page is accessible: before it reports anything, it flushes the
 *      translation and looks again. Never a false report.
 *   accessible, but the page is free: a use after free can be missed. Not of slab, as
 *      a pin that may sleep waits for the flush.
 *   read-only, but the block is PRIVATE: its first store faults and is tried again.
 *   writable, but the page was given up: cannot happen. All CPUs are flushed between
 *      RETIRED and PATTERN, and again before the page is freed.
 */

#include <linux/cpu.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/shrinker.h>

#include <asm/tlb.h>
#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "page_shadow.h"
#include "../internal.h"

#define RECLAIM_PERIOD_MS	1000
#define RECLAIM_BATCH		512UL
#define SECOND_LOOK_PAGES	32UL

/* Of block n: block_locks[n % 64]. Never two at a time. */
static raw_spinlock_t block_locks[64] = {
	[0 ... 63] = __RAW_SPIN_LOCK_UNLOCKED(block_locks)
};

#define block_lock(block)	(&block_locks[(block) % ARRAY_SIZE(block_locks)])

static DEFINE_MUTEX(flush_mutex);	/* of who flushes all CPUs */
static LIST_HEAD(idle);			/* guarded by it; idle pages are first unpinned */
static LLIST_HEAD(unpinned);
static atomic_long_t nr_idle;		/* in both */

/* Read where a block may be held, and written by flushes only. */
VISIBLE_IF_KUNIT struct kasan_page_shadow_tlb kasan_page_shadow_tlb;
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_tlb);
#define tlb kasan_page_shadow_tlb

/* Arming: pages are freed under any locks, so what is due is left to a task. */
static bool started __ro_after_init, reclaim_due;
static void flush_fn(struct work_struct *unused);
static void reclaim_fn(struct work_struct *unused);
static DECLARE_WORK(flusher, flush_fn);
static DECLARE_WORK(reclaimer, reclaim_fn);

/* On any CPU: a task that does not sleep may keep this one. */
static void arm_fn(struct irq_work *unused)
{
	if (READ_ONCE(tlb.due))
		queue_work(system_dfl_wq, &flusher);
	if (READ_ONCE(reclaim_due))
		queue_work(system_dfl_wq, &reclaimer);
}

/* While suspended, an interrupt to oneself is lost; other CPUs are off. The next change arms. */
static noinline __kprobes void arm(bool *due)
{
	static struct irq_work arm_work = IRQ_WORK_INIT_HARD(arm_fn);

	if (started && system_state != SYSTEM_SUSPEND && !xchg(due, true))
		irq_work_queue(&arm_work);
}

/* Not by a timer that a realtime task on this CPU can hold up. */
static void sleep_ms(unsigned int ms)
{
	ktime_t time = ms_to_ktime(ms);

	set_current_state(TASK_IDLE);
	schedule_hrtimeout(&time, HRTIMER_MODE_REL_HARD);
}

/* While the number stays the same, or a stamp yet to be mended could seem to have passed. */
static bool is_held(pte_t *ptep)
{
	unsigned long flushes;
	pte_t pte;

	do {
		flushes = READ_ONCE(tlb.flushes);
		smp_rmb();	/* against flush_all() */
		pte = kasan_arch_ptep_get(ptep);
		smp_rmb();	/* ditto */
	} while (READ_ONCE(tlb.flushes) != flushes);
	return !has_passed(pte, flushes);
}

static __always_inline void flush_here(unsigned long shadow)
{
	kasan_arch_flush_page(shadow);
	count(FLUSHED_LOCAL, 1);
}

/*
 * Replace *@ptep if it is *@old, and if not, update *@old. The new one maps @another frame, and
 * if it says @less, this CPU sees it now, others soon. A flush that gets its number between
 * reading that and the exchange need not cover it, but cannot end while interrupts are off.
 */
static noinline __kprobes bool replace(unsigned long shadow, pte_t *ptep, pte_t *old, pte_t new,
				       bool another, bool less)
{
	bool cached = another && pte_young(*old), held;
	unsigned long flushes, stamp;
	pte_t pte;

	lockdep_assert_irqs_disabled();
	smp_rmb();	/* after *@old, see has_passed() */
	flushes = READ_ONCE(tlb.flushes);
	held = STALE && (cached || !has_passed(*old, flushes));
	stamp = cached ? next_flush(flushes) : held ? get_stamp(*old) : 0;
	pte = set_stamp(new, stamp);
	if (!kasan_arch_replace(shadow, ptep, old, pte))
		return false;
	count(REPLACED, 1);
	if (!held)
		return true;

	count(cached ? CACHED : HELD, 1);
	/* If this, after a full barrier, sees a new number, mend what others may have inherited. */
	if (cached && READ_ONCE(tlb.flushes) != flushes)
		while (!kasan_arch_replace(shadow, ptep, &pte,
					   set_stamp(pte, next_flush(READ_ONCE(tlb.flushes)))))
			;
	/* If it says more, the second look would do, for more than this if it is needed. */
	if (less || cached)
		flush_here(shadow);
	if (less && !READ_ONCE(tlb.due))
		arm(&tlb.due);
	return true;
}

/* A function, so that tests can have it fail. */
struct page *kasan_page_shadow_alloc(int nid, gfp_t gfp, bool allow_spin)
{
	if (!allow_spin)
		return alloc_pages_nolock(0, nid, 0);
	KUNIT_STATIC_STUB_REDIRECT(kasan_page_shadow_alloc, nid, gfp, allow_spin);
	return alloc_pages_node(nid, (gfp & GFP_RECLAIM_MASK) | __GFP_NOWARN, 0);
}
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_alloc);

static noinline __kprobes void unpin(struct page *page, unsigned long mask)
{
	unsigned long new, old = READ_ONCE(page->private);

	do {
		if (!(old & mask))
			return;
		new = old & ~mask;
		new |= new & PAGE_PINS ? 0 : PAGE_IDLE;
	} while (!try_cmpxchg(&page->private, &old, new));
	count(PINNED_PAGES, -(long)hweight8(old & mask));
	/* One that was idle before, and pinned again, is still in a list. */
	if (old & PAGE_IDLE || !(new & PAGE_IDLE))
		return;
	atomic_long_inc(&nr_idle);
	llist_add((struct llist_node *)&page->lru, &unpinned);	/* a full barrier */
	if (!READ_ONCE(reclaim_due))
		arm(&reclaim_due);
}

/* What maps the pattern that this one becomes by a change of these pages. */
static __always_inline pte_t next_pattern(pte_t pte, unsigned long page, unsigned long nr,
					  u8 value)
{
	unsigned long mask = (BIT(nr) - 1) << (page % PAGES_PER_BLOCK + PAGE_SHIFT);

	static_assert((NR_PATTERNS - 1) == KASAN_PAGE_FREE);
	return __pte(pte_val(pte) ^ ((pte_val(pte) ^ (unsigned long)value << PAGE_SHIFT) & mask));
}

/*
 * False if the block of these pages is no pattern that nobody holds: that is said by the value
 * exchanged, whatever happened since it was read. Most changes are only this.
 */
static __always_inline bool set_unheld(unsigned long page, unsigned long nr, u8 value)
{
	unsigned long block = page / PAGES_PER_BLOCK;
	pte_t old, *ptep = table_of_boot(block);

	if (!ptep)
		return false;
	ptep += block % PTRS_PER_PTE;
	old = ptep_get(ptep);
	if (unheld_index(old) >= NR_PATTERNS ||
	    !kasan_arch_replace(block_shadow(block), ptep, &old,
				next_pattern(old, page, nr, value)))
		return false;
	count(REPLACED, 1);
	return true;
}

/*
 * All others. Who gives a private page up waits for CPUs with interrupts off once it is RETIRED,
 * and before it is freed. If it was RETIRED before, retire() may have looked at it: then either
 * that sees the mark, or we see the pattern. Always true, for a tail call.
 */
static noinline __kprobes bool set_block(unsigned long page, unsigned long nr, u8 value)
{
	unsigned long index, first = page % PAGES_PER_BLOCK, block = page / PAGES_PER_BLOCK;
	pte_t pte, new, *ptep = block_pte(block);
	bool done;

	guard(irqsave)();
	do {
		pte = kasan_arch_ptep_get(ptep);
		index = pattern_index(pte);
		if (index < NR_PATTERNS) {
			new = next_pattern(pattern_pte(index), page, nr, value);
			done = pte_pfn(new) == pte_pfn(pte) ||
			       replace(block_shadow(block), ptep, &pte, new, true, value);
		} else {
			/* Not through the PTE, which is read-only if RETIRED. */
			kasan_arch_fill(page_address(pte_page(pte)) + first * SHADOW_PER_PAGE,
					value, nr * SHADOW_PER_PAGE);
			done = pte_write(pte) || replace(block_shadow(block), ptep, &pte,
							 pte_mkspecial(pte), false, false);
		}
	} while (unlikely(!done));
	if (index < NR_PATTERNS || !value)
		return true;
	/* This CPU may have a translation from before the page; all are flushed soon. */
	if (get_stamp(pte) && is_held(ptep))
		flush_here(block_shadow(block));
	unpin(pte_page(pte), (BIT(nr) - 1) << first);
	return true;
}

static noinline __kprobes bool set_blocks(unsigned long page, unsigned long end, u8 value)
{
	unsigned long nr;

	for (; page < end; page += nr) {
		nr = min(PAGES_PER_BLOCK - page % PAGES_PER_BLOCK, end - page);
		if (!set_unheld(page, nr, value))
			set_block(page, nr, value);
	}
	return true;
}

/**
 * kasan_page_shadow_set() - make whole pages accessible or free
 * @addr: address of the first page, which the caller owns like the others
 * @size: size in bytes, a multiple of PAGE_SIZE
 * @value: 0, or KASAN_PAGE_FREE, which also unpins the pages
 *
 * Context: Any, also NMI. Takes no locks.
 * Return: false if the memory has no blocks: page shadow is off.
 */
__kprobes bool kasan_page_shadow_set(const void *addr, size_t size, u8 value)
{
	unsigned long page = page_number(addr), nr = size >> PAGE_SHIFT;
	bool one = page % PAGES_PER_BLOCK + nr <= PAGES_PER_BLOCK;

	if (one && set_unheld(page, nr, value))
		return true;
	if (!has_blocks(page))
		return false;
	return one ? set_block(page, nr, value) : set_blocks(page, page + nr, value);
}
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_set);

/* Take an idle page a step further, unless it is pinned or marked just now. */
static __kprobes void retire(struct page *page, struct list_head *given_up)
{
	unsigned long i, index = 0, private, block = READ_ONCE(page->private) / PRIVATE_BLOCK;
	pte_t old, *ptep = block_pte(block), retired = mk_pte(page, PAGE_KERNEL_RO);
	unsigned long shadow = block_shadow(block);
	u8 *bytes = page_address(page);
	bool done = false;

	list_del(&page->lru);
	raw_spin_lock_irq(block_lock(block));	/* against pins */
	private = READ_ONCE(page->private);
	old = kasan_arch_ptep_get(ptep);
	if (private & PAGE_PINS) {
		/* From then on, who unpins it has it. */
		done = try_cmpxchg(&page->private, &private, private & ~PAGE_IDLE);
	} else if (pte_write(old)) {
		replace(shadow, ptep, &old, retired, false, false);
	} else {
		if (pte_special(old) && replace(shadow, ptep, &old, retired, false, false))
			old = kasan_arch_ptep_get(ptep);
		for (i = 0; i < PAGES_PER_BLOCK; i++)
			index |= READ_ONCE(bytes[i * SHADOW_PER_PAGE]) ? BIT(i) : 0;
		done = !pte_special(old) &&
		       replace(shadow, ptep, &old, pattern_pte(index), true, false);
		if (done)
			list_add(&page->lru, given_up);
	}
	if (done)
		atomic_long_dec(&nr_idle);
	else
		list_add_tail(&page->lru, &idle);
	raw_spin_unlock_irq(block_lock(block));
}

static void flush_cpu(void *unused)
{
	kasan_arch_flush_local();
}

/*
 * Flush all CPUs, after taking up to @nr idle pages a step further: it ends all translations
 * of pages given up, so they can be freed, and the writable ones of those retired, so that a
 * later round can give them up. Else a block could get a new page while a CPU still stores to
 * the old one. As long as a CPU comes up, which runs in no flush, no page is taken.
 */
static __kprobes unsigned long flush_all(unsigned long nr)
{
	bool reclaim = nr && cpus_read_trylock();
	unsigned long freed = 0;
	struct llist_node *node, *after;
	struct page *page, *next;
	LIST_HEAD(given_up);
	LIST_HEAD(batch);

	lockdep_assert_held(&flush_mutex);
	llist_for_each_safe(node, after, llist_del_all(&unpinned))
		list_add_tail((struct list_head *)node, &idle);
	while (reclaim && nr-- && !list_empty(&idle))
		list_move_tail(idle.next, &batch);
	list_for_each_entry_safe(page, next, &batch, lru)
		retire(page, &given_up);

	/* Before the number, so that one is armed for each stamp of the next flush. */
	xchg(&tlb.due, false);
	WRITE_ONCE(tlb.flushes, tlb.flushes + 1);
	smp_mb();	/* against replace() and is_held(), as interrupting need not be one */
	/* Waits for CPUs with interrupts off, unlike INVLPGB. Nobody has what was there before. */
	on_each_cpu(flush_cpu, NULL, true);
	smp_store_release(&tlb.flushes, tlb.flushes + 1);	/* after it, for has_passed() */
	count(FLUSHED_ALL, 1);

	list_for_each_entry_safe(page, next, &given_up, lru) {
		__free_page(page);
		freed++;
	}
	count(RECLAIMED, freed);
	count(PRIVATE_PAGES, -(long)freed);
	if (reclaim)
		cpus_read_unlock();
	return freed;
}

static __kprobes bool pin_block(unsigned long block, unsigned long mask, int nid, gfp_t gfp,
				bool allow_spin)
{
	struct page *page = NULL, *spare = NULL;
	pte_t old, *ptep = block_pte(block);
	unsigned long flags, private, flush = 0;
again:
	local_irq_save(flags);
	if (!raw_spin_trylock(block_lock(block))) {
		if (!allow_spin)
			goto restore;
		raw_spin_lock(block_lock(block));
	}
	old = kasan_arch_ptep_get(ptep);
	if (pattern_index(old) >= NR_PATTERNS) {
		page = pte_page(old);
	} else if (spare) {
		page = spare;
		page->private = block * PRIVATE_BLOCK;
		count(PRIVATE_PAGES, 1);
	} else {
		/* Not under the lock: the new page may be of this very block. */
		raw_spin_unlock_irqrestore(block_lock(block), flags);
		spare = kasan_page_shadow_alloc(nid, gfp, allow_spin);
		if (spare)
			goto again;
		goto out;
	}
	while (!pte_write(old)) {
		/* Under the lock, a pattern can only become another one. */
		if (page == spare)
			copy_page(page_address(page), page_address(pte_page(old)));
		if (replace(block_shadow(block), ptep, &old, mk_pte(page, PAGE_KERNEL),
			    page == spare, true))
			break;
	}
	private = set_mask_bits(&page->private, 0, mask);
	count(PINNED_PAGES, hweight8(mask & ~private));
	if (STALE && is_held(ptep))
		flush = next_flush(READ_ONCE(tlb.flushes));
	raw_spin_unlock(block_lock(block));
restore:
	local_irq_restore(flags);
out:
	if (spare && spare != page)
		free_pages_nolock(spare, 0);
	count(ALLOC_FAILURES, page ? 0 : 1);
	if (flush && allow_spin && gfpflags_allow_blocking(gfp)) {
		guard(mutex)(&flush_mutex);
		/* One serves all who wait. */
		if (READ_ONCE(tlb.flushes) <= flush) {
			count(FLUSHED_BY_PIN, 1);
			flush_all(0);
		}
	}
	return page;
}

/**
 * kasan_page_shadow_pin() - let the shadow of memory be written byte by byte
 * @addr: start of the memory, whose pages the caller owns
 * @size: its size in bytes; 0 is nothing to do
 * @gfp: how to allocate shadow pages; only its reclaim modifiers matter
 * @allow_spin: whether locks, and memory, may be waited for
 * @redzone: whether to count a redzone as lost on failure
 *
 * Context: Any, also NMI unless @allow_spin; then may sleep if @gfp allows it. Takes locks.
 * Return: false if it got no memory, or no lock, and the shadow must be left alone.
 */
__kprobes bool kasan_page_shadow_pin(const void *addr, size_t size, gfp_t gfp, bool allow_spin,
				     bool redzone)
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
			       page_to_nid(virt_to_page(addr)), gfp, allow_spin);
	}
	count(REDZONES_LOST, !ok && redzone ? 1 : 0);
	return ok;
}
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_pin);

/**
 * kasan_page_shadow_accessible() - check a large range by its block's PTE
 * @addr: start of the memory accessed
 * @size: size of the access in bytes, not 0
 *
 * It is faster than to read shadow, and the PTE does not get cached by that. What was no
 * memory at boot is left to its shadow, as it may be none at all. Flat, since
 * nothing may be called while user access is enabled.
 *
 * Context: Any, also NMI.
 * Return: true if it is accessible; false if that is to be seen from its shadow.
 */
__flatten bool kasan_page_shadow_accessible(const void *addr, size_t size)
{
	unsigned long page = page_number(addr), last = page_number(addr + size - 1);
	unsigned long index, block = page / PAGES_PER_BLOCK;
	/* has_blocks(), as early in boot there are no tables yet. */
	pte_t *table = has_blocks(page) ? table_of_boot(block) : NULL;

	index = table ? pattern_index(ptep_get(&table[block % PTRS_PER_PTE])) : NR_PATTERNS;
	return index < NR_PATTERNS && size <= KASAN_MEMORY_PER_SHADOW_PAGE &&
	       block == last / PAGES_PER_BLOCK &&
	       !(index & GENMASK(last % PAGES_PER_BLOCK, page % PAGES_PER_BLOCK));
}
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_accessible);

/**
 * kasan_page_shadow_stale() - look again before a report
 * @addr: start of the memory accessed
 * @size: size of the access in bytes, not 0
 *
 * Context: Any, also NMI.
 * Return: true if the access is good, and only this CPU's TLB was stale.
 */
bool kasan_page_shadow_stale(const void *addr, size_t size)
{
	unsigned long page = page_number(addr), last = page_number(addr + size - 1);
	unsigned long block = page / PAGES_PER_BLOCK;
	bool stale;

	if (!STALE || addr + size < addr || !has_blocks(page) || !has_blocks(last))
		return false;

	guard(preempt)();
	last = min(last / PAGES_PER_BLOCK, block + SECOND_LOOK_PAGES);
	for (; block <= last; block++)
		kasan_arch_flush_page(block_shadow(block));
	stale = !kasan_range_poisoned(addr, size);
	if (!stale) {
		kasan_arch_flush_local();
		stale = !kasan_range_poisoned(addr, size);
	}
	count(STALE_ALARMS, stale ? 1 : 0);
	return stale;
}
EXPORT_SYMBOL_IF_KUNIT(kasan_page_shadow_stale);

static void flush_fn(struct work_struct *unused)
{
	sleep_ms(kasan_page_shadow_flush_ms);
	guard(mutex)(&flush_mutex);
	/* Not if a pin was first. */
	if (READ_ONCE(tlb.due))
		flush_all(0);
}

static __kprobes void reclaim_fn(struct work_struct *unused)
{
	unsigned long nr, left;

	sleep_ms(RECLAIM_PERIOD_MS);
	for (left = atomic_long_read(&nr_idle); left; left -= nr) {
		nr = min(left, RECLAIM_BATCH);
		guard(mutex)(&flush_mutex);
		flush_all(nr);
	}
	xchg(&reclaim_due, false);	/* a full barrier, against that of unpin() */
	if (atomic_long_read(&nr_idle))
		arm(&reclaim_due);
}

static unsigned long shrink_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	return atomic_long_read(&nr_idle);
}

/* Retires pages, then gives them up, unless somebody else is flushing. */
static unsigned long shrink_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long freed, nr = min(shrink_count(shrinker, sc), RECLAIM_BATCH);

	if (!nr || !mutex_trylock(&flush_mutex))
		return SHRINK_STOP;
	sc->nr_scanned = nr;
	freed = flush_all(nr) + flush_all(nr);
	mutex_unlock(&flush_mutex);
	return freed;
}

/* While it came up, flushes did not reach it, nor wait for what it did. */
static int flush_new_cpu(unsigned int cpu)
{
	guard(preempt)();
	kasan_arch_flush_local();
	if (STALE)
		arm(&tlb.due);
	return 0;
}

static int __init page_shadow_start(void)
{
	struct shrinker *shrinker;

	if (!has_blocks(0))
		return 0;
	started = true;
	arm(&tlb.due);
	arm(&reclaim_due);
	shrinker = shrinker_alloc(0, "kasan-page-shadow");
	if (!shrinker)
		return -ENOMEM;
	shrinker->count_objects = shrink_count;
	shrinker->scan_objects = shrink_scan;
	shrinker_register(shrinker);
	/* On those that are up, too. */
	return min(0, cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "mm/kasan:online", flush_new_cpu,
					NULL));
}
postcore_initcall(page_shadow_start);
