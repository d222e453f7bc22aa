/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Part of engine.c: no TLB has a PTE that is not valid, or whose Access flag is
 * clear. Before a PTE gets another output address, break and TLBI have to end the
 * old one on all CPUs. A CPU that needs a PTE which is not valid takes a fault, and
 * has to try again. The CPUs of hafdbs set the Access flag, on others that is a fault.
 */

unsigned long model_read_tcr_el1(void)
{
	return hafdbs >> model_cpu() & 1 ? TCR_HA : 0;
}

unsigned long model_read_daif(void)
{
	return me ? me->daif : 0;
}

void model_write_daif(unsigned long daif)
{
	if (me)
		me->daif = daif;
}

bool can_fill(int cpu, unsigned int block)
{
	return differs(cpu, block) && pte_valid(*pte_of(block)) &&
	       (pte_young(*pte_of(block)) || hafdbs >> cpu & 1);
}

void fill(int cpu, unsigned int block)
{
	pte_of(block)->pte |= PTE_AF;
	m.tlb[cpu][block].pte = pte_of(block)->pte & ~IGNORED;
}

static void fault(unsigned int block)
{
	pte_t pte = *pte_of(block);
	unsigned long fsc = pte_valid(pte) ? ESR_ELx_FSC_ACCESS_L(3) : ESR_ELx_FSC_FAULT_L(3);
	unsigned int owner = m.broken_by[block], daif = me->daif;

	if (me->in_fault)
		model_fail("fault: the handler of one accesses shadow");
	if (owner && m.actor[owner - 1].cpu == me->cpu)
		model_fail("fault: CPU %d waits for itself to map block %u", me->cpu, block);
	me->in_fault = 1;
	me->daif = 1;
	if (!kasan_arch_fault(shadow_of(block), fsc))
		model_fail("fault: on block %u, and the access is not tried again", block);
	me->daif = daif;
	me->in_fault = 0;
	if (pte_val(*pte_of(block)) != pte_val(pte))
		return;
	if (pte_valid(pte))
		model_fail("fault: an access to block %u is tried again in vain", block);
	model_wait(&pte_of(block)->pte, pte_val(pte));
}

static pte_t walk(unsigned int block, bool write)
{
	while (!pte_val(m.tlb[me->cpu][block]))
		if (can_fill(me->cpu, block))
			fill(me->cpu, block);
		else
			fault(block);
	return m.tlb[me->cpu][block];
}

/* TLBI, and DSB for its completion on all CPUs. Until then they keep what they have. */
void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	unsigned int block = shadow_block(start);
	int cpu;

	if (start % PAGE_SIZE || end != start + PAGE_SIZE)
		model_fail("flush: not one page");
	model_step("TLBI, DSB");
	for (cpu = 0; cpu < nr_tasks; cpu++)
		m.tlb[cpu][block].pte = 0;
	if (block < USED_BLOCKS && !pte_valid(*pte_of(block)))
		m.cached[block] = 0;
}

/* No CPU is stale, so no change is for nothing. */
static bool judge_stamps(void) { return false; }
static u64 blocks_held(void) { return 0; }
void model_arming(const bool *due, bool value) { }

static void check_tlb(int cpu, unsigned int block, pte_t tlb, pte_t pte)
{
	if (pte_val(tlb) != ((pte_val(pte) & ~IGNORED) | MODEL_PRESENT))
		fail("I3: CPU %d sees block %u as it was", cpu, block);
}

/* What a step did to a PTE that was @old. */
static void check_change(unsigned int block, pte_t old)
{
	pte_t new = *pte_of(block);

	if (pte_valid(old) && !pte_valid(new)) {
		m.broken_by[block] = number(me) + 1;
		m.cached[block] = pte_young(old) ? pte_pfn(old) + 1 : 0;
	} else if (pte_valid(old) && pte_young(old) && pte_pfn(old) != pte_pfn(new)) {
		fail("break-before-make: block %u was not broken", block);
	} else if (!pte_valid(old) && pte_valid(new)) {
		if (m.cached[block] && m.cached[block] != pte_pfn(new) + 1)
			fail("break-before-make: no TLBI ended what mapped block %u", block);
		m.cached[block] = m.broken_by[block] = 0;
	}
}

/* Only a PTE that may be replaced at the time is worth another try. */
static void check_aborts(unsigned int block, bool again)
{
	unsigned long fsc;

	for (fsc = 0; fsc <= ESR_ELx_FSC; fsc++)
		if (kasan_arch_fault(shadow_of(block), fsc) !=
		    (again && (fsc == ESR_ELx_FSC_FAULT_L(3) || fsc == ESR_ELx_FSC_ACCESS_L(3))))
			model_fail("fault: %#lx on block %u is not handled as it should be",
				   fsc, block);
	if (kasan_arch_fault(KASAN_SHADOW_START - 1, ESR_ELx_FSC_FAULT_L(3)) ||
	    kasan_arch_fault(KASAN_SHADOW_END, ESR_ELx_FSC_FAULT_L(3)))
		model_fail("fault: one that has nothing to do with shadow is handled");
}
