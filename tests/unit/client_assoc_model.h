/*
 * The one association of a client, with system calls replaced by this file: the connection, what is
 * sent, what arrives, the status and the clock.
 */
#ifndef CLIENT_ASSOC_MODEL_H
#define CLIENT_ASSOC_MODEL_H

#include "blocks.h"
#include "client/association.h"
#include "client/interrupt.h"
#include "receive/receive.h"
#include "unit.h"
#include "unit_getpaddrs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

enum { FD = 1000, ID = 3, LIMIT = 1000 };

static struct {
    int64_t now;              /* ms */
    int refused;              /* what connecting returns; 0: FD */
    size_t buffer;            /* that connecting was asked to set */
    int send_error;           /* errno of the next message; 0: it is sent */
    struct sctp_sndinfo sent; /* the last message */
    int send_flags;
    char reason[100];          /* of an abort */
    unsigned char event[200];  /* a notification that arrives */
    size_t len;                /* of it; 0: none */
    unsigned char data[2000];  /* or a message that arrives */
    size_t data_len;           /* of it; 0: none */
    bool in_parts;             /* only the beginning of the message arrives */
    uint16_t unacked, pending; /* of SCTP_STATUS */
    bool unknown;              /* SCTP_STATUS fails */
    short ready, input;        /* what ppoll() finds */
    short asked;               /* what it was asked for */
    int64_t waited;            /* ms of the last wait; -1: no limit */
    unsigned waits;
    void (*during)(void);   /* called in each wait */
    bool no_local, no_peer; /* addresses cannot be read */
    bool closed;
} os;

int unp_client_connect(struct unp_client *c, sctp_assoc_t *id, char *why, size_t size)
{
    os.buffer = c->setup.buffer;
    *id = ID;
    if (os.refused)
        snprintf(why, size, "refused");
    return os.refused ? os.refused : FD;
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    assert_int_equal(fd, FD);
    memcpy(&os.sent, CMSG_DATA(CMSG_FIRSTHDR(m)), sizeof(os.sent));
    os.send_flags = flags;
    if (os.sent.snd_flags & SCTP_ABORT)
        snprintf(os.reason, sizeof(os.reason), "%.*s", (int)m->msg_iov->iov_len,
                 (const char *)m->msg_iov->iov_base);
    errno = os.send_error;
    return os.send_error ? -1 : (ssize_t)m->msg_iov->iov_len;
}

int recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout)
{
    struct msghdr *m = &headers[0].msg_hdr;

    assert_int_equal(fd, FD);
    assert_true(flags & MSG_DONTWAIT);
    m->msg_controllen = 0;
    errno = EAGAIN;
    if (os.len) {
        memcpy(m->msg_iov->iov_base, os.event, os.len);
        m->msg_flags = MSG_EOR | MSG_NOTIFICATION;
        headers[0].msg_len = (unsigned)os.len;
        os.len = 0;
        return 1;
    }
    if (!os.data_len)
        return -1;
    memcpy(m->msg_iov->iov_base, os.data, os.data_len);
    m->msg_flags = os.in_parts ? 0 : MSG_EOR;
    headers[0].msg_len = (unsigned)os.data_len;
    os.data_len = 0;
    return 1;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    struct sctp_status *status = value;

    assert_int_equal(fd, FD);
    assert_int_equal(level, IPPROTO_SCTP);
    assert_int_equal(name, SCTP_STATUS);
    assert_int_equal(status->sstat_assoc_id, ID);
    assert_int_equal(*len, sizeof(*status));
    errno = EINVAL;
    status->sstat_unackdata = os.unacked;
    status->sstat_penddata = os.pending;
    return os.unknown ? -1 : 0;
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *limit, const sigset_t *mask)
{
    assert_int_equal(n, 2);
    assert_int_equal(fds[0].fd, FD);
    assert_int_equal(fds[1].events, POLLIN);
    os.asked = fds[0].events;
    os.waited = limit ? limit->tv_sec * 1000 + limit->tv_nsec / 1000000 : -1;
    os.waits++;
    assert_true(os.waits < 1000);
    fds[0].revents = os.ready;
    fds[1].revents = fds[1].fd >= 0 ? os.input : 0;
    if (!os.ready && !fds[1].revents && limit)
        os.now += os.waited;
    if (os.during)
        os.during();
    return 1;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    *ts = (struct timespec){.tv_sec = os.now / 1000, .tv_nsec = os.now % 1000 * 1000000};
    return 0;
}

int sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    assert_int_equal(fd, FD);
    assert_int_equal(id, ID);
    return os.no_peer ? -1 : one_address("10.0.0.2", addrs);
}

int sctp_getladdrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    assert_int_equal(fd, FD);
    assert_int_equal(id, ID);
    return os.no_local ? -1 : one_address("10.0.0.1", addrs);
}

int close(int fd)
{
    os.closed |= fd == FD;
    return fd == FD ? 0 : (int)syscall(SYS_close, fd);
}

/* ---- the program ---------------------------------------------------------------- */

static struct unp_client_assoc a;
static unsigned messages, notifications, stops;
static size_t message_len, notification_len;

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    assert_ptr_equal(user, &messages);
    assert_null(from);
    messages++;
    message_len = msg->len;
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    assert_ptr_equal(user, &messages);
    assert_non_null(n);
    notifications++;
    notification_len = len;
}

static void on_continued(void *user)
{
    assert_ptr_equal(user, &messages);
    stops++;
}

static struct unp_client_service service;

static int start(void **state)
{
    const struct unp_client asked = {.wait = 30};
    char why[100];

    memset(&os, 0, sizeof(os));
    os.now = 100000;
    messages = notifications = stops = 0;
    unp_pending_signal = 0;
    blocks_before = blocks;
    service = (struct unp_client_service){.buffer = 70000,
                                          .max_message = LIMIT,
                                          .reconnects = true,
                                          .server = "a tested server",
                                          .message = on_message,
                                          .notification = on_notification,
                                          .continued = on_continued};
    assert_int_equal(unp_client_assoc_open(&a, &service, &messages, &asked, why, sizeof(why)), 0);
    return 0;
}

static int stop(void **state)
{
    unp_client_assoc_close(&a);
    return os.closed ? check_blocks(state) : -1;
}

/* A message of this length arrives, or only its beginning. */
static inline void arrive(size_t len, bool in_parts)
{
    os.data_len = len;
    os.in_parts = in_parts;
    assert_true(Unp_client_assoc_take(&a));
}

#endif
