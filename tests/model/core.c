// SPDX-License-Identifier: GPL-2.0
/* The file itself, or a changed copy of it, and a look into it. */
#include CORE

/* What maps each pattern, or 0. */
pte_t *model_patterns(void)
{
	return patterns;
}

void model_make_patterns(void)
{
	unsigned long i;

	for (i = 0; i < NR_PATTERNS; i++)
		find_pattern(i);
}

/* Page @i to make a pattern of, or NULL. */
void *model_spare(unsigned int i)
{
	return i < min(nr_spares, (unsigned int)ARRAY_SIZE(spares)) ? spares[i] : NULL;
}

void model_drop_spares(void)
{
	nr_spares = 0;
}

void model_add_spare(void *page)
{
	spares[nr_spares++] = page;
}

long model_lacked(unsigned int cpu)
{
	return per_cpu(counters, cpu)[PATTERNS_LACKED];
}

#ifdef MODEL_ARM64
bool model_abort(unsigned long shadow, unsigned long esr)
{
	return kasan_arch_fault(shadow, esr);
}
#endif
