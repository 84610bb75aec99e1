/* Tells an association what to do, where that is an option: one call each, with the right flags. */
#include "unpsctp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int put_address(struct sockaddr_storage *ss, const struct sockaddr *sa)
{
    socklen_t len = sock_len(sa);

    if (!len) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    memcpy(ss, sa, len);
    return 0;
}

int sctp_set_primary(int fd, sctp_assoc_t id, const struct sockaddr *peer)
{
    struct sctp_prim prim;
    struct sockaddr_storage ss = {0};

    if (put_address(&ss, peer) < 0)
        return -1;
    prim = (struct sctp_prim){.ssp_assoc_id = id, .ssp_addr = ss};
    return setsockopt(fd, IPPROTO_SCTP, SCTP_PRIMARY_ADDR, &prim, sizeof(prim));
}

int sctp_set_peer_primary(int fd, sctp_assoc_t id, const struct sockaddr *ours)
{
    struct sctp_setpeerprim prim;
    struct sockaddr_storage ss = {0};

    if (put_address(&ss, ours) < 0)
        return -1;
    prim.sspp_assoc_id = id;
    prim.sspp_addr = ss;
    return setsockopt(fd, IPPROTO_SCTP, SCTP_SET_PEER_PRIMARY_ADDR, &prim, sizeof(prim));
}

/* What is 0 here, and has no flag, stays as it is. */
static int heartbeat(int fd, sctp_assoc_t id, const struct sockaddr *peer, uint32_t flags,
                     uint32_t ms)
{
    struct sctp_paddrparams params;
    struct sockaddr_storage ss = {0};

    memset(&params, 0, sizeof(params));
    if (peer && put_address(&ss, peer) < 0)
        return -1;
    params.spp_assoc_id = id;
    params.spp_address = ss;
    params.spp_flags = flags;
    params.spp_hbinterval = ms;
    return setsockopt(fd, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &params, sizeof(params));
}

int sctp_heartbeat_every(int fd, sctp_assoc_t id, const struct sockaddr *peer, uint32_t ms)
{
    return heartbeat(fd, id, peer, SPP_HB_ENABLE | (ms ? 0 : SPP_HB_TIME_IS_ZERO), ms);
}

int sctp_heartbeat_off(int fd, sctp_assoc_t id, const struct sockaddr *peer)
{
    return heartbeat(fd, id, peer, SPP_HB_DISABLE, 0);
}

int sctp_heartbeat_now(int fd, sctp_assoc_t id, const struct sockaddr *peer)
{
    return heartbeat(fd, id, peer, SPP_HB_DEMAND, 0);
}

int sctp_reset_streams(int fd, sctp_assoc_t id, uint16_t directions, const uint16_t *streams,
                       uint16_t count)
{
    size_t size = sizeof(struct sctp_reset_streams) + count * sizeof(*streams);
    struct sctp_reset_streams *reset = malloc(size);
    int rc, err;

    if (!reset)
        return -1;
    reset->srs_assoc_id = id;
    reset->srs_flags = directions;
    reset->srs_number_streams = count;
    if (count)
        memcpy(reset->srs_stream_list, streams, count * sizeof(*streams));
    rc = setsockopt(fd, IPPROTO_SCTP, SCTP_RESET_STREAMS, reset, (socklen_t)size);
    err = errno;
    free(reset);
    errno = err;
    return rc;
}

int sctp_add_streams(int fd, sctp_assoc_t id, uint16_t incoming, uint16_t outgoing)
{
    const struct sctp_add_streams add = {
        .sas_assoc_id = id, .sas_instrms = incoming, .sas_outstrms = outgoing};

    return setsockopt(fd, IPPROTO_SCTP, SCTP_ADD_STREAMS, &add, sizeof(add));
}

int sctp_set_auth_key(int fd, sctp_assoc_t id, uint16_t number, const void *key, uint16_t len)
{
    size_t size = sizeof(struct sctp_authkey) + len;
    struct sctp_authkey *auth = malloc(size);
    int rc, err;

    if (!auth)
        return -1;
    auth->sca_assoc_id = id;
    auth->sca_keynumber = number;
    auth->sca_keylength = len;
    if (len)
        memcpy(auth->sca_key, key, len);
    rc = setsockopt(fd, IPPROTO_SCTP, SCTP_AUTH_KEY, auth, (socklen_t)size);
    err = errno;
    explicit_bzero(auth, size);
    free(auth);
    errno = err;
    return rc;
}

int sctp_activate_auth_key(int fd, sctp_assoc_t id, uint16_t number)
{
    const struct sctp_authkeyid key = {.scact_assoc_id = id, .scact_keynumber = number};

    return setsockopt(fd, IPPROTO_SCTP, SCTP_AUTH_ACTIVE_KEY, &key, sizeof(key));
}
