// SPDX-License-Identifier: GPL-2.0
/*
 * System call loops for measuring the cost of a kernel change.
 *
 *	bench NAME ITERATIONS
 *	bench all SCALE
 *	bench run PROGRAM [ARGUMENT...]
 *
 * prints NAME<TAB>TICKS<TAB>ITERATIONS. A tick, see ticks.h, is under QEMU's
 * "-icount shift=0" one guest instruction, or one nanosecond in which there was none
 * to execute: with BENCH_BUSY set, the latter are left out, as how long a disk takes
 * is chance.
 *
 * The disk is the folder $BENCH_DISK.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "ticks.h"

#define WARMUP		3
#define PASS_MS		20
#define READV_VECS	1024
#define PIPES		10
#define FORK_BYTES	(1024 * 1024)
#define FILE_BYTES	(256 * 1024)
#define MSG_BYTES	64
#define STREAM_BYTES	(16 * 1024)
#define MMAP_PAGES	64
#define CACHE_BYTES	(4 * 1024 * 1024)
#define CACHE_READ	(64 * 1024)

static char dir[] = "/tmp/bench.XXXXXX";	/* our working directory */
static char buf[FILE_BYTES];
static int fds[2];				/* what setup() opened */

static void remove_dir(void)
{
	rmdir(dir);
}

static void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void check(const char *what, long got, long want)
{
	if (got == want)
		return;
	if (got >= 0)
		errno = EIO;	/* a short read or write sets no errno */
	die(what);
}

static int check_fd(const char *what, int fd)
{
	if (fd < 0)
		die(what);
	return fd;
}

/* Nanoseconds that all CPUs together had nothing to do. */
static uint64_t idle_ns(void)
{
	FILE *f = fopen("/proc/timer_list", "r");
	unsigned long long ns, sum = 0;
	char line[256];

	if (!f)
		die("/proc/timer_list");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " .idle_sleeptime : %llu", &ns) == 1 ||
		    sscanf(line, " .iowait_sleeptime : %llu", &ns) == 1)
			sum += ns;
	fclose(f);
	return sum;
}

static uint64_t begin, begin_idle;

static void start_watch(void)
{
	if (getenv("BENCH_BUSY"))
		begin_idle = idle_ns();
	begin = ticks();
}

static uint64_t stop_watch(void)
{
	uint64_t passed = ticks() - begin;

	if (getenv("BENCH_BUSY"))
		passed -= idle_ns() - begin_idle;
	return passed;
}

static void result(const char *name, uint64_t passed, long iterations)
{
	printf("%s\t%llu\t%ld\n", name, (unsigned long long)passed, iterations);
	if (fflush(stdout))
		die("stdout");
}

/* readv: 1,024 one-byte vectors from a tmpfs file; many small checked copies. */
static struct iovec vecs[READV_VECS];

static void readv_setup(void)
{
	int i;

	fds[0] = check_fd("open", open("file", O_RDWR | O_CREAT | O_TRUNC, 0600));
	check("write", write(fds[0], buf, READV_VECS), READV_VECS);
	check("unlink", unlink("file"), 0);
	for (i = 0; i < READV_VECS; i++) {
		vecs[i].iov_base = buf + i;
		vecs[i].iov_len = 1;
	}
}

static void readv_run(void)
{
	check("preadv", preadv(fds[0], vecs, READV_VECS, 0), READV_VECS);
}

static void readv_teardown(void)
{
	check("close", close(fds[0]), 0);
}

/* pipes: every pipe is an array of slab objects and an inode. */
static void pipes_run(void)
{
	int p[PIPES][2], i;

	for (i = 0; i < PIPES; i++)
		check("pipe", pipe(p[i]), 0);
	for (i = 0; i < PIPES; i++) {
		check("close", close(p[i][0]), 0);
		check("close", close(p[i][1]), 0);
	}
}

static int wait_child(pid_t pid)
{
	int status;

	if (pid < 0)
		die("fork");
	check("waitpid", waitpid(pid, &status, 0), pid);
	return status;
}

/* fork: page tables, a kernel stack and fresh pages, all freed again. */
static void fork_run(void)
{
	long page = sysconf(_SC_PAGESIZE);
	pid_t pid = fork();

	if (pid == 0) {
		char *mem = mmap(NULL, FORK_BYTES, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		long i;

		if (mem == MAP_FAILED)
			_exit(1);
		for (i = 0; i < FORK_BYTES; i += page)
			((volatile char *)mem)[i] = 1;
		_exit(0);
	}
	check("child", wait_child(pid), 0);
}

/* exec: a new program, which ends at once. */
static void exec_run(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/proc/self/exe", "bench", "nothing", NULL);
		_exit(127);
	}
	check("child", wait_child(pid), 0);
}

