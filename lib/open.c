/* Opens one-to-many sockets with the options that all programs need. */
#include "unpsctp.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BACKLOG 4096

int unp_subscribe(int fd, sctp_assoc_t id, uint16_t type, bool on)
{
    struct sctp_event event;

    memset(&event, 0, sizeof(event)); /* the kernel reads the padding too */
    event.se_assoc_id = id;
    event.se_type = type;
    event.se_on = on;
    return setsockopt(fd, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof(event));
}

size_t unp_max_message(int fd)
{
    int size = 0;
    socklen_t len = sizeof(size);

    if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &len) < 0)
        return 0;
    return (size_t)size;
}

/* With option `force`, root may exceed net.core.{w,r}mem_max. */
static void set_buffer(int fd, int force, int option, size_t bytes)
{
    int size = bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)bytes;

    if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)) < 0)
        Setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size));
}

/* Makes the stack deliver a large message in fragments, which the program reassembles.  Kept whole,
 * the message could fill the receive buffer, which all associations share.  Linux allows at most
 * half of that buffer. */
static void set_delivery_point(int fd)
{
    uint32_t point = 65536;
    int size = 0;
    socklen_t len = sizeof(size);

    Getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &len);
    if (point > (uint32_t)size / 2)
        point = (uint32_t)size / 2;
    Setsockopt(fd, IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, &point, sizeof(point));
}

/* Each inbound stream takes memory when an association is set up, 40 bytes on the userland stack:
 * by default a peer could ask for 65535. */
static void set_streams(int fd, uint16_t ostreams)
{
    enum { INSTREAMS = 1024 };
    const struct sctp_initmsg init = {.sinit_num_ostreams = ostreams,
                                      .sinit_max_instreams =
                                          ostreams > INSTREAMS ? ostreams : INSTREAMS};

    Setsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof(init));
}

static void set_options(int fd, const struct unp_setup *setup)
{
    static const uint16_t events[] = {SCTP_ASSOC_CHANGE,          SCTP_PEER_ADDR_CHANGE,
                                      SCTP_SEND_FAILED_EVENT,     SCTP_REMOTE_ERROR,
                                      SCTP_SHUTDOWN_EVENT,        SCTP_PARTIAL_DELIVERY_EVENT,
                                      SCTP_ADAPTATION_INDICATION, SCTP_STREAM_RESET_EVENT,
                                      SCTP_ASSOC_RESET_EVENT,     SCTP_STREAM_CHANGE_EVENT};
    const int on = 1;

    set_streams(fd, setup->ostreams);
    if (!setup->stack_defaults) {
        /* Set both: a large send buffer would overrun a small receive buffer of the peer. */
        set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, setup->buffer);
        set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, setup->buffer);
        /* Nagle's algorithm would delay a small message until the peer's delayed SACK, 200 ms. */
        Setsockopt(fd, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof(on));
    }
    /* With 0, the default, a peer that stalls in the middle of a message blocks all others. */
    Setsockopt(fd, IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, &on, sizeof(on));
    set_delivery_point(fd);
    Setsockopt(fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof(on));
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        if (unp_subscribe(fd, SCTP_FUTURE_ASSOC, events[i], true) < 0)
            err_sys("setsockopt SCTP_EVENT 0x%04x", events[i]);
    if (setup->set_options)
        setup->set_options(fd, setup->options);
}

/* An AF_INET6 socket takes IPv4 as well.  Where IPv6 is switched off, the socket is AF_INET. */
static int open_socket(int *family)
{
    const int off = 0;
    int fd = *family == AF_INET6 ? socket(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP) : -1;

    if (fd < 0) {
        *family = AF_INET;
        return Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    }
    Setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    return fd;
}

static void bind_wildcard(int fd, int family, uint16_t port)
{
    struct sockaddr_in6 any = {.sin6_family = (sa_family_t)family, .sin6_port = htons(port)};

    /* The port is at the same offset in both families. */
    Bind(fd, (struct sockaddr *)&any, unp_sock_len((struct sockaddr *)&any));
}

int Unp_open(struct unp_setup *setup, int family)
{
    const int on = 1;
    int fd;

    if (unp_addrs_family(&setup->local) == AF_INET6)
        family = AF_INET6;
    fd = open_socket(&family);
    set_options(fd, setup);
    /* A killed server leaves associations on this port that are still shutting down. */
    if (setup->port)
        Setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (setup->local.count) {
        unp_addrs_set_port(&setup->local, setup->port);
        Sctp_bindx(fd, (struct sockaddr *)(void *)setup->local.packed, setup->local.count,
                   SCTP_BINDX_ADD_ADDR);
    } else if (setup->port) {
        bind_wildcard(fd, family, setup->port);
    }
    return fd;
}

int Unp_listen(struct unp_setup *setup)
{
    int fd = Unp_open(setup, setup->local.count ? AF_INET : AF_INET6);

    Listen(fd, BACKLOG);
    return fd;
}
