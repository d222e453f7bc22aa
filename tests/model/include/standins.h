/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What mm/kasan/page_shadow.c needs of the kernel, small: pages of 64 bytes, so
 * that a shadow page describes 8 pages by 8 bytes each, and a page table has 8
 * entries. All that can block, or that other CPUs can see, is a call of an
 * engine; struct page, PTEs and memory are real.
 */
#ifndef _MODEL_STANDINS_H
#define _MODEL_STANDINS_H

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parameters: the engine may change them by -D. */
#ifndef MODEL_CPUS
#define MODEL_CPUS	8
#endif
#ifndef MODEL_BLOCKS			/* described by shadow; a multiple of PTRS_PER_PTE */
#define MODEL_BLOCKS	64
#endif
#ifndef MODEL_POOL			/* pages for private shadow */
#define MODEL_POOL	96
#endif

#define CONFIG_KASAN_PAGE_SHADOW 1

typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
typedef unsigned int gfp_t;

#define PAGE_SHIFT		6
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define PTRS_PER_PTE		8
#define KASAN_SHADOW_SCALE_SHIFT 3
#define KASAN_GRANULE_SIZE	8UL
#define KASAN_MEMORY_PER_SHADOW_PAGE (KASAN_GRANULE_SIZE << PAGE_SHIFT)
#define KASAN_PAGE_FREE		0xFF
#define KASAN_SLAB_REDZONE	0xFC

#define BIT(n)			(1UL << (n))
#define GENMASK(h, l)		((~0UL << (l)) & (~0UL >> (63 - (h))))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define round_up(x, y)		((((x) - 1) | ((__typeof__(x))(y) - 1)) + 1)
#define PTR_ALIGN(p, a)		((__typeof__(p))round_up((unsigned long)(p), (a)))
#define round_down(x, y)	((x) & ~((__typeof__(x))(y) - 1))
#define min(a, b) \
	({ __typeof__(a) __a = (a); __typeof__(b) __b = (b); __a < __b ? __a : __b; })
#define max(a, b) \
	({ __typeof__(a) __a = (a); __typeof__(b) __b = (b); __a > __b ? __a : __b; })
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define ror64(x, n)		((x) >> (n) | (x) << (64 - (n)))
#define hweight8(x)		((unsigned int)__builtin_popcount((u8)(x)))
#define container_of(p, t, m)	((t *)((char *)(p) - offsetof(t, m)))
#define IS_ENABLED(x)		1
#define __init
#define __initdata
#define __read_mostly
#define noinline		__attribute__((noinline))
#define __flatten
#define __maybe_unused		__attribute__((unused))
#define noinstr
#define __kprobes
#define __ro_after_init
#define __read_mostly
#define ____cacheline_aligned_in_smp __attribute__((aligned(64)))
#define EXPORT_SYMBOL_IF_KUNIT(x)
#define VISIBLE_IF_KUNIT
#define KUNIT_STATIC_STUB_REDIRECT(...)

/* The engine. It may switch to another CPU in any of these. */
void model_step(const char *what);	/* before each atomic step */
void model_step_if(bool condition, const char *what);
void model_step_plain(const char *what);	/* before a step on what a lock should guard */
__attribute__((noreturn, format(printf, 1, 2))) void model_fail(const char *fmt, ...);
unsigned int model_cpu(void);
bool preemptible(void);
void preempt_disable(void);
void preempt_enable(void);
unsigned long model_irq_save(void);
void model_irq_restore(unsigned long flags);
void model_wait(const unsigned long *p, unsigned long value);	/* until it is another */
u8 model_load(unsigned long shadow);		/* through the MMU, like a check */
void model_arming(const bool *due, bool value);	/* it is about to be written */

/* Atomics */
#define READ_ONCE(x)		({ __typeof__(x) __x; \
				   model_step("read " #x); \
				   __atomic_load(&(x), &__x, MODEL_ORDER(x, ACQUIRE)); \
				   __x; })
#define WRITE_ONCE(x, v)	({ __typeof__(x) __x = (v); \
				   model_step("write " #x); \
				   __atomic_store(&(x), &__x, MODEL_ORDER(x, RELEASE)); })
