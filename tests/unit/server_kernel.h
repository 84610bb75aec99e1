/*
 * The system calls of a server, replaced: a test writes a script of batches that arrive, and runs
 * the server on it.  Time passes only while the server waits.
 */
#ifndef SERVER_KERNEL_H
#define SERVER_KERNEL_H

#include "blocks.h"
#include "receive/receive.h"
#include "server/inside.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

enum { FD = 1000, PORT = 4711, BATCHES = 20, ITEMS = 4, IDS = 10, LATER = 60000 };

struct item {
    unsigned char bytes[4096];
    size_t len;
    int flags;
    sctp_assoc_t id;
};

#define EVENT_BIT(type) (1u << ((type)-SCTP_SN_TYPE_BASE))

struct batch {
    int count; /* 0: the call fails with `err` */
    int err;
    void (*before)(void);
    struct item items[ITEMS];
};

static struct {
    int64_t now; /* ms */
    bool shared; /* net.sctp.sndbuf_policy 0 */
    int buffer;  /* SO_SNDBUF */
    struct batch script[BATCHES];
    int length, at;
    bool goes_on;   /* at the end of the script nothing arrives; otherwise the run ends */
    int flood_ms;   /* a message of association 1 arrives each time after so many ms; 0: none … */
    bool for_ever;  /* … and before the notification that the association has ended */
    jmp_buf end;    /* of the run */
    int timeout;    /* SO_RCVTIMEO, ms */
    int timeouts;   /* how often that was set */
    int set_buffer; /* SO_SNDBUFFORCE */
    int backlog;    /* of the last listen() */
    uint32_t events; /* subscriptions: bit n for SCTP_SN_TYPE_BASE + n */
    bool dry;
    int send_error; /* errno of sendmmsg() */
    bool no_addresses;
    uint32_t held[IDS]; /* bytes of each association in the receive buffer */
    int addresses;      /* of the peer of each association that holds bytes */
    bool unreadable;
    unsigned polls;
    bool closed;
    unsigned waits;        /* calls that timed out */
    int64_t eof[IDS];      /* when an association was shut down; 0: it was not */
    int64_t aborted[IDS];  /* when it was aborted */
    char reason[IDS][128]; /* why */
    bool lost[IDS];        /* its end has not been notified */
    uint32_t unacked;      /* chunks, of all associations */
    int own;               /* the socket of an association; 0: none */
    unsigned own_reads;    /* calls that tried to receive from it */
} os;

/* ---- system calls ----------------------------------------------------------- */

int socket(int family, int type, int protocol)
{
    return FD;
}

int bind(int fd, __CONST_SOCKADDR_ARG sa, socklen_t len)
{
    return 0;
}

int sctp_bindx(int fd, struct sockaddr *addrs, int count, int flags)
{
    return 0;
}

int listen(int fd, int backlog)
{
    assert_int_equal(fd, FD);
    os.backlog = backlog;
    return 0;
}

int close(int fd)
{
    if (fd != FD)
        return (int)syscall(SYS_close, fd);
    os.closed = true;
    return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    const struct timeval *tv = value;
    const struct sctp_event *event = value;

    if (level == SOL_SOCKET && name == SO_RCVTIMEO) {
        os.timeout = (int)(tv->tv_sec * 1000 + tv->tv_usec / 1000);
        os.timeouts++;
    } else if (level == SOL_SOCKET && name == SO_SNDBUFFORCE) {
        os.set_buffer = *(const int *)value;
    } else if (level == IPPROTO_SCTP && name == SCTP_EVENT) {
        if (event->se_type == SCTP_SENDER_DRY_EVENT)
            os.dry = event->se_on;
        else if (event->se_on)
            os.events |= EVENT_BIT(event->se_type);
        else
            os.events &= ~EVENT_BIT(event->se_type);
    }
    return 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    struct sctp_status *status = value;

    memset(value, 0, *len);
    if (level == SOL_SOCKET && name == SO_MEMINFO)
        for (int id = 1; id < IDS; id++)
            ((uint32_t *)value)[SK_MEMINFO_RMEM_ALLOC] += os.aborted[id] ? 0 : os.held[id];
    else if (level == SOL_SOCKET)
        *(int *)value = os.buffer;
    if (level == IPPROTO_SCTP && name == SCTP_STATUS) {
        status->sstat_unackdata = (uint16_t)os.unacked;
        status->sstat_rwnd = 100000;
    }
    return 0;
}

