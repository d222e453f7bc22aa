// SPDX-License-Identifier: GPL-2.0
/*
 * What is checked, by the name of the invariant that does not hold:
 *   I1  An access that is good all the while is not reported. What the PTE of a
 *	 block maps says of each page exactly what is true, unless its owner is
 *	 just changing that.
 *   I2  A store lands in the page that the PTE maps; no CPU has a translation to
 *	 write to another, or any to a free page; free pages keep their bytes.
 *   I3  No TLB has a page or byte as accessible that is not: after the flush of
 *	 all that began after the change; after a pin that could sleep, or of a
 *	 block that nobody held; nor before, unless a flush is running, or armed
 *	 to run within flush_ms. A CPU sees at once that it freed or pinned a page.
 *	 Who has another translation than the PTE, of that the PTE's stamp has
 *	 not passed. (Not yet of a CPU that comes up, until it is flushed.)
 *   I4  Pattern pages are what they should be, read-only, and never written.
 *   I5  When all that is pending has run, blocks without pins have no shadow page.
 *   I6  And no page is leaked, no count is wrong. Nothing fails half-way.
 *   I7  Memory with blocks has them; with page shadow off, nothing is done.
 *   I8  Who changes a block that nobody can have as it was flushes nothing, arms
 *	 nothing and interrupts nobody.
 * arm64: no TLB has what was replaced, at any time. A PTE is broken and flushed first if
 *	 one may have it, and an access that faults meanwhile comes to an end.
 * And locks nest as page_shadow.c says, and all is left as it was found.
 */
#include <signal.h>
#include <sys/mman.h>

#include "engine.h"
#include <asm/kasan-page-shadow.h>

#define JUNK		0x6b		/* in pages that are free; no value of shadow */
#define FAULT_STACK	65536

struct machine m;
struct mm_struct init_mm;
struct page model_map[MODEL_FRAMES];
__attribute__((aligned(4096))) u8 model_mem[MODEL_FRAMES][PAGE_SIZE];
char model_percpu[MODEL_CPUS][MODEL_PERCPU_SIZE];
pte_t *page_table[MODEL_BLOCKS / PTRS_PER_PTE];
const struct file_operations *model_stats[2];
struct shrinker model_shrinker;
int system_state, nr_tasks;
bool with_alloc_failure, with_hotplug = true, is_random, pages_have_shadow, failed;
unsigned int max_pages = MODEL_POOL;
unsigned int hafdbs = ~0U;
struct model_cpuinfo boot_cpu_data;
char failure[256];
struct actor *me;
u8 (*stacks)[STACK_SIZE];

static u8 *scheduler_sp;
extern u8 __start_core_data[], __stop_core_data[];
static unsigned long boot_end, flush_ms_now;
static struct { const char *name; int (*set)(char *value); } params[4];
static int nr_params;
static bool draining;
static int answering;		/* CPU + 1 that is interrupted, or has come up */
static int (*cpu_is_up)(unsigned int cpu);
static void (*interrupt)(void *info);
static u8 patterns[256 * PAGE_SIZE];		/* as they are to be */

#define STALE		(KASAN_ARCH_STAMP_BITS > 0)
#define STAMPS		((BIT(KASAN_ARCH_STAMP_BITS) - 1) << KASAN_ARCH_STAMP_SHIFT)
#define flushes		kasan_page_shadow_tlb.flushes
#define FIRST_FLUSH	4UL
#define IGNORED		(STAMPS | MODEL_SPECIAL)	/* bits that are in no TLB */

/* Coroutines */

void switch_stack(u8 **from, u8 *to);
__asm__("switch_stack: push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
	"mov %rsp, (%rdi); mov %rsi, %rsp\n"
	"pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp; ret");

static int number(const struct actor *a)
{
	return a - m.actor;
}

static u64 blocks_held(void);

static void give_way(void)
{
	switch_stack(&me->sp, scheduler_sp);
}

void model_fail(const char *fmt, ...)
{
	va_list args;

	if (!failed) {
		va_start(args, fmt);
		vsnprintf(failure, sizeof(failure), fmt, args);
		va_end(args);
	}
	failed = true;
	if (!me) {
		printf("not ok boot: %s\n", failure);
		exit(1);
	}
	give_way();
	abort();
}

/* For checks in the scheduler */
#define fail(...) ({				\
	if (!failed)						\
		snprintf(failure, sizeof(failure), __VA_ARGS__); \
	failed = true;						\
})

void model_step(const char *what)
{
	int cpu = answering;

	/* This changes when memory is added, here at boot. */
	if (!me || !strcmp(what, "read kasan_blocks.end_page"))
		return;
	me->what = what;
	answering = 0;
	give_way();
	answering = cpu;
	if (!strcmp(what, "read tlb.flushes")) {
		me->held |= blocks_held();
		me->read = me->held_lock ? flushes : me->read;
	}
	if (!strcmp(what, "read tlb.due"))
		me->was_due = kasan_page_shadow_tlb.due;
	if (!strcmp(what, "read tlb.flushes") || !strcmp(what, "read PTE"))
		me->numbers = 1;
}

void model_step_if(bool condition, const char *what)
{
	if (condition)
		model_step(what);
}

void model_step_plain(const char *what)
{
	/* What is done under a lock is seen by nobody until it is dropped. */
	if (me && (is_random || !(me->held_lock || me->mutex_held)))
		model_step(what);
}

static unsigned int decide(unsigned int n)
{
	if (n < 2 || draining || !me)
		return 0;
	return choose(n);
}

unsigned int model_cpu(void)
{
	return me ? me->cpu : 0;
}

/* Interrupts, preemption, locks */

bool preemptible(void)
{
	return me && !me->irqs_off && !me->preempt_off;
}

void preempt_disable(void)
{
	if (me)
		me->preempt_off++;
}

void preempt_enable(void)
{
	if (me && !me->preempt_off--)
		model_fail("lock: preempt_enable() without preempt_disable()");
}

unsigned long model_irq_save(void)
{
	unsigned long flags = me ? me->irqs_off : 0;

	if (me)
		me->irqs_off = 1;
	return flags;
}

void model_irq_restore(unsigned long flags)
{
	if (me)
		me->irqs_off = flags;
}

/* In the middle of anything that this CPU does. */
static void check_nmi(const char *what)
{
	if (me && me->op.nmi && number(me) >= MAX_TASKS)
		model_fail("NMI: %s", what);
}

static void acquire(u8 *owner, const char *what)
{
	check_nmi("a lock is waited for");
	me->lock = owner;
	model_step(what);
	me->lock = NULL;
	*owner = number(me) + 1;
}