/* Relaxed, but what is read through a PTE depends on it, and has no other word for that. */
#define MODEL_ORDER(x, order)	(__builtin_types_compatible_p(__typeof__(x), pte_t) ? \
				 __ATOMIC_##order : __ATOMIC_RELAXED)
#define xchg(p, v)		({ model_step("xchg " #p); \
				   model_arming((const void *)(p), (unsigned long)(v)); \
				   __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST); })
#define try_cmpxchg(p, o, n)	({ __typeof__(*(p)) __n = (n); \
				   model_step("cmpxchg " #p); \
				   __atomic_compare_exchange_n((p), (o), __n, false, \
							       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); })
#define set_mask_bits(p, mask, bits) ({ __typeof__(*(p)) __old = READ_ONCE(*(p)); \
				   while (!try_cmpxchg(p, &__old, (__old & ~(mask)) | (bits))) \
					; \
				   __old; })
typedef struct { long counter; } atomic_long_t;
#define atomic_long_read(a)	READ_ONCE((a)->counter)
#define atomic_long_add(n, a)	({ model_step("add " #a); \
				   (void)__atomic_fetch_add(&(a)->counter, n, __ATOMIC_RELAXED); })
#define atomic_long_inc(a)	atomic_long_add(1, a)
#define atomic_long_dec(a)	atomic_long_add(-1, a)
#define smp_store_release(p, v)	({ __typeof__(*(p)) __v = (v); \
				   model_step("release " #p); \
				   __atomic_store_n((p), __v, __ATOMIC_RELEASE); })
#define smp_mb()		({ int __i = 0; __atomic_exchange_n(&__i, 1, __ATOMIC_SEQ_CST); })
#define smp_rmb()		((void)0)	/* after a PTE is read, which is an acquire here */

/* Locks. An owner is an engine's number of who holds it, and 0 is nobody. */
typedef struct { u8 owner; } raw_spinlock_t;
struct mutex { u8 owner; };

void raw_spin_lock(raw_spinlock_t *lock);
bool raw_spin_trylock(raw_spinlock_t *lock);
void raw_spin_unlock(raw_spinlock_t *lock);
void mutex_lock(struct mutex *mutex);
bool mutex_trylock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
void model_assert_held(const u8 *owner);
#define lockdep_assert_held(l)	model_assert_held(&(l)->owner)
#define static_assert(x)		_Static_assert(x, #x)
#define lockdep_assert_irqs_disabled() ((void)0)	/* what comes of it is found */

#define __RAW_SPIN_LOCK_UNLOCKED(x)	{ 0 }
#define DEFINE_RAW_SPINLOCK(x)		raw_spinlock_t x = __RAW_SPIN_LOCK_UNLOCKED(x)
#define DEFINE_MUTEX(x)			struct mutex x = { 0 }
#define local_irq_disable()	((void)model_irq_save())
#define local_irq_enable()	model_irq_restore(0)
#define local_irq_save(f)	((f) = model_irq_save())
#define local_irq_restore(f)	model_irq_restore(f)
#define raw_spin_lock_irqsave(l, f)	({ (f) = model_irq_save(); raw_spin_lock(l); })
#define raw_spin_unlock_irqrestore(l, f) ({ raw_spin_unlock(l); model_irq_restore(f); })
#define raw_spin_lock_irq(l)		({ if (model_irq_save()) \
						model_fail("lock: IRQs are off already"); \
					   raw_spin_lock(l); })
#define raw_spin_unlock_irq(l)		({ raw_spin_unlock(l); model_irq_restore(0); })

struct model_guard { void *lock; unsigned long flags; };
#define MODEL_GUARD(name, type, lock_expr, unlock_expr) \
	static inline struct model_guard name##_guard_enter(type *l) \
	{ struct model_guard g = { .lock = l }; lock_expr; return g; } \
	static inline void name##_guard_exit(struct model_guard *g) \
	{ type *l = g->lock; unlock_expr; (void)l; }
MODEL_GUARD(raw_spinlock, raw_spinlock_t, raw_spin_lock(l), raw_spin_unlock(l))
MODEL_GUARD(raw_spinlock_irq, raw_spinlock_t, raw_spin_lock_irq(l), raw_spin_unlock_irq(l))
MODEL_GUARD(raw_spinlock_irqsave, raw_spinlock_t, raw_spin_lock_irqsave(l, g.flags),
	    raw_spin_unlock_irqrestore(l, g->flags))
