// SPDX-License-Identifier: GPL-2.0
/*
 * Torture test of page shadow: is each access judged by the truth, on all CPUs?
 *
 * The test owns so few blocks that CPUs collide all the time, and plays the
 * page allocator and slab with them: on each CPU a thread, and interrupts sent by
 * the threads of other CPUs, on x86 also NMIs, allocate, free, pin, poison and access their pages.
 * Before a page is changed it is locked, and its @seq is odd meanwhile, so whoever
 * found the same even number before and after a check knows the truth that the
 * check ran against. A check does what an instrumented access does.
 *
 * Wrong, and the end of the test, are
 *   I1  a good access judged bad, and any report but those asked for;
 *   I2  shadow that is not what was last written, by the CPU's own mapping or by
 *       the page that the PTE points to;
 *   I3  a bad access judged good, unless the CPU may still be stale: it did not
 *       make the change itself, the PTE said that the block was held, the flush that
 *       the change scheduled did not end before the check, and the change is younger
 *       than limit_ms. A pin that may sleep leaves no CPU stale, and neither is one as
 *       to anything that happens to a block while it is private, once the pin that
 *       made it so is settled.
 *
 * Loading the module runs the test. Whether it failed is then a parameter of it.
 */
#define pr_fmt(fmt) "torture: " fmt

#include <kunit/visibility.h>
#include <linux/cpu.h>
#include <linux/kasan-checks.h>
#include <linux/kasan-page-shadow.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/seqlock.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <linux/timex.h>

#include <trace/events/error_report.h>

#ifdef CONFIG_X86
#include <asm/apic.h>
#include <asm/nmi.h>
#endif

#include "page_shadow.h"

/* PREEMPT_RT allows it nowhere else, and the latter complains of what RT forbids. */
#define ALLOC_IN_TASK \
	(IS_ENABLED(CONFIG_PREEMPT_RT) || IS_ENABLED(CONFIG_PROVE_RAW_LOCK_NESTING))

#define MAX_SPAN		4	/* pages that a checked access touches */
#define MAX_RUN			8	/* pages that are changed at once, in 2 blocks at most */

static unsigned int seconds = 60;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "how long to run (default 60)");

static unsigned int blocks = 4;
module_param(blocks, uint, 0444);
MODULE_PARM_DESC(blocks, "blocks to fight for, a power of 2 (default 4)");

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "random seed as printed by an earlier run (default 0: new)");

static unsigned int limit_ms = 2000;
module_param(limit_ms, uint, 0444);
MODULE_PARM_DESC(limit_ms, "age at which a miss is wrong whether flushed or not (default 2000)");

static bool hotplug;
module_param(hotplug, bool, 0444);
MODULE_PARM_DESC(hotplug, "take CPUs off and on meanwhile (default N)");

static unsigned int report_ms;
module_param(report_ms, uint, 0444);
MODULE_PARM_DESC(report_ms,
		 "time between real bad accesses (default 0: none; needs kasan_multi_shot)");

/* Not insmod's status: busybox tries again on errors, and may succeed then. */
static bool failed;
module_param(failed, bool, 0444);
MODULE_PARM_DESC(failed, "the verdict, once loading is over");

enum context { TASK, BH_OFF, IRQ_OFF, HARDIRQ, NMI, NR_CONTEXTS };
static const char * const context_names[NR_CONTEXTS] = {
	"task", "bh off", "irq off", "irq", "nmi"
};

enum counter {
	/* Verdicts, of which the first two are what a check should say. */
	GOOD, BAD,
	ALARM,		/* good, but only when looked at again */
	MISS,		/* bad, judged good, within what I3 allows */
	UNSURE,		/* the page changed meanwhile */
	NR_VERDICTS,
	ALLOC = NR_VERDICTS, FREE, PIN, PIN_FAILED, POISON, ACCESS, REPORT, NR_TORTURE_COUNTERS
};

static const char * const counter_names[NR_TORTURE_COUNTERS] = {
	"good", "bad", "alarm", "miss", "unsure",
	"alloc", "free", "pin", "pin_failed", "poison", "access", "report",
};

static DEFINE_PER_CPU(unsigned long[NR_CONTEXTS][NR_TORTURE_COUNTERS], counters);

