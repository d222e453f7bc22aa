/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_X86_KASAN_PAGE_SHADOW_H
#define _ASM_X86_KASAN_PAGE_SHADOW_H

#include <asm/tlb.h>
#include <asm/tlbflush.h>

/*
 * What mm/kasan/page_shadow.c asks of an architecture, in any context.
 *
 * An x86 PTE in use may get another frame at any time: until they are flushed,
 * CPUs use the old translation or the new one and do not fault on reads. A
 * store through a stale read-only translation faults, which drops it (Intel SDM
 * vol. 3A, 4.10.4.1), and spurious_kernel_fault() lets it try again.
 *
 * flush_tlb_all() must not return before each CPU had interrupts on: it does not,
 * as it interrupts them all.
 */

/* Replace *@ptep if it is *@old; if not, update *@old. A full barrier. */
static inline bool kasan_arch_pte_cmpxchg(pte_t *ptep, pte_t *old, pte_t new)
{
	return try_cmpxchg(&ptep->pte, &old->pte, new.pte);
}

/*
 * Flush a shadow page on this CPU. Preemption is off. flush_tlb_one_kernel() does
 * no more without PTI, but in 50 instructions, as KASAN checks it too.
 */
static inline void kasan_arch_flush_page(unsigned long shadow)
{
	if (cpu_feature_enabled(X86_FEATURE_PTI))
		flush_tlb_one_kernel(shadow);
	else
		invlpg(shadow);
}

/* Flush everything on this CPU. Preemption is off. */
#define kasan_arch_flush_local()	__flush_tlb_all()

#endif /* _ASM_X86_KASAN_PAGE_SHADOW_H */