MODEL_GUARD(mutex, struct mutex, mutex_lock(l), mutex_unlock(l))
MODEL_GUARD(model_preempt, void, preempt_disable(), preempt_enable())
#define preempt_guard_enter()	model_preempt_guard_enter(NULL)
#define preempt_guard_exit	model_preempt_guard_exit
MODEL_GUARD(model_irqsave, void, g.flags = model_irq_save(), model_irq_restore(g->flags))
#define irqsave_guard_enter()	model_irqsave_guard_enter(NULL)
#define irqsave_guard_exit	model_irqsave_guard_exit
#define guard(name)		guard_at(name, __LINE__)
#define guard_at(name, line)	guard_named(name, line)
#define guard_named(name, line) \
	struct model_guard __guard##line __attribute__((unused, cleanup(name##_guard_exit))) = \
	name##_guard_enter
#define scoped_guard(name, l) \
	for (struct model_guard __scope __attribute__((cleanup(name##_guard_exit))) = \
	     name##_guard_enter(l), *__done = NULL; !__done; __done = &__scope)

/* Lists, with the stores and loads that the kernel's mark */
struct list_head { struct list_head *next, *prev; };

#define LIST_HEAD_INIT(n)	{ &(n), &(n) }
#define LIST_HEAD(n)		struct list_head n = LIST_HEAD_INIT(n)
#define list_next(l)		__atomic_load_n(&(l)->next, __ATOMIC_RELAXED)
#define list_set(l, n)		__atomic_store_n(&(l)->next, (n), __ATOMIC_RELAXED)

static inline void INIT_LIST_HEAD(struct list_head *l)
{
	list_set(l, l);
	l->prev = l;
}

static inline bool list_empty(struct list_head *l)
{
	return list_next(l) == l;
}

static inline void __list_del(struct list_head *l)
{
	l->next->prev = l->prev;
	list_set(l->prev, l->next);
}

static inline void list_add(struct list_head *l, struct list_head *head)
{
	struct list_head *next = head->next;

	model_step_plain("list_add");
	if (l == next || l == head)	/* as CONFIG_DEBUG_LIST */
		model_fail("list: added twice");
	next->prev = l;
	list_set(l, next);		/* the kernel takes plain stores for atomic */
	l->prev = head;
	list_set(head, l);
}

#define list_add_tail(l, head)	list_add(l, (head)->prev)

static inline void list_del(struct list_head *l)
{
	model_step_plain("list_del");
	__list_del(l);
	*l = (struct list_head) { (void *)0x100, (void *)0x100 };	/* to fault */
}

static inline void list_move(struct list_head *l, struct list_head *head)
{
	__list_del(l);
	list_add(l, head);
}

#define list_move_tail(l, head)	list_move(l, (head)->prev)
#define list_entry(p, type, m)	container_of(p, type, m)
#define list_for_each_entry_safe(pos, n, head, m) \
	for (pos = list_entry((head)->next, __typeof__(*pos), m), \
	     n = list_entry(pos->m.next, __typeof__(*pos), m); &pos->m != (head); \
	     pos = n, n = list_entry(n->m.next, __typeof__(*n), m))

/*
 * Memory: the pages that have shadow, from page frame 0; a pool of pages for
 * private shadow; what boot allocates. The first are never touched.
 */
#define MODEL_PAGES	(MODEL_BLOCKS * 8)
#define MODEL_BOOT	(MODEL_PAGES + MODEL_POOL)
#define MODEL_FRAMES	((MODEL_BOOT + 63) / 64 * 64 + 768)

struct page {
	unsigned long private;
	struct list_head lru;
};

extern struct page model_map[MODEL_FRAMES];
extern u8 model_mem[MODEL_FRAMES][PAGE_SIZE];

#define PAGE_OFFSET		((unsigned long)model_mem)
#define KASAN_SHADOW_OFFSET	0xfffff00000000000UL
#define KASAN_SHADOW_START	((unsigned long)kasan_mem_to_shadow(PAGE_OFFSET))
#define KASAN_SHADOW_END	(KASAN_SHADOW_START + MODEL_BLOCKS * PAGE_SIZE)
#define kasan_mem_to_shadow(a)	\
	((void *)(((unsigned long)(a) >> KASAN_SHADOW_SCALE_SHIFT) + KASAN_SHADOW_OFFSET))
#define kasan_shadow_to_mem(s)	\
	((void *)(((unsigned long)(s) - KASAN_SHADOW_OFFSET) << KASAN_SHADOW_SCALE_SHIFT))
#define __pa(a)			((unsigned long)(a) - PAGE_OFFSET)
#define PFN_DOWN(p)		((p) >> PAGE_SHIFT)
#define page_to_pfn(p)		((unsigned long)((p) - model_map))
#define page_address(p)		((void *)model_mem[page_to_pfn(p)])
#define virt_to_page(a)		(&model_map[PFN_DOWN(__pa(a))])
#define page_to_nid(p)		((void)(p), 0)

/* Bytewise atomic, since CPUs read shadow meanwhile. */
static inline void __memset(void *p, u8 value, size_t n)
{
	model_step_plain("memset");
	while (n--)
		__atomic_store_n((u8 *)p + n, value, __ATOMIC_RELAXED);
}

static inline void memset64(void *p, u64 value, size_t n)
{
	model_step_plain("memset");
	while (n--)
		__atomic_store_n((u64 *)p + n, value, __ATOMIC_RELAXED);
}

#define copy_page(to, from)	({ model_step_plain("copy_page"); memcpy(to, from, PAGE_SIZE); })

#define __GFP_DIRECT_RECLAIM	1u
#define __GFP_KSWAPD_RECLAIM	2u
#define __GFP_HIGH		4u
#define __GFP_NOWARN		8u
#define GFP_RECLAIM_MASK	15u
#define GFP_ATOMIC		(__GFP_HIGH | __GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL		(__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)
#define gfpflags_allow_blocking(g) (!!((g) & __GFP_DIRECT_RECLAIM))

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order);
struct page *alloc_pages_nolock(gfp_t gfp, int nid, unsigned int order);
void __free_page(struct page *page);
void free_pages_nolock(struct page *page, unsigned int order);
void *memblock_alloc_raw(size_t size, size_t align);	/* not cleared: junk */
void *memblock_alloc(size_t size, size_t align);
#define SMP_CACHE_BYTES		64
#define memblock_phys_mem_size() (MODEL_FRAMES * PAGE_SIZE)

/* Page tables */
typedef struct { unsigned long pte; } pte_t;
typedef struct { unsigned long pgprot; } pgprot_t;
typedef int (*pte_fn_t)(pte_t *pte, unsigned long addr, void *data);
struct mm_struct { int unused; };
extern struct mm_struct init_mm;

#define MODEL_PRESENT		1UL
#define MODEL_RW		2UL
#define MODEL_AF		4UL
#define MODEL_SPECIAL		8UL		/* ignored by the MMU */
#define PAGE_KERNEL		((pgprot_t) { MODEL_PRESENT | MODEL_RW | MODEL_AF })
#define PAGE_KERNEL_RO		((pgprot_t) { MODEL_PRESENT | MODEL_AF })
#define __pgprot(v)		((pgprot_t) { (v) })
#define __pte(v)		((pte_t) { (v) })
#define pte_val(p)		((p).pte)
#define pgprot_val(p)		((p).pgprot)
#define pte_none(p)		(!(p).pte)
#define pte_young(p)		(!!((p).pte & MODEL_AF))
#define pte_mkold(p)		__pte((p).pte & ~MODEL_AF)
#define pte_write(p)		(!!((p).pte & MODEL_RW))
#define pte_special(p)		(!!((p).pte & MODEL_SPECIAL))
#define pte_mkspecial(p)	__pte((p).pte | MODEL_SPECIAL)
#define pfn_pte(pfn, prot)	__pte(((unsigned long)(pfn) << PAGE_SHIFT) | (prot).pgprot)
#define mk_pte(page, prot)	pfn_pte(page_to_pfn(page), prot)
#define PTE_PFN_MASK		((BIT(52) - 1) & ~(PAGE_SIZE - 1))
#define pte_pfn(p)		(((p).pte & PTE_PFN_MASK) >> PAGE_SHIFT)
#define pte_page(p)		(&model_map[pte_pfn(p)])
#define ptep_get(p)		({ model_step("read PTE"); \
				   __pte(__atomic_load_n(&(p)->pte, __ATOMIC_ACQUIRE)); })
#define set_pte(p, v)		({ model_step("write PTE"); \
				   __atomic_store_n(&(p)->pte, (v).pte, __ATOMIC_RELAXED); })

