// SPDX-License-Identifier: GPL-2.0
/*
 * Code that KASAN checks stores redzones in the shadow of its stack. See that no stack on
 * which the kernel can run has shadow that is read-only, as a pattern's or a shared page is.
 *
 * Loading the module looks at the stacks of all CPUs and tasks that can be named, and tells
 * how many there are of each kind; bad= is how many have such shadow. What it cannot reach
 * by itself are parameters: addresses of symbols as of _stext, but of per-CPU symbols of
 * older x86 as they are. With use=1 it also runs on the stacks it can get to: each printks and has a
 * bad access reported. With overflow=task or overflow=irq it then exhausts such a stack.
 * On arm64, sdei=1 first asks for stacks of SDEI, as its driver does if firmware has that.
 */
#define pr_fmt(fmt) "stacks: " fmt

#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/version.h>

#ifdef CONFIG_X86
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <asm/cpu_entry_area.h>
#include <asm/nmi.h>
#include <asm/pgtable.h>
#else
#include <linux/arm-smccc.h>
#include <asm/stacktrace.h>
#endif

static unsigned long text;
module_param(text, ulong, 0444);

static char *overflow = "";
module_param(overflow, charp, 0444);

static bool use, sdei;
module_param(sdei, bool, 0444);
module_param(use, bool, 0444);

