/* Giving packets to the stack in a thread of the program, with the function that libusrsctp's
 * receive threads call. */
#include <string.h>

#include "address.h"
#include "association.h"
#include "libusrsctp.h"
#include "ready.h"
#include "udp_port.h"

enum { CLUSTER = 2048 }; /* libusrsctp's MCLBYTES */
/* Makes a chain of mbufs for a packet, as libusrsctp's threads do.  iov gets the data and length of
 * each, PACKET / CLUSTER at most.  NULL: no memory. */
static struct usr_mbuf *room_for(size_t size, struct iovec *iov)
{
    struct usr_mbuf *first = NULL, **link = &first;
    for (size_t done = 0; done < size; link = &(*link)->next) {
        struct usr_mbuf *m = *link = usr.get_mbuf(CLUSTER, 0, usr_M_NOWAIT, 1, usr_MT_DATA);
        if (!m) {
            usr.free_mbufs(first);
            return NULL;
        }
        m->len = (int)(size - done < CLUSTER ? size - done : CLUSTER);
        *iov++ = (struct iovec){m->data, (size_t)m->len};
        done += (size_t)m->len;
    }
    return first;
}

/* Gives the next packet of the batch to the stack. */
static void feed(struct family *f)
{
    _Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    struct iovec iov[PACKET / CLUSTER];
    union address from = {0}, to;
    size_t size = f->received[f->next_received].msg_len;
    struct usr_mbuf *packet = room_for(size, iov);
    struct msghdr msg = {.msg_name = &from,
                         .msg_namelen = f == udp_families ? sizeof(from.in) : sizeof(from.in6),
                         .msg_iov = iov,
                         .msg_iovlen = packet ? (size + CLUSTER - 1) / CLUSTER : 0,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    ssize_t n = udp_deliver(f, &msg);
    udp_take_destination(&msg, from.sa.sa_family, &to);
    if (n >= usr_HEADERS && !udp_is_multicast(&to)) {
        in_port_t port = from.in.sin_port; /* UDP's; sin6_port has the same offset */
        packet->packet_len = (int)n;       /* versions after 0.9.5 need it for the checksum */
        memcpy(&from.in.sin_port, packet->data, sizeof(port));
        memcpy(&to.in.sin_port, packet->data + sizeof(port), sizeof(port));
        usr.input(&packet, 0, usr_HEADERS - usr_CHUNK_HEADER, (int)n, &from.sa, &to.sa,
                  packet->data, packet->data + usr_HEADERS - usr_CHUNK_HEADER, 1, 0, 0, port);
    }
    if (packet)
        usr.free_mbufs(packet);
}

static void feed_batch(struct family *f)
{
    while (f->next_received < f->n_received) {
        feed(f);
        association_packet_done();
        ready_after_packet();
        ready_process();
    }
}

void udp_give(uint64_t epoll_key)
{
    udp_read_batch(udp_find_port(epoll_key));
    feed_batch(&udp_families[0]);
    feed_batch(&udp_families[1]);
}
