/* Interposed: sending and receiving.  send, recv, read and the like become sendmsg and recvmsg. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "descriptor.h"
#include "entry.h"
#include "libc.h"
#include "socket.h"
#include "udp.h"

/* Would the kernel refuse the message?  Sets errno to EFAULT, EMSGSIZE or EINVAL. */
static bool message_faults(const struct msghdr *msg)
{
    size_t room = SSIZE_MAX;
    if (faults(msg, sizeof(*msg)))
        return true;
    if (msg->msg_iovlen > UIO_MAXIOV) {
        errno = EMSGSIZE;
        return true;
    }
    if (faults(msg->msg_iov, msg->msg_iovlen * sizeof(*msg->msg_iov)))
        return true;
    for (size_t i = 0; i < msg->msg_iovlen; i++) {
        if (faults(msg->msg_iov[i].iov_base, msg->msg_iov[i].iov_len))
            return true;
        if (msg->msg_iov[i].iov_len > room) {
            errno = EINVAL;
            return true;
        }
        room -= msg->msg_iov[i].iov_len;
    }
    return (msg->msg_name && faults(msg->msg_name, msg->msg_namelen)) ||
           (msg->msg_control && faults(msg->msg_control, msg->msg_controllen));
}

/* ---- sending -------------------------------------------------------------- */

static ssize_t send_message(int fd, const struct msghdr *msg, int flags)
{
    int errno_before = errno;
    pthread_testcancel();
    struct usock *s = call_enter_to_send(fd);
    if (!s)
        return -1;
    ssize_t result = message_faults(msg) ? -1 : usock_sendmsg(s, msg, flags);
    int error = result < 0 ? errno : errno_before;
    call_leave(s);
    if (result < 0 && error == EPIPE && !(flags & MSG_NOSIGNAL))
        raise(SIGPIPE);
    errno = error;
    return result;
}

/* Does the message pass one of our sockets to another process (SCM_RIGHTS)?  Sets errno.  Messages
 * that the kernel refuses are left to it. */
static bool passes_socket(const struct msghdr *msg)
{
    int errno_before = errno, fd;
    bool none = faults(msg, sizeof(*msg)) || !msg->msg_control || message_faults(msg);
    errno = errno_before;
    if (none)
        return false;
    struct cmsghdr *c = CMSG_FIRSTHDR(msg);
    for (; c && c->cmsg_len >= CMSG_LEN(0); c = CMSG_NXTHDR((struct msghdr *)msg, c))
        for (size_t at = CMSG_LEN(0); c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
                                      at + sizeof(fd) <= c->cmsg_len;
             at += sizeof(fd)) {
            memcpy(&fd, (unsigned char *)c + at, sizeof(fd));
            if (!descriptor_ours(fd))
                continue;
            say("descriptor %d is an SCTP socket, which cannot be passed to another process: the "
                "userland stack stays in this one; use a kernel that has SCTP",
                fd);
            errno = EBADFD;
            return true;
        }
    return false;
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
    if (udp_is_handle(fd))
        return udp_sendmsg(fd, msg);
    if (descriptor_ours(fd))
        return send_message(fd, msg, flags);
    return passes_socket(msg) ? -1 : libc.sendmsg(fd, msg, flags);
}

static ssize_t send_to(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
                       socklen_t length)
{
    struct iovec iov = {(void *)data, size};
    /* sendmsg treats an address of length 0 as no address, sendto as one that is too short. */
    struct msghdr msg = {.msg_name = (void *)to,
                         .msg_namelen = !to      ? 0
                                        : length ? length
                                                 : 1,
                         .msg_iov = &iov,
                         .msg_iovlen = 1};
    return send_message(fd, &msg, flags);
}

EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags, __CONST_SOCKADDR_ARG to,
                      socklen_t length)
{
    return descriptor_ours(fd) ? send_to(fd, data, size, flags, to.__sockaddr__, length)
                               : libc.sendto(fd, data, size, flags, to.__sockaddr__, length);
}

EXPORT ssize_t send(int fd, const void *data, size_t size, int flags)
{
    return descriptor_ours(fd) ? send_to(fd, data, size, flags, NULL, 0)
                               : libc.send(fd, data, size, flags);
}

EXPORT ssize_t writev(int fd, const struct iovec *iov, int n)
{
    if (!descriptor_ours(fd))
        return libc.writev(fd, iov, n);
    if (n <= 0 || n > UIO_MAXIOV)
        return n ? refuse(EINVAL) : 0;
    struct msghdr msg = {.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)n};
    return send_message(fd, &msg, 0);
}

EXPORT ssize_t write(int fd, const void *data, size_t size)
{
    return descriptor_ours(fd) ? send_to(fd, data, size, 0, NULL, 0) : libc.write(fd, data, size);
}

EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags)
{
    if (!descriptor_ours(fd))
        return libc.sendmmsg(fd, messages, n, flags);
    int errno_before = errno, error = 0;
    pthread_testcancel();
    struct usock *s = call_enter(fd); /* one frame for all messages */
    if (!s)
        return -1;
    unsigned done = 0;
    while (done < n && !error) {
        const struct msghdr *msg = &messages[done].msg_hdr;
        ssize_t size = message_faults(msg) ? -1 : usock_sendmsg(s, msg, flags);
        if (size < 0)
            error = errno;
        else
            messages[done++].msg_len = (unsigned)size;
    }
    call_leave(s);
    if (error == EPIPE && !(flags & MSG_NOSIGNAL))
        raise(SIGPIPE);
    errno = done || !n ? errno_before : error;
    return done || !n ? (int)done : -1;
}

