// SPDX-License-Identifier: GPL-2.0
/*
 * The hash table of stackdepot.c as it grows: alone, where each step is known, and with four
 * threads that save, fetch and put, where others often come between two accesses. Each check
 * is a process of its own, so it begins with a depot that is empty.
 */
#include <pthread.h>
#include <sys/wait.h>
#include "stackdepot.c"

#define FRAMES CONFIG_STACKDEPOT_MAX_FRAMES
#define TEXT 0xffffffff81000000UL
#define SEGMENT DEPOT_SEGMENT_BUCKETS
#define MANY (1200 * 1000)
#define CAN_ALLOC STACK_DEPOT_FLAG_CAN_ALLOC
#define GET STACK_DEPOT_FLAG_GET

static u64 seed;
static depot_stack_handle_t handles[MANY];	/* of the stacks that stay, by number */
static char figures[300];
static void say(const char *fmt, ...)
{
	size_t len = strlen(figures);
	va_list args;

	va_start(args, fmt);
	vsnprintf(figures + len, sizeof(figures) - len, fmt, args);
	va_end(args);
}

/* Stack number @i of a kind is always the same, and those of other numbers are others. */
static enum kind { MIXED, SHORT, NEAR, FAR, UPPER, DEPTH } kind;
static unsigned int stack(unsigned long i, unsigned long *e)
{
	static const long steps[] = { 0x533, 0x533, 1 << 4, 1 << 20, 1L << 32, 0 };
	u64 before = me.rnd;
	unsigned int n, k;

	me.rnd = (seed + i) * 0x9e3779b97f4a7c15ULL | 1;
	rnd(2);
	n = kind == DEPTH ? 1 + i % FRAMES : kind == SHORT ? 1 + rnd(3) :
	    kind == MIXED && !rnd(4) ? 1 + rnd(FRAMES) : 10 + rnd(7);
	for (k = 0; k < n; k++)
		e[k] = TEXT + rnd(64) * steps[kind] + (kind == DEPTH ? i / FRAMES * 16 : 0);
	if (kind == MIXED || kind == SHORT)
		e[rnd(n)] = TEXT + 0x1000000 + i * 5;
	me.rnd = before;
	return n;
}

static depot_stack_handle_t save(unsigned long i, depot_flags_t flags)
{
	unsigned long e[FRAMES];
	unsigned int n = stack(i, e);

	me.steps = 0;
	me.may_alloc = flags & CAN_ALLOC;
	return stack_depot_save_flags(e, n, GFP_KERNEL, flags);
}

static void is_stack(unsigned long i, depot_stack_handle_t handle)
{
	unsigned long e[FRAMES], *got;
	unsigned int n = stack(i, e);

	me.steps = 0;
	if (stack_depot_fetch(handle, &got) != n || memcmp(e, got, n * sizeof(*e)))
		fail("stack %lu is fetched by %x as another", i, handle);
}

/* Those that are stored are found without the lock, if nobody else is there. */
static void are_found(unsigned long from, unsigned long to)
{
	unsigned long locks = me.locks;

	for (unsigned long i = from; i < to; i++) {
		depot_stack_handle_t handle = handles[i] ? save(i, 0) : 0;

		if (handle != handles[i] || me.locks != locks)
			fail("stack %lu has handle %x, later %x, %lu times locked", i, handles[i], handle, me.locks - locks);
		if (handle)
			is_stack(i, handle);
	}
}

static int by_address(const void *a, const void *b)
{
	return *(char **)a < *(char **)b ? -1 : *(char **)a > *(char **)b;
}

/* Each page is a pool, a segment, or the next pool, and nothing else. */
static void is_all_memory(void)
{
	static void *used[20000];
	long n = 0;

	for (unsigned int i = 1; i < ARRAY_SIZE(stack_table); i++) {
		if (!!stack_table[i] != (stack_buckets > i * SEGMENT))
			fail("segment %u is %p with %u buckets", i, stack_table[i], stack_buckets);
		if (stack_table[i])
			used[n++] = stack_table[i];
	}
	for (int i = 0; i < pools_num; i++)
		used[n++] = stack_pools[i];
	if (new_pool)
		used[n++] = new_pool;
	qsort(used, n, sizeof(*used), by_address);
	for (long i = 1; i < n; i++)
		if (used[i] == used[i - 1])
			fail("page %p is used twice", used[i]);
	if (pages != n)
		fail("%ld pages are allocated, %ld used", pages, n);
}

