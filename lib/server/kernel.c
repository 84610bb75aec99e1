/* Kernel settings that no socket option reports. */
#include "server.h"

#include <stdio.h>

/* The number in a file of /proc/sys; `otherwise` when it cannot be read. */
static int setting(const char *path, int otherwise)
{
    FILE *f = fopen(path, "re");
    int n, found;

    if (!f)
        return otherwise;
    found = fscanf(f, "%d", &n);
    fclose(f);
    return found == 1 ? n : otherwise;
}

bool unp_shared_sndbuf(int fd)
{
    /* Each association of libusrsctp has its own buffer.  Without /proc, assume Linux's default, 0,
     * which is also the worse case. */
    return unp_is_kernel_socket(fd) && setting("/proc/sys/net/sctp/sndbuf_policy", 0) == 0;
}

size_t unp_burst(void)
{
    int backlog = setting("/proc/sys/net/core/netdev_max_backlog", 1000);

    return backlog > 0 ? (size_t)backlog - (size_t)backlog / 10 : 0;
}