/* The scheduler, who reads statistics while all is quiet, needs no locks. */
void raw_spin_lock(raw_spinlock_t *lock)
{
	if (!me)
		return;
	if (!me->irqs_off)
		model_fail("lock: a lock that interrupts take is taken with IRQs on");
	if (me->held_lock)
		model_fail("lock: two locks of blocks at a time");
	acquire(&lock->owner, "lock");
	me->held_lock = &lock->owner;
}

bool raw_spin_trylock(raw_spinlock_t *lock)
{
	model_step("try lock");
	if (lock->owner)
		return false;
	lock->owner = number(me) + 1;
	me->held_lock = &lock->owner;
	return true;
}

void raw_spin_unlock(raw_spinlock_t *lock)
{
	if (!me)
		return;
	if (me->held_lock != &lock->owner || lock->owner != number(me) + 1)
		model_fail("lock: unlocked by one that does not hold it");
	if (!me->irqs_off)
		model_fail("lock: unlocked with IRQs on");
	me->held_lock = NULL;
	lock->owner = 0;
}

void model_assert_held(const u8 *owner)
{
	if (*owner != number(me) + 1)
		model_fail("lock: not held");
}

void mutex_lock(struct mutex *mutex)
{
	if (!preemptible())
		model_fail("lock: a mutex is taken in atomic context");
	acquire(&mutex->owner, "lock mutex");
	me->mutex_held++;
}

bool mutex_trylock(struct mutex *mutex)
{
	model_step("try mutex");
	if (mutex->owner)
		return false;
	mutex->owner = number(me) + 1;
	me->mutex_held++;
	return true;
}

void mutex_unlock(struct mutex *mutex)
{
	if (mutex->owner != number(me) + 1)
		model_fail("lock: mutex unlocked by one that does not hold it");
	mutex->owner = 0;
	me->mutex_held--;
}

/* Memory */

static bool in_pool(unsigned long pfn)
{
	return pfn >= MODEL_PAGES && pfn < MODEL_BOOT;
}

static unsigned long pattern_of(pte_t pte)
{
	return pte_pfn(pte) - pte_pfn(model_first_pattern());
}

static bool is_pattern(pte_t pte)
{
	return pattern_of(pte) < 256;
}

/* The page of memory that page @i is, or -1 if it has no shadow. */
static int own_page(unsigned int i)
{
	return pages_have_shadow && i < USED_BLOCKS ? i * 8 + 7 : -1;
}

static bool can_allocate(unsigned int i)
{
	struct truth *own = own_page(i) < 0 ? NULL : &m.truth[own_page(i)];

	return !m.pool[i] && (!own || (own->state == IS_FREE && !own->claim));
}

static noinline void set_own_shadow(unsigned int i, u8 value);

struct page *alloc_pages_nolock(gfp_t gfp, int nid, unsigned int order)
{
	unsigned int i, k, nr_free = 0, nr_used = 0;

	if (!me)
		model_fail("I6: allocation at boot");
	if (me->held_lock)
		model_fail("I6: allocation under a lock");
	model_step("alloc");
	for (i = 0; i < MODEL_POOL; i++) {
		nr_free += can_allocate(i);
		nr_used += m.pool[i];
	}
	if (!nr_free || (nr_used >= max_pages && !draining) || (with_alloc_failure && decide(2)))
		return NULL;
	k = pick_page(nr_free);
	for (i = 0; !can_allocate(i) || k--; i++)
		;
	for (k = 0; k < PAGE_SIZE; k++)
		if (model_mem[MODEL_PAGES + i][k] != JUNK)
			model_fail("I2: a page was written while it was free");
	m.pool[i] = 1;
	model_map[MODEL_PAGES + i].private = 0;
	set_own_shadow(i, 0);
	return &model_map[MODEL_PAGES + i];
}

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	check_nmi("an allocation that waits for locks");
	if (me && (me->op.no_spin || (gfpflags_allow_blocking(gfp) && !preemptible())))
		model_fail("I6: an allocation that may sleep, or spin, where it may not");
	return alloc_pages_nolock(gfp, nid, order);
}

static void junk_page(unsigned int i)
{
	struct page *page = &model_map[MODEL_PAGES + i];

	memset(page_address(page), JUNK, PAGE_SIZE);
	*page = (struct page) { ~0UL, { (void *)0x100, (void *)0x100 } };	/* to fault */
}

void free_pages_nolock(struct page *page, unsigned int order)
{
	unsigned long i = page - model_map - MODEL_PAGES, b, cpu;

	model_step("free");
	if (i >= MODEL_POOL || !m.pool[i])
		model_fail("I6: a page is freed that is not allocated");
	for (b = 0; b < USED_BLOCKS; b++) {
		if (pte_page(*pte_of(b)) == page)
			model_fail("I2: the shadow page of a block is freed");
		for (cpu = 0; cpu < MAX_TASKS; cpu++)
			if (pte_val(m.tlb[cpu][b]) && pte_page(m.tlb[cpu][b]) == page)
				model_fail("I2: freed while CPU %lu can access it", cpu);
	}
	junk_page(i);
	set_own_shadow(i, KASAN_PAGE_FREE);
	m.pool[i] = 0;
}

void __free_page(struct page *page)
{
	check_nmi("a page is freed that way");
	free_pages_nolock(page, 0);
}

void *memblock_alloc_raw(size_t size, size_t align)
{
	u8 *p;

	if (size >= 4096 && align < 4096)
		align = 4096;
	boot_end = (boot_end + align - 1) / align * align;
	p = (u8 *)model_mem + boot_end;
	boot_end += size;
	if (boot_end > sizeof(model_mem))
		model_fail("boot: no memory");
	return memset(p, JUNK, size);
}

void *memblock_alloc(size_t size, size_t align)
{
	return memset(memblock_alloc_raw(size, align), 0, size);
}

/* MMU */

static unsigned long shadow_of(unsigned int block)
{
	return (unsigned long)kasan_mem_to_shadow(model_mem[block * 8]);
}

static unsigned int shadow_block(unsigned long shadow)
{
	return (shadow - shadow_of(0)) / PAGE_SIZE;
}

pte_t *pte_of(unsigned int block)
{
	return &page_table[block / PTRS_PER_PTE][block % PTRS_PER_PTE];
}

pte_t *virt_to_kpte(unsigned long addr)
{
	return pte_of(shadow_block(addr));
}

int apply_to_page_range(struct mm_struct *mm, unsigned long addr, unsigned long size,
			pte_fn_t fn, void *data)
{
	unsigned long end = addr + size;
	int err = 0;

	for (; addr < end && !err; addr += PAGE_SIZE)
		err = fn(virt_to_kpte(addr), addr, data);
	return err;
}