static struct tpage {
	unsigned long locked;		/* bit 0: by who may change what follows */
	seqcount_t seq;
	enum { IS_FREE, IS_PAGE, IS_SLAB } state;
	u8 shadow[SHADOW_PER_PAGE];	/* what it should be */
	/* As of the last change of the PTE that concerned this page: */
	int cpu;			/* where it was made */
	unsigned long settled;		/* flush step since when no CPU is stale */
	u64 changed;			/* us */
	unsigned long limit;		/* jiffies, by when it has to be flushed */
	/* @seq, and the age of the last miss since then in us */
	atomic64_t missed;
	bool watched;			/* leave it alone, to see how long it is missed */
} *pages;

/* By block: pages pinned by us, and when the first of them was settled, by TBLOCK_SETTLED. */
static atomic_long_t *tblocks;
#define TBLOCK_PINS		0xffUL
#define TBLOCK_SETTLED		0x100UL

static void *memory;
static unsigned int nr_pages, hot;	/* the page that changed last */
static unsigned long next_report;
static bool stop;
static u64 started;
static unsigned int cycles;		/* of CPUs going off and on */
static unsigned long cycles_per_us;

/* Ages in us of the last miss of a change, as far as they fit. */
static u32 ages[1 << 16];
static atomic_t nr_ages;

static u32 below(struct rnd_state *rnd, u32 limit)
{
	return prandom_u32_state(rnd) % limit;
}

static void *address(const struct tpage *p)
{
	return memory + (p - pages) * PAGE_SIZE;
}

static u64 now_us(void)
{
	return get_cycles() / cycles_per_us;
}

static atomic_long_t *block_of(const struct tpage *p)
{
	return &tblocks[(p - pages) / PAGES_PER_BLOCK];
}

static pte_t shadow_pte(const struct tpage *p)
{
	return kasan_page_shadow_pte(address(p));
}

/* Found at a flush step, and if it is about a page, at a @seq of it. */
static void wrong(const char *what, unsigned long addr, size_t size, unsigned long step,
		  const struct tpage *p, unsigned int seq)
{
	WRITE_ONCE(stop, true);
	if (xchg(&failed, true))
		return;
	pr_err("%s: cpu %d, %#lx+%zu, flush step %lu (now %lu), %llu us after start\n", what,
	       raw_smp_processor_id(), addr, size, step, READ_ONCE(kasan_page_shadow_tlb.flushes),
	       now_us() - started);
	if (p)
		pr_err("page %td, seq %u (now %u), state %d, pins of block %lu, pte %#llx, changed by cpu %d %lld us ago, settled at %lu\n",
		       p - pages, seq, raw_read_seqcount(&p->seq), p->state,
		       atomic_long_read(block_of(p)) & TBLOCK_PINS,
		       (u64)pte_val(shadow_pte(p)), p->cpu, (s64)(now_us() - p->changed),
		       p->settled);
}

/* Each KASAN report and WARN, of the whole kernel. */
static DEFINE_PER_CPU(int, reports_due);

static void probe_report(void *unused, enum error_detector detector, unsigned long addr)
{
	if (this_cpu_dec_return(reports_due) < 0)
		wrong("a report", addr, 0, 0, NULL, 0);
}

/*
 * The flush step that is over when a change made before has been flushed; 0 if that is
 * not needed, as the flush is over which the PTE is stamped with: whatever CPU had an older
 * translation has none any more.
 */
static unsigned long flush_step(const struct tpage *p)
{
	unsigned long flushes;
	pte_t pte;

	/* As in is_held() of page_shadow.c. */
	do {
		flushes = READ_ONCE(kasan_page_shadow_tlb.flushes);
		smp_rmb();	/* ditto */
		pte = shadow_pte(p);
		smp_rmb();	/* ditto */
	} while (READ_ONCE(kasan_page_shadow_tlb.flushes) != flushes);
	return has_passed(pte, flushes) ? 0 : round_down(flushes + 3, 2);
}

/* Whether this CPU, when at @step, has to see the truth. */
static bool is_exact(const struct tpage *p, unsigned long step)
{
	return p->cpu == raw_smp_processor_id() || step >= p->settled;
}

