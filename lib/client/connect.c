/* Begins an association without waiting for it. */
#include "client.h"

#include <errno.h>

static int family_of(int fd)
{
    int family = AF_UNSPEC;
    socklen_t len = sizeof(family);

    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
    return family;
}

int unp_connect_begin(int fd, const struct unp_addrs *peer, sctp_assoc_t *id)
{
    if (family_of(fd) == AF_INET && unp_addrs_family(peer) == AF_INET6) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    if (unp_check_routes(peer) < 0)
        return -1;
    *id = 0;
    errno = 0; /* as in Sctp_connectx() */
    if (sctp_connectx(fd, (struct sockaddr *)(void *)peer->packed, peer->count, id) < 0 &&
        errno != EINPROGRESS)
        return -1;
    return 0;
}

int unp_connect_error(int fd, int64_t ms)
{
    struct sctp_initmsg init = {0};
    struct sctp_rtoinfo rto = {0};
    socklen_t init_len = sizeof(init), rto_len = sizeof(rto);
    int64_t wait, total = 0;

    if (getsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &init, &init_len) < 0 ||
        getsockopt(fd, IPPROTO_SCTP, SCTP_RTOINFO, &rto, &rto_len) < 0)
        return ECONNREFUSED;
    /* The INIT and its retransmissions, with exponential backoff. */
    wait = rto.srto_initial;
    for (unsigned i = 0; i <= init.sinit_max_attempts; i++) {
        total += wait;
        wait = wait * 2 < init.sinit_max_init_timeo ? wait * 2 : init.sinit_max_init_timeo;
    }
    return ms < total - total / 10 ? ECONNREFUSED : ETIMEDOUT;
}
