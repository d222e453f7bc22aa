// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations of 8 CPUs, and interrupts on them, on 64 blocks. They come in
 * runs of some thousand steps from boot to quiet; a run that fails is made small
 * and printed.
 */
#include <getopt.h>
#include <time.h>

#include "engine.h"
#include <asm/kasan-page-shadow.h>

#define NR_LISTS	(2 * MAX_TASKS)		/* of tasks, then of interrupts */
#define NR_OPS		64
#define MAX_STEPS	1000000		/* a hundred times what a run takes */

/* A run is a function of this. */
struct setup {
	struct op ops[NR_LISTS][NR_OPS + 1];
	u64 schedule;
	bool failure, fill, migrate, flush_now, own_shadow, hotplug;
	bool wrap;			/* stamps are old, and numbers get to where they wrap */
	u16 pages;			/* that can be allocated */
	u8 sticky;			/* how seldom to change actors */
};

static u64 rng;
static u8 *booted;

static u64 random64(void)
{
	u64 z = rng += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static unsigned int below(unsigned int n)
{
	return (random64() >> 32) * n >> 32;
}

unsigned int choose(unsigned int n)
{
	return below(8) ? 0 : below(n);
}

unsigned int pick_page(unsigned int nr_free)
{
	return below(2) ? below(nr_free) : 0;
}

static void trace(unsigned long step, const char *what, unsigned int block)
{
	char buf[64];

	printf("  %5lu  block %-2u %-16s  %s\n", step, block,
	       describe_pte(*pte_of(block), buf, sizeof(buf)), what);
}

/* Some actor that can run, or -1. */
static int pick_actor(int last, const struct setup *s)
{
	int i, a = below(NR_ACTORS);

	if (below(s->sticky + 1) && can_run(last))
		return last;
	for (i = 0; i < NR_ACTORS; i++, a = (a + 1) % NR_ACTORS)
		if (can_run(a))
			return a;
	return -1;
}

/* Nobody is stale, but stamps that are as old as can be, if there are any, may look young. */
static void age_stamps(unsigned long flushes)
{
	unsigned int i;

	m.wrapped = KASAN_ARCH_STAMP_BITS && below(2);
	m.first = flushes;
	kasan_page_shadow_tlb.flushes = flushes;
	for (i = 0; i < MODEL_BLOCKS && m.wrapped; i++)
		pte_of(i)->pte |= (2ULL * below(BIT(KASAN_ARCH_STAMP_BITS) / 2) + 1) << KASAN_ARCH_STAMP_SHIFT;
	for (i = 0; i < USED_BLOCKS; i++)
		m.need[i] = flushes / 2;
}

static void check_op(const struct op *op)
{
	check_block(op->page / 8);
	check_block(min((op->page + op->nr) / 8, USED_BLOCKS - 1));
}

static unsigned long go(const struct setup *s, bool show)
{
	unsigned long step = 0;
	unsigned int block = 0, i;
	int a = 0, b, quiet;
	char buf[128];

	failed = false;
	restore(booted);
	set_param("kasan.page_shadow_flush_ms", s->flush_now ? "0" : "10");
	with_alloc_failure = s->failure;
	pages_have_shadow = s->own_shadow;
	max_pages = s->pages;
	rng = s->schedule;
	if (s->wrap)
		age_stamps(2 * below(2 << KASAN_ARCH_STAMP_BITS));
	for (i = 0; i < NR_LISTS; i++)
		m.actor[i].ops = s->ops[i];
	while (!failed) {
		unsigned int dice = below(64);

		if (step++ == MAX_STEPS) {
			snprintf(failure, sizeof(failure), "I5: it never ends");
			failed = true;
			break;
		}
		/* Work goes on for a while. */
		if (!dice && tasks_done())
			break;
		if (dice < 4) {
			b = below(nr_tasks);
			if (can_deliver(b)) {
				deliver(b);
				if (show)
					printf("  %5lu  CPU %d flushed for another\n", step, b);
			}
			continue;
		}
		if (s->fill && dice < 7) {
			struct op *op = &m.actor[below(NR_LISTS)].op;

			b = below(nr_tasks);
			if (can_fill(b, op->page / 8)) {
				fill(b, op->page / 8);
				snprintf(buf, sizeof(buf), "CPU %d speculates", b);
				if (show)
					trace(step, buf, op->page / 8);
			}
			continue;
		}
		if (s->migrate && dice == 7) {
			a = below(nr_tasks);
			b = below(nr_tasks);
			if (a != b && can_migrate(a, b)) {
				if (show)
					printf("  %5lu  CPUs %d and %d change tasks\n", step,
					       m.actor[a].cpu, m.actor[b].cpu);
				migrate(a, b);
			}
			continue;
		}
		a = pick_actor(a, s);
		if (a < 0) {
			for (b = quiet = 0; b < nr_tasks; b++)
				quiet += !can_deliver(b);
			a = 0;
			if (quiet < nr_tasks)
				continue;
			if (tasks_done())
				break;
			snprintf(failure, sizeof(failure), "deadlock");
			failed = true;
			break;
		}
		if (a < WORKER && m.actor[a].op.kind)
			block = m.actor[a].op.page / 8;
		if (show)
			trace(step, describe(a, buf, sizeof(buf)), block);
		if (a < WORKER)
			check_op(&m.actor[a].op);
		run(a);
		if (failed)
			break;
		if (a < WORKER)
			check_op(&m.actor[a].op);
		check_block(below(USED_BLOCKS));
	}
	for (block = 0; block < USED_BLOCKS && !failed; block++)
		check_block(block);
	if (!failed)
		check_quiet();
	return step;
}

static void make(struct setup *s, u64 seed)
{
	unsigned int i, k, hot;

	memset(s, 0, sizeof(*s));
	rng = seed;
	hot = 8u << below(7);
	s->failure = below(2);
	s->fill = below(4);
	s->migrate = below(2);
	s->flush_now = !below(8);
	s->own_shadow = below(2);
	s->hotplug = !below(4);
	s->wrap = below(2);
	s->pages = below(2) ? MODEL_POOL : below(64);
	s->sticky = (u8[]) { 0, 1, 3, 15 }[below(4)];
	for (i = 0; i < NR_LISTS; i++)
		for (k = 0; k < (i < MAX_TASKS ? NR_OPS : NR_OPS / 4); k++)
			s->ops[i][k] = (struct op) {
				.kind = below(64) || i >= MAX_TASKS ? ANY :
					below(2) || !s->hotplug ? SHRINK :
					below(4) ? HOTPLUG : SUSPEND,
				.nr = below(4) ? 1 : 1 + below(MAX_NR),
				.page = below(min(hot, USED_BLOCKS * 8u)),
				.granule = below(8),
				.value = below(2) ? KASAN_SLAB_REDZONE : below(8),
				.irqs_off = i >= MAX_TASKS || !below(3),
				.nmi = i >= MAX_TASKS && !below(2),
				.no_spin = !below(4),
				.dice = below(256),
			};
	for (i = 0; i < MAX_TASKS; i++)
		for (k = 0; k < NR_OPS; k++)
			if (s->ops[i][k].kind != ANY)
				s->ops[i][k].irqs_off = 0;
	s->schedule = random64();
}

/* Each run is the first of those of its own seed. */
static u64 next_seed(u64 seed)
{
	rng = ~seed;
	return random64();
}

/* Whether it fails alike under one of some schedules, which is kept. */
static bool fails(struct setup *s, const char *why, int tries)
{
	u64 schedule = s->schedule;

	while (tries--) {
		go(s, false);
		if (failed && !strncmp(failure, why, 2))
			return true;
		s->schedule = random64();
	}
	s->schedule = schedule;
	return false;
}

static void shrink(struct setup *s)
{
	static struct setup try;
	clock_t end = clock() + 20 * CLOCKS_PER_SEC;
	char why[sizeof(failure)];
	unsigned int i, k, size;
	unsigned long steps, best;
	bool fewer = false;
	bool *flags[] = { &try.migrate, &try.failure, &try.fill, &try.flush_now,
			  &try.own_shadow, &try.wrap };
	bool *kept[] = { &s->migrate, &s->failure, &s->fill, &s->flush_now,
			 &s->own_shadow, &s->wrap };

	memcpy(why, failure, sizeof(why));
	/* What was not begun */
	for (i = 0; i < NR_LISTS; i++)
		if (m.actor[i].ops->kind)
			s->ops[i][m.actor[i].ops - s->ops[i] + 1].kind = END;
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		try = *s;
		*flags[i] = false;
		if (fails(&try, why, 50))
			*kept[i] = false, s->schedule = try.schedule;
	}
	/* Chunks of operations, ever smaller, and each again while that helps. */
	for (size = NR_OPS; size && clock() < end; size = fewer && size == 1 ? 1 : size / 2) {
		fewer = false;
		for (i = 0; i < NR_LISTS; i++)
			for (k = 0; k < NR_OPS && s->ops[i][k].kind && clock() < end;) {
				unsigned int rest = min(k + size, NR_OPS);

				try = *s;
				memmove(&try.ops[i][k], &try.ops[i][rest],
					(NR_OPS + 1 - rest) * sizeof(struct op));
				if (fails(&try, why, size == 1 ? 400 : 40)) {
					*s = try;
					fewer = true;
				} else {
					k += size;
				}
			}
	}
	best = go(s, false);
	for (try = *s, k = 0; k < 20000 && clock() < end; k++) {
		try.schedule = random64();
		try.sticky = 15;
		steps = go(&try, false);
		if (failed && !strncmp(failure, why, 2) && steps < best) {
			best = steps;
			*s = try;
		}
	}
	go(s, true);
	printf("  failed: %s\n", failure);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' }, { "steps", required_argument, NULL, 'n' },
		{ "no-shrink", no_argument, NULL, 'q' }, { "noa", no_argument, NULL, 'a' },
		{ "hafdbs", required_argument, NULL, 'h' }, { }
	};
	static struct setup setup;
	u64 seed = time(NULL), run_seed;
	unsigned long steps = 0, max_steps = 10000000, runs = 0;
	static const char * const names[] = {
		"replaced", "cached", "held", "flushed_local", "flushed_all", "stale_alarms",
		"transient_faults", "reclaimed", "alloc_failures"
	};
	long sums[ARRAY_SIZE(names)] = { 0 };
	bool quick = false;
	size_t i;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 'n')
			max_steps = strtoul(optarg, NULL, 0);
		else if (c == 'q')
			quick = true;
		else if (c == 'h')
			hafdbs = strtoul(optarg, NULL, 0);
		else if (c == 'a')
			boot_cpu_data.x86_vendor = X86_VENDOR_OTHER;
		else
			return 2;
	is_random = true;
	nr_tasks = MAX_TASKS;
	boot("on", "10");
	if (failed) {
		printf("not ok random: %s\n", failure);
		return 1;
	}
	booted = malloc(1 << 20);
	save(booted);
	for (run_seed = seed; steps < max_steps; run_seed = next_seed(run_seed), runs++) {
		make(&setup, run_seed);
		steps += go(&setup, false);
		for (i = 0; i < ARRAY_SIZE(names) && !failed; i++)
			sums[i] += statistic(names[i]);
		if (!failed)
			continue;
		printf("not ok random: %s (--seed %lu, after %lu steps)\n", failure, run_seed,
		       steps);
		if (!quick)
			shrink(&setup);
		return 1;
	}
	printf("ok random (--seed %lu, %lu steps in %lu runs", seed, steps, runs);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		printf(", %s %ld", names[i], sums[i]);
	printf(")\n");
	return 0;
}
