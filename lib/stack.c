/* Which stack a socket is of. */
#include "unpsctp.h"

#include <sys/syscall.h>
#include <unistd.h>

bool unp_is_kernel_socket(int fd)
{
    int protocol = 0;
    socklen_t len = sizeof(protocol);

    /* Asked past libc: what a library gives out as an SCTP socket is something else. */
    return syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) < 0 ||
           protocol == IPPROTO_SCTP;
}
