/*
 * The descriptors that refer to a socket: how the program makes, duplicates and closes them.  When
 * the last one is closed, so is the socket.
 */
#include <errno.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "call.h"
#include "descriptor.h"
#include "libc.h"
#include "libusrsctp.h"
#include "lock.h"
#include "ready.h"
#include "socket.h"
#include "usock.h"

int reference_new(struct usock *s, int flags)
{
    int fd = shadow_new(s, flags);
    if (fd < 0)
        return -1;
    if (fd >= DESCRIPTOR_LIMIT) {
        libc.close(fd);
        shadow_close(s);
        return refuse(EMFILE);
    }
    s->fd = fd;
    s->nonblocking = flags & SOCK_NONBLOCK;
    s->descriptors = 1;
    descriptor_own_process();
    descriptor_set(fd, s);
    return fd;
}

static void release(struct usock *s, int fd)
{
    if (!descriptor_usable(s))
        return;
    if (--s->descriptors == 0)
        usock_release(s);
    else if (s->fd == fd)
        s->fd = descriptor_find(s);
}

int reference_close(int fd)
{
    if (descriptor_borrowed())
        return libc.close(fd);
    lock_take();
    struct usock *s = descriptor_get(fd);
    int result = -1, error = EBADF;
    if (s && s != &descriptor_own) {
        descriptor_set(fd, NULL);
        result = libc.close(fd);
        error = errno;
        release(s, fd); /* last: it may linger, and a signal handler may jump out of that */
    }
    ready_process();
    wait_catch_up(NULL);
    lock_release();
    errno = error;
    return result;
}

/* The system call: older versions of libc have no function for it. */
static int close_numbers(unsigned first, unsigned last, int flags)
{
    return (int)libc.syscall(__NR_close_range, first, last, flags);
}

/* Keeps our own descriptors open: a daemon closes all descriptors that it may have inherited. */
int reference_close_range(unsigned first, unsigned last, int flags)
{
    /* CLOSE_RANGE_UNSHARE would give this thread a descriptor table that the stack's threads do not
     * share. */
    if (libusrsctp_loaded() && !descriptor_borrowed())
        flags &= ~(int)CLOSE_RANGE_UNSHARE;
    if (descriptor_borrowed() || flags || first > last)
        return close_numbers(first, last, flags);
    for (unsigned fd = first; fd <= last && fd < DESCRIPTOR_LIMIT; fd++) {
        struct usock *s = descriptor_get((int)fd);
        if (!s)
            continue;
        if (fd > first)
            close_numbers(first, fd - 1, 0);
        reference_close((int)fd);
        if (fd == last)
            return 0;
        first = fd + 1;
    }
    return close_numbers(first, last, 0);
}

/* A child that makes a socket its standard input or output is about to execute a program with it.
 */
static void warn_of_exec(int fd)
{
    static bool warned;
    if (fd <= STDERR_FILENO && !warned)
        say("descriptor %d is an SCTP socket of the parent's; a program that is executed with it "
            "gets ENOTCONN, because the userland stack stays with the parent; use a kernel that "
            "has SCTP",
            fd);
    warned |= fd <= STDERR_FILENO;
}

int reference_copied(int old, int fd)
{
    if (descriptor_borrowed()) {
        warn_of_exec(fd);
        return fd;
    }
    lock_take();
    struct usock *s = descriptor_get(old);
    if (fd >= DESCRIPTOR_LIMIT) {
        libc.close(fd);
        fd = -1;
        errno = EMFILE;
    } else if (s && s != &descriptor_own) {
        descriptor_set(fd, s);
        if (s == &descriptor_inherited)
            warn_of_exec(fd);
        else
            s->descriptors++;
    }
    int saved = errno;
    lock_release();
    errno = saved;
    return fd;
}

int reference_replaced(int target)
{
    if (!descriptor_get(target) || descriptor_borrowed())
        return 0;
    lock_take();
    struct usock *s = descriptor_get(target);
    if (s && s != &descriptor_own) {
        descriptor_set(target, NULL);
        release(s, target);
    }
    ready_process();
    lock_release();
    errno = EBUSY;
    return s == &descriptor_own ? -1 : 0;
}