int apply_to_existing_page_range(struct mm_struct *mm, unsigned long addr, unsigned long size,
				 pte_fn_t fn, void *data)
{
	unsigned long end = addr + size;
	int err = 0;

	for (; addr < end && !err; addr += PAGE_SIZE)
		if (!pte_none(*virt_to_kpte(addr)))
			err = fn(virt_to_kpte(addr), addr, data);
	return err;
}

static bool differs(int cpu, unsigned int block)
{
	return pte_val(m.tlb[cpu][block]) != (pte_val(*pte_of(block)) & ~IGNORED);
}

/* It may not yet be among those that are interrupted. */
static bool is_running(int cpu)
{
	return (m.online | m.coming) & BIT(cpu);
}

#ifdef MODEL_ARM64
#include "mmu-arm64.h"
#else
#include "mmu-x86.h"
#endif

static u8 *translate(unsigned long shadow, bool write)
{
	unsigned int block = shadow_block(shadow);
	pte_t pte;

	if (me->cpu >= nr_tasks)
		model_fail("shadow is accessed by a worker");
	/* A stale entry is used or evicted; choosing may let others go first. */
	if (pte_val(m.tlb[me->cpu][block]) && differs(me->cpu, block) && decide(2))
		m.tlb[me->cpu][block].pte = 0;
	pte = walk(block, write);
	if (write && !pte_write(pte))
		model_fail("I4: a store to read-only shadow of block %u", block);
	return model_mem[pte_pfn(pte)] + shadow % PAGE_SIZE;
}

u8 model_load(unsigned long shadow)
{
	model_step("load shadow");
	return *translate(shadow, false);
}

static void store(unsigned int page, unsigned int granule, u8 value)
{
	unsigned long shadow = (unsigned long)kasan_mem_to_shadow(model_mem[page]) + granule;
	unsigned int block = page / 8;
	pte_t pte;
	u8 *p;

	model_step("store shadow");
	p = translate(shadow, true);
	pte = *pte_of(block);
	if (PFN_DOWN(p - (u8 *)model_mem) != pte_pfn(pte))
		model_fail("I2: block %u: a store into a page given up", block);
	if (!pte_write(pte) || !in_pool(pte_pfn(pte)))
		model_fail("I2: block %u: a store while its shadow is read-only", block);
	*p = value;
	m.truth[page].byte[granule] = value;
}

bool kasan_range_poisoned(const void *addr, size_t size)
{
	unsigned long a = (unsigned long)addr, end = a + size, last;

	for (; a < end; a = last + 1) {
		s8 value = model_load((unsigned long)kasan_mem_to_shadow(a));

		last = min(end - 1, a | 7);
		if (value && (value < 0 || (last & 7) >= (u8)value))
			return true;
	}
	return false;
}

/* Flushes */

/* Those online, which do it as soon as they have interrupts on. */
void on_each_cpu(void (*fn)(void *info), void *info, bool wait)
{
	int cpu, page;

	if (me->irqs_off || me->held_lock)
		model_fail("flush: of other CPUs, while interrupts are off");
	/* Not by a pin if one is over that began after it replaced the PTE. */
	if (judge_stamps() &&
	    ((me->op.kind == PIN && (!me->held || (flushes - 1) / 2 >= (me->read + 3) / 2)) ||
	     (number(me) == WORKER && !me->was_due)))
		model_fail("I8: all CPUs are flushed for nothing");
	preempt_disable();
	model_step("flush all");
	for (page = 0; page < USED_BLOCKS * 8; page++)
		if (STALE && !m.truth[page].busy && !m.truth[page].flush)
			m.truth[page].flush = 1;
	interrupt = fn;
	for (cpu = 0; cpu < nr_tasks; cpu++)
		m.ipi[cpu][number(me)] = m.online >> cpu & 1;
	if (me->cpu < MAX_TASKS)
		deliver(me->cpu);
	me->wait_flush = 1;
	model_step("all flushed");
	me->wait_flush = 0;
	for (page = 0; page < USED_BLOCKS * 8; page++)
		if (m.truth[page].flush == 1)
			m.truth[page].flush = 2;
	preempt_enable();
}

static struct actor *task_on(int cpu)
{
	struct actor *a = m.actor;

	while (a->cpu != cpu)
		a++;
	return a;
}

bool can_deliver(int cpu)
{
	int a;

	if (task_on(cpu)->irqs_off || task_on(cpu)->daif || m.actor[MAX_TASKS + cpu].sp)
		return false;
	for (a = 0; a < NR_ACTORS; a++)
		if (m.ipi[cpu][a])
			return true;
	return false;
}

void deliver(int cpu)
{
	int a;

	for (a = 0; a < NR_ACTORS; a++) {
		answering = cpu + 1;
		if (m.ipi[cpu][a]) {
			interrupt(NULL);
			if (!(m.coming & ~m.online))
				m.unsure &= ~BIT(cpu);
		}
		answering = 0;
		m.ipi[cpu][a] = 0;
	}
}

/* CPUs that go and come back */

bool cpus_read_trylock(void)
{
	model_step_if(with_hotplug, "try lock of hotplug");
	m.readers += !m.hotplug;
	return !m.hotplug;
}

void cpus_read_unlock(void)
{
	model_step_if(with_hotplug, "unlock of hotplug");
	if (!m.readers--)
		model_fail("lock: hotplug unlocked by one that does not hold it");
}

int cpuhp_setup_state(int state, const char *name, int (*up)(unsigned int cpu),
		      int (*down)(unsigned int cpu))
{
	cpu_is_up = up;
	return 1;
}

/* Whoever reads is waited for, and nobody begins to. */
static void lock_hotplug(void)
{
	acquire(&m.hotplug, "lock hotplug");
	me->wait_readers = 1;
	model_step("wait for readers of hotplug");
	me->wait_readers = 0;
}

static void leave_cpu(int cpu)
{
	deliver(cpu);
	m.online &= ~BIT(cpu);
	m.unsure &= ~BIT(cpu);
	memset(m.tlb[cpu], 0, sizeof(m.tlb[cpu]));
}

static void enter_cpu(int cpu)
{
	m.online |= BIT(cpu);
	answering = cpu + 1;
	if (cpu_is_up && cpu_is_up(cpu))
		model_fail("I6: a CPU cannot come up");
	answering = 0;
	m.coming &= ~BIT(cpu);
	m.unsure &= ~BIT(cpu);
}

/* Work: as soon as it is pending, it can run; what it was delayed by is noted. */

bool irq_work_queue(struct irq_work *work)
{
	model_step("irq_work_queue");
	if (system_state == SYSTEM_SUSPEND)
		model_fail("I3: armed while suspended, which is lost, and all after it");
	if (work->pending)
		return false;
	work->pending = 1;
	m.irq_work = work;
	return true;
}