static long records(void)
{
	return counters[DEPOT_COUNTER_PERSIST_COUNT] + counters[DEPOT_COUNTER_REFD_INUSE];
}

/*
 * Each record is in its bucket, once. With a hash that is as good as one at random, a record is
 * behind half of the others of its bucket, and each is in it with the probability that is the
 * bucket's part of all hashes. Six standard deviations above that are too much.
 */
static void is_table(long stored)
{
	unsigned int nr = stack_buckets, bit = 1U << 31, longest = 0, chain;
	double pairs = 0, expected;
	long n = 0, same = 0;

	while (bit > nr)
		bit /= 2;
	for (unsigned int b = 0; b < nr; b++) {
		unsigned int mask = b >= bit || b < nr - bit ? 2 * bit - 1 : bit - 1;
		struct stack_record **bucket = &stack_table[b / SEGMENT][b % SEGMENT], *at, *of;

		for (at = *bucket, chain = 0; at; at = at->next, pairs += chain++) {
			me.steps = 0;
			if ((at->hash & mask) != (b & mask) || depot_bucket(at->hash) != bucket)
				fail("hash %x is in bucket %u of %u", at->hash, b, nr);
			if (++n > stored)
				fail("more than %ld records are in the table", stored);
			for (of = *bucket; of != at; of = of->next)
				same += of->hash == at->hash;
		}
		if (chain > longest)
			longest = chain;
	}
	if (n != stored || records() != stored)
		fail("%ld records are in the table, %ld counted, of %ld", n, records(), stored);
	/* Of 2 * bit parts, the buckets that are split have one each, the others two. */
	expected = n * (n - 1.0) / 2 * (2 * (nr - bit) + 4.0 * (2 * bit - nr)) / (4.0 * bit * bit);
	figures[0] = '\0';
	say("%ld records, %u buckets, longest chain %u, %.3f probes", n, nr, longest, n ? 1 + pairs / n : 0);
	if (pairs > expected && (pairs - expected) * (pairs - expected) > 36 * expected)
		fail("%s instead of %.3f", figures, 1 + expected / n);
	if (longest > 20 + 4 * n / nr)
		fail("%s", figures);
	if (same > 10 + 4.0 * n * n / (1ULL << 33))
		fail("%ld pairs of %ld records have the same hash", same, n);
	is_all_memory();
}

static void start(void)
{
	if (stack_depot_init())
		fail("no start");
}

/* With more records than buckets there is one more; for the first in a segment, if a page is left. */
static depot_stack_handle_t add(unsigned long i, depot_flags_t flags)
{
	unsigned int nr = stack_buckets, grows;
	long used = pages, pools = pools_num, n = records();
	depot_stack_handle_t handle = save(i, flags);

	if (records() != n + !!handle)
		fail("%ld records are %ld with one more", n, records());
	grows = handle && n >= nr && nr < 1U << 20 && (nr % SEGMENT || (pages > used && pools == pools_num));
	if (stack_buckets != nr + grows)
		fail("%u buckets of %ld records are %u with one more", nr, n, stack_buckets);
	return handle;
}

static void fill(unsigned long from, unsigned long to)
{
	for (unsigned long i = from; i < to; i++)
		if (!(handles[i] = add(i, CAN_ALLOC)))
			fail("stack %lu is not saved", i);
	is_table(to);
	are_found(kind == SHORT ? from : 0, to);
}

static void growth(void)
{
	start();
	for (unsigned long n = 0; n < 30000; n += 3000)
		fill(n, n + 3000);
	fill(30000, 300 * 1000);
	/* A page for a segment is left once for each pool that was filled. */
	if (stack_buckets < 300 * 1000 * 0.9)
		fail("%s", figures);
	kind = SHORT;
	fill(300 * 1000, MANY);
	if (stack_buckets != 1U << 20)
		fail("%s", figures);
}

static void chains(void)
{
	start();
	fill(0, 50 * 1000);
}

