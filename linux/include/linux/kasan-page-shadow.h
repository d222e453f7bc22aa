/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_KASAN_PAGE_SHADOW_H
#define _LINUX_KASAN_PAGE_SHADOW_H

#include <linux/errno.h>
#include <linux/kasan.h>
#include <linux/pgtable.h>
#include <linux/vmalloc.h>

bool kasan_range_poisoned(const void *addr, size_t size);

/* See mm/kasan/page_shadow.c. */
#ifdef CONFIG_KASAN_PAGE_SHADOW
void kasan_page_shadow_init(unsigned long start, unsigned long end);
pte_t *kasan_page_shadow_table(unsigned long shadow);
int kasan_page_shadow_add(const void *addr, size_t size);
bool kasan_page_shadow_set(const void *addr, size_t size, u8 value);
bool kasan_page_shadow_pin(const void *addr, size_t size, gfp_t gfp, bool redzone);
bool kasan_page_shadow_stale(const void *addr, size_t size);
pte_t *kasan_page_shadow_fault(unsigned long shadow);
pte_t kasan_page_shadow_accessible(void);
bool kasan_page_shadow_shared(pte_t pte);
int kasan_populate_ioremap(const struct vm_struct *vm, gfp_t gfp_mask);
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
static inline bool kasan_page_shadow_shared(pte_t pte) { return false; }
static inline int kasan_populate_ioremap(const struct vm_struct *vm, gfp_t gfp_mask)
{ return kasan_populate_vmalloc((unsigned long)vm->addr, vm->size, gfp_mask); }
#endif

#if IS_ENABLED(CONFIG_KUNIT)
extern unsigned long kasan_page_shadow_flushes;
struct page *kasan_page_shadow_alloc(int nid, gfp_t gfp);
pte_t kasan_page_shadow_pte(const void *addr);
#endif

#endif /* _LINUX_KASAN_PAGE_SHADOW_H */
