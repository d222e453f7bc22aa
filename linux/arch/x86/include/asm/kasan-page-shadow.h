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
 */

/* Whether CPUs may go on with a translation that was replaced, until flushed. */
#define KASAN_ARCH_STALE		1

/* Fill shadow, some multiple of 512 bytes. */
#define kasan_arch_fill(shadow, value, size) \
	memset64(shadow, (value) * (~0ULL / 0xff), (size) / sizeof(u64))

/*
 * Nine bits of a PTE for the index of a pattern and that it is one: ignored (Intel SDM
 * vol. 3A, table 4-20), 59 and 60 while there are no protection keys for supervisor pages.
 */
#define KASAN_ARCH_PATTERN_SHIFT	52

/* How patterns are mapped. */
#define kasan_arch_pattern_prot()	PAGE_KERNEL_RO

/* The PTE; waits for kasan_arch_replace() elsewhere if it is not valid meanwhile. */
#define kasan_arch_ptep_get(ptep)	ptep_get(ptep)

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

/*
 * Replace *@ptep, which maps @shadow, if it is *@old; if not, update *@old. A full
 * barrier, after which this CPU sees it. Preemption is off.
 */
static inline bool kasan_arch_replace(unsigned long shadow, pte_t *ptep, pte_t *old, pte_t new)
{
	if (!try_cmpxchg(&ptep->pte, &old->pte, new.pte))
		return false;
	kasan_arch_flush_page(shadow);
	return true;
}

/* Flush everything on this CPU. Preemption is off. */
#define kasan_arch_flush_local()	__flush_tlb_all()

/*
 * Flush everything on all CPUs, and do not return before each had interrupts on.
 * Both is what interrupting them all does. May sleep.
 */
#define kasan_arch_flush_all()		flush_tlb_all()

#endif /* _ASM_X86_KASAN_PAGE_SHADOW_H */
