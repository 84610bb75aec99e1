/* Sends by association id, with control messages. */
#include "cmsg.h"
#include "unpsctp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void unp_cmsg_put(struct msghdr *m, int type, const void *data, size_t len)
{
    struct cmsghdr *c = (struct cmsghdr *)(void *)((char *)m->msg_control + m->msg_controllen);

    c->cmsg_level = IPPROTO_SCTP;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(c), data, len);
    m->msg_controllen += CMSG_SPACE(len);
}

ssize_t unp_send_info(int fd, const void *data, size_t len, const struct sctp_sndinfo *snd,
                      const struct sctp_prinfo *pr, int flags)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(*snd)) + CMSG_SPACE(sizeof(*pr))];
    struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = len ? 1 : 0, .msg_control = control};

    memset(control, 0, sizeof(control));
    unp_cmsg_put(&m, SCTP_SNDINFO, snd, sizeof(*snd));
    if (pr)
        unp_cmsg_put(&m, SCTP_PRINFO, pr, sizeof(*pr));
    return sendmsg(fd, &m, flags | MSG_NOSIGNAL);
}

enum unp_send_failure unp_send_failure(int err)
{
    switch (err) {
    case EAGAIN:
    case ENOMEM:
    case ENOBUFS:
    case EINTR:
        return SEND_AGAIN;
    case EPIPE:
    case ESRCH: /* Linux: the association ended while the call waited for room */
    case ESHUTDOWN:
    case ENOTCONN:
    case ECONNRESET: /* Linux reports the end by one of these four once, then by EPIPE */
    case ECONNABORTED:
    case ECONNREFUSED:
    case ETIMEDOUT:
        return SEND_ENDING;
    default:
        return SEND_FAILED;
    }
}

const char *unp_send_why(int err, size_t len, char *buf, size_t size)
{
    const char *advice = "connect again";

    if (err == EMSGSIZE)
        advice = "send less, raise net.core.wmem_max, or leave the option disable_fragments off";
    else if (err == ENETUNREACH || err == EHOSTUNREACH)
        advice = "is there a route ('ip route get')?";
    else if (err == EINVAL || err == EACCES || err == EPERM)
        advice = "do the socket options that were set, or a firewall here, forbid it?";
    snprintf(buf, size, "send %zu bytes: %s; %s", len, strerror(err), advice);
    return buf;
}

int unp_abort(int fd, sctp_assoc_t id, const char *reason)
{
    const struct sctp_sndinfo snd = {.snd_flags = SCTP_ABORT, .snd_assoc_id = id};

    return unp_send_info(fd, reason, strlen(reason), &snd, NULL, MSG_DONTWAIT) < 0 ? -1 : 0;
}

int unp_eof(int fd, sctp_assoc_t id)
{
    const struct sctp_sndinfo snd = {.snd_flags = SCTP_EOF, .snd_assoc_id = id};

    return unp_send_info(fd, "", 0, &snd, NULL, MSG_DONTWAIT) < 0 ? -1 : 0;
}
