// SPDX-License-Identifier: GPL-2.0
/*
 * What shadow memory costs the hardware, by how it is mapped: random reads of a
 * working set, each after a check of the word's shadow byte, with the shadow as
 *
 *	none		not there: no check
 *	huge-private	memory of its own in 2 MiB mappings: unpatched KASAN
 *	4k-private	memory of its own in 4 KiB mappings: private shadow pages only
 *	4k-shared	4 KiB mappings of one page: pattern pages only
 *
 * A read of anonymous memory that was never written maps the kernel's one zero
 * page, so that the last is what it says: as many page table entries as the one
 * before, but 4 KiB of cache. The data itself is in 2 MiB mappings always.
 *
 * It can say how the mappings of one shadow compare on this machine, from the
 * caches' size to far beyond the TLB's, where it matters most: reads without any
 * locality, and as many of them in flight as the processor can. It cannot say by
 * how much a kernel gets slower or faster. A kernel also computes, and most of its
 * reads hit the cache; many wait for the one before, which hides the check
 * (--dependent: only such); it reads slab objects, whose shadow is private, and
 * other memory in a mixture; its direct map can have 1 GiB mappings; and on a
 * virtual machine a TLB miss walks two page tables, of which this controls one.
 * Nor does it measure what a change of a mapping costs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define MIB		(1024 * 1024UL)
#define HUGE		(2 * MIB)
#define PAGE		4096
#define READS		(16 * 1024 * 1024)

static const struct layout {
	const char *name;
	bool huge, written;
} layouts[] = {
	{ "none", false, false },
	{ "huge-private", true, true },
	{ "4k-private", false, true },
	{ "4k-shared", false, false },
};

#define NR_LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

static volatile unsigned long sink;

static void die(const char *what)
{
	fprintf(stderr, "tlb: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A value in kB of /proc/meminfo, or of the mapping at @start in /proc/self/smaps. */
