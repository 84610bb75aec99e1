/*
 * Which descriptor is which socket.
 *
 * A table from descriptor to socket, which is NULL for all that are none of our business.  The
 * entries are changed with the lock held, and looked at without it: what matters is only that a
 * program that closes a descriptor in one thread and uses it in another gets one or the other.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "userland.h"

enum { MOST = 1 << 20, HIDDEN_FROM = 512 };

/* Two that are no sockets: a descriptor of our own, and one that came over a fork. */
static struct usock own, inherited_socket;
static struct usock *table[MOST]; /* mostly never touched, so never in memory */
static int highest = -1;          /* that was ever ours */

static struct usock *get(int fd)
{
    return fd >= 0 && fd < MOST ? __atomic_load_n(&table[fd], __ATOMIC_ACQUIRE) : NULL;
}

static void put(int fd, struct usock *s)
{
    if (fd > highest)
        highest = fd;
    __atomic_store_n(&table[fd], s, __ATOMIC_RELEASE);
}

bool descriptor_ours(int fd)
{
    return get(fd) != NULL;
}

static pid_t owner;

bool descriptor_borrowed(void)
{
    pid_t pid = __atomic_load_n(&owner, __ATOMIC_RELAXED);
    return pid && getpid() != pid;
}

struct usock *descriptor_enter(int fd)
{
    lock_take();
    reader_poll();
    struct usock *s = get(fd);
    if (s && s != &own && s != &inherited_socket)
        return s;
    lock_release();
    errno = EBADF;
    if (s == &inherited_socket) {
        say("descriptor %d is an SCTP socket that was opened before fork(): the userland stack "
            "stays with the parent; open it in the child, or use a kernel that has SCTP",
            fd);
        errno = EBADFD;
    }
    return NULL;
}

void descriptor_leave(struct usock *s)
{
    int saved = errno;
    if (s->closed)
        ready_mark(s);
    ready_process();
    lock_release();
    errno = saved;
}

int descriptor_new(struct usock *s, int flags)
{
    int fd = ready_pair(flags, &s->shadow);
    if (fd < 0)
        return -1;
    if (fd >= MOST) {
        libc.close(fd);
        errno = EMFILE;
        return -1;
    }
    s->fd = fd;
    s->nonblocking = flags & SOCK_NONBLOCK;
    s->descriptors = 1;
    __atomic_store_n(&owner, getpid(), __ATOMIC_RELAXED);
    put(fd, s);
    return fd;
}

/* Another descriptor of the same socket, for s->fd. */
static int another(const struct usock *s)
{
    for (int fd = 0; fd <= highest; fd++)
        if (get(fd) == s)
            return fd;
    return -1;
}

/* fd refers to s no more. */
static void release(struct usock *s, int fd)
{
    if (s == &own || s == &inherited_socket)
        return;
    if (--s->descriptors == 0)
        usock_release(s);
    else if (s->fd == fd)
        s->fd = another(s);
}

int descriptor_close(int fd)
{
    if (descriptor_borrowed())
        return libc.close(fd);
    lock_take();
    struct usock *s = get(fd);
    int result = -1, error = EBADF;
    if (s && s != &own) {
        put(fd, NULL);
        result = libc.close(fd);
        error = errno;
        release(s, fd); /* it may linger, and a signal handler jump out of that */
    }
    ready_process();
    ready_catch_up(NULL);
    lock_release();
    errno = error;
    return result;
}

/* A daemon that closes all it may have inherited: what is ours stays. */
int descriptor_close_range(unsigned first, unsigned last, int flags)
{
    if (descriptor_borrowed() || flags || first > last)
        return libc.close_range(first, last, flags);
    for (unsigned fd = first; fd <= last && fd < MOST; fd++) {
        struct usock *s = get((int)fd);
        if (!s)
            continue;
        if (fd > first)
            libc.close_range(first, fd - 1, 0);
        descriptor_close((int)fd);
        if (fd == last)
            return 0;
        first = fd + 1;
    }
    return libc.close_range(first, last, 0);
}

int descriptor_copied(int old, int fd)
{
    if (descriptor_borrowed())
        return fd;
    lock_take();
    struct usock *s = get(old);
    if (fd >= MOST) {
        libc.close(fd);
        fd = -1;
        errno = EMFILE;
    } else if (s && s != &own) {
        put(fd, s);
        if (s != &inherited_socket)
            s->descriptors++;
    }
    int saved = errno;
    lock_release();
    errno = saved;
    return fd;
}

int descriptor_replaced(int target)
{
    if (!get(target) || descriptor_borrowed())
        return 0;
    lock_take();
    struct usock *s = get(target);
    if (s && s != &own) {
        put(target, NULL);
        release(s, target);
    }
    ready_process();
    lock_release();
    errno = EBUSY;
    return s == &own ? -1 : 0;
}

int descriptor_hide(int fd)
{
    int hidden = libc.fcntl(fd, F_DUPFD_CLOEXEC, HIDDEN_FROM);
    if (hidden >= 0) {
        libc.close(fd);
        fd = hidden;
    }
    if (fd < MOST)
        put(fd, &own);
    return fd;
}

void descriptor_unhide(int fd)
{
    if (fd >= 0 && fd < MOST)
        put(fd, NULL);
}

void descriptor_after_fork(void)
{
    __atomic_store_n(&owner, getpid(), __ATOMIC_RELAXED);
}

void descriptor_drop_inherited(void)
{
    for (int fd = 0; fd <= highest; fd++) {
        struct usock *s = get(fd);
        if (s == &own)
            libc.close(fd);
        if (s)
            put(fd, s == &own ? NULL : &inherited_socket);
    }
}
