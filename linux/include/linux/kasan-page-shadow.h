/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_KASAN_PAGE_SHADOW_H
#define _LINUX_KASAN_PAGE_SHADOW_H

#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/kasan.h>
#include <linux/pgtable.h>

bool kasan_range_poisoned(const void *addr, size_t size);

/* See mm/kasan/page_shadow.c. */
#ifdef CONFIG_KASAN_PAGE_SHADOW
void kasan_page_shadow_init(unsigned long start, unsigned long end);
pte_t *kasan_page_shadow_table(unsigned long shadow);
int kasan_page_shadow_add(const void *addr, size_t size);
int kasan_page_shadow_device(void *addr, void *end, void **next);
bool kasan_page_shadow_accessible(const void *addr, size_t size);
bool kasan_page_shadow_set(const void *addr, size_t size, u8 value);
bool kasan_page_shadow_pin(const void *addr, size_t size, gfp_t gfp, bool allow_spin,
			   bool redzone);
bool kasan_page_shadow_stale(const void *addr, size_t size);
bool kasan_page_shadow_enabled(void);
#else
static inline void kasan_page_shadow_init(unsigned long start, unsigned long end) { }
static inline pte_t *kasan_page_shadow_table(unsigned long shadow) { return NULL; }
static inline int kasan_page_shadow_add(const void *addr, size_t size) { return -EOPNOTSUPP; }
static inline int kasan_page_shadow_device(void *addr, void *end, void **next)
{ *next = end; return -EOPNOTSUPP; }
static inline bool kasan_page_shadow_accessible(const void *addr, size_t size) { return false; }
static inline bool kasan_page_shadow_set(const void *addr, size_t size, u8 value)
{ return false; }
static inline bool kasan_page_shadow_pin(const void *addr, size_t size, gfp_t gfp, bool allow_spin,
					 bool redzone)
{ return true; }
static inline bool kasan_page_shadow_stale(const void *addr, size_t size) { return false; }
static inline bool kasan_page_shadow_enabled(void) { return false; }
#endif

struct kasan_page_shadow_tlb {
	unsigned long flushes;	/* of all CPUs, twice; odd during one */
	bool due;		/* one is armed */
} ____cacheline_aligned_in_smp;

struct page *kasan_page_shadow_alloc(int nid, gfp_t gfp, bool allow_spin);

#if IS_ENABLED(CONFIG_KUNIT)
extern struct kasan_page_shadow_tlb kasan_page_shadow_tlb;
pte_t kasan_page_shadow_pte(const void *addr);
#endif

#endif /* _LINUX_KASAN_PAGE_SHADOW_H */
