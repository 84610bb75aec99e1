/*
 * Interposed: the life of a socket, its names and options, and threads.  Each function asks whether
 * the descriptor is one of ours, and calls libc's if it is not.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "call.h"
#include "descriptor.h"
#include "entry.h"
#include "epoll_watch.h"
#include "libc.h"
#include "libusrsctp.h"
#include "lock.h"
#include "reader.h"
#include "ready.h"
#include "socket.h"
#include "stack.h"
#include "udp.h"
#include "userland.h"
#include "usock.h"

/* ---- sockets and descriptors ---------------------------------------------- */

/* withuserland --from-tcp: whether a socket is to be one of SCTP in place of TCP. */
static bool replaces_tcp(int type, int protocol)
{
    static int asked = -1;
    if (asked < 0)
        asked = getenv("SCTP_USERLAND_FROM_TCP") != NULL;
    return asked && (type & 0xf) == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP);
}

EXPORT int socket(int domain, int type, int protocol)
{
    int errno_before = errno;
    if (stack_starting || stack_thread)
        return threads_socket(domain, type, protocol);
    bool from_tcp = (domain == AF_INET || domain == AF_INET6) && replaces_tcp(type, protocol);
    if (from_tcp)
        protocol = IPPROTO_SCTP;
    if (protocol != IPPROTO_SCTP || (domain != AF_INET && domain != AF_INET6) ||
        (type & 0xf) == SOCK_RAW)
        return libc.socket(domain, type, protocol);
    int ours = choice_userland();
    if (ours <= 0)
        return ours < 0 ? -1 : libc.socket(domain, type, protocol);
    if (descriptor_borrowed()) {
        say("no SCTP socket for a process that vfork, _Fork or clone made: it has the userland "
            "stack of its parent; make it by fork(2)");
        return refuse(EOPNOTSUPP);
    }
    if (stack_start() < 0)
        return -1;
    lock_take();
    int fd = usock_create(domain, type);
    if (fd >= 0)
        descriptor_get(fd)->from_tcp = from_tcp;
    int error = fd < 0 ? errno : errno_before;
    ready_process();
    lock_release();
    errno = error;
    return fd;
}

/* The program's bind failed because its address is in use.  Is it a UDP socket, and have we given
 * up its port now? */
static bool port_given_up(int fd, const struct sockaddr *to, socklen_t length)
{
    int type = 0;
    socklen_t size = sizeof(type);
    union address address = {0};
    if (!libusrsctp_loaded() || descriptor_borrowed() || address_size(to) == 0 ||
        length < address_size(to) || libc.getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
        type != SOCK_DGRAM)
        return false;
    memcpy(&address, to, address_size(to));
    lock_take();
    bool done = usock_leave_port(address_port(&address));
    ready_process();
    lock_release();
    return done;
}

static int bind_of_program(int fd, const struct sockaddr *to, socklen_t length)
{
    int errno_before = errno, result = libc.bind(fd, to, length);
    if (result == 0 || errno != EADDRINUSE)
        return result;
    if (!port_given_up(fd, to, length))
        return refuse(EADDRINUSE);
    errno = errno_before;
    return libc.bind(fd, to, length);
}

EXPORT int bind(int fd, __CONST_SOCKADDR_ARG to, socklen_t length)
{
    if (udp_is_handle(fd))
        return 0;
    if (!descriptor_ours(fd))
        return bind_of_program(fd, to.__sockaddr__, length);
    ENTER(fd, faults(to.__sockaddr__, length) ? -1 : usock_bind(s, to.__sockaddr__, length));
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
    ENTER_CANCELLABLE(fd, address.__sockaddr__ && name_faults(address.__sockaddr__, length)
                              ? -1
                              : usock_accept(s, address.__sockaddr__, length, flags));
}

EXPORT int accept(int fd, __SOCKADDR_ARG address, socklen_t *restrict length)
{
    return accept4(fd, address, length, 0);
}

EXPORT int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t length)
{
    if (!descriptor_ours(fd))
        return libc.connect(fd, to.__sockaddr__, length);
    ENTER_CANCELLABLE(
        fd, faults(to.__sockaddr__, length) ? -1 : usock_connect(s, to.__sockaddr__, length));
}

EXPORT int shutdown(int fd, int how)
{
    if (!descriptor_ours(fd))
        return libc.shutdown(fd, how);
    ENTER(fd, usock_shutdown(s, how));
}

EXPORT int close(int fd)
{
    /* Only libusrsctp may close a handle.  A program that closes all numbers gets EBADF below. */
    if (udp_is_handle(fd) && (stack_thread || stack_starting || lock_exiting()))
        return stack_thread ? 0 : udp_close_handle(fd);
    if (!descriptor_ours(fd)) {
        watch_epoll_closed(fd);
        return libc.close(fd);
    }
    pthread_testcancel();
    return reference_close(fd);
}

