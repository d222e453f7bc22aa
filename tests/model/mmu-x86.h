/* SPDX-License-Identifier: GPL-2.0 */
/* Part of engine.c: TLBs keep what was replaced until they are flushed. */

bool can_fill(int cpu, unsigned int block)
{
	return differs(cpu, block);
}

void fill(int cpu, unsigned int block)
{
	m.tlb[cpu][block] = *pte_of(block);
}

static pte_t walk(unsigned int block, bool write)
{
	pte_t *tlb = &m.tlb[me->cpu][block];

	if (pte_val(*tlb) && write && !pte_write(*tlb)) {
		tlb->pte = 0;		/* a spurious fault, if the PTE is writable now */
		model_step("fault");
		tlb = &m.tlb[me->cpu][block];
	}
	if (!pte_val(*tlb))
		fill(me->cpu, block);
	return *tlb;
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

	if (tlb)
		tlb[shadow_block(shadow)].pte = 0;
}

void model_flush_local(void)
{
	pte_t *tlb = own_tlb("flush local");

	if (tlb)
		memset(tlb, 0, sizeof(m.tlb[0]));
}

void flush_tlb_all(void)
{
	interrupt_all(1);
}

void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	if (start == end)
		return;			/* the kernel image has no shadow */
	if (start % PAGE_SIZE || end != start + PAGE_SIZE)
		model_fail("flush: not one page");
	interrupt_all(shadow_block(start) + 2);
}

static void answer(int cpu, u32 request)
{
	if (request == 1)
		memset(m.tlb[cpu], 0, sizeof(m.tlb[0]));
	else
		m.tlb[cpu][request - 2].pte = 0;
}

static void check_change(unsigned int block, pte_t old) { }
static void check_aborts(unsigned int block, bool again) { }
