/*
 * The interposed functions.
 *
 * Each asks whether the descriptor is one of ours, and if not calls libc's.  What is left of
 * the rest is to make one call of another: send, recv, read and the like are sendmsg and recvmsg.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "userland.h"

#define EXPORT __attribute__((visibility("default")))

/* Calls on a socket of ours: EXPRESSION, with s.  As a system call's, errno is that of a failure:
 * success leaves it alone. */
#define ENTER(fd, expression)                                                                      \
    do {                                                                                           \
        int errno_before = errno;                                                                  \
        struct usock *s = call_enter(fd);                                                          \
        if (!s)                                                                                    \
            return -1;                                                                             \
        ssize_t result = (expression);                                                             \
        call_leave(s);                                                                             \
        if (result >= 0)                                                                           \
            errno = errno_before;                                                                  \
        return result;                                                                             \
    } while (0)

/* Like the kernel's EFAULT, of what can be told without looking: NULL, and what goes beyond the end
 * of the address space, as MAP_FAILED does. */
static bool faulty(const void *p, size_t size)
{
    if (size == 0 || (p && (uintptr_t)p + size > (uintptr_t)p))
        return false;
    errno = EFAULT;
    return true;
}

static bool faulty_message(const struct msghdr *msg)
{
    if (faulty(msg, sizeof *msg) || faulty(msg->msg_iov, msg->msg_iovlen * sizeof *msg->msg_iov))
        return true;
    for (size_t i = 0; i < msg->msg_iovlen; i++)
        if (faulty(msg->msg_iov[i].iov_base, msg->msg_iov[i].iov_len))
            return true;
    return (msg->msg_name && faulty(msg->msg_name, msg->msg_namelen)) ||
           (msg->msg_control && faulty(msg->msg_control, msg->msg_controllen));
}

/* Where an address is to go, with its length. */
static bool faulty_name(const void *address, const socklen_t *length)
{
    return faulty(length, sizeof *length) || faulty(address, *length);
}

/* --- life -------------------------------------------------------------------------------- */

EXPORT int socket(int domain, int type, int protocol)
{
    int errno_before = errno;
    if (stack_starting || stack_thread)
        return threads_socket(domain, type, protocol);
    if (protocol != IPPROTO_SCTP || (domain != AF_INET && domain != AF_INET6) ||
        (type & 0xf) == SOCK_RAW)
        return libc.socket(domain, type, protocol);
    int ours = choice_userland();
    if (ours <= 0)
        return ours < 0 ? -1 : libc.socket(domain, type, protocol);
    if (descriptor_borrowed()) {
        say("no SCTP socket for a process that vfork, _Fork or clone made: it has the userland "
            "stack of its parent; make it by fork(2)");
        errno = EOPNOTSUPP;
        return -1;
    }
    if (stack_start() < 0)
        return -1;
    lock_take();
    int fd = usock_create(domain, type);
    int error = fd < 0 ? errno : errno_before;
    ready_process();
    lock_release();
    errno = error;
    return fd;
}

EXPORT int bind(int fd, __CONST_SOCKADDR_ARG to, socklen_t length)
{
    if (udp_is_handle(fd))
        return 0;
    if (!descriptor_ours(fd))
        return libc.bind(fd, to.__sockaddr__, length);
    ENTER(fd, faulty(to.__sockaddr__, length) ? -1 : usock_bind(s, to.__sockaddr__, length));
}

EXPORT int listen(int fd, int backlog)
{
    if (!descriptor_ours(fd))
        return libc.listen(fd, backlog);
    ENTER(fd, usock_listen(s, backlog));
}

EXPORT int accept4(int fd, __SOCKADDR_ARG address, socklen_t *restrict length, int flags)
{
    if (!descriptor_ours(fd))
        return libc.accept4(fd, address.__sockaddr__, length, flags);
    ENTER(fd, address.__sockaddr__ && faulty_name(address.__sockaddr__, length)
                  ? -1
                  : usock_accept(s, address.__sockaddr__, length, flags));
}

EXPORT int accept(int fd, __SOCKADDR_ARG address, socklen_t *restrict length)
{
    if (!descriptor_ours(fd))
        return libc.accept(fd, address.__sockaddr__, length);
    ENTER(fd, address.__sockaddr__ && faulty_name(address.__sockaddr__, length)
                  ? -1
                  : usock_accept(s, address.__sockaddr__, length, 0));
}

EXPORT int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t length)
{
    if (!descriptor_ours(fd))
        return libc.connect(fd, to.__sockaddr__, length);
    ENTER(fd, faulty(to.__sockaddr__, length) ? -1 : usock_connect(s, to.__sockaddr__, length));
}

EXPORT int shutdown(int fd, int how)
{
    if (!descriptor_ours(fd))
        return libc.shutdown(fd, how);
    ENTER(fd, usock_shutdown(s, how));
}

EXPORT int close(int fd)
{
    /* The stack closes it; a program that closes all that it might have gets EBADF below. */
    if (udp_is_handle(fd) && (stack_thread || stack_starting || lock_exiting()))
        return stack_thread ? 0 : udp_close_handle(fd);
    return descriptor_ours(fd) ? reference_close(fd) : libc.close(fd);
}

