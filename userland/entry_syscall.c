/*
 * Interposed: syscall(2).  A system call on a descriptor of ours is made by the function of its
 * name.  Those whose structures differ from the function's are left out, and so is socket(2):
 * with its number a program can ask the kernel whether it has SCTP.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptor.h"
#include "entry.h"
#include "libc.h"

enum { ARGUMENTS = 6 };

#define INT(i)     ((int)a[i])
#define POINTER(i) ((void *)a[i])
#define SIZE(i)    ((size_t)a[i])
#define LENGTH(i)  ((socklen_t)a[i])

/* The call on a socket.  False: none of these. */
static bool on_socket(long number, const long *a, long *result)
{
    switch (number) {
#define CALL(name, expression)                                                                     \
    case SYS_##name:                                                                               \
        *result = (expression);                                                                    \
        return true;
        CALL(read, read(INT(0), POINTER(1), SIZE(2)))
        CALL(readv, readv(INT(0), POINTER(1), INT(2)))
        CALL(write, write(INT(0), POINTER(1), SIZE(2)))
        CALL(writev, writev(INT(0), POINTER(1), INT(2)))
        CALL(sendto, sendto(INT(0), POINTER(1), SIZE(2), INT(3), POINTER(4), LENGTH(5)))
        CALL(sendmsg, sendmsg(INT(0), POINTER(1), INT(2)))
        CALL(sendmmsg, sendmmsg(INT(0), POINTER(1), (unsigned)a[2], INT(3)))
        CALL(recvfrom, recvfrom(INT(0), POINTER(1), SIZE(2), INT(3), POINTER(4), POINTER(5)))
        CALL(recvmsg, recvmsg(INT(0), POINTER(1), INT(2)))
        CALL(bind, bind(INT(0), POINTER(1), LENGTH(2)))
        CALL(listen, listen(INT(0), INT(1)))
        CALL(accept4, accept4(INT(0), POINTER(1), POINTER(2), INT(3)))
        CALL(connect, connect(INT(0), POINTER(1), LENGTH(2)))
        CALL(shutdown, shutdown(INT(0), INT(1)))
        CALL(close, close(INT(0)))
        CALL(dup, dup(INT(0)))
        CALL(dup3, dup3(INT(0), INT(1), INT(2)))
        CALL(fcntl, fcntl(INT(0), INT(1), POINTER(2)))
        CALL(ioctl, ioctl(INT(0), (unsigned long)a[1], POINTER(2)))
        CALL(getsockname, getsockname(INT(0), POINTER(1), POINTER(2)))
        CALL(getpeername, getpeername(INT(0), POINTER(1), POINTER(2)))
        CALL(getsockopt, getsockopt(INT(0), INT(1), INT(2), POINTER(3), POINTER(4)))
        CALL(setsockopt, setsockopt(INT(0), INT(1), INT(2), POINTER(3), LENGTH(4)))
        CALL(sendfile, sendfile(INT(0), INT(1), POINTER(2), SIZE(3)))
#ifdef SYS_accept /* not on i386 */
        CALL(accept, accept(INT(0), POINTER(1), POINTER(2)))
#endif
#ifdef SYS_dup2
        CALL(dup2, dup2(INT(0), INT(1)))
#endif
#ifdef __LP64__ /* elsewhere the kernel's struct timespec is another */
        CALL(recvmmsg, recvmmsg(INT(0), POINTER(1), (unsigned)a[2], INT(3), POINTER(4)))
#endif
#undef CALL
    default:
        return false;
    }
}

/* The other calls, which have their descriptors elsewhere. */
static bool on_others(long number, const long *a, long *result)
{
    switch (number) {
    case SYS_splice:
        *result = splice(INT(0), POINTER(1), INT(2), POINTER(3), SIZE(4), (unsigned)a[5]);
        return true;
    case SYS_epoll_ctl:
        *result = epoll_ctl(INT(0), INT(1), INT(2), POINTER(3));
        return true;
    case SYS_epoll_pwait:
        *result = epoll_pwait(INT(0), POINTER(1), INT(2), INT(3), POINTER(4));
        return true;
#ifdef SYS_epoll_wait /* not on arm64 */
    case SYS_epoll_wait:
        *result = epoll_wait(INT(0), POINTER(1), INT(2), INT(3));
        return true;
#endif
#ifdef SYS_poll
    case SYS_poll:
        *result = poll(POINTER(0), (nfds_t)a[1], INT(2));
        return true;
#endif
#if defined(SYS_select) && defined(__LP64__)
    case SYS_select:
        *result = select(INT(0), POINTER(1), POINTER(2), POINTER(3), POINTER(4));
        return true;
#endif
    case SYS_ppoll:
    case SYS_pselect6:
#ifdef SYS_epoll_pwait2
    case SYS_epoll_pwait2:
#endif
        call_settle(); /* the kernel looks at shadows */
        return false;
    default:
        return false;
    }
}

EXPORT long syscall(long number, ...)
{
    long a[ARGUMENTS], result;
    va_list args;
    va_start(args, number);
    for (int i = 0; i < ARGUMENTS; i++)
        a[i] = va_arg(args, long);
    va_end(args);
    if ((a[0] >= 0 && a[0] < DESCRIPTOR_LIMIT && descriptor_ours((int)a[0]) &&
         on_socket(number, a, &result)) ||
        on_others(number, a, &result))
        return result;
    return libc.syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
