/*
 * Interposed: sendfile and splice.  The data goes through a buffer.  It is taken from its source
 * only after the other end has accepted it, so that none is lost when a call fails halfway.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "descriptor.h"
#include "entry.h"
#include "libc.h"

enum { CHUNK = 65536 }; /* the largest message that these calls send */

/* Calls copy() with a buffer, which is freed also if the thread is cancelled. */
static ssize_t with_buffer(ssize_t (*copy)(const void *how, char *buffer), const void *how)
{
    char *buffer = malloc(CHUNK);
    ssize_t n;
    if (!buffer)
        return refuse(ENOMEM);
    pthread_cleanup_push(free, buffer);
    n = copy(how, buffer);
    pthread_cleanup_pop(1);
    return n;
}

/* ---- sendfile ------------------------------------------------------------- */

struct file_part {
    int fd, file;
    off64_t *at; /* is moved on */
    size_t size;
};

/* The first failure ends the copy.  It is reported only if nothing was copied. */
static ssize_t send_file(const void *how, char *buffer)
{
    const struct file_part *f = how;
    size_t done = 0;
    while (done < f->size) {
        size_t part = f->size - done < CHUNK ? f->size - done : CHUNK;
        ssize_t n = pread64(f->file, buffer, part, *f->at);
        if (n < 0 && errno == ESPIPE)
            errno = EINVAL;
        ssize_t sent = n > 0 ? write(f->fd, buffer, (size_t)n) : n;
        if (sent <= 0)
            return done ? (ssize_t)done : sent;
        *f->at += sent;
        done += (size_t)sent;
    }
    return (ssize_t)done;
}

static ssize_t sendfile_ours(int fd, int file, off64_t *offset, size_t size)
{
    off64_t at = offset ? *offset : lseek64(file, 0, SEEK_CUR);
    if (at < 0)
        return refuse(offset || errno == ESPIPE ? EINVAL : errno);
    struct file_part part = {fd, file, &at, size};
    ssize_t n = with_buffer(send_file, &part);
    if (offset)
        *offset = at;
    else if (n > 0)
        lseek64(file, at, SEEK_SET);
    return n;
}

EXPORT ssize_t sendfile64(int fd, int file, off64_t *offset, size_t size)
{
    if (descriptor_ours(file))
        return refuse(EINVAL);
    if (!descriptor_ours(fd))
        return libc.sendfile64(fd, file, offset, size);
    return offset && faults(offset, sizeof(*offset)) ? -1 : sendfile_ours(fd, file, offset, size);
}

/* On 32-bit machines, off_t may have 32 bits. */
EXPORT ssize_t sendfile(int fd, int file, off_t *offset, size_t size)
{
    if (!descriptor_ours(fd) && !descriptor_ours(file))
        return libc.sendfile(fd, file, offset, size);
    if (!offset || faults(offset, sizeof(*offset)))
        return offset ? -1 : sendfile64(fd, file, NULL, size);
    off64_t at = *offset;
    ssize_t n = sendfile64(fd, file, &at, size);
    *offset = (off_t)at;
    return n;
}

/* ---- splice --------------------------------------------------------------- */

/* Reads and drops bytes that are in the pipe. */
static void consume(int pipe, char *buffer, size_t size)
{
    while (size > 0) {
        ssize_t n = read(pipe, buffer, size);
        if (n <= 0)
            return;
        size -= (size_t)n;
    }
}

struct splicing {
    int in, out;
    size_t size; /* CHUNK at most */
    bool wait;
};

/* Sends a copy of what is in the pipe, and then takes it from the pipe. */
static ssize_t from_pipe(const void *how, char *buffer)
{
    const struct splicing *s = how;
    int copy[2];
    if (pipe2(copy, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    ssize_t n = tee(s->in, copy[1], s->size, s->wait ? 0 : SPLICE_F_NONBLOCK);
    if (n > 0)
        n = libc.read(copy[0], buffer, (size_t)n);
    int error = errno;
    libc.close(copy[0]);
    libc.close(copy[1]);
    errno = error;
    if (n > 0)
        n = send(s->out, buffer, (size_t)n, s->wait ? 0 : MSG_DONTWAIT);
    if (n > 0)
        consume(s->in, buffer, (size_t)n);
    return n;
}

static ssize_t to_pipe(const void *how, char *buffer)
{
    const struct splicing *s = how;
    struct pollfd room = {.fd = s->out, .events = POLLOUT};
    if (!s->wait && libc.poll(&room, 1, 0) == 0)
        return refuse(EAGAIN);
    ssize_t n = recv(s->in, buffer, s->size, MSG_PEEK | (s->wait ? 0 : MSG_DONTWAIT));
    if (n <= 0)
        return n;
    /* So that write() does not wait. */
    size_t most = !s->wait && n > PIPE_BUF ? PIPE_BUF : (size_t)n;
    n = libc.write(s->out, buffer, most);
    return n > 0 ? recv(s->in, buffer, (size_t)n, MSG_DONTWAIT) : n;
}

static ssize_t splice_ours(int in, int out, size_t size, unsigned flags)
{
    struct stat pipe;
    bool sends = descriptor_ours(out);
    if ((sends && descriptor_ours(in)) || fstat(sends ? in : out, &pipe) < 0 ||
        !S_ISFIFO(pipe.st_mode))
        return refuse(EINVAL);
    struct splicing s = {in, out, size < CHUNK ? size : CHUNK, !(flags & SPLICE_F_NONBLOCK)};
    return size ? with_buffer(sends ? from_pipe : to_pipe, &s) : 0;
}

EXPORT ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t size,
                      unsigned flags)
{
    if (!descriptor_ours(in) && !descriptor_ours(out))
        return libc.splice(in, in_offset, out, out_offset, size, flags);
    return in_offset || out_offset ? refuse(ESPIPE) : splice_ours(in, out, size, flags);
}
