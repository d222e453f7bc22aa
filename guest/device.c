// SPDX-License-Identifier: GPL-2.0
/*
 * Shadow for memory of a device, that is not there: only its shadow is looked at.
 *
 * Loading the module adds it, by the function at add=, for size= bytes of physical memory
 * at start=, and checks that all is accessible; unloading removes it by that at remove=.
 * error= is what the former returned, wrong= how many bytes looked at were not
 * accessible, ms= and kib= what it took of time and of free memory.
 */
#define pr_fmt(fmt) "device: " fmt

#include <linux/kasan.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>

static unsigned long add, remove, start, size;
module_param(add, ulong, 0444);
module_param(remove, ulong, 0444);
module_param(start, ulong, 0444);
module_param(size, ulong, 0444);

static int error;
module_param(error, int, 0444);
static unsigned long wrong, ms;
module_param(wrong, ulong, 0444);
module_param(ms, ulong, 0444);
static long kib;
module_param(kib, long, 0444);

static long free_kib(void)
{
	struct sysinfo info;

	si_meminfo(&info);
	return info.freeram << (PAGE_SHIFT - 10);
}

static int __init device_init(void)
{
	int (*add_zero_shadow)(void *start, unsigned long size) = (void *)add;
	u64 began = ktime_get_ns();
	unsigned long i, step;

	kib = free_kib();
	error = add_zero_shadow(__va(start), size);
	kib -= free_kib();
	ms = (ktime_get_ns() - began) / NSEC_PER_MSEC;
	step = max(size >> 18, PAGE_SIZE);
	for (i = 0; !error && i < size; i += step)
		wrong += *(u8 *)kasan_mem_to_shadow(__va(start + i)) != 0;
	pr_info("added: error=%d wrong=%lu, %lu ms\n", error, wrong, ms);
	return 0;
}
module_init(device_init);

static void __exit device_exit(void)
{
	void (*remove_zero_shadow)(void *start, unsigned long size) = (void *)remove;
	u64 began = ktime_get_ns();

	if (!error)
		remove_zero_shadow(__va(start), size);
	pr_info("removed: %llu ms\n", (ktime_get_ns() - began) / NSEC_PER_MSEC);
}
module_exit(device_exit);

MODULE_DESCRIPTION("Shadow for memory of a device");
MODULE_LICENSE("GPL");
