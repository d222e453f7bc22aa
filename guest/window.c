// SPDX-License-Identifier: GPL-2.0
/*
 * A CPU that comes up runs checked code before it is online, when no flush of all CPUs
 * reaches it. This makes that window as long as reclaim takes.
 *
 * In each round a CPU goes off and on again. Coming up, with interrupts off, it
 *   - poisons memory, so it holds a writable translation of its private shadow page;
 *   - waits, while others free the memory, and anything that may gives up what it can,
 *     for which the script that loads this keeps the shrinker going;
 *   - poisons the memory again, which meanwhile was allocated and pinned anew.
 * The shadow page that the PTE then maps must hold what it wrote last. And the page must
 * not have been given up at all: a CPU can have found the block private just before, and
 * be about to store to its page by another mapping, as it does for pages not pinned.
 *
 * Loading the module runs the test; bad= is how many of these it found wrong.
 */
#define pr_fmt(fmt) "window: " fmt

#include <kunit/visibility.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/kasan-page-shadow.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>

static unsigned int rounds = 3;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "how often the CPU comes up (default 3)");

static unsigned int window_ms = 2500;
module_param(window_ms, uint, 0444);
MODULE_PARM_DESC(window_ms, "how long it waits, if the page is not given up (default 2500)");

/* One of those that only other machines use, but among those with interrupts off. */
#define STATE		CPUHP_AP_JCORE_TIMER_STARTING
#define BLOCK_ORDER	3
#define PAGE_FREE	0xff
#define FIRST		0xf1
#define SECOND		0xf2
#define BYTE		5

static u8 *memory;
static int cpu = 1;
static enum { COMING, STORED, GO, DONE } step;
static DECLARE_COMPLETION(is_up);

static int starting(unsigned int unused)
{
	u8 *shadow = kasan_mem_to_shadow(memory);

	WRITE_ONCE(shadow[BYTE], FIRST);
	smp_store_release(&step, STORED);
	while (smp_load_acquire(&step) != GO)
		cpu_relax();
	WRITE_ONCE(shadow[BYTE], SECOND);
	smp_store_release(&step, DONE);
	return 0;
}

static int bring_up(void *unused)
{
	if (add_cpu(cpu))
		pr_err("cpu %d did not come up\n", cpu);
	complete(&is_up);
	return 0;
}

static unsigned long frame(void)
{
	return pte_pfn(kasan_page_shadow_pte(memory));
}

static bool pin(void)
{
	return kasan_page_shadow_pin(memory, PAGE_SIZE, GFP_KERNEL, true, false);
}

static void free_memory(void)
{
	kasan_page_shadow_set(memory, PAGE_SIZE, PAGE_FREE);
}

/* Returns how much is wrong, or an error. */
static int run(void)
{
	unsigned long was, end;
	const u8 *shadow;
	int bad = 0;

	if (remove_cpu(cpu))
		return -EBUSY;
	if (!pin())
		return -ENOMEM;
	was = frame();
	step = COMING;
	reinit_completion(&is_up);
	if (IS_ERR(kthread_run(bring_up, NULL, "window")))
		return -ENOMEM;

	end = jiffies + 20 * HZ;
	while (smp_load_acquire(&step) != STORED && time_before(jiffies, end))
		msleep(1);
	if (smp_load_acquire(&step) != STORED) {
		pr_err("cpu %d does not come\n", cpu);
		return -ETIME;
	}
	free_memory();
	end = jiffies + msecs_to_jiffies(window_ms);
	while (frame() == was && time_before(jiffies, end))
		msleep(1);
	if (frame() != was) {
		pr_err("wrong: a shadow page was given up while a CPU came up\n");
		bad++;
	}
	kasan_page_shadow_set(memory, PAGE_SIZE, 0);
	if (!pin())
		bad = -ENOMEM;
	smp_store_release(&step, GO);
	while (smp_load_acquire(&step) != DONE)
		cpu_relax();
	shadow = page_address(pte_page(kasan_page_shadow_pte(memory)));
	if (bad >= 0 && shadow[BYTE] != SECOND) {
		pr_err("wrong: a store went to a shadow page that had been given up: %#x, and %#x there\n",
		       shadow[BYTE], ((u8 *)page_address(pfn_to_page(was)))[BYTE]);
		bad++;
	}
	wait_for_completion(&is_up);
	free_memory();
	kasan_page_shadow_set(memory, PAGE_SIZE, 0);
	return bad;
}

static int __init window_init(void)
{
	int found = 0, bad = 0;
	unsigned int round;

	memory = (u8 *)__get_free_pages(GFP_KERNEL, BLOCK_ORDER);
	if (!memory)
		return -ENOMEM;
	cpu = cpumask_last(cpu_online_mask);
	if (cpuhp_setup_state_nocalls(STATE, "test:window", starting, NULL)) {
		free_pages((unsigned long)memory, BLOCK_ORDER);
		return -EBUSY;
	}
	for (round = 0; round < rounds && found >= 0; round++) {
		found = run();
		bad += found < 0 ? 1 : found;
	}
	/* The state goes when no CPU is in it. */
	cpuhp_remove_state_nocalls(STATE);
	free_pages((unsigned long)memory, BLOCK_ORDER);
	pr_info("cpu=%d rounds=%u error=%d bad=%d\n", cpu, round, min(found, 0), bad);
	return 0;
}
module_init(window_init);

static void __exit window_exit(void)
{
}
module_exit(window_exit);

MODULE_DESCRIPTION("Reclaim of shadow while a CPU comes up");
MODULE_LICENSE("GPL");
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
