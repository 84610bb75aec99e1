/*
 * serve - minimal echo servers, for the bench
 *
 *   serve [-w recv|poll|epoll] minimal|notified|tcp|udp PORT
 *
 * minimal is the SCTP server: a one-to-many socket, sctp_recvmsg(), and sctp_sendmsg() to the
 * message's source address.  notified is the same, but subscribes to SCTP_ASSOC_CHANGE and reads
 * the notifications.  Each prints "listening", serves 127.0.0.1 (tcp: one connection after the
 * other), and runs until a signal ends it.  -w tells how minimal and udp wait for input.
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"
#include "waiting.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

static char buf[1 << 17];

static void serve_sctp(int fd)
{
    for (;;) {
        struct sctp_sndrcvinfo info = {0};
        struct sockaddr_storage from;
        socklen_t len = sizeof(from);
        int flags = 0;
        ssize_t n;

        wait_for_input(fd);
        n = Sctp_recvmsg(fd, buf, sizeof(buf), (struct sockaddr *)&from, &len, &info, &flags);
        if (flags & MSG_NOTIFICATION)
            continue;
        Sctp_sendmsg(fd, buf, (size_t)n, (struct sockaddr *)&from, len, info.sinfo_ppid, 0,
                     info.sinfo_stream, 0, 0);
    }
}

static void serve_udp(int fd)
{
    for (;;) {
        struct sockaddr_storage from;
        socklen_t len = sizeof(from);
        ssize_t n;

        wait_for_input(fd);
        n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);
        if (n < 0 || sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&from, len) < 0)
            err_sys("recvfrom, sendto");
    }
}

static void serve_tcp(int listening)
{
    const int on = 1;

    for (;;) {
        int fd = accept(listening, NULL, NULL);
        ssize_t n;

        if (fd < 0)
            err_sys("accept");
        Setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
            if (send(fd, buf, (size_t)n, MSG_NOSIGNAL) < 0)
                break;
        close(fd);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    bool tcp, udp;
    int fd, c;

    while ((c = getopt(argc, argv, "w:")) == 'w')
        choose_waiting(optarg);
    argc -= optind - 1;
    argv += optind - 1;
    if (c != -1 || argc != 3)
        err_quit(EXIT_USAGE, "usage: serve [-w recv|poll|epoll] minimal|notified|tcp|udp PORT");
    tcp = strcmp(argv[1], "tcp") == 0;
    udp = strcmp(argv[1], "udp") == 0;
    at.sin_port = htons((uint16_t)Unp_parse_number("PORT", argv[2], 1, 65535));
    fd = Socket(AF_INET,
                tcp   ? SOCK_STREAM
                : udp ? SOCK_DGRAM
                      : SOCK_SEQPACKET,
                tcp || udp ? 0 : IPPROTO_SCTP);
    if (tcp)
        Setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    Bind(fd, (struct sockaddr *)&at, sizeof(at));
    if (strcmp(argv[1], "notified") == 0 &&
        unp_subscribe(fd, SCTP_FUTURE_ASSOC, SCTP_ASSOC_CHANGE, true) < 0)
        err_sys("SCTP_EVENT");
    if (!udp)
        Listen(fd, 128);
    printf("listening\n");
    fflush(stdout);
    if (tcp)
        serve_tcp(fd);
    if (udp)
        serve_udp(fd);
    serve_sctp(fd);
}
