// SPDX-License-Identifier: GPL-2.0
/*
 * BPF programs that allocate wherever the kernel is traced: bpf ROUNDS TRACEPOINT...
 *
 * In each round, at each of the tracepoints (such as kmem/mm_page_free), a new program adds
 * a random element to a hash map that allocates its elements one by one, or deletes one,
 * while processes begin and end, and use memory. Programs and their code are of vmalloc
 * space. Fails when one of the tracepoints never added an element.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define VALUE	200	/* bytes, of some slab cache */
#define SIZE	(2 << 20)

#define INSN(CODE, DST, SRC, OFF, IMM) \
	((struct bpf_insn) { .code = CODE, .dst_reg = DST, .src_reg = SRC, .off = OFF, .imm = IMM })
#define CALL(ID)	INSN(BPF_JMP | BPF_CALL, 0, 0, 0, ID)
#define MOV(DST, SRC)	INSN(BPF_ALU64 | BPF_MOV | BPF_X, DST, SRC, 0, 0)
#define SET(DST, IMM)	INSN(BPF_ALU64 | BPF_MOV | BPF_K, DST, 0, 0, IMM)
#define ADD(DST, IMM)	INSN(BPF_ALU64 | BPF_ADD | BPF_K, DST, 0, 0, IMM)
#define AND(DST, IMM)	INSN(BPF_ALU64 | BPF_AND | BPF_K, DST, 0, 0, IMM)
#define STORE(OFF, SRC)	INSN(BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, SRC, OFF, 0)
#define ZERO(OFF)	INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, OFF, 0)

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int new_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_HASH, .map_flags = BPF_F_NO_PREALLOC,
		.key_size = 4, .value_size = VALUE, .max_entries = 4096,
	};
	int map = bpf(BPF_MAP_CREATE, &attr);

	if (map < 0)
		fail("BPF_MAP_CREATE");
	return map;
}

/* A program that puts a key below 1024 into the map, or deletes it. */
static int new_program(int map)
{
	struct bpf_insn code[VALUE / 8 + 32];
	static char log[4096];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACEPOINT, .license = (uintptr_t)"GPL",
		.log_level = 1, .log_buf = (uintptr_t)log, .log_size = sizeof(log),
	};
	int n = 0, off, program;

	code[n++] = CALL(BPF_FUNC_get_prandom_u32);
	code[n++] = MOV(BPF_REG_6, BPF_REG_0);
	code[n++] = AND(BPF_REG_0, 1023);
	code[n++] = STORE(-4, BPF_REG_0);
	for (off = 8; off <= VALUE; off += 8)
		code[n++] = ZERO(-8 - off);
	code[n++] = INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map);
	code[n++] = INSN(0, 0, 0, 0, 0);
	code[n++] = MOV(BPF_REG_2, BPF_REG_10);
	code[n++] = ADD(BPF_REG_2, -4);
	code[n++] = INSN(BPF_JMP | BPF_JSET | BPF_K, BPF_REG_6, 0, 5, 1 << 20);
	code[n++] = MOV(BPF_REG_3, BPF_REG_10);
	code[n++] = ADD(BPF_REG_3, -8 - VALUE);
	code[n++] = SET(BPF_REG_4, BPF_ANY);
	code[n++] = CALL(BPF_FUNC_map_update_elem);
	code[n++] = INSN(BPF_JMP | BPF_JA, 0, 0, 1, 0);
	code[n++] = CALL(BPF_FUNC_map_delete_elem);
	code[n++] = SET(BPF_REG_0, 0);
	code[n++] = INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = n;
	program = bpf(BPF_PROG_LOAD, &attr);
	if (program < 0) {
		fprintf(stderr, "%s", log);
		fail("BPF_PROG_LOAD");
	}
	return program;
}

static int attach(const char *tracepoint, int program)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .sample_period = 1ULL << 40,
	};
	char path[128], id[16] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/%s/id", tracepoint);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, id, sizeof(id) - 1) < 0)
		fail(path);
	close(fd);
	attr.config = atoi(id);
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);
	if (fd < 0)
		fail("perf_event_open");
	if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, program) || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		fail("PERF_EVENT_IOC_SET_BPF");
	return fd;
}

static long elements(int map)
{
	unsigned int key, next;
	union bpf_attr attr = { .map_fd = map, .next_key = (uintptr_t)&next };
	long n = 0;

	while (bpf(BPF_MAP_GET_NEXT_KEY, &attr) == 0 && n < 4096) {
		key = next;
		attr.key = (uintptr_t)&key;
		n++;
	}
	return n;
}

static void load(void)
{
	char *area;
	int i;

	for (i = 0; i < 8; i++) {
		if (fork())
			continue;
		area = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (area != MAP_FAILED)
			memset(area, i, SIZE);
		_exit(area == MAP_FAILED);
	}
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[1]) : 0, count = argc - 2, i, round;
	int map[16], program[16], event[16];
	long found[16] = { 0 };

	if (rounds <= 0 || count > 16) {
		fprintf(stderr, "usage: bpf ROUNDS TRACEPOINT...\n");
		return 2;
	}
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < count; i++) {
			map[i] = new_map();
			program[i] = new_program(map[i]);
			event[i] = attach(argv[2 + i], program[i]);
		}
		load();
		for (i = 0; i < count; i++) {
			close(event[i]);
			close(program[i]);
			found[i] += elements(map[i]);
			close(map[i]);
		}
	}
	for (i = 0; i < count; i++) {
		printf("bpf: %s: %ld elements\n", argv[2 + i], found[i]);
		if (!found[i])
			return 1;
	}
	return 0;
}
