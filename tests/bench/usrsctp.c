/*
 * usrsctp - an echo pair on bare libusrsctp, as a reference for the userland stack
 *
 *   usrsctp serve PORT                           answers from the stack's own thread
 *   usrsctp loop PORT                            answers from a loop of receive and send
 *   usrsctp load PORT SIZE OUTSTANDING SECONDS
 *
 * The servers have one one-to-many socket and echo until they are killed; they print "listening"
 * when they are ready.  `load` has one association to 127.0.0.1 and keeps OUTSTANDING messages of
 * SIZE bytes in flight for SECONDS, after a tenth of that to warm up; it prints microseconds per
 * round trip, which is time divided by received messages: "47.31".
 *
 * The stack's receive thread reads a packet from UDP.  `serve` answers in that thread's callback,
 * which makes it the fastest server that this library allows.  `loop` and `load` make blocking
 * calls, which the thread wakes, as a program on our stack does.
 *
 * All packets go over UDP (RFC 6951): a server's UDP port has the number of its SCTP port, a
 * client's is arbitrary.  As root libusrsctp also opens raw sockets, which receive nothing.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <usrsctp.h>

enum { USAGE = 2, FAILED = 8 }; /* exit statuses, as our programs have them */
enum {
    LARGEST = 65536,
    MOST_IN_FLIGHT = 1 << 20, /* bytes: much less than a buffer, so that no send ever waits */
    BUFFER = 1 << 22,
    PATIENCE_S = 10,
};

static unsigned char buffer[LARGEST];

__attribute__((noreturn)) static void fail(const char *what)
{
    fprintf(stderr, "usrsctp: %s: %s\n", what, strerror(errno));
    _exit(FAILED); /* the stack's threads still run */
}

__attribute__((noreturn)) static void usage(const char *what, const char *why)
{
    fprintf(stderr,
            "usrsctp: \"%s\": %s; serve PORT | loop PORT | load PORT SIZE OUTSTANDING SECONDS\n",
            what, why);
    exit(USAGE);
}

static long number(const char *text, long least, long most)
{
    char *end, why[80];
    long n = strtol(text, &end, 10);

    if (end > text && !*end && n >= least && n <= most)
        return n;
    snprintf(why, sizeof(why), "not a number from %ld to %ld", least, most);
    usage(text, why);
}

static double seconds(const char *text)
{
    char *end;
    double s = strtod(text, &end);

    if (*end || !(s >= 0.01 && s <= 3600))
        usage(text, "not seconds from 0.01 to 3600");
    return s;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the stack ------------------------------------------------------------- */

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Starts the stack behind this UDP port (0: a free one).  libusrsctp does not report a port in use.
 */
static void start(uint16_t port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t size = sizeof(any);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&any, size) < 0 ||
        getsockname(fd, (struct sockaddr *)&any, &size) < 0)
        fail("bind the UDP port");
    close(fd);
    usrsctp_init(ntohs(any.sin_port), NULL, NULL);
    usrsctp_sysctl_set_sctp_blackhole(2); /* raw sockets may receive packets of other programs */
}

static void set(struct socket *so, int level, int option, const void *value, socklen_t size)
{
    if (usrsctp_setsockopt(so, level, option, value, size) < 0)
        fail("set an option");
}

typedef int on_message(struct socket *, union sctp_sockstore, void *, size_t, struct sctp_rcvinfo,
                       int, void *);

static struct socket *new_socket(int type, on_message *callback)
{
    const int on = 1, room = BUFFER;
    struct socket *so = usrsctp_socket(AF_INET, type, IPPROTO_SCTP, callback, NULL, 0, NULL);