EXPORT int close_range(unsigned first, unsigned last, int flags)
{
    return reference_close_range(first, last, flags);
}

EXPORT void closefrom(int first)
{
    reference_close_range(first < 0 ? 0 : (unsigned)first, ~0u, 0);
}

EXPORT FILE *fdopen(int fd, const char *mode)
{
    return descriptor_ours(fd) ? stream_open(fd, mode) : libc.fdopen(fd, mode);
}

EXPORT int dup(int fd)
{
    int copy = libc.dup(fd);
    return copy >= 0 && descriptor_ours(fd) ? reference_copied(fd, copy) : copy;
}

EXPORT int dup3(int fd, int target, int flags)
{
    /* Only if it will succeed. */
    if (fd != target && !(flags & ~O_CLOEXEC) && libc.fcntl(fd, F_GETFD) >= 0 &&
        reference_replaced(target) < 0)
        return -1;
    int copy = libc.dup3(fd, target, flags);
    return copy >= 0 && descriptor_ours(fd) ? reference_copied(fd, copy) : copy;
}

EXPORT int dup2(int fd, int target)
{
    if (fd == target || libc.fcntl(fd, F_GETFD) < 0)
        return libc.dup2(fd, target);
    return dup3(fd, target, 0);
}

/* --- names and options ------------------------------------------------------------------- */

EXPORT int getsockname(int fd, __SOCKADDR_ARG address, socklen_t *restrict length)
{
    if (!descriptor_ours(fd))
        return libc.getsockname(fd, address.__sockaddr__, length);
    ENTER(fd, faulty_name(address.__sockaddr__, length)
                  ? -1
                  : usock_name(s, false, address.__sockaddr__, length));
}

EXPORT int getpeername(int fd, __SOCKADDR_ARG address, socklen_t *restrict length)
{
    if (!descriptor_ours(fd))
        return libc.getpeername(fd, address.__sockaddr__, length);
    ENTER(fd, faulty_name(address.__sockaddr__, length)
                  ? -1
                  : usock_name(s, true, address.__sockaddr__, length));
}

EXPORT int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict length)
{
    if (!descriptor_ours(fd))
        return libc.getsockopt(fd, level, name, value, length);
    ENTER(fd, faulty_name(value, length) ? -1 : usock_getsockopt(s, level, name, value, length));
}

EXPORT int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
    if (udp_is_handle(fd))
        return 0;
    if (!descriptor_ours(fd))
        return libc.setsockopt(fd, level, name, value, length);
    ENTER(fd, faulty(value, length) ? -1 : usock_setsockopt(s, level, name, value, length));
}

static int set_nonblocking(struct usock *s, bool on)
{
    s->nonblocking = on;
    return 0;
}

/* Commands that make a descriptor; the flags; the rest is libc's. */
static int control(int fd, int command, void *arg)
{
    int done = libc.fcntl(fd, command, arg);
    if (done < 0)
        return done;
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
        return reference_copied(fd, done);
    if (command == F_SETFL) {
        if ((intptr_t)arg & O_ASYNC)
            call_polled(fd, false);
        ENTER(fd, set_nonblocking(s, (intptr_t)arg & O_NONBLOCK));
    }
    return done;
}

EXPORT int fcntl(int fd, int command, ...)
{
    va_list args;
    va_start(args, command);
    void *arg = va_arg(args, void *);
    va_end(args);
    return descriptor_ours(fd) ? control(fd, command, arg) : libc.fcntl(fd, command, arg);
}

EXPORT int fcntl64(int fd, int command, ...)
{
    va_list args;
    va_start(args, command);
    void *arg = va_arg(args, void *);
    va_end(args);
    return descriptor_ours(fd) ? control(fd, command, arg) : libc.fcntl64(fd, command, arg);
}

static int bytes_to_read(struct usock *s, int *n)
{
    *n = (int)usock_readable_bytes(s);
    return 0;
}

EXPORT int ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    void *arg = va_arg(args, void *);
    va_end(args);
    if (!descriptor_ours(fd))
        return libc.ioctl(fd, request, arg);
    if (request == FIONREAD)
        ENTER(fd, bytes_to_read(s, arg));
    int done = libc.ioctl(fd, request, arg);
    if (request == FIONBIO && done == 0)
        ENTER(fd, set_nonblocking(s, *(int *)arg != 0));
    return done;
}

/* --- sending ----------------------------------------------------------------------------- */

static ssize_t send_message(int fd, const struct msghdr *msg, int flags)
{
    int errno_before = errno;
    struct usock *s = call_enter(fd);
    if (!s)
        return -1;
    ssize_t result = faulty_message(msg) ? -1 : usock_sendmsg(s, msg, flags);
    int error = result < 0 ? errno : errno_before;
    call_leave(s);
    if (result < 0 && error == EPIPE && !(flags & MSG_NOSIGNAL))
        raise(SIGPIPE);
    errno = error;
    return result;
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
    if (udp_is_handle(fd))
        return udp_sendmsg(fd, msg);
    return descriptor_ours(fd) ? send_message(fd, msg, flags) : libc.sendmsg(fd, msg, flags);
}

