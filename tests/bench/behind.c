/*
 * behind - delay of small messages behind large ones on the same association, for the bench
 *
 *   behind [-O OPTION]... receive ADDRESS PORT
 *   behind [-O OPTION]... send ADDRESS PORT SECONDS
 *
 * The sender keeps a message of 256 KiB outstanding on each of the streams 1 to 4: the receiver
 * answers it, and the next one follows.  On stream 0 it sends a small message, 100 bytes with
 * the time.  The next one follows a random time after the answer, at most 200 ms, which is longer
 * than a large message takes.  The receiver runs on the same machine, and so on the same clock: it
 * answers with the delay, from before the call that sent the message until it was received.
 *
 * The sender prints "chunks DATA" or "chunks I-DATA" (RFC 8260), as negotiated, "window BYTES", the
 * peer's, "delay MS" for each small message, and "bulk MB/S", the rate of the large ones.  The
 * first quarter of SECONDS is not measured: the congestion window grows.
 */
#include "../tools/clock.h"
#include "cmdline/cmdline.h"
#include "option/option.h"
#include "unpsctp.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE = 256 << 10, SMALL = 100, BULK_STREAMS = 4 };
/* The default receive buffer of Linux. */
enum { SEND_BUFFER = 4 << 20, RECEIVE_BUFFER = 106496 };
static const double longest_pause = 0.2, patience = 20; /* s */

static struct unp_opt_list options;
static char buf[LARGE];
static int fd;

/* Receives a message, or its last fragment, into buf.  False: it was a notification, or another
 * fragment. */
static bool receive(struct sctp_rcvinfo *info)
{
#ifdef HAVE_SCTP_SENDV
    struct iovec iov = {buf, sizeof(buf)};
    socklen_t size = sizeof(*info);
    unsigned type = SCTP_RECVV_NOINFO;
    int flags;

    Sctp_recvv(fd, &iov, 1, NULL, NULL, info, &size, &type, &flags);
    return type == SCTP_RECVV_RCVINFO && flags & MSG_EOR && !(flags & MSG_NOTIFICATION);
#else
    (void)info;
    err_quit(EXIT_SYSTEM, "libsctp has no sctp_recvv; install version 1.0.19");
#endif
}

static void Send(sctp_assoc_t id, uint16_t stream, const void *data, size_t len)
{
    const struct sctp_sndinfo info = {.snd_sid = stream, .snd_assoc_id = id};

    if (unp_send_info(fd, data, len, &info, NULL, 0) < 0 && unp_send_failure(errno) != SEND_ENDING)
        err_sys("send");
}

static _Noreturn void answer_all(void)
{
    for (;;) {
        struct sctp_rcvinfo info;
        double sent, ms = 0;

        if (!receive(&info))
            continue;
        if (info.rcv_sid == 0) {
            memcpy(&sent, buf, sizeof(sent));
            ms = (seconds_now() - sent) * 1e3;
        }
        Send(info.rcv_assoc_id, info.rcv_sid, &ms, sizeof(ms));
    }
}

static void send_on(sctp_assoc_t id, uint16_t stream)
{
    static char message[LARGE];
    double now = seconds_now();

    memcpy(message, &now, sizeof(now));
    Send(id, stream, message, stream ? LARGE : SMALL);
}

/* Waits for an answer; false: there is none up to this moment. */
static bool answered(double moment, struct sctp_rcvinfo *info)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    double left = moment - seconds_now();

    return poll(&p, 1, left > 0 ? (int)(left * 1e3) + 1 : 0) > 0 && receive(info);
}

static void measure(sctp_assoc_t id, double seconds)
{
    double from = seconds_now() + seconds / 4, to = from + seconds * 3 / 4, next = from;
    double now, ms, large = 0;
    bool outstanding = false; /* the small message */
    int delays = 0;

    for (uint16_t i = 1; i <= BULK_STREAMS; i++)
        send_on(id, i);
    while ((now = seconds_now()) < to || outstanding || !delays) {
        struct sctp_rcvinfo info;

        if (now > to + patience)
            err_quit(EXIT_LOST, "a small message has not arrived");
        if (!outstanding && now >= next) {
            send_on(id, 0);
            outstanding = true;
        }
        if (!answered(outstanding ? to + patience : next, &info))
            continue;
        if (info.rcv_sid == 0) {
            memcpy(&ms, buf, sizeof(ms));
            printf("delay %.3f\n", ms);
            outstanding = false;
            delays++;
            next = seconds_now() + longest_pause * drand48();
        } else if (now < to) {
            large += now >= from ? LARGE : 0;
            send_on(id, info.rcv_sid);
        }
    }
    printf("bulk %.3f\n", large / 1e6 / (to - from));
}

static void print_association(sctp_assoc_t id)
{
    struct sctp_assoc_value interleaving = {.assoc_id = id};
    socklen_t size = sizeof(interleaving);
    struct sctp_status status;

    Getsockopt(fd, IPPROTO_SCTP, SCTP_INTERLEAVING_SUPPORTED, &interleaving, &size);
    if (unp_get_status(fd, id, &status) < 0)
        err_sys("SCTP_STATUS");
    printf("chunks %s\nwindow %u\n", interleaving.assoc_value ? "I-DATA" : "DATA",
           status.sstat_rwnd);
}

static _Noreturn void serve(struct unp_setup *setup, const char *address)
{
    setup->buffer = RECEIVE_BUFFER;
    Unp_addrs_add(&setup->local, "ADDRESS", address, setup->port);
    fd = Unp_listen(setup);
    printf("listening\n");
    fflush(stdout);
    answer_all();
}

static sctp_assoc_t dial(struct unp_setup *setup, const char *address)
{
    struct unp_addrs to = {0};
    sctp_assoc_t id;

    Unp_addrs_add(&to, "ADDRESS", address, setup->port);
    setup->port = 0;
    fd = Unp_open(setup, AF_INET);
    Sctp_connectx(fd, (struct sockaddr *)(void *)to.packed, to.count, &id);
    unp_addrs_free(&to);
    return id;
}

int main(int argc, char **argv)
{
    static const struct unp_cmdline_option table[] = {UNP_OPT_OPTION(options), {0}};
    struct unp_setup setup = {.ostreams = BULK_STREAMS + 1,
                              .buffer = SEND_BUFFER,
                              .set_options = Unp_opt_list_set_future};
    sctp_assoc_t id;

    Unp_options(argc, argv, "behind receive ADDRESS PORT, behind send ADDRESS PORT SECONDS", table,
                "");
    argc -= optind;
    argv += optind;
    if (!(argc == 3 && strcmp(argv[0], "receive") == 0) &&
        !(argc == 4 && strcmp(argv[0], "send") == 0))
        Unp_usage_error("receive ADDRESS PORT, or send ADDRESS PORT SECONDS");
    setup.port = (uint16_t)Unp_parse_number("PORT", argv[2], 1, 65535);
    setup.options = options.before;
    if (argc == 3)
        serve(&setup, argv[1]);
    id = dial(&setup, argv[1]);
    Unp_opt_list_set(fd, id, options.after);
    print_association(id);
    measure(id, atof(argv[3]));
    unp_abort(fd, id, "measured"); /* otherwise the large messages are still delivered */
    unp_opt_list_free(&options);
    return EXIT_OK;
}
