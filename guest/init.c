// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of the test guest: prepare the usual mounts, run /cmd, report how it
 * ended, restart.
 *
 * The verdict travels on a serial port of its own (the report channel), never
 * through the console: kernel messages may appear in the middle of a console
 * line. A line of the channel is NAME<TAB>VALUE; the guest command may add its
 * own lines by writing to $REPORT.
 *
 * If there is a file /apart, the command's output does not go to the console, but
 * through the channel too: \001, a letter (o for stdout, e for stderr), what it wrote
 * in hexadecimal, \002. As each of these is one write(), it may be in the middle of a
 * line of the channel, and is easily taken out again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include "ticks.h"

/* Where scripts/boot puts the report channel and QEMU's monitor. */
#ifdef __aarch64__
#define REPORT_PORT "/dev/ttyS0"
#define MONITOR_PORT "/dev/ttyS1"
#else
#define REPORT_PORT "/dev/ttyS1"
#define MONITOR_PORT "/dev/ttyS2"
#endif

static int report_fd = -1;

static uint64_t boottime_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void complain(const char *what)
{
	fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
}

/* A kernel that lacks one of these can still run most commands: say so and go on. */
static void mount_one(const char *type, const char *where)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, NULL) && errno != EBUSY)
		complain(where);
}

static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR);

	if (fd < 0)
		return;
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	if (fd > 2)
		close(fd);
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;		/* kernel without CONFIG_INET */
	if (ioctl(fd, SIOCGIFFLAGS, &ifr) == 0) {
		ifr.ifr_flags |= IFF_UP;
		if (ioctl(fd, SIOCSIFFLAGS, &ifr))
			complain("lo");
	}
	close(fd);
}

static void open_report(void)
{
	struct termios tio;
	int fd = open(REPORT_PORT, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* The node exists for absent ports too; those refuse tcgetattr(). */
	if (tcgetattr(fd, &tio) == 0) {
		cfmakeraw(&tio);
		if (tcsetattr(fd, TCSANOW, &tio) == 0) {
			report_fd = fd;
			return;
		}
	}
	close(fd);
}

static void put_report(const char *text, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(report_fd, text + done, len - done);

		if (n < 0 && errno != EINTR) {
			complain(REPORT_PORT);
			return;
		}
		if (n > 0)
			done += n;
	}
}

static void report(const char *fmt, ...)
{
	char line[128];
	va_list ap;

	if (report_fd < 0)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	put_report(line, strlen(line));
}

/* Send what can be read from @fd. False at its end. */
static bool pass_on(int fd, char stream)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char in[1024];
	char out[2 * sizeof(in) + 3], *p = out;
	ssize_t i, n = read(fd, in, sizeof(in));

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	*p++ = '\001';
	*p++ = stream;
	for (i = 0; i < n; i++) {
		*p++ = digits[in[i] >> 4];
		*p++ = digits[in[i] & 15];
	}
	*p++ = '\002';
	put_report(out, p - out);
	return true;
}

static void read_line(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, buf, size - 1);
		close(fd);
	}
	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int wait_for(pid_t child)
{
	int status;
	pid_t pid;

	/* Orphans come to PID 1, so collect everyone and stop at ours. */
	do {
		pid = wait(&status);
	} while (pid != child && (pid > 0 || errno == EINTR));

	return pid == child ? exit_status(status) : 255;
}

static void interrupt(int sig)
{
	(void)sig;
}

/* The same, and meanwhile send what the child writes to these pipes. */
static int wait_and_send(pid_t child, int out, int err)
{
	struct pollfd fds[] = { { out, POLLIN, 0 }, { err, POLLIN, 0 } };
	const struct timespec now = { 0, 0 };
	struct sigaction action = { .sa_handler = interrupt };
	/* What the pipes can hold. More comes from those that the child left behind. */
	int left = 2 * 65536 / 1024;
	bool ended = false;
	sigset_t set, none;
	int n, status, ret = 255;
	pid_t pid;

	/* A child that ends interrupts ppoll(), and nothing else. */
	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGCHLD, &action, NULL);

	do {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			if (pid == child) {
				ended = true;
				ret = exit_status(status);
			}
		}
		n = ppoll(fds, 2, ended ? &now : NULL, &none);
		if (n > 0 && fds[0].revents && !pass_on(out, 'o'))
			fds[0].fd = -1;
		if (n > 0 && fds[1].revents && !pass_on(err, 'e'))
			fds[1].fd = -1;
	} while (!ended || (n > 0 && left-- > 0));
	return ret;
}

