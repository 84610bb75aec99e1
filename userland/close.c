/* The end of a socket: shutdown, close, and the shutdown of associations after close. */
#include <errno.h>
#include <stdlib.h>

#include "call.h"
#include "epoll_watch.h"
#include "event.h"
#include "libc.h"
#include "libusrsctp.h"
#include "lock.h"
#include "ready.h"
#include "socket.h"
#include "usock.h"

enum { AT_EXIT_SECONDS = 3 }; /* limit for shutting down associations at exit */

int usock_shutdown(struct usock *s, int how)
{
    if (how < SHUT_RD || how > SHUT_RDWR)
        return refuse(EINVAL);
    bool closed = !s->listening && usock_state(s, 0) == SCTP_CLOSED;
    if (s->type != SOCK_STREAM || (closed && !s->established))
        return refuse(ENOTCONN);
    if (how != SHUT_WR)
        s->no_receive = true;
    if (how != SHUT_RD) {
        s->shut_down_first |= !s->listening && usock_state(s, 0) == SCTP_ESTABLISHED;
        s->no_send = true;
        if (!s->listening && !closed && usr.shutdown(s->so, SHUT_WR) < 0)
            return -1;
    }
    usock_mark_ready(s);
    wait_catch_up(NULL);
    return 0;
}

/* Whether an association is being set up and no message is queued for it.  Linux drops such an
 * association at close, as the handshake may last minutes.  id: the stack's; 0 for a one-to-one
 * socket.  SCTP_STATUS is no help: its counts leave out messages that are already in chunks. */
static bool being_set_up(struct usock *s, uint32_t id)
{
    struct usr_sctp_status status = {.sstat_assoc_id = id};
    struct usr_sctp_sockstat queued = {.ss_assoc_id = id};
    socklen_t size = sizeof(status), queued_size = sizeof(queued);
    return !s->established &&
           usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_STATUS, &status, &size) == 0 &&
           status_to_linux(status.sstat_state) < SCTP_ESTABLISHED &&
           usr.getsockopt(s->so, IPPROTO_SCTP, usr_SCTP_GET_SNDBUF_USE, &queued, &queued_size) ==
               0 &&
           queued.ss_total_sndbuf == 0;
}

/* Makes usr.close() abort the associations of the socket.  For those that are being set up no ABORT
 * is sent. */
static void abort_at_close(struct socket *so)
{
    struct linger now = {.l_onoff = 1};
    usr.setsockopt(so, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* libusrsctp aborts an association that is being set up only when its socket is closed, so this
 * peels it off and closes that socket. */
static void abort_setup(struct usock *s, uint32_t id)
{
    struct socket *so = usr.peeloff(s->so, id);
    if (so) {
        abort_at_close(so);
        usr.close(so);
    }
}

/* Shuts down all associations, each after its outstanding data was acknowledged. */
static void shut_down(struct usock *s)
{
    if (s->type == SOCK_STREAM) {
        usr.shutdown(s->so, SHUT_WR);
        return;
    }
    uint32_t n, *ids = usock_association_ids(s, &n);
    for (uint32_t i = 0; i < n; i++) {
        struct usr_sctp_sndinfo info = {.snd_flags = usr_SCTP_EOF, .snd_assoc_id = ids[i]};
        if (being_set_up(s, ids[i]))
            abort_setup(s, ids[i]); /* SCTP_EOF would make libusrsctp retransmit a SHUTDOWN */
        else
            usr.sendv(s->so, "", 0, NULL, 0, &info, sizeof(info), usr_SCTP_SENDV_SNDINFO, 0);
    }
    free(ids);
}

/* Aborts the remaining associations: processing s closes the stack's socket. */
static void abort_all(struct usock *s)
{
    abort_at_close(s->so);
    s->aborted = true;
    usock_mark_ready(s);
}

/* As in the kernel, data that was sent is delivered and the association shut down after close() has
 * returned.  If the program left data unread, or lingers for 0 s, the association is aborted. */
void usock_release(struct usock *s)
{
    s->closed = true;
    watches_free(s);
    shadow_close(s);
    bool abort = usock_discard_unread(s) || (s->linger.l_onoff && s->linger.l_linger == 0) ||
                 (s->type == SOCK_STREAM && being_set_up(s, 0));
    if (s->listening)
        usr.listen(s->so, 0);
    if (!abort)
        shut_down(s);
    if (abort || usock_associations(s) == 0) {
        abort_all(s);
    } else if (s->linger.l_onoff) {
        struct timeval timeout = {.tv_sec = s->linger.l_linger};
        struct timespec until;
        wait_deadline(&timeout, &until);
        while (s->so && !usock_finished(s) && wait_for_event(s, &until) == 0) {
        }
    }
    usock_mark_ready(s);
}

static void wait_for_shutdowns(const struct timespec *until)
{
    while (usocks && wait_for_event(usocks, until) != EAGAIN) {
    }
}

/* The first socket that the program has not closed; NULL: none. */
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
    /* From the start each time: usock_release() may release the lock, and the list may change. */
    for (struct usock *s; (s = first_open());)
        usock_release(s);
    ready_process();
    wait_for_shutdowns(wait_deadline(&timeout, &until));
    for (struct usock *s = usocks; s; s = s->next)
        abort_all(s);
    ready_process();
    lock_release();
}