int getsockname(int fd, __SOCKADDR_ARG name, socklen_t *restrict len)
{
    const struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(PORT)};

    errno = EBADF;
    if (os.no_addresses)
        return -1;
    memcpy(name.__sockaddr__, &sa, sizeof(sa));
    *len = sizeof(sa);
    return 0;
}

int sctp_getladdrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    struct sockaddr_in *sa = os.no_addresses ? NULL : calloc(1, sizeof(*sa));

    if (!sa)
        return -1;
    *sa = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(PORT)};
    *addrs = (struct sockaddr *)sa;
    return 1;
}

/* Only association 3 has addresses. */
int sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    return id == 3 && fd == (os.own ? os.own : FD) ? sctp_getladdrs(fd, id, addrs) : -1;
}

int sctp_freepaddrs(struct sockaddr *addrs)
{
    free(addrs);
    return 0;
}

/* /proc/net/sctp/assocs */
static inline FILE *open_assocs(void)
{
    static char text[30000];
    size_t used = (size_t)snprintf(
        text, sizeof(text), " ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID\n");

    for (int id = 1; id < IDS; id++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 "%8x %8x 2 1 3 0 %4d 77777 %8u 0", 0, 0, id, os.held[id]);
        for (int i = 0; os.held[id] && i < os.addresses; i++)
            used += (size_t)snprintf(text + used, sizeof(text) - used, " %d.0.0.1", id);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "\n");
    }
    return fmemopen(text, used, "r");
}

FILE *fopen(const char *path, const char *mode)
{
    static char policies[2][3] = {"1\n", "0\n"};

    if (strcmp(path, "/proc/net/sctp/assocs") == 0)
        return open_assocs();
    return strstr(path, "sndbuf_policy") ? fmemopen(policies[os.shared], 2, "r") : NULL;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    *ts = (struct timespec){.tv_sec = os.now / 1000, .tv_nsec = os.now % 1000 * 1000000};
    return 0;
}

int poll(struct pollfd *fds, nfds_t n, int ms)
{
    if (ms == 0) /* may standard output be written? */
        return !os.unreadable;
    os.now += ms;
    os.polls++;
    return 0;
}

static inline void receive(struct mmsghdr *h, const struct item *item)
{
    const struct sctp_rcvinfo rcv = {.rcv_assoc_id = item->id};
    struct cmsghdr *c = h->msg_hdr.msg_control;

    memcpy(h->msg_hdr.msg_iov->iov_base, item->bytes, item->len);
    h->msg_len = (unsigned)item->len;
    h->msg_hdr.msg_flags = item->flags;
    *c = (struct cmsghdr){
        .cmsg_level = IPPROTO_SCTP, .cmsg_type = SCTP_RCVINFO, .cmsg_len = CMSG_LEN(sizeof(rcv))};
    memcpy(CMSG_DATA(c), &rcv, sizeof(rcv));
    h->msg_hdr.msg_controllen = CMSG_SPACE(sizeof(rcv));
}

static inline void make_change(struct item *item, sctp_assoc_t id, uint16_t state)
{
    const struct sctp_assoc_change c = {.sac_type = SCTP_ASSOC_CHANGE,
                                        .sac_length = sizeof(c),
                                        .sac_state = state,
                                        .sac_outbound_streams = 7,
                                        .sac_inbound_streams = 9,
                                        .sac_assoc_id = id};

    *item = (struct item){.len = sizeof(c), .flags = MSG_EOR | MSG_NOTIFICATION};
    memcpy(item->bytes, &c, sizeof(c));
}

/* After the script: the ends of associations, the flood, nothing. */
static inline int receive_further(struct mmsghdr *h, int flags)
{
    static const struct item flood = {.bytes = "flood", .len = 5, .flags = MSG_EOR, .id = 1};
    struct item end;

    assert_true(os.now < LATER);
    for (sctp_assoc_t id = 1; id < IDS; id++)
        if (os.lost[id] && !os.for_ever) {
            os.lost[id] = false;
            make_change(&end, id, SCTP_COMM_LOST);
            receive(h, &end);
            return 1;
        }
    if (os.flood_ms) {
        os.now += os.flood_ms;
        receive(h, &flood);
        return 1;
    }
    os.waits += !(flags & MSG_DONTWAIT);
    os.now += flags & MSG_DONTWAIT ? 0 : os.timeout;
    errno = EAGAIN;
    return -1;
}

int recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout)
{
    const struct batch *b = &os.script[os.at];

    if (fd != FD) {
        assert_int_equal(fd, os.own);
        assert_true(flags & MSG_DONTWAIT);
        os.own_reads++;
        errno = EAGAIN;
        return -1;
    }
    if (os.at == os.length && os.goes_on)
        return receive_further(headers, flags);
    if (os.at == os.length)
        longjmp(os.end, 1);
    os.at++;
    if (b->before)
        b->before();
    for (int i = 0; i < b->count; i++)
        receive(&headers[i], &b->items[i]);
    if (!b->count && !(flags & MSG_DONTWAIT))
        os.now += os.timeout;
    errno = b->err;
    return b->count ? b->count : -1;
}

int sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags)
{
    assert_int_equal(fd, FD);
    errno = os.send_error;
    return os.send_error ? -1 : (int)count;
}

/* Aborts and shutdowns. */
ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    struct sctp_sndinfo snd;

    assert_int_equal(fd, os.own ? os.own : FD);
    memcpy(&snd, CMSG_DATA(CMSG_FIRSTHDR(m)), sizeof(snd));
    assert_in_range(snd.snd_assoc_id, 1, IDS - 1);
    if (snd.snd_flags & SCTP_EOF) {
        os.eof[snd.snd_assoc_id] = os.now;
        return 0;
    }
    os.aborted[snd.snd_assoc_id] = os.now;
    os.lost[snd.snd_assoc_id] = true;
    snprintf(os.reason[snd.snd_assoc_id], sizeof(os.reason[0]), "%.*s", (int)m->msg_iov->iov_len,
             (const char *)m->msg_iov->iov_base);
    return 0;
}

/* ---- the script --------------------------------------------------------------- */

/* A further batch.  It is a failed call (EAGAIN) until something is put in it. */
static inline void batch(void (*before)(void))
{
    assert_true(os.length < BATCHES);
    os.script[os.length++] = (struct batch){.before = before, .err = EAGAIN};
}

static inline struct item *another(void)
{
    struct batch *b = &os.script[os.length - 1];

    assert_true(os.length && b->count < ITEMS);
    return &b->items[b->count++];
}

static inline void change(sctp_assoc_t id, uint16_t state)
{
    make_change(another(), id, state);
}

static inline void dry(sctp_assoc_t id)
{
    const struct sctp_sender_dry_event d = {.sender_dry_type = SCTP_SENDER_DRY_EVENT,
                                            .sender_dry_length = sizeof(d),
                                            .sender_dry_assoc_id = id};
    struct item *item = another();

    *item = (struct item){.len = sizeof(d), .flags = MSG_EOR | MSG_NOTIFICATION};
    memcpy(item->bytes, &d, sizeof(d));
}

static inline void fragment(sctp_assoc_t id, const char *text, size_t len, bool last)
{
    struct item *item = another();

    *item = (struct item){.len = len, .flags = last ? MSG_EOR : 0, .id = id};
    snprintf((char *)item->bytes, sizeof(item->bytes), "%s", text);
}

static inline void message(sctp_assoc_t id, const char *text)
{
    fragment(id, text, strlen(text), true);
}

/* ---- the program ------------------------------------------------------------- */

static struct unp_server srv;
static char events[2000];     /* its callbacks, each followed by a semicolon */
static size_t bytes_each;     /* that the program keeps of each message */
static int replies;           /* to each message, of 1000 bytes */
static bool busy;             /* what tick() returns */
static size_t room_elsewhere; /* that evict() can free */
static size_t least_asked;    /* by the last evict() */

static void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline void note(const char *fmt, ...)
{
    size_t used = strlen(events);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(events + used, sizeof(events) - used, fmt, ap);
    va_end(ap);
}

static inline void on_up(struct unp_server *s, struct unp_association *a)
{
    assert_ptr_equal(s, &srv);
    note("up %d %u/%u;", a->id, a->ostreams, a->istreams);
}

