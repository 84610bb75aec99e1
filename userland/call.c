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

struct usock *call_enter(int fd)
{
    lock_take();
    reader_poll();
    struct usock *s = descriptor_get(fd);
    if (s && s != &descriptor_own && s != &descriptor_inherited)
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

void call_leave(struct usock *s)
{
    int saved = errno;
    if (s->closed)
        usock_mark_ready(s);
    ready_process();
    lock_release();
    errno = saved;
}

void call_polled(int fd, bool edge_triggered)
{
    struct usock *s = call_enter(fd);
    if (!s)
        return;
    shadow_polled(s, edge_triggered);
    call_leave(s);
}