bool model_queue_work(struct work_struct *work)
{
	model_step_if(is_random, "queue_work");
	if (!me || number(me) != IRQ_WORK)
		model_fail("lock: work is queued where pages are freed");
	if (work->pending)
		return false;
	work->pending = 1;
	return true;
}

void model_sleep(unsigned long ms)
{
	if (!preemptible())
		model_fail("lock: a task sleeps in atomic context");
	if (number(me) == WORKER && ms > flush_ms_now)
		model_fail("I3: it is not flushed within flush_ms");
	model_step("sleep");
}

/* Operations, and what is true after them */

static unsigned int count(unsigned int page, unsigned int nr, u8 state)
{
	unsigned int n = 0;

	while (n < nr && page + n < USED_BLOCKS * 8 && m.truth[page + n].state == state &&
	       !m.truth[page + n].claim)
		n++;
	return n;
}

/* Checks that are under way may go either way. */
static void void_checks(const struct op *op)
{
	unsigned int a;

	for (a = 0; a < NR_ACTORS; a++)
		if (m.actor[a].check_page > op->page && m.actor[a].check_page <= op->page + op->nr)
			m.actor[a].check_void = 1;
}

static void claim(bool busy)
{
	unsigned int i;

	for (i = 0; i < me->op.nr; i++) {
		struct truth *t = &m.truth[me->op.page + i];

		t->claim = number(me) + 1;
		t->busy = busy;
	}
	me->changing = 1;
	if (busy)
		void_checks(&me->op);
}

static void change(const struct op *op, u8 state, u8 value)
{
	unsigned int i;

	void_checks(op);
	for (i = 0; i < op->nr; i++) {
		struct truth *t = &m.truth[op->page + i];

		*t = (struct truth) { .state = state, .claim = t->claim, .busy = t->busy };
		memset(t->byte, value, 8);
	}
}

static void release(void)
{
	unsigned int i;

	for (i = 0; i < me->op.nr; i++) {
		m.truth[me->op.page + i].claim = 0;
		m.truth[me->op.page + i].busy = 0;
	}
}

/* A page that is allocated for shadow has shadow itself. */
static noinline void set_own_shadow(unsigned int i, u8 value)
{
	struct op op = me->op;
	u8 changing = me->changing;
	int page = own_page(i);

	if (page < 0)
		return;
	if (me->depth++)
		model_fail("I6: an allocation allocates");
	me->op = (struct op) { .kind = value ? FREE : ALLOC, .page = page, .nr = 1,
			     .nmi = op.nmi };
	claim(true);
	kasan_page_shadow_set(model_mem[page], PAGE_SIZE, value);
	change(&me->op, value ? IS_FREE : IS_WHOLE, value);
	release();
	m.truth[page].claim = value ? 0 : ALLOCATOR;
	me->op = op;
	me->changing = changing;
	me->depth--;
}

/*
 * While it comes up. And others cannot know what it did meanwhile, as it was not waited
 * for: until a flush of all, which is armed once it is up.
 */
static bool misses_flushes(int cpu)
{
	return STALE && (m.coming | m.unsure) >> cpu & 1;
}

/*
 * A CPU sees what it freed. What it allocated or pinned it sees too, unless it had a
 * translation from before the one that it replaced: then at the second look, or when its
 * first store faults.
 */
static void check_own(const struct op *op)
{
	unsigned int i;

	for (i = op->page; i < op->page + op->nr && op->irqs_off; i++) {
		pte_t tlb = m.tlb[me->cpu][i / 8];

		if (pte_val(tlb) && !misses_flushes(me->cpu) &&
		    (op->kind == FREE ? !model_mem[pte_pfn(tlb)][i % 8 * 8] :
		     me->cached == i / 8 + 1 && pte_val(tlb) == me->replaced &&
		     (op->kind != ALLOC || model_mem[pte_pfn(tlb)][i % 8 * 8])))
			model_fail("I3: CPU %d does not see that it changed page %u", me->cpu, i);
	}
}

static void check_exact(unsigned int page)
{
	int cpu;

	for (cpu = 0; cpu < nr_tasks; cpu++) {
		pte_t tlb = m.tlb[cpu][page / 8];

		if (pte_val(tlb) && !misses_flushes(cpu) && pte_pfn(tlb) != pte_pfn(*pte_of(page / 8)))
			model_fail("I3: block %u is pinned, and CPU %d sees it as it was",
				   page / 8, cpu);
	}
}

static void check(unsigned int page, unsigned int granule)
{
	const void *addr = model_mem[page] + granule * 8;
	struct truth before;
	bool good, exempt, by_pte;

	me->check_page = page + 1;
	before = m.truth[page];
	me->check_void = before.busy;
	/* Some as a large range is. What the PTE says is exact. */
	by_pte = granule % 2 && kasan_page_shadow_accessible(addr, 8);
	good = by_pte || !kasan_range_poisoned(addr, 8) || kasan_page_shadow_stale(addr, 8);
	exempt = !by_pte && ((STALE && before.flush != 2 && !before.exact) ||
			     misses_flushes(me->cpu));
	if (!me->check_void && m.truth[page].byte[granule] == before.byte[granule]) {
		if (!good && !before.byte[granule])
			model_fail("I1: false report: page %u, %u", page, granule);
		if (good && before.byte[granule] && !exempt)
			model_fail("I3: missed: page %u, %u", page, granule);
	}
	me->check_page = 0;
	me->check_void = 0;
}

/* Make a random operation a possible one. */
static void specify(struct op *op)
{
	struct truth *t = &m.truth[op->page];

	op->kind = CHECK;
	if (t->claim || op->dice % 4 == 0)
		return;
	switch (t->state) {
	case IS_FREE:
		op->kind = ALLOC;
		break;
	case IS_WHOLE:
		op->kind = op->dice % 4 < 3 ? FREE : op->irqs_off ? PIN_ATOMIC : PIN;
		break;
	default:
		op->kind = op->dice % 4 == 1 ? FREE : op->dice % 16 == 2 ? WIPE : POISON;
	}
}

/* What it knew of flushes, and of who is stale */
static void forget(void)
{
	me->numbers = me->cached = me->held = me->was_due = me->replaced = 0;
	me->read = 0;
}

static void do_op(void);

/* The next operations of this CPU, which has interrupts off. */
static void do_meanwhile(unsigned int nr)
{
	const struct op op = me->op;

	while (nr-- && me->ops[1].kind != END) {
		me->op = *++me->ops;
		if (me->op.kind == PIN)
			me->op.kind = PIN_ATOMIC;
		if (me->op.kind >= AWAIT && me->op.kind <= SUSPEND)
			me->op.kind = CHECK;
		me->op.irqs_off = 1;
		model_step("start");
		do_op();
		forget();
	}
	me->op = op;
}

