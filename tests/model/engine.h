/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Simulated CPUs, their TLBs, and the truth about each page.
 *
 * An actor is a thread of execution: the task of a CPU, an interrupt on it, the
 * worker, the irq_work. Each is a coroutine, which gives way before every atomic
 * step, so what runs next is the choice of explore.c or random.c.
 */
#ifndef _MODEL_ENGINE_H
#define _MODEL_ENGINE_H

#include "standins.h"

#define MAX_TASKS	(MODEL_CPUS - 2)	/* the workers have their own CPUs */
#ifndef USED_BLOCKS
#define USED_BLOCKS	MODEL_BLOCKS		/* that operations are on, from 0 */
#endif
#define WORKER		(2 * MAX_TASKS)
#define IRQ_WORK	(WORKER + 1)
#define NR_ACTORS	(IRQ_WORK + 1)
#define MAX_NR		16		/* most pages of one operation */
#define STACK_SIZE	16384UL
#define ALLOCATOR	255		/* claims pages that have shadow and are used for it */

enum kind {
	END, ALLOC, FREE, PIN, PIN_ATOMIC, POISON, WIPE, CHECK, AWAIT, SHRINK, ANY
};

struct op {
	u8 kind;
	u8 nr;			/* pages; AWAIT: state */
	u16 page;
	u8 granule, value;	/* of POISON and CHECK */
	u8 irqs_off;		/* the caller has interrupts off */
	u8 nmi;			/* an interrupt that comes though they are off */
	u8 dice;		/* ANY: which of the possible */
};

enum page_state { IS_FREE, IS_WHOLE, IS_BYTES };

struct truth {
	u8 state;
	u8 busy;		/* between two states: no verdict */
	u8 claim;		/* actor + 1 that works on it */
	u8 exact;		/* pinned by one that could sleep: no CPU may miss */
	u8 lost;		/* since it was claimed, to a pattern with fewer free pages */
	u8 flush;		/* of all, after the last change: 1 begun, 2 done */
	u8 byte[8];		/* of a free page: 0 if a pattern was lacked */
};

struct actor {
	u8 *sp;			/* NULL: idle */
	const char *what;	/* its next step */
	const u8 *lock;		/* waits for it */
	const u8 *held[2];
	const struct op *ops;	/* left to do */
	struct op op;		/* being done */
	u8 cpu, nr_held, irqs_off, preempt_off, choices, choice;
	u8 wait_flush, wait_state, changing;
	u8 lacked;		/* a pattern, in this operation */
	u8 depth;		/* of page allocations and frees */
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
	u32 ipi[MAX_TASKS][NR_ACTORS];	/* to CPU, from actor: block + 2, or 1 for all */
	struct truth truth[USED_BLOCKS * 8];
	u8 pool[MODEL_POOL];			/* allocated? */
	struct irq_work *irq_work;		/* pending */
	struct delayed_work *work;
	u8 worker_will_flush, migrations;
	/* arm64, of a PTE that is not valid: by actor + 1; frame + 1 until TLBI ended it */
	u8 broken_by[USED_BLOCKS];
	u16 cached[USED_BLOCKS];
};

extern struct machine m;
extern int nr_tasks;
extern bool with_alloc_failure, is_random;
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
#define NR_REGIONS	7
extern struct region { void *p; size_t size; } regions[NR_REGIONS];
size_t stack_used(int a);
u8 *save(u8 *to);		/* returns its end */
void restore(const u8 *from);

void set_param(const char *name, const char *value);
void boot(const char *page_shadow, const char *flush_ms);
void make_patterns(void);		/* all there are; before anything runs */
void give_spares(unsigned int nr);	/* else: pages to make patterns of */
pte_t *model_patterns(void);		/* these are in core.c */
void model_make_patterns(void);
void *model_spare(unsigned int i);
void model_drop_spares(void);
void model_add_spare(void *page);
long model_lacked(unsigned int cpu);
bool can_run(int a);
void run(int a);			/* one step */
bool can_deliver(int cpu);
void deliver(int cpu);			/* flushes that other CPUs asked for */
bool can_fill(int cpu, unsigned int block);
void fill(int cpu, unsigned int block);	/* speculation */
bool can_migrate(int a, int b);
void migrate(int a, int b);		/* the tasks change CPUs */
void check_block(unsigned int block);
void check_quiet(void);			/* run what is pending, then nothing may be left */
bool tasks_done(void);
pte_t *pte_of(unsigned int block);
long statistic(const char *name);
const char *describe(int a, char *buf, size_t size);	/* what an actor does */
const char *describe_pte(pte_t pte, char *buf, size_t size);

#endif