/* ---- receiving ------------------------------------------------------------ */

EXPORT ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
    if (udp_is_handle(fd))
        return udp_recvmsg(fd, msg);
    if (!descriptor_ours(fd))
        return libc.recvmsg(fd, msg, flags);
    pthread_testcancel();
    int errno_before = errno;
    struct usock *s = call_enter_to_receive(fd, !(flags & MSG_DONTWAIT));
    if (!s)
        return -1;
    ssize_t result = message_faults(msg) ? -1 : usock_recvmsg(s, msg, flags);
    call_leave_received(s);
    if (result >= 0)
        errno = errno_before;
    return result;
}

static ssize_t receive_from(int fd, void *data, size_t size, int flags, struct sockaddr *address,
                            socklen_t *length)
{
    struct iovec iov = {data, size};
    struct msghdr msg = {.msg_name = length ? address : NULL,
                         .msg_namelen = address && length ? *length : 0,
                         .msg_iov = &iov,
                         .msg_iovlen = 1};
    ssize_t n = recvmsg(fd, &msg, flags);
    if (n >= 0 && address && length)
        *length = msg.msg_namelen;
    return n;
}

EXPORT ssize_t recvfrom(int fd, void *restrict data, size_t size, int flags, __SOCKADDR_ARG from,
                        socklen_t *restrict length)
{
    return descriptor_ours(fd) ? receive_from(fd, data, size, flags, from.__sockaddr__, length)
                               : libc.recvfrom(fd, data, size, flags, from.__sockaddr__, length);
}

EXPORT ssize_t recv(int fd, void *data, size_t size, int flags)
{
    return descriptor_ours(fd) ? receive_from(fd, data, size, flags, NULL, NULL)
                               : libc.recv(fd, data, size, flags);
}

EXPORT ssize_t readv(int fd, const struct iovec *iov, int n)
{
    if (!descriptor_ours(fd))
        return libc.readv(fd, iov, n);
    if (n <= 0 || n > UIO_MAXIOV)
        return n ? refuse(EINVAL) : 0;
    struct msghdr msg = {.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)n};
    return recvmsg(fd, &msg, 0);
}

EXPORT ssize_t read(int fd, void *data, size_t size)
{
    return descriptor_ours(fd) ? receive_from(fd, data, size, 0, NULL, NULL)
                               : libc.read(fd, data, size);
}

static bool is_past(const struct timespec *until)
{
    struct timespec now;
    return clock_gettime(CLOCK_MONOTONIC, &now) == 0 &&
           (now.tv_sec > until->tv_sec ||
            (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec));
}

static int receive_messages(struct usock *s, struct mmsghdr *messages, unsigned n, int flags,
                            const struct timespec *until)
{
    unsigned done = 0;
    while (done < n) {
        struct msghdr *msg = &messages[done].msg_hdr;
        ssize_t size = message_faults(msg) ? -1 : usock_recvmsg(s, msg, flags & ~MSG_WAITFORONE);
        if (size < 0)
            break;
        messages[done++].msg_len = (unsigned)size;
        if (flags & MSG_WAITFORONE)
            flags |= MSG_DONTWAIT;
        if (until && is_past(until))
            break;
    }
    return done || !n ? (int)done : -1;
}

/* As in the kernel, the timeout is checked only between messages. */
EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags,
                    struct timespec *timeout)
{
    if (!descriptor_ours(fd))
        return libc.recvmmsg(fd, messages, n, flags, timeout);
    struct timespec until = {0};
    if (timeout && faults(timeout, sizeof(*timeout)))
        return -1;
    if (timeout) {
        struct timeval t = {.tv_sec = timeout->tv_sec, .tv_usec = timeout->tv_nsec / 1000};
        if (!wait_deadline(&t, &until) && t.tv_sec)
            timeout = NULL; /* for ever */
    }
    ENTER_CANCELLABLE(fd, receive_messages(s, messages, n, flags, timeout ? &until : NULL));
}

/* ---- glibc's checked forms, for _FORTIFY_SOURCE --------------------------- */

EXPORT ssize_t __read_chk(int fd, void *data, size_t size, size_t room);
EXPORT ssize_t __recv_chk(int fd, void *data, size_t size, size_t room, int flags);
EXPORT ssize_t __recvfrom_chk(int fd, void *restrict data, size_t size, size_t room, int flags,
                              __SOCKADDR_ARG from, socklen_t *restrict length);

ssize_t __read_chk(int fd, void *data, size_t size, size_t room)
{
    if (size > room)
        __chk_fail();
    return read(fd, data, size);
}

ssize_t __recv_chk(int fd, void *data, size_t size, size_t room, int flags)
{
    if (size > room)
        __chk_fail();
    return recv(fd, data, size, flags);
}

ssize_t __recvfrom_chk(int fd, void *restrict data, size_t size, size_t room, int flags,
                       __SOCKADDR_ARG from, socklen_t *restrict length)
{
    if (size > room)
        __chk_fail();
    return recvfrom(fd, data, size, flags, from, length);
}