/* Whether the truth forbids to access any of the bytes @first to @last of a page. */
static bool forbidden(const struct tpage *p, unsigned int first, unsigned int last)
{
	unsigned int i;

	for (i = first / KASAN_GRANULE_SIZE; i <= last / KASAN_GRANULE_SIZE; i++) {
		unsigned int end = min(last, (i + 1) * KASAN_GRANULE_SIZE - 1);
		u8 value = READ_ONCE(p->shadow[i]);

		if (value && (value >= KASAN_GRANULE_SIZE || end % KASAN_GRANULE_SIZE >= value))
			return true;
	}
	return false;
}

static void note_miss(struct tpage *p, unsigned int seq, u64 age)
{
	s64 old = atomic64_read(&p->missed);
	s64 new = (s64)seq << 32 | min(age, U32_MAX);

	while (old >> 32 == seq && old < new && !atomic64_try_cmpxchg(&p->missed, &old, new))
		;
}

static enum counter judge(unsigned long addr, size_t size)
{
	unsigned long offset = addr - (unsigned long)memory, last = offset + size - 1, step;
	struct tpage *first = &pages[offset / PAGE_SIZE], *end = &pages[last / PAGE_SIZE] + 1;
	struct tpage *p, *late = NULL;
	unsigned int seq[MAX_SPAN];
	bool poisoned, stale, bad = false;
	u64 now, age[MAX_SPAN] = {};

	for (p = first; p < end; p++) {
		seq[p - first] = raw_read_seqcount(&p->seq);
		if (seq[p - first] & 1)
			return UNSURE;
	}
	step = READ_ONCE(kasan_page_shadow_tlb.flushes);
	now = now_us();
	/* Judge with what was flushed up to that step. */
	smp_rmb();
	poisoned = kasan_range_poisoned((void *)addr, size);
	stale = poisoned && kasan_page_shadow_stale((void *)addr, size);

	for (p = first; p < end; p++) {
		if (!forbidden(p, p == first ? offset % PAGE_SIZE : 0,
			       p == end - 1 ? last % PAGE_SIZE : PAGE_SIZE - 1))
			continue;
		bad = true;
		age[p - first] = max_t(s64, now - p->changed, 1);
		if (stale || is_exact(p, step) || time_after(jiffies, p->limit))
			late = p;
	}
	for (p = first; p < end; p++)
		if (read_seqcount_retry(&p->seq, seq[p - first]))
			return UNSURE;

	if (poisoned && !stale) {
		if (!bad)
			wrong("I1: good, judged bad", addr, size, step, first, seq[0]);
		return BAD;
	}
	if (!bad)
		return stale ? ALARM : GOOD;
	if (late)
		wrong("I3: bad, judged good", addr, size, step, late, seq[late - first]);
	for (p = first; p < end; p++)
		if (age[p - first])
			note_miss(p, seq[p - first], age[p - first]);
	return MISS;
}

static unsigned int random_size(struct rnd_state *rnd)
{
	switch (below(rnd, 8)) {
	case 0:
		return 1 + below(rnd, (MAX_SPAN - 1) * PAGE_SIZE);
	case 1 ... 2:
		return 1 + below(rnd, 64);
	default:
		return 1 << below(rnd, 5);
	}
}

static void check(struct rnd_state *rnd, enum context context)
{
	unsigned int page = below(rnd, 2) ? READ_ONCE(hot) : below(rnd, nr_pages);
	unsigned int size = random_size(rnd);
	unsigned long offset = page * PAGE_SIZE + below(rnd, PAGE_SIZE);
	enum counter verdict;

	if (below(rnd, 2))
		offset = round_down(offset, roundup_pow_of_two(min(size, PAGE_SIZE)));
	offset = min(offset, nr_pages * PAGE_SIZE - size);
	verdict = judge((unsigned long)memory + offset, size);
	this_cpu_inc(counters[context][verdict]);
	if (verdict != MISS || context != TASK || below(rnd, 4))
		return;

	/* See how long it lasts. */
	page = offset / PAGE_SIZE;
	WRITE_ONCE(pages[page].watched, true);
	while (judge((unsigned long)memory + offset, size) == MISS && !READ_ONCE(stop))
		cond_resched();
	WRITE_ONCE(pages[page].watched, false);
}

