/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_KASAN_SHARED_SHADOW_H
#define _LINUX_KASAN_SHARED_SHADOW_H

#include <linux/kasan-page-shadow.h>
#include <linux/vmalloc.h>

#ifdef CONFIG_KASAN_VMALLOC
int kasan_populate_vm_area(unsigned long addr, unsigned long size, unsigned long used,
			   bool uniform, gfp_t gfp_mask);
#else
static inline int kasan_populate_vm_area(unsigned long addr, unsigned long size,
					 unsigned long used, bool uniform, gfp_t gfp_mask)
{ return 0; }
#endif

/* See mm/kasan/shared_shadow.c. */
#ifdef CONFIG_KASAN_PAGE_SHADOW
bool kasan_shared_shadow(pte_t pte);
pte_t kasan_shared_shadow_pte(bool accessible);
void kasan_shared_shadow_map(unsigned long shadow, pte_t *ptep, pte_t new, bool flush);
bool kasan_unshare_shadow(const void *addr);
#else
static inline bool kasan_shared_shadow(pte_t pte) { return false; }
static inline pte_t kasan_shared_shadow_pte(bool accessible) { return __pte(0); }
static inline void kasan_shared_shadow_map(unsigned long shadow, pte_t *ptep, pte_t new,
					   bool flush)
{ set_pte_at(&init_mm, shadow, ptep, new); }
static inline bool kasan_unshare_shadow(const void *addr) { return true; }
#endif

#endif /* _LINUX_KASAN_SHARED_SHADOW_H */
