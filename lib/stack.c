/* Which SCTP stack a socket belongs to.  The choice itself: userland/choice.c. */
#include "unpsctp.h"

#include <string.h>
#include <sys/xattr.h>

bool unp_is_kernel_socket(int fd)
{
    char protocol[32] = "";

    /* The kernel's name of the protocol: libsctp_userland answers getsockopt() for its sockets. */
    return fgetxattr(fd, "system.sockprotoname", protocol, sizeof(protocol) - 1) < 0 ||
           strncmp(protocol, "SCTP", 4) == 0;
}
