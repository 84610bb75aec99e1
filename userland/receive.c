/* Receiving (RFC 6458, 3.1.4, 4.1.8 and 5.3), with Linux's behaviour. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "call.h"
#include "event.h"
#include "libusrsctp.h"
#include "socket.h"
#include "spin.h"
#include "usock.h"

struct received {
    union address from;
    struct usr_sctp_recvv_rn info;
    unsigned type;
    int flags;
};

static ssize_t receive_once(struct usock *s, void *data, size_t size, int flags, struct received *r)
{
    memset(r, 0, sizeof(*r));
    socklen_t from_size = sizeof(r->from), info_size = sizeof(r->info);
    r->flags = flags & MSG_PEEK;
    return usr.recvv(s->so, data, size, &r->from.sa, &from_size, &r->info, &info_size, &r->type,
                     &r->flags);
}

/* As in the kernel, the last control message is truncated to the room. */
static void put_control(struct msghdr *msg, size_t *used, int type, const void *data, size_t size)
{
    size_t room = msg->msg_control ? msg->msg_controllen - *used : 0;
    if (room < CMSG_LEN(size))
        msg->msg_flags |= MSG_CTRUNC;
    if (room < CMSG_LEN(0))
        return;
    struct cmsghdr *c = (struct cmsghdr *)((unsigned char *)msg->msg_control + *used);
    c->cmsg_level = IPPROTO_SCTP;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(size) < room ? CMSG_LEN(size) : room;
    memcpy(CMSG_DATA(c), data, c->cmsg_len - CMSG_LEN(0));
    *used += CMSG_SPACE(size) < room ? CMSG_SPACE(size) : room;
}

static void put_nxtinfo(struct usock *s, struct msghdr *msg, size_t *used,
                        const struct usr_sctp_nxtinfo *next)
{
    struct sctp_nxtinfo info = {
        .nxt_sid = next->nxt_sid,
        .nxt_ppid = next->nxt_ppid,
        .nxt_length = next->nxt_length,
        .nxt_assoc_id = id_to_program(s, next->nxt_assoc_id),
    };
    if (next->nxt_flags & usr_SCTP_UNORDERED)
        info.nxt_flags |= SCTP_UNORDERED;
    if (next->nxt_flags & usr_SCTP_NOTIFICATION)
        info.nxt_flags |= SCTP_NOTIFICATION;
    put_control(msg, used, SCTP_NXTINFO, &info, sizeof(info));
}

static void put_info(struct usock *s, struct msghdr *msg, const struct received *r)
{
    const struct usr_sctp_rcvinfo *i = &r->info.recvv_rcvinfo;
    size_t used = 0;
    if (r->type == usr_SCTP_RECVV_RN && s->want_nxtinfo)
        put_nxtinfo(s, msg, &used, &r->info.recvv_nxtinfo);
    struct sctp_rcvinfo info;
    memset(&info, 0, sizeof(info)); /* with its padding */
    info.rcv_sid = i->rcv_sid;
    info.rcv_ssn = i->rcv_ssn;
    if (i->rcv_flags & usr_SCTP_UNORDERED) /* the other bits are flags of the DATA chunk */
        info.rcv_flags = SCTP_UNORDERED;
    info.rcv_ppid = i->rcv_ppid;
    info.rcv_tsn = i->rcv_tsn;
    info.rcv_cumtsn = i->rcv_cumtsn;
    info.rcv_context = i->rcv_context;
    info.rcv_assoc_id = id_to_program(s, i->rcv_assoc_id);
    if (s->want_rcvinfo)
        put_control(msg, &used, SCTP_RCVINFO, &info, sizeof(info));
    struct sctp_sndrcvinfo old;
    memset(&old, 0, sizeof(old));
    old.sinfo_stream = info.rcv_sid;
    old.sinfo_ssn = info.rcv_ssn;
    old.sinfo_flags = info.rcv_flags;
    old.sinfo_ppid = info.rcv_ppid;
    old.sinfo_context = info.rcv_context;
    old.sinfo_tsn = info.rcv_tsn;
    old.sinfo_cumtsn = info.rcv_cumtsn;
    old.sinfo_assoc_id = info.rcv_assoc_id;
    if (s->want_sndrcv)
        put_control(msg, &used, SCTP_SNDRCV, &old, sizeof(old));
    msg->msg_controllen = used;
}