/* A record is found by all of its frames alone. */
static void compare(void)
{
	start();
	fill(0, 5000);
	for (unsigned long i = 0; i < 5000; i++) {
		unsigned long e[FRAMES], bit = 1UL << rnd(BITS_PER_LONG);
		unsigned int n = stack(i, e), at[] = { 0, rnd(n), n - 1 };
		u32 hash = hash_stack(e, n);

		me.steps = 0;
		if (find_stack(e, n, hash, 0) != __stack_depot_get_stack_record(handles[i]))
			fail("stack %lu is not found", i);
		for (int k = 0; k < 3; k++) {
			e[at[k]] ^= bit;
			if (find_stack(e, n, hash, 0))
				fail("stack %lu is found with another frame %u of %u", i, at[k], n);
			e[at[k]] ^= bit;
		}
		if (find_stack(e, n - 1, hash, 0))
			fail("stack %lu is found without its last frame", i);
	}
}

/* Each bit of each frame reaches the hash, and the part of it that is used first. */
static void hash_bits(void)
{
	unsigned long e[FRAMES], same;

	for (unsigned int bit = 0; bit < BITS_PER_LONG; bit++) {
		same = 0;
		for (unsigned int i = 0; i < 1000; i++) {
			unsigned int n = stack(i, e), k = i % n;
			u32 hash = hash_stack(e, n);

			e[k] ^= 1UL << bit;
			hash ^= hash_stack(e, n);
			if (!hash)
				fail("bit %u of frame %u of %u does not reach the hash", bit, k, n);
			same += hash % SEGMENT == 0;
		}
		if (same > 20)
			fail("bit %u of a frame does not reach the bucket %lu times of 1000", bit, same);
	}
	say("all reach it");
}

/* Pools are filled, but no page is left for a segment; then there is; then there are none at all. */
static void no_memory(void)
{
	unsigned long e[FRAMES], i, lost = 0;

	start();
	for (i = 0; i < 4 * SEGMENT; i++) {
		size_t size = depot_stack_record_size(NULL, stack(i, e));

		no_pages = new_pool || pool_offset + size <= DEPOT_POOL_SIZE;
		handles[i] = add(i, CAN_ALLOC);
	}
	no_pages = false;
	if (stack_buckets != SEGMENT)
		fail("%u buckets without memory", stack_buckets);
	fill(i, 8 * SEGMENT);
	if (stack_buckets < 4 * SEGMENT)
		fail("%u buckets with memory again", stack_buckets);
	for (i = 8 * SEGMENT; i < 18 * SEGMENT; i++) {
		no_pages = i < 9 * SEGMENT;
		handles[i] = add(i, CAN_ALLOC);
		lost += no_pages && !handles[i];
	}
	is_table(i - lost);
	are_found(0, i);
	if (!lost)
		fail("all is saved without memory");
}

/* Both kinds of records count; one that was put is used again when those who read have ended. */
static void put(void)
{
	depot_stack_handle_t got[5 * SEGMENT / 2], again = 0;
	unsigned int i, nr;

	start();
	fill(0, SEGMENT);
	for (i = 0; i < ARRAY_SIZE(got); i++)
		got[i] = add(MANY + i, CAN_ALLOC | GET);
	nr = stack_buckets;
	readers[1].n++;
	for (i = 0; i < SEGMENT; i++)
		stack_depot_put(got[i]);
	is_table(ARRAY_SIZE(got));	/* as many were put as stay */
	for (i = 0; i < SEGMENT; i++) {
		if (i == 10)
			readers[1].n++;
		again = add(MANY + i, CAN_ALLOC | GET);
		if (again == got[0])
			break;
	}
	if (i < 10 || again != got[0])
		fail("after %u others a record is used again, that may be read for 10", i);
	for (i = SEGMENT; records() < nr + 100; i++)
		handles[i] = add(i, CAN_ALLOC);
	is_table(nr + 100);
	are_found(0, i);
	if (stack_buckets != nr + 100)
		fail("%s", figures);
}

/* Where nobody may wait or allocate: a handle that is right, or none. */
static void contexts(void)
{
	unsigned long e[FRAMES], i, kept = 0;

	start();
	for (i = 0; i < 20000; i++) {
		unsigned int n = stack(i, e);
		depot_stack_handle_t handle;

		me.no_wait = true;
		me.nmi = !NO_SPIN || rnd(2);
		me.steps = me.may_alloc = 0;
		pool_lock = rnd(2);
		/* Without an NMI, the gfp flags alone say so. */
		handle = stack_depot_save_flags(e, n, me.nmi ? GFP_KERNEL : GFP_NO_SPIN, me.nmi ? 0 : CAN_ALLOC);
		if (handle && pool_lock)
			fail("stack %lu is saved while another has the lock", i);
		if (i) {
			unsigned long old = rnd(i);

			are_found(old, old + 1);
		}
		pool_lock = me.no_wait = me.nmi = 0;
		kept += !!handle;
		handles[i] = save(i, CAN_ALLOC);
		if (!handles[i] || (handle && handle != handles[i]))
			fail("stack %lu has handle %x, later %x", i, handle, handles[i]);
		is_stack(i, handles[i]);
	}
	is_table(i);
	say(", %lu saved at once", kept);
}

