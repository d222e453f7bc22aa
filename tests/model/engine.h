/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Simulated CPUs, their TLBs, and the truth about each page.
 *
 * An actor is a thread of execution: the task of a CPU, an interrupt on it, one of
 * the two works, the irq_work. Each is a coroutine, which gives way before every atomic
 * step, so what runs next is the choice of explore.c or random.c.
 */
#ifndef _MODEL_ENGINE_H
#define _MODEL_ENGINE_H

#include "standins.h"

#define MAX_TASKS	(MODEL_CPUS - 3)	/* works and irq_work have their own CPUs */
#ifndef USED_BLOCKS
#define USED_BLOCKS	MODEL_BLOCKS		/* that operations are on, from 0 */
#endif
#define WORKER		(2 * MAX_TASKS)		/* which flushes, and after it who reclaims */
#define IRQ_WORK	(WORKER + 2)
#define NR_ACTORS	(IRQ_WORK + 1)
#define MAX_NR		16		/* most pages of one operation */
#define STACK_SIZE	16384UL
#define ALLOCATOR	255		/* claims pages that have shadow and are used for it */

enum kind {
	END, ALLOC, FREE, PIN, PIN_ATOMIC, POISON, WIPE, CHECK, AWAIT, SHRINK,
	HOTPLUG, SUSPEND,	/* this CPU goes and comes back, all others do */
	ANY
};

struct op {
	u8 kind;
	u8 nr;			/* pages; AWAIT: state; HOTPLUG, SUSPEND: operations meanwhile */
	u16 page;
	u8 granule, value;	/* of POISON and CHECK */
	u8 irqs_off;		/* the caller has interrupts off */
	u8 nmi;			/* an interrupt that comes though they are off, and may wait for nothing */
	u8 no_spin;		/* PIN_ATOMIC under any lock, which may not either */
	u8 dice;		/* ANY: which of the possible */
};

enum page_state { IS_FREE, IS_WHOLE, IS_BYTES };

struct truth {
	u8 state;
	u8 busy;		/* between two states: no verdict */
	u8 claim;		/* actor + 1 that works on it */
	u8 exact;		/* pinned, and no CPU may miss */
	u8 flush;		/* of all, after the last change: 1 begun, 2 done */
	u8 byte[8];
};

struct actor {
	u8 *sp;			/* NULL: idle */
	const char *what;	/* its next step */
	const u8 *lock;		/* waits for it */
	const u8 *held_lock;
	const struct op *ops;	/* left to do */
	struct op op;		/* being done */
	u8 cpu, irqs_off, preempt_off, choices, choice;
	u8 wait_flush, wait_state, wait_readers, wait_suspend, changing;
	u8 depth;		/* of page allocations and frees */
	u8 numbers;		/* of flushes may be on its stack */
	/* x86, of the blocks of its operation: who could be stale, as far as it can know */
	u64 held;		/* when it read the number of flushes */
	u8 cached;		/* + 1: it replaced a PTE that may have been cached */
	u64 replaced;		/* what this CPU may have had of that */
	u32 read;		/* the number of flushes, under a lock */
	u8 was_due;		/* a flush, when it looked */
	u16 check_page;	/* + 1 */
	u8 check_void;		/* it changed meanwhile */
	u8 mutex_held;
	u8 daif, in_fault;			/* arm64 */
	const unsigned long *wait_for;		/* is wait_value until another writes it */
	unsigned long wait_value;
};

/* Everything that a state consists of, besides the data and memory of the core. */
struct machine {
	struct actor actor[NR_ACTORS];
	pte_t tlb[MAX_TASKS][USED_BLOCKS];
	u8 ipi[MAX_TASKS][NR_ACTORS];	/* to CPU, from actor */
	struct truth truth[USED_BLOCKS * 8];
	u8 pool[MODEL_POOL];			/* allocated? */
	struct irq_work *irq_work;		/* the one there is */
	u8 migrations;
	/* CPUs: those that are interrupted, and those that come up, not yet flushed */
	u16 online, coming;
	u16 unsure;				/* those that may have missed what such a one did */
	u8 hotplug, readers;			/* its lock: writer + 1, or how many read */
	u8 suspended, was_suspended;		/* by actor + 1 */
	/* x86: the flush after which nobody has what was replaced, as exactly as it gets */
	u32 need[USED_BLOCKS];
	u8 wrapped;				/* old stamps can look young */
	unsigned long first;			/* number of flushes, since when none was stamped */
	/* arm64, of a PTE that is not valid: by actor + 1; frame + 1 until TLBI ended it */
	u8 broken_by[USED_BLOCKS];
	u16 cached[USED_BLOCKS];
};

extern struct machine m;
extern int nr_tasks;
extern bool with_alloc_failure, with_hotplug, is_random;
extern bool pages_have_shadow;		/* the first pages allocated are pages 7 of blocks */
extern unsigned int max_pages;		/* that can be allocated */
extern unsigned int hafdbs;		/* arm64: CPUs that set the Access flag */
extern struct actor *me;		/* who runs; NULL: the scheduler */
extern bool failed;
extern char failure[256];
extern pte_t *page_table[MODEL_BLOCKS / PTRS_PER_PTE];
extern u8 (*stacks)[STACK_SIZE];

/* Given by explore.c and random.c: one of n. May switch. */
unsigned int choose(unsigned int n);
unsigned int pick_page(unsigned int nr_free);

/* What save() and restore() copy; counters are last, and no part of a state. */
#define NR_REGIONS	6
extern struct region { void *p; size_t size; } regions[NR_REGIONS];
size_t stack_used(int a);
u8 *save(u8 *to);		/* returns its end */
void restore(const u8 *from);

void set_param(const char *name, const char *value);
void boot(const char *page_shadow, const char *flush_ms);
pte_t model_first_pattern(void);	/* these are in core.c */
struct work_struct *model_work(int i);
bool can_run(int a);
void run(int a);			/* one step */
bool can_deliver(int cpu);
void deliver(int cpu);			/* flushes that other CPUs asked for */
bool can_fill(int cpu, unsigned int block);
void fill(int cpu, unsigned int block);	/* speculation */
bool can_migrate(int a, int b);
void migrate(int a, int b);		/* the tasks change CPUs */
void check_block(unsigned int block);
void renumber(void);			/* flushes, if no actor knows a number */
void check_quiet(void);			/* run what is pending, then nothing may be left */
bool tasks_done(void);
pte_t *pte_of(unsigned int block);
long statistic(const char *name);
const char *describe(int a, char *buf, size_t size);	/* what an actor does */
const char *describe_pte(pte_t pte, char *buf, size_t size);

#endif
