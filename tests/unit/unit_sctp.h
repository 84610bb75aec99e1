/* Shared by the tests on a real stack: sockets on the loopback interface, with timeouts. */
#ifndef UNIT_SCTP_H
#define UNIT_SCTP_H

#include "unit.h"
#include "unpsctp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#if !__GLIBC_PREREQ(2, 34) /* the userland stack has them */
int close_range(unsigned first, unsigned last, int flags);
void closefrom(int first);
#endif

enum { PATIENCE = 120 }; /* seconds, after which a call counts as hanging */

/* True if the sockets are those of the userland stack. */
static inline bool userland(void)
{
    const char *stack = getenv("SCTP_STACK");

    return stack && strcmp(stack, "userland") == 0;
}

static inline struct sockaddr *sockaddr_of(struct sockaddr_storage *ss)
{
    return (struct sockaddr *)(void *)ss;
}

/* In the child of a fork the memory of the userland stack's threads looks leaked, because the
 * threads are gone.  LeakSanitizer must not check there. */
static pid_t tests_pid;
__attribute__((constructor)) static void know_pid(void)
{
    tests_pid = getpid();
}
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return getpid() != tests_pid;
}

/* The socket address of a numeric host. */
static inline struct sockaddr_storage address(const char *host, uint16_t port)
{
    struct sockaddr_storage ss = {0};
    struct unp_addrs list = {0};

    assert_int_equal(unp_addrs_add(&list, host, port), 0);
    memcpy(&ss, list.packed, list.size);
    unp_addrs_free(&list);
    return ss;
}

/* Any port of 127.0.0.1. */
static inline struct sockaddr_in any_port(void)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline uint16_t port_of(const struct sockaddr_storage *ss)
{
    return ntohs(((const struct sockaddr_in *)(const void *)ss)->sin_port);
}

/* Calls on this socket fail with EAGAIN when they would wait for too long. */
static inline void set_timeouts(int fd)
{
    const struct timeval tv = {.tv_sec = PATIENCE};

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
}

static inline void ignore_alarm(int signal)
{
}

/* A signal interrupts the call that waits then; 0: no longer. */
static inline void alarm_in(unsigned seconds)
{
    const struct sigaction act = {.sa_handler = ignore_alarm};

    sigaction(SIGALRM, &act, NULL);
    alarm(seconds);
}

/* The call must fail at once because it would wait.  After set_timeouts() one that waits also fails
 * with EAGAIN in the end. */
#define assert_would_block(call)                                                                   \
    do {                                                                                           \
        alarm_in(5);                                                                               \
        assert_fails((int)(call), EAGAIN);                                                         \
        alarm_in(0);                                                                               \
    } while (0)

/* The events that are ready within `ms`. */
static inline short polled(int fd, short events, int ms)
{
    struct pollfd p = {.fd = fd, .events = events};

    return poll(&p, 1, ms) > 0 ? p.revents : 0;
}

/* The number of local addresses. */
static inline int n_addresses(int fd)
{
    struct sockaddr *list = NULL;
    int n = sctp_getladdrs(fd, 0, &list);

    sctp_freeladdrs(list);
    return n;
}

/* A one-to-many socket at any port of `host`, with these streams; *addr is where it is. */
static inline int open_endpoint(const char *host, uint16_t out, uint16_t max_in,
                                struct sockaddr_storage *addr)
{
    const struct sctp_initmsg init = {.sinit_num_ostreams = out, .sinit_max_instreams = max_in};
    struct sockaddr_storage local = address(host, 0);
    socklen_t len = sizeof(*addr);
    const int on = 1;
    int fd = socket(local.ss_family, SOCK_SEQPACKET, IPPROTO_SCTP);

    assert_true(fd >= 0); /* if this kernel has no SCTP, run the test with scripts/lab */
    set_timeouts(fd);
    assert_int_equal(setsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof(init)), 0);
    assert_int_equal(setsockopt(fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof(on)), 0);
    assert_int_equal(setsockopt(fd, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof(on)), 0);
    assert_int_equal(bind(fd, sockaddr_of(&local), unp_sock_len(sockaddr_of(&local))), 0);
    assert_int_equal(listen(fd, 100), 0);
    memset(addr, 0, sizeof(*addr));
    assert_int_equal(getsockname(fd, sockaddr_of(addr), &len), 0);
    return fd;
}

/* Starts an association; returns its id at this end. */
static inline sctp_assoc_t associate(int fd, struct sockaddr_storage *peer)
{
    sctp_assoc_t id = 0;

    errno = 0; /* as in Sctp_connectx() */
    assert_int_equal(sctp_connectx(fd, sockaddr_of(peer), 1, &id), 0);
    return id;
}

static inline int send_on(int fd, sctp_assoc_t id, uint16_t stream, const void *data, size_t len)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = id, .snd_sid = stream};

    return unp_send_info(fd, data, len, &snd, NULL, 0) == (ssize_t)len ? 0 : -1;
}

#endif
