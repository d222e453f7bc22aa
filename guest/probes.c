// SPDX-License-Identifier: GPL-2.0
/*
 * Try to put a kprobe on each byte of a function that must not have one.
 *
 * Loading the module runs the test: at= is where the function begins, as of _text, size=
 * how long it is, and found= becomes how many kprobes the kernel took. The script that
 * loads it knows where _text is.
 */
#define pr_fmt(fmt) "probes: " fmt

#include <linux/kprobes.h>
#include <linux/module.h>

static unsigned long text, at, size;
module_param(text, ulong, 0444);
module_param(at, ulong, 0444);
module_param(size, ulong, 0444);

static char *name = "";
module_param(name, charp, 0444);

static unsigned int found;
module_param(found, uint, 0444);

static int nothing(struct kprobe *p, struct pt_regs *regs)
{
	return 0;
}

static int __init probes_init(void)
{
	unsigned long i;

	for (i = 0; i < size; i++) {
		struct kprobe p = {
			.addr = (kprobe_opcode_t *)(text + at + i),
			.flags = KPROBE_FLAG_DISABLED,
			.pre_handler = nothing,
		};

		if (register_kprobe(&p))
			continue;
		unregister_kprobe(&p);
		if (!found++)
			pr_info("%s+%#lx can be probed\n", name, i);
	}
	return 0;
}
module_init(probes_init);

static void __exit probes_exit(void)
{
}
module_exit(probes_exit);

MODULE_DESCRIPTION("Kprobes where there must be none");
MODULE_LICENSE("GPL");
