// SPDX-License-Identifier: GPL-2.0
/*
 * Allocate and free pages and slab in the middle of suspending: on the last CPU, with
 * interrupts off, and the interrupt controller too.
 *
 * For that its callbacks have to be the last of all to suspend, and the first to resume,
 * and so their place is that of the first registered. Each time they ask for a flush of
 * all CPUs as if none was armed yet. Writing to the parameter "check" sees whether hard
 * irq_works still run, of each CPU; calls= and lost= are then what was found.
 */
#define pr_fmt(fmt) "syscore: " fmt

#include <kunit/visibility.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/kasan-page-shadow.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/suspend.h>
#include <linux/syscore_ops.h>

#define NR_PAGES	64
#define NR_OBJECTS	512
#define GFP		(GFP_ATOMIC | __GFP_NOWARN)

static unsigned int calls, lost;
module_param(calls, uint, 0444);
module_param(lost, uint, 0444);

/* From one callback to the next, so across the suspend. */
static struct page *pages[NR_PAGES];
static void *objects[NR_OBJECTS];

static void free_all(void)
{
	unsigned int i;

	for (i = 0; i < NR_OBJECTS; i++) {
		kfree(objects[i]);
		objects[i] = NULL;
	}
	for (i = 0; i < NR_PAGES; i++) {
		if (pages[i])
			__free_page(pages[i]);
		pages[i] = NULL;
	}
}

static void alloc_all(void)
{
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++) {
		pages[i] = alloc_page(GFP);
		if (pages[i])
			memset(page_address(pages[i]), i, PAGE_SIZE);
	}
	for (i = 0; i < NR_OBJECTS; i++) {
		objects[i] = kmalloc(1000, GFP);
		if (objects[i])
			memset(objects[i], i, 1000);
	}
}

static void churn(void)
{
	calls++;
	/* As after a flush that ended just now. */
	WRITE_ONCE(kasan_page_shadow_tlb.due, false);
	free_all();
	alloc_all();
	free_all();
	alloc_all();
}

/*
 * The second time in a hibernation that is only tested, it is in the kernel that ends, on
 * the CPU that goes on: its interrupts would make up for those that were lost.
 */
static bool was_there;

static int churn_suspend(void *unused)
{
	if (!was_there)
		churn();
	was_there = true;
	return 0;
}

static int prepare(struct notifier_block *nb, unsigned long action, void *unused)
{
	if (action == PM_SUSPEND_PREPARE || action == PM_HIBERNATION_PREPARE)
		was_there = false;
	return NOTIFY_OK;
}

static struct notifier_block notifier = { .notifier_call = prepare };

static void churn_resume(void *unused)
{
	churn();
}

static const struct syscore_ops ops = { .suspend = churn_suspend, .resume = churn_resume };
static struct syscore syscore = { .ops = &ops };

static void count(struct irq_work *work)
{
}

static DEFINE_PER_CPU(struct irq_work, works);

static void queue(void *unused)
{
	irq_work_queue(this_cpu_ptr(&works));
}

static int check(const char *unused, const struct kernel_param *kp)
{
	int cpu, tries;

	lost = 0;
	cpus_read_lock();
	for_each_online_cpu(cpu) {
		smp_call_function_single(cpu, queue, NULL, true);
		for (tries = 0; irq_work_is_pending(per_cpu_ptr(&works, cpu)) && tries < 100; tries++)
			msleep(10);
		if (tries == 100) {
			pr_err("cpu %d runs no irq_work\n", cpu);
			lost++;
		}
	}
	cpus_read_unlock();
	pr_info("calls=%u lost=%u\n", calls, lost);
	return 0;
}
module_param_call(check, check, NULL, NULL, 0200);

static int __init syscore_init(void)
{
	int cpu;

	/* Nothing relocates what a module has for each CPU. */
	for_each_possible_cpu(cpu)
		per_cpu(works, cpu) = IRQ_WORK_INIT_HARD(count);
	register_pm_notifier(&notifier);
	register_syscore(&syscore);
	/* It is the last now, so next to the head: be the first. */
	list_move(&syscore.node, syscore.node.next);
	return 0;
}
module_init(syscore_init);

static void __exit syscore_exit(void)
{
	unregister_syscore(&syscore);
	unregister_pm_notifier(&notifier);
	free_all();
}
module_exit(syscore_exit);

MODULE_DESCRIPTION("Allocations in the middle of suspending");
MODULE_LICENSE("GPL");
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
