/* Kernel settings that no socket option reports. */
#include "inside.h"

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

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

/* sctp_mem of Linux's Documentation/networking/ip-sysctl.rst */
size_t unp_sctp_memory(int fd)
{
    int pages = setting("/proc/sys/net/sctp/sctp_mem", 0);

    return pages > 0 && unp_is_kernel_socket(fd) ? (size_t)pages * (size_t)sysconf(_SC_PAGESIZE)
                                                 : SIZE_MAX;
}

size_t unp_undelivered_limit(int fd)
{
    int policy = setting("/proc/sys/net/sctp/rcvbuf_policy", -1), size = 0;
    socklen_t len = sizeof(size);

    if (!unp_is_kernel_socket(fd) || policy < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &len) < 0)
        return SIZE_MAX;
    return (policy ? unp_sctp_memory(fd) : (size_t)size) / 2;
}

size_t unp_burst(void)
{
    int backlog = setting("/proc/sys/net/core/netdev_max_backlog", 1000);

    return backlog > 0 ? (size_t)backlog - (size_t)backlog / 10 : 0;
}

/* The length is in the twelfth field of a processor's line, from Linux 5.10 on. */
size_t unp_backlog(void)
{
    FILE *f = fopen("/proc/net/softnet_stat", "re");
    char line[256];
    size_t longest = 0;
    unsigned len;

    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "%*x %*x %*x %*x %*x %*x %*x %*x %*x %*x %*x %x", &len) == 1 &&
            len > longest)
            longest = len;
    if (f)
        fclose(f);
    return longest;
}
