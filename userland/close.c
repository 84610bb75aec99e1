/* The end of a socket: shutdown, close, and what goes on after it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "userland.h"

enum { AT_EXIT_SECONDS = 3 }; /* how long the process's end waits for associations to shut down */

int usock_take_error(struct usock *s)
{
    int error = s->error;
    socklen_t size = sizeof error;
    s->error = 0;
    if (error)
        return error;
    usr.getsockopt(s->so, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) { /* asking does not clear it; receiving does */
        char byte;
        int flags = 0;
        unsigned type;
        socklen_t none = 0;
        usr.recvv(s->so, &byte, 0, NULL, NULL, NULL, &none, &type, &flags);
    }
    return error == ECONNRESET && s->begun && !s->established ? ECONNREFUSED : error;
}

int usock_shutdown(struct usock *s, int how)
{
    if (how < SHUT_RD || how > SHUT_RDWR) {
        errno = EINVAL;
        return -1;
    }
    if (s->type != SOCK_STREAM || (!s->listening && usock_state(s, 0) == SCTP_CLOSED)) {
        errno = ENOTCONN;
        return -1;
    }
    if (how != SHUT_WR)
        s->no_receive = true;
    if (how != SHUT_RD) {
        s->shut_down_first |= !s->listening && usock_state(s, 0) == SCTP_ESTABLISHED;
        s->no_send = true;
        if (!s->listening && usr.shutdown(s->so, SHUT_WR) < 0)
            return -1;
    }
    ready_mark(s);
    ready_catch_up(NULL);
    return 0;
}

/* Throws away what was not read.  Whether there was data of the peer's among it. */
static bool read_rest(struct usock *s)
{
    static char rest[65536];
    bool data = false;
    for (;;) {
        struct usr_sctp_rcvinfo info;
        socklen_t size = sizeof info;
        unsigned type;
        int flags = 0;
        ssize_t n = usr.recvv(s->so, rest, sizeof rest, NULL, NULL, &info, &size, &type, &flags);
        if (n <= 0)
            return data;
        data |= !(flags & usr_MSG_NOTIFICATION);
    }
}

/* A one-to-one socket has one or none, and the stack refuses to count. */
static uint32_t *only_association(struct usock *s, uint32_t *n)
{
    struct usr_sctp_status status = {0};
    socklen_t size = sizeof status;
    uint32_t *id = malloc(sizeof *id);
    *n = id && usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_STATUS, &status, &size) == 0;
    if (*n)
        *id = status.sstat_assoc_id;
    return id;
}

uint32_t usock_associations(struct usock *s)
{
    uint32_t n = 0;
    socklen_t size = sizeof n;
    if (s->type == SOCK_STREAM)
        return usock_state(s, 0) != SCTP_CLOSED;
    return usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_GET_ASSOC_NUMBER, &n, &size) < 0 ? 0 : n;
}

uint32_t *usock_association_ids(struct usock *s, uint32_t *n)
{
    if (s->type == SOCK_STREAM)
        return only_association(s, n);
    *n = usock_associations(s);
    socklen_t size = (socklen_t)((*n + 1) * sizeof(uint32_t));
    uint32_t *ids = malloc(size); /* a struct sctp_assoc_ids: the number comes first */
    if (!ids || !*n ||
        usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_GET_ASSOC_ID_LIST, ids, &size) < 0) {
        *n = 0;
        return ids;
    }
    *n = ids[0];
    memmove(ids, ids + 1, *n * sizeof *ids);
    return ids;
}

/* A handshake that nothing waits for, and that may last minutes: Linux forgets it.  id: the
 * stack's; 0: of a one-to-one socket.  The numbers of messages in the status leave out those that
 * are in chunks already. */