EXPORT int close_range(unsigned first, unsigned last, int flags)
{
    return reference_close_range(first, last, flags);
}

EXPORT void closefrom(int first)
{
    reference_close_range(first < 0 ? 0 : (unsigned)first, ~0u, 0);
}

EXPORT int dup(int fd)
{
    int copy = libc.dup(fd);
    return copy >= 0 && descriptor_ours(fd) ? reference_copied(fd, copy) : copy;
}

EXPORT int dup3(int fd, int target, int flags)
{
    /* reference_replaced() closes the target's socket, so this first excludes what dup3 refuses. */
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

/* ---- names and options ---------------------------------------------------- */

EXPORT int getsockname(int fd, __SOCKADDR_ARG address, socklen_t *restrict length)
{
    if (!descriptor_ours(fd))
        return libc.getsockname(fd, address.__sockaddr__, length);
    ENTER(fd, name_faults(address.__sockaddr__, length)
                  ? -1
                  : usock_name(s, false, address.__sockaddr__, length));
}

EXPORT int getpeername(int fd, __SOCKADDR_ARG address, socklen_t *restrict length)
{
    if (!descriptor_ours(fd))
        return libc.getpeername(fd, address.__sockaddr__, length);
    ENTER(fd, name_faults(address.__sockaddr__, length)
                  ? -1
                  : usock_name(s, true, address.__sockaddr__, length));
}

EXPORT int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict length)
{
    if (!descriptor_ours(fd))
        return libc.getsockopt(fd, level, name, value, length);
    ENTER(fd, name_faults(value, length) ? -1 : usock_getsockopt(s, level, name, value, length));
}

EXPORT int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
    if (udp_is_handle(fd))
        return 0;
    if (!descriptor_ours(fd))
        return libc.setsockopt(fd, level, name, value, length);
    ENTER(fd, faults(value, length) ? -1 : usock_setsockopt(s, level, name, value, length));
}

static int set_nonblocking(struct usock *s, bool on)
{
    s->nonblocking = on;
    return 0;
}

static bool about_signals(int command)
{
    return command == F_SETOWN || command == F_GETOWN || command == F_SETOWN_EX ||
           command == F_GETOWN_EX || command == F_SETSIG || command == F_GETSIG;
}

/* O_ASYNC: the kernel sends signals for the descriptor that is polled in place of the program's. */
static int set_flags(struct usock *s, int flags)
{
    if (s->shadow >= 0 && libc.fcntl(s->shadow, F_SETFL, flags & O_ASYNC) < 0)
        return -1;
    return set_nonblocking(s, flags & O_NONBLOCK);
}

/* libc's fcntl changes the program's descriptor; this applies the change to the socket. */
static int control(int fd, int command, void *arg)
{
    if (about_signals(command)) {
        reader_stop(); /* SIGIO is to come at once, whatever the program does */
        int instead = call_polled(fd, false);
        return instead < 0 ? -1 : libc.fcntl(instead, command, arg);
    }
    int done = libc.fcntl(fd, command, arg);
    if (done < 0)
        return done;
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
        return reference_copied(fd, done);
    if (command == F_SETFL) {
        if ((intptr_t)arg & O_ASYNC)
            reader_stop();
        if ((intptr_t)arg & O_ASYNC && call_polled(fd, false) < 0)
            return -1;
        ENTER(fd, set_flags(s, (int)(intptr_t)arg));
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
    if (s->listening && s->type == SOCK_STREAM)
        return refuse(ENOTCONN);
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
        ENTER(fd, faults(arg, sizeof(int)) ? -1 : bytes_to_read(s, arg));
    if (request == TIOCOUTQ) /* the socketpair has it, the kernel's SCTP has not */
        ENTER(fd, refuse(s->listening && s->type == SOCK_STREAM ? ENOTCONN : ENOTTY));
    int done = libc.ioctl(fd, request, arg);
    if (request == FIONBIO && done == 0)
        ENTER(fd, set_nonblocking(s, *(int *)arg != 0));
    return done;
}

/* ---- threads and sleep ---------------------------------------------------- */

EXPORT int nanosleep(const struct timespec *duration, struct timespec *left)
{
    return stack_thread ? threads_nanosleep(duration) : libc.nanosleep(duration, left);
}

EXPORT int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attr,
                          void *(*start)(void *), void *restrict arg)
{
    if (stack_starting)
        return threads_create(thread, attr, start, arg);
    call_stop_reading();
    return libc.pthread_create(thread, attr, start, arg);
}

/* C11's, which in libc does not call the interposed pthread_create(). */
EXPORT int thrd_create(thrd_t *thread, thrd_start_t start, void *arg)
{
    call_stop_reading();
    return libc.thrd_create(thread, start, arg);
}
