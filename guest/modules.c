// SPDX-License-Identifier: GPL-2.0
/* The init of a guest that only loads and unloads /module.ko, again and again. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS	100

int main(void)
{
	int i, fd, bad = 0;

	for (i = 0; i < ROUNDS && !bad; i++) {
		fd = open("/module.ko", O_RDONLY);
		bad = fd < 0 || syscall(SYS_finit_module, fd, "", 0) ||
		      syscall(SYS_delete_module, NAME, O_NONBLOCK);
		close(fd);
	}
	if (bad)
		perror("modules");
	printf("modules: loaded and unloaded %d times, bad=%d\n", i, bad);
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
