/*
 * The UDP port that an SCTP port is at.
 *
 * It is the one of the same number, unless another socket has that.  Then it is an alternative,
 * which the number determines.  Processes of one machine (network namespace) tell each other by the
 * names of Unix sockets in the abstract namespace: libsctp_userland/SCTP/UDP, followed by a random
 * number if both are the same.  So a process whose UDP port is in use learns whether the SCTP port
 * is, and a client learns where to send an INIT.
 *
 * Any user can bind such a name.  It does not lead clients away from a server at the UDP port of
 * its number: a name of that server counts more.  There is no alternative for a port below 1024,
 * because all users can bind it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/un.h>
#include <unistd.h>

#include "descriptor.h"
#include "libc.h"
#include "udp_notice.h"

enum { PRIVILEGED = 1024 };

static const char prefix[] = "libsctp_userland/";

/* Not among the ephemeral ports of Linux, 32768 to 60999. */
uint16_t notice_alternative(uint16_t sctp)
{
    uint16_t other = sctp < 0x8000 ? sctp ^ 0x4000 : sctp ^ 0x8000;
    return sctp < PRIVILEGED || other < PRIVILEGED ? 0 : other;
}

static socklen_t make_name(struct sockaddr_un *name, uint16_t sctp, uint16_t udp, uint64_t random)
{
    *name = (struct sockaddr_un){.sun_family = AF_UNIX};
    char *text = name->sun_path + 1;
    size_t room = sizeof(name->sun_path) - 1;
    int n = udp == sctp ? snprintf(text, room, "%s%u/%u/%016llx", prefix, sctp, udp,
                                   (unsigned long long)random)
                        : snprintf(text, room, "%s%u/%u", prefix, sctp, udp);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

int notice_post(uint16_t sctp, uint16_t udp)
{
    struct sockaddr_un name;
    uint64_t random = 0;
    ssize_t n = getrandom(&random, sizeof(random), 0);
    socklen_t size = make_name(&name, sctp, udp, n < 0 ? (uint64_t)getpid() : random);
    int fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    /* Another process may have the name already, at another address of the same ports. */
    if (libc.bind(fd, (struct sockaddr *)&name, size) < 0)
        debug("notice of SCTP port %d: %s", sctp, strerror(errno));
    return descriptor_hide(fd);
}

bool notice_at_own_number(uint16_t sctp)
{
    char start[64], line[512];
    FILE *sockets = fopen("/proc/net/unix", "re");
    bool found = !sockets;
    snprintf(start, sizeof(start), "@%s%u/%u/", prefix, sctp, sctp);
    while (!found && fgets(line, sizeof(line), sockets))
        found = strstr(line, start) != NULL;
    if (sockets)
        fclose(sockets);
    return found;
}

static bool exists(const struct sockaddr_un *name, socklen_t size)
{
    int probe = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool found = probe >= 0 && libc.connect(probe, (const struct sockaddr *)name, size) == 0;
    if (probe >= 0)
        libc.close(probe);
    return found;
}

bool notice_elsewhere(uint16_t sctp)
{
    struct sockaddr_un name;
    uint16_t other = notice_alternative(sctp);
    socklen_t size = make_name(&name, sctp, other, 0);
    return other && exists(&name, size) && !notice_at_own_number(sctp);
}
