/* getsockopt and setsockopt: SOL_SOCKET, and the options that libsctp uses for its own functions.
 * The other options of SCTP are in option_sctp.c. */
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>

#include "libc.h"
#include "libusrsctp.h"
#include "option.h"
#include "socket.h"
#include "usock.h"

enum { LEAST_SEND_BUFFER = 4608, LEAST_RECEIVE_BUFFER = 2304 };

/* ---- SOL_SOCKET ----------------------------------------------------------- */

static int get_socket_option(struct usock *s, int name, void *value, socklen_t *length)
{
    switch (name) {
    case SO_TYPE:
        return option_give_int(s->peeled ? SOCK_SEQPACKET : s->type, value, length);
    case SO_PROTOCOL:
        return option_give_int(s->from_tcp ? IPPROTO_TCP : IPPROTO_SCTP, value, length);
    case SO_DOMAIN:
        return option_give_int(s->domain, value, length);
    case SO_ACCEPTCONN:
        return option_give_int(s->listening, value, length);
    case SO_ERROR:
        return option_give_int(usock_take_error(s), value, length);
    case SO_SNDBUF:
        return option_give_int(s->send_buffer, value, length);
    case SO_RCVBUF:
        return option_give_int(s->receive_buffer, value, length);
    case SO_LINGER:
        return option_give(&s->linger, sizeof(s->linger), value, length);
    case SO_RCVTIMEO:
        return option_give(&s->receive_timeout, sizeof(s->receive_timeout), value, length);
    case SO_SNDTIMEO:
        return option_give(&s->send_timeout, sizeof(s->send_timeout), value, length);
    case SO_PEEK_OFF: /* not for SCTP */
        return refuse(EOPNOTSUPP);
    case SO_MEMINFO: /* the descriptor's buffers hold nothing, whatever libusrsctp's hold */
        return refuse(ENOPROTOOPT);
    default: /* other options mean the same on all sockets: the descriptor keeps them */
        return libc.getsockopt(s->fd, SOL_SOCKET, name, value, length);
    }
}

/* As in the kernel, the value is doubled, and has a minimum. */
static int set_buffer(struct usock *s, int name, const void *value, socklen_t length)
{
    int n;
    if (option_take_int(value, length, &n) < 0)
        return -1;
    int least = name == SO_SNDBUF ? LEAST_SEND_BUFFER : LEAST_RECEIVE_BUFFER;
    n = n < least / 2 ? least : n > 1 << 29 ? 1 << 30 : 2 * n;
    *(name == SO_SNDBUF ? &s->send_buffer : &s->receive_buffer) = n;
    return usr.setsockopt(s->so, SOL_SOCKET, name, &n, sizeof(n));
}

static int set_timeout(struct timeval *timeout, const void *value, socklen_t length)
{
    struct timeval t;
    if (length < sizeof(t))
        return refuse(EINVAL);
    memcpy(&t, value, sizeof(t));
    if (t.tv_usec < 0 || t.tv_usec >= 1000000)
        return refuse(EDOM);
    *timeout = t;
    return 0;
}

static int set_linger(struct usock *s, const void *value, socklen_t length)
{
    if (length < sizeof(s->linger))
        return refuse(EINVAL);
    memcpy(&s->linger, value, sizeof(s->linger));
    return 0;
}

static int set_socket_option(struct usock *s, int name, const void *value, socklen_t length)
{
    switch (name) {
    case SO_SNDBUF:
    case SO_SNDBUFFORCE:
        return set_buffer(s, SO_SNDBUF, value, length);
    case SO_RCVBUF:
    case SO_RCVBUFFORCE:
        return set_buffer(s, SO_RCVBUF, value, length);
    case SO_LINGER:
        return set_linger(s, value, length);
    case SO_RCVTIMEO:
        return set_timeout(&s->receive_timeout, value, length);
    case SO_SNDTIMEO:
        return set_timeout(&s->send_timeout, value, length);
    case SO_PEEK_OFF:
        return refuse(EOPNOTSUPP);
    default:
        return libc.setsockopt(s->fd, SOL_SOCKET, name, value, length);
    }
}

/* ---- options of libsctp's functions: bindx, connectx, peeloff, getpaddrs -- */

/* Returns the association id if tell_id, as sctp_connectx(3) needs. */
static int connectx(struct usock *s, const void *value, socklen_t length, bool tell_id)
{
    sctp_assoc_t id = 0;
    if (usock_connectx(s, value, length, &id) < 0)
        return -1;
    return tell_id ? id : 0;
}