static inline void on_message(struct unp_server *s, struct unp_association *a,
                              const struct unp_message *msg)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = a->id};
    static unsigned char text[1000];
    const struct unp_message reply = {.data = text, .len = sizeof(text)};

    note("%d says %.*s;", a->id, (int)(msg->len < 20 ? msg->len : 20), (const char *)msg->data);
    a->user_bytes += bytes_each;
    s->memory.used += bytes_each;
    for (int i = 0; i < replies; i++) {
        unp_sender_send(s->out, a, &reply, &snd);
        if (a->close_reason)
            note("ended at %d;", i + 1);
        if (a->close_reason)
            break;
    }
    free(msg->owned);
}

static inline void on_closed(struct unp_server *s, struct unp_association *a,
                             const struct sctp_assoc_change *why)
{
    assert_ptr_equal(unp_table_find(&s->associations, a->id), a);
    note("closed %d %u;", a->id, why->sac_state);
}

static inline bool on_tick(struct unp_server *s)
{
    return busy;
}

static inline void on_shutting_down(struct unp_server *s)
{
    note("shutting down;");
}

static inline void on_forget(struct unp_server *s, struct unp_association *a)
{
    note("forget %d;", a->id);
    s->memory.used -= a->user_bytes;
    a->user_bytes = 0;
}

static inline bool on_evict(struct unp_server *s, size_t least, const char *why)
{
    least_asked = least;
    assert_non_null(strstr(why, "memory limit"));
    if (room_elsewhere <= least)
        return false;
    note("evict;");
    s->memory.used -= room_elsewhere;
    room_elsewhere = 0;
    return true;
}

static inline void take_message(struct unp_server *s, struct unp_association *a,
                                const struct unp_message *msg)
{
    note("%d;", a->id);
    free(msg->owned);
}

static const struct unp_service service = {.up = on_up,
                                           .message = on_message,
                                           .closed = on_closed,
                                           .tick = on_tick,
                                           .shutting_down = on_shutting_down,
                                           .forget = on_forget,
                                           .evict = on_evict};
static const struct unp_service least_service = {.message = take_message};

static FILE *console;
static char *printed;
static size_t printed_len;

/* Starts a server that blocks on its output, a stream in memory. */
static inline int start(void **state)
{
    memset(&os, 0, sizeof(os));
    os.now = 1;
    os.buffer = 1 << 24;
    events[0] = '\0';
    bytes_each = room_elsewhere = 0;
    replies = 0;
    busy = false;
    blocks_before = blocks;
    srv = (struct unp_server){.service = *state ? &least_service : &service,
                              .max_message = 2000,
                              .memory.limit = 1000000,
                              .blocks_on_output = true};
    assert_int_equal(unp_addrs_add(&srv.setup.local, "127.0.0.1", 0), 0);
    console = stdout;
    stdout = open_memstream(&printed, &printed_len);
    Unp_server_start(&srv);
    fclose(stdout);
    stdout = console;
    return 0;
}

/* Runs the server until its script is over. */
static inline void run(void)
{
    if (setjmp(os.end) == 0)
        unp_server_run(&srv);
}

static inline void remove_one(struct unp_association *a, void *arg)
{
    *(struct unp_association **)arg = a;
}

/* For a server that the end of the script has interrupted: it has freed nothing. */
static inline int stop(void **state)
{
    struct unp_association *a;

    while (srv.associations.count) {
        unp_table_walk(&srv.associations, remove_one, &a);
        unp_table_remove(&srv.associations, srv.out, a);
    }
    unp_receiver_close(&srv.in);
    unp_sender_free(srv.out);
    unp_addrs_free(&srv.setup.local);
    free(printed);
    return check_blocks(state);
}

/* For a server that has ended by itself. */
static inline int is_freed(void **state)
{
    free(printed);
    return check_blocks(state);
}

static inline struct unp_association *association(sctp_assoc_t id)
{
    struct unp_association *a = unp_table_find(&srv.associations, id);

    assert_non_null(a);
    return a;
}

#define SERVES(f)       UNIT_TEST_WITH(f, start, stop, NULL)
#define SERVES_LEAST(f) UNIT_TEST_WITH(f, start, stop, &least_service)
#define ENDS(f)         UNIT_TEST_WITH(f, start, is_freed, NULL)

static inline void three_associations(void)
{
    batch(NULL);
    change(1, SCTP_COMM_UP);
    change(2, SCTP_COMM_UP);
    change(3, SCTP_COMM_UP);
    run();
    events[0] = '\0';
}

#endif
