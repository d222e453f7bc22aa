// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU plugin: count the guest's instructions by translation block.
 *
 * Arguments: out=FILE, and from=ADDR,to=ADDR-ADDR to count only from when the
 * first is executed until something in the range is (a function, and its caller).
 * At exit FILE gets a line "ADDRESS COUNT" for each block.
 *
 * Debian has no package with qemu-plugin.h, so what is used of version 1 of the
 * interface is declared here (see docs/devel/tcg-plugins of QEMU 7.2).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;

enum { QEMU_PLUGIN_CB_NO_REGS };
enum { QEMU_PLUGIN_INLINE_ADD_U64 };

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
		void (*cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op,
		void *counter, uint64_t by);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
		void (*cb)(unsigned int cpu, void *data), int flags, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
		void (*cb)(qemu_plugin_id_t id, void *data), void *data);

int qemu_plugin_version = 1;

/* Never freed or moved: translated code adds to the counters. */
struct block {
	uint64_t addr, count;
	struct block *next;
};

static struct block *buckets[1 << 16];
static uint64_t from, to_first, to_last;	/* 0: count everything */
static enum { BEFORE, INSIDE, AFTER } where;
static const char *out;

static uint64_t *counter(uint64_t addr)
{
	struct block **b = &buckets[(addr ^ addr >> 16) % (1 << 16)];

	while (*b && (*b)->addr != addr)
		b = &(*b)->next;
	if (!*b) {
		*b = calloc(1, sizeof(**b));
		if (!*b)
			abort();
		(*b)->addr = addr;
	}
	return &(*b)->count;
}

static void write_counts(void)
{
	FILE *f = fopen(out, "w");
	size_t i;

	for (i = 0; f && i < 1 << 16; i++)
		for (struct block *b = buckets[i]; b; b = b->next)
			if (b->count)
				fprintf(f, "%016" PRIx64 " %" PRIu64 "\n", b->addr, b->count);
	if (!f || fclose(f))
		perror(out);
}

static void enter(unsigned int cpu, void *data)
{
	size_t i;

	if (where != BEFORE)
		return;
	where = INSIDE;
	for (i = 0; i < 1 << 16; i++)
		for (struct block *b = buckets[i]; b; b = b->next)
			b->count = 0;
}

static void leave(unsigned int cpu, void *data)
{
	if (where != INSIDE)
		return;
	where = AFTER;
	write_counts();
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t addr = qemu_plugin_tb_vaddr(tb);

	/* Before the instructions of the block itself are added. */
	if (from && addr == from)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, enter, QEMU_PLUGIN_CB_NO_REGS, NULL);
	else if (from && addr >= to_first && addr < to_last)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, leave, QEMU_PLUGIN_CB_NO_REGS, NULL);
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, counter(addr),
						 qemu_plugin_tb_n_insns(tb));
}

static void at_exit(qemu_plugin_id_t id, void *data)
{
	if (!from)
		write_counts();
	else if (where != AFTER)
		fprintf(stderr, "profile: the function was not called, or did not return\n");
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
		else if (sscanf(argv[i], "from=%" SCNx64, &from) != 1 &&
			 sscanf(argv[i], "to=%" SCNx64 "-%" SCNx64, &to_first, &to_last) != 2)
			return -1;
	if (!out || (from && !to_last))
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