static void put_address(struct msghdr *msg, const union address *from)
{
    if (msg->msg_name)
        address_copy(from, msg->msg_name, &msg->msg_namelen);
    else
        msg->msg_namelen = 0;
}

/* Copies into the program's buffers; returns how many bytes fitted. */
static size_t scatter(const struct msghdr *msg, const unsigned char *from, size_t size)
{
    size_t done = 0;
    for (size_t i = 0; i < msg->msg_iovlen && done < size; i++) {
        size_t part = msg->msg_iov[i].iov_len < size - done ? msg->msg_iov[i].iov_len : size - done;
        if (part) /* otherwise its address may be NULL */
            memcpy(msg->msg_iov[i].iov_base, from + done, part);
        done += part;
    }
    return done;
}

/* Gives the program the pending notification, or as much as fits. */
static ssize_t deliver_event(struct usock *s, struct msghdr *msg, int flags)
{
    size_t n = scatter(msg, s->event + s->event_read, s->event_end - s->event_read);
    put_address(msg, &s->event_from);
    msg->msg_controllen = 0;
    msg->msg_flags = MSG_NOTIFICATION;
    if (s->event_read + n == s->event_end)
        msg->msg_flags |= MSG_EOR;
    if (flags & MSG_PEEK)
        return (ssize_t)n;
    s->event_read += n;
    if (s->event_read == s->event_end)
        event_next(s);
    return (ssize_t)n;
}

/* Reads the rest of a notification; event, allocated, has its first *size bytes.  NULL: no memory.
 */
static unsigned char *read_event(struct usock *s, unsigned char *event, size_t *size,
                                 struct received *r)
{
    size_t room = *size;
    while (event && !(r->flags & MSG_EOR)) {
        room = 2 * room + 512;
        unsigned char *more = realloc(event, room);
        if (!more) {
            free(event);
            return NULL;
        }
        event = more;
        ssize_t n = receive_once(s, event + *size, room - *size, 0, r);
        if (n <= 0)
            break;
        *size += (size_t)n;
    }
    return event;
}

/* Makes s->event of a notification of libusrsctp's, whose first n bytes are in `first`. */
static void take_event(struct usock *s, const void *first, size_t n, struct received *r)
{
    size_t size = n;
    unsigned char *event = malloc(n + 1);
    s->event_from = r->from;
    if (event && n)
        memcpy(event, first, n);
    event = read_event(s, event, &size, r);
    if (!event)
        return;
    unsigned char *translated = event_translate(s, event, &size);
    if (translated)
        event_begin(s, translated, size);
    free(event);
}

/* A buffer for libusrsctp: the program's own if it is a single one, otherwise *copy, to be freed.
 */
static void *one_buffer(const struct msghdr *msg, size_t *size, void **copy)
{
    *copy = NULL;
    *size = 0;
    for (size_t i = 0; i < msg->msg_iovlen; i++)
        *size += msg->msg_iov[i].iov_len;
    if (msg->msg_iovlen == 1)
        return msg->msg_iov[0].iov_base;
    return *copy = malloc(*size ? *size : 1);
}

/* Linux reports an end of file if the peer shut down first, and ENOTCONN if the program did. */
static ssize_t end_of_file(struct usock *s, bool may_wait)
{
    if (!s->shut_down_first || s->no_receive || !may_wait)
        return 0;
    return refuse(ENOTCONN);
}

/* The result on a one-to-one socket after its association has closed: as in the kernel, its error
 * once, then end of file. */
