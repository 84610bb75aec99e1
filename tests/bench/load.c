/*
 * load - a client that measures an echo server
 *
 *   load [-i IDLE] [-w recv|poll|epoll] sctp|tcp|udp PORT SIZE OUTSTANDING SECONDS
 *   load [-i IDLE] setup PORT SECONDS
 *   load hold PORT COUNT
 *
 * The first form keeps OUTSTANDING messages of SIZE bytes in flight to the echo server at PORT of
 * this host and back, and prints the microseconds per message: time divided by messages.  It counts
 * bytes, and so does not depend on message boundaries.  The second sets associations up and shuts
 * them down, one after the other, and prints the microseconds of each.  With -i, IDLE further
 * associations are idle during the measurement; -w tells how to wait for input.  The third sets
 * COUNT associations up, prints "held", and waits until its standard input ends.  The first two
 * warm up for a tenth of SECONDS, which is not measured.
 */
#include "../tools/clock.h"
#include "cmdline/cmdline.h"
#include "unpsctp.h"
#include "waiting.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

enum { MOST_OUTSTANDING = 256, MOST_BYTES = 1 << 20, PATIENCE_S = 20 };

struct flow {
    int fd;
    bool stream; /* TCP: bytes, no messages */
    size_t size;
    int outstanding;
    size_t owed; /* outstanding bytes */
};

static char out_buf[MOST_BYTES], in_buf[MOST_BYTES];
static struct mmsghdr out[MOST_OUTSTANDING], in[MOST_OUTSTANDING];
static struct iovec out_iov[MOST_OUTSTANDING], in_iov[MOST_OUTSTANDING];

/* Connects a socket to the server, with NODELAY and a receive timeout. */
static int dial(const char *proto, uint16_t port)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    const int on = 1;
    bool udp = strcmp(proto, "udp") == 0, tcp = strcmp(proto, "tcp") == 0;
    int fd = Socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, udp || tcp ? 0 : IPPROTO_SCTP);

    if (tcp)
        Setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    else if (!udp)
        Setsockopt(fd, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof(on));
    Setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
        err_sys("connect to port %d", port);
    return fd;
}