/* The CPU goes, and comes back: it runs before it is online, and flushed after that. */
static void hotplug(void)
{
	int cpu;

	lock_hotplug();
	cpu = me->cpu;
	me->irqs_off = 1;
	leave_cpu(cpu);
	m.hotplug = 0;
	lock_hotplug();
	m.coming |= BIT(cpu);
	m.unsure |= STALE ? m.online : 0;
	do_meanwhile(me->op.nr);
	model_step("online");
	m.online |= BIT(cpu);
	me->preempt_off++;
	me->irqs_off = 0;
	model_step("hotplug callback");
	me->preempt_off--;
	enter_cpu(cpu);
	m.hotplug = 0;
}

/* All other CPUs go, and come back when it is over. Whoever is at work stays there. */
static void suspend(void)
{
	int cpu, others;

	lock_hotplug();
	me->wait_suspend = 1;
	model_step("suspend");
	me->wait_suspend = 0;
	others = m.online & ~BIT(me->cpu);
	for (cpu = 0; cpu < nr_tasks; cpu++)
		if (others >> cpu & 1)
			leave_cpu(cpu);
	me->irqs_off = 1;
	m.suspended = number(me) + 1;
	m.was_suspended = 1;
	system_state = SYSTEM_SUSPEND;
	do_meanwhile(me->op.nr);
	model_step("resume");
	system_state = SYSTEM_RUNNING;
	m.suspended = 0;
	me->irqs_off = 0;
	for (cpu = 0; cpu < nr_tasks; cpu++)
		if (others >> cpu & 1)
			enter_cpu(cpu);
	m.hotplug = 0;
}

static void do_op(void)
{
	struct op *op = &me->op;
	void *addr = model_mem[op->page];
	struct shrink_control sc = { };
	unsigned int i;
	bool ok;

	if (op->kind == ANY)
		specify(op);
	switch (op->kind) {
	case ALLOC:
		op->nr = count(op->page, op->nr, IS_FREE);
		if (!op->nr)
			return;
		claim(true);
		if (!kasan_page_shadow_set(addr, op->nr * PAGE_SIZE, 0))
			model_fail("I7: memory has no blocks");
		change(op, IS_WHOLE, 0);
		check_own(op);
		break;
	case FREE:
		op->nr = count(op->page, op->nr, m.truth[op->page].state);
		if (!op->nr || m.truth[op->page].state == IS_FREE)
			return;
		claim(true);
		if (!kasan_page_shadow_set(addr, op->nr * PAGE_SIZE, KASAN_PAGE_FREE))
			model_fail("I7: memory has no blocks");
		change(op, IS_FREE, KASAN_PAGE_FREE);
		check_own(op);
		break;
	case PIN:
	case PIN_ATOMIC:
		op->nr = count(op->page, op->nr, IS_WHOLE);
		if (!op->nr)
			return;
		claim(false);
		op->no_spin &= op->kind == PIN_ATOMIC;
		/* Whole pages get pinned, wherever the memory begins and ends in them. */
		ok = kasan_page_shadow_pin(addr + 8 * op->granule,
					   op->nr * PAGE_SIZE - 8 * op->granule - op->granule % 7,
					   op->kind == PIN ? GFP_KERNEL : GFP_ATOMIC,
					   !op->nmi && !op->no_spin, false);
		if (ok) {
			change(op, IS_BYTES, 0);
			check_own(op);
			for (i = 0; i < op->nr; i++) {
				if (op->kind != PIN && m.need[(op->page + i) / 8] > flushes / 2)
					continue;
				m.truth[op->page + i].exact = 1;
				check_exact(op->page + i);
			}
		}
		break;
	case POISON:
		op->nr = count(op->page, 1, IS_BYTES);
		if (!op->nr)
			return;
		claim(false);
		store(op->page, op->granule, op->value);
		break;
	case WIPE:		/* krealloc() of a large object: it stays pinned */
		op->nr = count(op->page, op->nr, IS_BYTES);
		if (!op->nr)
			return;
		claim(true);
		kasan_page_shadow_set(addr, op->nr * PAGE_SIZE, 0);
		void_checks(op);
		for (i = 0; i < op->nr; i++)
			memset(m.truth[op->page + i].byte, 0, 8);
		break;
	case CHECK:
		check(op->page, op->granule);
		return;
	case SHRINK:
		model_shrinker.count_objects(&model_shrinker, &sc);
		model_shrinker.scan_objects(&model_shrinker, &sc);
		return;
	case HOTPLUG:
		hotplug();
		return;
	case SUSPEND:
		suspend();
		return;
	default:
		return;
	}
	me->changing = 0;
	release();
}

static void leave(void)
{
	forget();
	if (me->held_lock || me->mutex_held || me->preempt_off || me->daif)
		model_fail("lock: held at the end");
}

static void main_task(void)
{
	while (me->ops->kind != END) {
		me->op = *me->ops;
		if (me->op.kind == AWAIT)
			me->wait_state = me->op.nr + 1;
		me->irqs_off = me->op.irqs_off;
		model_step("start");
		me->wait_state = 0;
		do_op();
		leave();
		if (me->irqs_off != me->op.irqs_off)
			model_fail("lock: IRQ state not restored");
		me->irqs_off = 0;
		memset(&me->op, 0, sizeof(me->op));
		me->ops++;
	}
	me->sp = NULL;
	switch_stack(&(u8 *){ NULL }, scheduler_sp);
}

static void main_irq(void)
{
	me->irqs_off = 1;
	me->op = *me->ops++;
	me->op.irqs_off = 1;
	do_op();
	leave();
	me->irqs_off = 0;
	memset(&me->op, 0, sizeof(me->op));
	me->sp = NULL;
	switch_stack(&(u8 *){ NULL }, scheduler_sp);
}

static void main_worker(void)
{
	struct work_struct *work = model_work(number(me) - WORKER);

	work->pending = 0;
	work->func(work);
	leave();
	me->sp = NULL;
	switch_stack(&(u8 *){ NULL }, scheduler_sp);
}

static void main_irq_work(void)
{
	struct irq_work *work = m.irq_work;

	work->pending = 0;
	me->irqs_off = 1;
	work->func(work);
	leave();
	me->irqs_off = 0;
	me->sp = NULL;
	switch_stack(&(u8 *){ NULL }, scheduler_sp);
}

void model_wait(const unsigned long *p, unsigned long value)
{
	me->wait_for = p;
	me->wait_value = value;
	model_step("wait for PTE");
	me->wait_for = NULL;
	me->wait_value = 0;
}