/* What inline instrumentation, or outline, makes of these. */
static noinline void access(unsigned long addr, unsigned int size)
{
	switch (size) {
	case 1:
		READ_ONCE(*(u8 *)addr);
		break;
	case 2:
		READ_ONCE(*(u16 *)addr);
		break;
	case 4:
		READ_ONCE(*(u32 *)addr);
		break;
	case 8:
		READ_ONCE(*(u64 *)addr);
		break;
	case 16:
		__READ_ONCE(*(unsigned __int128 *)addr);
		break;
	default:
		kasan_check_read((void *)addr, size);
	}
}

/* A real access to a locked page, with as many reports as it deserves: 0 or 1. */
static void access_page(struct tpage *p, struct rnd_state *rnd, enum context context)
{
	unsigned int size = min(random_size(rnd), PAGE_SIZE);
	unsigned int offset = below(rnd, PAGE_SIZE - size + 1);
	unsigned long flags;
	bool bad;

	/* It may have interrupted one that is due to report. */
	if (context == NMI)
		return;
	/* Inline checks do not look at all of an unaligned access. */
	if (size <= 16)
		offset = round_down(offset, roundup_pow_of_two(size));
	bad = forbidden(p, offset, offset + size - 1);
	if (bad && (!report_ms || time_before(jiffies, READ_ONCE(next_report)) ||
		    !is_exact(p, READ_ONCE(kasan_page_shadow_tlb.flushes))))
		return;

	local_irq_save(flags);
	this_cpu_write(reports_due, bad);
	access((unsigned long)address(p) + offset, size);
	if (this_cpu_xchg(reports_due, 0) > 0)
		wrong("I3: no report", (unsigned long)address(p) + offset, size, 0, p,
		      raw_read_seqcount(&p->seq));
	local_irq_restore(flags);
	this_cpu_inc(counters[context][ACCESS]);
	if (bad) {
		this_cpu_inc(counters[context][REPORT]);
		WRITE_ONCE(next_report, jiffies + msecs_to_jiffies(report_ms));
	}
}

/* Not by memcmp(), which is checked: the private page may be given up meanwhile. */
static __no_sanitize_address bool shadow_is(const u8 *shadow, const struct tpage *p)
{
	unsigned int i = 0;

	while (i < SHADOW_PER_PAGE && READ_ONCE(shadow[i]) == p->shadow[i])
		i++;
	return i == SHADOW_PER_PAGE;
}

/*
 * Compare all shadow of a locked page. Others may change its PTE meanwhile. That a page is
 * accessible may be seen at the second look only.
 */
static void verify(const struct tpage *p)
{
	unsigned long step = READ_ONCE(kasan_page_shadow_tlb.flushes);
	unsigned long offset = (p - pages) % PAGES_PER_BLOCK * SHADOW_PER_PAGE;
	int tries = 0;
	bool same;
	pte_t pte;

	/* Look with what was flushed up to that step. */
	smp_rmb();
	if (is_exact(p, step) && !shadow_is(kasan_mem_to_shadow(address(p)), p) &&
	    (p->state != IS_PAGE || !kasan_page_shadow_stale(address(p), PAGE_SIZE)))
		wrong("I2 or I3: not as written, by this CPU's mapping", (unsigned long)address(p),
		      PAGE_SIZE, step, p, raw_read_seqcount(&p->seq));
	do {
		pte = shadow_pte(p);
		same = shadow_is(page_address(pte_page(pte)) + offset, p);
	} while (!same && (pte_pfn(pte) != pte_pfn(shadow_pte(p)) || tries++ < 3));
	if (!same)
		wrong("I2: not as written, by the PTE", (unsigned long)address(p),
		      PAGE_SIZE, step, p, raw_read_seqcount(&p->seq));
}

