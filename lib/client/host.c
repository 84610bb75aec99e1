/* Connects a one-to-many socket to a host, and waits for the result. */
#include "cause.h"
#include "client.h"
#include "cmdline/cmdline.h"
#include "interrupt.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

/* Does a local address have the family of a peer's address?  An empty list stands for all local
 * addresses. */
static bool same_family(const struct unp_addrs *ours, const struct unp_addrs *peer)
{
    for (struct sockaddr *a = NULL; (a = unp_addrs_next(ours, a));)
        for (struct sockaddr *b = NULL; (b = unp_addrs_next(peer, b));)
            if (a->sa_family == b->sa_family)
                return true;
    return ours->count == 0;
}

/* A server may abort an association before connecting has returned.  Copies its reason from the
 * notification to `reason`, which is unchanged if there is none. */
static void read_reason(int fd, char *reason, size_t size)
{
    const size_t info = offsetof(struct sctp_assoc_change, sac_info);
    union {
        union sctp_notification n;
        unsigned char bytes[4096];
    } event;
    struct iovec iov = {.iov_base = &event, .iov_len = sizeof(event)};

    for (;;) {
        struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
        ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);

        if (n <= 0)
            return;
        if (!(m.msg_flags & MSG_NOTIFICATION) || (size_t)n < info ||
            event.n.sn_header.sn_type != SCTP_ASSOC_CHANGE ||
            (event.n.sn_assoc_change.sac_state != SCTP_COMM_LOST &&
             event.n.sn_assoc_change.sac_state != SCTP_CANT_STR_ASSOC))
            continue;
        unp_cause_abort_reason(event.bytes + info, (size_t)n - info, reason, size);
    }
}

static struct timeval time_limit(const struct unp_setup *setup, unsigned seconds)
{
    int64_t ms = (int64_t)seconds * 1000;

    if (setup->until && setup->until - unp_now() < ms)
        ms = setup->until - unp_now();
    if (ms < 1)
        ms = 1; /* 0 would mean no limit */
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

/* One attempt.  A blocking connect distinguishes a refusal from no answer, which the CANT_STR_ASSOC
 * notification does not.  SO_SNDTIMEO bounds it. */
static int attempt(struct unp_setup *setup, const struct unp_addrs *peer, unsigned seconds,
                   sctp_assoc_t *id, char *reason, size_t size)
{
    struct timeval limit, none = {0};
    int fd;

    if (!same_family(&setup->local, peer)) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    if (unp_check_routes(peer) < 0)
        return -1;
    fd = Unp_open(setup, unp_addrs_family(peer));
    limit = time_limit(setup, seconds);
    Setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    errno = 0; /* as in Sctp_connectx() */
    if (sctp_connectx(fd, (struct sockaddr *)(void *)peer->packed, peer->count, id) < 0) {
        int err = errno == EINPROGRESS ? ETIMEDOUT : errno;

        if (err == ECONNREFUSED)
            read_reason(fd, reason, size);
        close(fd);
        errno = err;
        return -1;
    }
    Setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof(none));
    return fd;
}

/* Connects to one address; those of -C are further addresses of the same peer. */
static int connect_to(struct unp_client *c, const struct sockaddr *sa, sctp_assoc_t *id,
                      char *reason, size_t size)
{
    struct unp_addrs peer = {0};
    int err, rc = unp_addrs_append(&peer, sa), fd = -1;

    for (struct sockaddr *m = NULL; rc == 0 && (m = unp_addrs_next(&c->more, m));)
        rc = unp_addrs_append(&peer, m);
    errno = ENOMEM;
    if (rc == 0)
        do /* SIGCONT interrupts: after a stop, wait the full time again */
            fd = attempt(&c->setup, &peer, c->wait, id, reason, size);
        while (fd < 0 && errno == EINTR && !unp_pending_signal);
    err = errno;
    unp_addrs_free(&peer);
    errno = err;
    return fd;
}

int unp_client_connect(struct unp_client *c, sctp_assoc_t *id, char *why, size_t size)
{
    struct unp_addrs own = {0};
    const struct unp_addrs *found = c->found ? c->found : &own;
    char reason[560] = "";
    int64_t from = unp_now();
    int rc = c->found ? 0 : unp_addrs_add(&own, c->host, c->port), fd = -1, err = 0, status;

    unp_addrs_set_port(&c->more, c->port);
    for (struct sockaddr *sa = NULL; rc == 0 && fd < 0 && (sa = unp_addrs_next(found, sa));) {
        fd = connect_to(c, sa, id, reason, sizeof(reason));
        err = errno;
    }
    unp_addrs_free(&own);
    if (fd >= 0)
        return fd;
    if (rc)
        status = unp_addrs_why(rc, "host", c->host, why, size);
    else
        status = unp_connect_why(err, c->host, c->port, unp_now() - from, why, size);
    if (status == EXIT_REFUSED && *reason)
        snprintf(why, size, "connect to %s port %u: refused by the server: %s", c->host, c->port,
                 reason);
    return -status;
}

int Unp_client_connect(struct unp_client *c, sctp_assoc_t *id)
{
    char why[600];
    int fd = unp_client_connect(c, id, why, sizeof(why));

    if (fd < 0)
        err_quit(-fd, "%s", why);
    return fd;
}

void unp_client_free(struct unp_client *c)
{
    unp_addrs_free(&c->setup.local);
    unp_addrs_free(&c->more);
}