/* tmpfs: page cache pages come and go. */
static void tmpfs_run(void)
{
	int fd = check_fd("open", open("file", O_RDWR | O_CREAT | O_TRUNC, 0600));

	check("write", write(fd, buf, FILE_BYTES), FILE_BYTES);
	check("pread", pread(fd, buf, FILE_BYTES, 0), FILE_BYTES);
	check("close", close(fd), 0);
	check("unlink", unlink("file"), 0);
}

/* unix: one socket buffer each way. */
static void unix_setup(void)
{
	check("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static void unix_run(void)
{
	check("send", send(fds[0], buf, MSG_BYTES, 0), MSG_BYTES);
	check("recv", recv(fds[1], buf, MSG_BYTES, MSG_WAITALL), MSG_BYTES);
	check("send", send(fds[1], buf, MSG_BYTES, 0), MSG_BYTES);
	check("recv", recv(fds[0], buf, MSG_BYTES, MSG_WAITALL), MSG_BYTES);
}

static void unix_teardown(void)
{
	check("close", close(fds[0]), 0);
	check("close", close(fds[1]), 0);
}

/* stat: directory entries and inodes. */
static void stat_run(void)
{
	struct stat st;

	check("mkdir", mkdir("dir", 0700), 0);
	check("stat", stat("dir", &st), 0);
	check("rmdir", rmdir("dir"), 0);
}

/* unlink: as above, for a file. */
static void unlink_run(void)
{
	int fd = check_fd("open", open("file", O_WRONLY | O_CREAT | O_EXCL, 0600));

	check("close", close(fd), 0);
	check("unlink", unlink("file"), 0);
}

/* tcp: through all of the network stack, and back. */
static void tcp_setup(void)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int one = 1, fd = check_fd("socket", socket(AF_INET, SOCK_STREAM, 0));

	check("listen", listen(fd, 1), 0);
	check("getsockname", getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fds[0] = check_fd("socket", socket(AF_INET, SOCK_STREAM, 0));
	check("connect", connect(fds[0], (struct sockaddr *)&addr, len), 0);
	fds[1] = check_fd("accept", accept(fd, NULL, NULL));
	check("close", close(fd), 0);
	check("setsockopt", setsockopt(fds[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), 0);
	check("setsockopt", setsockopt(fds[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), 0);
}

static void stream_run(void)
{
	check("send", send(fds[0], buf, STREAM_BYTES, 0), STREAM_BYTES);
	check("recv", recv(fds[1], buf, STREAM_BYTES, MSG_WAITALL), STREAM_BYTES);
}

/* mmap: anonymous pages, one fault each. */
static void mmap_run(void)
{
	long page = sysconf(_SC_PAGESIZE), i;
	char *mem = mmap(NULL, MMAP_PAGES * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		die("mmap");
	for (i = 0; i < MMAP_PAGES; i++)
		((volatile char *)mem)[i * page] = 1;
	check("munmap", munmap(mem, MMAP_PAGES * page), 0);
}

/* cache: reads of what is in memory already. */
static void cache_setup(void)
{
	int i;

	fds[0] = check_fd("open", open("file", O_RDWR | O_CREAT | O_TRUNC, 0600));
	for (i = 0; i < CACHE_BYTES; i += CACHE_READ)
		check("write", write(fds[0], buf, CACHE_READ), CACHE_READ);
	check("unlink", unlink("file"), 0);
}

static void cache_run(void)
{
	int i;

	for (i = 0; i < CACHE_BYTES; i += CACHE_READ)
		check("pread", pread(fds[0], buf, CACHE_READ, i), CACHE_READ);
}

/* ext4: written to the disk, and read from it, not from memory. */
static void ext4_setup(void)
{
	const char *disk = getenv("BENCH_DISK");

	check("BENCH_DISK", chdir(disk ? disk : ""), 0);
}

static void ext4_run(void)
{
	int fd = check_fd("open", open("file", O_RDWR | O_CREAT | O_TRUNC, 0600));

	check("write", write(fd, buf, FILE_BYTES), FILE_BYTES);
	check("fsync", fsync(fd), 0);
	check("fadvise", posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	check("pread", pread(fd, buf, FILE_BYTES, 0), FILE_BYTES);
	check("close", close(fd), 0);
	check("unlink", unlink("file"), 0);
}

static void ext4_teardown(void)
{
	check("chdir", chdir(dir), 0);
}

static const struct bench {
	const char *name;
	long iterations;	/* of "bench all 100": some 300 million instructions */
	void (*setup)(void);
	void (*run)(void);
	void (*teardown)(void);
} benches[] = {
	{ "readv",  1500, readv_setup, readv_run,  readv_teardown },
	{ "pipes",  300,  NULL,        pipes_run,  NULL },
	{ "fork",   60,   NULL,        fork_run,   NULL },
	{ "tmpfs",  200,  NULL,        tmpfs_run,  NULL },
	{ "unix",   3000, unix_setup,  unix_run,   unix_teardown },
	{ "stat",   1500, NULL,        stat_run,   NULL },
	{ "unlink", 1500, NULL,        unlink_run, NULL },
	{ "exec",   60,   NULL,        exec_run,   NULL },
	{ "tcp",    1000, tcp_setup,   unix_run,   unix_teardown },
	{ "stream", 1000, tcp_setup,   stream_run, unix_teardown },
	{ "mmap",   200,  NULL,        mmap_run,   NULL },
	{ "cache",  60,   cache_setup, cache_run,  readv_teardown },
	{ "ext4",   100,  ext4_setup,  ext4_run,   ext4_teardown },
};
#define NR_BENCHES (sizeof(benches) / sizeof(benches[0]))

static long now_ms(void)
{
	struct timespec t;

	check("clock_gettime", clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * Once; or, with BENCH_MS, for that time, of which the fastest 20 ms are told: a host that others
 * use, too, is twice as fast in one moment as in the next. In 20 ms, all that was armed
 * comes due, so a figure includes it.
 */
static void measure(const struct bench *b, long iterations)
{
	const char *ms = getenv("BENCH_MS");
	long i, n, best_n = 0, end = ms ? now_ms() + atol(ms) : 0, pass_end = 0;
	uint64_t passed, best = 0;

	if (b->setup)
		b->setup();
	for (i = 0; i < WARMUP; i++)
		b->run();

	do {
		n = 0;
		if (ms)
			pass_end = now_ms() + PASS_MS;
		start_watch();
		do {
			for (i = 0; i < iterations; i++)
				b->run();
			n += iterations;
		} while (ms && now_ms() < pass_end);
		passed = stop_watch();
		if (!best_n || passed * best_n < best * n) {
			best = passed;
			best_n = n;
		}
	} while (ms && now_ms() < end);
	result(b->name, best, best_n);

	if (b->teardown)
		b->teardown();
}

static void run_program(char **argv)
{
	pid_t pid;
	int status;

	start_watch();
	pid = fork();
	if (pid == 0) {
		dup2(2, 1);	/* standard output is ours */
		execvp(argv[0], argv);
		fprintf(stderr, "bench: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	status = wait_child(pid);
	if (status) {
		fprintf(stderr, "bench: %s failed\n", argv[0]);
		exit(1);
	}
	result("run", stop_watch(), 1);
}

static void usage(FILE *out)
{
	size_t i;

	fprintf(out, "usage: bench NAME ITERATIONS | bench all SCALE (100 = normal)\n"
		"       bench run PROGRAM [ARGUMENT...]\nNAME:");
	for (i = 0; i < NR_BENCHES; i++)
		fprintf(out, " %s", benches[i].name);
	fprintf(out, "\n");
}

int main(int argc, char **argv)
{
	const struct bench *found = NULL;
	char *end;
	long n;
	size_t i;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		usage(stdout);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "nothing"))
		return 0;
	if (argc > 2 && !strcmp(argv[1], "run")) {
		run_program(argv + 2);
		return 0;
	}
	if (argc != 3) {
		usage(stderr);
		return 1;
	}
	for (i = 0; i < NR_BENCHES; i++)
		if (!strcmp(argv[1], benches[i].name))
			found = &benches[i];
	if (!found && strcmp(argv[1], "all")) {
		fprintf(stderr, "bench: unknown name '%s'\n", argv[1]);
		return 1;
	}
	n = strtol(argv[2], &end, 10);
	if (end == argv[2] || *end || n < 1 || n > 1000000000) {
		fprintf(stderr, "bench: '%s' is not a positive number\n", argv[2]);
		return 1;
	}

	if (!mkdtemp(dir) || chdir(dir))
		die(dir);
	atexit(remove_dir);

	/* Otherwise the first loop would pay for the faults on these pages. */
	memset(buf, 'x', sizeof(buf));

	if (found) {
		measure(found, n);
		return 0;
	}
	for (i = 0; i < NR_BENCHES; i++) {
		long iterations = benches[i].iterations * n / 100;

		if (benches[i].setup == ext4_setup && !getenv("BENCH_DISK")) {
			fprintf(stderr, "bench: no ext4, as BENCH_DISK is not set\n");
			continue;
		}
		measure(&benches[i], iterations ? iterations : 1);
	}
	return 0;
}