/* Slab is poisoned as a whole, then objects come and go. By ordinary stores. */
static __no_sanitize_address void poison(struct tpage *p, struct rnd_state *rnd)
{
	static const u8 values[] = {
		0, 0, 0, 1, 2, 3, 4, 5, 6, 7, KASAN_SLAB_FREE, KASAN_SLAB_REDZONE,
		KASAN_PAGE_REDZONE, KASAN_PAGE_FREE
	};
	unsigned int i = below(rnd, SHADOW_PER_PAGE);
	unsigned int end = min(i + 1 + below(rnd, 64), SHADOW_PER_PAGE);
	u8 *shadow = kasan_mem_to_shadow(address(p));

	for (; i < end; i++) {
		p->shadow[i] = values[below(rnd, ARRAY_SIZE(values))];
		WRITE_ONCE(shadow[i], p->shadow[i]);
	}
}

static __no_sanitize_address void poison_all(struct tpage *p, u8 value)
{
	memset(p->shadow, value, SHADOW_PER_PAGE);
	memset(kasan_mem_to_shadow(address(p)), value, SHADOW_PER_PAGE);
}

/* A change was made: when is it settled? Meanwhile the block may be private. */
static void settles(struct tpage *p, bool pinned, bool now)
{
	unsigned long old = atomic_long_read(block_of(p)), new;

	p->settled = flush_step(p);
	p->cpu = raw_smp_processor_id();
	p->changed = now_us();
	p->limit = jiffies + msecs_to_jiffies(limit_ms);

	do {
		new = old & TBLOCK_PINS ? old + pinned : p->settled * TBLOCK_SETTLED + pinned;
	} while (!atomic_long_try_cmpxchg(block_of(p), &old, new));
	if (new & TBLOCK_PINS)
		p->settled = min(p->settled, new / TBLOCK_SETTLED);
	if (now)
		p->settled = 0;
}

static void alloc_run(struct tpage *first, struct tpage *end)
{
	struct tpage *p;

	kasan_page_shadow_set(address(first), (end - first) * PAGE_SIZE, 0);
	for (p = first; p < end; p++) {
		memset(p->shadow, 0, SHADOW_PER_PAGE);
		p->state = IS_PAGE;
		settles(p, false, false);
	}
}

static void free_run(struct tpage *first, struct tpage *end)
{
	struct tpage *p;

	/* If pinned, it is a mere store. */
	for (p = first; p < end && p->state == IS_SLAB; p++)
		atomic_long_dec(block_of(p));
	kasan_page_shadow_set(address(first), (end - first) * PAGE_SIZE, KASAN_PAGE_FREE);
	for (p = first; p < end; p++) {
		memset(p->shadow, KASAN_PAGE_FREE, SHADOW_PER_PAGE);
		if (p->state == IS_PAGE)
			settles(p, false, false);
		p->state = IS_FREE;
	}
}

static bool pin_run(struct tpage *first, struct tpage *end, struct rnd_state *rnd,
		    enum context context)
{
	bool may_sleep = context == TASK;
	bool allow_spin = may_sleep || (context != NMI && below(rnd, 2));
	gfp_t gfp = may_sleep ? GFP_KERNEL : GFP_ATOMIC;
	struct tpage *p;

	if (!kasan_page_shadow_pin(address(first), (end - first) * PAGE_SIZE, gfp, allow_spin,
				   false))
		return false;
	for (p = first; p < end; p++) {
		settles(p, true, may_sleep);
		p->state = IS_SLAB;
		if (below(rnd, 4))
			poison_all(p, KASAN_SLAB_REDZONE);
		poison(p, rnd);
	}
	return true;
}

/*
 * Mostly, a block has no slab, so that its shadow page can be given up. That takes
 * the deferred work 2 seconds, and the shrinker less, for which each other block
 * changes its mind more often.
 */
static bool slab_time(const struct tpage *p)
{
	unsigned int block = (p - pages) / PAGES_PER_BLOCK;
	unsigned long slot = jiffies / (block % 2 ? 3 * HZ : HZ / 8);

	return !hash_32(slot * 31 + block + seed, 2);
}

static void change_run(struct tpage *first, struct tpage *end, struct rnd_state *rnd,
		       enum context context)
{
	bool may_alloc = !ALLOC_IN_TASK || context == TASK || context == NMI;
	bool slab = slab_time(first) && slab_time(end - 1);
	struct tpage *p;
	int done;

