/*
 * one_thread - the least time that a round trip on libusrsctp takes
 *
 *   one_thread SIZE SECONDS
 *
 * Two processes, each with one thread and one association, exchange a message of SIZE bytes for
 * SECONDS, after a tenth of that to warm up.  Prints microseconds per round trip: "47.31".
 *
 * Each waits in recv() on a UDP socket that is connected to the other's, gives the packet to
 * libusrsctp, and sends what libusrsctp sends.  A program on the userland stack cannot do with
 * less: it waits for other descriptors and for signals too.  There are no timers: nothing is lost
 * on the way, and each packet acknowledges the one before.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <usrsctp.h>

enum { USAGE = 2, FAILED = 8 }; /* exit statuses, as our programs have them */
enum { LARGEST = 1000, SCTP_PORT = 5000, PATIENCE_S = 10 };

static int udp;
static char buffer[LARGEST];

__attribute__((noreturn)) static void fail(const char *what)
{
    fprintf(stderr, "one_thread: %s: %s\n", what, strerror(errno));
    exit(FAILED);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- UDP ------------------------------------------------------------------- */

static int bound(struct sockaddr_in *at)
{
    socklen_t size = sizeof(*at);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || bind(fd, (struct sockaddr *)at, size) < 0 ||
        getsockname(fd, (struct sockaddr *)at, &size) < 0)
        fail("bind a UDP socket");
    return fd;
}

static void make_pair(int pair[2])
{
    struct sockaddr_in at[2];

    for (int i = 0; i < 2; i++)
        pair[i] = bound(&at[i]);
    for (int i = 0; i < 2; i++)
        if (connect(pair[i], (struct sockaddr *)&at[!i], sizeof(at[!i])) < 0)
            fail("connect the UDP sockets");
}

/* libusrsctp's callback: sends a packet.  Its address is `udp`. */
static int output(void *address, void *packet, size_t size, uint8_t tos, uint8_t df)
{
    (void)address;
    (void)tos;
    (void)df;
    return send(udp, packet, size, 0) < 0 ? errno : 0;
}

static void take_packet(void)
{
    static char packet[LARGEST + 200];
    ssize_t n = recv(udp, packet, sizeof(packet), 0);

    if (n < 0)
        fail("receive a packet");
    usrsctp_conninput(&udp, packet, (size_t)n, 0);
}

/* ---- SCTP ------------------------------------------------------------------ */

static struct sockaddr_conn here(void)
{
    return (struct sockaddr_conn){
        .sconn_family = AF_CONN, .sconn_port = htons(SCTP_PORT), .sconn_addr = &udp};
}

static void prepare(struct socket *so)
{
    const int on = 1;

    if (!so || usrsctp_set_non_blocking(so, 1) < 0 ||
        usrsctp_setsockopt(so, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof(on)) < 0)
        fail("SCTP socket");
}

static struct socket *start(int fd)
{
    struct sockaddr_conn at = here();

    udp = fd;
    usrsctp_init_nothreads(0, output, NULL);
    usrsctp_register_address(&udp);
    struct socket *so = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
    prepare(so);
    if (usrsctp_bind(so, (struct sockaddr *)&at, sizeof(at)) < 0)
        fail("bind");
    return so;
}

static void say(struct socket *so, size_t size)
{
    struct sctp_sndinfo snd = {0};

    if (usrsctp_sendv(so, buffer, size, NULL, 0, &snd, sizeof(snd), SCTP_SENDV_SNDINFO, 0) < 0)
        fail("send");
}

static size_t hear(struct socket *so)
{
    for (;;) {
        struct sctp_rcvinfo rcv;
        socklen_t size = sizeof(rcv), no_address = 0;
        unsigned type;
        int flags = 0;

        take_packet();
        ssize_t n = usrsctp_recvv(so, buffer, sizeof(buffer), NULL, &no_address, &rcv, &size, &type,
                                  &flags);
        if (n > 0)
            return (size_t)n;
        if (n == 0 || errno != EAGAIN)
            fail("receive");
    }
}

/* Echoes until it is killed. */
__attribute__((noreturn)) static void answer(int fd)
{
    struct socket *listening = start(fd), *so = NULL;

    if (usrsctp_listen(listening, 1) < 0)
        fail("listen");
    while (!so) {
        take_packet();
        so = usrsctp_accept(listening, NULL, NULL);
    }
    prepare(so);
    for (;;)
        say(so, hear(so));
}

static double turns(struct socket *so, size_t size, double for_s)
{
    double from = now(), to = from;
    unsigned long n = 0;

    for (; to - from < for_s; to = now(), n++) {
        say(so, size);
        hear(so);
    }
    return (to - from) / (double)n;
}

int main(int argc, char **argv)
{
    size_t size = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    double for_s = argc == 3 ? strtod(argv[2], NULL) : 0;
    struct sockaddr_conn to = here();
    int pair[2];

    if (size < 1 || size > LARGEST || !(for_s >= 0.01 && for_s <= 3600)) {
        fprintf(stderr, "usage: one_thread SIZE SECONDS; SIZE: 1 to %d\n", LARGEST);
        return USAGE;
    }
    make_pair(pair);
    pid_t server = fork();
    alarm((unsigned)(1.1 * for_s) + PATIENCE_S); /* in each process */
    if (server == 0)
        answer(pair[1]);
    struct socket *so = start(pair[0]);
    if (usrsctp_connect(so, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
        fail("connect");
    take_packet(); /* INIT ACK */
    take_packet(); /* COOKIE ACK */
    turns(so, size, for_s / 10);
    printf("%.2f\n", turns(so, size, for_s) * 1e6);
    fflush(stdout);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    _exit(0);
}
