/* Packets come in, on all UDP sockets, and are given to the stack. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "udp.h"

static struct udp_port *find_port(struct family *f, uint64_t known_by)
{
    for (struct udp_port *p = f->ports[known_by & 0xffff]; p; p = p->next)
        if (p->serial == known_by >> 16)
            return p;
    return NULL;
}

/* Something that was sent to an SCTP port has not been given to the stack yet. */
static bool more_waits(uint16_t number)
{
    char byte;
    for (int i = 0; i < 2; i++)
        for (struct udp_port *p = udp_families[i].ports[number]; p; p = p->next)
            if ((udp_families[i].source == p->fd &&
                 udp_families[i].next_got < udp_families[i].n_got) ||
                libc.recv(p->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
                return true;
    return false;
}

/* Reads what has come for one port. */
static void read_batch(struct family *f, struct udp_port *port)
{
    for (int i = 0; i < BATCH; i++) {
        f->iov[i] = (struct iovec){f->buffers + (size_t)i * PACKET, PACKET};
        f->got[i].msg_hdr = (struct msghdr){.msg_name = &f->from[i],
                                            .msg_namelen = sizeof f->from[i],
                                            .msg_iov = &f->iov[i],
                                            .msg_iovlen = 1,
                                            .msg_control = f->control[i],
                                            .msg_controllen = CONTROL};
    }
    int n = libc.recvmmsg(port->fd, f->got, BATCH, MSG_DONTWAIT, NULL);
    if (n < 0 && errno != EAGAIN) /* an error comes first, and once */
        n = libc.recvmmsg(port->fd, f->got, BATCH, MSG_DONTWAIT, NULL);
    f->source = port->fd;
    f->next_got = 0;
    f->n_got = n > 0 && udp_in_use(port) ? n : 0;
    f->own_waiting -= f->own_waiting > 0;
    if (n > 0)
        return;
    /* "Port unreachable" is news only after all that the peer had sent before it went. */
    if (more_waits(port->number)) {
        sched_yield();
        return;
    }
    size_t control_size = CONTROL;
    size_t size =
        icmp_read(port->fd, f->buffers, PACKET, &f->from[0], f->control[0], &control_size);
    if (size) {
        f->got[0].msg_len = (unsigned)size;
        f->got[0].msg_hdr.msg_controllen = control_size;
        f->n_got = 1;
    }
}

/* Tells the stack where the packet was sent to.  There is room for no other control message. */
static void copy_destination(struct msghdr *got, struct msghdr *msg)
{
    struct cmsghdr *c;
    for (c = CMSG_FIRSTHDR(got); c; c = CMSG_NXTHDR(got, c))
        if (((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) ||
             (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)) &&
            CMSG_ALIGN(c->cmsg_len) <= msg->msg_controllen) {
            memcpy(msg->msg_control, c, c->cmsg_len);
            msg->msg_controllen = CMSG_ALIGN(c->cmsg_len);
            if (c->cmsg_type == IP_PKTINFO)
                address_know_loopback(((struct in_pktinfo *)CMSG_DATA(c))->ipi_addr);
            return;
        }
    msg->msg_controllen = 0;
}

/* How an association ended that never began, the stack does not tell of every socket. */
static void count_abort(struct family *f, const unsigned char *packet, size_t size)
{
    if (size > 12 && packet[12] == 6 /* ABORT */)
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

/* Hands one to the stack, as if it had been received just so. */
static ssize_t deliver(struct family *f, struct msghdr *msg)
{
    struct mmsghdr *got = &f->got[f->next_got];
    const unsigned char *from = f->buffers + (size_t)f->next_got * PACKET;
    size_t size = got->msg_len, done = 0;
    trace_packet("received", &f->from[f->next_got], from, size);
    if (packet_harmful(from, size))
        size = 12; /* no chunk: thrown away */
    guardian_packet(&f->from[f->next_got], NULL, from, size, false);
    count_abort(f, from, size);
    for (size_t i = 0; i < msg->msg_iovlen && done < size; i++) {
        size_t part = msg->msg_iov[i].iov_len < size - done ? msg->msg_iov[i].iov_len : size - done;
        memcpy(msg->msg_iov[i].iov_base, from + done, part);
        done += part;
    }
    memcpy(msg->msg_name, &f->from[f->next_got], msg->msg_namelen);
    if (f->from[f->next_got].sa.sa_family == AF_INET)
        address_know_loopback(f->from[f->next_got].in.sin_addr);
    copy_destination(&got->msg_hdr, msg);
    f->next_got++;
    return (ssize_t)done;
}

/* The next packet for the stack, which comes here when it is done with the one before. */
ssize_t udp_recvmsg(int fd, struct msghdr *msg)
{
    struct family *f = udp_family(fd);
    static __thread bool locked;

    if (locked) {
        ready_after_packet();
        ready_settle();
    } else {
        stack_lock();
        locked = true;
    }
    while (f->next_got >= f->n_got) {
        struct epoll_event event;
        stack_unlock();
        int n = epoll_wait(f->epoll, &event, 1, -1);
        if (__atomic_load_n(&f->ending, __ATOMIC_SEQ_CST) || (n < 0 && errno == EBADF)) {
            locked = false;
            errno = EBADF;
            return -1;
        }
        stack_lock();
        struct udp_port *port = n == 1 ? find_port(f, event.data.u64) : NULL;
        if (port)
            read_batch(f, port);
    }
    return deliver(f, msg);
}
