/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Part of engine.c: TLBs keep what was replaced until they are flushed, but take only
 * what has the accessed flag set, which they do in one step with it.
 */

bool can_fill(int cpu, unsigned int block)
{
	return is_running(cpu) && differs(cpu, block);
}

void fill(int cpu, unsigned int block)
{
	pte_of(block)->pte |= MODEL_AF;
	m.tlb[cpu][block].pte = pte_of(block)->pte & ~IGNORED;
}

static pte_t walk(unsigned int block, bool write)
{
	pte_t *tlb;

	for (;;) {
		tlb = &m.tlb[me->cpu][block];
		if (!pte_val(*tlb))
			fill(me->cpu, block);
		if (!write || pte_write(*tlb) || !pte_write(*pte_of(block)))
			return *tlb;
		tlb->pte = 0;		/* a spurious fault */
		model_step("fault");
	}
}

/* How far the number of the flush that a PTE is stamped with is above what is counted. */
static unsigned long above(pte_t pte)
{
	return ((pte_val(pte) >> KASAN_ARCH_STAMP_SHIFT) - flushes) % BIT(KASAN_ARCH_STAMP_BITS);
}

/* Whether that flush is over, as the core is to know it. */
static bool has_passed(pte_t pte)
{
	return !(pte_val(pte) & STAMPS) || above(pte) > 4;
}

/* I8 says nothing where an old stamp may look like one of the next. */
static bool judge_stamps(void)
{
	return me && !m.wrapped && flushes - m.first < BIT(KASAN_ARCH_STAMP_BITS) - 4;
}

/* Blocks of this operation of which a CPU may have what was replaced */
static u64 blocks_held(void)
{
	unsigned int block = me->op.page / 8, last = (me->op.page + max(me->op.nr, 1) - 1) / 8;
	u64 held = 0;

	for (; block <= last && block < USED_BLOCKS; block++)
		if (m.need[block] > flushes / 2)
			held |= BIT(block);
	return held;
}

/* Nobody else sees this CPU's TLB, but the task may come to another CPU. */
static void step_migrate(const char *what)
{
	if (is_random || m.migrations)
		model_step(what);
}

/* This CPU's TLB, or NULL where the model has none. */
static pte_t *own_tlb(const char *what)
{
	if (answering)
		return m.tlb[answering - 1];
	if (!me)
		return NULL;
	if (!me->preempt_off && !me->irqs_off)
		model_fail("flush: this CPU's TLB, while preemption is on");
	step_migrate(what);
	return me->cpu < MAX_TASKS ? m.tlb[me->cpu] : NULL;
}

void model_flush_page(unsigned long shadow)
{
	pte_t *tlb = own_tlb("flush page");
	unsigned int block = shadow_block(shadow);

	if (judge_stamps() && me->op.kind != CHECK && me->cached != block + 1 &&
	    (!(me->held >> block & 1) || me->op.kind == ALLOC))
		model_fail("I8: block %u is flushed, and no CPU can be stale", block);
	if (tlb && block < USED_BLOCKS)
		tlb[block].pte = 0;
}

void model_flush_local(void)
{
	pte_t *tlb = own_tlb("flush local");

	if (tlb)
		memset(tlb, 0, sizeof(m.tlb[0]));
}

void model_arming(const bool *due, bool value)
{
	if (value && due == &kasan_page_shadow_tlb.due && judge_stamps() &&
	    me->op.kind < HOTPLUG &&
	    (!(me->held || me->cached) || me->op.kind == ALLOC || me->op.kind == WIPE ||
	     me->op.kind == END))
		model_fail("I8: a flush is armed, and no CPU may miss anything");
}

/* What a step did to a PTE that was @old. */
static void check_change(unsigned int block, pte_t old)
{
	pte_t new = *pte_of(block);
	u64 bits = pte_val(old) ^ pte_val(new);
	unsigned long next = (flushes + 3) / 2;
	bool replaced = bits & ~(MODEL_AF | STAMPS);
	bool cached = replaced && pte_young(old) && pte_pfn(old) != pte_pfn(new);

	if (!(bits & ~MODEL_AF))
		return;
	if (cached || !replaced)
		m.need[block] = max(m.need[block], next);
	if (replaced) {
		me->cached = cached ? block + 1 : 0;
		me->replaced = cached && me->cpu < MAX_TASKS &&
			       pte_pfn(m.tlb[me->cpu][block]) == pte_pfn(old) ?
			       pte_val(m.tlb[me->cpu][block]) : 0;
	}
	if (replaced && is_pattern(new) && pte_young(new) &&
	    boot_cpu_data.x86_vendor == X86_VENDOR_INTEL)
		fail("I8: block %u is mapped as if it were cached", block);
	if (pte_val(new) & ~STAMPS & ~(BIT(KASAN_ARCH_STAMP_SHIFT) - 1))
		fail("stamp: bits of block %u that are not for it", block);
	if (judge_stamps() && !has_passed(new) && (flushes + above(new) + 1) / 2 > m.need[block])
		fail("I8: block %u is held for longer than a CPU can be stale", block);
}

static void check_tlb(int cpu, unsigned int block, pte_t tlb, pte_t pte)
{
	if (!pte_young(tlb))
		fail("MMU: CPU %d took block %u without the accessed flag", cpu, block);
	if ((pte_pfn(tlb) != pte_pfn(pte) || !pte_young(pte)) && has_passed(pte))
		fail("I3: CPU %d can be stale for block %u, and the PTE does not say so", cpu, block);
}

static void check_aborts(unsigned int block, bool again) { }
