// SPDX-License-Identifier: GPL-2.0
/*
 * Every interleaving of a few operations. A state is all that the core, its
 * memory, page tables, TLBs and stacks hold; from each that was not seen before,
 * each possible next step is taken, depth first.
 */
#include <getopt.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"
#include <asm/kasan-page-shadow.h>

/*
 * Operations of a CPU, on pages of one block:
 *   a alloc   f free   p pin   P pin, atomic   s poison   u unpoison   w wipe   c check
 *   = wait until the page is F free, W accessible as a whole, B byte-granular
 *   S shrink   H this CPU goes and comes back, Z suspend: +N operations meanwhile
 *   ! before it: with interrupts off     +N: N pages
 * Interrupts come if those are on; with N before it NMIs also if not, whose P may wait for no lock.
 */
static const struct scenario {
	const char *name;
	const char *task[3], *irq[3];
	int migrations;
	const char *flush_ms;
	bool quick;		/* for mutants */
	bool arm64;		/* too many states if TLBs can be stale */
	bool own;		/* private pages have shadow in the block, too */
} scenarios[] = {
#include "scenarios.h"
};

#define NR_RUNS		ARRAY_SIZE(scenarios)
#define MAX_DEPTH	(1 << 17)
#define SEEN_BITS	26		/* 512 MiB, if it is all used */
#define QUICK_BITS	21		/* for mutants: the same states on any host, as no time cuts it */

/* What may happen next: an actor's step, and for the rest see next_steps(). */
struct step { u8 type, a, b; };
enum { RUN, CHOOSE, DELIVER, FILL, MIGRATE };

struct level {
	u8 *state;
	struct step *steps;
	int nr, next;
};

static struct level *levels;
static u8 *arena;
static u64 *seen, seen_mask, nr_states, nr_steps;
static int depth, max_depth;
static struct op programs[6][16];

unsigned int choose(unsigned int n)
{
	me->choices = n;
	model_step("choice");
	n = me->choice;
	me->choices = 0;
	me->choice = 0;
	return n;
}

unsigned int pick_page(unsigned int nr_free)
{
	return 0;		/* the one freed last, if anything */
}

static u64 mix(u64 a, u64 b)
{
	unsigned __int128 r = a ^ 0x9e3779b97f4a7c15;

	r *= b ^ 0xd6e8feb86659fd93;
	return r ^ r >> 64;
}

static u64 hash_words(u64 hash, const void *p, size_t size)
{
	const u64 *w = p, *end = w + size / 8;
	u64 lane[4] = { hash, hash + 1, hash + 2, hash + 3 };
	int i;

	for (; w + 8 <= end; w += 8)
		for (i = 0; i < 4; i++)
			lane[i] = mix(lane[i] ^ w[2 * i], w[2 * i + 1]) + lane[i];
	for (; w < end; w++)
		lane[0] = mix(lane[0] ^ *w, 0xe7037ed1a0b428db);
	return mix(mix(lane[0], lane[1]), mix(lane[2], lane[3]));
}

static u64 hash_state(void)
{
	u64 hash = 1;
	size_t i;

	for (i = 0; i < NR_REGIONS - 1; i++)
		hash = hash_words(hash, regions[i].p, regions[i].size);
	for (i = 0; i < NR_ACTORS; i++)
		hash = hash_words(hash, m.actor[i].sp, stack_used(i));
	return hash | 1;
}

static bool see(u64 hash)
{
	u64 i = hash >> 1 & seen_mask;

	while (seen[i]) {
		if (seen[i] == hash)
			return false;
		i = (i + 1) & seen_mask;
	}
	seen[i] = hash;
	nr_states++;
	return true;
}

static int next_steps(struct step *steps)
{
	int n = 0, a, b;

	for (a = 0; a < NR_ACTORS; a++)
		if (m.actor[a].choices) {
			for (b = 0; b < m.actor[a].choices; b++)
				steps[n++] = (struct step) { CHOOSE, a, b };
			return n;
		}
	for (a = 0; a < NR_ACTORS; a++)
		if (can_run(a))
			steps[n++] = (struct step) { RUN, a, 0 };
	for (a = 0; a < nr_tasks; a++)
		if (can_deliver(a))
			steps[n++] = (struct step) { DELIVER, a, 0 };
	if (!n && !tasks_done())
		return -1;
	for (a = 0; a < nr_tasks; a++)
		if (can_fill(a, 0))
			steps[n++] = (struct step) { FILL, a, 0 };
	for (a = 0; a < nr_tasks && m.migrations; a++)
		for (b = a + 1; b < nr_tasks; b++)
			if (can_migrate(a, b))
				steps[n++] = (struct step) { MIGRATE, a, b };
	return n;
}

