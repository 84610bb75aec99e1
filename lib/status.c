/* The stack's status of associations and paths, by association id or by the peer's address. */
#include "unpsctp.h"

#include <errno.h>
#include <string.h>

int unp_get_path(int fd, sctp_assoc_t id, const struct sockaddr *peer, struct sctp_paddrinfo *path)
{
    socklen_t size = sizeof(*path), len = unp_sock_len(peer);

    if (!len) {
        errno = EINVAL;
        return -1;
    }
    memset(path, 0, sizeof(*path));
    path->spinfo_assoc_id = id;
    memcpy(&path->spinfo_address, peer, len);
    return getsockopt(fd, IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, path, &size);
}

sctp_assoc_t sctp_address_to_associd(int fd, const struct sockaddr *peer, socklen_t len)
{
    struct sctp_paddrinfo path;

    if (len < unp_sock_len(peer) || len > sizeof(path.spinfo_address)) {
        errno = EINVAL;
        return -1;
    }
    return unp_get_path(fd, 0, peer, &path) < 0 ? -1 : path.spinfo_assoc_id;
}

int unp_get_status(int fd, sctp_assoc_t id, struct sctp_status *status)
{
    socklen_t size = sizeof(*status);

    memset(status, 0, sizeof(*status));
    status->sstat_assoc_id = id;
    return getsockopt(fd, IPPROTO_SCTP, SCTP_STATUS, status, &size);
}

uint64_t unp_chunks_sent(int fd, sctp_assoc_t id)
{
    struct sctp_assoc_stats stats = {.sas_assoc_id = id};
    socklen_t size = sizeof(stats);

    if (getsockopt(fd, IPPROTO_SCTP, SCTP_GET_ASSOC_STATS, &stats, &size) < 0)
        return 0;
    return stats.sas_oodchunks + stats.sas_ouodchunks;
}

int sctp_get_no_strms(int fd, const struct sockaddr *peer, socklen_t len)
{
    sctp_assoc_t id = sctp_address_to_associd(fd, peer, len);
    struct sctp_status status;

    if (id < 0 || unp_get_status(fd, id, &status) < 0)
        return -1;
    return status.sstat_outstrms;
}