static void stdin_null(void)
{
	int fd = open("/dev/null", O_RDONLY);

	if (fd < 0) {
		close(0);
		return;
	}
	dup2(fd, 0);
	if (fd > 2)
		close(fd);
}

/* /dev/console cannot be a controlling terminal; the port behind it can. */
static void own_terminal(void)
{
	char active[64], path[80], *name;
	int fd;

	read_line("/sys/class/tty/console/active", active, sizeof(active));
	name = strrchr(active, ' ');
	snprintf(path, sizeof(path), "/dev/%s", name ? name + 1 : active);
	fd = open(path, O_RDWR);
	if (fd < 0)
		return;
	ioctl(fd, TIOCSCTTY, 0);
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	if (fd > 2)
		close(fd);
}

static int run(char *const argv[], bool apart)
{
	int interactive = !argv[1];
	int out[2], err[2];
	pid_t child;

	if (apart && (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))) {
		complain("pipe");
		return 255;
	}
	child = fork();
	if (child < 0) {
		complain("fork");
		return 255;
	}
	if (child == 0) {
		setsid();
		if (interactive)
			own_terminal();
		else
			stdin_null();
		if (apart) {
			dup2(out[1], 1);
			dup2(err[1], 2);
		}
		execv(argv[0], argv);
		complain(argv[0]);
		_exit(127);
	}
	if (!apart)
		return wait_for(child);
	close(out[1]);
	close(err[1]);
	return wait_and_send(child, out[0], err[0]);
}

int main(void)
{
	uint64_t entry = ticks();
	uint64_t entry_ms = boottime_ns() / 1000000;
	char *const install[] = { "/bin/busybox", "--install", "-s", "/bin", NULL };
	char *const command[] = { "/bin/sh", "/cmd", NULL };
	char *const shell[] = { "/bin/sh", NULL };
	char taint[32];
	int status = -1;

	/* devtmpfs first: until then there may be no console to complain on. */
	mount_one("devtmpfs", "/dev");
	open_console();
	mount_one("proc", "/proc");
	mount_one("sysfs", "/sys");
	mount_one("debugfs", "/sys/kernel/debug");
	mount_one("tmpfs", "/tmp");
	mount_one("tmpfs", "/run");
	mount_one("tmpfs", "/dev/shm");
	chmod("/tmp", 01777);
	chmod("/dev/shm", 01777);

	loopback_up();
	open_report();
	report("boot\t%llu\n", (unsigned long long)entry);
	report("boot_ms\t%llu\n", (unsigned long long)entry_ms);

	clearenv();
	setenv("PATH", "/bin:/sbin:/usr/bin", 1);
	setenv("HOME", "/", 1);
	setenv("TERM", "vt100", 1);
	setenv("REPORT", report_fd < 0 ? "/dev/null" : REPORT_PORT, 1);
	setenv("MONITOR", MONITOR_PORT, 1);

	if (access(install[0], X_OK) == 0 && run(install, false) != 0)
		fprintf(stderr, "init: busybox --install failed\n");

	/* Either comes last in the initramfs, so where memory is too little it is not there. */
	if (access("/cmd", R_OK) == 0)
		status = run(command, report_fd >= 0 && access("/apart", F_OK) == 0);
	else if (access("/shell", F_OK) == 0)
		status = run(shell, false);
	else
		complain("/cmd");

	read_line("/proc/sys/kernel/tainted", taint, sizeof(taint));
	report("taint\t%s\n", taint);
	if (status >= 0)
		report("exit\t%d\n", status);
	if (report_fd < 0)
		printf("init: exit %d\n", status);
	else
		tcdrain(report_fd);
	fflush(stdout);
	tcdrain(1);
	sync();
	reboot(RB_AUTOBOOT);
	complain("reboot");
	for (;;)
		pause();
}
