/* The address and control messages of a sendmsg (RFC 6458, 5.3), for libusrsctp. */
#include <errno.h>
#include <string.h>

#include "address.h"
#include "event.h"
#include "libusrsctp.h"
#include "send_request.h"
#include "usock.h"

static void set_lifetime(struct request *r, uint16_t policy, uint32_t value)
{
    r->how.sendv_prinfo.pr_policy = policy_to_stack(policy);
    r->how.sendv_prinfo.pr_value = value;
    if (r->how.sendv_prinfo.pr_policy != usr_SCTP_PR_SCTP_NONE)
        r->how.sendv_flags |= usr_SCTP_SEND_PRINFO_VALID;
}

static void take_sndrcv(struct usock *s, struct request *r, const struct sctp_sndrcvinfo *info)
{
    r->flags = info->sinfo_flags;
    r->how.sendv_flags |= usr_SCTP_SEND_SNDINFO_VALID;
    r->how.sendv_sndinfo = (struct usr_sctp_sndinfo){
        .snd_sid = info->sinfo_stream,
        .snd_ppid = info->sinfo_ppid,
        .snd_context = info->sinfo_context,
        .snd_assoc_id = id_to_stack(s, info->sinfo_assoc_id),
    };
    uint16_t policy = info->sinfo_flags & SCTP_PR_SCTP_MASK;
    if (info->sinfo_timetolive && !policy)
        policy = SCTP_PR_SCTP_TTL;
    set_lifetime(r, policy, info->sinfo_timetolive);
}

static void take_sndinfo(struct usock *s, struct request *r, const struct sctp_sndinfo *info)
{
    r->flags = info->snd_flags;
    r->how.sendv_flags |= usr_SCTP_SEND_SNDINFO_VALID;
    r->how.sendv_sndinfo = (struct usr_sctp_sndinfo){
        .snd_sid = info->snd_sid,
        .snd_ppid = info->snd_ppid,
        .snd_context = info->snd_context,
        .snd_assoc_id = id_to_stack(s, info->snd_assoc_id),
    };
}

/* SCTP_DSTADDRV4, SCTP_DSTADDRV6: the port is that of the message's address. */
static int take_address(struct request *r, const struct cmsghdr *c)
{
    union address a;
    memset(&a, 0, sizeof(a));
    if (c->cmsg_type == SCTP_DSTADDRV4) {
        a.in.sin_family = AF_INET;
        memcpy(&a.in.sin_addr, CMSG_DATA(c), sizeof(a.in.sin_addr));
    } else {
        a.in6.sin6_family = AF_INET6;
        memcpy(&a.in6.sin6_addr, CMSG_DATA(c), sizeof(a.in6.sin6_addr));
    }
    a.in.sin_port = r->to.in.sin_port;
    if (!r->has_address || r->n_more == (int)(sizeof(r->more) / sizeof(*r->more)))
        return refuse(EINVAL);
    r->more[r->n_more++] = a;
    return 0;
}

static int take_initmsg(struct usock *s, const void *data)
{
    return usr.setsockopt(s->so, IPPROTO_SCTP, usr_SCTP_INITMSG, data, sizeof(struct sctp_initmsg));
}

/* The size of the data by type; 0: not for sendmsg. */
static const socklen_t sizes[] = {
    [SCTP_INIT] = sizeof(struct sctp_initmsg),
    [SCTP_SNDRCV] = sizeof(struct sctp_sndrcvinfo),
    [SCTP_SNDINFO] = sizeof(struct sctp_sndinfo),
    [SCTP_RCVINFO] = 0,
    [SCTP_NXTINFO] = 0,
    [SCTP_PRINFO] = sizeof(struct sctp_prinfo),
    [SCTP_AUTHINFO] = sizeof(struct sctp_authinfo),
    [SCTP_DSTADDRV4] = sizeof(struct in_addr),
    [SCTP_DSTADDRV6] = sizeof(struct in6_addr),
};

static int take_control(struct usock *s, struct request *r, struct cmsghdr *c)
{
    const void *data = CMSG_DATA(c);
    if (c->cmsg_level != IPPROTO_SCTP)
        return 0;
    if (c->cmsg_type < 0 || c->cmsg_type > SCTP_DSTADDRV6 || !sizes[c->cmsg_type] ||
        c->cmsg_len != CMSG_LEN(sizes[c->cmsg_type]))
        return refuse(EINVAL);
    switch (c->cmsg_type) {
    case SCTP_INIT:
        return take_initmsg(s, data);
    case SCTP_SNDRCV:
        take_sndrcv(s, r, data);
        return 0;
    case SCTP_SNDINFO:
        take_sndinfo(s, r, data);
        return 0;
    case SCTP_PRINFO:
        if (((const struct sctp_prinfo *)data)->pr_policy & ~SCTP_PR_SCTP_MASK)
            return refuse(EINVAL);
        set_lifetime(r, ((const struct sctp_prinfo *)data)->pr_policy,
                     ((const struct sctp_prinfo *)data)->pr_value);
        return 0;
    case SCTP_AUTHINFO:
        r->has_key = true;
        r->key = ((const struct sctp_authinfo *)data)->auth_keynumber;
        return 0;
    default:
        return take_address(r, c);
    }
}

int request_take(struct usock *s, struct request *r, const struct msghdr *msg)
{
    memset(r, 0, offsetof(struct request, more));
    r->n_more = 0;
    if (msg->msg_name && msg->msg_namelen) { /* without a length it is no address */
        socklen_t size = msg->msg_namelen >= 2 ? address_size(msg->msg_name) : 0;
        if (!size || msg->msg_namelen < size)
            return refuse(EINVAL);
        memcpy(&r->to, msg->msg_name, size);
        local_address_add_target(&r->to);
        r->has_address = true;
    }
    struct msghdr *m = (struct msghdr *)msg;
    const unsigned char *end_of_control = (unsigned char *)m->msg_control + m->msg_controllen;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_len > (size_t)(end_of_control - (unsigned char *)c))
            return refuse(EINVAL);
        if (take_control(s, r, c) < 0)
            return -1;
    }
    const uint16_t known = SCTP_UNORDERED | SCTP_ADDR_OVER | SCTP_ABORT | SCTP_SACK_IMMEDIATELY |
                           SCTP_PR_SCTP_MASK | SCTP_SENDALL | SCTP_PR_SCTP_ALL | SCTP_EOF;
    const uint16_t end = r->flags & (SCTP_ABORT | SCTP_EOF);
    if (r->flags & ~known || end == (SCTP_ABORT | SCTP_EOF) ||
        (end && s->type == SOCK_STREAM && !s->peeled))
        return refuse(EINVAL);
    r->how.sendv_sndinfo.snd_flags = flags_to_stack(r->flags);
    /* As in the kernel, an address has precedence over the association id; on a one-to-one socket
     * it matters to SCTP_ADDR_OVER only. */
    if (r->has_address)
        r->how.sendv_sndinfo.snd_assoc_id = 0;
    return 0;
}
