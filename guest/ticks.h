/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Time as the CPU counts it: under QEMU's "-icount shift=0" a tick is a nanosecond of
 * the guest, and that is an instruction. On x86 it is one of the time stamp counter;
 * on arm64 it is computed, in steps of 16 or so, from a counter that is slower.
 */
#include <stdint.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

static inline uint64_t ticks(void)
{
#ifdef __aarch64__
	uint64_t count, hz;

	asm volatile("isb; mrs %0, cntvct_el0; mrs %1, cntfrq_el0" : "=r" (count), "=r" (hz));
	return (unsigned __int128)count * 1000000000 / hz;
#else
	return __rdtsc();
#endif
}