static bool unlocked(const struct actor *a)
{
	return !a->lock || !*a->lock;
}

/* None but @a is where it cannot be left, and no interrupt is to come. */
static bool can_suspend(const struct actor *a)
{
	int i;

	for (i = 0; i < NR_ACTORS; i++) {
		const struct actor *b = &m.actor[i];

		if (b->cpu < nr_tasks && !is_running(b->cpu))
			continue;
		if (b != a && (b->irqs_off || b->preempt_off || b->daif || b->held_lock))
			return false;
		if (i >= MAX_TASKS && i < WORKER && b->sp)
			return false;
	}
	return !m.actor[IRQ_WORK].sp && !(m.irq_work && m.irq_work->pending);
}

bool can_run(int i)
{
	struct actor *a = &m.actor[i];
	int cpu;

	if (m.suspended && i != m.suspended - 1 && i != MAX_TASKS + m.actor[m.suspended - 1].cpu)
		return false;
	/* Else it could be for ever that a CPU is coming up, and pages are not reclaimed. */
	if (i == WORKER + 1 && !a->sp && m.hotplug)
		return false;
	if (i >= WORKER && i < IRQ_WORK && !a->sp)
		return model_work(i - WORKER)->pending;
	if (i == IRQ_WORK && !a->sp)
		return m.irq_work && m.irq_work->pending;
	if (i < MAX_TASKS) {
		if (i >= nr_tasks || a->ops->kind == END || m.actor[MAX_TASKS + a->cpu].sp)
			return false;
	} else if (i < WORKER && !a->sp) {
		return i < MAX_TASKS + nr_tasks && a->ops && a->ops->kind != END &&
		       is_running(a->cpu) && !task_on(a->cpu)->daif && (a->ops->nmi || !task_on(a->cpu)->irqs_off);
	}
	if (a->wait_state && m.truth[a->op.page].state + 1 != a->wait_state)
		return false;
	for (cpu = 0; a->wait_flush && cpu < nr_tasks; cpu++)
		if (m.ipi[cpu][i])
			return false;
	if ((a->wait_readers && m.readers) || (a->wait_suspend && !can_suspend(a)))
		return false;
	if (a->wait_for && *a->wait_for == a->wait_value)
		return false;
	return unlocked(a);
}

void run(int i)
{
	static void (*const mains[])(void) = {
		main_task, main_irq, main_worker, main_worker, main_irq_work
	};
	struct actor *a = &m.actor[i];
	pte_t before[USED_BLOCKS];
	unsigned int block;

	for (block = 0; block < USED_BLOCKS; block++)
		before[block] = *pte_of(block);
	if (!a->sp) {
		void **sp = (void **)stacks[i + 1] - 2;

		*sp = mains[i >= WORKER ? i - WORKER + 2 : i / MAX_TASKS];
		a->sp = (u8 *)(sp - 6);
		memset(a->sp, 0, 6 * sizeof(*sp));
	}
	me = a;
	switch_stack(&scheduler_sp, a->sp);
	for (block = 0; block < USED_BLOCKS; block++)
		if (pte_val(before[block]) != pte_val(*pte_of(block)))
			check_change(block, before[block]);
	me = NULL;
	/* What is left of calls that returned is no part of the state. */
	if (!a->sp)
		a->what = NULL;
	else if (!is_random)
		memset(a->sp - 1024, 0, 1024);
}

bool can_migrate(int a, int b)
{
	struct actor *x = &m.actor[a], *y = &m.actor[b];

	return !m.suspended && !x->irqs_off && !x->preempt_off && !y->irqs_off && !y->preempt_off &&
	       !x->daif && !y->daif &&
	       !m.actor[MAX_TASKS + x->cpu].sp && !m.actor[MAX_TASKS + y->cpu].sp;
}

void migrate(int a, int b)
{
	u8 cpu = m.actor[a].cpu;

	m.actor[a].cpu = m.actor[b].cpu;
	m.actor[b].cpu = cpu;
}

bool tasks_done(void)
{
	int i;

	for (i = 0; i < nr_tasks; i++)
		if (m.actor[i].ops->kind != END || m.actor[MAX_TASKS + i].sp ||
		    (m.actor[MAX_TASKS + i].ops && m.actor[MAX_TASKS + i].ops->kind != END))
			return false;
	return true;
}

/* Checks at every step */

static bool is_at(int a, const char *what)
{
	return m.actor[a].what && !strcmp(m.actor[a].what, what);
}

/* One is running, or due, and then somebody is about to arm it, or the work does it. */
static bool flush_to_come(int cpu)
{
	bool due = kasan_page_shadow_tlb.due;
	int a;

	for (a = 0; a < NR_ACTORS; a++)
		if (m.ipi[cpu][a] || is_at(a, "write tlb.flushes") || is_at(a, "flush all") || (due && is_at(a, "irq_work_queue")))
			return true;
	return due && (m.actor[IRQ_WORK].sp || (m.irq_work && m.irq_work->pending) ||
		       m.actor[WORKER].sp || model_work(0)->pending);
}

static bool block_changing(unsigned int block)
{
	int a;

	for (a = 0; a < NR_ACTORS; a++)
		if (m.actor[a].changing && m.actor[a].op.page / 8 <= block &&
		    (m.actor[a].op.page + m.actor[a].op.nr - 1) / 8 >= block)
			return true;
	return false;
}

void check_block(unsigned int block)
{
	pte_t pte = *pte_of(block), tlb;
	const u8 *shadow = model_mem[pte_pfn(pte)], *view;
	unsigned int i;
	int cpu;

	if (in_pool(pte_pfn(pte)) && !m.pool[pte_pfn(pte) - MODEL_PAGES])
		fail("I2: block %u has a shadow page that is free", block);
	for (i = 0; i < 8; i++) {
		struct truth *t = &m.truth[block * 8 + i];

		if (!t->busy && memcmp(shadow + i * 8, t->byte, 8))
			fail("%s: page %u: its shadow is %02x..., and should be %02x...",
			     t->byte[0] ? "I3" : "I1", block * 8 + i, shadow[i * 8], t->byte[0]);
	}
	for (cpu = 0; cpu < nr_tasks; cpu++) {
		tlb = m.tlb[cpu][block];
		if (!pte_val(tlb) || pte_val(tlb) == pte_val(pte))
			continue;
		if (pte_pfn(tlb) != pte_pfn(pte) && pte_write(tlb))
			fail("I2: CPU %d can write to a page that block %u gave up", cpu, block);
		if (misses_flushes(cpu))
			continue;
		check_tlb(cpu, block, tlb, pte);
		view = model_mem[pte_pfn(tlb)];
		for (i = 0; i < 64; i++) {
			struct truth *t = &m.truth[block * 8 + i / 8];

			if (t->busy || view[i] || !t->byte[i % 8])
				continue;
			if (t->exact || t->flush == 2)
				fail("I3: CPU %d sees page %u as accessible after the flush",
				     cpu, block * 8 + i / 8);
			else if (!block_changing(block) && !flush_to_come(cpu))
				fail("I3: CPU %d sees page %u as accessible, no flush is to come",
				     cpu, block * 8 + i / 8);
		}
	}
	if (is_pattern(pte) && pte_write(pte))
		fail("I4: block %u maps pattern %02lx, which is not read-only", block,
		     pattern_of(pte));
	if (is_pattern(pte) && memcmp(shadow, patterns + pattern_of(pte) * PAGE_SIZE, PAGE_SIZE))
		fail("I4: pattern %02lx is wrong", pattern_of(pte));
}

