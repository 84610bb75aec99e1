/* Entering and leaving the stack: most calls of the program take the lock and read UDP, and at the
 * end process ready sockets and release the lock. */
#include <errno.h>

#include "call.h"
#include "descriptor.h"
#include "lock.h"
#include "reader.h"
#include "ready.h"
#include "spin.h"
#include "userland.h"
#include "usock.h"

/* To update the shadow takes a system call, which would delay the program's answer to what it
 * receives.  So after a receive call this is left to the next call, or to the timer. */
static bool unsettled;

static void settle(void)
{
    ready_process();
    unsettled = false;
}

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
    settle();
    reader_poll();
    return found(fd);
}

/* Before an answer only what has not arrived just now is worth the time. */
struct usock *call_enter_to_send(int fd)
{
    lock_take();
    if (!spin_wait_ended_just_now()) {
        settle();
        reader_poll();
    }
    return found(fd);
}

/* A call that waits reads UDP then. */
struct usock *call_enter_to_receive(int fd, bool may_wait)
{
    lock_take();
    settle();
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
    settle();
    lock_release();
    errno = saved;
}

void call_leave_received(struct usock *s)
{
    if (s->closed || reader_stopped()) {
        call_leave(s);
        return;
    }
    int saved = errno;
    unsettled = true;
    lock_release();
    errno = saved;
}

void call_settle(void)
{
    if (!unsettled)
        return;
    int saved = errno;
    lock_take();
    settle();
    lock_release();
    errno = saved;
}

void call_stop_reading(void)
{
    reader_stop();
    call_settle();
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
