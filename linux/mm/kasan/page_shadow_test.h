/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __MM_KASAN_PAGE_SHADOW_TEST_H
#define __MM_KASAN_PAGE_SHADOW_TEST_H

/* Shared by the suites of page shadow: reports as a person reads them, and other CPUs. */

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/iopoll.h>
#include <linux/kasan.h>
#include <linux/kasan-page-shadow.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>
#include <trace/events/printk.h>

#include "page_shadow.h"

#define POLL_US			1000
/* Far longer than the periods of the deferred work, for slow machines. */
#define TIMEOUT_US		(30 * USEC_PER_SEC)

/* The reports since the last access: how many, and two lines of the last. */
static struct {
	raw_spinlock_t lock;	/* of those who print; the test looks when they are done */
	unsigned int nr;
	char lines[2][128];
} observed = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(observed.lock),
};

static bool multishot;

static void probe_console(void *ignore, const char *buf, size_t len)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&observed.lock, flags);
	if (strnstr(buf, "BUG: KASAN: ", len)) {
		/* @buf is not terminated. */
		strscpy(observed.lines[0], buf, min(len + 1, sizeof(observed.lines[0])));
		observed.lines[1][0] = '\0';
		WRITE_ONCE(observed.nr, observed.nr + 1);
	} else if (observed.nr && !observed.lines[1][0] && strnstr(buf, " at addr ", len)) {
		strscpy(observed.lines[1], buf, min(len + 1, sizeof(observed.lines[1])));
	}
	raw_spin_unlock_irqrestore(&observed.lock, flags);
}

/* The access of each report that is expected. */
static noinline void read_byte(void *addr)
{
	READ_ONCE(*(u8 *)addr);
}

static void read_on(int cpu, void *addr)
{
	WRITE_ONCE(observed.nr, 0);
	smp_call_function_single(cpu, read_byte, addr, true);
}

/* CPU @cpu can read @addr. */
static void expect_good_on(struct kunit *test, int cpu, void *addr)
{
	read_on(cpu, addr);
	KUNIT_EXPECT_EQ_MSG(test, READ_ONCE(observed.nr), 0, "%s", observed.lines[0]);
	WRITE_ONCE(observed.nr, 0);
}

/* If CPU @cpu reads @addr, that is reported, as @type unless that is NULL. */
static void expect_bad_on(struct kunit *test, int cpu, void *addr, const char *type)
{
	char want[sizeof(observed.lines[0])];

	read_on(cpu, addr);
	KUNIT_EXPECT_EQ_MSG(test, READ_ONCE(observed.nr), 1, "reports of a read of %lx",
			    (unsigned long)addr);
	if (READ_ONCE(observed.nr) == 1) {
		if (type) {
			scnprintf(want, sizeof(want), "BUG: KASAN: %s in read_byte+", type);
			KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(observed.lines[0], want),
						  "'%s' is not in '%s'", want, observed.lines[0]);
		}
		scnprintf(want, sizeof(want), "Read of size 1 at addr %lx by ",
			  (unsigned long)addr);
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(observed.lines[1], want),
					  "'%s' is not in '%s'", want, observed.lines[1]);
	}
	WRITE_ONCE(observed.nr, 0);
}

static void expect_good(struct kunit *test, void *addr)
{
	expect_good_on(test, raw_smp_processor_id(), addr);
}

static void expect_bad(struct kunit *test, void *addr, const char *type)
{
	expect_bad_on(test, raw_smp_processor_id(), addr, type);
}

/* What the kernel finds before it reports anything. */
static bool is_bad(const void *addr, size_t size)
{
	return kasan_range_poisoned(addr, size) && !kasan_page_shadow_stale(addr, size);
}

/* Another CPU than this one, to which test_init() bound the test. */
static int other_cpu(struct kunit *test)
{
	int cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());

	if (cpu >= nr_cpu_ids)
		kunit_skip(test, "only one CPU");
	return cpu;
}

/* A store of the byte that is there, so that nothing breaks if it gets through. */
static __no_sanitize_address bool shadow_store_faults(const void *addr)
{
	u8 *shadow = kasan_mem_to_shadow(addr), byte = READ_ONCE(*shadow);

	pagefault_disable();
	__put_kernel_nofault(shadow, &byte, u8, fault);
	pagefault_enable();
	return false;
fault:
	pagefault_enable();
	return true;
}

struct question {
	bool (*fn)(const void *addr);
	const void *addr;
	bool answer;
};

static void answer(void *info)
{
	struct question *question = info;

	question->answer = question->fn(question->addr);
}

/* By CPU @cpu's TLB, as it is: in an interrupt, lest a task switch flushes that. */
static bool ask(int cpu, bool (*fn)(const void *addr), const void *addr)
{
	struct question question = { .fn = fn, .addr = addr };

	smp_call_function_single(cpu, answer, &question, true);
	return question.answer;
}

static bool is_poisoned(const void *addr)
{
	return kasan_range_poisoned(addr, 1);
}

static int allocs_left, allocs_failed;

static struct page *failing_alloc(int nid, gfp_t gfp, bool allow_spin)
{
	if (allocs_left-- > 0)
		return alloc_pages_node(nid, gfp, 0);
	allocs_failed++;
	return NULL;
}

/* All but @nr allocations of shadow fail, in this task. */
static void fail_allocs(struct kunit *test, int nr)
{
	allocs_left = nr;
	allocs_failed = 0;
	kunit_activate_static_stub(test, kasan_page_shadow_alloc, failing_alloc);
}

static void stop_failing(struct kunit *test)
{
	kunit_deactivate_static_stub(test, kasan_page_shadow_alloc);
}

static int test_init(struct kunit *test)
{
	WRITE_ONCE(observed.nr, 0);
	/* For cases of this CPU and another; the thread ends with the case. */
	return set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
}

static void test_exit(struct kunit *test)
{
	KUNIT_EXPECT_EQ_MSG(test, READ_ONCE(observed.nr), 0, "%s", observed.lines[0]);
}

static int suite_init(struct kunit_suite *suite)
{
	kasan_kunit_test_suite_start();
	multishot = kasan_save_enable_multi_shot();
	return register_trace_console(probe_console, NULL);
}

static void suite_exit(struct kunit_suite *suite)
{
	kasan_kunit_test_suite_end();
	kasan_restore_multi_shot(multishot);
	unregister_trace_console(probe_console, NULL);
	tracepoint_synchronize_unregister();
}

#endif /* __MM_KASAN_PAGE_SHADOW_TEST_H */
