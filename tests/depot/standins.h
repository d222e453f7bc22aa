/* SPDX-License-Identifier: GPL-2.0 */
/* What stackdepot.c needs of the kernel around it, which also watches what it does. */
#ifndef STANDINS_H
#define STANDINS_H

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/kconfig.h>

#define CONFIG_64BIT 1
#define CONFIG_STACKDEPOT 1
#define CONFIG_STACKDEPOT_MAX_FRAMES 64

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef unsigned int gfp_t;

#define BIT(n) (1UL << (n))
#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define BITS_PER_LONG 64
#define likely(x) (x)
#define unlikely(x) (x)
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define __init
#define __initdata
#define __read_mostly
#define __must_check
#define __must_hold(l)
#define __must_not_hold(l)
#define __guarded_by(l)
#define __pt_guarded_by(l)
#define context_unsafe(x) (x)
#define data_race(x) (x)
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define ALIGN(x, a) (((x) + (a) - 1) & ~((typeof(x))(a) - 1))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define flex_array_size(p, member, nr) ((nr) * sizeof(*(p)->member))
#define rounddown_pow_of_two(n) (1U << (31 - __builtin_clz(n)))
#define static_assert(x) _Static_assert(x, #x)
#define early_param(name, f) static void *f##_param __attribute__((unused)) = f
#define late_initcall(f) early_param(, f)
#define EXPORT_SYMBOL(f)
#define EXPORT_SYMBOL_GPL(f)
#define kstrtobool(s, to) 0
#define kstrtouint(s, base, to) (*(to) = 0)
#define pr_err(...) do { } while (0)
#define pr_info(...) do { } while (0)
#define printk_deferred_enter() do { } while (0)
#define printk_deferred_exit() do { } while (0)
#define kmsan_unpoison_memory(p, size) do { } while (0)
#define ASSERT_EXCLUSIVE_WRITER(x) do { } while (0)
#define stack_trace_print(entries, nr, spaces) do { } while (0)
#define stack_trace_snprint(buf, size, entries, nr, spaces) 0
#define filter_irq_stacks(entries, nr) (nr)
#define STACK_DEPOT_POISON ((void *)0x390)

struct seq_file;
struct dentry;
#define seq_printf(seq, ...) do { } while (0)
#define DEFINE_SHOW_ATTRIBUTE(name) static int (*name##_fops)(struct seq_file *, void *) = name##_show
#define debugfs_create_dir(name, parent) NULL
#define debugfs_create_file(name, mode, dir, data, fops) ((void)(dir), (void)(fops))

/* The first fault ends the check it is in. */
static const char *check;
static void fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
static void fail(const char *fmt, ...)
{
	static int failing;
	va_list args;

	while (__atomic_exchange_n(&failing, 1, __ATOMIC_SEQ_CST))
		pause();
	printf("not ok %s: ", check);
	va_start(args, fmt);
	vprintf(fmt, args);
	printf("\n");
	fflush(stdout);
	_exit(1);
}
#define WARN_ON(x) ({ bool w_ = (x); if (w_) fail("warning: %s", #x); w_; })
#define WARN_ON_ONCE(x) WARN_ON(x)
#define WARN(x, ...) WARN_ON(x)
#define WARN_ONCE(x, ...) WARN_ON(x)

/* A thread, and what it may do now. */
#define THREADS 5
static __thread struct {
	int nr;
	u64 rnd;
	bool nmi, no_wait, may_alloc, held;
	unsigned long locks, steps;
} me = { .rnd = 1 };

static inline u64 rnd(u64 n)
{
	me.rnd ^= me.rnd << 13;
	me.rnd ^= me.rnd >> 7;
	me.rnd ^= me.rnd << 17;
	return (me.rnd * 0x2545f4914f6cdd1dULL >> 20) % n;
}

/*
 * Between one access and the next, others do something: threads, or this one as if it were
 * another. Who walks for so long walks in a circle.
 */
static bool together;
static void (*meanwhile)(void);
static void dawdle(unsigned int seldom)
{
	if (++me.steps > 100 * 1000)
		fail("a chain has no end");
	if (together && !rnd(seldom)) {
		if (!rnd(4))
			sched_yield();
		else
			for (unsigned long i = rnd(1000); i; i--)
				__asm__ volatile("" ::: "memory");
	}
	if (meanwhile && !rnd(seldom)) {
		void (*f)(void) = meanwhile;
		typeof(me) before = me;

		meanwhile = NULL;
		me.nr = 1;
		me.nmi = me.no_wait = false;
		f();
		meanwhile = f;
		before.rnd = me.rnd;
		me = before;
	}
}
#define READ_ONCE(x) ({ typeof(x) r_ = __atomic_load_n(&(x), __ATOMIC_RELAXED); dawdle(32); r_; })
#define WRITE_ONCE(x, v) do { __atomic_store_n(&(x), v, __ATOMIC_RELAXED); dawdle(4); } while (0)
#define smp_load_acquire(p) ({ typeof(*(p)) l_ = __atomic_load_n(p, __ATOMIC_ACQUIRE); dawdle(32); l_; })
#define smp_store_release(p, v) do { __atomic_store_n(p, v, __ATOMIC_RELEASE); dawdle(4); } while (0)