	for (p = first; p < end; p++)
		raw_write_seqcount_begin(&p->seq);
	switch (first->state) {
	case IS_FREE:
		alloc_run(first, end);
		done = ALLOC;
		break;
	case IS_PAGE:
		if (may_alloc && slab && below(rnd, 2)) {
			done = pin_run(first, end, rnd, context) ? PIN : PIN_FAILED;
		} else {
			free_run(first, end);
			done = FREE;
		}
		break;
	case IS_SLAB:
		if (!slab || !below(rnd, 6)) {
			free_run(first, end);
			done = FREE;
		} else if (!below(rnd, 6)) {
			/* As krealloc() does: still pinned. */
			kasan_page_shadow_set(address(first), (end - first) * PAGE_SIZE, 0);
			for (p = first; p < end; p++)
				memset(p->shadow, 0, SHADOW_PER_PAGE);
			done = ALLOC;
		} else {
			for (p = first; p < end; p++)
				poison(p, rnd);
			done = POISON;
		}
	}
	for (p = first; p < end; p++) {
		s64 old = atomic64_xchg(&p->missed, (s64)(raw_read_seqcount(&p->seq) + 1) << 32);

		if ((u32)old)
			ages[atomic_fetch_inc(&nr_ages) % ARRAY_SIZE(ages)] = old;
		raw_write_seqcount_end(&p->seq);
	}
	this_cpu_inc(counters[context][done]);
}

static void change(struct rnd_state *rnd, enum context context)
{
	struct tpage *first = &pages[below(rnd, nr_pages)], *end = first, *p;
	unsigned int want = below(rnd, 4) ? 1 : 1 + below(rnd, MAX_RUN);

	while (end < first + want && end < pages + nr_pages && !READ_ONCE(end->watched)) {
		if (test_and_set_bit_lock(0, &end->locked))
			break;
		if (end++->state == first->state)
			continue;
		clear_bit_unlock(0, &(--end)->locked);
		break;
	}
	if (first == end)
		return;

	for (p = first; p < end; p++) {
		verify(p);
		access_page(p, rnd, context);
	}
	change_run(first, end, rnd, context);
	for (p = first; p < end; p++) {
		verify(p);
		access_page(p, rnd, context);
	}
	WRITE_ONCE(hot, first - pages);
	while (end-- > first)
		clear_bit_unlock(0, &end->locked);
}

/* Beside the blocks of ours, memory of the kernel. A wrong verdict is a report. */
static void use_allocators(struct rnd_state *rnd, enum context context)
{
	gfp_t gfp = (context == TASK ? GFP_KERNEL : GFP_ATOMIC) | __GFP_NOWARN;
	size_t size = 1 + below(rnd, below(rnd, 2) ? 512 : 4 * PAGE_SIZE);
	unsigned int order = below(rnd, 4);
	void *p;

	if ((ALLOC_IN_TASK && context != TASK) || context == NMI)
		return;
	p = kmalloc(size, gfp);
	if (p)
		memset(p, 1, size);
	kfree(p);
	p = (void *)__get_free_pages(gfp, order);
	if (!p)
		return;
	memset(p, 1, PAGE_SIZE << order);
	free_pages((unsigned long)p, order);
}

static void step(struct rnd_state *rnd, enum context context)
{
	if (!below(rnd, 64))
		use_allocators(rnd, context);
	else if (below(rnd, 4))
		check(rnd, context);
	else
		change(rnd, context);
}

static struct worker {
	struct task_struct *task;
	call_single_data_t csd;
	unsigned long sent;		/* bit 0: the csd is in use */
	unsigned long nmi_sent;		/* bit 0 */
	struct rnd_state rnd, irq_rnd, nmi_rnd;
} *workers;				/* by CPU */

#ifdef CONFIG_X86
static int nmi_fn(unsigned int cmd, struct pt_regs *regs)
{
	struct worker *w = &workers[raw_smp_processor_id()];
	int i;

	if (!READ_ONCE(w->nmi_sent))
		return NMI_DONE;
	for (i = 0; i < 4 && !READ_ONCE(stop); i++)
		step(&w->nmi_rnd, NMI);
	clear_bit_unlock(0, &w->nmi_sent);
	return NMI_HANDLED;
}

static int start_nmis(void)
{
	return register_nmi_handler(NMI_LOCAL, nmi_fn, 0, "torture");
}