    if (!so)
        fail("socket");
    set(so, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof(on));
    set(so, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof(on));
    set(so, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    set(so, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    return so;
}

/* The next message, in buffer. */
static size_t receive(struct socket *so, struct sctp_rcvinfo *rcv)
{
    struct sockaddr_in from;
    socklen_t from_size = sizeof(from), size = sizeof(*rcv);
    unsigned type = SCTP_RECVV_NOINFO;
    int flags = 0;
    ssize_t n = usrsctp_recvv(so, buffer, sizeof(buffer), (struct sockaddr *)&from, &from_size, rcv,
                              &size, &type, &flags);

    if (n < 0)
        fail("receive");
    errno = EMSGSIZE;
    if (n > 0 && (type != SCTP_RECVV_RCVINFO || !(flags & MSG_EOR)))
        fail("receive a whole message");
    return (size_t)n;
}

static bool send_on(struct socket *so, const void *data, size_t size, sctp_assoc_t id,
                    uint16_t stream)
{
    struct sctp_sndinfo snd = {.snd_sid = stream, .snd_assoc_id = id};

    return usrsctp_sendv(so, data, size, NULL, 0, &snd, sizeof(snd), SCTP_SENDV_SNDINFO, 0) >= 0;
}

/* ---- the servers ----------------------------------------------------------- */

/* A failed send means that the client has ended. */
static int answer(struct socket *so, union sctp_sockstore from, void *data, size_t size,
                  struct sctp_rcvinfo rcv, int flags, void *arg)
{
    (void)from;
    (void)flags;
    (void)arg;
    if (data)
        send_on(so, data, size, rcv.rcv_assoc_id, rcv.rcv_sid);
    free(data);
    return 1;
}

__attribute__((noreturn)) static void serve(uint16_t port, on_message *callback)
{
    struct sockaddr_in at = loopback(port);
    struct sctp_rcvinfo rcv;

    start(port);
    struct socket *so = new_socket(SOCK_SEQPACKET, callback);
    if (usrsctp_bind(so, (struct sockaddr *)&at, sizeof(at)) < 0 || usrsctp_listen(so, 10) < 0)
        fail("listen");
    puts("listening");
    fflush(stdout);
    while (callback)
        pause();
    for (;;) {
        size_t n = receive(so, &rcv);

        if (n)
            send_on(so, buffer, n, rcv.rcv_assoc_id, rcv.rcv_sid);
    }
}

/* ---- the load -------------------------------------------------------------- */

static void give_up(int signo)
{
    static const char text[] = "usrsctp: load: no end in sight; does the server run?\n";

    (void)signo;
    _exit(write(STDERR_FILENO, text, sizeof(text) - 1) > 0 ? FAILED : FAILED + 1);
}

static void say(struct socket *so, size_t size)
{
    if (!send_on(so, buffer, size, 0, 0))
        fail("send");
}

static void hear(struct socket *so, size_t size)
{
    struct sctp_rcvinfo rcv;

    errno = EPROTO;
    if (receive(so, &rcv) != size)
        fail("receive what was sent");
}

/* Round trips: each received message is replaced by a new one, so the number in flight is constant.
 */
static double turns(struct socket *so, size_t size, double for_s)
{
    double from = now(), to = from;
    unsigned long n = 0;

    for (; to - from < for_s; to = now(), n++) {
        hear(so, size);
        say(so, size);
    }
    return (to - from) / (double)n;
}

static void load(uint16_t port, size_t size, long outstanding, double for_s)
{
    struct sockaddr_in to = loopback(port);
    struct sctp_udpencaps udp = {.sue_address.ss_family = AF_INET, .sue_port = htons(port)};

    signal(SIGALRM, give_up);
    alarm((unsigned)(1.1 * for_s) + PATIENCE_S);
    start(0);
    struct socket *so = new_socket(SOCK_STREAM, NULL);
    set(so, IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, &udp, sizeof(udp));
    if (usrsctp_connect(so, (struct sockaddr *)&to, sizeof(to)) < 0)
        fail("connect");
    for (long i = 0; i < outstanding; i++)
        say(so, size);
    turns(so, size, for_s / 10);
    printf("%.2f\n", turns(so, size, for_s) * 1e6);
    for (long i = 0; i < outstanding; i++)
        hear(so, size);
    usrsctp_close(so);
    while (usrsctp_finish() < 0) /* until the association is shut down */
        usleep(1000);
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    uint16_t port = argc > 2 ? (uint16_t)number(argv[2], 1, 65535) : 0;

    if (argc == 3 && strcmp(what, "serve") == 0)
        serve(port, answer);
    if (argc == 3 && strcmp(what, "loop") == 0)
        serve(port, NULL);
    if (argc != 6 || strcmp(what, "load") != 0)
        usage(what, "what is to be done?");
    long size = number(argv[3], 1, LARGEST);
    load(port, (size_t)size, number(argv[4], 1, MOST_IN_FLIGHT / size), seconds(argv[5]));
    return 0;
}