/* The kernel's struct sctp_getaddrs_old: id (returned), size, pointer to the addresses. */
static int connectx3(struct usock *s, void *value, socklen_t *length)
{
    struct sctp_getaddrs_old request;
    if (*length < sizeof(request))
        return refuse(EINVAL);
    memcpy(&request, value, sizeof(request));
    int result = usock_connectx(s, request.addrs, (socklen_t)request.addr_num, &request.assoc_id);
    if (result == 0 || errno == EINPROGRESS) {
        memcpy(value, &request.assoc_id, sizeof(request.assoc_id));
        *length = sizeof(request.assoc_id);
    }
    return result;
}

/* Returns the new descriptor, which is also in the value. */
static int peeloff(struct usock *s, void *value, socklen_t *length, bool with_flags)
{
    sctp_peeloff_flags_arg_t request = {{0, 0}, 0};
    socklen_t size = with_flags ? sizeof(request) : sizeof(request.p_arg);
    if (*length < size)
        return refuse(EINVAL);
    memcpy(&request, value, size);
    int fd = usock_peeloff(s, request.p_arg.associd,
                           (int)request.flags & (SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd < 0)
        return -1;
    request.p_arg.sd = fd;
    memcpy(value, &request, size);
    *length = size;
    return fd;
}

/* ---- levels --------------------------------------------------------------- */

/* Options of TCP, for a program that believes its sockets to be TCP's: one has a counterpart. */
static int get_tcp_option(struct usock *s, int name, void *value, socklen_t *length)
{
    enum { SEGMENT = 1440 };
    if (name == TCP_NODELAY)
        return option_get(s, SCTP_NODELAY, value, length);
    if (name == TCP_MAXSEG)
        return option_give_int(SEGMENT, value, length);
    memset(value, 0, *length);
    if (name == TCP_CONGESTION)
        strncpy(value, "sctp", *length);
    return 0;
}

static int set_tcp_option(struct usock *s, int name, const void *value, socklen_t length)
{
    return name == TCP_NODELAY ? option_set(s, SCTP_NODELAY, value, length) : 0;
}

int usock_getsockopt(struct usock *s, int level, int name, void *value, socklen_t *length)
{
    if (level == IPPROTO_TCP && s->from_tcp)
        return get_tcp_option(s, name, value, length);
    if (level == SOL_SOCKET)
        return get_socket_option(s, name, value, length);
    if (level == IPPROTO_IP || level == IPPROTO_IPV6)
        return option_get_ip(s, level, name, value, length);
    if (level != IPPROTO_SCTP)
        return refuse(ENOPROTOOPT);
    switch (name) {
    case SCTP_SOCKOPT_PEELOFF:
        return peeloff(s, value, length, false);
    case SCTP_SOCKOPT_PEELOFF_FLAGS:
        return peeloff(s, value, length, true);
    case SCTP_SOCKOPT_CONNECTX3:
        return connectx3(s, value, length);
    case SCTP_GET_PEER_ADDRS:
        return usock_addresses(s, true, value, length);
    case SCTP_GET_LOCAL_ADDRS:
        return usock_addresses(s, false, value, length);
    default:
        return option_get(s, name, value, length);
    }
}

int usock_setsockopt(struct usock *s, int level, int name, const void *value, socklen_t length)
{
    if (level == IPPROTO_TCP && s->from_tcp)
        return set_tcp_option(s, name, value, length);
    if (level == SOL_SOCKET)
        return set_socket_option(s, name, value, length);
    if (level == IPPROTO_IP || level == IPPROTO_IPV6)
        return option_set_ip(s, level, name, value, length);
    if (level != IPPROTO_SCTP)
        return refuse(ENOPROTOOPT);
    switch (name) {
    case SCTP_SOCKOPT_BINDX_ADD:
        return usock_bindx(s, value, length, true);
    case SCTP_SOCKOPT_BINDX_REM:
        return usock_bindx(s, value, length, false);
    case SCTP_SOCKOPT_CONNECTX_OLD:
        return connectx(s, value, length, false);
    case SCTP_SOCKOPT_CONNECTX:
        return connectx(s, value, length, true);
    default:
        return option_set(s, name, value, length) < 0 ? -1
                                                      : kept_option_add(s, name, value, length);
    }
}
