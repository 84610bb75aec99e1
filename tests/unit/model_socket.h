/*
 * Sockets of libusrsctp, replaced by numbers.
 */
#ifndef MODEL_SOCKET_H
#define MODEL_SOCKET_H

#include "model_usrsctp.h"
#include "unit_address.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "../../userland/call.h"
#include "../../userland/descriptor.h"
#include "../../userland/event.h"
#include "../../userland/lock.h"
#include "../../userland/ready.h"
#include "../../userland/socket.h"
#include "../../userland/udp_port.h"

/* ---- the stack's sockets ----------------------------------------------------------- */

static struct {
    int sockets, closed[20], n_closed;
    int lists; /* in the hash tables of the last socket, at least */
    int backlog, how, events;
    int bind_error, bindx_error, connect_error, listen_error, accept_error, peeloff_error,
        shutdown_error;
    int stale;                        /* errno after a success */
    int binds, bindxs, n_bindx, flag; /* n_bindx: addresses of the last bindx() */
    union address bound, bindx, connected;
    uint32_t peeled;
    void (*upcall)(struct socket *, void *, int);
    void *upcall_arg;
    union address paddrs[3];
    unsigned char packed[200];
    int n_paddrs, n_laddrs, freed;
} so;

static inline struct socket *number(int n)
{
    return (struct socket *)(intptr_t)n;
}

static inline struct socket *
so_socket(int domain, int type, int protocol,
          int (*receive)(struct socket *, union usr_sctp_sockstore, void *, size_t,
                         struct usr_sctp_rcvinfo, int, void *),
          int (*send)(struct socket *, uint32_t, void *), uint32_t threshold, void *info)
{
    assert_int_equal(protocol, IPPROTO_SCTP);
    so.lists = least_lists;
    return number(++so.sockets);
}

static inline void so_close(struct socket *s)
{
    if (s)
        so.closed[so.n_closed++] = (int)(intptr_t)s;
    errno = so.stale ? so.stale : errno;
}

/* A call that succeeds may leave any errno. */
static inline int fail_with(int error)
{
    errno = error ? error : so.stale;
    return error ? -1 : 0;
}

static inline int so_bind(struct socket *s, struct sockaddr *name, socklen_t length)
{
    so.binds++;
    memset(&so.bound, 0, sizeof(so.bound));
    memcpy(&so.bound, name, length);
    return fail_with(so.bind_error);
}

static inline int so_bindx(struct socket *s, struct sockaddr *list, int n, int flag)
{
    so.bindxs++;
    so.n_bindx = n;
    memcpy(&so.bindx, list, address_size(list));
    so.flag = flag;
    return fail_with(so.bindx_error);
}

static inline int so_listen(struct socket *s, int backlog)
{
    so.backlog = backlog;
    return fail_with(so.listen_error);
}

static inline struct socket *so_accept(struct socket *s, struct sockaddr *name, socklen_t *length)
{
    if (fail_with(so.accept_error) < 0)
        return NULL;
    memcpy(name, &so.paddrs[0], *length);
    return number(++so.sockets);
}

static inline struct socket *so_peeloff(struct socket *s, usr_sctp_assoc_t id)
{
    so.peeled = id;
    return fail_with(so.peeloff_error) < 0 ? NULL : number(++so.sockets);
}

static inline int so_connect(struct socket *s, struct sockaddr *name, socklen_t length)
{
    memset(&so.connected, 0, sizeof(so.connected));
    memcpy(&so.connected, name, length);
    return fail_with(so.connect_error);
}

static inline int so_shutdown(struct socket *s, int how)
{
    so.how = how;
    return fail_with(so.shutdown_error);
}

static inline int so_addresses(int n, struct sockaddr **list)
{
    size_t size = 0;

    for (int i = 0; i < n; i++) {
        memcpy(so.packed + size, &so.paddrs[i], address_size(&so.paddrs[i].sa));
        size += address_size(&so.paddrs[i].sa);
    }
    *list = (void *)so.packed;
    so.freed--;
    return n;
}

