/*
 * peer - a client or server that misbehaves
 *
 *   peer PORT MODE [ARG...]          a client of 127.0.0.1, or of $PEER_HOST; with $PEER_BUFFER
 *                                    bytes of buffers, and from port $PEER_PORT of $PEER_BIND
 *       bytes SIZE [STREAM [PPID [U]]]  sends SIZE bytes of every value, compares the echo
 *       silent                       sets an association up, sends nothing until stdin ends
 *       stuck SIZE                   sends and never reads, until it is aborted
 *       unheard                      sends each line of stdin, reads nothing; reports the 200th
 *       hold SIZE COUNT [CLIENTS]    sends COUNT messages, reads nothing until stdin ends; CLIENTS
 *                                    processes do so, all of which end with the first
 *       flood SIZE COUNT             until stdin ends: sends COUNT unprintable messages, and reads
 *       abort                        sends 20 messages and aborts
 *       vanish SIZE MS               begins to send a message, and aborts after MS milliseconds
 *
 *   peer PORT serve MODE             a server for one association
 *       mute                         sends no reply
 *       wrong                        replies with another text
 *       twice                        replies to each message twice
 *       abort                        aborts at the first message, with a reason
 *       eof                          shuts down at the first message
 *       hang                         stops reading after the first message, shuts down at a line
 *                                    on stdin, and reads again when stdin ends
 *
 * Prints a line for each event.
 */
#include "client/client.h"
#include "cmdline/cmdline.h"
#include "receive/inside.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LIMIT_MS 300000
#define ENOUGH   (64 << 20)

static struct unp_reassembly data, notice;

static int dial(uint16_t port, sctp_assoc_t *id)
{
    const char *host = getenv("PEER_HOST"), *bind = getenv("PEER_BIND");
    const char *from = getenv("PEER_PORT"), *buffer = getenv("PEER_BUFFER");
    const struct linger abort_on_close = {.l_onoff = 1};
    struct unp_client c = {
        .host = host ? host : "127.0.0.1",
        .port = port,
        .wait = 120,
        .setup = {.ostreams = 10, .buffer = buffer ? (size_t)atol(buffer) : 4 << 20}};
    int fd;

    c.setup.port = from ? (uint16_t)atoi(from) : 0;
    if (bind)
        Unp_addrs_add(&c.setup.local, "PEER_BIND", bind, 0);
    fd = Unp_client_connect(&c, id);
    if (from) /* so that close() does not wait for an answer */
        Setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_on_close, sizeof(abort_on_close));
    unp_client_free(&c);
    return fd;
}

/* Receives a whole message.  False: the association has ended, and its notification was printed. */
static bool take(int fd, struct unp_inbox *in, struct unp_message *msg)
{
    char text[1024];
    int64_t end = unp_now() + LIMIT_MS;

    while (unp_now() < end) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        const struct unp_fragment *fragment = unp_inbox_fragment(in, 0);
        const union sctp_notification *n;

        poll(&p, 1, (int)(end - unp_now() > 0 ? end - unp_now() : 0));
        if (unp_inbox_recv(in, fd, MSG_DONTWAIT) < 1)
            continue;
        if (!(fragment->flags & MSG_NOTIFICATION)) {
            if (unp_reassemble(&data, fragment, SIZE_MAX, msg) == 1)
                return true;
            continue;
        }
        if (unp_reassemble(&notice, fragment, SIZE_MAX, msg) != 1)
            continue;
        n = (const union sctp_notification *)(void *)msg->data;
        if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE &&
            n->sn_assoc_change.sac_state != SCTP_COMM_UP) {
            puts(unp_notification_text(n, msg->len, text, sizeof(text)));
            free(msg->owned);
            return false;
        }
        free(msg->owned);
    }
    puts("nothing came");
    return false;
}

/* Data with every byte value, in which each position has its own value. */
static unsigned char *pattern(size_t size)
{
    unsigned char *p = malloc(size);

    for (size_t i = 0; p && i < size; i++)
        p[i] = (unsigned char)(i * 7 + i / 251);
    return p;
}

