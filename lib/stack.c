/* Which SCTP stack a socket belongs to.  The choice itself: userland/choice.c. */
#include "unpsctp.h"

#include <sys/syscall.h>
#include <unistd.h>

bool unp_is_kernel_socket(int fd)
{
    int protocol = 0;
    socklen_t len = sizeof(protocol);

    /* A system call, because libsctp_userland answers libc's getsockopt() for its own sockets. */
    return syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) < 0 ||
           protocol == IPPROTO_SCTP;
}
