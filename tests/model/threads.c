// SPDX-License-Identifier: GPL-2.0
/*
 * mm/kasan/page_shadow.c with a thread for each CPU, to be built with sanitizers.
 *
 * The core's own accesses to memory are as it makes them, so the thread sanitizer
 * judges its locks and barriers. What hardware does is atomic: page walks, and
 * loads and stores of shadow by translations that a CPU may hold.
 *
 * Threads allocate, free, pin and poison pages, of which they know the true shadow
 * as they own them, and check accesses to pages of any thread. Private pages are
 * allocated from the same blocks, and so change shadow too, as in the kernel.
 */
#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <unistd.h>

#define MODEL_BLOCKS	16
#define MODEL_POOL	0
#define model_percpu	model_percpu_areas	/* the name of a section in this file */
#include "standins.h"

#define LOAD(p)			__atomic_load_n(p, __ATOMIC_RELAXED)
#define STORE(p, v)		__atomic_store_n(p, v, __ATOMIC_RELAXED)

#include CORE
#include INIT
#ifdef FAULT
#include FAULT
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)		((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n)	((void)(p), (void)(n))
#endif

/*
 * Each look at another's truth is an order between the threads, which would hide
 * races from the thread sanitizer. With it, threads judge their own pages only.
 */
#ifdef __SANITIZE_THREAD__
static const bool judge_others;
#else
static const bool judge_others = true;
#endif

/* Pages are in blocks 0 to 3, and from when they are added also in 8 to 11. */
#define NR_PAGES	64
#define BOOT_PAGES	32
#define BOOT_FRAMES	64
#define QUIET_PAGES	8		/* are never pinned */
#define MAX_ORDER	4
#define ROUND_OPS	500		/* of a thread, until all are checked */
#define NR_SLOTS	8
#define NO_PAGE		NR_PAGES
#define MAX_THREADS	(MODEL_CPUS - 4)	/* and main, two workers, a spare CPU */

struct cpu {
	pte_t entries[MODEL_BLOCKS];	/* of the TLB, 0: none; under mmu */
	u8 mmu;				/* during an access, and TLBI from any CPU */
	unsigned long sent, done;	/* IPIs */
	struct irq_work *irq_work;
	bool parked;			/* no thread; under park_lock, others flush it */
};

struct task {
	struct cpu *cpu;
	unsigned long random;
	unsigned long stash;		/* free pages, like per-CPU lists of pages */
	unsigned int preempt, locks;
	bool irqs_off, in_nmi, daif, in_fault;
	unsigned long ops, verdicts, misses;
	struct slot {
		unsigned int page, order;
		bool busy;		/* in an operation that was interrupted */
	} slots[NR_SLOTS];
};

/* Written by the owner of the page; odd seq: about to change. */
static struct truth {
	unsigned int seq;
	bool pinned;
	u8 shadow[PAGE_SIZE / KASAN_GRANULE_SIZE];
	unsigned long flushes;		/* from when on all CPUs see it */
} truth[NR_PAGES];

/* What a frame is, to tell stray accesses. */
static bool frame_private[MODEL_FRAMES];

static struct cpu cpus[MODEL_CPUS];
static struct task tasks[MODEL_CPUS];
static __thread struct task *me;
static struct cpu *spare_cpu;
static pte_t *ptes[MODEL_BLOCKS], added_ptes[PTRS_PER_PTE];

static pthread_mutex_t park_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t work_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_cond = PTHREAD_COND_INITIALIZER;
static pthread_cond_t work_idle = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;

static unsigned long pool;			/* free pages */
static unsigned int nr_pages = BOOT_PAGES;
static unsigned int recent;		/* page that was pinned last: look there */
static struct slot mailbox[4];		/* allocations on the way to another thread */
static struct work_struct *const works[] = { &flusher, &reclaimer };
static bool work_busy[2], draining, stop;
static unsigned int works_done;
static unsigned long now;	/* moves on with each operation */
static __thread struct cpu *answering;	/* whose interrupt this is, if it has no thread */
static void (*interrupt)(void *info);

static unsigned long seed, nr_threads, alloc_failures, redzones_lost, engine_flushes;
static unsigned int fail_one_in;
static unsigned int hafdbs;		/* CPUs that set the accessed flag; x86: 0 if it says nothing */

struct page model_map[MODEL_FRAMES];
alignas(4096) u8 model_mem[MODEL_FRAMES][PAGE_SIZE];
alignas(64) char model_percpu[MODEL_CPUS][MODEL_PERCPU_SIZE];
const struct file_operations *model_stats[2];
struct shrinker model_shrinker;
struct mm_struct init_mm;
int system_state;
struct model_cpuinfo boot_cpu_data;

void model_arming(const bool *due, bool value) { }

void model_param(const char *name, int (*set)(char *value)) { }

void model_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	flockfile(stderr);
	fprintf(stderr, "CPU %u: ", me ? model_cpu() : 0);
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	_exit(1);
}

static unsigned long rnd(unsigned long below)
{
	me->random ^= me->random << 13;
	me->random ^= me->random >> 7;
	me->random ^= me->random << 17;
	return (me->random >> 8) % below;
}

static bool is_thread(void)
{
	return me < tasks + nr_threads;
}

/* CPUs: interrupts, IPIs, migration */

unsigned int model_cpu(void)
{
	return me->cpu - cpus;
}