/* 0 where the kernel has none. */
#define SYMBOL(name)					\
	static unsigned long name##_at;			\
	module_param_named(name, name##_at, ulong, 0444)
SYMBOL(idle_threads);
/* Until Linux 6.14, x86's per-CPU symbols are not moved with the kernel. */
#if defined(CONFIG_X86) && LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
#define PERCPU_FIXED 1
#define irq_stack_end(cpu) per_cpu(pcpu_hot.hardirq_stack_ptr, cpu)
#else
#define PERCPU_FIXED 0
#endif
#if defined(CONFIG_X86) && !PERCPU_FIXED
SYMBOL(hardirq_stack_ptr);
#define irq_stack_end(cpu) \
	(*(void **)per_cpu_ptr(percpu_symbol(hardirq_stack_ptr_at), cpu))
#endif
#ifndef CONFIG_X86
SYMBOL(irq_stack_ptr);
SYMBOL(overflow_stack);
SYMBOL(efi_rt_stack_top);
SYMBOL(sdei_stack_normal_ptr);
SYMBOL(sdei_stack_critical_ptr);
SYMBOL(sdei_arch_get_entry_point);
#endif

static unsigned int bad;

static bool is_writable(unsigned long addr)
{
#ifdef CONFIG_X86
	unsigned int level;
	pte_t *pte = lookup_address(addr, &level);

	return pte && pte_present(*pte) && pte_write(*pte);
#else
	unsigned long flags, par;

	local_irq_save(flags);
	asm volatile("at s1e1w, %0" : : "r" (addr));
	isb();
	par = read_sysreg_par();
	local_irq_restore(flags);
	return !(par & SYS_PAR_EL1_F);
#endif
}

/* Returns 1. */
static unsigned int look(const char *name, int cpu, const void *stack, size_t size)
{
	unsigned long shadow = (unsigned long)kasan_mem_to_shadow(stack);
	unsigned long last = (unsigned long)kasan_mem_to_shadow(stack + size - 1);

	for (shadow = PAGE_ALIGN_DOWN(shadow); shadow <= last; shadow += PAGE_SIZE) {
		if (is_writable(shadow))
			continue;
		if (bad++ < 10)
			pr_err("wrong: the shadow of %s %d at %lx cannot be written\n", name, cpu,
			       (unsigned long)stack);
		break;
	}
	return 1;
}

static void __percpu *percpu_symbol(unsigned long at)
{
	return (void __percpu *)(PERCPU_FIXED ? at : text + at);
}

static void look_at_tasks(void)
{
	unsigned int idle = 0, tasks = 0;
	struct task_struct *p, *t;
	int cpu;

	rcu_read_lock();
	for_each_process_thread(p, t)
		if (!t->exit_state)
			tasks += look("task", t->pid, task_stack_page(t), THREAD_SIZE);
	rcu_read_unlock();
	look("init_task of CPU", 0, task_stack_page(&init_task), THREAD_SIZE);
	for_each_online_cpu(cpu) {
		struct task_struct **t = per_cpu_ptr(percpu_symbol(idle_threads_at), cpu);

		idle += look("idle task of CPU", cpu, task_stack_page(*t), THREAD_SIZE);
	}
	pr_info("found %u task, %u idle\n", tasks, idle);
}

#ifdef CONFIG_X86
#define LOOK_AT(cea, cpu, name) \
	look(#name " stack of CPU", cpu, (void *)CEA_ESTACK_BOT(&(cea)->estacks, name), \
	     CEA_ESTACK_SIZE(name))

static void look_at_others(void)
{
	unsigned int irq = 0, entry = 0, df = 0, nmi = 0, db = 0, mce = 0, vc = 0;
	int cpu;

	for_each_online_cpu(cpu) {
		struct cpu_entry_area *cea = get_cpu_entry_area(cpu);

		irq += look("IRQ stack of CPU", cpu,
			    irq_stack_end(cpu) + 8 - IRQ_STACK_SIZE,
			    IRQ_STACK_SIZE);
		entry += look("entry stack of CPU", cpu, &cea->entry_stack_page, PAGE_SIZE);
		df += LOOK_AT(cea, cpu, DF);
		nmi += LOOK_AT(cea, cpu, NMI);
		db += LOOK_AT(cea, cpu, DB);
		mce += LOOK_AT(cea, cpu, MCE);
		vc += LOOK_AT(cea, cpu, VC) && LOOK_AT(cea, cpu, VC2);
	}
	pr_info("found %u irq, %u entry, %u df, %u nmi, %u db, %u mce, %u vc\n", irq, entry, df,
		nmi, db, mce, vc);
}
#else
static void *symbol(unsigned long at)
{
	return (void *)(text + at);
}

static void ask_for_sdei(void)
{
	unsigned long (*get_entry_point)(int conduit) = symbol(sdei_arch_get_entry_point_at);

	if (sdei && sdei_arch_get_entry_point_at)
		pr_info("sdei=%d\n", get_entry_point(SMCCC_CONDUIT_HVC) != 0);
}

static unsigned int look_by_pointer(const char *name, unsigned long at, size_t size)
{
	unsigned int nr = 0;
	void **stack;
	int cpu;

	if (!at)
		return 0;
	for_each_online_cpu(cpu) {
		stack = per_cpu_ptr(percpu_symbol(at), cpu);
		if (*stack)
			nr += look(name, cpu, *stack, size);
	}
	return nr;
}

static void look_at_others(void)
{
	unsigned int irq, sdei, overflows = 0, efi = 0;
	void *top = efi_rt_stack_top_at ? *(void **)symbol(efi_rt_stack_top_at) : NULL;
	int cpu;

	ask_for_sdei();
	irq = look_by_pointer("IRQ stack of CPU", irq_stack_ptr_at, IRQ_STACK_SIZE);
	sdei = look_by_pointer("SDEI stack of CPU", sdei_stack_normal_ptr_at, THREAD_SIZE) +
	       look_by_pointer("critical SDEI stack of CPU", sdei_stack_critical_ptr_at,
			       THREAD_SIZE);
	for_each_possible_cpu(cpu)
		overflows += look("overflow stack of CPU", cpu,
				  per_cpu_ptr(percpu_symbol(overflow_stack_at), cpu),
				  OVERFLOW_STACK_SIZE);
	if (top)
		efi = look("EFI stack", 0, top - THREAD_SIZE, THREAD_SIZE);
	pr_info("found %u irq, %u overflow, %u efi, %u sdei\n", irq, overflows, efi, sdei);
}
#endif

/* As any code on a stack does: a redzone, a line on the console, and a report. */
static u8 *freed;

static noinline void use_stack(void *name)
{
	char on_stack[24];

	snprintf(on_stack, sizeof(on_stack), "on %s", (char *)name);
	pr_info("%s of CPU %d at %px\n", on_stack, smp_processor_id(), on_stack);
	READ_ONCE(*READ_ONCE(freed));
}

static struct completion done;

static void softirq_fn(unsigned long unused)
{
	use_stack("softirq");
	complete(&done);
}

static DECLARE_TASKLET_OLD(tasklet, softirq_fn);

#ifdef CONFIG_X86
static bool nmi_seen;

static int nmi_fn(unsigned int type, struct pt_regs *regs)
{
	if (xchg(&nmi_seen, true))
		return NMI_DONE;
	use_stack("nmi");
	return NMI_HANDLED;
}

static u64 watched;

static void db_fn(struct perf_event *event, struct perf_sample_data *data, struct pt_regs *regs)
{
	use_stack("db");
}

static void use_exceptions(void)
{
	struct perf_event * __percpu *events;
	struct perf_event_attr attr;

	if (register_nmi_handler(NMI_LOCAL, nmi_fn, 0, "stacks"))
		return;
	/* As an interrupt controller may not be asked by a module. */
	asm volatile("int $2");
	unregister_nmi_handler(NMI_LOCAL, "stacks");

	hw_breakpoint_init(&attr);
	attr.bp_addr = (unsigned long)&watched;
	attr.bp_len = HW_BREAKPOINT_LEN_8;
	attr.bp_type = HW_BREAKPOINT_W;
	events = register_wide_hw_breakpoint(&attr, db_fn, NULL);
	if (IS_ERR_PCPU(events))
		return;
	WRITE_ONCE(watched, 1);
	unregister_wide_hw_breakpoint(events);
}
#else
static void use_exceptions(void)
{
}
#endif

static void use_stacks(void)
{
	int cpu;

	freed = kmalloc(64, GFP_KERNEL);
	if (!freed)
		return;
	kfree(freed);
	use_stack("task");
	/* Not of this CPU, where it would be a call. */
	for_each_online_cpu(cpu)
		if (cpu != raw_smp_processor_id())
			smp_call_function_single(cpu, use_stack, "irq", true);
	init_completion(&done);
	tasklet_schedule(&tasklet);
	wait_for_completion(&done);
	use_exceptions();
}

static noinline unsigned int exhaust(unsigned int depth)
{
	volatile char frame[512];

	frame[depth % sizeof(frame)] = depth;
	return depth ? exhaust(depth - 1) + frame[depth % sizeof(frame)] : 0;
}

static void exhaust_here(void *unused)
{
	exhaust(1000);
}

static int __init stacks_init(void)
{
	look_at_tasks();
	look_at_others();
	pr_info("bad=%u\n", bad);
	if (use)
		use_stacks();
	if (!strcmp(overflow, "task"))
		exhaust_here(NULL);
	else if (!strcmp(overflow, "irq"))
		smp_call_function_single(cpumask_any_but(cpu_online_mask, raw_smp_processor_id()),
					 exhaust_here, NULL, true);
	return 0;
}
module_init(stacks_init);

static void __exit stacks_exit(void)
{
}
module_exit(stacks_exit);

MODULE_DESCRIPTION("Shadow of all stacks");
MODULE_LICENSE("GPL");
