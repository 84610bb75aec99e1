/*
 * The table from descriptors to sockets.
 *
 * The table is changed with the lock held, but read without it.  A program that closes a
 * descriptor in one thread while it uses it in another gets either the old or the new entry.
 */
#include <fcntl.h>
#include <unistd.h>

#include "descriptor.h"
#include "libc.h"
#include "usock.h"

enum { HIDDEN_FROM = 512 };

struct usock descriptor_own, descriptor_inherited;

static struct usock *table[DESCRIPTOR_LIMIT]; /* pages that are never touched take no memory */
static int highest = -1;                      /* the highest descriptor ever in the table */

struct usock *descriptor_get(int fd)
{
    return fd >= 0 && fd < DESCRIPTOR_LIMIT ? __atomic_load_n(&table[fd], __ATOMIC_ACQUIRE) : NULL;
}

bool descriptor_usable(const struct usock *s)
{
    return s && s != &descriptor_own && s != &descriptor_inherited;
}

void descriptor_set(int fd, struct usock *s)
{
    if (fd > highest)
        highest = fd;
    __atomic_store_n(&table[fd], s, __ATOMIC_RELEASE);
}

bool descriptor_ours(int fd)
{
    return descriptor_get(fd) != NULL;
}

static pid_t owner;

bool descriptor_borrowed(void)
{
    pid_t pid = __atomic_load_n(&owner, __ATOMIC_RELAXED);
    return pid && getpid() != pid;
}

int descriptor_hide(int fd)
{
    int hidden = libc.fcntl(fd, F_DUPFD_CLOEXEC, HIDDEN_FROM);
    if (hidden >= 0) {
        libc.close(fd);
        fd = hidden;
    }
    if (fd < DESCRIPTOR_LIMIT)
        descriptor_set(fd, &descriptor_own);
    return fd;
}

void descriptor_unhide(int fd)
{
    if (descriptor_ours(fd))
        descriptor_set(fd, NULL);
}

void descriptor_own_process(void)
{
    __atomic_store_n(&owner, getpid(), __ATOMIC_RELAXED);
}

void descriptor_drop_inherited(void)
{
    for (int fd = 0; fd <= highest; fd++) {
        struct usock *s = descriptor_get(fd);
        if (s == &descriptor_own)
            libc.close(fd);
        if (s)
            descriptor_set(fd, s == &descriptor_own ? NULL : &descriptor_inherited);
    }
}

int descriptor_find(const struct usock *s)
{
    for (int fd = 0; fd <= highest; fd++)
        if (descriptor_get(fd) == s)
            return fd;
    return -1;
}
