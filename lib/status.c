/* What the stack knows of an association, asked by its peer's address. */
#include "unpsctp.h"

#include <errno.h>
#include <string.h>

sctp_assoc_t sctp_address_to_associd(int fd, const struct sockaddr *peer, socklen_t len)
{
    struct sctp_paddrinfo info;
    socklen_t size = sizeof(info);

    if (len > sizeof(info.spinfo_address)) {
        errno = EINVAL;
        return -1;
    }
    memset(&info, 0, sizeof(info));
    memcpy(&info.spinfo_address, peer, len);
    if (getsockopt(fd, IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, &info, &size) < 0)
        return -1;
    return info.spinfo_assoc_id;
}

int sctp_get_no_strms(int fd, const struct sockaddr *peer, socklen_t len)
{
    struct sctp_status status;
    socklen_t size = sizeof(status);

    memset(&status, 0, sizeof(status));
    status.sstat_assoc_id = sctp_address_to_associd(fd, peer, len);
    if (status.sstat_assoc_id < 0)
        return -1;
    if (getsockopt(fd, IPPROTO_SCTP, SCTP_STATUS, &status, &size) < 0)
        return -1;
    return status.sstat_outstrms;
}
