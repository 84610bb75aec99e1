/*
 * The reassembly of book/partial.c, with a model of its socket: a script says what sctp_recvmsg()
 * returns.  The kernel decides when it delivers a message in parts; here the test does.
 */
#include "unit.h"
#include "unpsctp.h"

#include <signal.h>

enum { LISTENER = 900, BUFFER = 40, MOST = 64, LARGEST = 262144, ENOUGH = 300 /* steps */ };

struct step {
    enum {
        END_OF_SCRIPT,
        BEGIN,   /* bytes of a message, in fragments; more follow */
        LAST,    /* the same, and they are the last */
        CHANGE,  /* a notification: the association's state is `n` */
        PARTIAL, /* a notification: the message will not be completed */
        LONG,    /* a notification in two parts: the association is up */
    } what;
    sctp_assoc_t id;
    size_t n;
};

int program_main(int argc, char **argv);

static const struct step *script;
static size_t given;               /* bytes of the step */
static size_t position[MOST + 10]; /* in the message of each association */

#define CALL(...) dprintf(STDERR_FILENO, __VA_ARGS__)

/* A byte of the message of an association. */
static char byte(sctp_assoc_t id, size_t at)
{
    return (char)((size_t)id * 7 + at + at / 40 * 3);
}

/* ---- the socket ----------------------------------------------------------------------- */

int socket(int family, int type, int protocol)
{
    CALL("[socket%s]", family == AF_INET && type == SOCK_SEQPACKET && protocol == IPPROTO_SCTP
                           ? ""
                           : " of another kind");
    return LISTENER;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    const struct sctp_event_subscribe *events = value;

    if (level == IPPROTO_SCTP && name == SCTP_EVENTS)
        CALL("[data_io %d, association %d, partial_delivery %d]", events->sctp_data_io_event,
             events->sctp_association_event, events->sctp_partial_delivery_event);
    else
        CALL("[%s: %d]",
             level == SOL_SOCKET && name == SO_SNDBUF ? "buffer"
             : level != IPPROTO_SCTP                  ? "another level"
             : name == SCTP_FRAGMENT_INTERLEAVE       ? "interleave"
             : name == SCTP_PARTIAL_DELIVERY_POINT    ? "point"
                                                      : "another option",
             *(const int *)value);
    return 0;
}

int bind(int fd, __CONST_SOCKADDR_ARG sa, socklen_t len)
{
    return 0;
}

int listen(int fd, int backlog)
{
    struct sigaction of_pipe;

    sigaction(SIGPIPE, NULL, &of_pipe);
    CALL("[listen%s]\n", of_pipe.sa_handler == SIG_IGN ? "" : ", and end by SIGPIPE");
    return 0;
}

static int receive_data(char *buf, size_t size, struct sctp_sndrcvinfo *info, int *flags)
{
    size_t n = script->n - given < size ? script->n - given : size;

    for (size_t i = 0; i < n; i++)
        buf[i] = byte(script->id, position[script->id]++);
    info->sinfo_assoc_id = script->id;
    given += n;
    if (given == script->n) {
        *flags = script->what == LAST ? MSG_EOR : 0;
        given = 0;
        script++;
    }
    return (int)n;
}

static size_t make_notification(union sctp_notification *to)
{
    memset(to, 0, sizeof(*to));
    if (script->what == PARTIAL) {
        to->sn_pdapi_event = (struct sctp_pdapi_event){.pdapi_type = SCTP_PARTIAL_DELIVERY_EVENT,
                                                       .pdapi_assoc_id = script->id};
        return sizeof(to->sn_pdapi_event);
    }
    to->sn_assoc_change = (struct sctp_assoc_change){.sac_type = SCTP_ASSOC_CHANGE,
                                                     .sac_state = (uint16_t)script->n,
                                                     .sac_assoc_id = script->id};
    return sizeof(to->sn_assoc_change);
}

int sctp_recvmsg(int fd, void *buf, size_t size, struct sockaddr *from, socklen_t *fromlen,
                 struct sctp_sndrcvinfo *info, int *flags)
{
    union sctp_notification n;
    size_t len;

    if (script->what == END_OF_SCRIPT)
        exit(EXIT_OK);
    if (size != BUFFER)
        CALL("[a buffer of %zu bytes]", size);
    *flags = 0;
    if (script->what == BEGIN || script->what == LAST)
        return receive_data(buf, size, info, flags);
    len = make_notification(&n);
    *flags = MSG_NOTIFICATION | (script->what == LONG && !given ? 0 : MSG_EOR);
    if (script->what == LONG && !given++) {
        n.sn_assoc_change.sac_state = SCTP_COMM_UP;
        memcpy(buf, &n, len);
        memset((char *)buf + len, 0, size - len);
        return BUFFER;
    }
    memcpy(buf, &n, len);
    given = 0;
    script++;
    return (int)len;
}

