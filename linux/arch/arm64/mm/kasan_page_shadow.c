// SPDX-License-Identifier: GPL-2.0
/* Faults on shadow whose PTE is being replaced, see its header; and stacks in the direct map. */

#include <linux/debugfs.h>
#include <linux/kasan.h>
#include <linux/kasan-page-shadow.h>
#include <linux/percpu.h>
#include <linux/pgtable.h>

#include <asm/esr.h>
#include <asm/kasan-page-shadow.h>
#include <asm/stacktrace.h>

static DEFINE_PER_CPU(unsigned long, faults);

/**
 * kasan_arch_fault() - find out about an abort at EL1
 * @far: the address
 * @esr: the syndrome
 *
 * A CPU that needs shadow whose PTE is being replaced has to try again, before it runs
 * anything that KASAN checks. If it faults at level 3, the page table exists. A PTE that
 * is neither 0 nor valid is being replaced, and a valid one was.
 *
 * Context: Any, even before an exception is accounted for.
 * Return: whether to return from the abort, and try again.
 */
noinstr bool kasan_arch_fault(unsigned long far, unsigned long esr)
{
	unsigned long fsc = esr & ESR_ELx_FSC;
	pte_t *ptep;

	if (far < KASAN_SHADOW_START || far >= KASAN_SHADOW_END ||
	    (fsc != ESR_ELx_FSC_FAULT_L(3) && fsc != ESR_ELx_FSC_ACCESS_L(3)))
		return false;
	ptep = virt_to_kpte(far);
	if (pte_none(ptep_get(ptep)))
		return false;
	raw_cpu_inc(faults);
	/* A CPU that does not manage the Access flag, unlike the one that booted. */
	if (fsc == ESR_ELx_FSC_ACCESS_L(3))
		arch_set_bit(ilog2(PTE_AF), (unsigned long *)ptep);
	return true;
}

/*
 * Code that KASAN checks stores redzones in the shadow of the stack that it runs on. These
 * stacks are the only ones in the direct map, and once they are used it is too late to pin.
 * To tell of an overflow takes all of one, so with as much below.
 */
static int __init pin_overflow_stacks(void)
{
	void *stack;
	int cpu;

	for_each_possible_cpu(cpu) {
		stack = per_cpu(overflow_stack, cpu);
		if (!kasan_page_shadow_pin(stack - OVERFLOW_STACK_SIZE, 2 * OVERFLOW_STACK_SIZE,
					   GFP_KERNEL, true, false))
			return -ENOMEM;
	}
	return 0;
}
early_initcall(pin_overflow_stacks);

static int faults_show(struct seq_file *m, void *unused)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(faults, cpu));
	seq_printf(m, "transient_faults %lu\n", sum);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(faults);

static int __init faults_init(void)
{
	debugfs_create_file("transient_faults", 0400, debugfs_lookup("kasan", NULL), NULL,
			    &faults_fops);
	return 0;
}
late_initcall(faults_init);