static void take(struct step s)
{
	switch (s.type) {
	case CHOOSE:
		m.actor[s.a].choice = s.b;
		__attribute__((fallthrough));
	case RUN:
		run(s.a);
		break;
	case DELIVER:
		deliver(s.a);
		break;
	case FILL:
		fill(s.a, 0);
		break;
	case MIGRATE:
		m.migrations--;
		migrate(s.a, s.b);
	}
}

static void print_trace(void)
{
	char buf[128], pte[64], reason[sizeof(failure)];
	int i;

	memcpy(reason, failure, sizeof(failure));
	for (i = 0; i < depth; i++) {
		struct step s = levels[i].steps[levels[i].next - 1];

		restore(levels[i].state);
		failed = false;
		describe_pte(*pte_of(0), pte, sizeof(pte));
		printf("  %4d PTE %-16s ", i, pte);
		switch (s.type) {
		case RUN:
			printf("%s\n", describe(s.a, buf, sizeof(buf)));
			break;
		case CHOOSE:
			printf("%s %d\n", describe(s.a, buf, sizeof(buf)), s.b);
			break;
		case DELIVER:
			printf("CPU %d flushed for another\n", s.a);
			break;
		case FILL:
			printf("CPU %d speculates\n", s.a);
			break;
		default:
			printf("CPUs %d and %d change tasks\n", s.a, s.b);
		}
	}
	printf("  failed: %s\n", reason);
}

/* All tasks are done: whatever else happens, nothing may be left in the end. */
static void check_end(const u8 *state)
{
	check_quiet();
	if (!failed)
		restore(state);
}

/* The state at hand was not seen before. */
static bool push(void)
{
	struct level *l = &levels[depth];

	if (depth + 1 == MAX_DEPTH)
		return false;
	l->state = arena;
	l->steps = (struct step *)save(arena);
	l->nr = next_steps(l->steps);
	l->next = 0;
	if (l->nr < 0) {
		snprintf(failure, sizeof(failure), "deadlock");
		failed = true;
		l->nr = 0;
	}
	arena = (u8 *)(l->steps + l->nr);
	arena += -(uintptr_t)arena & 7;
	if (++depth > max_depth)
		max_depth = depth;
	if (tasks_done())
		check_end(l->state);
	return true;
}

static void parse(struct op *op, const char *text)
{
	static const char letters[] = "-afpPswc=SHZ";
	char *end;

	for (; text && *text; text = end + strspn(end, " ")) {
		const char *kind;

		op->nr = 1;
		op->irqs_off = *text == '!';
		op->nmi = *text == 'N';
		text += op->irqs_off | op->nmi;
		kind = strchr(letters, *text == 'u' ? 's' : *text);
		if (!kind) {
			printf("no operation '%c'\n", *text);
			exit(2);
		}
		op->kind = kind - letters;	/* in the order of enum kind */
		op->value = *text == 's' ? KASAN_SLAB_REDZONE : 0;
		op->page = strtoul(text + 1, &end, 10);
		if (op->kind == AWAIT)
			op->nr = strchr("FWB", *end++) - "FWB";
		else if (*end == '+')
			op->nr = strtoul(end + 1, &end, 10);
		op++;
	}
}