static void (*in_thread)(void);
static void *thread(void *nr)
{
	me.nr = (long)nr;
	me.rnd = (seed + me.nr) * 0x9e3779b97f4a7c15ULL | 1;
	in_thread();
	return NULL;
}

static void in_threads(void (*f)(void))
{
	pthread_t t[THREADS];

	in_thread = f;
	together = true;
	for (long n = 1; n < THREADS; n++)
		if (pthread_create(&t[n], NULL, thread, (void *)n))
			fail("no thread");
	for (int n = 1; n < THREADS; n++)
		pthread_join(t[n], NULL);
	together = false;
}

static void stays(unsigned long i, depot_stack_handle_t handle)
{
	depot_stack_handle_t old = __sync_val_compare_and_swap(&handles[i], 0, handle);

	if (!handle || (old && old != handle))
		fail("stack %lu has handles %x and %x", i, old, handle);
	is_stack(i, handle);
}

static void is_table_of_those(void)
{
	long n = 0;

	for (unsigned long i = 0; i < MANY; i++)
		n += !!handles[i];
	is_table(n);
	are_found(0, MANY);
}

/* At the front all save the same new stacks, behind it they find old ones. */
static unsigned long front, stacks;
static void save_some(void)
{
	unsigned long at, i;

	while ((at = __sync_fetch_and_add(&front, 1) / 4) < stacks) {
		depot_stack_handle_t handle;

		i = rnd(2) ? at + rnd(16) : rnd(at + 1);
		me.nmi = me.no_wait = !rnd(16);
		handle = save(i, me.nmi ? 0 : CAN_ALLOC);
		if (handle || !me.nmi)
			stays(i, handle);
	}
}

static void concurrent(void)
{
	start();
	in_threads(save_some);
	is_table_of_those();
}

/* In the midst of each step, somebody reads, or without the lock held saves the same stack or others. */
static unsigned long saved, now;
static void get_one(unsigned long i)
{
	depot_stack_handle_t handle = save(i, CAN_ALLOC | GET);

	is_stack(i, handle);
	stack_depot_put(handle);
}

static void another(void)
{
	unsigned long e[FRAMES], i = rnd(saved + 1);
	unsigned int n = stack(i, e);
	struct stack_record *found;

	me.steps = 0;
	if (me.held) {
		found = find_stack(e, n, hash_stack(e, n), 0);
		if (found && handles[i] && found->handle.handle != handles[i])
			fail("stack %lu is found as %x", i, found->handle.handle);
		/* The last bucket, and the one it is of. */
		find_stack(e, n, stack_buckets - 1, 0);
		find_stack(e, n, stack_buckets - rounddown_pow_of_two(stack_buckets), 0);
	} else if (rnd(2)) {
		for (i = rnd(32); i--; saved++)
			stays(saved, save(saved, CAN_ALLOC));
	} else if (now < MANY) {
		stays(now, save(now, CAN_ALLOC));
	} else {
		get_one(now);
	}
}

static void interleaved(void)
{
	start();
	meanwhile = another;
	while (saved < 48 * SEGMENT) {
		now = !saved || rnd(2) ? saved++ : rnd(saved);
		stays(now, save(now, CAN_ALLOC));
		now = MANY + rnd(100);
		for (int i = 0; i < 4; i++)
			get_one(now);
	}
	meanwhile = NULL;
	is_table_of_those();
}

