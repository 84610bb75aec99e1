/*
 * Runs sctp_console without a network or a terminal: its calls are recorded as text, which a test
 * compares, and the test sets what they return.
 */
#ifndef CONSOLE_MODEL_H
#define CONSOLE_MODEL_H

#include "../../tools/console/console.h"
#include "blocks.h"
#include "output.h"
#include "terminal_model.h"
#include "unit.h"

#include <fcntl.h>
#include <sys/queue.h>

enum { FD = 99, SNDBUF = 2000, WAIT = 5 /* s, of -w */ };

static struct console c;
static int64_t now;          /* ms */
static int input;            /* the writing end of the console's standard input */
static int send_error;       /* errno of sendmsg(2); 0: it succeeds */
static int call_error;       /* errno of the other calls below; 0: they succeed */
static const char *call_why; /* the reason that unp_opt_set() gives if it fails */
static bool no_path;         /* there is no information about an IPv6 path */
static bool asconf;          /* the socket option asconf_supported */
static sctp_assoc_t ids;     /* the last association id */

int64_t unp_now(void)
{
    return now;
}

void unp_terminal_hide(struct unp_terminal *t)
{
    if (t)
        note_call("hide");
}

/* Recorded as "send STREAM@ID PPID [U ]LIFETIME TEXT", "abort ID REASON" or "eof ID". */
ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    const struct cmsghdr *at = CMSG_FIRSTHDR(m);
    struct sctp_prinfo pr = {0};
    struct sctp_sndinfo snd;
    int len = m->msg_iovlen ? (int)m->msg_iov->iov_len : 0;
    const char *text = m->msg_iovlen ? m->msg_iov->iov_base : "";

    assert_int_equal(fd, FD);
    assert_true(flags & MSG_DONTWAIT);
    memcpy(&snd, CMSG_DATA(at), sizeof(snd));
    at = CMSG_NXTHDR((struct msghdr *)(uintptr_t)m, (struct cmsghdr *)(uintptr_t)at);
    if (at && at->cmsg_type == SCTP_PRINFO)
        memcpy(&pr, CMSG_DATA(at), sizeof(pr));
    if (snd.snd_flags & SCTP_ABORT)
        note_call("abort %d %.*s", snd.snd_assoc_id, len, text);
    else if (snd.snd_flags & SCTP_EOF)
        note_call("eof %d", snd.snd_assoc_id);
    else
        note_call("send %u@%d %u %s%u %.*s", snd.snd_sid, snd.snd_assoc_id, ntohl(snd.snd_ppid),
                  snd.snd_flags == SCTP_UNORDERED ? "U " : "", pr.pr_value, len < 20 ? len : 20,
                  text);
    errno = send_error;
    return send_error ? -1 : len;
}

int unp_connect_begin(int fd, const struct unp_addrs *peer, sctp_assoc_t *id)
{
    char text[SOCK_NTOP_SIZE];

    assert_int_equal(fd, FD);
    assert_int_equal(peer->count, 1);
    note_call("connect %s", sock_ntop(unp_addrs_next(peer, NULL), text, sizeof(text)));
    errno = call_error;
    if (call_error)
        return -1;
    *id = ++ids;
    return 0;
}

int unp_connect_error(int fd, int64_t ms)
{
    assert_int_equal(fd, FD);
    return ms < 3000 ? ECONNREFUSED : ETIMEDOUT;
}

int unp_opt_set(int fd, sctp_assoc_t id, const char *text, char *why, size_t size)
{
    assert_int_equal(fd, FD);
    note_call("set %d %s", id, text);
    errno = call_error;
    if (call_error)
        snprintf(why, size, "%s", call_why);
    return call_error ? -1 : 0;
}

int unp_opt_read(int fd, sctp_assoc_t id, const struct unp_opt_request *r,
                 struct unp_opt_reading *answer, char *why, size_t size)
{
    assert_int_equal(fd, FD);
    note_call("get %d %s", id, r->opt->name);
    snprintf(why, size, "no value");
    errno = EINVAL;
    return -1;
}

