// SPDX-License-Identifier: GPL-2.0
/*
 * A real-time task that never sleeps, nor ends: fifo CPU SECONDS
 *
 * It maps memory, writes to it, and has the kernel write to files in memory and free
 * them, so page shadow changes all the time, on a CPU that nothing else gets. After so
 * many seconds it closes pipes, with large arrays of the kernel, whose redzones had a
 * shadow page each.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SIZE		(256 << 10)
#define PIPES		200
#define PIPE_SIZE	(2 << 20)

static char buffer[SIZE];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

int main(int argc, char **argv)
{
	struct sched_param param = { .sched_priority = 50 };
	struct timespec now, end;
	cpu_set_t cpus;
	int pipes[PIPES][2], open = PIPES, fd, i;

	if (argc != 3) {
		fprintf(stderr, "usage: fifo CPU SECONDS\n");
		return 2;
	}
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	memset(buffer, 1, SIZE);
	fd = memfd_create("fifo", 0);
	if (fd < 0)
		fail("memfd_create");
	for (i = 0; i < PIPES; i++)
		if (pipe(pipes[i]) || fcntl(pipes[i][0], F_SETPIPE_SZ, PIPE_SIZE) < 0)
			fail("pipe");
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		fail("sched_setaffinity");
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		fail("sched_setscheduler");
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += atoi(argv[2]);
	for (;;) {
		char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			fail("mmap");
		memset(p, 1, SIZE);
		if (munmap(p, SIZE))
			fail("munmap");
		if (pwrite(fd, buffer, SIZE, 0) != SIZE || pread(fd, buffer, SIZE, 0) != SIZE ||
		    ftruncate(fd, 0))
			fail("memfd");
		clock_gettime(CLOCK_MONOTONIC, &now);
		for (; now.tv_sec >= end.tv_sec && open; open--) {
			close(pipes[open - 1][0]);
			close(pipes[open - 1][1]);
		}
	}
}
