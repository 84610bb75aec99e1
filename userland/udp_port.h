/* Shared by the udp*.c files: the ports, and the packets that were read for them. */
#ifndef UDP_PORT_H
#define UDP_PORT_H

#include "libc.h"
#include "udp.h"

enum { SENTINEL = 1, BATCH = 16, PACKET = 65536, CONTROL = 256 };

struct udp_port {
    union address address; /* bound to; the port is UDP's */
    uint16_t number;       /* SCTP's */
    int fd;
    int notice; /* of udp_notice.c, for all of this number; 0: another one has it, or none */
    int sharers, retired; /* retired: how many of them have removed the address */
    int room;             /* for so many packets, from 1 to BATCH: those to be read next */
    uint64_t aborts;      /* ABORT chunks received */
    uint32_t serial;      /* unique, from 1: epoll may report a port that was closed */
    struct udp_port *next;
};

extern struct family {
    int handle, epoll;
    int own_waiting; /* how many more batches may hold a packet of our own */
    bool ending;
    /* The batch: received and not given to the stack yet. */
    struct mmsghdr received[BATCH];
    struct iovec iov[BATCH];
    union address from[BATCH];
    unsigned char control[BATCH][CONTROL];
    unsigned char *buffers;
    int n_received, next_received, source; /* source: the descriptor that they came from */
    struct udp_port *ports[65536];         /* by SCTP port */
    /* The last packet that was larger than the MTU of its interface: its header, and where to. */
    unsigned char too_large[12];
    union address too_large_to;
} udp_families[2]; /* IPv4, IPv6 */

/* The family of a handle. */
static inline struct family *udp_family(int fd)
{
    return &udp_families[fd != udp_families[0].handle];
}

static inline struct family *udp_family_of(int domain)
{
    return &udp_families[domain == AF_INET6];
}

/* epoll's data for a port. */
static inline uint64_t udp_epoll_key(const struct udp_port *p)
{
    bool v6 = p->address.sa.sa_family == AF_INET6;
    return (uint64_t)p->serial << 17 | (uint64_t)v6 << 16 | p->number;
}

/* Makes a bound UDP socket; sets the port of address if it was 0. */
int udp_bound_socket(union address *address, const struct ip_options *options);
/* Makes epoll report the port's UDP socket as this port. */
void udp_watch(const struct udp_port *port, int command);
/* Opens the port at a UDP port: 0 is any.  common: it is SCTP_UDP_PORT, which ports may share. */
struct udp_port *udp_open_at(const union address *address, uint16_t udp, bool common,
                             const struct ip_options *options);
/* udp_elsewhere.c: port, which is being closed, is no longer on the list. */
void udp_pass_notice_on(struct udp_port *port);

bool udp_in_use(const struct udp_port *port); /* false: all sharers have retired */
/* A port behind SCTP_UDP_PORT, at this address of ours (NULL: at any); NULL: none. */
struct udp_port *udp_at_common_port(struct family *f, const union address *host);

/* udp_source.c: the source address that libusrsctp has chosen; and a change of it to the one that
 * Linux would choose. */
void udp_source_address(const struct msghdr *msg, union address *from);
void udp_source_by_route(const struct udp_port *port, const union address *to,
                         const unsigned char *packet, union address *from);

/* udp_receive.c: the port that epoll reports by this key; NULL: it has been closed. */
struct udp_port *udp_find_port(uint64_t epoll_key);
/* Reads what has arrived for a port (NULL: nothing) into the batch of its family. */
void udp_read_batch(struct udp_port *port);
/* Copies the next packet of the batch to msg, as recvmsg(2) would.  Of a packet that the stack must
 * not get, only the common header. */
ssize_t udp_deliver(struct family *f, struct msghdr *msg);
void udp_take_destination(struct msghdr *msg, sa_family_t family, union address *to);
bool udp_is_multicast(const union address *a);

/* icmp.c: reads the error queue of a UDP socket.  If it reports the peer's port as unreachable,
 * makes the ABORT that the peer's SCTP would have sent, and returns its length; otherwise 0.  from
 * and control (of *control_size bytes) become those of a packet that was received. */
size_t icmp_read(int fd, unsigned char *packet, size_t size, union address *from, void *control,
                 size_t *control_size);

#endif