static void lock_mmu(struct cpu *cpu)
{
	while (__atomic_exchange_n(&cpu->mmu, 1, __ATOMIC_ACQUIRE))
		sched_yield();
}

static void unlock_mmu(struct cpu *cpu)
{
	__atomic_store_n(&cpu->mmu, 0, __ATOMIC_RELEASE);
}

static void clear_tlb(struct cpu *cpu, unsigned long blocks)
{
	lock_mmu(cpu);
	for (unsigned long block = 0; block < MODEL_BLOCKS; block++)
		if (blocks & BIT(block))
			cpu->entries[block] = __pte(0);
	unlock_mmu(cpu);
}

/* Only by the CPU itself, or under park_lock if it is parked. */
static void answer_ipis(struct cpu *cpu)
{
	unsigned long sent = __atomic_load_n(&cpu->sent, __ATOMIC_ACQUIRE);

	if (sent == LOAD(&cpu->done))
		return;
	answering = cpu;
	interrupt(NULL);
	answering = NULL;
	__atomic_store_n(&cpu->done, sent, __ATOMIC_RELEASE);
}

static void answer_irqs(void)
{
	struct irq_work *work = me->cpu->irq_work;

	if (LOAD(&me->cpu->sent) != LOAD(&me->cpu->done))
		answer_ipis(me->cpu);
	if (!work)
		return;
	me->cpu->irq_work = NULL;
	me->irqs_off = true;
	__atomic_store_n(&work->pending, 0, __ATOMIC_SEQ_CST);
	work->func(work);
	me->irqs_off = false;
}

static void park(void)
{
	answer_irqs();
	pthread_mutex_lock(&park_lock);
	answer_ipis(me->cpu);
	me->cpu->parked = true;
	pthread_mutex_unlock(&park_lock);
}

static void unpark(void)
{
	pthread_mutex_lock(&park_lock);
	me->cpu->parked = false;
	pthread_mutex_unlock(&park_lock);
}

static void migrate(void)
{
	struct cpu *cpu;

	answer_irqs();
	pthread_mutex_lock(&park_lock);
	answer_ipis(me->cpu);
	me->cpu->parked = true;
	cpu = me->cpu;
	me->cpu = spare_cpu;
	me->cpu->parked = false;
	spare_cpu = cpu;
	pthread_mutex_unlock(&park_lock);
}

void on_each_cpu(void (*fn)(void *info), void *info, bool wait)
{
	unsigned long ticket[MODEL_CPUS] = { 0 };
	struct cpu *cpu;

	if (me->irqs_off || me->locks)
		model_fail("flush of other CPUs with interrupts off");
	preempt_disable();
	STORE(&interrupt, fn);
	for (cpu = cpus; cpu < cpus + MODEL_CPUS; cpu++) {
		if (cpu == me->cpu)
			continue;
		pthread_mutex_lock(&park_lock);
		ticket[cpu - cpus] = __atomic_add_fetch(&cpu->sent, 1, __ATOMIC_RELEASE);
		if (cpu->parked)
			answer_ipis(cpu);
		pthread_mutex_unlock(&park_lock);
	}
	for (cpu = cpus; cpu < cpus + MODEL_CPUS; cpu++) {
		while (__atomic_load_n(&cpu->done, __ATOMIC_ACQUIRE) < ticket[cpu - cpus]) {
			answer_irqs();
			sched_yield();
		}
	}
	fn(info);
	engine_flushes++;
	preempt_enable();
}

/* A CPU may be coming up at any time, it does not matter which. */
bool cpus_read_trylock(void)
{
	return rnd(8);
}

void cpus_read_unlock(void) { }

int cpuhp_setup_state(int state, const char *name, int (*up)(unsigned int cpu),
		      int (*down)(unsigned int cpu))
{
	return 1;
}

static unsigned long shadow_block(unsigned long shadow)
{
	return (shadow - block_shadow(0)) / PAGE_SIZE;
}

#ifdef MODEL_ARM64
/* TLBI, and DSB, which waits for what CPUs access by old translations. */
void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	model_step("TLBI");
	for (struct cpu *cpu = cpus; cpu < cpus + MODEL_CPUS; cpu++)
		clear_tlb(cpu, BIT(shadow_block(end)) - BIT(shadow_block(start)));
	model_step("DSB");
}

unsigned long model_read_daif(void)
{
	return me->daif;
}

void model_write_daif(unsigned long daif)
{
	me->daif = daif;
	model_step("write DAIF");
}

unsigned long model_read_tcr_el1(void)
{
	return hafdbs & 1 ? TCR_HA : 0;		/* the CPU that boots is the first */
}
#else
void model_flush_page(unsigned long shadow)
{
	clear_tlb(me->cpu, BIT(shadow_block(shadow)));
}

void model_flush_local(void)
{
	clear_tlb(answering ?: me->cpu, BIT(MODEL_BLOCKS) - 1);
}
#endif

void model_wait(const unsigned long *p, unsigned long value)
{
	while (__atomic_load_n(p, __ATOMIC_ACQUIRE) == value) {
		model_step("wait");
		sched_yield();
	}
}

bool preemptible(void)
{
	return !me->preempt && !me->irqs_off && !me->daif;
}

void preempt_disable(void)
{
	me->preempt++;
}

void preempt_enable(void)
{
	if (!me->preempt--)
		model_fail("preemption enabled twice");
}