pte_t *virt_to_kpte(unsigned long addr);

/* What the architecture's own header needs. */
enum { X86_VENDOR_INTEL = 0, X86_VENDOR_AMD = 2, X86_VENDOR_OTHER = 9 };
extern struct model_cpuinfo { u8 x86_vendor; } boot_cpu_data;
#ifdef MODEL_ARM64
typedef unsigned long pteval_t;
#define PTE_VALID		MODEL_PRESENT
#define PTE_AF			MODEL_AF
#define pte_valid(p)		(!!((p).pte & PTE_VALID))
#define TCR_HA			1UL
#define DAIF_MASK		1UL		/* the four as one */
#define read_sysreg(r)		model_read_##r()
#define write_sysreg(v, r)	model_write_##r(v)
unsigned long model_read_tcr_el1(void);
unsigned long model_read_daif(void);
void model_write_daif(unsigned long daif);
void flush_tlb_kernel_range(unsigned long start, unsigned long end);
#define dsb(domain)		((void)0)	/* by itself; memory is sequentially consistent */
#define isb()			((void)0)
#define smp_cond_load_relaxed(p, cond) ({ \
	const unsigned long *__p = (p); \
	unsigned long VAL; \
	model_step("read PTE"); \
	while (VAL = __atomic_load_n(__p, __ATOMIC_ACQUIRE), !(cond)) \
		model_wait(__p, VAL); \
	VAL; })
