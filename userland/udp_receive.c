/* Receiving packets on all UDP sockets, and giving them to the stack. */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "address.h"
#include "association.h"
#include "capture.h"
#include "libc.h"
#include "lock.h"
#include "packet.h"
#include "reader.h"
#include "ready.h"
#include "stack.h"
#include "udp_port.h"

struct udp_port *udp_find_port(uint64_t epoll_key)
{
    struct family *f = &udp_families[epoll_key >> 16 & 1];
    for (struct udp_port *p = f->ports[epoll_key & 0xffff]; p; p = p->next)
        if (udp_epoll_key(p) == epoll_key)
            return p;
    return NULL;
}

/* Whether a packet to an SCTP port, on another socket than this one, has not been given to the
 * stack yet. */
static bool unread_packets(unsigned number, int except)
{
    char byte;
    for (int i = 0; i < 2; i++)
        for (struct udp_port *p = udp_families[i].ports[number]; p; p = p->next)
            if (p->fd != except && ((udp_families[i].source == p->fd &&
                                     udp_families[i].next_received < udp_families[i].n_received) ||
                                    libc.recv(p->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0))
                return true;
    return false;
}

void udp_read_batch(struct udp_port *port)
{
    if (!port)
        return;
    struct family *f = udp_family_of(port->address.sa.sa_family);
    for (int i = 0; i < port->room; i++) {
        f->iov[i] = (struct iovec){f->buffers + (size_t)i * PACKET, PACKET};
        f->received[i].msg_hdr = (struct msghdr){.msg_name = &f->from[i],
                                                 .msg_namelen = sizeof(f->from[i]),
                                                 .msg_iov = &f->iov[i],
                                                 .msg_iovlen = 1,
                                                 .msg_control = f->control[i],
                                                 .msg_controllen = CONTROL};
    }
    int n = libc.recvmmsg(port->fd, f->received, (unsigned)port->room, MSG_DONTWAIT, NULL);
    if (n < 0 && errno != EAGAIN) /* a pending error is returned first, and once */
        n = libc.recvmmsg(port->fd, f->received, (unsigned)port->room, MSG_DONTWAIT, NULL);
    f->source = port->fd;
    f->next_received = 0;
    f->n_received = n > 0 ? n : 0;
    /* Room for many takes time, and usually one has arrived. */
    port->room = n < port->room ? 1 : port->room < BATCH ? 2 * port->room : BATCH;
    f->own_waiting -= f->own_waiting > 0;
    if (n > 0)
        return;
    /* The stack must get all packets that the peer sent before it ended, then "port unreachable".
     */
    if (unread_packets(port->number, -1)) {
        sched_yield();
        return;
    }
    size_t control_size = CONTROL;
    size_t size =
        icmp_read(port->fd, f->buffers, PACKET, &f->from[0], f->control[0], &control_size);
    if (size) {
        f->received[0].msg_len = (unsigned)size;
        f->received[0].msg_hdr.msg_controllen = control_size;
        f->n_received = 1;
    }
}

static bool is_destination(const struct cmsghdr *c)
{
    return (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) ||
           (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO);
}

/* Copies the packet's destination address.  libusrsctp has room for no other control message. */
static void copy_destination(struct msghdr *got, struct msghdr *msg)
{
    struct cmsghdr *c;
    for (c = CMSG_FIRSTHDR(got); c; c = CMSG_NXTHDR(got, c))
        if (is_destination(c) && CMSG_ALIGN(c->cmsg_len) <= msg->msg_controllen) {
            memcpy(msg->msg_control, c, c->cmsg_len);
            msg->msg_controllen = CMSG_ALIGN(c->cmsg_len);
            return;
        }
    msg->msg_controllen = 0;
}

/* For connect(): libusrsctp does not report to one-to-many sockets that a peer refused. */
static void count_abort(struct family *f, const unsigned char *packet, size_t size)
{
    if (size > PACKET_HEADER && packet[PACKET_HEADER] == CHUNK_ABORT)
        for (struct udp_port *p = f->ports[packet[2] << 8 | packet[3]]; p; p = p->next)
            p->aborts++;
}

uint64_t udp_aborts(struct udp_port **ports, int n)
{
    uint64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += ports[i]->aborts;
    return sum;
}

void udp_take_destination(struct msghdr *msg, sa_family_t family, union address *to)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(msg);
    memset(to, 0, sizeof(*to));
    to->sa.sa_family = family;
    while (c && !is_destination(c))
        c = CMSG_NXTHDR(msg, c);
    if (c && family == AF_INET)
        to->in.sin_addr = ((struct in_pktinfo *)CMSG_DATA(c))->ipi_addr;
    else if (c)
        to->in6.sin6_addr = ((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_addr;
}

bool udp_is_multicast(const union address *a)
{
    return a->sa.sa_family == AF_INET ? IN_MULTICAST(ntohl(a->in.sin_addr.s_addr))
                                      : IN6_IS_ADDR_MULTICAST(&a->in6.sin6_addr);
}

/* Answers a packet out of the blue (RFC 9260, 8.4). */
static void answer(const struct family *f, const union address *from, const union address *to,
                   unsigned char *packet, size_t size)
{
    unsigned char answer[PACKET_ANSWER_SIZE];
    _Alignas(struct cmsghdr) unsigned char control[UDP_SOURCE_ROOM];
    if (udp_is_multicast(to) || !packet_intact(packet, size))
        return;
    bool closing = packet_chunk(packet, size, CHUNK_SHUTDOWN_ACK);
    struct iovec iov = {
        answer,
        packet_answer(packet, size, closing ? CHUNK_SHUTDOWN_COMPLETE : CHUNK_ABORT, answer)};
    struct msghdr msg = {.msg_name = (void *)from,
                         .msg_namelen = address_size(&from->sa),
                         .msg_iov = &iov,
                         .msg_iovlen = 1};
    udp_set_source(&msg, to, control);
    trace_packet("answered by", from, answer, sizeof(answer));
    capture_packet(to, from, &iov, 1);
    libc.sendmsg(f->source, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool is_other_loopback(const union address *a)
{
    return a->sa.sa_family == AF_INET && address_is_loopback(a->in.sin_addr) &&
           a->in.sin_addr.s_addr != htonl(INADDR_LOOPBACK);
}

/* The stack accepts packets between addresses that it knows.  It has room for few of 127.0.0.0/8,
 * so a packet that it will drop adds none. */
static void add_addresses(const union address *from, const union address *to, unsigned char *packet,
                          size_t size)
{
    unsigned char type = packet[PACKET_HEADER];
    if (is_other_loopback(from) || is_other_loopback(to)) {
        if (packet_intact(packet, size)) {
            local_address_add_loopback(from->in.sin_addr);
            local_address_add_loopback(to->in.sin_addr);
        }
    } else if (type == CHUNK_INIT || type == CHUNK_INIT_ACK) {
        local_address_met(to);
    }
}

/*
 * Whether the packet is an ABORT with the T bit that overtook another packet.  A peer that has
 * aborted answers our next packet with such an ABORT, which has no reason (RFC 9260, 8.4).  If it
 * arrives at another UDP socket, it may be read before the ABORT with the reason.  It can be
 * dropped, because the peer answers our further packets as well.
 */
static bool overtook(const struct family *f, const unsigned char *packet, size_t size)
{
    return size > PACKET_HEADER + 1 && packet[PACKET_HEADER] == CHUNK_ABORT &&
           (packet[PACKET_HEADER + 1] & CHUNK_TAG_REFLECTED) &&
           unread_packets(packet[2] << 8 | packet[3], f->source);
}

/* Whether the filter passes the packet.  Answers it if the filter says so. */
static bool filter_passes(struct family *f, unsigned char *packet, size_t size)
{
    const union address *from = &f->from[f->next_received];
    union address to;
    udp_take_destination(&f->received[f->next_received].msg_hdr, from->sa.sa_family, &to);
    enum verdict verdict = association_received(from, &to, packet, size);
    if (verdict == PACKET_ANSWER)
        answer(f, from, &to, packet, size);
    if (verdict == PACKET_PASS)
        add_addresses(from, &to, packet, size);
    return verdict == PACKET_PASS;
}

/* Whether the packet was sent to an address that was removed. */
static bool retired(const struct family *f, const unsigned char *packet, size_t size)
{
    struct udp_port *p = size < 4 ? NULL : f->ports[packet[2] << 8 | packet[3]];
    while (p && p->fd != f->source)
        p = p->next;
    return p && !udp_in_use(p);
}

/* A peer at SENTINEL would look like all others to the stack.  An ABORT ends the attempt to connect
 * to such a peer. */
static bool is_at_sentinel(const struct family *f, const unsigned char *packet, size_t size)
{
    return f->from[f->next_received].in.sin_port == htons(SENTINEL) &&
           (size <= PACKET_HEADER || packet[PACKET_HEADER] != CHUNK_ABORT);
}

static void record(struct family *f, unsigned char *packet, size_t size)
{
    const union address *from = &f->from[f->next_received];
    struct iovec iov = {packet, size};
    union address to;
    udp_take_destination(&f->received[f->next_received].msg_hdr, from->sa.sa_family, &to);
    trace_packet("received", from, packet, size);
    capture_packet(from, &to, &iov, 1);
}

ssize_t udp_deliver(struct family *f, struct msghdr *msg)
{
    struct mmsghdr *got = &f->received[f->next_received];
    unsigned char *from = f->buffers + (size_t)f->next_received * PACKET;
    size_t size = got->msg_len, done = 0;
    record(f, from, size);
    if (is_at_sentinel(f, from, size) || packet_harmful(from, size) || retired(f, from, size) ||
        overtook(f, from, size) || !filter_passes(f, from, size))
        size = size < PACKET_HEADER ? size : PACKET_HEADER; /* libusrsctp drops a bare header */
    count_abort(f, from, size);
    for (size_t i = 0; i < msg->msg_iovlen && done < size; i++) {
        size_t part = msg->msg_iov[i].iov_len < size - done ? msg->msg_iov[i].iov_len : size - done;
        memcpy(msg->msg_iov[i].iov_base, from + done, part);
        done += part;
    }
    memcpy(msg->msg_name, &f->from[f->next_received], msg->msg_namelen);
    if (!association_shows_port())
        /* The port has the same offset in IPv6. */
        ((struct sockaddr_in *)msg->msg_name)->sin_port = htons(SENTINEL);
    copy_destination(&got->msg_hdr, msg);
    f->next_received++;
    return (ssize_t)done;
}

/* libusrsctp's recvmsg: it has handled the previous packet, and gets the next one. */
ssize_t udp_recvmsg(int fd, struct msghdr *msg)
{
    struct family *f = udp_family(fd);
    static __thread bool locked;

    if (locked) {
        association_packet_done();
        ready_after_packet();
        ready_process();
    } else {
        threads_first_wait();
        lock_take();
        locked = true;
    }
    while (f->next_received >= f->n_received) {
        struct epoll_event event;
        lock_release();
        reader_park();
        int n = libc.epoll_wait(f->epoll, &event, 1, -1);
        if (__atomic_load_n(&f->ending, __ATOMIC_SEQ_CST) || (n < 0 && errno == EBADF)) {
            locked = false;
            errno = EBADF;
            return -1;
        }
        lock_take();
        if (n == 1)
            udp_read_batch(udp_find_port(event.data.u64));
    }
    return udp_deliver(f, msg);
}
