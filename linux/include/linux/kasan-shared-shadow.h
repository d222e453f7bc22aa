/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_KASAN_SHARED_SHADOW_H
#define _LINUX_KASAN_SHARED_SHADOW_H

#include <linux/kasan-page-shadow.h>

/* See mm/kasan/shared_shadow.c. */
#ifdef CONFIG_KASAN_PAGE_SHADOW
bool kasan_shared_shadow_clear(unsigned long shadow, pte_t *ptep);
bool kasan_unshare_shadow(const void *addr);
bool kasan_set_vmalloc(const void *addr, unsigned long size, bool accessible);
int kasan_populate_vm_area(unsigned long addr, unsigned long size, unsigned long used,
			   bool uniform, gfp_t gfp_mask);
#else
static inline bool kasan_shared_shadow_clear(unsigned long shadow, pte_t *ptep) { return false; }
static inline bool kasan_unshare_shadow(const void *addr) { return true; }
static inline bool kasan_set_vmalloc(const void *addr, unsigned long size, bool accessible)
{ return false; }
static inline int kasan_populate_vm_area(unsigned long addr, unsigned long size,
					 unsigned long used, bool uniform, gfp_t gfp_mask)
{ return kasan_populate_vmalloc(addr, size, gfp_mask); }
#endif

#endif /* _LINUX_KASAN_SHARED_SHADOW_H */