long statistic(const char *name)
{
	char buf[2048], *p;
	struct seq_file file = { buf, 0, sizeof(buf) };
	size_t len = strlen(name);

	model_stats[0]->show(&file, NULL);
	if (model_stats[1])
		model_stats[1]->show(&file, NULL);
	for (p = buf; p; p = strchr(p, '\n'), p = p ? p + 1 : p)
		if (!strncmp(p, name, len) && p[len] == ' ')
			return strtol(p + len, NULL, 10);
	return 0;
}

/* Work that is pending runs, each time reclaiming, until there is no more. */
void check_quiet(void)
{
	unsigned int block, i, used = 0, private = 0, pinned = 0;
	int rounds = 0, a, cpu;
	bool late;

	draining = true;
	while (!failed) {
		for (a = NR_ACTORS - 1; a >= WORKER && !can_run(a); a--)
			;
		if (a >= WORKER) {
			if (!m.actor[a].sp && rounds++ == 20)
				fail("I5: work never ends");
			run(a);
		} else if (m.actor[WORKER].sp || m.actor[WORKER + 1].sp) {
			for (cpu = 0; cpu < nr_tasks; cpu++)
				deliver(cpu);
		} else {
			break;
		}
	}
	draining = false;
	if (m.unsure & m.online & (BIT(nr_tasks) - 1))
		fail("I3: nobody flushes who may have missed what a new CPU did");
	/* What was freed while suspended is given up when the next is. */
	late = m.was_suspended && model_shrinker.count_objects(&model_shrinker, NULL);
	for (i = 0; i < MODEL_POOL; i++)
		used += m.pool[i];
	for (block = 0; block < USED_BLOCKS && !failed; block++) {
		unsigned int pins = 0;

		for (i = 0; i < 8; i++)
			pins += m.truth[block * 8 + i].state == IS_BYTES;
		check_block(block);
		if (!is_pattern(*pte_of(block))) {
			unsigned long mask = pte_page(*pte_of(block))->private;

			if (mask >> 9 != block || !(mask & 511))
				fail("I5: block %u has a page that is %lx", block, mask);
			mask = (u8)mask;
			private++;
			pinned += hweight8(mask);
			if (!mask && !late)
				fail("I5: block %u keeps shadow without a pin", block);
			for (i = 0; i < 8; i++)
				if (mask & BIT(i) && m.truth[block * 8 + i].state == IS_FREE)
					fail("I5: page %u is free, and pinned", block * 8 + i);
		} else if (pins) {
			fail("I2: block %u has pins but no shadow page", block);
		}
	}
	if (memcmp(model_mem[pte_pfn(model_first_pattern())], patterns, sizeof(patterns)))
		fail("I4: a pattern was changed");
	if (!failed && used != private)
		fail("I6: %u shadow pages are allocated, %u in use", used, private);
	if (!failed && statistic("private_pages") != private)
		fail("I6: private_pages is %ld, should be %u", statistic("private_pages"), private);
	if (!failed && statistic("pinned_pages") != pinned)
		fail("I6: pinned_pages is %ld, should be %u", statistic("pinned_pages"), pinned);
	if (!failed && !late && model_shrinker.count_objects &&
	    model_shrinker.count_objects(&model_shrinker, NULL))
		fail("I5: idle pages are counted, and there are none");
}

/* States */

struct region regions[NR_REGIONS];

static void set_regions(void)
{
	regions[0] = (struct region) { &m, sizeof(m) };
	regions[1] = (struct region) { __start_core_data, __stop_core_data - __start_core_data };
	regions[2] = (struct region) {
		page_table[0], page_table[0] ? MODEL_BLOCKS * sizeof(pte_t) : 0
	};
	regions[3] = (struct region) { model_mem[MODEL_PAGES], MODEL_POOL * PAGE_SIZE };
	regions[4] = (struct region) { &model_map[MODEL_PAGES], MODEL_POOL * sizeof(struct page) };
	/* Saved, but counters are no part of the state: the last is not hashed. */
	regions[5] = (struct region) { model_percpu, sizeof(model_percpu) };
}

size_t stack_used(int a)
{
	return m.actor[a].sp ? (u8 *)stacks[a + 1] - m.actor[a].sp : 0;
}

u8 *save(u8 *to)
{
	size_t i;

	for (i = 0; i < NR_REGIONS; i++) {
		memcpy(to, regions[i].p, regions[i].size);
		to += regions[i].size;
	}
	for (i = 0; i < NR_ACTORS; i++) {
		memcpy(to, m.actor[i].sp, stack_used(i));
		to += stack_used(i);
	}
	return to;
}

void restore(const u8 *from)
{
	size_t i;

	for (i = 0; i < NR_REGIONS; i++) {
		memcpy(regions[i].p, from, regions[i].size);
		from += regions[i].size;
	}
	for (i = 0; i < NR_ACTORS; i++) {
		memcpy(m.actor[i].sp, from, stack_used(i));
		from += stack_used(i);
	}
	system_state = m.suspended ? SYSTEM_SUSPEND : SYSTEM_RUNNING;
}

/*
 * States that differ only in how many flushes there were are one. So if no actor knows a
 * number, they all get smaller.
 */