#define DEFINE_MUTEX(m) int m
#define mutex_lock(m) ((void)(m))
#define mutex_unlock(m) ((void)(m))
#define DEFINE_RAW_SPINLOCK(l) int l
static inline bool try_lock(int *l)
{
	dawdle(32);
	if (__atomic_exchange_n(l, 1, __ATOMIC_ACQUIRE))
		return false;
	me.locks++;
	return me.held = true;
}
static inline void lock(int *l)
{
	if (me.no_wait || me.held)
		fail("it waits for the lock where it must not");
	while (!try_lock(l))
		sched_yield();
}
static inline void unlock(int *l)
{
	me.held = false;
	__atomic_store_n(l, 0, __ATOMIC_RELEASE);
}
#define raw_spin_lock_irqsave(l, flags) ((flags) = 0, lock(l))
#define raw_spin_trylock_irqsave(l, flags) ((flags) = 0, try_lock(l))
#define raw_spin_unlock_irqrestore(l, flags) ((void)(flags), unlock(l))
#define lockdep_assert_held(l) WARN_ON(!me.held)
#define lockdep_assert_not_held(l) WARN_ON(me.held)
#define in_nmi() (me.nmi)

/* Memory, which is not zeroed unless that is asked for. */
#define GFP_KERNEL 1U
#define GFP_NO_SPIN 2U
#define gfpflags_allow_spinning(gfp) ((gfp) != GFP_NO_SPIN)
#define gfp_nested_mask(gfp) (gfp)
struct page;
static long pages;		/* that are in use */
static bool no_pages;
static inline struct page *alloc_pages(gfp_t gfp, int order)
{
	void *page;

	if (me.no_wait || me.held || !me.may_alloc)
		fail("it allocates where it must not");
	if (no_pages)
		return NULL;
	page = aligned_alloc(PAGE_SIZE, PAGE_SIZE << order);
	__atomic_add_fetch(&pages, 1, __ATOMIC_RELAXED);
	return memset(page, 0xa5, PAGE_SIZE << order);
}
static inline void free_pages(unsigned long page, int order)
{
	free(memset((void *)page, 0x5a, PAGE_SIZE << order));
	__atomic_sub_fetch(&pages, 1, __ATOMIC_RELAXED);
}
#define page_address(page) ((void *)(page))
#define virt_to_page(p) (p)
#define free_pages_nolock(page, order) free_pages((unsigned long)(page), order)

/* That of the start, of which one is refused. */
static int starts, start_refused, start_used;
static inline void *start_alloc(size_t size)
{
	if (++starts == start_refused)
		return NULL;
	start_used++;
	return calloc(1, size);
}
static inline void start_free(void *p)
{
	free(p);
	start_used--;
}
#define memblock_alloc(size, align) start_alloc(size)
#define memblock_free(p, size) start_free(p)
#define kvzalloc(size, gfp) start_alloc(size)
#define kvcalloc(nr, size, gfp) start_alloc((nr) * (size))
#define kvfree(p) start_free(p)

struct list_head {
	struct list_head *next, *prev;
};
#define LIST_HEAD(l) struct list_head l = { &(l), &(l) }
#define list_empty(l) ((l)->next == (l))
#define list_first_entry(l, type, member) ((type *)((char *)(l)->next - offsetof(type, member)))
static inline void list_del(struct list_head *at)
{
	at->prev->next = at->next;
	at->next->prev = at->prev;
}
static inline void list_add_tail(struct list_head *at, struct list_head *l)
{
	*at = (struct list_head){ l, l->prev };
	at->prev->next = l->prev = at;
}

typedef struct { int n; } refcount_t;
#define REFCOUNT_SATURATED (INT_MIN / 2)
#define refcount_set(r, v) __atomic_store_n(&(r)->n, v, __ATOMIC_RELAXED)
#define refcount_read(r) __atomic_load_n(&(r)->n, __ATOMIC_RELAXED)
static inline bool refcount_inc_not_zero(refcount_t *r)
{
	int n;

	dawdle(32);
	n = refcount_read(r);
	while (n && !__atomic_compare_exchange_n(&r->n, &n, n + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	WARN_ON(n < 0);
	return n;
}
static inline bool refcount_dec_and_test(refcount_t *r)
{
	int n = __atomic_sub_fetch(&r->n, 1, __ATOMIC_ACQ_REL);

	WARN_ON(n < 0);
	return !n;
}

/*
 * A reader's number is odd while it reads. A grace period ends when each number that was odd
 * at its start is another. Both ends of it are under the lock.
 */
static struct { unsigned long n; char pad[56]; } readers[THREADS];
static unsigned long grace_seen[THREADS], graces_ended;
static bool grace_goes_on;
#define rcu_read_lock_sched_notrace() ((void)__atomic_add_fetch(&readers[me.nr].n, 1, __ATOMIC_SEQ_CST))
#define rcu_read_unlock_sched_notrace() rcu_read_lock_sched_notrace()
static inline unsigned long get_state_synchronize_rcu(void)
{
	WARN_ON(!me.held);
	return graces_ended + (grace_goes_on ? 2 : 1);
}
static inline bool poll_state_synchronize_rcu(unsigned long state)
{
	int t, waits = 0;

	WARN_ON(!me.held);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (t = 0; t < THREADS; t++)
		waits += grace_seen[t] & 1 && grace_seen[t] == __atomic_load_n(&readers[t].n, __ATOMIC_SEQ_CST);
	if (grace_goes_on && !waits) {
		graces_ended++;
		grace_goes_on = false;
	}
	if (graces_ended >= state)
		return true;
	if (!grace_goes_on)
		for (t = 0; t < THREADS; t++)
			grace_seen[t] = __atomic_load_n(&readers[t].n, __ATOMIC_SEQ_CST);
	grace_goes_on = true;
	return false;
}

#endif
