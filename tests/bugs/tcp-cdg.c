// SPDX-License-Identifier: GPL-2.0
/* The double free of CDG's state: see tcp-cdg.patch. */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct linger reset = { .l_onoff = 1 };
	socklen_t len = sizeof(sin);
	int listener, client, conn;

	if (setgid(65534) || setuid(65534))
		err(1, "setuid");
	listener = socket(AF_INET, SOCK_STREAM, 0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&sin, sizeof(sin)) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&sin, &len))
		err(1, "listen");
	if (setsockopt(listener, IPPROTO_TCP, TCP_CONGESTION, "cdg", 3))
		err(1, "TCP_CONGESTION");
	if (connect(client, (struct sockaddr *)&sin, sizeof(sin)))
		err(1, "connect");
	conn = accept(listener, NULL, NULL);

	/* A reset frees what the connection has at once, and not when its FIN is acked. */
	if (setsockopt(conn, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		err(1, "SO_LINGER");
	close(conn);
	close(listener);
	return 0;
}
