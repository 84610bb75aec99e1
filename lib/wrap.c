/* The wrappers with a capital first letter: each exits with a message when its call fails. */
#include "cmsg.h"
#include "unpsctp.h"

#include <errno.h>
#include <string.h>

int Socket(int family, int type, int protocol)
{
    int fd = socket(family, type, protocol);

    if (fd < 0 && protocol == IPPROTO_SCTP && errno != EAFNOSUPPORT) {
        int err = errno;
        char why[1024];

        if (err == EMFILE || err == ENFILE || err == ENOMEM || err == ENOBUFS)
            err_quit(EXIT_SYSTEM, "socket: %s%s", strerror(err),
                     err == EMFILE ? "; raise the limit of descriptors (ulimit -n)" : "");
        unp_why_missing(err, "", why, sizeof(why));
        err_quit(EXIT_NO_SCTP, "no SCTP socket: %s", why);
    }
    if (fd < 0)
        err_sys("socket");
    return fd;
}

static void __attribute__((noreturn)) cannot_bind(const char *call, const struct sockaddr *sa)
{
    /* The port has the same offset in IPv6. */
    uint16_t port = ((const struct sockaddr_in *)(const void *)sa)->sin_port;
    const struct {
        int err;
        const char *advice;
    } advices[] = {
        {EADDRINUSE, port ? "another program has this port: choose another port, or end that "
                            "program"
                          : "all local ports are in use: end programs that use them, or widen "
                            "net.ipv4.ip_local_port_range"},
        {EADDRNOTAVAIL, "it is not an address of this machine: 'ip address' lists them"},
        {EACCES, "ports below 1024 are for root: choose another port"},
        {EINVAL, "is an address given twice, or a link-local one without its %interface?"},
    };
    char name[SOCK_NTOP_SIZE];
    int err = errno;

    sock_ntop(sa, name, sizeof(name));
    for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
        if (advices[i].err == err)
            err_quit(EXIT_SYSTEM, "%s %s: %s; %s", call, name, strerror(err), advices[i].advice);
    err_sys("%s %s", call, name);
}

void Bind(int fd, const struct sockaddr *sa, socklen_t salen)
{
    if (bind(fd, sa, salen) < 0)
        cannot_bind("bind", sa);
}

void Listen(int fd, int backlog)
{
    if (listen(fd, backlog) < 0)
        err_sys("listen");
}

void Setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    if (setsockopt(fd, level, name, value, len) < 0)
        err_sys("setsockopt (level %d, option %d)", level, name);
}

void Getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    if (getsockopt(fd, level, name, value, len) < 0)
        err_sys("getsockopt (level %d, option %d)", level, name);
}

void Sctp_bindx(int fd, struct sockaddr *addrs, int count, int flags)
{
    if (sctp_bindx(fd, addrs, count, flags) < 0)
        cannot_bind(count > 1 ? "sctp_bindx of several addresses, the first" : "sctp_bindx", addrs);
}

void Sctp_connectx(int fd, struct sockaddr *addrs, int count, sctp_assoc_t *id)
{
    char name[SOCK_NTOP_SIZE];

    errno = 0; /* libsctp reads errno even after success, and connects twice if it is ENOPROTOOPT */
    if (sctp_connectx(fd, addrs, count, id) < 0)
        err_sys("sctp_connectx %s", sock_ntop(addrs, name, sizeof(name)));
}

int Sctp_peeloff(int fd, sctp_assoc_t id)
{
    int peeled = sctp_peeloff(fd, id);

    if (peeled < 0)
        err_sys("sctp_peeloff (association %d)", id);
    return peeled;
}

int Sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    int count = sctp_getpaddrs(fd, id, addrs);

    if (count < 0)
        err_sys("sctp_getpaddrs (association %d)", id);
    return count;
}

int Sctp_getladdrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    int count = sctp_getladdrs(fd, id, addrs);

    if (count < 0)
        err_sys("sctp_getladdrs (association %d)", id);
    return count;
}

void Sctp_opt_info(int fd, sctp_assoc_t id, int opt, void *arg, socklen_t *size)
{
    int rc = sctp_opt_info(fd, id, opt, arg, size);

    /* libsctp returns ENOTSUP, not -1, for an option that it does not know. */
    if (rc > 0)
        errno = rc;
    if (rc)
        err_sys("sctp_opt_info (association %d, option %d)", id, opt);
}