static void dial_idle(uint16_t port, long count)
{
    const rlim_t most = 5 * (rlim_t)count + 1000; /* several to each on the userland stack */
    struct rlimit files;

    if (count && getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < most) {
        files.rlim_cur = most < files.rlim_max ? most : files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    for (long i = 0; i < count; i++)
        dial("sctp", port);
}

static void send_some(struct flow *f, int count)
{
    f->owed += (size_t)count * f->size;
    if (f->stream || count == 1) {
        for (size_t left = (size_t)count * f->size; left > 0;) {
            ssize_t n = send(f->fd, out_buf, left, MSG_NOSIGNAL);

            if (n < 0)
                err_sys("send");
            left -= (size_t)n;
        }
        return;
    }
    for (int sent = 0; sent < count;) {
        int n = sendmmsg(f->fd, out, (unsigned)(count - sent), MSG_NOSIGNAL);

        if (n < 0)
            err_sys("sendmmsg");
        sent += n;
    }
}

/* Waits for data, and receives all that has arrived. */
static void receive_some(struct flow *f)
{
    size_t got = 0;

    wait_for_input(f->fd);
    if (f->stream || f->outstanding == 1) {
        ssize_t n = recv(f->fd, in_buf, sizeof(in_buf), 0);

        if (n <= 0)
            err_quit(EXIT_LOST, "recv: %s", n ? strerror(errno) : "end of file");
        got = (size_t)n;
    } else {
        int n = recvmmsg(f->fd, in, (unsigned)f->outstanding, MSG_WAITFORONE, NULL);

        if (n <= 0)
            err_quit(EXIT_LOST, "recvmmsg: %s", n ? strerror(errno) : "nothing");
        for (int i = 0; i < n; i++)
            got += in[i].msg_len;
    }
    if (got == 0 || got > f->owed)
        err_quit(EXIT_LOST, "%zu bytes came, %zu were to come: is this an echo server?", got,
                 f->owed);
    f->owed -= got;
}

/* Makes round trips for `seconds`; returns the microseconds of each. */
static double round_trips(struct flow *f, double seconds)
{
    double from = seconds_now(), to;
    size_t came = 0;

    do {
        size_t before;

        send_some(f, f->outstanding - (int)((f->owed + f->size - 1) / f->size));
        before = f->owed;
        receive_some(f);
        came += before - f->owed;
        to = seconds_now();
    } while (to - from < seconds);
    return (to - from) * 1e6 * (double)f->size / (double)came;
}

static void echo(const char *proto, uint16_t port, struct flow *f, double seconds)
{
    for (int i = 0; i < f->outstanding; i++) {
        /* cat may send several messages back as one. */
        out_iov[i] = (struct iovec){out_buf, f->size};
        in_iov[i] = (struct iovec){in_buf + (size_t)i * (sizeof(in_buf) / (size_t)f->outstanding),
                                   sizeof(in_buf) / (size_t)f->outstanding};
        out[i].msg_hdr = (struct msghdr){.msg_iov = &out_iov[i], .msg_iovlen = 1};
        in[i].msg_hdr = (struct msghdr){.msg_iov = &in_iov[i], .msg_iovlen = 1};
    }
    memset(out_buf, 'x', sizeof(out_buf));
    f->stream = strcmp(proto, "tcp") == 0;
    f->fd = dial(proto, port);
    round_trips(f, seconds / 10);
    printf("%.3f\n", round_trips(f, seconds));
    while (f->owed) /* otherwise a simple server would fail to answer a closed association */
        receive_some(f);
}

static double set_ups(uint16_t port, double seconds)
{
    double from = seconds_now(), to;
    int count = 0;

    do {
        close(dial("sctp", port));
        count++;
        to = seconds_now();
    } while (to - from < seconds);
    return (to - from) * 1e6 / count;
}

static void hold(uint16_t port, long count)
{
    char c;

    dial_idle(port, count);
    printf("held\n");
    fflush(stdout);
    while (read(STDIN_FILENO, &c, 1) > 0)
        ;
}

int main(int argc, char **argv)
{
    const char *what;
    struct flow f = {0};
    long idle = 0;
    uint16_t port;
    double seconds;
    int c;

    while ((c = getopt(argc, argv, "i:w:")) != -1) {
        if (c == 'i')
            idle = Unp_parse_number("-i", optarg, 0, 100000);
        else if (c == 'w')
            choose_waiting(optarg);
        else
            return EXIT_USAGE;
    }
    argc -= optind;
    argv += optind;
    what = argc ? argv[0] : "";
    if (argc != (strcmp(what, "setup") == 0 || strcmp(what, "hold") == 0 ? 3 : 5))
        err_quit(EXIT_USAGE, "usage: load [-i IDLE] sctp|tcp|udp PORT SIZE OUTSTANDING SECONDS");
    port = (uint16_t)Unp_parse_number("PORT", argv[1], 1, 65535);
    if (strcmp(what, "hold") == 0) {
        hold(port, Unp_parse_number("COUNT", argv[2], 1, 100000));
        return EXIT_OK;
    }
    seconds = atof(argv[argc - 1]);
    dial_idle(port, idle);
    if (strcmp(what, "setup") == 0) {
        set_ups(port, seconds / 10);
        printf("%.3f\n", set_ups(port, seconds));
        return EXIT_OK;
    }
    f.size = (size_t)Unp_parse_number("SIZE", argv[2], 1, 65536);
    f.outstanding = (int)Unp_parse_number("OUTSTANDING", argv[3], 1, MOST_OUTSTANDING);
    if (f.size * (size_t)f.outstanding > MOST_BYTES)
        err_quit(EXIT_USAGE, "SIZE times OUTSTANDING: at most %d", MOST_BYTES);
    echo(what, port, &f, seconds);
    return EXIT_OK;
}
