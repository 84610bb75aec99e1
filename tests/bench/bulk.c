/*
 * bulk - a minimal bulk sender and receiver, for the bench
 *
 *   bulk sink PORT
 *   bulk send PORT SIZE SECONDS
 *
 * The sink discards what it receives at 127.0.0.1.  The sender sends messages of SIZE bytes for
 * SECONDS, waits until the last is acknowledged, and prints the throughput in MB/s.  Both have
 * default buffers.
 */
#include "../tools/clock.h"
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char buf[1 << 20];

static void sink(const struct sockaddr_in *at)
{
    int fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);

    Bind(fd, (const struct sockaddr *)at, sizeof(*at));
    Listen(fd, 128);
    printf("listening\n");
    fflush(stdout);
    while (recv(fd, buf, sizeof(buf), 0) >= 0)
        ;
    err_sys("recv");
}

/* Sender-dry is notified once all data is acknowledged, and at once if it already is (RFC 6458,
 * 6.1.9). */
static void wait_until_dry(int fd)
{
    struct sctp_sndrcvinfo info;
    int flags;

    if (unp_subscribe(fd, SCTP_FUTURE_ASSOC, SCTP_SENDER_DRY_EVENT, true) < 0)
        err_sys("SCTP_SENDER_DRY_EVENT");
    do
        Sctp_recvmsg(fd, buf, sizeof(buf), NULL, NULL, &info, &flags);
    while (!(flags & MSG_NOTIFICATION));
}

static void send_much(const struct sockaddr_in *to, size_t size, double seconds)
{
    int fd = Socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    double from, bytes = 0;

    if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0)
        err_sys("connect");
    memset(buf, 'x', sizeof(buf));
    for (from = seconds_now(); seconds_now() - from < seconds; bytes += (double)size)
        if (send(fd, buf, size, MSG_NOSIGNAL) < 0)
            err_sys("send");
    wait_until_dry(fd);
    printf("%.3f\n", bytes / 1e6 / (seconds_now() - from));
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool to_sink = argc == 3 && strcmp(argv[1], "sink") == 0;

    if (!to_sink && !(argc == 5 && strcmp(argv[1], "send") == 0))
        err_quit(EXIT_USAGE, "usage: bulk sink PORT, bulk send PORT SIZE SECONDS");
    at.sin_port = htons((uint16_t)Unp_parse_number("PORT", argv[2], 1, 65535));
    if (to_sink)
        sink(&at);
    send_much(&at, (size_t)Unp_parse_number("SIZE", argv[3], 1, sizeof(buf)), atof(argv[4]));
    return EXIT_OK;
}