unsigned long model_irq_save(void)
{
	unsigned long flags = me->irqs_off;

	me->irqs_off = true;
	return flags;
}

void model_irq_restore(unsigned long flags)
{
	me->irqs_off = flags;
	model_step("interrupts");
}

static void acquire(u8 *owner)
{
	u8 nobody = 0;

	while (!__atomic_compare_exchange_n(owner, &nobody, me - tasks + 1, false,
					    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		if (nobody == me - tasks + 1)
			model_fail("lock taken twice");
		nobody = 0;
		if (!me->irqs_off)
			answer_irqs();
		sched_yield();
	}
}

static void release(u8 *owner)
{
	if (LOAD(owner) != me - tasks + 1)
		model_fail("lock released by another");
	__atomic_store_n(owner, 0, __ATOMIC_RELEASE);
}

/* All are taken with interrupts off, as interrupts take them, and none in another. */
void raw_spin_lock(raw_spinlock_t *lock)
{
	model_step("lock");
	if (!me->irqs_off || me->in_nmi)
		model_fail("lock: can deadlock with an interrupt");
	if (me->locks)
		model_fail("lock: two at a time");
	acquire(&lock->owner);
	me->locks++;
}

/* In NMI the CPU may hold another, or this one. */
bool raw_spin_trylock(raw_spinlock_t *lock)
{
	u8 nobody = 0;

	model_step("try lock");
	if (!__atomic_compare_exchange_n(&lock->owner, &nobody, me - tasks + 1, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	me->locks++;
	return true;
}

void raw_spin_unlock(raw_spinlock_t *lock)
{
	model_step("unlock");
	me->locks--;
	release(&lock->owner);
}

void mutex_lock(struct mutex *mutex)
{
	if (!preemptible())
		model_fail("sleeping where that is not allowed");
	acquire(&mutex->owner);
}

bool mutex_trylock(struct mutex *mutex)
{
	u8 nobody = 0;

	return __atomic_compare_exchange_n(&mutex->owner, &nobody, me - tasks + 1, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void mutex_unlock(struct mutex *mutex)
{
	release(&mutex->owner);
}

void model_assert_held(const u8 *owner)
{
	if (LOAD(owner) != me - tasks + 1)
		model_fail("a lock is not held");
}

/* The MMU */

#ifdef MODEL_ARM64
static pte_t walk(unsigned long block)
{
	pte_t pte = __pte(__atomic_load_n(&ptes[block]->pte, __ATOMIC_ACQUIRE));

	while (pte_valid(pte) && !pte_young(pte)) {
		if (!(hafdbs >> model_cpu() & 1))
			return __pte(0);
		if (__atomic_compare_exchange_n(&ptes[block]->pte, &pte.pte, pte.pte | PTE_AF,
						false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			pte.pte |= PTE_AF;
	}
	return pte_valid(pte) ? me->cpu->entries[block] = pte : __pte(0);
}

static void fault(unsigned long block)
{
	pte_t pte = __pte(LOAD(&ptes[block]->pte));

	if (me->in_fault || me->daif)
		model_fail("fault: where none may be, on block %lu", block);
	me->in_fault = me->daif = true;
	if (!kasan_arch_fault(block_shadow(block), pte_valid(pte) ? ESR_ELx_FSC_ACCESS_L(3) :
								    ESR_ELx_FSC_FAULT_L(3)))
		model_fail("fault: on block %lu, and the access is not tried again", block);
	me->in_fault = me->daif = false;
	if (!pte_valid(pte))
		model_wait(&ptes[block]->pte, pte_val(pte));
}
#else
static pte_t walk(unsigned long block)
{
	pte_t pte = __pte(__atomic_load_n(&ptes[block]->pte, __ATOMIC_ACQUIRE));

	if (!pte_none(pte) && !pte_young(pte))
		pte = __pte(__atomic_or_fetch(&ptes[block]->pte, MODEL_AF, __ATOMIC_ACQ_REL));
	return me->cpu->entries[block] = pte;
}

static void fault(unsigned long block)
{
	model_fail("block %lu has no shadow", block);
}
#endif

/* The byte of shadow for an access, which unlock_mmu() ends. */
static u8 *translate(unsigned long shadow, bool write)
{
	unsigned long block = shadow_block(shadow);
	pte_t pte;

	model_step("MMU");
	for (;;) {
		lock_mmu(me->cpu);
		pte = me->cpu->entries[block];
		if (pte_none(pte) || (STALE && write && !pte_write(pte)))
			pte = walk(block);
		if (!pte_none(pte))
			break;
		unlock_mmu(me->cpu);
		fault(block);
	}
	if (!rnd(16))
		sched_yield();
	if (pattern_index(pte) >= NR_PATTERNS && !LOAD(&frame_private[pte_pfn(pte)]))
		model_fail("I2: the shadow of block %lu was freed while in use", block);
	if (write) {
		pte_t current = __pte(LOAD(&ptes[block]->pte));

		if (!pte_write(pte))
			model_fail("I4: store to the read-only shadow of block %lu", block);
		if (pte_pfn(pte) != pte_pfn(current) || !pte_write(current))
			model_fail("I2: store to the shadow that block %lu gave up", block);
	}
	return &model_mem[pte_pfn(pte)][shadow % PAGE_SIZE];
}

u8 model_load(unsigned long shadow)
{
	u8 value = __atomic_load_n(translate(shadow, false), __ATOMIC_ACQUIRE);

	unlock_mmu(me->cpu);
	return value;
}

static void model_store(unsigned long shadow, u8 value)
{
	STORE(translate(shadow, true), value);
	unlock_mmu(me->cpu);
}

static unsigned long count_of(enum page_shadow_counter counter)
{
	unsigned long cpu, sum = 0;

	for_each_possible_cpu(cpu)
		sum += LOAD(&per_cpu(kasan_page_shadow_counters, cpu)[counter]);
	return sum;
}

static bool granule_bad(u8 shadow, unsigned long last)
{
	return shadow && (s8)shadow <= (s8)(last % KASAN_GRANULE_SIZE);
}

bool kasan_range_poisoned(const void *addr, size_t size)
{
	unsigned long a = (unsigned long)addr, end = a + size, next;

	for (; a < end; a = next) {
		next = min(round_down(a, KASAN_GRANULE_SIZE) + KASAN_GRANULE_SIZE, end);
		if (granule_bad(model_load((unsigned long)kasan_mem_to_shadow(a)), next - 1))
			return true;
	}
	return false;
}

pte_t *virt_to_kpte(unsigned long shadow)
{
	return ptes[shadow_block(shadow)];
}

int apply_to_page_range(struct mm_struct *mm, unsigned long shadow, unsigned long size,
			pte_fn_t fn, void *data)
{
	unsigned long end = shadow + size;

	for (; shadow < end; shadow += PAGE_SIZE)
		fn(virt_to_kpte(shadow), shadow, data);
	return 0;
}

int apply_to_existing_page_range(struct mm_struct *mm, unsigned long shadow, unsigned long size,
				 pte_fn_t fn, void *data)
{
	return 0;
}

/* Memory */

static u8 *page_mem(unsigned int page)
{
	return model_mem[page < BOOT_PAGES ? page : page - BOOT_PAGES + BOOT_FRAMES];
}

static unsigned int mem_page(const u8 *mem)
{
	unsigned int frame = (mem - model_mem[0]) / PAGE_SIZE;

	return frame < BOOT_FRAMES ? frame : frame - BOOT_FRAMES + BOOT_PAGES;
}

static unsigned long page_mask(unsigned int page, unsigned int order)
{
	return (BIT(1 << order) - 1) << page;
}

void *memblock_alloc_raw(size_t size, size_t align)
{
	static unsigned long next = MODEL_BOOT * PAGE_SIZE;
	void *p;

	next = round_up(next, align);
	p = model_mem[0] + next;
	next += size;
	if (next > sizeof(model_mem))
		model_fail("model_mem is too small");
	memset(p, 0x5a, size);
	return p;
}

void *memblock_alloc(size_t size, size_t align)
{
	return memset(memblock_alloc_raw(size, align), 0, size);
}

/* Truth: changes of pages begin and end, seen by all CPUs at once or after a flush. */
static void begin(unsigned int page, unsigned int order)
{
	for (unsigned int i = page; i < page + (1U << order); i++)
		__atomic_fetch_add(&truth[i].seq, 1, __ATOMIC_SEQ_CST);
}

static void end(unsigned int page, unsigned int order, bool at_once)
{
	unsigned long s = __atomic_load_n(&tlb.flushes, __ATOMIC_SEQ_CST);

	for (unsigned int i = page; i < page + (1U << order); i++) {
		STORE(&truth[i].flushes, at_once ? 0 : s + 2 + s % 2);
		__atomic_fetch_add(&truth[i].seq, 1, __ATOMIC_SEQ_CST);
	}
}

static void truth_set(unsigned int page, unsigned int order, u8 value)
{
	for (unsigned int i = page; i < page + (1U << order); i++) {
		for (unsigned int g = 0; g < ARRAY_SIZE(truth[i].shadow); g++)
			STORE(&truth[i].shadow[g], value);
		if (value)
			truth[i].pinned = false;
	}
}

static int take(unsigned long *from, unsigned int order)
{
	unsigned int i, page, start = rnd(NR_PAGES);

	for (i = 0; i < NR_PAGES; i += 1 << order) {
		page = round_down((start + i) % NR_PAGES, 1U << order);
		if ((*from & page_mask(page, order)) == page_mask(page, order)) {
			*from &= ~page_mask(page, order);
			return page;
		}
	}
	return -1;
}

static int page_alloc(unsigned int order)
{
	int page = -1;

	if (!order && rnd(8))
		page = take(&me->stash, order);
	if (page < 0) {
		pthread_mutex_lock(&pool_lock);
		page = take(&pool, order);
		pthread_mutex_unlock(&pool_lock);
	}
	if (page < 0)
		return -1;
	ASAN_UNPOISON_MEMORY_REGION(page_mem(page), PAGE_SIZE << order);
	begin(page, order);
	kasan_page_shadow_set(page_mem(page), PAGE_SIZE << order, 0);
	truth_set(page, order, 0);
	end(page, order, false);
	return page;
}

static void page_free(unsigned int page, unsigned int order)
{
	bool look = rnd(2) && page < QUIET_PAGES && !order;

	memset(page_mem(page), 0x6b, PAGE_SIZE << order);
	begin(page, order);
	if (look)
		preempt_disable();
	kasan_page_shadow_set(page_mem(page), PAGE_SIZE << order, KASAN_PAGE_FREE);
	if (look) {
		if (!kasan_range_poisoned(page_mem(page), 1))
			model_fail("I3: a CPU does not see that it freed a page");
		preempt_enable();
	}
	truth_set(page, order, KASAN_PAGE_FREE);
	end(page, order, false);
	ASAN_POISON_MEMORY_REGION(page_mem(page), PAGE_SIZE << order);

	if (!order && is_thread() && __builtin_popcountl(me->stash) < 4 && rnd(4)) {
		me->stash |= page_mask(page, order);
		return;
	}
	pthread_mutex_lock(&pool_lock);
	if (pool & page_mask(page, order))
		model_fail("page %u is freed twice", page);
	pool |= page_mask(page, order);
	pthread_mutex_unlock(&pool_lock);
}

struct page *alloc_pages_nolock(gfp_t gfp, int nid, unsigned int order)
{
	struct page *page;
	int i;

	model_step("alloc page");
	if (me->locks)
		model_fail("allocation under a lock");
	i = fail_one_in && !rnd(fail_one_in) ? -1 : page_alloc(order);
	if (i < 0)
		return NULL;
	page = virt_to_page(page_mem(i));
	page->private = 0;
	STORE(&frame_private[page_to_pfn(page)], true);
	return page;
}

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	if (me->in_nmi || (gfpflags_allow_blocking(gfp) && !preemptible()))
		model_fail("allocation where that is not allowed");
	return alloc_pages_nolock(gfp, nid, order);
}

void free_pages_nolock(struct page *page, unsigned int order)
{
	model_step("free page");
	if (me->locks || !LOAD(&frame_private[page_to_pfn(page)]))
		model_fail("I2: a page that is not private shadow is freed");
	STORE(&frame_private[page_to_pfn(page)], false);
	page_free(mem_page(page_address(page)), 0);
}

void __free_page(struct page *page)
{
	if (me->in_nmi)
		model_fail("a page is freed in NMI, and waits for locks");
	free_pages_nolock(page, 0);
}

/* Deferred work, in a thread of its own */

bool irq_work_queue(struct irq_work *work)
{
	model_step("irq_work");
	if (__atomic_exchange_n(&work->pending, 1, __ATOMIC_SEQ_CST))
		return false;
	me->cpu->irq_work = work;
	return true;
}

bool model_queue_work(struct work_struct *work)
{
	bool was;

	model_step("queue work");
	pthread_mutex_lock(&work_lock);
	was = work->pending;
	work->pending = 1;
	pthread_cond_broadcast(&work_cond);
	pthread_mutex_unlock(&work_lock);
	return !was;
}

void model_sleep(unsigned long ms)
{
	unsigned long until = LOAD(&now) + ms;

	if (!preemptible())
		model_fail("sleeping where that is not allowed");
	park();
	pthread_mutex_lock(&work_lock);
	while (LOAD(&now) < until && !draining)
		pthread_cond_wait(&work_cond, &work_lock);
	pthread_mutex_unlock(&work_lock);
	unpark();
}

static void *worker(void *task)
{
	int i = (struct task *)task - &tasks[MODEL_CPUS - 3];

	me = task;
	pthread_mutex_lock(&work_lock);
	for (;;) {
		if (!works[i]->pending) {
			pthread_cond_signal(&work_idle);
			pthread_cond_wait(&work_cond, &work_lock);
			continue;
		}
		works[i]->pending = 0;
		works_done++;
		work_busy[i] = true;
		pthread_mutex_unlock(&work_lock);
		unpark();
		works[i]->func(works[i]);
		park();
		pthread_mutex_lock(&work_lock);
		work_busy[i] = false;
	}
	return NULL;
}

/* Run work until there is none. */
static void drain_work(void)
{
	pthread_mutex_lock(&work_lock);
	draining = true;
	works_done = 0;
	while (flusher.pending || reclaimer.pending || work_busy[0] || work_busy[1]) {
		if (works_done > 1000)
			model_fail("I5: the work does not end");
		pthread_cond_broadcast(&work_cond);
		pthread_cond_wait(&work_idle, &work_lock);
	}
	draining = false;
	pthread_mutex_unlock(&work_lock);
}

/* What threads do */

static void check(unsigned int page, bool own)
{
	unsigned int g, off = rnd(PAGE_SIZE), size = min(1 + rnd(16), PAGE_SIZE - off);
	unsigned int end = off + size;
	unsigned int seq = __atomic_load_n(&truth[page].seq, __ATOMIC_SEQ_CST);
	unsigned long last, flushed = LOAD(&tlb.flushes);
	const u8 *addr = page_mem(page) + off;
	bool first, report, bad = false;

	if (judge_others || own) {
		for (g = off / KASAN_GRANULE_SIZE; g * KASAN_GRANULE_SIZE < end; g++) {
			last = min((g + 1) * KASAN_GRANULE_SIZE, end) - 1;
			bad |= granule_bad(LOAD(&truth[page].shadow[g]), last);
		}
		flushed -= LOAD(&truth[page].flushes);
	}
	first = kasan_range_poisoned(addr, size);
	report = first && !kasan_page_shadow_stale(addr, size);
	if (!(judge_others || own) || seq % 2 ||
	    __atomic_load_n(&truth[page].seq, __ATOMIC_SEQ_CST) != seq)
		return;

	me->verdicts++;
	if (report && !bad)
		model_fail("I1: a good access of %u bytes at page %u + %u is reported",
			   size, page, off);
	if (!report && bad && (!STALE || first || (long)flushed >= 0))
		model_fail("I3: a bad access of %u bytes at page %u + %u is missed",
			   size, page, off);
	me->misses += !report && bad;
}

static void poison(struct slot *slot, unsigned int off, bool at_once)
{
	unsigned int page = slot->page + off / PAGE_SIZE;
	unsigned int g = off % PAGE_SIZE / KASAN_GRANULE_SIZE;
	u8 value = off % KASAN_GRANULE_SIZE ?: rnd(2) ? KASAN_SLAB_REDZONE : 0;

	begin(page, 0);
	model_store((unsigned long)kasan_mem_to_shadow(page_mem(slot->page) + off), value);
	STORE(&truth[page].shadow[g], value);
	end(page, 0, at_once);
}

/* As for slab pages; or with an offset, for the redzone of a large kmalloc(). */
static void pin(struct slot *slot)
{
	unsigned int size = PAGE_SIZE << slot->order, off = rnd(2) ? rnd(size) : 0, i;
	gfp_t gfp = preemptible() && rnd(2) ? GFP_KERNEL : GFP_ATOMIC;
	bool ok, allow_spin = gfp == GFP_KERNEL || (!me->in_nmi && rnd(4));

	begin(slot->page, slot->order);
	ok = kasan_page_shadow_pin(page_mem(slot->page) + off, size - off, gfp, allow_spin, off);
	for (i = off / PAGE_SIZE; ok && i < 1U << slot->order; i++)
		truth[slot->page + i].pinned = true;
	end(slot->page, slot->order, ok && gfpflags_allow_blocking(gfp));
	/* Of memory, or of a lock */
	if (!ok)
		__atomic_fetch_add(&alloc_failures, 1, __ATOMIC_RELAXED);
	if (!ok && off)
		__atomic_fetch_add(&redzones_lost, 1, __ATOMIC_RELAXED);
	for (i = off; ok && i < size; i = round_down(i, 8) + 8)
		poison(slot, i, gfpflags_allow_blocking(gfp));
	STORE(&recent, slot->page + rnd(1 << slot->order));
}

static void change(struct slot *slot)
{
	unsigned int i = rnd(1 << slot->order), page = slot->page + i;
	bool at_once = !truth[page].flushes;

	if (truth[page].pinned && rnd(4)) {
		poison(slot, i * PAGE_SIZE + rnd(PAGE_SIZE), at_once);
		return;
	}
	begin(page, 0);
	kasan_page_shadow_set(page_mem(page), PAGE_SIZE, 0);
	truth_set(page, 0, 0);
	end(page, 0, at_once);
}

static void slot_alloc(struct slot *slot)
{
	unsigned int order = rnd(8) ? 0 : rnd(MAX_ORDER + 1);
	int page = page_alloc(order);

	if (page < 0)
		return;
	slot->page = page;
	slot->order = order;
	memset(page_mem(page), 0x80 | page, PAGE_SIZE << order);
}

static void slot_free(struct slot *slot)
{
	unsigned int i, size = PAGE_SIZE << slot->order;
	u8 *mem = page_mem(slot->page);

	for (i = 0; i < size; i++)
		if (mem[i] != (0x80 | slot->page))
			model_fail("I2: a store hit page %u, which is not shadow",
				   slot->page + i / (unsigned int)PAGE_SIZE);
	page_free(slot->page, slot->order);
	slot->page = NO_PAGE;
}

static void shrink(void)
{
	struct shrink_control sc;

	if (preemptible() && model_shrinker.count_objects(&model_shrinker, &sc))
		model_shrinker.scan_objects(&model_shrinker, &sc);
}

static void show_stats(void)
{
	char buf[1024];
	struct seq_file m = { .buf = buf, .size = sizeof(buf) };

	if (preemptible())
		model_stats[0]->show(&m, NULL);
}

/* Any context: interrupts, and NMIs, come at any step of an operation, with their own. */
static void operation(void)
{
	struct slot *slot = &me->slots[rnd(NR_SLOTS)], other;
	unsigned long flags;
	int i;

	me->ops++;
	i = rnd(8);
	if ((__atomic_add_fetch(&now, i, __ATOMIC_RELAXED) & 63) < i) {
		pthread_mutex_lock(&work_lock);
		pthread_cond_broadcast(&work_cond);
		pthread_mutex_unlock(&work_lock);
	}
	check(rnd(2) ? LOAD(&recent) : rnd(LOAD(&nr_pages)), false);
	if (slot->busy)
		return;
	slot->busy = true;
	switch (rnd(16)) {
	case 0 ... 4:
		if (slot->page == NO_PAGE)
			slot_alloc(slot);
		else
			slot_free(slot);
		break;
	case 5:
		if (slot->page != NO_PAGE && slot->page >= QUIET_PAGES)
			pin(slot);
		break;
	case 6 ... 10:
		if (slot->page != NO_PAGE)
			change(slot);
		break;
	case 11 ... 13:
		if (slot->page != NO_PAGE)
			check(slot->page + rnd(1 << slot->order), true);
		break;
	case 14:
		pthread_mutex_lock(&pool_lock);
		i = rnd(ARRAY_SIZE(mailbox));
		other = mailbox[i];
		mailbox[i] = *slot;
		*slot = other;
		pthread_mutex_unlock(&pool_lock);
		break;
	case 15:
		if (rnd(16))
			break;
		flags = model_irq_save();
		for (i = rnd(8); i; i--)
			operation();
		model_irq_restore(flags);
		if (!rnd(8))
			shrink();
		if (!rnd(64))
			show_stats();
	}
	slot->busy = false;
	if (me->locks)
		model_fail("a lock is still held");
}

/* Whatever may happen between any two steps. */
void model_step(const char *what)
{
	unsigned int i, locks;

	if (system_state != SYSTEM_RUNNING)
		return;
	if (!me->irqs_off && !me->daif)
		answer_irqs();
	switch (rnd(256)) {
	case 0 ... 15:
		sched_yield();
		break;
	case 16:
		for (i = rnd(64); i; i--)
			sched_yield();
		break;
	case 17 ... 24:
		lock_mmu(me->cpu);
		walk(rnd(MODEL_BLOCKS));
		unlock_mmu(me->cpu);
		break;
	case 25 ... 26:
		clear_tlb(me->cpu, BIT(rnd(MODEL_BLOCKS)));
		break;
	case 27:
		if (preemptible())
			migrate();
		break;
	case 28:
		if (me->irqs_off || me->daif || !is_thread())
			break;
		me->irqs_off = true;
		for (i = rnd(4); i; i--)
			operation();
		me->irqs_off = false;
		break;
	case 29:
		if (me->in_nmi || me->daif)
			break;
		i = model_irq_save();
		locks = me->locks;
		me->locks = 0;
		me->in_nmi = true;
		if (is_thread())
			operation();
		else
			check(rnd(LOAD(&nr_pages)), false);
		me->in_nmi = false;
		me->locks = locks;
		me->irqs_off = i;
	}
}

void model_step_if(bool condition, const char *what)
{
	model_step(what);
}

void model_step_plain(const char *what)
{
	model_step(what);
}

static void *thread(void *task)
{
	unsigned long until = 0;

	me = task;
	for (;;) {
		pthread_barrier_wait(&barrier);
		if (stop)
			return NULL;
		unpark();
		for (until += ROUND_OPS; me->ops < until; )
			operation();
		park();
		pthread_barrier_wait(&barrier);
	}
}

/* Of @page's shadow, by its block's PTE. */
static const u8 *shadow_bytes(unsigned int page, unsigned long *pins)
{
	unsigned long number = page_number(page_mem(page));
	pte_t pte = *ptes[number / PAGES_PER_BLOCK];

	*pins = pattern_index(pte) < NR_PATTERNS ? 0 : (u8)pte_page(pte)->private;
	return model_mem[pte_pfn(pte)] + number % PAGES_PER_BLOCK * SHADOW_PER_PAGE;
}

/* No thread runs: of what a CPU has cached that is no more, the stamp has not passed. */
static void check_tlbs(void)
{
	unsigned long i, j;
	bool to_come;

	pthread_mutex_lock(&work_lock);
	to_come = work_busy[0] || work_busy[1];
	for (i = 0; i < MODEL_CPUS && !to_come; i++)
		for (j = 0; j < MODEL_BLOCKS; j++)
			if (!pte_none(cpus[i].entries[j]) &&
			    pte_pfn(cpus[i].entries[j]) != pte_pfn(*ptes[j]) &&
			    has_passed(*ptes[j], tlb.flushes))
				model_fail("I3: CPU %lu is stale for block %lu", i, j);
	pthread_mutex_unlock(&work_lock);
}

/* No thread runs. When no work is left either, all must be as it should. */
static void check_all(void)
{
	unsigned long i, pins, pinned = 0, private = 0, frames = 0;

	check_tlbs();
	drain_work();
	check_tlbs();
	if (nr_idle.counter || !list_empty(&idle) || unpinned.first)
		model_fail("I5: %ld private pages are idle", nr_idle.counter);
	if (tlb.due)
		model_fail("I3: no flush is to come");
	if (tlb.flushes != 2 * engine_flushes)
		model_fail("%lu flushes counted for %lu", tlb.flushes / 2,
			   engine_flushes);
	for (i = 0; i < NR_PATTERNS * PAGE_SIZE; i++)
		if (((u8 *)page_address(pte_page(kasan_blocks.first_pattern)))[i] !=
		    (i / PAGE_SIZE >> i % PAGE_SIZE / SHADOW_PER_PAGE & 1 ? KASAN_PAGE_FREE : 0))
			model_fail("I4: pattern %lu was changed", i / PAGE_SIZE);
	for (i = 0; i < nr_pages; i++) {
		if (memcmp(shadow_bytes(i, &pins), truth[i].shadow, SHADOW_PER_PAGE))
			model_fail("I2: shadow of page %lu is not what was stored", i);
		if (truth[i].pinned && !(pins & BIT(i % PAGES_PER_BLOCK)))
			model_fail("I4: page %lu is not pinned", i);
		if (truth[i].shadow[0] == KASAN_PAGE_FREE && pins & BIT(i % PAGES_PER_BLOCK))
			model_fail("I5: page %lu is free and pinned", i);
		pinned += !!(pins & BIT(i % PAGES_PER_BLOCK));
		private += i % PAGES_PER_BLOCK == 0 && pins;
	}
	for (i = 0; i < MODEL_FRAMES; i++)
		frames += frame_private[i];
	if (private != count_of(PRIVATE_PAGES) || private != frames)
		model_fail("I5: %lu blocks have pins, %lu pages are allocated, %lu counted",
			   private, frames, count_of(PRIVATE_PAGES));
	if (pinned != count_of(PINNED_PAGES) || alloc_failures != count_of(ALLOC_FAILURES) ||
	    redzones_lost != count_of(REDZONES_LOST))
		model_fail("I6: the counters are wrong");
}

static void free_all(void)
{
	unsigned int i;

	unpark();
	for (i = 0; i < nr_threads * NR_SLOTS; i++)
		if (tasks[i / NR_SLOTS].slots[i % NR_SLOTS].page != NO_PAGE)
			slot_free(&tasks[i / NR_SLOTS].slots[i % NR_SLOTS]);
	for (i = 0; i < ARRAY_SIZE(mailbox); i++)
		if (mailbox[i].page != NO_PAGE)
			slot_free(&mailbox[i]);
	for (i = 0; i < nr_threads; i++)
		pool |= tasks[i].stash;
	park();
	check_all();
	if (count_of(PRIVATE_PAGES) || ~pool)
		model_fail("I5: pages leaked: %lu of private shadow, pool %#lx",
			   count_of(PRIVATE_PAGES), pool);
}

static void boot(void)
{
	unsigned int i, j;

	for (i = 0; i < MODEL_CPUS; i++) {
		cpus[i].parked = true;
		tasks[i].cpu = &cpus[i];
		tasks[i].random = (seed + 1) * 0x9e3779b97f4a7c15 + i;
		for (j = 0; j < NR_SLOTS; j++)
			tasks[i].slots[j].page = NO_PAGE;
	}
	for (i = 0; i < ARRAY_SIZE(mailbox); i++)
		mailbox[i].page = NO_PAGE;
	me = &tasks[MODEL_CPUS - 1];
	spare_cpu = &cpus[MODEL_CPUS - 4];

	kasan_page_shadow_init((unsigned long)model_mem, (unsigned long)model_mem[BOOT_FRAMES]);
	for (i = 0; i < MODEL_BLOCKS; i++)
		ptes[i] = i < PTRS_PER_PTE ? kasan_page_shadow_table(block_shadow(i)) + i :
					     &added_ptes[i - PTRS_PER_PTE];
	system_state = SYSTEM_RUNNING;
	unpark();
	model_initcall();
	model_initcall_sync();
	for (i = 0; i < BOOT_PAGES; i++)
		page_free(i, 0);
	park();
}

/* While the threads run */
static void add_memory(void)
{
	unsigned int i;

	unpark();
	if (kasan_page_shadow_add(page_mem(BOOT_PAGES), BOOT_PAGES * PAGE_SIZE))
		model_fail("kasan_page_shadow_add() failed");
	for (i = BOOT_PAGES; i < NR_PAGES; i++)
		page_free(i, 0);
	STORE(&nr_pages, NR_PAGES);
	park();
}

int main(int argc, char **argv)
{
	static const unsigned int ms[] = { 0, 10, 100, 1000 }, fail[] = { 0, 64, 8, 2 };
	unsigned long i, round, rounds, ops = 0, verdicts = 0, misses = 0;
	pthread_t threads[MAX_THREADS], work_thread[2];

	nr_threads = argc == 5 ? strtoul(argv[3], NULL, 0) : 0;
	if (!nr_threads || nr_threads > MAX_THREADS) {
		fprintf(stderr, "usage: %s SEED OPERATIONS THREADS HAFDBS\n", argv[0]);
		return 2;
	}
	hafdbs = strtoul(argv[4], NULL, 0);
	if (!hafdbs)
		boot_cpu_data.x86_vendor = X86_VENDOR_OTHER;
	seed = strtoul(argv[1], NULL, 0);
	rounds = 2 + strtoul(argv[2], NULL, 0) / nr_threads / ROUND_OPS;
	boot();
	pthread_barrier_init(&barrier, NULL, nr_threads + 1);
	for (i = 0; i < 2; i++) {
		pthread_create(&work_thread[i], NULL, worker, &tasks[MODEL_CPUS - 3 + i]);
		pthread_detach(work_thread[i]);
	}
	drain_work();
	for (i = 0; i < nr_threads; i++)
		pthread_create(&threads[i], NULL, thread, &tasks[i]);

	for (round = 0; round < rounds; round++) {
		kasan_page_shadow_flush_ms = ms[rnd(ARRAY_SIZE(ms))];
		fail_one_in = fail[rnd(ARRAY_SIZE(fail))];
		for (i = 0; i < MODEL_CPUS; i++)
			clear_tlb(&cpus[i], BIT(MODEL_BLOCKS) - 1);
		pthread_barrier_wait(&barrier);
		if (round == 1)
			add_memory();
		pthread_barrier_wait(&barrier);
		check_all();
	}
	stop = true;
	pthread_barrier_wait(&barrier);
	for (i = 0; i < nr_threads; i++) {
		pthread_join(threads[i], NULL);
		ops += tasks[i].ops;
		verdicts += tasks[i].verdicts;
		misses += tasks[i].misses;
	}
	free_all();
	printf("%lu operations, %lu replaced, %lu reclaimed, %lu failed, %lu flushes, ",
	       ops, count_of(REPLACED), count_of(RECLAIMED), alloc_failures, engine_flushes);
	printf("%lu cached, %lu held, %lu verdicts, %lu stale alarms, %lu misses before a flush\n",
	       count_of(CACHED), count_of(HELD), verdicts, count_of(STALE_ALARMS), misses);
	return 0;
}
