/*
 * stdio on a socket: fdopen(3).
 *
 * The C library's own streams make their system calls inside the library, where they cannot be
 * interposed.  So a stream on a socket of ours is a custom one (fopencookie(3)) that calls the
 * interposed functions.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "call.h"
#include "descriptor.h"
#include "entry.h"
#include "libc.h"
#include "lock.h"
#include "stack.h"

struct stream {
    int fd;
    FILE *file;
    bool flushed;
    struct stream *next;
};

static struct stream *streams;

static ssize_t stream_read(void *cookie, char *data, size_t size)
{
    return read(((struct stream *)cookie)->fd, data, size);
}

static ssize_t stream_write(void *cookie, const char *data, size_t size)
{
    ssize_t n = write(((struct stream *)cookie)->fd, data, size);
    return n < 0 ? 0 : n;
}

/* There is no position.  glibc accepts only ESPIPE for that. */
static int stream_seek(void *cookie, off64_t *offset, int whence)
{
    (void)cookie, (void)offset, (void)whence;
    return refuse(ESPIPE);
}

static int stream_close(void *cookie)
{
    struct stream *t = cookie;
    int fd = t->fd;
    lock_take();
    struct stream **at = &streams;
    while (*at && *at != t)
        at = &(*at)->next;
    if (*at)
        *at = t->next;
    lock_release();
    free(t);
    return descriptor_ours(fd) ? reference_close(fd) : libc.close(fd);
}

static FILE *stream_open(int fd, const char *mode)
{
    static const cookie_io_functions_t calls = {stream_read, stream_write, stream_seek,
                                                stream_close};
    struct stream *t = malloc(sizeof(*t));
    FILE *file = t ? fopencookie(t, mode, calls) : NULL;
    if (!file) {
        free(t);
        return NULL;
    }
    file->_fileno = fd; /* for fileno(3); a custom stream does not use it */
    lock_take();
    *t = (struct stream){fd, file, false, streams};
    streams = t;
    lock_release();
    return file;
}

/* Takes a stream that was not flushed yet; NULL: none. */
static struct stream *next_to_flush(void)
{
    lock_take();
    struct stream *t = streams;
    while (t && t->flushed)
        t = t->next;
    if (t)
        t->flushed = true;
    lock_release();
    return t;
}

void stream_flush(void)
{
    for (struct stream *t; (t = next_to_flush());)
        if (ftrylockfile(t->file) == 0) { /* otherwise another thread is using it */
            fflush_unlocked(t->file);
            funlockfile(t->file);
        }
}

EXPORT FILE *fdopen(int fd, const char *mode)
{
    return descriptor_ours(fd) ? stream_open(fd, mode) : libc.fdopen(fd, mode);
}
