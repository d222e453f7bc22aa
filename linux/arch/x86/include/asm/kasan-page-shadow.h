/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_X86_KASAN_PAGE_SHADOW_H
#define _ASM_X86_KASAN_PAGE_SHADOW_H

#include <asm/processor.h>
#include <asm/tlbflush.h>

/*
 * What mm/kasan/page_shadow.c asks of an architecture, in any context. SDM is Intel's
 * Software Developer's Manual, vol. 3A; APM is AMD's Architecture Programmer's Manual,
 * vol. 2.
 *
 * An x86 PTE in use may get another frame at any time: until they are flushed, CPUs use
 * the old translation or the new one and do not fault on reads. A store through a stale
 * read-only translation faults, which drops it (SDM 4.10.4.1), and
 * spurious_kernel_fault() lets it try again.
 */

/* Bits of a PTE for a stamp: ignored (SDM table 4-20, APM 5.4), and not protection keys. */
#define KASAN_ARCH_STAMP_SHIFT		52
#define KASAN_ARCH_STAMP_BITS		7

/* Fill shadow, some multiple of 512 bytes. */
#define kasan_arch_fill(shadow, value, size) \
	memset64(shadow, (value) * (~0ULL / 0xff), (size) / sizeof(u64))

/*
 * How patterns are mapped: with the accessed flag clear, if nothing takes a translation
 * without setting it first. That is promised by Intel (SDM 4.10.2.3) and AMD (APM 5.4.2,
 * Notes on Accessed and Dirty Bits). With it set, all are taken to be cached.
 */
static inline pgprot_t kasan_arch_pattern_prot(void)
{
	u8 vendor = boot_cpu_data.x86_vendor;

	if (vendor != X86_VENDOR_INTEL && vendor != X86_VENDOR_AMD)
		return PAGE_KERNEL_RO;
	return __pgprot(pgprot_val(PAGE_KERNEL_RO) & ~_PAGE_ACCESSED);
}

/* pte_pfn(), but no call if built for PV guests of Xen: user access may be enabled. */
#define kasan_arch_pte_pfn(p)		(((p).pte & PTE_PFN_MASK) >> PAGE_SHIFT)

/* The PTE; waits for kasan_arch_replace() elsewhere if it is not valid meanwhile. */
#define kasan_arch_ptep_get(ptep)	ptep_get(ptep)

/*
 * Flush a shadow page on this CPU. Preemption is off. With page table isolation, INVLPG
 * does so for the address space in use only, and that is enough: the CPU sees its change
 * until it switches to another one, in which it is like another CPU. So does the second
 * look, which concerns the one in use. A flush of all reaches all of them.
 */
#define kasan_arch_flush_page(shadow)	invlpg(shadow)

/* Flush everything on this CPU. Preemption is off. */
#define kasan_arch_flush_local()	__flush_tlb_all()

/* Replace *@ptep, which maps @shadow, if it is *@old; if not, update it. A full barrier. */
#define kasan_arch_replace(shadow, ptep, old, new) \
	((void)(shadow), try_cmpxchg(&(ptep)->pte, &(old)->pte, (new).pte))

#endif /* _ASM_X86_KASAN_PAGE_SHADOW_H */