static ssize_t send_to(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
                       socklen_t length)
{
    struct iovec iov = {(void *)data, size};
    struct msghdr msg = {
        .msg_name = (void *)to, .msg_namelen = to ? length : 0, .msg_iov = &iov, .msg_iovlen = 1};
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
    struct usock *s = call_enter(fd); /* once for all of them */
    if (!s)
        return -1;
    unsigned done = 0;
    while (done < n && !error) {
        const struct msghdr *msg = &messages[done].msg_hdr;
        ssize_t size = faulty_message(msg) ? -1 : usock_sendmsg(s, msg, flags);
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

/* --- receiving --------------------------------------------------------------------------- */

EXPORT ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
    if (udp_is_handle(fd))
        return udp_recvmsg(fd, msg);
    if (!descriptor_ours(fd))
        return libc.recvmsg(fd, msg, flags);
    ENTER(fd, faulty_message(msg) ? -1 : usock_recvmsg(s, msg, flags));
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
        ssize_t size = faulty_message(msg) ? -1 : usock_recvmsg(s, msg, flags & ~MSG_WAITFORONE);
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

/* As the kernel's: the time out is looked at between messages only. */
EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags,
                    struct timespec *timeout)
{
    if (!descriptor_ours(fd))
        return libc.recvmmsg(fd, messages, n, flags, timeout);
    struct timespec until = {0};
    if (timeout) {
        struct timeval t = {.tv_sec = timeout->tv_sec, .tv_usec = timeout->tv_nsec / 1000};
        wait_deadline(&t, &until);
    }
    ENTER(fd, receive_messages(s, messages, n, flags, timeout ? &until : NULL));
}

/* glibc's checked forms, which _FORTIFY_SOURCE calls. */
void __chk_fail(void) __attribute__((noreturn));
EXPORT ssize_t __read_chk(int fd, void *data, size_t size, size_t room);
EXPORT ssize_t __recv_chk(int fd, void *data, size_t size, size_t room, int flags);
EXPORT ssize_t __recvfrom_chk(int fd, void *restrict data, size_t size, size_t room, int flags,
                              __SOCKADDR_ARG from, socklen_t *restrict length);
EXPORT int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room);
EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
                       const sigset_t *mask, size_t room);

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

/* --- polling: libc's does it; ours has to know that it is done --------------------------- */

static void about_to_poll(uintptr_t first, nfds_t n)
{
    const struct pollfd *fds = (const void *)first; /* glibc declares them as only written to */
    for (nfds_t i = 0; i < n; i++)
        if (descriptor_ours(fds[i].fd))
            call_polled(fds[i].fd, false);
}

static void about_to_select(int n, const fd_set *in, const fd_set *out, const fd_set *except)
{
    for (int fd = 0; fd < n && fd < FD_SETSIZE; fd++)
        if (descriptor_ours(fd) && ((in && FD_ISSET(fd, in)) || (out && FD_ISSET(fd, out)) ||
                                    (except && FD_ISSET(fd, except))))
            call_polled(fd, false);
}

EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout)
{
    about_to_poll((uintptr_t)fds, n);
    return libc.poll(fds, n, timeout);
}

EXPORT int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
    about_to_poll((uintptr_t)fds, n);
    return libc.ppoll(fds, n, timeout, mask);
}

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room)
{
    if (room / sizeof *fds < n)
        __chk_fail();
    return poll(fds, n, timeout);
}

int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask,
                size_t room)
{
    if (room / sizeof *fds < n)
        __chk_fail();
    return ppoll(fds, n, timeout, mask);
}

EXPORT int select(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
                  struct timeval *restrict timeout)
{
    about_to_select(n, in, out, except);
    return libc.select(n, in, out, except, timeout);
}

EXPORT int pselect(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
                   const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
    about_to_select(n, in, out, except);
    return libc.pselect(n, in, out, except, timeout, mask);
}

EXPORT int epoll_ctl(int epoll, int command, int fd, struct epoll_event *event)
{
    if (descriptor_ours(fd) && command != EPOLL_CTL_DEL && event)
        call_polled(fd, event->events & EPOLLET);
    return libc.epoll_ctl(epoll, command, fd, event);
}

/* --- what only libusrsctp asks for ----------------------------------------------------------- */

EXPORT int nanosleep(const struct timespec *duration, struct timespec *left)
{
    return stack_thread ? threads_nanosleep(duration) : libc.nanosleep(duration, left);
}

EXPORT int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attr,
                          void *(*start)(void *), void *restrict arg)
{
    if (stack_starting)
        return threads_create(thread, attr, start, arg);
    reader_stop();
    return libc.pthread_create(thread, attr, start, arg);
}

/* The same of C11, which libc does not make by way of ours. */
EXPORT int thrd_create(thrd_t *thread, thrd_start_t start, void *arg)
{
    reader_stop();
    return libc.thrd_create(thread, start, arg);
}