ssize_t Sctp_sendmsg(int fd, const void *msg, size_t len, struct sockaddr *to, socklen_t tolen,
                     uint32_t ppid, uint32_t flags, uint16_t stream, uint32_t lifetime,
                     uint32_t context)
{
    ssize_t n = sctp_sendmsg(fd, msg, len, to, tolen, ppid, flags, stream, lifetime, context);

    if (n < 0 && unp_send_failure(errno) != SEND_ENDING)
        err_sys("sctp_sendmsg (stream %u)", stream);
    return n;
}

ssize_t Sctp_send(int fd, const void *msg, size_t len, const struct sctp_sndrcvinfo *info,
                  int flags)
{
    ssize_t n = sctp_send(fd, msg, len, info, flags);

    if (n < 0 && unp_send_failure(errno) != SEND_ENDING)
        err_sys("sctp_send (association %d, stream %u)", info->sinfo_assoc_id, info->sinfo_stream);
    return n;
}

ssize_t Sctp_recvmsg(int fd, void *msg, size_t len, struct sockaddr *from, socklen_t *fromlen,
                     struct sctp_sndrcvinfo *info, int *msg_flags)
{
    ssize_t n;

    *msg_flags = 0;
    n = sctp_recvmsg(fd, msg, len, from, fromlen, info, msg_flags);
    if (n < 0)
        err_sys("sctp_recvmsg");
    return n;
}

#ifdef HAVE_SCTP_SENDV
/* sctp_sendv() to one address at most.  libsctp's, up to 1.0.19, writes beyond its buffer when two
 * parts of the structure are valid. */
static ssize_t send_spa(int fd, const struct iovec *iov, int iovcnt, const struct sockaddr *to,
                        const struct sctp_sendv_spa *spa, int flags)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(spa->sendv_sndinfo)) +
                                          CMSG_SPACE(sizeof(spa->sendv_prinfo)) +
                                          CMSG_SPACE(sizeof(spa->sendv_authinfo))] = {0};
    struct msghdr m = {.msg_name = (void *)(uintptr_t)to,
                       .msg_namelen = to ? unp_sock_len(to) : 0,
                       .msg_iov = (struct iovec *)(uintptr_t)iov,
                       .msg_iovlen = (size_t)iovcnt,
                       .msg_control = control};

    if (spa->sendv_flags & SCTP_SEND_SNDINFO_VALID)
        unp_cmsg_put(&m, SCTP_SNDINFO, &spa->sendv_sndinfo, sizeof(spa->sendv_sndinfo));
    if (spa->sendv_flags & SCTP_SEND_PRINFO_VALID)
        unp_cmsg_put(&m, SCTP_PRINFO, &spa->sendv_prinfo, sizeof(spa->sendv_prinfo));
    if (spa->sendv_flags & SCTP_SEND_AUTHINFO_VALID)
        unp_cmsg_put(&m, SCTP_AUTHINFO, &spa->sendv_authinfo, sizeof(spa->sendv_authinfo));
    return sendmsg(fd, &m, flags);
}

static ssize_t sendv(int fd, const struct iovec *iov, int iovcnt, struct sockaddr *addrs, int count,
                     void *info, socklen_t infolen, unsigned int infotype, int flags)
{
    return infotype == SCTP_SENDV_SPA && count <= 1
               ? send_spa(fd, iov, iovcnt, count ? addrs : NULL, info, flags)
               : sctp_sendv(fd, iov, iovcnt, addrs, count, info, infolen, infotype, flags);
}
#define recvv sctp_recvv
#else /* Debian 11 */
static ssize_t no_call(int fd, ...)
{
    (void)fd;
    errno = ENOSYS;
    return -1;
}
#define sendv no_call
#define recvv no_call
#endif

ssize_t Sctp_sendv(int fd, const struct iovec *iov, int iovcnt, struct sockaddr *addrs, int count,
                   void *info, socklen_t infolen, unsigned int infotype, int flags)
{
    ssize_t n = sendv(fd, iov, iovcnt, addrs, count, info, infolen, infotype, flags);

    if (n < 0)
        err_sys("sctp_sendv");
    return n;
}

ssize_t Sctp_recvv(int fd, const struct iovec *iov, int iovcnt, struct sockaddr *from,
                   socklen_t *fromlen, void *info, socklen_t *infolen, unsigned int *infotype,
                   int *msg_flags)
{
    ssize_t n;

    *msg_flags = 0;
    n = recvv(fd, iov, iovcnt, from, fromlen, info, infolen, infotype, msg_flags);
    if (n < 0)
        err_sys("sctp_recvv");
    return n;
}
