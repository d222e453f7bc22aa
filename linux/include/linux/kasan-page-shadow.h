/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_KASAN_PAGE_SHADOW_H
#define _LINUX_KASAN_PAGE_SHADOW_H

#include <linux/errno.h>
#include <linux/kasan.h>
#include <linux/pgtable.h>
#include <linux/vmalloc.h>

bool kasan_range_poisoned(const void *addr, size_t size);

#ifdef CONFIG_KASAN_VMALLOC
int kasan_populate_vm_area(unsigned long addr, unsigned long size, unsigned long used,
			   bool uniform, gfp_t gfp_mask);
#else
static inline int kasan_populate_vm_area(unsigned long addr, unsigned long size,
					 unsigned long used, bool uniform, gfp_t gfp_mask)
{ return 0; }
#endif

/* See mm/kasan/page_shadow.c. */
#ifdef CONFIG_KASAN_PAGE_SHADOW
void kasan_page_shadow_init(unsigned long start, unsigned long end);
pte_t *kasan_page_shadow_table(unsigned long shadow);
int kasan_page_shadow_add(const void *addr, size_t size);
bool kasan_page_shadow_set(const void *addr, size_t size, u8 value);
bool kasan_page_shadow_pin(const void *addr, size_t size, gfp_t gfp, bool redzone);
bool kasan_page_shadow_stale(const void *addr, size_t size);
pte_t *kasan_page_shadow_fault(unsigned long shadow);
bool kasan_page_shadow_enabled(void);
bool kasan_page_shadow_shared(pte_t pte);
pte_t kasan_page_shadow_uniform(bool accessible);
void kasan_page_shadow_map(unsigned long shadow, pte_t *ptep, pte_t new, bool flush);
bool kasan_page_shadow_unshare(const void *addr);
#else
static inline void kasan_page_shadow_init(unsigned long start, unsigned long end) { }
static inline pte_t *kasan_page_shadow_table(unsigned long shadow) { return NULL; }
static inline int kasan_page_shadow_add(const void *addr, size_t size)
{ return -EOPNOTSUPP; }
static inline bool kasan_page_shadow_set(const void *addr, size_t size, u8 value)
{ return false; }
static inline bool kasan_page_shadow_pin(const void *addr, size_t size, gfp_t gfp, bool redzone)
{ return true; }
static inline bool kasan_page_shadow_stale(const void *addr, size_t size) { return false; }
static __always_inline pte_t *kasan_page_shadow_fault(unsigned long shadow) { return NULL; }
static inline bool kasan_page_shadow_enabled(void) { return false; }
static inline bool kasan_page_shadow_shared(pte_t pte) { return false; }
static inline pte_t kasan_page_shadow_uniform(bool accessible) { return __pte(0); }
static inline void kasan_page_shadow_map(unsigned long shadow, pte_t *ptep, pte_t new, bool flush)
{ set_pte_at(&init_mm, shadow, ptep, new); }
static inline bool kasan_page_shadow_unshare(const void *addr) { return true; }
#endif

#if IS_ENABLED(CONFIG_KUNIT)
extern unsigned long kasan_page_shadow_flushes;
struct page *kasan_page_shadow_alloc(int nid, gfp_t gfp);
pte_t kasan_page_shadow_pte(const void *addr);
#endif

#endif /* _LINUX_KASAN_PAGE_SHADOW_H */