static void wait_for_stdin(void)
{
    char c;

    while (read(STDIN_FILENO, &c, 1) > 0)
        ;
}

static void bytes(int fd, sctp_assoc_t id, struct unp_inbox *in, char **arg)
{
    size_t size = (size_t)atol(arg[0]);
    unsigned stream = arg[1] ? (unsigned)atoi(arg[1]) : 0;
    uint32_t ppid = arg[1] && arg[2] ? (uint32_t)strtoul(arg[2], NULL, 0) : 0;
    uint16_t unordered = arg[1] && arg[2] && arg[3] ? SCTP_UNORDERED : 0;
    struct sctp_sndinfo snd = {.snd_sid = (uint16_t)stream,
                               .snd_flags = unordered,
                               .snd_ppid = htonl(ppid),
                               .snd_assoc_id = id};
    unsigned char *p = pattern(size);
    struct unp_message msg;

    if (unp_send_info(fd, p, size, &snd, NULL, 0) < 0)
        err_sys("send %zu bytes", size);
    if (!take(fd, in, &msg)) {
        free(p);
        return;
    }
    printf("%s: %zu bytes, stream %u, ppid %u%s\n",
           msg.len == size && memcmp(msg.data, p, size) == 0 ? "same" : "different", msg.len,
           msg.rcv.rcv_sid, ntohl(msg.rcv.rcv_ppid),
           msg.rcv.rcv_flags & SCTP_UNORDERED ? ", unordered" : "");
    free(p);
    free(msg.owned);
}

static void unheard(int fd, sctp_assoc_t id)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = id};
    char line[1000];

    for (int sent = 0; fgets(line, sizeof(line), stdin); sent++) {
        if (sent == 200)
            puts("sent 200");
        if (unp_send_info(fd, line, strlen(line), &snd, NULL, 0) < 0)
            err_sys("send");
    }
}

static void stuck(int fd, sctp_assoc_t id, struct unp_inbox *in, size_t size)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = id};
    unsigned char *p = pattern(size);
    struct unp_message msg;
    size_t total = 0;

    while (total < ENOUGH && unp_send_info(fd, p, size, &snd, NULL, 0) >= 0)
        total += size;
    printf("sent %zu bytes\n", total);
    while (take(fd, in, &msg)) /* the replies that arrived, then the end of the association */
        free(msg.owned);
    free(p);
}

static void hold(int fd, sctp_assoc_t id, size_t size, int count)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = id};
    unsigned char *p = pattern(size);
    int sent = 0;

    while (sent < count && unp_send_info(fd, p, size, &snd, NULL, 0) >= 0)
        sent++;
    printf("sent %d messages\n", sent);
    wait_for_stdin();
    free(p);
}

/* Forks: from here on so many processes run. */
static void multiply(int processes)
{
    for (int i = 1; i < processes; i++)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            return;
        }
}

/* Sends COUNT messages as fast as possible, pauses, and repeats.  Prints the messages it receives.
 */
static void flood(int fd, sctp_assoc_t id, struct unp_inbox *in, size_t size, int count)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = id};
    unsigned char *p = malloc(size);
    struct unp_message msg;
    int64_t breath = 0;
    int sent = 0;

    memset(p, 1, size);
    for (;;) {
        struct pollfd fds[] = {{.fd = fd, .events = POLLIN | (sent < count ? POLLOUT : 0)},
                               {.fd = STDIN_FILENO, .events = POLLIN}};

        poll(fds, 2, 100);
        if (fds[1].revents)
            break;
        if (sent == count && unp_now() >= breath)
            sent = 0;
        while (sent < count && unp_send_info(fd, p, size, &snd, NULL, MSG_DONTWAIT) >= 0)
            if (++sent == count)
                breath = unp_now() + 100;
        if (!(fds[0].revents & POLLIN))
            continue;
        if (!take(fd, in, &msg))
            break;
        if (msg.len > 4 && memcmp(msg.data, "*** ", 4) == 0)
            printf("%.*s", (int)msg.len, (const char *)msg.data);
        free(msg.owned);
    }
    free(p);
}

