/*
 * members - many members of a chat room, in one process
 *
 *   members [-k SPEAKERS] [-m MESSAGES] [-s BYTES] [-i MS] [-S STUCK] [-e] [-n] [-N] [-t] PORT N
 *
 * N members join the room at PORT of this host.  Each of the first SPEAKERS (1) sends MESSAGES
 * (100) of BYTES (50) on ten streams in turn, one every MS (0: as fast as possible); with -t the
 * next only when all others have received the previous one.  The last STUCK (0) never read.  With
 * -n the program does not wait for a quiet room, because others send messages.  With -e the
 * speakers ask for copies of their own messages, as sctp_chat_cli may, and do not count them.  With
 * -N the server is book/chatserv, which gives no names, and sends all members their own messages.
 *
 * Prints how many messages were lost, duplicated or out of order; the longest pause that a member
 * had between two messages; the time until all were received; and with -t how long a message took
 * to reach all.  Exits 0 if no message was lost, duplicated or out of order.
 */
#include "clock.h"
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STREAMS = 10, MOST_SPEAKERS = 50, PATIENCE_S = 300, AT_A_TIME = 50 };

struct member {
    int fd;
    bool here;                        /* has got its nickname */
    unsigned heard[MOST_SPEAKERS];    /* messages */
    int next[MOST_SPEAKERS][STREAMS]; /* the least number that may come on this stream */
    double last, pause;               /* s: time of the last message, the longest pause */
    int turn;                         /* of the last message, with -t */
};

static struct member *members;
static int n, stuck, speakers = 1, messages = 100, size = 50, interval;
static int ep, arrivals; /* epoll: readable members; edge-triggered, members with a new message */
static bool in_turns, own_words, noisy, nameless;
static unsigned long doubled, disordered, heard_in_all, heard_itself;
static double *reach;

