/* Entering and leaving the stack: each call of the program takes the lock and reads UDP, and at the
 * end processes ready sockets and releases the lock. */
#include <errno.h>

#include "call.h"
#include "descriptor.h"
#include "lock.h"
#include "reader.h"
#include "ready.h"
#include "userland.h"
#include "usock.h"

/* Returns the socket of fd, and releases the lock if there is none. */
static struct usock *found(int fd)
{
    struct usock *s = descriptor_get(fd);
    if (descriptor_usable(s))
        return s;
    lock_release();
    errno = EBADF;
    if (s == &descriptor_inherited) {
        say("descriptor %d is an SCTP socket that was opened before fork(): the userland stack "
            "stays with the parent; open it in the child, or use a kernel that has SCTP",
            fd);
        errno = EBADFD;
    }
    return NULL;
}

struct usock *call_enter(int fd)
{
    lock_take();
    reader_poll();
    return found(fd);
}

/* A call that waits reads UDP then. */
struct usock *call_enter_to_receive(int fd, bool may_wait)
{
    lock_take();
    struct usock *s = descriptor_get(fd);
    if (!descriptor_usable(s) || !((may_wait && !s->nonblocking) || usock_readable(s)))
        reader_poll();
    return found(fd);
}

void call_leave(struct usock *s)
{
    int saved = errno;
    if (s->closed)
        usock_mark_ready(s);
    ready_process();
    lock_release();
    errno = saved;
}

void call_leave_received(struct usock *s)
{
    int saved = errno;
    if (s->closed || reader_stopped()) {
        call_leave(s);
        return;
    }
    lock_release();
    errno = saved;
}

/* A child that polls an inherited socket may do so again and again: it is told once. */
static bool told_already(int fd)
{
    static bool told;
    bool before = told;
    told |= descriptor_get(fd) == &descriptor_inherited;
    return before && descriptor_get(fd) == &descriptor_inherited;
}

int call_polled(int fd, bool edge_triggered)
{
    if (told_already(fd))
        return refuse(EBADFD);
    struct usock *s = call_enter(fd);
    if (!s)
        return -1;
    int instead = shadow_polled(s, edge_triggered);
    call_leave(s);
    return instead < 0 ? refuse(ENOMEM) : instead;
}