static ssize_t after_close(struct usock *s, bool may_wait)
{
    if (errno == EAGAIN || (errno == ECONNRESET && !s->reset_reported)) {
        s->reset_reported |= errno == ECONNRESET;
        return -1;
    }
    return errno == ECONNRESET || errno == ENOTCONN ? end_of_file(s, may_wait) : -1;
}

/* Receives without waiting.  -1 and EAGAIN: there is nothing; -2: it was a notification that Linux
 * does not have. */
static ssize_t receive(struct usock *s, struct msghdr *msg, int flags)
{
    struct received r;
    size_t size;
    void *copy;
    if (s->event)
        return deliver_event(s, msg, flags);
    void *data = one_buffer(msg, &size, &copy);
    if (!data && size)
        return -1;
    ssize_t n = receive_once(s, data, size, flags, &r);
    /* To peek at Linux's form of a notification, the stack's form is read and kept. */
    if (n >= 0 && flags & MSG_PEEK && r.flags & usr_MSG_NOTIFICATION)
        n = receive_once(s, data, size, 0, &r);
    if (n >= 0 && r.flags & usr_MSG_NOTIFICATION) {
        take_event(s, data, (size_t)n, &r);
        free(copy);
        return s->event ? deliver_event(s, msg, flags) : -2;
    }
    if (n > 0 && copy)
        scatter(msg, copy, (size_t)n);
    int error = errno;
    free(copy);
    errno = error;
    bool may_wait = !s->nonblocking && !(flags & MSG_DONTWAIT);
    if (n < 0 && s->type == SOCK_STREAM && s->connected)
        return after_close(s, may_wait);
    if (n < 0)
        /* Before a one-to-one socket connects, only a call that may wait fails with ENOTCONN. */
        return errno == ENOTCONN && !s->listening ? refuse(EAGAIN) : -1;
    msg->msg_flags = n > 0 ? r.flags & MSG_EOR : 0;
    put_address(msg, &r.from);
    if (n > 0)
        put_info(s, msg, &r);
    else
        msg->msg_controllen = 0;
    return n > 0 || size == 0 ? n : end_of_file(s, may_wait);
}

/* 1: the call may wait for data; 0: end of file; -1 and errno. */
static int may_wait_for_data(struct usock *s, bool may_wait)
{
    if (s->closed)
        return refuse(EBADF);
    if (s->no_receive)
        return 0;
    if (!may_wait)
        return refuse(EAGAIN);
    if (!s->listening && usock_associations(s) == 0)
        return refuse(ENOTCONN);
    return 1;
}

ssize_t usock_recvmsg(struct usock *s, struct msghdr *msg, int flags)
{
    struct timespec space;
    const struct timespec *until = wait_deadline(&s->receive_timeout, &space);
    bool may_wait = !s->nonblocking && !(flags & MSG_DONTWAIT), caught_up = false;
    if (flags & MSG_ERRQUEUE)
        return refuse(EAGAIN); /* it is always empty */
    if (s->no_receive && s->type == SOCK_STREAM)
        return 0;
    for (;;) {
        ssize_t n = receive(s, msg, flags);
        if (n == -2)
            continue;
        if (n >= 0 || errno != EAGAIN) {
            spin_after_message(false);
            usock_mark_ready(s); /* it may be no longer readable */
            return n;
        }
        if (!may_wait && !caught_up && (caught_up = wait_catch_up(s)))
            continue;
        int wait = may_wait_for_data(s, may_wait);
        if (wait != 1) {
            usock_mark_ready(s);
            return wait;
        }
        int error = wait_for_event(s, until);
        if (error)
            return refuse(error);
    }
}

size_t usock_readable_bytes(struct usock *s)
{
    static char next[65536];
    struct received r;
    if (s->event)
        return s->event_end - s->event_read;
    ssize_t n = receive_once(s, next, sizeof(next), MSG_PEEK, &r);
    return n > 0 ? (size_t)n : 0;
}