static void join(struct member *m, uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = m};
    const int on = 1;

    m->fd = Socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    Setsockopt(m->fd, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof(on));
    if (connect(m->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        err_sys("connect");
    /* A send that waited for the server would keep all members from reading. */
    if (fcntl(m->fd, F_SETFL, O_NONBLOCK) < 0)
        err_sys("fcntl");
    if (m >= members + n - stuck)
        return;
    if (epoll_ctl(ep, EPOLL_CTL_ADD, m->fd, &e) < 0)
        err_sys("epoll_ctl");
    m->here = nameless; /* the association is up */
    e.events |= EPOLLET;
    if (in_turns && epoll_ctl(arrivals, EPOLL_CTL_ADD, m->fd, &e) < 0)
        err_sys("epoll_ctl");
}

/* "guest3: @SPEAKER STREAM NUMBER ...", with -n without the name */
static void hear(struct member *m, const char *line, double t)
{
    const char *text = strchr(line, '@');
    int who, stream, number;

    if (strncmp(line, "*** you are ", 12) == 0)
        m->here = true;
    if (!text || sscanf(text, "@%d %d %d", &who, &stream, &number) != 3 || who < 0 ||
        who >= speakers || stream < 0 || stream >= STREAMS)
        return;
    if (m == &members[who]) {
        heard_itself += !own_words;
        return;
    }
    if (number < m->next[who][stream])
        doubled++;
    else if (number > m->next[who][stream])
        disordered++;
    m->next[who][stream] = number + STREAMS;
    m->heard[who]++;
    heard_in_all++;
    if (m->last > 0 && t - m->last > m->pause)
        m->pause = t - m->last;
    m->last = t;
}

/* Waits at most `ms` for messages and reads them; returns how many members had one. */
static int listen_to_all(int ms)
{
    static char buf[300000];
    struct epoll_event events[256];
    int k = epoll_wait(ep, events, 256, ms);
    double t = seconds_now();

    for (int i = 0; i < k; i++) {
        struct member *m = events[i].data.ptr;
        ssize_t len;

        len = recv(m->fd, buf, sizeof(buf) - 1, MSG_DONTWAIT);
        if (len == 0 || (len < 0 && errno != EAGAIN))
            err_quit(EXIT_LOST, "member %td was disconnected: %s", m - members,
                     len ? strerror(errno) : "end of file");
        buf[len > 0 ? len : 0] = '\0';
        hear(m, buf, t);
    }
    return k;
}

static void say(int who, int number)
{
    static char text[1 << 20];
    int stream = number % STREAMS;
    int len = sprintf(text, "@%d %d %d ", who, stream, number);

    if (len < size)
        memset(text + len, 'x', (size_t)(size - len));
    while (sctp_sendmsg(members[who].fd, text, (size_t)(len < size ? size : len), NULL, 0, 0, 0,
                        (uint16_t)stream, 0, 0) < 0) {
        if (errno != EAGAIN)
            err_sys("sctp_sendmsg");
        listen_to_all(1);
    }
}

static unsigned long expected(int said)
{
    return (unsigned long)said * (unsigned long)speakers * (unsigned long)(n - stuck - 1);
}

static void wait_until_heard(unsigned long count)
{
    double end = seconds_now() + PATIENCE_S;

    while (heard_in_all < count && seconds_now() < end)
        listen_to_all(100);
}

/* Waits until all members that are to receive a message have it.  They read it afterwards, so that
 * the time that this process needs to read is not measured. */
static void wait_until_there(int turn)
{
    static struct epoll_event events[1024];
    int there = 0;

    while (there < n - stuck - 1) {
        int k = epoll_wait(arrivals, events, 1024, PATIENCE_S * 1000);

        if (k <= 0)
            return;
        for (int i = 0; i < k; i++) {
            struct member *m = events[i].data.ptr;

            there += m->turn != turn && !(own_words && m == members);
            m->turn = turn;
        }
    }
}

static void forget_arrivals(void)
{
    struct epoll_event events[64];

    while (epoll_wait(arrivals, events, 64, 0) > 0)
        ;
}

static void converse(void)
{
    double began = seconds_now();

    for (int i = 0; i < messages; i++) {
        double from, left;

        if (in_turns)
            forget_arrivals();
        from = seconds_now();
        for (int k = 0; k < speakers; k++)
            say(k, i);
        if (in_turns)
            wait_until_there(i + 1);
        reach[i] = seconds_now() - from;
        if (in_turns)
            wait_until_heard(expected(i + 1));
        while (interval && (left = from + interval / 1e3 - seconds_now()) > 0)
            listen_to_all((int)(left * 1e3) + 1);
        listen_to_all(0);
    }
    wait_until_heard(expected(messages));
    printf("%d messages said in %.3f s\n", messages * speakers, seconds_now() - began);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static int report(void)
{
    unsigned long missing =
        expected(messages) > heard_in_all ? expected(messages) - heard_in_all : 0;
    double pause = 0;

    for (int i = 0; i < n - stuck; i++)
        if (members[i].pause > pause)
            pause = members[i].pause;
    printf("%lu messages heard: %lu missing, %lu doubled, %lu disordered\n", heard_in_all, missing,
           doubled, disordered);
    if (heard_itself)
        printf("%lu messages came back to their speakers\n", heard_itself);
    printf("longest pause of a member: %.1f ms\n", pause * 1e3);
    if (in_turns) {
        qsort(reach, (size_t)messages, sizeof(*reach), by_size);
        printf("all have it after: median %.2f ms, 95%% %.2f ms, worst %.2f ms\n",
               reach[messages / 2] * 1e3, reach[messages * 95 / 100] * 1e3,
               reach[messages - 1] * 1e3);
    }
    return missing || doubled || disordered || heard_itself ? EXIT_INCOMPLETE : EXIT_OK;
}

/* Waits until the first `count` members, except those that never read, have their nicknames. */
static void wait_until_here(int count)
{
    static int here;
    double end = seconds_now() + PATIENCE_S;

    if (count > n - stuck)
        count = n - stuck;
    for (; here < count; here++)
        while (!members[here].here) {
            if (seconds_now() > end)
                err_quit(EXIT_INCOMPLETE, "member %d was not told its name", here);
            listen_to_all(100);
        }
}

/* A few at a time, so that a busy server with default buffers loses none. */
static void all_join(uint16_t port)
{
    const rlim_t most = 5 * (rlim_t)n + 1000; /* several to each on the userland stack */
    const struct rlimit files = {.rlim_cur = most, .rlim_max = most};
    double from = seconds_now();

    setrlimit(RLIMIT_NOFILE, &files);
    for (int i = 0; i < n; i++) {
        join(&members[i], port);
        if ((i + 1) % AT_A_TIME == 0)
            wait_until_here(i + 1);
    }
    wait_until_here(n);
    if (own_words && !nameless)
        for (int k = 0; k < speakers; k++)
            if (sctp_sendmsg(members[k].fd, "/echo on", 8, NULL, 0, 0, 0, 0, 0, 0) < 0)
                err_sys("sctp_sendmsg");
    printf("%d joined in %.3f s\n", n, seconds_now() - from);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int c;

    while ((c = getopt(argc, argv, "k:m:s:i:S:enNt")) != -1)
        switch (c) {
        case 'k':
            speakers = (int)Unp_parse_number("-k", optarg, 1, MOST_SPEAKERS);
            break;
        case 'm':
            messages = (int)Unp_parse_number("-m", optarg, 1, 1000000);
            break;
        case 's':
            size = (int)Unp_parse_number("-s", optarg, 0, 1 << 20);
            break;
        case 'i':
            interval = (int)Unp_parse_number("-i", optarg, 0, 10000);
            break;
        case 'S':
            stuck = (int)Unp_parse_number("-S", optarg, 0, 10000);
            break;
        case 'e':
            own_words = true;
            break;
        case 'n':
            noisy = true;
            break;
        case 'N':
            nameless = own_words = true;
            break;
        case 't':
            in_turns = true;
            break;
        default:
            return EXIT_USAGE;
        }
    if (in_turns && speakers > 1)
        err_quit(EXIT_USAGE, "-t is for one speaker");
    if (argc - optind != 2)
        err_quit(EXIT_USAGE, "usage: members [-k SPEAKERS] [-m MESSAGES] ... PORT N");
    n = (int)Unp_parse_number("N", argv[optind + 1], 2, 100000);
    members = calloc((size_t)n, sizeof(*members));
    reach = calloc((size_t)messages, sizeof(*reach));
    ep = epoll_create1(0);
    arrivals = epoll_create1(0);
    if (!members || !reach || ep < 0 || arrivals < 0)
        err_sys("start");
    for (int i = 0; i < n; i++)
        for (int k = 0; k < MOST_SPEAKERS; k++)
            for (int s = 0; s < STREAMS; s++)
                members[i].next[k][s] = s;
    all_join((uint16_t)Unp_parse_number("PORT", argv[optind], 1, 65535));
    while (!noisy && listen_to_all(700) > 0) /* announcements of the joins are not counted */
        ;
    converse();
    return report();
}