/* Of a stack that somebody holds there is one record: its handle, and by how many it is held. */
#define HELD 4000
static u64 live[6 * HELD];
static void get_and_put(void)
{
	static __thread struct { depot_stack_handle_t handle; unsigned int i; } held[HELD], *at;
	u64 old, new;

	for (unsigned long rounds = stacks + HELD; rounds--; ) {
		unsigned long i = rnd(4 * stacks);

		if (i < stacks)		/* this one stays */
			stays(ARRAY_SIZE(live) + i / 2, save(ARRAY_SIZE(live) + i / 2, CAN_ALLOC));
		/* In the end all others are put. */
		at = &held[rounds < HELD ? rounds : rnd(HELD)];
		if (at->handle) {
			is_stack(at->i, at->handle);
			__sync_fetch_and_sub(&live[at->i], 1);
			stack_depot_put(at->handle);
			at->handle = 0;
		} else if (rounds >= HELD) {
			at->i = rnd(rnd(2) ? ARRAY_SIZE(live) : 100);
			at->handle = save(at->i, CAN_ALLOC | GET);
			is_stack(at->i, at->handle);
			do {
				old = READ_ONCE(live[at->i]);
				new = (u64)at->handle << 32 | ((u32)old + 1);
				if ((u32)old && old >> 32 != at->handle)
					fail("stack %u is held as %lx and %x", at->i, old >> 32, at->handle);
			} while (!__sync_bool_compare_and_swap(&live[at->i], old, new));
		}
	}
}

static void refcounted(void)
{
	long nr_free = 0;

	start();
	in_threads(get_and_put);
	if (counters[DEPOT_COUNTER_REFD_INUSE])
		fail("%ld are in use when all are put", counters[DEPOT_COUNTER_REFD_INUSE]);
	is_table_of_those();
	for (struct list_head *at = free_stacks.next; at != &free_stacks; at = at->next)
		nr_free++;
	if (nr_free != counters[DEPOT_COUNTER_FREELIST_SIZE])
		fail("%ld are free, %ld counted", nr_free, counters[DEPOT_COUNTER_FREELIST_SIZE]);
	say(", %ld put, %ld of them free", counters[DEPOT_COUNTER_REFD_FREES], nr_free);
}

/* Without memory at the start there is no depot, and nothing is kept of it. */
static bool early;
static void init(void)
{
	int ret;

	if (early)
		stack_depot_request_early_init();
	ret = early ? stack_depot_early_init() : stack_depot_init();
	if (!start_refused || starts < start_refused) {
		if (ret || stack_depot_disabled || stack_depot_init())
			fail("no start with memory");
		fill(0, 3 * SEGMENT);
		return;
	}
	if (ret != -ENOMEM || !stack_depot_disabled || start_used)
		fail("it returns %d, disabled %d, %d allocations are kept", ret, stack_depot_disabled, start_used);
	if (stack_depot_init() || save(1, CAN_ALLOC) || pages || me.locks)
		fail("it goes on when it is disabled");
	say("disabled");
}

static int status;	/* of all checks */
static bool go_on;	/* after one that failed */
static void in_process(void (*f)(void), const char *fmt, ...)
{
	char name[40];
	va_list args;
	int ret;

	if (status && !go_on)
		return;
	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	check = name;
	fflush(stdout);
	if (!fork()) {
		alarm(60);
		f();
		printf("ok %s (%s)\n", name, figures);
		exit(0);
	}
	wait(&ret);
	if (WIFSIGNALED(ret))
		printf("not ok %s: it %s\n", name, WTERMSIG(ret) == SIGALRM ? "does not end" : "crashed");
	status |= !!ret;
}

int main(int argc, char **argv)
{
	static const char *const kinds[] = { "mixed", "short", "near", "far", "upper", "depth" };

	seed = me.rnd = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15ULL | 1;
	go_on = argc < 3;
	for (int n = 0; n < 6; n++) {
		early = n % 2;
		start_refused = n / 2;
		in_process(init, "init-%s-%d", early ? "early" : "late", start_refused);
	}
	start_refused = 0;
	in_process(compare, "compare");
	in_process(put, "put");
	in_process(no_memory, "no-memory");
	in_process(contexts, "contexts");
	for (kind = NEAR; kind <= DEPTH; kind++)
		in_process(chains, "chains-%s", kinds[kind]);
	kind = MIXED;
	in_process(interleaved, "interleaved");
	for (int n = 0; n < 10; n++) {
		seed += 2;
		stacks = n ? 10 * 1000 : 100 * 1000;
		in_process(concurrent, "concurrent-%d", n);
		in_process(refcounted, "refcounted-%d", n);
	}
	in_process(growth, "growth");
	in_process(hash_bits, "hash-bits");
	return status;
}