static void stop_nmis(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		while (READ_ONCE(workers[cpu].nmi_sent))
			cond_resched();
	unregister_nmi_handler(NMI_LOCAL, "torture");
}

/* Not to a CPU that may go off. */
static void send_nmi(int cpu)
{
	if (!hotplug && cpu_online(cpu) && !test_and_set_bit_lock(0, &workers[cpu].nmi_sent))
		apic->send_IPI(cpu, NMI_VECTOR);
}
#else
static int start_nmis(void) { return 0; }
static void stop_nmis(void) { }
static void send_nmi(int cpu) { }
#endif

/* Sent by other CPUs. */
static void irq_fn(void *data)
{
	struct worker *w = data;
	int i;

	for (i = 0; i < 4 && !READ_ONCE(stop); i++)
		step(&w->irq_rnd, HARDIRQ);
	clear_bit_unlock(0, &w->sent);
}

static int thread_fn(void *data)
{
	struct worker *w = data;
	int i;

	while (!kthread_should_stop()) {
		enum context context = below(&w->rnd, 2) ? TASK : below(&w->rnd, HARDIRQ);
		int cpu = below(&w->rnd, nr_cpu_ids);

		if (kthread_should_park())
			kthread_parkme();
		if (cpu_online(cpu) && cpu != raw_smp_processor_id() &&
		    !test_and_set_bit_lock(0, &workers[cpu].sent) &&
		    smp_call_function_single_async(cpu, &workers[cpu].csd))
			clear_bit_unlock(0, &workers[cpu].sent);
		if (!below(&w->rnd, 4))
			send_nmi(cpu);
		if (context == BH_OFF)
			local_bh_disable();
		else if (context == IRQ_OFF)
			local_irq_disable();
		for (i = 0; i < 8 && !READ_ONCE(stop); i++)
			step(&w->rnd, context);
		if (context == BH_OFF)
			local_bh_enable();
		else if (context == IRQ_OFF)
			local_irq_enable();
		if (READ_ONCE(stop))
			schedule_timeout_interruptible(HZ);
		cond_resched();
	}
	return 0;
}

/* The next CPU goes off and comes again. Its thread waits meanwhile, bound to it. */
static int cycle_cpu(void)
{
	static int cpu;
	int err;

	cpu = cpumask_next(cpu, cpu_online_mask);
	if (cpu >= nr_cpu_ids) {
		cpu = 0;
		return 0;
	}
	err = kthread_park(workers[cpu].task) ?: remove_cpu(cpu) ?: add_cpu(cpu);
	kthread_unpark(workers[cpu].task);
	cycles++;
	return err;
}

static void print_counters(void)
{
	int context, i, cpu;
	char line[256];

	for (context = 0; context < NR_CONTEXTS; context++) {
		int len = 0;

		for (i = 0; i < NR_TORTURE_COUNTERS; i++) {
			unsigned long sum = 0;

			for_each_possible_cpu(cpu)
				sum += per_cpu(counters, cpu)[context][i];
			len += scnprintf(line + len, sizeof(line) - len, " %s %lu",
					 counter_names[i], sum);
		}
		pr_info("%7s:%s\n", context_names[context], line);
	}
}

static int compare_ages(const void *a, const void *b)
{
	return *(u32 *)a < *(u32 *)b ? -1 : 1;
}

static void print_ages(void)
{
	unsigned int nr = min_t(unsigned int, atomic_read(&nr_ages), ARRAY_SIZE(ages));

	if (!nr)
		return;
	sort(ages, nr, sizeof(ages[0]), compare_ages, NULL);
	pr_info("%u changes were missed, for us: p50 %u p90 %u p99 %u p99.9 %u max %u\n", nr,
		ages[nr / 2], ages[nr * 9 / 10], ages[nr * 99 / 100], ages[nr * 999UL / 1000],
		ages[nr - 1]);
}

static void stop_workers(void)
{
	int cpu;

	WRITE_ONCE(stop, true);
	for_each_online_cpu(cpu)
		if (!IS_ERR_OR_NULL(workers[cpu].task))
			kthread_stop(workers[cpu].task);
	/* What was sent before is taken with these, and over with a grace period. */
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, irq_fn, &workers[cpu], true);
	synchronize_rcu();
}

