/* Settings of the kernel that no socket option tells. */
#include "server.h"

#include <stdio.h>

/* The number in a file of /proc/sys, or `otherwise`. */
static int setting(const char *path, int otherwise)
{
    FILE *f = fopen(path, "re");
    int n = otherwise;

    if (!f)
        return otherwise;
    if (fscanf(f, "%d", &n) != 1)
        n = otherwise;
    fclose(f);
    return n;
}

bool unp_shared_sndbuf(int fd)
{
    /* libusrsctp accounts by association.  0 is what Linux has if nobody changed it, and what is to
     * be feared: it holds where there is no /proc. */
    return unp_is_kernel_socket(fd) && setting("/proc/sys/net/sctp/sndbuf_policy", 0) == 0;
}

size_t unp_burst(void)
{
    int backlog = setting("/proc/sys/net/core/netdev_max_backlog", 1000);

    return backlog > 0 ? (size_t)backlog - (size_t)backlog / 10 : 0;
}