int sctp_send(int fd, const void *data, size_t len, const struct sctp_sndrcvinfo *info, int flags)
{
    const char *bytes = data;
    sctp_assoc_t id = info->sinfo_assoc_id;

    for (size_t i = 0; i < len; i++)
        if (bytes[i] != byte(id, i)) {
            CALL("[%d: byte %zu differs]", id, i);
            break;
        }
    CALL("[%d: %zu bytes]", id, len);
    position[id] = 0;
    return (int)len;
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    const struct sctp_sndinfo *info = (const void *)CMSG_DATA(CMSG_FIRSTHDR(m));

    CALL("[%s %d: %.*s]", info->snd_flags == SCTP_ABORT ? "abort" : "send", info->snd_assoc_id,
         (int)m->msg_iov->iov_len, (const char *)m->msg_iov->iov_base);
    position[info->snd_assoc_id] = 0;
    return (ssize_t)m->msg_iov->iov_len;
}

/* ---- a server ----------------------------------------------------------------------------- */

#define OPENED                                                                                     \
    "[socket][interleave: 1][point: 4096][buffer: 262144]"                                         \
    "[data_io 1, association 1, partial_delivery 1][listen]\n"

static void serve(void *steps)
{
    char *argv[] = {(char[]){"partial"}, NULL};

    script = steps;
    if (!freopen("/dev/null", "w", stdout)) /* book.t reads what it prints */
        _exit(1);
    program_main(1, argv);
}

static void serves(const struct step *steps, const char *expected)
{
    char got[6000], all[6000] = OPENED;

    strcat(all, expected);
    assert_int_equal(in_child(serve, (void *)(uintptr_t)steps, got, sizeof(got)), EXIT_OK);
    assert_string_equal(got, all);
}
#define STEPS(...)                                                                                 \
    (const struct step[])                                                                          \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            END_OF_SCRIPT                                                                          \
        }                                                                                          \
    }

UNIT_TEST(fragments_of_several_associations_are_reassembled)
{
    serves(STEPS({BEGIN, 3, 80}, {BEGIN, 4, 40}, {LAST, 3, 13}, {LAST, 5, 7}, {BEGIN, 4, 40},
                 {LAST, 4, 40}, {LAST, 3, 1}),
           "[3: 93 bytes][5: 7 bytes][4: 120 bytes][3: 1 bytes]");
}

UNIT_TEST(a_message_of_256_KiB_is_echoed_and_a_larger_one_aborts_its_association)
{
    serves(STEPS({LAST, 3, LARGEST}, {BEGIN, 4, LARGEST - 40}, {LAST, 4, 40}),
           "[3: 262144 bytes][4: 262144 bytes]");
    serves(STEPS({BEGIN, 3, LARGEST - 24}, {BEGIN, 3, 25}, {LAST, 4, 41}, {LAST, 3, 41}),
           "[abort 3: message too large][4: 41 bytes][3: 41 bytes]");
}

/* Begins as many messages as there is room for, of the associations 1 to 64; returns their end. */
static struct step *begin_all(struct step *to)
{
    for (sctp_assoc_t id = 1; id <= MOST; id++)
        *to++ = (struct step){BEGIN, id, 40};
    return to;
}

/* Completes them, apart from one; `expected` gets the replies as well. */
static void complete(struct step *to, sctp_assoc_t but, char *expected)
{
    for (sctp_assoc_t id = 1; id <= MOST; id++)
        if (id != but) {
            *to++ = (struct step){LAST, id, 2};
            sprintf(expected + strlen(expected), "[%d: 42 bytes]", id);
        }
    *to = (struct step){END_OF_SCRIPT};
}

UNIT_TEST(messages_of_64_associations_may_be_incomplete_and_another_one_is_aborted)
{
    struct step steps[ENOUGH], *to = begin_all(steps);
    char expected[4000] = "[abort 65: message too large]";

    *to++ = (struct step){BEGIN, 65, 40};
    complete(to, 0, expected);
    serves(steps, expected);
}

/* The room of a message that will not be completed is free for another one. */
UNIT_TEST(an_incomplete_message_is_dropped_when_its_association_or_its_delivery_ends)
{
    static const struct step ends[] = {{CHANGE, 7, SCTP_COMM_LOST},
                                       {CHANGE, 7, SCTP_SHUTDOWN_COMP},
                                       {CHANGE, 7, SCTP_RESTART},
                                       {PARTIAL, 7, 0}};

    for (size_t i = 0; i < COUNT(ends); i++) {
        struct step steps[ENOUGH], *to = begin_all(steps);
        char expected[4000] = "[65: 50 bytes]";

        *to++ = ends[i];
        *to++ = (struct step){LAST, 65, 50};
        complete(to, 7, expected);
        serves(steps, expected);
    }
}

UNIT_TEST(other_notifications_drop_no_message)
{
    serves(STEPS({BEGIN, 3, 40}, {CHANGE, 4, SCTP_COMM_UP}, {PARTIAL, 5, 0}, {LAST, 3, 1}),
           "[3: 41 bytes]");
    /* The second part of the notification would report the end of association 3. */
    serves(STEPS({BEGIN, 3, 40}, {LONG, 3, SCTP_COMM_LOST}, {LAST, 3, 1}), "[3: 41 bytes]");
    serves(
        STEPS({LONG, 3, SCTP_COMM_LOST}, {BEGIN, 3, 40}, {CHANGE, 3, SCTP_COMM_LOST}, {LAST, 4, 1}),
        "[4: 1 bytes]");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
