/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _MODEL_ASM_KASAN_PAGE_SHADOW_H
#define _MODEL_ASM_KASAN_PAGE_SHADOW_H

#include "../standins.h"

/* The contract with an architecture, over the simulated MMU. */

static inline bool kasan_arch_pte_cmpxchg(pte_t *ptep, pte_t *old, pte_t new)
{
	model_step("cmpxchg PTE");
	return __atomic_compare_exchange_n(&ptep->pte, &old->pte, new.pte, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

#define kasan_arch_flush_page(shadow)	model_flush_page(shadow)
#define kasan_arch_flush_local()	model_flush_local()

#endif