static inline int so_getpaddrs(struct socket *s, usr_sctp_assoc_t id, struct sockaddr **list)
{
    return so.n_paddrs <= 0 ? so.n_paddrs : so_addresses(so.n_paddrs, list);
}

static inline int so_getladdrs(struct socket *s, usr_sctp_assoc_t id, struct sockaddr **list)
{
    return so.n_laddrs <= 0 ? so.n_laddrs : so_addresses(so.n_laddrs, list);
}

static inline void so_free(struct sockaddr *list)
{
    assert_ptr_equal(list, so.packed);
    so.freed++;
    errno = so.stale ? so.stale : errno;
}

static inline int so_get_events(struct socket *s)
{
    return so.events;
}

static inline int so_set_non_blocking(struct socket *s, int on)
{
    assert_int_equal(on, 1);
    return 0;
}

static inline int so_set_upcall(struct socket *s, void (*upcall)(struct socket *, void *, int),
                                void *arg)
{
    so.upcall = upcall;
    so.upcall_arg = arg;
    return 0;
}

static struct timespec now = {1000, 0};
static bool real_time = true;

int clock_gettime(clockid_t clock, struct timespec *to)
{
    if (real_time)
        return (int)syscall(SYS_clock_gettime, clock, to);
    *to = now;
    return 0;
}

static struct usr_sctp_status status;
static const uint32_t none = 0;

/* The state of the association that is asked for; 0: there is none. */
static inline void be_in(int stack_state)
{
    status.sstat_state = stack_state;
    if (stack_state)
        model_returns(usr_SCTP_STATUS, &status, sizeof(status));
    else
        model_fails(usr_SCTP_STATUS, EINVAL);
}

static inline int begin(void **state)
{
    static bool begun;

    model_begin();
    memset(&so, 0, sizeof(so));
    status = (struct usr_sctp_status){.sstat_assoc_id = 7};
    real_time = true;
    if (begun)
        return 0;
    begun = true;
    usr.socket = so_socket;
    usr.close = so_close;
    usr.bind = so_bind;
    usr.bindx = so_bindx;
    usr.listen = so_listen;
    usr.accept = so_accept;
    usr.peeloff = so_peeloff;
    usr.connect = so_connect;
    usr.shutdown = so_shutdown;
    usr.getpaddrs = so_getpaddrs;
    usr.getladdrs = so_getladdrs;
    usr.freepaddrs = usr.freeladdrs = so_free;
    usr.get_events = so_get_events;
    usr.set_non_blocking = so_set_non_blocking;
    usr.set_upcall = so_set_upcall;
    alarm(60);
    lock_take();
    assert_true(udp_handle(AF_INET) > 0 && udp_handle(AF_INET6) > 0);
    return 0;
}

/* All sockets have been freed. */
static inline int end(void **state)
{
    for (int fd = 0; fd < 1000; fd++)
        if (descriptor_ours(fd) && descriptor_get(fd) != &descriptor_own) {
            descriptor_set(fd, NULL);
            close(fd);
        }
    for (struct usock *s = usocks; s; s = usocks) {
        assert_non_null(s->so);
        s->aborted = s->closed = true;
        usock_mark_ready(s);
        ready_process();
    }
    return 0;
}

static inline struct usock *make(int domain, int type, int *fd)
{
    int made = usock_create(domain, type);

    assert_true(made >= 0);
    if (fd)
        *fd = made;
    return descriptor_get(made);
}

/* The errno of a call that returned -1; 0: it returned 0. */
static inline int error_of(int result)
{
    assert_in_range(result + 1, 0, 1);
    return result < 0 ? error_of_call() : 0;
}

static inline int bind_to(struct usock *s, const char *host, uint16_t port)
{
    const union address a = at(host, port);

    return error_of(usock_bind(s, &a.sa, address_size(&a.sa)));
}

static inline int bindx(struct usock *s, const union address *a, bool add)
{
    return error_of(usock_bindx(s, a, address_size(&a->sa), add));
}

#endif
