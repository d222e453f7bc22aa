// SPDX-License-Identifier: GPL-2.0
/*
 * What a fuzzer does in a guest, as far as memory goes: kcov PROCESSES CALLS SEED
 *
 * So many processes, each with a coverage buffer of the size that syzkaller gives one,
 * make random system calls, and collect which code of the kernel each of them ran. What
 * one call left open or mapped, later ones use or end. At the end all of it is there at
 * once. Prints how many places were collected. See Documentation/dev-tools/kcov.rst.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kcov.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define COVER	(512 << 10)	/* words of a buffer: kCoverSize of syzkaller's executor */
#define FDS	64
#define AREAS	16
#define AREA	(128 << 10)

static char buffer[AREA];
static int fds[FDS];
static void *areas[AREAS];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void put(int at, int fd)
{
	if (fds[at] >= 0)
		close(fds[at]);
	fds[at] = fd;
}

static void call(int process)
{
	int at = random() % FDS, pair[2] = { -1, -1 }, i = random() % AREAS;
	size_t size = random() % AREA + 1;
	char name[32];
	pid_t child;

	snprintf(name, sizeof(name), "/tmp/%d-%ld", process, random() % 32);
	switch (random() % 14) {
	case 0:
		put(at, open(name, O_RDWR | O_CREAT, 0600));
		break;
	case 1:
		unlink(name);
		break;
	case 2:
		if (pipe(pair) == 0)
			fcntl(pair[1], F_SETFL, O_NONBLOCK);
		break;
	case 3:
		socketpair(AF_UNIX, random() % 2 ? SOCK_STREAM : SOCK_DGRAM, 0, pair);
		break;
	case 4:
		put(at, eventfd(0, EFD_NONBLOCK));
		break;
	case 5:
		put(at, epoll_create1(0));
		break;
	case 6:
		put(at, timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
		break;
	case 7: {
		struct epoll_event event = { .events = EPOLLIN };

		epoll_ctl(fds[at], EPOLL_CTL_ADD, fds[random() % FDS], &event);
		break;
	}
	case 8:
		if (areas[i])
			munmap(areas[i], AREA);
		areas[i] = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (areas[i] == MAP_FAILED)
			areas[i] = NULL;
		break;
	case 9:
		if (areas[i])
			mprotect(areas[i], AREA, random() % 2 ? PROT_READ : PROT_READ | PROT_WRITE);
		break;
	case 10: {
		struct pollfd poll_in = { .fd = fds[at], .events = POLLIN };

		if (poll(&poll_in, 1, 0) == 1 && poll_in.revents == POLLIN && read(fds[at], buffer, size) < 0)
			return;
		break;
	}
	case 11:
		child = fork();
		if (child == 0)
			_exit(0);
		if (child > 0)
			waitpid(child, NULL, 0);
		break;
	default:
		if (fcntl(fds[at], F_SETFL, O_NONBLOCK) == 0 && write(fds[at], buffer, size) < 0)
			return;
	}
	if (pair[0] >= 0) {
		put(at, pair[0]);
		put((at + 1) % FDS, pair[1]);
	}
}

int main(int argc, char **argv)
{
	int processes, calls, ready[2], done[2], n, i, fd;
	unsigned long *cover, collected, sum = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: kcov PROCESSES CALLS SEED\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	processes = atoi(argv[1]);
	calls = atoi(argv[2]);
	if (pipe(ready) || pipe(done))
		fail("pipe");
	for (n = 0; n < processes; n++) {
		if (fork())
			continue;
		srandom(atoi(argv[3]) + n);
		close(done[1]);
		memset(fds, -1, sizeof(fds));
		fd = open("/sys/kernel/debug/kcov", O_RDWR);
		if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, COVER))
			fail("/sys/kernel/debug/kcov");
		cover = mmap(NULL, COVER * sizeof(*cover), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (cover == MAP_FAILED)
			fail("mmap");
		for (i = 0, collected = 0; i < calls; i++) {
			if (ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
				fail("KCOV_ENABLE");
			cover[0] = 0;
			call(n);
			collected += cover[0];
			if (ioctl(fd, KCOV_DISABLE, 0))
				fail("KCOV_DISABLE");
		}
		if (!collected || write(ready[1], &collected, sizeof(collected)) < 0)
			exit(1);
		/* Until all others are there, or dead. */
		close(ready[1]);
		exit(read(done[0], buffer, 1) != 0);
	}
	close(ready[1]);
	for (n = 0; n < processes; n++) {
		if (read(ready[0], &collected, sizeof(collected)) != sizeof(collected)) {
			fprintf(stderr, "kcov: %d of %d processes came to the end\n", n, processes);
			return 1;
		}
		sum += collected;
	}
	close(done[1]);
	while (wait(&i) > 0) {
		if (i)
			return 1;
	}
	printf("kcov: %d processes, %d calls, %lu places\n", processes, calls, sum);
	return 0;
}