static void abort_it(int fd, sctp_assoc_t id)
{
    struct sctp_sndinfo snd = {.snd_assoc_id = id};

    for (int i = 0; i < 20; i++)
        unp_send_info(fd, "doomed", 6, &snd, NULL, 0);
    unp_abort(fd, id, "had enough");
    puts("aborted");
}

static void vanish(int fd, sctp_assoc_t id, size_t size, int ms)
{
    struct sctp_sndinfo snd = {.snd_assoc_id = id};
    unsigned char *p = pattern(size);

    if (unp_send_info(fd, p, size, &snd, NULL, 0) < 0)
        err_sys("send %zu bytes", size);
    poll(NULL, 0, ms);
    unp_abort(fd, id, "in mid-message");
    puts("vanished");
    free(p);
}

/* The data that fills its receive buffer delays the shutdown. */
static void hang(int fd, sctp_assoc_t id)
{
    char c;

    puts("reads no more");
    if (read(STDIN_FILENO, &c, 1) == 1)
        unp_eof(fd, id);
    puts("shuts down");
    wait_for_stdin();
}

static void serve(uint16_t port, const char *mode, struct unp_inbox *in)
{
    bool hangs = strcmp(mode, "hang") == 0;
    struct unp_setup setup = {.port = port, .ostreams = 10, .buffer = hangs ? 4096 : 4 << 20};
    int fd = Unp_listen(&setup);
    struct unp_message msg;
    struct sctp_sndinfo snd = {0};

    puts("listening");
    while (take(fd, in, &msg)) {
        snd.snd_assoc_id = msg.rcv.rcv_assoc_id;
        if (strcmp(mode, "wrong") == 0)
            unp_send_info(fd, "something else", 14, &snd, NULL, 0);
        for (int i = 0; i < 2 && strcmp(mode, "twice") == 0; i++)
            unp_send_info(fd, msg.data, msg.len, &snd, NULL, 0);
        if (strcmp(mode, "abort") == 0)
            unp_abort(fd, snd.snd_assoc_id, "not \033[31mtoday");
        else if (strcmp(mode, "eof") == 0)
            unp_eof(fd, snd.snd_assoc_id);
        else if (hangs)
            hang(fd, snd.snd_assoc_id);
        free(msg.owned);
    }
    close(fd);
}

int main(int argc, char **argv)
{
    struct unp_inbox *in = unp_inbox_new(1, 65536);
    uint16_t port = argc > 2 ? (uint16_t)atoi(argv[1]) : 0;
    const char *mode = argc > 2 ? argv[2] : "";
    sctp_assoc_t id;
    int fd;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!port || !in)
        err_quit(EXIT_USAGE, "usage: peer PORT MODE [ARG...]; see its source");
    if (strcmp(mode, "serve") == 0 && argc == 4) {
        serve(port, argv[3], in);
        unp_inbox_free(in);
        return 0;
    }
    if (strcmp(mode, "hold") == 0 && argc > 5)
        multiply(atoi(argv[5]));
    fd = dial(port, &id);
    puts("up");
    if (strcmp(mode, "bytes") == 0 && argc > 3)
        bytes(fd, id, in, argv + 3);
    else if (strcmp(mode, "silent") == 0)
        wait_for_stdin();
    else if (strcmp(mode, "stuck") == 0 && argc > 3)
        stuck(fd, id, in, (size_t)atol(argv[3]));
    else if (strcmp(mode, "unheard") == 0)
        unheard(fd, id);
    else if (strcmp(mode, "hold") == 0 && argc > 4)
        hold(fd, id, (size_t)atol(argv[3]), atoi(argv[4]));
    else if (strcmp(mode, "flood") == 0 && argc > 4)
        flood(fd, id, in, (size_t)atol(argv[3]), atoi(argv[4]));
    else if (strcmp(mode, "abort") == 0)
        abort_it(fd, id);
    else if (strcmp(mode, "vanish") == 0 && argc > 4)
        vanish(fd, id, (size_t)atol(argv[3]), atoi(argv[4]));
    else
        err_quit(EXIT_USAGE, "unknown mode \"%s\"; see the source", mode);
    close(fd);
    unp_inbox_free(in);
    return 0;
}