static int __init start_workers(void)
{
	int cpu;

	for_each_online_cpu(cpu) {
		struct worker *w = &workers[cpu];

		INIT_CSD(&w->csd, irq_fn, w);
		prandom_seed_state(&w->rnd, (u64)seed << 32 | 2 * cpu);
		prandom_seed_state(&w->irq_rnd, (u64)seed << 32 | (2 * cpu + 1));
		prandom_seed_state(&w->nmi_rnd, ~((u64)seed << 32 | 2 * cpu));
	}
	for_each_online_cpu(cpu) {
		struct worker *w = &workers[cpu];

		w->task = kthread_create_on_cpu(thread_fn, w, cpu, "torture/%u");
		if (IS_ERR(w->task))
			return PTR_ERR(w->task);
	}
	for_each_online_cpu(cpu)
		wake_up_process(workers[cpu].task);
	return 0;
}

static int __init torture_init(void)
{
	unsigned int i, order;
	cycles_t start;
	u64 progress;
	int err = -ENOMEM;

	if (!seconds || !is_power_of_2(blocks))
		return -EINVAL;
	order = ilog2(blocks * PAGES_PER_BLOCK);
	nr_pages = blocks * PAGES_PER_BLOCK;
	while (!seed)
		seed = get_random_u32();

	memory = (void *)__get_free_pages(GFP_KERNEL, order);
	pages = kvcalloc(nr_pages, sizeof(*pages), GFP_KERNEL);
	tblocks = kcalloc(blocks, sizeof(*tblocks), GFP_KERNEL);
	workers = kcalloc(nr_cpu_ids, sizeof(*workers), GFP_KERNEL);
	if (!memory || !pages || !tblocks || !workers)
		goto out;
	for (i = 0; i < nr_pages; i++) {
		seqcount_init(&pages[i].seq);
		pages[i].state = IS_PAGE;
	}
	err = start_nmis();
	if (err)
		goto out;
	err = register_trace_error_report_end(probe_report, NULL);
	if (err) {
		stop_nmis();
		goto out;
	}

	/* The clock of a guest loses ticks when the host is busy, but not so when idle. */
	start = get_cycles();
	schedule_timeout_uninterruptible(3 * HZ);
	cycles_per_us = max((get_cycles() - start) / (3 * USEC_PER_SEC), 1);
	started = now_us();
	progress = started + 30 * USEC_PER_SEC;
	pr_info("seed=%u seconds=%u blocks=%u limit_ms=%u report_ms=%u hotplug=%d cpus=%u cycles_per_us=%lu\n",
		seed, seconds, blocks, limit_ms, report_ms, hotplug, num_online_cpus(),
		cycles_per_us);
	next_report = jiffies;
	cpus_read_lock();
	err = start_workers();
	cpus_read_unlock();
	while (!err && !READ_ONCE(stop) && now_us() < started + seconds * USEC_PER_SEC) {
		if (schedule_timeout_killable(HZ))
			err = -EINTR;
		if (now_us() > progress) {
			progress += 30 * USEC_PER_SEC;
			print_counters();
		}
		if (!err && hotplug)
			err = cycle_cpu();
	}
	cpus_read_lock();
	stop_workers();
	cpus_read_unlock();
	stop_nmis();
	print_counters();
	if (hotplug)
		pr_info("CPUs went off and on %u times\n", cycles);

	unregister_trace_error_report_end(probe_report, NULL);
	tracepoint_synchronize_unregister();
	/* Free first, which unpins; mm gets back what it gave. */
	kasan_page_shadow_set(memory, nr_pages * PAGE_SIZE, KASAN_PAGE_FREE);
	kasan_page_shadow_set(memory, nr_pages * PAGE_SIZE, 0);
	print_ages();
	pr_info("%s\n", failed ? "FAILURE" : err ? "INTERRUPTED" : "SUCCESS");
out:
	kfree(workers);
	kfree(tblocks);
	kvfree(pages);
	free_pages((unsigned long)memory, order);
	return err;
}
module_init(torture_init);

static void __exit torture_exit(void)
{
}
module_exit(torture_exit);

MODULE_DESCRIPTION("Torture test of KASAN page shadow");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
