/* SPDX-License-Identifier: GPL-2.0 */
/* What unwind_orc.c needs of the kernel around it. */
#ifndef STANDINS_H
#define STANDINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kconfig.h>

#define CONFIG_64BIT 1
#define CONFIG_X86_64 1
#define CONFIG_ARCH_STACK_SAVE 1
#define CONFIG_UNWINDER_ORC 1
#define CONFIG_MODULES 1
#define CONFIG_FUNCTION_GRAPH_TRACER 1
#define CONFIG_RETHOOK 1

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define fallthrough __attribute__((fallthrough))
#define likely(x) (x)
#define unlikely(x) (x)
#define noinline __attribute__((noinline))
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define __packed __attribute__((packed))
#define __init
#define __user
#define __ro_after_init
#define __LITTLE_ENDIAN_BITFIELD 1
#define READ_ONCE(x) (*(volatile typeof(x) *)&(x))
#define READ_ONCE_NOCHECK(x) READ_ONCE(x)
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))
#define BIT(n) (1UL << (n))
#define BITS_PER_LONG 64
#define BUILD_BUG_ON(x) _Static_assert(!(x), #x)
#define WARN_ON_ONCE(x) ((x) ? abort() : (void)0)
#define KERN_WARNING
#define printk_deferred(...) do { } while (0)
#define printk_deferred_once(...) do { } while (0)
#define early_param(name, f)
#define EXPORT_SYMBOL_GPL(f)
#define swap(a, b) do { typeof(a) t_ = (a); (a) = (b); (b) = t_; } while (0)
#define PTR_ALIGN(p, a) ((typeof(p))(((unsigned long)(p) + (a) - 1) & ~((a) - 1UL)))
#define PAGE_ALIGN(a) (((a) + 4095UL) & ~4095UL)
#define clamp(v, lo, hi) ((v) < (lo) ? (lo) : (v) > (hi) ? (hi) : (v))
#define roundup_pow_of_two(n) (n)
#define ORC_HEADER struct orc_header_is_not_needed
#define TASK_SIZE_MAX 0x10000UL		/* addresses of text are low here */
#define DEFINE_MUTEX(m) int m
#define mutex_lock(m) ((void)(m))
#define mutex_unlock(m) ((void)(m))

extern unsigned long unwound;	/* calls of the unwinder */
#define guard(what) guard_
static inline void guard_(void) { }
#define preempt_disable() guard_()
#define preempt_enable() guard_()

#define _etext text_end		/* the linker has an _etext */
extern char _stext[], _etext[], _sinittext[], _einittext[];
extern char arch_rethook_trampoline[], ret_from_fork_asm[];

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax;
	unsigned long ip, cs, flags, sp, ss;
};
#define user_mode(regs) (((regs)->cs & 3) == 3)

struct llist_node;
struct task_struct {
	int on_cpu;
	struct { unsigned long sp; } thread;
};
struct inactive_task_frame {
	unsigned long bp, ret_addr;
};
extern struct task_struct the_task;
#define current (&the_task)

struct ftrace_ops {
	unsigned long trampoline, flags;
};
struct orc_entry;
struct module {
	struct {
		unsigned int num_orcs;
		int *orc_unwind_ip;
		struct orc_entry *orc_unwind;
	} arch;
	unsigned long text, size;
};

#define N_EXCEPTION_STACKS 6
enum stack_type {
	STACK_TYPE_UNKNOWN,
	STACK_TYPE_TASK,
	STACK_TYPE_IRQ,
	STACK_TYPE_SOFTIRQ,
	STACK_TYPE_ENTRY,
	STACK_TYPE_EXCEPTION,
};
struct stack_info {
	enum stack_type type;
	unsigned long *begin, *end, *next_sp;
};
int get_stack_info(unsigned long *stack, struct task_struct *task, struct stack_info *info,
		   unsigned long *visit_mask);
static inline bool on_stack(struct stack_info *info, void *addr, size_t len)
{
	void *begin = info->begin;
	void *end = info->end;

	return info->type != STACK_TYPE_UNKNOWN && addr >= begin && addr < end &&
	       addr + len > begin && addr + len <= end;
}
static inline unsigned long *get_stack_pointer(struct task_struct *task, struct pt_regs *regs)
{
	return regs ? (unsigned long *)regs->sp : (unsigned long *)task->thread.sp;
}

bool __kernel_text_address(unsigned long ip);
bool core_kernel_text(unsigned long ip);
bool is_kernel_inittext(unsigned long ip);
struct module *__module_address(unsigned long ip);
static inline bool bpf_has_frame_pointer(unsigned long ip) { return false; }
unsigned long ftrace_graph_ret_addr(struct task_struct *task, int *idx, unsigned long ret,
				    unsigned long *retp);
unsigned long rethook_find_ret_addr(struct task_struct *task, unsigned long frame,
				    struct llist_node **cur);
static inline bool is_rethook_trampoline(unsigned long ip)
{
	return ip == (unsigned long)arch_rethook_trampoline;
}
static inline bool kasan_enabled(void) { return true; }
static inline unsigned long totalram_pages(void) { return 1024 * 16; }
#define kcalloc(nr, size, gfp) calloc(nr, size)
#define early_initcall(f)
unsigned int arch_stack_save(unsigned long *store, unsigned int size, unsigned int skip);
void sort(void *base, size_t num, size_t size, int (*cmp)(const void *, const void *),
	  void (*swp)(void *, void *, int));

#endif
