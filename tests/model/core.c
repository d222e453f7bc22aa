// SPDX-License-Identifier: GPL-2.0
/* The files themselves, or a changed copy of them, and a look into them. */
#include CORE
#include INIT
#ifdef FAULT
#include FAULT
#endif

pte_t model_first_pattern(void)
{
	return kasan_blocks.first_pattern;
}

struct work_struct *model_work(int i)
{
	return i ? &reclaimer : &flusher;
}