static bool only_began(struct usock *s, uint32_t id)
{
    struct usr_sctp_status status = {.sstat_assoc_id = id};
    struct usr_sctp_sockstat queued = {.ss_assoc_id = id};
    socklen_t size = sizeof status, queued_size = sizeof queued;
    return !s->established &&
           usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_STATUS, &status, &size) == 0 &&
           status_to_linux(status.sstat_state) < SCTP_ESTABLISHED &&
           usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_GET_SNDBUF_USE, &queued, &queued_size) ==
               0 &&
           queued.ss_total_sndbuf == 0;
}

/* When so is closed, its associations are aborted: those that only began, in silence. */
static void abort_at_close(struct socket *so)
{
    struct linger now = {.l_onoff = 1};
    usr.setsockopt(so, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/* The stack aborts no association that is not up, unless its socket is closed: so it gets one. */
static void forget(struct usock *s, uint32_t id)
{
    struct socket *so = usr.peeloff(s->so, id);
    if (so) {
        abort_at_close(so);
        usr.close(so);
    }
}

/* Each association is shut down when all that was sent has arrived. */
static void shut_down(struct usock *s)
{
    if (s->type == SOCK_STREAM) {
        usr.shutdown(s->so, SHUT_WR);
        return;
    }
    uint32_t n, *ids = usock_association_ids(s, &n);
    for (uint32_t i = 0; i < n; i++) {
        struct usr_sctp_sndinfo info = {.snd_flags = usr_SCTP_EOF, .snd_assoc_id = ids[i]};
        if (only_began(s, ids[i]))
            forget(s, ids[i]); /* EOF would send it a SHUTDOWN, again and again */
        else
            usr.sendv(s->so, "", 0, NULL, 0, &info, sizeof info, usr_SCTP_SENDV_SNDINFO, 0);
    }
    free(ids);
}

/* When the stack's socket is closed, all that is left of it is aborted. */
static void abort_all(struct usock *s)
{
    abort_at_close(s->so);
    s->aborted = true;
    ready_mark(s);
}

/* No association is left.  What still comes meanwhile is not read by anybody. */
bool usock_finished(struct usock *s)
{
    if (!s->aborted)
        read_rest(s);
    return s->aborted || usock_associations(s) == 0;
}

/* As the kernel: what was sent is delivered and the association shut down, after close() has
 * returned; but an ABORT if the program did not read all, or wants no lingering. */
void usock_release(struct usock *s)
{
    s->closed = true;
    libc.close(s->shadow);
    descriptor_unhide(s->shadow);
    s->shadow = -1;
    bool abort = read_rest(s) || (s->linger.l_onoff && s->linger.l_linger == 0) ||
                 (s->type == SOCK_STREAM && only_began(s, 0));
    if (s->listening)
        usr.listen(s->so, 0);
    if (!abort)
        shut_down(s);
    if (abort || usock_associations(s) == 0) {
        abort_all(s);
    } else if (s->linger.l_onoff) {
        struct timeval timeout = {.tv_sec = s->linger.l_linger};
        struct timespec until;
        ready_deadline(&timeout, &until);
        while (s->so && !usock_finished(s) && ready_wait(s, &until) == 0) {
        }
    }
    ready_mark(s);
}

/* Waits until all that is closed has shut down: the process, and the stack with it, ends. */
static void wait_for_shutdowns(const struct timespec *until)
{
    while (usocks && ready_wait(usocks, until) != EAGAIN) {
    }
}

/* The first that the program has not closed. */
static struct usock *first_open(void)
{
    struct usock *s = usocks;
    while (s && s->closed)
        s = s->next;
    return s;
}

void usock_drain(void)
{
    struct timeval timeout = {.tv_sec = AT_EXIT_SECONDS};
    struct timespec until;
    lock_take();
    /* Each time from the start: one that lingers lets the others go on meanwhile. */
    for (struct usock *s; (s = first_open());)
        usock_release(s);
    ready_process();
    wait_for_shutdowns(ready_deadline(&timeout, &until));
    for (struct usock *s = usocks; s; s = s->next)
        abort_all(s);
    ready_process();
    lock_release();
}
