/* Receives in batches: one recvmmsg(2) takes everything that has arrived. */
#include "inside.h"
#include "unpsctp.h"

#include <stdlib.h>
#include <string.h>

struct unp_control {
    _Alignas(struct cmsghdr) unsigned char room[CMSG_SPACE(sizeof(struct sctp_rcvinfo))];
};

struct unp_inbox {
    unsigned count;
    size_t size;
    unsigned char *data; /* count buffers of size bytes */
    struct unp_fragment *fragments;
    struct mmsghdr *headers;
    struct iovec *iov;
    struct unp_control *control;
    struct sockaddr_storage *from; /* NULL: not wanted */
};

struct unp_inbox *unp_inbox_new(unsigned fragments, size_t size)
{
    struct unp_inbox *in = calloc(1, sizeof(*in));

    if (!in)
        return NULL;
    in->count = fragments;
    in->size = (size + 15) & ~(size_t)15; /* notifications are read in place as structures */
    in->data = malloc(fragments * in->size);
    in->fragments = calloc(fragments, sizeof(*in->fragments));
    in->headers = calloc(fragments, sizeof(*in->headers));
    in->iov = calloc(fragments, sizeof(*in->iov));
    in->control = calloc(fragments, sizeof(*in->control));
    if (!in->data || !in->fragments || !in->headers || !in->iov || !in->control) {
        unp_inbox_free(in);
        return NULL;
    }
    for (unsigned i = 0; i < fragments; i++) {
        in->iov[i] = (struct iovec){.iov_base = in->data + i * in->size, .iov_len = in->size};
        in->headers[i].msg_hdr.msg_iov = &in->iov[i];
        in->headers[i].msg_hdr.msg_iovlen = 1;
    }
    return in;
}

void unp_inbox_free(struct unp_inbox *in)
{
    if (!in)
        return;
    free(in->data);
    free(in->fragments);
    free(in->headers);
    free(in->iov);
    free(in->control);
    free(in->from);
    free(in);
}

int unp_inbox_want_addresses(struct unp_inbox *in)
{
    in->from = calloc(in->count, sizeof(*in->from));
    return in->from ? 0 : -1;
}

static void describe(struct unp_fragment *fragment, struct mmsghdr *h)
{
    struct msghdr *m = &h->msg_hdr;

    fragment->data = m->msg_iov->iov_base;
    fragment->len = h->msg_len;
    fragment->flags = m->msg_flags;
    fragment->from = m->msg_name;
    memset(&fragment->rcv, 0, sizeof(fragment->rcv));
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
        if (c->cmsg_level == IPPROTO_SCTP && c->cmsg_type == SCTP_RCVINFO)
            memcpy(&fragment->rcv, CMSG_DATA(c), sizeof(fragment->rcv));
}

int unp_inbox_recv(struct unp_inbox *in, int fd, int flags)
{
    int n;

    for (unsigned i = 0; i < in->count; i++) { /* the previous call has overwritten these */
        in->headers[i].msg_hdr.msg_control = &in->control[i];
        in->headers[i].msg_hdr.msg_controllen = sizeof(in->control[i]);
        in->headers[i].msg_hdr.msg_name = in->from ? &in->from[i] : NULL;
        in->headers[i].msg_hdr.msg_namelen = in->from ? sizeof(in->from[i]) : 0;
    }
    /* Waits for the first one only, and takes the others that have arrived. */
    n = recvmmsg(fd, in->headers, in->count, flags | MSG_WAITFORONE, NULL);
    for (int i = 0; i < n; i++)
        describe(&in->fragments[i], &in->headers[i]);
    return n;
}

struct unp_fragment *unp_inbox_fragment(struct unp_inbox *in, int i)
{
    return &in->fragments[i];
}