void renumber(void)
{
	unsigned long over = flushes / 2;
	unsigned int i;

	if (over == FIRST_FLUSH)
		return;
	for (i = 0; i < NR_ACTORS; i++)
		if ((STALE && m.actor[i].numbers) || is_at(i, "write tlb.flushes") ||
		    is_at(i, "release &tlb.flushes"))
			return;
	for (i = 0; i < MODEL_BLOCKS && STALE; i++) {
		pte_t *pte = pte_of(i);
		unsigned long stamp = (pte->pte & STAMPS) >> KASAN_ARCH_STAMP_SHIFT;
		unsigned long above = (stamp - flushes) % BIT(KASAN_ARCH_STAMP_BITS);

		/* Those that passed are not all one: there are those that are no stamp. */
		stamp = !stamp ? 0 : above > 4 ? 2 * FIRST_FLUSH - 1 : 2 * FIRST_FLUSH + flushes % 2 + above;
		pte->pte = (pte->pte & ~STAMPS) | stamp << KASAN_ARCH_STAMP_SHIFT;
	}
	flushes -= 2 * (over - FIRST_FLUSH);
	for (i = 0; i < USED_BLOCKS; i++)
		m.need[i] = m.need[i] > over ? m.need[i] - over + FIRST_FLUSH : FIRST_FLUSH;
}

/* Boot */

void model_param(const char *name, int (*set)(char *value))
{
	params[nr_params].name = name;
	params[nr_params++].set = set;
}

void set_param(const char *name, const char *value)
{
	char buf[16];
	int i;

	snprintf(buf, sizeof(buf), "%s", value);
	if (strstr(name, "flush_ms"))
		flush_ms_now = strtoul(value, NULL, 10);
	for (i = 0; i < nr_params; i++)
		if (!strcmp(params[i].name, name) && !params[i].set(buf))
			return;
	model_fail("boot: parameter %s=%s", name, value);
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	model_fail("fault at %p", info->si_addr);
}

/* Once in a process. */
void boot(const char *page_shadow, const char *flush_ms)
{
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	stack_t alt = { .ss_size = FAULT_STACK };
	unsigned long i, page, at_boot;

	alt.ss_sp = malloc(FAULT_STACK);
	sigaltstack(&alt, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	stacks = mmap((void *)0x100000000, (NR_ACTORS + 1) * STACK_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (stacks == MAP_FAILED)
		model_fail("boot: no stacks");

	set_param("kasan.page_shadow", page_shadow);
	set_param("kasan.page_shadow_flush_ms", flush_ms);
	boot_end = (MODEL_BOOT + 63) / 64 * 64 * PAGE_SIZE;
	for (i = 0; i < sizeof(patterns); i++)
		patterns[i] = i / PAGE_SIZE >> i % PAGE_SIZE / 8 & 1 ? KASAN_PAGE_FREE : 0;
	at_boot = max(MODEL_PAGES / 2, PTRS_PER_PTE * 8);
	kasan_page_shadow_init((unsigned long)model_mem, (unsigned long)model_mem[at_boot]);
	for (i = 0; i < MODEL_BLOCKS / PTRS_PER_PTE; i++) {
		page_table[i] = kasan_page_shadow_table((unsigned long)
			kasan_mem_to_shadow(model_mem[i * PTRS_PER_PTE * 8]));
		if (page_table[0] && !page_table[i])
			page_table[i] = memblock_alloc(PTRS_PER_PTE * sizeof(pte_t), PAGE_SIZE);
	}
	for (i = 0; i < MODEL_POOL; i++)
		junk_page(i);
	for (i = 0; i < MAX_TASKS; i++) {
		m.actor[i].cpu = i;
		m.actor[MAX_TASKS + i].cpu = i;
	}
	for (i = WORKER; i < NR_ACTORS; i++)
		m.actor[i].cpu = MAX_TASKS + i - WORKER;
	m.online = BIT(MAX_TASKS) - 1;
	if (page_table[0]) {
		check_aborts(0, true);
		/* The second half is added later: all but a block, then again and all. */
		for (page = at_boot + 8; page >= at_boot && page < MODEL_PAGES; page -= 8) {
			size_t size = (MODEL_PAGES - page) * PAGE_SIZE;
			bool first = page != at_boot;
			void *next;

			if (kasan_page_shadow_device(model_mem[page], model_mem[page] + size,
						     &next) != (first ? -EOPNOTSUPP : 0) ||
			    (first && next != model_mem[page] + size))
				model_fail("I7: memory of a device gets blocks, or loses them");
			if (kasan_page_shadow_add(model_mem[page], size))
				model_fail("I6: memory cannot be added");
			if (pattern_of(*pte_of(page / 8)) || pattern_of(*pte_of(MODEL_BLOCKS - 1)))
				model_fail("I1: memory that was added is not accessible");
			if (!kasan_page_shadow_set(model_mem[page], size, KASAN_PAGE_FREE))
				model_fail("I7: memory that was added has no blocks");
			check_aborts(at_boot / 8, page == at_boot);
		}
		if (!kasan_page_shadow_set(model_mem, at_boot * PAGE_SIZE, KASAN_PAGE_FREE))
			model_fail("I7: memory has no blocks");
	}
	for (i = 0; i < USED_BLOCKS * 8; i++)
		memset(m.truth[i].byte, KASAN_PAGE_FREE, 8);
	system_state = SYSTEM_RUNNING;
	if (model_initcall() || model_initcall_sync())
		model_fail("I6: the initcall fails");
#ifdef MODEL_ARM64
	model_late_initcall();
#endif
	set_regions();
	if (page_table[0])
		check_quiet();
}

/* Words for traces */

const char *describe_pte(pte_t pte, char *buf, size_t size)
{
	unsigned long pfn = pte_pfn(pte);

	if (!pte_val(pte))
		snprintf(buf, size, "none");
	else if (!is_pattern(pte))
		snprintf(buf, size, "private %lu %s", pfn - MODEL_PAGES,
			 pte_write(pte) ? "RW" : pte_special(pte) ? "RO marked" : "RO");
	else
		snprintf(buf, size, "pattern %02lx", pattern_of(pte));
	if (STALE)
		snprintf(buf + strlen(buf), size - strlen(buf), "%s %lu/%lu.%lu",
			 pte_young(pte) ? " A" : "", (pte_val(pte) & STAMPS) >> KASAN_ARCH_STAMP_SHIFT,
			 flushes / 2, flushes % 2);
	return buf;
}

const char *describe(int i, char *buf, size_t size)
{
	static const char * const names[] = {
		"", "alloc", "free", "pin", "pin atomic", "poison", "wipe", "check", "await",
		"shrink", "hotplug", "suspend", "any"
	};
	static const char * const what[] = { "flusher", "reclaimer", "irq_work" };
	struct actor *a = &m.actor[i];
	size_t n;

	if (i >= WORKER)
		n = snprintf(buf, size, "%s", what[i - WORKER]);
	else
		n = snprintf(buf, size, "CPU %d %s %s %u+%u", a->cpu,
			     i < MAX_TASKS ? "task" : a->op.nmi ? "NMI" : "irq", names[a->op.kind], a->op.page,
			     a->op.nr);
	snprintf(buf + n, size - n, ": %s", a->sp ? a->what : "begins");
	return buf;
}