#define ilog2(n)		__builtin_ctzl(n)
#define arch_set_bit(nr, p)	({ model_step("set bit"); \
				   (void)__atomic_fetch_or((p), BIT(nr), __ATOMIC_RELAXED); })
#define ESR_ELx_FSC		0x3FUL
#define ESR_ELx_FSC_FAULT_L(n)	(0x04UL + (n))
#define ESR_ELx_FSC_ACCESS_L(n)	(0x08UL + (n))
#else
#define _PAGE_ACCESSED		MODEL_AF
void model_flush_page(unsigned long shadow);
void model_flush_local(void);
#define invlpg(a)		model_flush_page(a)
#define __flush_tlb_all()	model_flush_local()
#endif

int apply_to_page_range(struct mm_struct *mm, unsigned long addr, unsigned long size,
			pte_fn_t fn, void *data);
int apply_to_existing_page_range(struct mm_struct *mm, unsigned long addr, unsigned long size,
				 pte_fn_t fn, void *data);

/* Lists without a lock, as the kernel has them */
struct llist_node { struct llist_node *next; };
struct llist_head { struct llist_node *first; };

#define LLIST_HEAD(n)		struct llist_head n = { NULL }
#define llist_del_all(head)	xchg(&(head)->first, NULL)
#define llist_for_each_safe(pos, n, node) \
	for (pos = (node); pos && (n = pos->next, true); pos = n)

static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	struct llist_node *first = READ_ONCE(head->first);

	do {
		if (node == first)
			model_fail("list: added twice");
		node->next = first;
	} while (!try_cmpxchg(&head->first, &first, node));
	return !first;
}

/*
 * Per-CPU data: one copy is in a section of its own, whose address is where it
 * is in the area of a CPU.
 */
#define MODEL_PERCPU_SIZE	256
extern char model_percpu[MODEL_CPUS][MODEL_PERCPU_SIZE];
extern char __start_percpu_data[];
#define DECLARE_PER_CPU(type, name) extern __typeof__(type) name
#define DEFINE_PER_CPU(type, name) \
	__attribute__((section("percpu_data"))) __typeof__(type) name
#define per_cpu_ptr(p, cpu) \
	((__typeof__(p))(model_percpu[cpu] + ((char *)(p) - __start_percpu_data)))
#define per_cpu(x, cpu)		(*per_cpu_ptr(&(x), cpu))
#define this_cpu_add(x, v)	\
	__atomic_fetch_add(per_cpu_ptr(&(x), model_cpu()), (v), __ATOMIC_RELAXED)