static const char *explore(const struct scenario *s, double seconds, int seen_bits)
{
	double end = clock() + seconds * CLOCKS_PER_SEC;
	u8 *arena_end;
	int i;

	with_alloc_failure = true;
	with_hotplug = strpbrk(s->task[0], "HZ") || strpbrk(s->task[1] ?: "", "HZ");
	boot("on", s->flush_ms ? s->flush_ms : "10");
	max_pages = 3;
	pages_have_shadow = s->own;
	if (failed)
		return failure;
	renumber();
	m.migrations = s->migrations;
	for (i = 0; i < 3; i++) {
		nr_tasks += !!s->task[i];
		parse(programs[i], s->task[i]);
		parse(programs[3 + i], s->irq[i]);
		m.actor[i].ops = programs[i];
		m.actor[MAX_TASKS + i].ops = programs[3 + i];
	}
	seen_mask = (1UL << seen_bits) - 1;
	seen = mmap(NULL, 8UL << seen_bits, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	madvise(seen, 8UL << seen_bits, MADV_HUGEPAGE);
	levels = calloc(MAX_DEPTH, sizeof(*levels));
	arena = mmap(NULL, 1UL << 31, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	arena_end = arena + (1UL << 31) - 65536;
	see(hash_state());
	push();
	while (depth && !failed) {
		struct level *l = &levels[depth - 1];

		if (l->next == l->nr) {
			arena = l->state;
			depth--;
			continue;
		}
		restore(l->state);
		take(l->steps[l->next++]);
		nr_steps++;
		if (!failed)
			check_block(0);
		if (failed)
			break;
		renumber();
		if (!see(hash_state()))
			continue;
		if (nr_states > seen_mask / 8 * 7)
			return "cut: memory";
		if (!push() || arena > arena_end)
			return "cut: depth";
		if (!(nr_states & 1023) && clock() > end)
			return "cut: time";
	}
	return failed ? failure : NULL;
}

/* With page shadow off, nothing is done, and all memory is somebody else's. */
static const char *off(void)
{
	static u8 before[65536], after[65536];
	void *page = model_mem[0];

	boot("off", "10");
	save(before);
	if (kasan_page_shadow_table((unsigned long)kasan_mem_to_shadow(page)))
		return "I7: off, and there are page tables";
	if (kasan_page_shadow_set(page, PAGE_SIZE, 0) ||
	    kasan_page_shadow_set(page, PAGE_SIZE, KASAN_PAGE_FREE))
		return "I7: off, and pages are set";
	if (!kasan_page_shadow_pin(page, PAGE_SIZE, GFP_KERNEL, true, true))
		return "I7: off, and a pin fails";
	if (kasan_page_shadow_stale(page, 1))
		return "I7: off, and reports are dropped";
	if (kasan_page_shadow_add(page, PAGE_SIZE * 8) != -EOPNOTSUPP)
		return "I7: off, and memory is added";
	if (statistic("enabled") || statistic("static_bytes"))
		return "I7: off, and statistics say that it is on";
	return memcmp(before, after, save(after) - after) ? "I7: off, and something changed" : NULL;
}

/* Seconds of CPU time, of all children */
static double used(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + usage.ru_utime.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' }, { "quick", no_argument, NULL, 'q' },
		{ "only", required_argument, NULL, 'o' }, { "noa", no_argument, NULL, 'a' },
		{ "hafdbs", required_argument, NULL, 'h' }, { }
	};
	double seconds = 300;
	const char *only = NULL;
	bool quick = false, bad = false;
	int c;
	size_t i;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (c == 's')
			seconds = strtod(optarg, NULL);
		else if (c == 'q')
			quick = true;
		else if (c == 'o')
			only = optarg;
		else if (c == 'h')
			hafdbs = strtoul(optarg, NULL, 0);
		else if (c == 'a')
			boot_cpu_data.x86_vendor = X86_VENDOR_OTHER;
		else
			return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i <= NR_RUNS && !(bad && quick); i++) {
		const struct scenario *s = i ? &scenarios[i - 1] : NULL;
		const char *name = s ? s->name : "off", *why;
		double start = used();
		int status;

		if ((s && ((quick && !s->quick) || (s->arm64 && KASAN_ARCH_STAMP_BITS))) || (only && strcmp(only, name)))
			continue;
		if (!fork()) {
			/* The first need little, and the last take what they left. */
			why = s ? explore(s, (seconds - start) / min(NR_RUNS + 1 - i, 2),
					  quick ? QUICK_BITS : SEEN_BITS) : off();
			if (failed || (!s && why)) {
				printf("not ok explore-%s: %s\n", name, why);
				print_trace();
				exit(1);
			}
			if (!s) {
				printf("ok explore-off\n");
				exit(0);
			}
			printf("ok explore-%s (%lu states, %lu steps, depth %d, %s)\n", name,
			       nr_states, nr_steps, max_depth, why ? why : "complete");
			exit(0);
		}
		wait(&status);
		if (status && (!WIFEXITED(status) || WEXITSTATUS(status) != 1))
			printf("not ok explore-%s: died\n", name);
		bad |= status != 0;
	}
	return bad;
}