int sctp_bindx(int fd, struct sockaddr *sa, int count, int flags)
{
    char text[SOCK_NTOP_SIZE];

    assert_int_equal(fd, FD);
    assert_int_equal(count, 1);
    note_call("%s %s", flags == SCTP_BINDX_ADD_ADDR ? "bind" : "unbind",
              sock_ntop(sa, text, sizeof(text)));
    errno = call_error;
    return call_error ? -1 : 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    assert_int_equal(fd, FD);
    if (level == SOL_SOCKET && name == SO_SNDBUF) {
        *(int *)value = SNDBUF;
        return 0;
    }
    errno = EINVAL;
    if (level != IPPROTO_SCTP || call_error)
        return -1;
    if (name == SCTP_ASCONF_SUPPORTED) {
        ((struct sctp_assoc_value *)value)->assoc_value = asconf;
        return 0;
    }
    if (name == SCTP_GET_PEER_ADDR_INFO) {
        struct sctp_paddrinfo *info = value;

        info->spinfo_state = SCTP_ACTIVE;
        info->spinfo_srtt = 1;
        info->spinfo_rto = 2;
        info->spinfo_cwnd = 3;
        info->spinfo_mtu = 4;
        return info->spinfo_address.ss_family == AF_INET || !no_path ? 0 : -1;
    }
    if (name != SCTP_STATUS)
        return -1;
    *(struct sctp_status *)value = (struct sctp_status){.sstat_state = SCTP_ESTABLISHED,
                                                        .sstat_rwnd = 23,
                                                        .sstat_unackdata = 24,
                                                        .sstat_penddata = 25,
                                                        .sstat_fragmentation_point = 26};
    ((struct sockaddr_in *)&((struct sctp_status *)value)->sstat_primary.spinfo_address)
        ->sin_family = AF_INET;
    ((struct sockaddr_in *)&((struct sctp_status *)value)->sstat_primary.spinfo_address)
        ->sin_addr.s_addr = htonl(0x0a000001);
    ((struct sctp_status *)value)->sstat_outstrms = 21;
    ((struct sctp_status *)value)->sstat_instrms = 22;
    return 0;
}

/* 10.0.0.1, and an IPv6 address that is wider than its column. */
int sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    struct unp_addrs list = {0};

    assert_int_equal(fd, FD);
    assert_int_equal(unp_addrs_add(&list, "10.0.0.1", 9877), 0);
    assert_int_equal(unp_addrs_add(&list, "2001:db8:1111:2222:3333::7", 9877), 0);
    *addrs = (struct sockaddr *)(void *)list.packed;
    return 2;
}

int sctp_getladdrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    struct unp_addrs list = {0};

    assert_int_equal(fd, FD);
    if (call_error)
        return -1;
    assert_int_equal(unp_addrs_add(&list, "10.0.0.9", 7), 0);
    *addrs = (struct sockaddr *)(void *)list.packed;
    return 1;
}

int sctp_freepaddrs(struct sockaddr *addrs)
{
    free(addrs);
    return 0;
}

/* ---- the console and its associations ------------------------------------------ */

static inline int start_console(void **state)
{
    int fds[2];

    c = (struct console){.fd = FD, .asked = {.port = 9877, .wait = WAIT}};
    TAILQ_INIT(&c.peers);
    now = 1000000;
    ids = 10;
    send_error = call_error = 0;
    call_why = "why";
    asconf = false;
    typed = "";
    done[0] = '\0';
    if (pipe2(fds, O_NONBLOCK) < 0)
        return -1;
    fcntl(fds[1], F_SETPIPE_SZ, 1 << 20);
    input = fds[1];
    unp_line_init(&c.input, fds[0], 3000);
    return capture_output();
}

static inline int stop_console(void **state)
{
    close(input);
    close(c.input.fd);
    unp_line_free(&c.input);
    peer_free_all(&c);
    release_output();
    return 0;
}

static inline struct peer *peer_at(const char *host)
{
    struct peer *p;

    peer_connect(&c, host);
    p = TAILQ_LAST(&c.peers, peers);
    assert_non_null(p);
    return p;
}

static inline void change(struct peer *p, int state)
{
    const struct sctp_assoc_change event = {.sac_type = SCTP_ASSOC_CHANGE,
                                            .sac_length = sizeof(event),
                                            .sac_state = (uint16_t)state,
                                            .sac_outbound_streams = 4,
                                            .sac_inbound_streams = 6,
                                            .sac_assoc_id = p->id};

    peer_changed(&c, &event);
}

/* A host with an association that is up. */
static inline struct peer *peer_up(const char *host)
{
    struct peer *p = peer_at(host);

    change(p, SCTP_COMM_UP);
    done[0] = '\0';
    return p;
}

/* Gives the console a line, and executes it. */
static inline bool enter(const char *line)
{
    assert_int_equal(write(input, line, strlen(line)), strlen(line));
    assert_int_equal(write(input, "\n", 1), 1);
    while (unp_line_fill(&c.input) == 0)
        ;
    return console_line(&c);
}

#define CONSOLE_TEST(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, start_console, stop_console)

#endif
