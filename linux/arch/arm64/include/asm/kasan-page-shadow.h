/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_ARM64_KASAN_PAGE_SHADOW_H
#define _ASM_ARM64_KASAN_PAGE_SHADOW_H

#include <linux/pgtable.h>

#include <asm/daifflags.h>
#include <asm/tlbflush.h>

/*
 * What mm/kasan/page_shadow.c asks of an architecture, see the header of x86.
 * Sections are those of the Arm ARM, DDI 0487J.a.
 *
 * While a TLB can hold a PTE, it may not get another output address whose memory
 * differs or is written to: the PE may then use either or both, and accesses are
 * neither atomic nor coherent (D8.16.1, Using break-before-make). So it is made
 * invalid, TLBI and DSB end all translations on all PEs and the accesses through
 * them, and then it gets its new value. No CPU is ever stale.
 *
 * A CPU that needs the PTE meanwhile takes a translation fault, which no TLB holds,
 * and repeats the access until the PTE is valid. For that
 *   - it comes back from the fault before it runs anything that KASAN checks: the
 *     check could fault again, and again until the stack ends. See el1_abort().
 *     KVM's code for VHE has other vectors, and is not checked at all.
 *   - nothing runs between on the CPU that replaces the PTE, or it could wait for
 *     itself. PSTATE.DAIF masks pseudo-NMIs too: their priority only matters while
 *     PSTATE.I is clear. SDEI, which nothing masks, is refused while page shadow is on.
 *   - the invalid PTE is not 0, as those are that nothing ever mapped.
 *
 * With hardware management of the Access flag (D8.5.1), patterns are mapped with
 * the flag clear. No TLB holds such an entry: a walk sets the flag first, in one
 * atomic step with finding that the entry has not changed. So there is nothing to
 * break if compare-and-exchange finds it clear.
 *
 * So there are no stamps, and nothing is to be flushed by a CPU for itself.
 */

#define KASAN_ARCH_STAMP_SHIFT	0
#define KASAN_ARCH_STAMP_BITS	0
static inline void kasan_arch_flush_page(unsigned long shadow) { }
static inline void kasan_arch_flush_local(void) { }
#define kasan_arch_pte_pfn(pte)	pte_pfn(pte)
#define kasan_arch_fill(shadow, value, size)	__memset(shadow, value, size)

static inline pgprot_t kasan_arch_pattern_prot(void)
{
	pgprot_t prot = PAGE_KERNEL_RO;

	if (read_sysreg(tcr_el1) & TCR_HA)
		pgprot_val(prot) &= ~PTE_AF;
	return prot;
}

static inline pte_t kasan_arch_ptep_get(pte_t *ptep)
{
	return __pte(smp_cond_load_relaxed(&pte_val(*ptep), VAL & PTE_VALID));
}

static __always_inline bool kasan_arch_replace(unsigned long shadow, pte_t *ptep, pte_t *old,
					       pte_t new)
{
	pteval_t broken = pte_val(*old) & ~PTE_VALID;
	bool cached = pte_young(*old) && pte_val(*old) != pte_val(new), done;
	unsigned long flags = read_sysreg(daif);

	write_sysreg(DAIF_MASK, daif);
	done = try_cmpxchg(&pte_val(*ptep), &pte_val(*old), cached ? broken : pte_val(new));
	if (done && cached) {
		flush_tlb_kernel_range(shadow, shadow + PAGE_SIZE);
		WRITE_ONCE(pte_val(*ptep), pte_val(new));
	}
	/* Walks of this CPU see it from here on. */
	dsb(ishst);
	isb();
	write_sysreg(flags, daif);

	if (!done)
		*old = kasan_arch_ptep_get(ptep);
	return done;
}

#ifdef CONFIG_KASAN_PAGE_SHADOW
bool kasan_arch_fault(unsigned long far, unsigned long esr);
#else
static __always_inline bool kasan_arch_fault(unsigned long far, unsigned long esr)
{ return false; }
#endif

#endif /* _ASM_ARM64_KASAN_PAGE_SHADOW_H */