static unsigned long read_kb(const char *file, const void *start, const char *name)
{
	FILE *f = fopen(file, "r");
	bool here = !start;
	char line[512], format[32];
	unsigned long value;

	if (!f)
		die(file);
	snprintf(format, sizeof(format), "%s: %%lu kB", name);
	while (fgets(line, sizeof(line), f)) {
		unsigned long from, to;

		if (start && sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = from == (unsigned long)start;
		if (here && sscanf(line, format, &value) == 1) {
			fclose(f);
			return value;
		}
	}
	fprintf(stderr, "tlb: no %s in %s\n", name, file);
	exit(1);
}

/* Memory of the layout, of which every page is mapped. */
static void *map(const char *what, unsigned long size, const struct layout *layout)
{
	char *mem = mmap(NULL, size + 2 * HUGE, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long want_huge = layout->huge ? size / 1024 : 0;
	unsigned long want_rss = layout->written ? size / 1024 : 0;
	unsigned long got_huge, got_rss;

	if (mem == MAP_FAILED)
		die("mmap");
	/* What remains before and after keeps it a mapping of its own. */
	mem = (char *)(((unsigned long)mem + 2 * HUGE - 1) & ~(HUGE - 1));
	if (mprotect(mem, size, PROT_READ | (layout->written ? PROT_WRITE : 0)))
		die("mprotect");
	if (madvise(mem, size, layout->huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		die("madvise");
	if (layout->written)
		memset(mem, 0, size);
	for (unsigned long i = 0; i < size; i += PAGE)
		sink += mem[i];

	got_huge = read_kb("/proc/self/smaps", mem, "AnonHugePages");
	got_rss = read_kb("/proc/self/smaps", mem, "Rss");
	if (got_huge != want_huge || got_rss != want_rss)
		fprintf(stderr, "tlb: %s: NOT as named: %lu of %lu kB huge, %lu of %lu kB own\n",
			what, got_huge, want_huge, got_rss, want_rss);
	return mem;
}

/* Inlined into each caller, so that what is constant there is not in the loop. */
static inline __attribute__((always_inline))
void reads(const unsigned long *data, const char *shadow, unsigned long mask, long n,
	   bool dependent)
{
	static unsigned long state = 0x9e3779b97f4a7c15;
	unsigned long x = state, sum = 0;

	while (n--) {
		unsigned long i, value;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		i = x & mask;
		if (shadow && shadow[i])
			abort();
		value = data[i];
		if (dependent)
			x += value;	/* which is 0, but that is not known before */
		else
			sum += value;
	}
	sink += sum;
	state = x;
}

static void run(const unsigned long *data, const char *shadow, unsigned long mask, long n,
		bool dependent)
{
	if (shadow && dependent)
		reads(data, shadow, mask, n, true);
	else if (shadow)
		reads(data, shadow, mask, n, false);
	else if (dependent)
		reads(data, NULL, mask, n, true);
	else
		reads(data, NULL, mask, n, false);
}

/* Not what others do on this CPU. */
static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* Of SIZEs, powers of two are taken only. */
static unsigned long number(const char *arg, const char *units)
{
	unsigned long n = 0;
	char unit = 0, more;
	int got = sscanf(arg, "%6lu%c%c", &n, &unit, &more);

	if (!n || n > 999999 || got != (*units ? 2 : 1) ||
	    (*units && (!strchr(units, unit) || n & (n - 1)))) {
		fprintf(stderr, "tlb: '%s' is not a %s (see --help)\n", arg,
			*units ? "power of two with M or G" : "positive number");
		exit(1);
	}
	return n * (unit == 'G' ? 1024 * MIB : unit == 'M' ? MIB : 1);
}

static void usage(FILE *out)
{
	fprintf(out, "usage: tlb [--max SIZE] [--runs N] [--dependent]\n\n"
		"Prints layout, working_set_bytes, run and ns_per_access as TSV.\n\n"
		"  --max SIZE   the largest working set, such as 512M (default 4G)\n"
		"  --runs N     repetitions, by turns with the other layouts (default 5)\n"
		"  --dependent  a read's address depends on the value read before it\n");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "max", required_argument, NULL, 'm' },
		{ "runs", required_argument, NULL, 'r' },
		{ "dependent", no_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	unsigned long max = 4096 * MIB, nr_runs = 5, allowed;
	const char *shadow[NR_LAYOUTS] = { };
	bool dependent = false;
	const unsigned long *data;
	long n = READS;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'm':
			max = number(optarg, "MG");
			break;
		case 'r':
			nr_runs = number(optarg, "");
			break;
		case 'd':
			dependent = true;
			n = READS / 8;	/* as none overlaps with the next */
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return 1;
		}
	}
	if (optind != argc) {
		usage(stderr);
		return 1;
	}

	/* Data and two shadows of 1/8; an eighth of what is available stays so. */
	allowed = read_kb("/proc/meminfo", NULL, "MemAvailable") * 1024 / 8 * 7;
	while (max + max / 4 > allowed && max > MIB) {
		fprintf(stderr, "tlb: %lu MiB skipped: not that much memory\n", max / MIB);
		max /= 2;
	}
	data = map("the data", max < HUGE ? HUGE : max, &layouts[1]);
	for (unsigned long l = 1; l < NR_LAYOUTS; l++)
		shadow[l] = map(layouts[l].name, max / 8 < HUGE ? HUGE : max / 8, &layouts[l]);

	printf("layout\tworking_set_bytes\trun\tns_per_access\n");
	for (unsigned long size = MIB; size <= max; size *= 2) {
		for (unsigned long r = 1; r <= nr_runs; r++) {
			for (unsigned long turn = r; turn < r + NR_LAYOUTS; turn++) {
				unsigned long mask = size / sizeof(*data) - 1;
				unsigned long l = turn % NR_LAYOUTS;
				double start;

				run(data, shadow[l], mask, READS / 4, false);
				start = now_ns();
				run(data, shadow[l], mask, n, dependent);
				printf("%s\t%lu\t%lu\t%.3f\n", layouts[l].name, size,
				       r, (now_ns() - start) / n);
			}
		}
		fprintf(stderr, "tlb: %lu of %lu MiB done\n", size / MIB, max / MIB);
		if (fflush(stdout))
			die("stdout");
	}
	return 0;
}
