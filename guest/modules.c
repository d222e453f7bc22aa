// SPDX-License-Identifier: GPL-2.0
/*
 * The init of a guest that loads and unloads /module.ko, again and again, and between has so
 * many threads that their stacks, once freed, are purged from vmalloc space.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS		10
#define THREADS		1500

static pthread_mutex_t alive = PTHREAD_MUTEX_INITIALIZER;

static void *live(void *unused)
{
	pthread_mutex_lock(&alive);
	pthread_mutex_unlock(&alive);
	return unused;
}

/* Stacks of threads that are there at the same time. */
static int stacks(void)
{
	static pthread_t threads[THREADS];
	pthread_attr_t attr;
	int i, nr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 32768);
	pthread_mutex_lock(&alive);
	for (nr = 0; nr < THREADS; nr++)
		if (pthread_create(&threads[nr], &attr, live, NULL))
			break;
	pthread_mutex_unlock(&alive);
	for (i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	return nr != THREADS;
}

int main(void)
{
	int i, fd, bad = 0;

	for (i = 0; i < ROUNDS && !bad; i++) {
		fd = open("/module.ko", O_RDONLY);
		bad = fd < 0 || syscall(SYS_finit_module, fd, "", 0) || stacks() ||
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