#define this_cpu_sub(x, v)	this_cpu_add(x, -(long)(v))
#define this_cpu_inc(x)		this_cpu_add(x, 1)
#define raw_cpu_inc(x)		this_cpu_inc(x)
#define for_each_possible_cpu(c) for ((c) = 0; (c) < MODEL_CPUS; (c)++)

/* Deferred work: the engine calls the function later, as an actor of its own. */
struct irq_work { void (*func)(struct irq_work *work); u8 pending; };
struct work_struct { void (*func)(struct work_struct *work); u8 pending; };
typedef s64 ktime_t;
#define IRQ_WORK_INIT_HARD(f)	{ .func = (f) }
#define DECLARE_WORK(n, f)	struct work_struct n = { .func = (f) }
#define cond_resched()		model_step_plain("cond_resched")
#define set_current_state(s)	((void)0)
#define ms_to_ktime(ms)		((ktime_t)(ms))
#define schedule_hrtimeout(time, mode) model_sleep(*(time))
bool irq_work_queue(struct irq_work *work);
bool model_queue_work(struct work_struct *work);
#define queue_work(wq, work)	model_queue_work(work)
void model_sleep(unsigned long ms);

/* CPUs come and go. Those that are coming up are not yet among the ones interrupted. */
enum { CPUHP_AP_ONLINE_DYN };
bool cpus_read_trylock(void);
void cpus_read_unlock(void);
void on_each_cpu(void (*fn)(void *info), void *info, bool wait);
int cpuhp_setup_state(int state, const char *name, int (*up)(unsigned int cpu),
		      int (*down)(unsigned int cpu));

/* Boot, statistics and the shrinker: how an engine gets at what is static. */
void model_param(const char *name, int (*set)(char *value));
#define early_param(name, fn) \
	__attribute__((constructor)) static void fn##_param(void) { model_param(name, fn); }
#define early_initcall(fn)	int model_initcall_early(void) { return fn(); }
#define postcore_initcall(fn)	int model_initcall(void) { return fn(); }
#define postcore_initcall_sync(fn) int model_initcall_sync(void) { return fn(); }
#define late_initcall(fn)	int model_late_initcall(void) { return fn(); }
int model_initcall(void);
int model_initcall_sync(void);
int model_late_initcall(void);
enum { SYSTEM_BOOTING, SYSTEM_RUNNING, SYSTEM_SUSPEND };
extern int system_state;
#define panic(...)		model_fail(__VA_ARGS__)
#define pr_info(...)		((void)0)

static inline int kstrtobool(const char *s, bool *res)
{
	*res = !strcmp(s, "on");
	return *res || !strcmp(s, "off") ? 0 : -EINVAL;
}

static inline int kstrtouint(const char *s, unsigned int base, unsigned int *res)
{
	*res = strtoul(s, NULL, base);
	return 0;
}

struct seq_file { char *buf; size_t len, size; };
struct file_operations { int (*show)(struct seq_file *m, void *unused); };
struct dentry;
extern const struct file_operations *model_stats[2];	/* the core's file in debugfs, arm64's */

__attribute__((format(printf, 2, 3)))
static inline void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	m->len += vsnprintf(m->buf + m->len, m->size - m->len, fmt, args);
	va_end(args);
}

#define DEFINE_SHOW_ATTRIBUTE(name) \
	static const struct file_operations name##_fops = { name##_show }
#define debugfs_create_dir(name, parent) ((struct dentry *)(parent))
#define debugfs_lookup(name, parent) debugfs_create_dir(name, parent)
#define debugfs_create_file(name, mode, dir, data, fops) \
	((void)(dir), model_stats[*(name) == 't'] = (fops))

#define SHRINK_STOP		(~0UL)
struct shrink_control { unsigned long nr_scanned; };
struct shrinker {
	unsigned long (*count_objects)(struct shrinker *shrinker, struct shrink_control *sc);
	unsigned long (*scan_objects)(struct shrinker *shrinker, struct shrink_control *sc);
};
extern struct shrinker model_shrinker;
#define shrinker_alloc(flags, name) (&model_shrinker)
#define shrinker_register(s)	((void)(s))

#include <linux/kasan-page-shadow.h>

#endif
