// SPDX-License-Identifier: GPL-2.0
/*
 * Areas of vmalloc space come and go. What is written to the parameter "step" is done
 * before the write returns:
 *   threads  1,500 threads, all alive at once, end
 *   purge    what they and others freed is given back
 *   cover    128 areas of 1 MiB, many of which lie over the stacks of those threads
 *   areas    4,000 areas of 32 KiB are allocated, then freed
 */
#define pr_fmt(fmt) "areas: " fmt

#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched/task_stack.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#define THREADS	1500
#define AREAS	4000
#define COVERS	128

static void *ptrs[AREAS];
static unsigned long first, last;	/* stacks */

static int thread(void *unused)
{
	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int step_threads(void)
{
	struct task_struct *task;
	unsigned int i, nr;

	first = ULONG_MAX;
	last = 0;
	for (nr = 0; nr < THREADS; nr++) {
		task = kthread_run(thread, NULL, "areas/%u", nr);
		if (IS_ERR(task))
			break;
		first = min(first, (unsigned long)task_stack_page(task));
		last = max(last, (unsigned long)task_stack_page(task));
		ptrs[nr] = task;
	}
	for (i = 0; i < nr; i++)
		kthread_stop(ptrs[i]);
	return nr < THREADS ? -ENOMEM : 0;
}

static void nothing(struct work_struct *unused)
{
}

/*
 * Stacks are freed after a grace period, and by a work item. A quarter of the addresses that
 * are kept for areas of the same size is given back each time.
 */
static int step_purge(void)
{
	unsigned int i, cpu;
	static DECLARE_WORK(after, nothing);

	rcu_barrier();
	for_each_online_cpu(cpu) {
		schedule_work_on(cpu, &after);
		flush_work(&after);
	}
	for (i = 0; i < 50; i++)
		vm_unmap_aliases();
	return 0;
}

static int step_cover(void)
{
	unsigned int i, nr, covers = 0;

	for (nr = 0; nr < COVERS; nr++) {
		ptrs[nr] = vmalloc(SZ_1M);
		if (!ptrs[nr])
			break;
		covers += (unsigned long)ptrs[nr] >= first && (unsigned long)ptrs[nr] < last;
	}
	for (i = 0; i < nr; i++)
		vfree(ptrs[i]);
	return nr < COVERS ? -ENOMEM : covers < COVERS / 4 ? -ENOENT : 0;
}

static int step_areas(void)
{
	unsigned int i, nr;

	for (nr = 0; nr < AREAS; nr++) {
		ptrs[nr] = vmalloc(SZ_32K);
		if (!ptrs[nr])
			break;
	}
	for (i = 0; i < nr; i++)
		vfree(ptrs[i]);
	return nr < AREAS ? -ENOMEM : 0;
}

static int set_step(const char *val, const struct kernel_param *unused)
{
	if (sysfs_streq(val, "threads"))
		return step_threads();
	if (sysfs_streq(val, "purge"))
		return step_purge();
	if (sysfs_streq(val, "cover"))
		return step_cover();
	if (sysfs_streq(val, "areas"))
		return step_areas();
	return -EINVAL;
}

static const struct kernel_param_ops step_ops = { .set = set_step };
module_param_cb(step, &step_ops, NULL, 0200);
MODULE_PARM_DESC(step, "what to do, see above");

static int __init areas_init(void)
{
	return 0;
}

static void __exit areas_exit(void)
{
}

module_init(areas_init);
module_exit(areas_exit);
MODULE_DESCRIPTION("Areas of vmalloc space that come and go");
MODULE_LICENSE("GPL");
