/*
 * The event loop of a server and its end, with system calls replaced by this file:
 * lib/server/server.c, lib/server/verbose.c.
 *
 * A test writes a script of batches that arrive, and runs the server on it.  Time passes only while
 * the server waits.
 */
#include "blocks.h"
#include "receive/receive.h"
#include "server/server.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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
    int flood_ms;   /* a message of association 1 arrives each time after so many ms; 0: none */
    jmp_buf end;    /* of the run */
    int timeout;    /* SO_RCVTIMEO, ms */
    int timeouts;   /* how often that was set */
    int set_buffer; /* SO_SNDBUFFORCE */
    int backlog;    /* of the last listen() */
    int refuse;     /* a notification that cannot be subscribed to */
    bool send_failed, dry; /* subscriptions */
    int send_error;        /* errno of sendmmsg() */
    bool no_addresses;
    unsigned polls;
    bool closed;
    unsigned waits;        /* calls that waited in vain */
    int64_t eof[IDS];      /* when an association was shut down; 0: it was not */
    int64_t aborted[IDS];  /* when it was aborted */
    char reason[IDS][128]; /* why */
    bool lost[IDS];        /* its end has not been notified */
    uint32_t unacked;      /* chunks, of all associations */
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
        if (event->se_type == os.refuse) {
            errno = EINVAL;
            return -1;
        }
        if (event->se_type == SCTP_SENDER_DRY_EVENT)
            os.dry = event->se_on;
        if (event->se_type == SCTP_SEND_FAILED_EVENT)
            os.send_failed = event->se_on;
    }
    return 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    struct sctp_status *status = value;

    memset(value, 0, *len);
    if (level == SOL_SOCKET)
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

/* Only association 3 has them. */
int sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    return id == 3 ? sctp_getladdrs(fd, id, addrs) : -1;
}

int sctp_freepaddrs(struct sockaddr *addrs)
{
    free(addrs);
    return 0;
}

FILE *fopen(const char *path, const char *mode)
{
    static char policies[2][3] = {"1\n", "0\n"};

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
        return 1;
    os.now += ms;
    os.polls++;
    return 0;
}

static void receive(struct mmsghdr *h, const struct item *item)
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

static void make_change(struct item *item, sctp_assoc_t id, uint16_t state)
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
static int receive_further(struct mmsghdr *h, int flags)
{
    static const struct item flood = {.bytes = "flood", .len = 5, .flags = MSG_EOR, .id = 1};
    struct item end;

    assert_true(os.now < LATER);
    for (sctp_assoc_t id = 1; id < IDS; id++)
        if (os.lost[id]) {
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

    assert_int_equal(fd, FD);
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

    assert_int_equal(fd, FD);
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
static void batch(void (*before)(void))
{
    assert_true(os.length < BATCHES);
    os.script[os.length++] = (struct batch){.before = before, .err = EAGAIN};
}

static struct item *another(void)
{
    struct batch *b = &os.script[os.length - 1];

    assert_true(os.length && b->count < ITEMS);
    return &b->items[b->count++];
}

static void change(sctp_assoc_t id, uint16_t state)
{
    make_change(another(), id, state);
}

static void dry(sctp_assoc_t id)
{
    const struct sctp_sender_dry_event d = {.sender_dry_type = SCTP_SENDER_DRY_EVENT,
                                            .sender_dry_length = sizeof(d),
                                            .sender_dry_assoc_id = id};
    struct item *item = another();

    *item = (struct item){.len = sizeof(d), .flags = MSG_EOR | MSG_NOTIFICATION};
    memcpy(item->bytes, &d, sizeof(d));
}

static void fragment(sctp_assoc_t id, const char *text, size_t len, bool last)
{
    struct item *item = another();

    *item = (struct item){.len = len, .flags = last ? MSG_EOR : 0, .id = id};
    snprintf((char *)item->bytes, sizeof(item->bytes), "%s", text);
}

static void message(sctp_assoc_t id, const char *text)
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
static void note(const char *fmt, ...)
{
    size_t used = strlen(events);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(events + used, sizeof(events) - used, fmt, ap);
    va_end(ap);
}

static void on_up(struct unp_server *s, struct unp_association *a)
{
    assert_ptr_equal(s, &srv);
    note("up %d %u/%u;", a->id, a->ostreams, a->istreams);
}

static void on_message(struct unp_server *s, struct unp_association *a,
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

static void on_closed(struct unp_server *s, struct unp_association *a,
                      const struct sctp_assoc_change *why)
{
    assert_ptr_equal(unp_table_find(&s->associations, a->id), a);
    note("closed %d %u;", a->id, why->sac_state);
}

static bool on_tick(struct unp_server *s)
{
    return busy;
}

static void on_shutting_down(struct unp_server *s)
{
    note("shutting down;");
}

static void on_forget(struct unp_server *s, struct unp_association *a)
{
    note("forget %d;", a->id);
    s->memory.used -= a->user_bytes;
    a->user_bytes = 0;
}

static bool on_evict(struct unp_server *s, size_t least, const char *why)
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

static void take_message(struct unp_server *s, struct unp_association *a,
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
static long blocks_before;

/* Starts a server that blocks on its output, a stream in memory. */
static int start(void **state)
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
static void run(void)
{
    if (setjmp(os.end) == 0)
        unp_server_run(&srv);
}

static void remove_one(struct unp_association *a, void *arg)
{
    *(struct unp_association **)arg = a;
}

/* For a server that the end of the script has interrupted: it has freed nothing. */
static int stop(void **state)
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
    if (blocks != blocks_before)
        print_error("%ld blocks of memory are not freed\n", blocks - blocks_before);
    return blocks == blocks_before ? 0 : -1;
}

/* For a server that has ended by itself. */
static int is_freed(void **state)
{
    free(printed);
    if (blocks != blocks_before)
        print_error("%ld blocks of memory are not freed\n", blocks - blocks_before);
    return blocks == blocks_before ? 0 : -1;
}

static struct unp_association *association(sctp_assoc_t id)
{
    struct unp_association *a = unp_table_find(&srv.associations, id);

    assert_non_null(a);
    return a;
}

#define SERVES(f)       UNIT_TEST_WITH(f, start, stop, NULL)
#define SERVES_LEAST(f) UNIT_TEST_WITH(f, start, stop, &least_service)
#define ENDS(f)         UNIT_TEST_WITH(f, start, is_freed, NULL)

/* ---- start ------------------------------------------------------------------- */

SERVES(a_started_server_prints_its_port_and_waits_for_a_second)
{
    assert_int_equal(srv.fd, FD);
    assert_int_equal(srv.setup.port, PORT);
    assert_string_equal(printed, "server_test: listening on port 4711; Ctrl-C ends it\n");
    assert_int_equal(os.timeout, 1000);
    assert_int_equal(os.backlog, 4096);
    assert_int_equal(os.set_buffer, 8388608);
    assert_true(os.dry);
    assert_false(os.send_failed);
    assert_int_equal(srv.setup.ostreams, 10);
    assert_int_equal(srv.max_message, 2000);
    assert_int_equal(srv.max_queue, DEFAULT_MAX_QUEUE);
    assert_int_equal(srv.memory.limit, 1000000);
}

static bool ignores(int signo)
{
    struct sigaction act;

    sigaction(signo, NULL, &act);
    return act.sa_handler == SIG_IGN;
}

SERVES(signals_interrupt_a_call)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct sigaction act;

    for (size_t i = 0; i < COUNT(signals); i++) {
        assert_int_equal(sigaction(signals[i], NULL, &act), 0);
        assert_true(act.sa_handler != SIG_DFL && act.sa_handler != SIG_IGN);
        assert_false(act.sa_flags & SA_RESTART);
    }
    assert_false(ignores(SIGPIPE)); /* this server blocks on its output */
}

/* Writes the settings of a server after its start. */
static void start_other(void *arg)
{
    struct unp_server *other = arg;
    struct unp_line *line;

    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    memset(&os, 0, sizeof(os));
    os.buffer = 1500000;
    os.shared = other->memory.limit == 1;
    if (other->memory.limit == 2)
        os.refuse = SCTP_SENDER_DRY_EVENT;
    os.no_addresses = other->memory.limit == 3;
    other->service = &service;
    Unp_server_start(other);
    fprintf(stderr, "max_message %zu, max_queue %zu, buffer %d, streams %u, send_failed %d, ",
            other->max_message, other->max_queue, os.set_buffer, other->setup.ostreams,
            os.send_failed);
    fprintf(stderr, "default limit %d, SIGPIPE %s, ", other->memory.limit == unp_memory_default(),
            ignores(SIGPIPE) ? "ignored" : "ends it");
    line = unp_line_new();
    fprintf(stderr, "%s\n", line->f == stdout ? "blocks" : "a thread prints");
}

static int started(struct unp_server other, char *err, size_t size)
{
    return in_child(start_other, &other, err, size);
}

UNIT_TEST(settings_of_0_mean_their_defaults)
{
    char err[2000];

    assert_int_equal(started((struct unp_server){0}, err, sizeof(err)), 0);
    assert_string_equal(err, "max_message 1048576, max_queue 4194304, buffer 8388608, streams 10, "
                             "send_failed 0, default limit 1, SIGPIPE ignored, blocks\n");
}

UNIT_TEST(a_queue_holds_four_of_the_largest_messages)
{
    char err[2000];

    assert_int_equal(started((struct unp_server){.max_message = 1000000}, err, sizeof(err)), 0);
    assert_contains(err, "max_message 1000000, max_queue 4194304, buffer 8388608,");
    assert_int_equal(started((struct unp_server){.max_message = 1048577,
                                                 .setup.ostreams = 3,
                                                 .memory.limit = 5,
                                                 .verbose = true},
                             err, sizeof(err)),
                     0);
    assert_string_equal(err, "max_message 1048577, max_queue 4194308, buffer 8388616, streams 3, "
                             "send_failed 1, default limit 0, SIGPIPE ignored, a thread prints\n");
    assert_int_equal(started((struct unp_server){.max_message = 1500000,
                                                 .max_queue = 70000,
                                                 .verbose = true,
                                                 .blocks_on_output = true},
                             err, sizeof(err)),
                     0);
    assert_string_equal(err, "max_message 1500000, max_queue 70000, buffer 12000000, streams 10, "
                             "send_failed 1, default limit 1, SIGPIPE ends it, blocks\n");
}

UNIT_TEST(a_message_that_cannot_be_sent_back_is_noted)
{
    char err[2000];

    assert_int_equal(started((struct unp_server){.max_message = 1500001}, err, sizeof(err)), 0);
    assert_contains(err,
                    "server_test: note: messages above 1500000 bytes cannot be sent back here, "
                    "and abort their association; as root, 'sysctl -w "
                    "net.core.wmem_max=1500001' allows 1500001\n"
                    "max_message 1500000,");
}

UNIT_TEST(a_shared_send_buffer_is_noted)
{
    char err[2000];

    assert_int_equal(started((struct unp_server){.memory.limit = 1}, err, sizeof(err)), 0);
    assert_contains(err, "server_test: note: net.sctp.sndbuf_policy is 0: all clients share one");
}

UNIT_TEST(a_server_that_cannot_start_ends_the_program)
{
    char err[2000];

    assert_int_equal(started((struct unp_server){.memory.limit = 2}, err, sizeof(err)), 8);
    assert_contains(err, "setsockopt SCTP_EVENT SCTP_SENDER_DRY_EVENT: Invalid argument");
    assert_int_equal(started((struct unp_server){.memory.limit = 3}, err, sizeof(err)), 8);
    assert_contains(err, "getsockname: Bad file descriptor");
}

/* ---- associations ------------------------------------------------------------- */

SERVES(an_association_is_known_from_its_start_to_its_end)
{
    static const uint16_t ends[] = {SCTP_COMM_LOST, SCTP_SHUTDOWN_COMP, SCTP_CANT_STR_ASSOC};

    for (size_t i = 0; i < COUNT(ends); i++) {
        batch(NULL);
        change(3, SCTP_COMM_UP);
        message(3, "hi");
        change(3, ends[i]);
        message(3, "late");
    }
    run();
    assert_string_equal(events, "up 3 7/9;3 says hi;closed 3 1;up 3 7/9;3 says hi;closed 3 3;"
                                "up 3 7/9;3 says hi;closed 3 4;");
    assert_int_equal(srv.associations.count, 0);
}

SERVES(a_restart_closes_the_old_association)
{
    batch(NULL);
    change(3, SCTP_COMM_UP);
    fragment(3, "half", 4, false);
    change(3, SCTP_RESTART);
    message(3, "hi");
    batch(NULL);
    change(3, 99); /* a state of a later kernel */
    change(4, SCTP_COMM_LOST);
    run();
    assert_string_equal(events, "up 3 7/9;closed 3 2;up 3 7/9;3 says hi;");
    assert_int_equal(srv.associations.count, 1);
}

SERVES_LEAST(without_callbacks_associations_begin_and_end)
{
    batch(NULL);
    change(3, SCTP_COMM_UP);
    message(3, "hi");
    change(3, SCTP_RESTART);
    change(3, SCTP_COMM_LOST);
    run();
    assert_string_equal(events, "3;");
    assert_int_equal(srv.associations.count, 0);
}

SERVES(an_association_without_memory_is_aborted)
{
    if (!CAN_FAIL)
        skip();
    for (unsigned i = 1; i <= 2; i++) { /* the entry, and its node of the tree */
        batch(NULL);
        change((sctp_assoc_t)i, SCTP_COMM_UP);
        fail_in = i;
        run();
        assert_int_equal(fail_in, 0);
        assert_string_equal(events, "");
        assert_string_equal(os.reason[i], "the server is out of memory");
    }
}

SERVES(a_sender_dry_notification_clears_only_its_association)
{
    replies = 1;
    batch(NULL);
    change(3, SCTP_COMM_UP);
    change(4, SCTP_COMM_UP);
    message(3, "a");
    message(4, "b");
    batch(NULL);
    dry(4);
    dry(5);
    run();
    assert_true(association(3)->out.unacked > 0);
    assert_int_equal(association(4)->out.unacked, 0);
}

/* ---- messages ------------------------------------------------------------------- */

SERVES(a_message_above_the_limit_aborts_its_association)
{
    batch(NULL);
    change(3, SCTP_COMM_UP);
    change(4, SCTP_COMM_UP);
    fragment(3, "just", 2000, true);
    fragment(3, "more", 2001, true);
    batch(NULL);
    message(3, "after it");
    message(4, "hi");
    run();
    assert_string_equal(events, "up 3 7/9;up 4 7/9;3 says just;4 says hi;");
    assert_string_equal(os.reason[3], "message larger than 2000 bytes");
    assert_string_equal(association(3)->close_reason, "message larger than 2000 bytes");
}

SERVES(other_failures_to_receive_are_for_want_of_memory)
{
    batch(NULL);
    change(3, SCTP_COMM_UP);
    run();
    assert_ptr_equal(srv.in.reassembly_of(&srv, 3), &association(3)->in);
    srv.in.failed(&srv, 0, ENOMEM); /* a notification: no association */
    assert_string_equal(os.reason[3], "");
    srv.in.failed(&srv, 3, ENOMEM);
    assert_string_equal(os.reason[3], "the server is out of memory");
}

/* ---- waiting ---------------------------------------------------------------------- */

static void is_busy(void)
{
    assert_int_equal(os.timeout, 1000);
    assert_int_equal(os.timeouts, 1);
    busy = true;
}

static void is_idle(void)
{
    assert_int_equal(os.timeout, 20);
    assert_int_equal(os.timeouts, 2);
    busy = false;
}

SERVES(the_server_waits_20_ms_when_the_program_is_busy)
{
    batch(NULL);
    batch(is_busy);
    batch(NULL);
    batch(is_idle);
    run();
    assert_int_equal(os.timeout, 1000);
    assert_int_equal(os.timeouts, 3);
    assert_int_equal(os.polls, 0);
}

static void has_no_room(void)
{
    os.send_error = EAGAIN;
}

static void has_room(void)
{
    assert_int_equal(os.timeout, 20);
    os.send_error = 0;
}

SERVES(the_server_waits_20_ms_while_the_stack_has_no_room)
{
    replies = 1;
    batch(has_no_room);
    change(3, SCTP_COMM_UP);
    message(3, "hi");
    batch(has_room);
    run();
    assert_int_equal(os.timeout, 1000);
    assert_int_equal(association(3)->out.queued, 0);
}

SERVES(an_error_of_the_socket_makes_the_server_pause)
{
    static const int errors[] = {EAGAIN, EINTR, EBADF, ENOMEM};

    for (size_t i = 0; i < COUNT(errors); i++) {
        batch(NULL);
        os.script[i].err = errors[i];
    }
    run();
    assert_int_equal(os.polls, 2);
    assert_int_equal(os.now, 1 + 4 * 1000 + 2 * 20);
}

/* ---- memory ------------------------------------------------------------------------ */

static void three_associations(void)
{
    batch(NULL);
    change(1, SCTP_COMM_UP);
    change(2, SCTP_COMM_UP);
    change(3, SCTP_COMM_UP);
    run();
    events[0] = '\0';
}

/* The memory of all kinds is added up. */
SERVES(the_association_with_most_memory_is_aborted)
{
    three_associations();
    association(1)->user_bytes = 1000;
    association(2)->user_bytes = 700;
    association(2)->in.allocated = 400;
    association(3)->user_bytes = 600;
    association(3)->out.queued = 450;
    srv.memory.used = srv.memory.limit + 1;
    unp_server_make_room(&srv);
    assert_string_equal(events, "forget 2;");
    assert_int_equal(least_asked, 1100);
    assert_string_equal(os.reason[2],
                        "the server's memory limit is reached, and this client uses most of it");
    association(2)->in.allocated = 0;
    srv.memory.used = srv.memory.limit + 1;
    unp_server_make_room(&srv);
    assert_string_equal(events, "forget 2;forget 3;");
    association(3)->out.queued = 0;
}

SERVES(at_the_limit_no_association_is_aborted)
{
    three_associations();
    association(2)->user_bytes = 1000;
    srv.memory.used = srv.memory.limit;
    unp_server_make_room(&srv);
    assert_string_equal(events, "");
    srv.memory.used++;
    for (int i = 1; i <= 3; i++)
        association(i)->user_bytes = 0; /* none has anything */
    unp_server_make_room(&srv);
    assert_string_equal(events, "");
    assert_string_equal(os.reason[1], "");
}

SERVES(an_association_is_aborted_once)
{
    three_associations();
    association(2)->user_bytes = 1000;
    association(2)->close_reason = "before";
    srv.memory.used = srv.memory.limit + 1;
    unp_server_make_room(&srv);
    assert_string_equal(events, "forget 2;");
    assert_string_equal(os.reason[2], "");
    assert_string_equal(association(2)->close_reason, "before");
}

SERVES(a_larger_item_of_the_program_is_evicted_first)
{
    three_associations();
    association(2)->user_bytes = 1000;
    room_elsewhere = 1001;
    srv.memory.used = srv.memory.limit + 1;
    unp_server_make_room(&srv);
    assert_string_equal(events, "evict;");
    room_elsewhere = 1000;
    srv.memory.used = srv.memory.limit + 1;
    unp_server_make_room(&srv);
    assert_string_equal(events, "evict;forget 2;");
    srv.memory.used = 0;
}

SERVES_LEAST(without_callbacks_memory_is_bounded)
{
    three_associations();
    batch(NULL);
    srv.memory.limit = 3000;
    fragment(2, "half", 2000, false);
    fragment(3, "half", 1900, false);
    message(2, "its end");
    message(3, "its end");
    run();
    assert_string_equal(events, "3;");
    assert_int_equal(srv.memory.used, 0);
}

/* The first two fragments exceed the limit before a message is complete. */
SERVES(fragments_are_bounded_within_a_batch)
{
    three_associations();
    srv.memory.limit = 3000;
    batch(NULL);
    fragment(2, "half", 1800, false);
    fragment(3, "half", 1700, false);
    message(2, "its end");
    message(3, "its end");
    run();
    assert_string_equal(events, "forget 2;3 says half;");
}

SERVES(memory_of_the_program_is_bounded_after_each_message)
{
    three_associations();
    srv.memory.limit = bytes_each = 500;
    batch(NULL);
    message(2, "a");
    message(2, "b");
    message(2, "c");
    run();
    assert_string_equal(events, "2 says a;2 says b;forget 2;");
}

static void has_used_memory(void)
{
    association(2)->user_bytes = 1000;
    srv.memory.used = srv.memory.limit + 1;
}

SERVES(memory_of_other_threads_is_bounded_after_each_batch)
{
    three_associations();
    batch(has_used_memory);
    run();
    assert_string_equal(events, "forget 2;");
}

SERVES(a_send_queue_is_bounded_within_a_message)
{
    three_associations();
    srv.memory.limit = 3 * unp_sender_weight(1000);
    association(2)->out.state = SENDQ_BLOCKED_ON_PEER;
    replies = 9;
    batch(NULL);
    message(2, "a");
    run();
    assert_string_equal(events, "2 says a;forget 2;ended at 4;");
}

/* ---- the end of an association ----------------------------------------------------- */

SERVES(an_association_with_an_empty_queue_is_shut_down_once)
{
    static const char why[] = "enough";
    const struct sctp_sndinfo snd = {.snd_assoc_id = 2};
    const struct unp_message last = {.data = (unsigned char *)(uintptr_t) "last", .len = 4};

    three_associations();
    unp_sender_send(srv.out, association(2), &last, &snd);
    assert_true(unp_server_finish(&srv, association(2), why));
    assert_true(os.eof[2]);
    assert_ptr_equal(association(2)->close_reason, why);
    os.eof[2] = 0;
    assert_false(unp_server_finish(&srv, association(2), "again"));
    assert_false(os.eof[2]);
    association(3)->out.state = SENDQ_BLOCKED_ON_PEER;
    assert_false(unp_server_finish(&srv, association(3), why));
    assert_null(association(3)->close_reason);
    assert_false(os.eof[3]);
}

/* The stack has no room for what is in the batch, which the shutdown may not overtake. */
SERVES(a_shutdown_does_not_overtake_messages)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = 2};
    const struct unp_message last = {.data = (unsigned char *)(uintptr_t) "last", .len = 4};

    three_associations();
    unp_sender_send(srv.out, association(2), &last, &snd);
    os.send_error = EAGAIN;
    assert_false(unp_server_finish(&srv, association(2), "enough"));
    assert_false(os.eof[2]);
}

/* ---- reports ------------------------------------------------------------------------ */

/* Sends standard output to a stream in memory. */
static void catch_output(void)
{
    free(printed);
    console = stdout;
    stdout = open_memstream(&printed, &printed_len);
}

static const char *caught(void)
{
    fclose(stdout);
    stdout = console;
    return printed;
}

/* The line about a notification; "": none. */
static const char *report(const void *notification, size_t len)
{
    union sctp_notification n;

    memcpy(&n, notification, len);
    catch_output();
    unp_server_report(&srv, &n, len);
    return caught();
}

static const char *report_change(sctp_assoc_t id, uint16_t state)
{
    struct item item;

    make_change(&item, id, state);
    return report(item.bytes, item.len);
}

SERVES(an_association_is_reported_with_its_peer_when_it_comes_up)
{
    assert_string_equal(report_change(3, SCTP_COMM_UP),
                        "association 3 up: 7 streams out, 9 in, peer 0.0.0.0 port 4711\n");
    assert_string_equal(report_change(3, SCTP_RESTART),
                        "association 3 restarted by the peer: 7 streams out, 9 in, peer 0.0.0.0 "
                        "port 4711\n");
    assert_string_equal(report_change(4, SCTP_COMM_UP),
                        "association 4 up: 7 streams out, 9 in\n"); /* it has ended already */
    assert_string_equal(report_change(3, SCTP_COMM_LOST), "association 3 lost: no cause given\n");
}

SERVES(an_end_is_reported_with_the_reason_of_this_server)
{
    three_associations();
    assert_string_equal(report_change(3, SCTP_COMM_LOST), "association 3 lost: no cause given\n");
    association(3)->close_reason = "enough";
    assert_string_equal(report_change(3, SCTP_COMM_LOST),
                        "association 3 lost: no cause given (by this server: enough)\n");
    srv.json = true;
    assert_string_equal(report_change(3, SCTP_COMM_LOST),
                        "{\"event\":\"assoc_change\",\"state\":\"comm_lost\",\"error\":0,"
                        "\"outbound_streams\":7,\"inbound_streams\":9,\"assoc_id\":3,"
                        "\"causes\":[],\"ended_here\":\"enough\"}\n");
    assert_null(strstr(report_change(2, SCTP_COMM_LOST), "ended_here"));
}

SERVES(a_failed_send_is_reported_while_its_association_is_up)
{
    const struct sctp_send_failed_event failed = {
        .ssf_type = SCTP_SEND_FAILED_EVENT, .ssf_length = sizeof(failed), .ssf_assoc_id = 3};
    struct sctp_send_failed_event unknown = failed;

    three_associations();
    unknown.ssf_assoc_id = 9;
    assert_contains(report(&failed, sizeof(failed)), "association 3: message of 0 bytes");
    assert_string_equal(report(&unknown, sizeof(unknown)), "");
    association(3)->close_reason = "enough";
    assert_string_equal(report(&failed, sizeof(failed)), "");
    srv.json = true;
    assert_contains(report(&failed, sizeof(failed)), "\"send_failed\"");
    assert_contains(report(&unknown, sizeof(unknown)), "\"send_failed\"");
}

SERVES(an_acknowledgement_is_not_reported)
{
    const struct sctp_sender_dry_event d = {.sender_dry_type = SCTP_SENDER_DRY_EVENT,
                                            .sender_dry_length = sizeof(d)};

    assert_string_equal(report(&d, sizeof(d)), "");
    srv.json = true;
    assert_string_equal(report(&d, sizeof(d)), "");
}

SERVES(only_a_verbose_server_reports)
{
    batch(NULL);
    change(4, SCTP_COMM_UP);
    catch_output();
    run();
    assert_string_equal(caught(), "");
    srv.verbose = true;
    batch(NULL);
    change(5, SCTP_COMM_UP);
    catch_output();
    run();
    assert_string_equal(caught(), "association 5 up: 7 streams out, 9 in\n");
}

SERVES(reports_may_begin_with_the_time)
{
    unp_print_times = true;
    os.now = 0;
    assert_contains(report_change(4, SCTP_COMM_UP), "1970-01-01T");
    catch_output();
    unp_server_report_listening(&srv);
    assert_contains(caught(), "1970-01-01T");
    unp_print_times = false;
    srv.json = true;
    catch_output();
    unp_server_report_listening(&srv);
    assert_string_equal(caught(), "{\"event\":\"listening\",\"port\":4711}\n");
}

/* ---- the end of the server, which these tests reach by a signal: they come last ------ */

static void interrupt(void)
{
    raise(SIGTERM);
}

/* Associations 1 and 2 are up. */
static void up_and_signalled(void)
{
    os.goes_on = true;
    batch(NULL);
    change(1, SCTP_COMM_UP);
    change(2, SCTP_COMM_UP);
}

ENDS(received_messages_are_answered_before_the_shutdown)
{
    os.goes_on = true;
    batch(NULL);
    change(1, SCTP_COMM_UP);
    change(2, SCTP_COMM_UP);
    batch(interrupt);
    message(1, "a");
    batch(NULL);
    message(2, "b");
    batch(NULL);
    message(1, "c");
    batch(NULL); /* nothing more */
    batch(NULL);
    change(2, SCTP_SHUTDOWN_COMP);
    batch(NULL);
    change(1, SCTP_SHUTDOWN_COMP);
    run();
    assert_string_equal(events, "up 1 7/9;up 2 7/9;1 says a;2 says b;1 says c;shutting down;"
                                "closed 2 3;closed 1 3;");
    assert_true(os.eof[1] && os.eof[2] && os.closed);
    assert_string_equal(os.reason[1], "");
    assert_string_equal(os.reason[2], "");
    assert_int_equal(os.backlog, 0);
    assert_int_equal(os.at, os.length);
}

/* From here on the signal has come before the server runs. */
ENDS(a_server_without_associations_ends_at_once)
{
    os.goes_on = true;
    run();
    assert_string_equal(events, "shutting down;");
    assert_true(os.closed);
    assert_int_equal(os.now, 1);
}

UNIT_TEST_WITH(without_callbacks_a_server_ends, start, is_freed, &least_service)
{
    os.goes_on = true;
    run();
    assert_string_equal(events, "");
    assert_true(os.closed);
}

ENDS(peers_that_do_not_answer_are_aborted_after_5_s)
{
    up_and_signalled();
    run();
    assert_true(os.eof[1] && os.eof[2]);
    assert_string_equal(os.reason[1], "the server is leaving");
    assert_string_equal(os.reason[2], "the server is leaving");
    assert_in_range(os.aborted[1], 5001, 5020);
    assert_int_equal(os.waits, 250); /* 20 ms each */
    assert_string_equal(events, "up 1 7/9;up 2 7/9;shutting down;closed 1 1;closed 2 1;");
}

ENDS(a_busy_program_does_not_delay_the_end)
{
    up_and_signalled();
    busy = true;
    run();
    assert_in_range(os.aborted[1], 5001, 5020);
}

static int64_t interrupted_at;

static void interrupt_late(void)
{
    interrupted_at = os.now;
    raise(SIGINT);
}

ENDS(a_second_signal_aborts_at_once)
{
    up_and_signalled();
    batch(NULL);
    batch(NULL);
    batch(interrupt_late);
    run();
    assert_string_equal(os.reason[1], "the server is leaving");
    assert_in_range(os.aborted[1], interrupted_at, interrupted_at + 20);
    assert_in_range(interrupted_at, 1, 100);
    /* The notifications of the aborts are read. */
    assert_string_equal(events, "up 1 7/9;up 2 7/9;shutting down;closed 1 1;closed 2 1;");
}

ENDS(a_flood_does_not_keep_a_server_from_ending)
{
    up_and_signalled();
    os.flood_ms = 400;
    run();
    assert_string_equal(os.reason[1], "the server is leaving");
    assert_in_range(os.aborted[1], 5001, 5800);
}

ENDS(a_second_signal_ends_a_flood)
{
    up_and_signalled();
    batch(interrupt_late);
    message(1, "a");
    os.flood_ms = 400;
    run();
    assert_int_equal(os.aborted[1], 1);
}

ENDS(queued_messages_are_sent_before_the_shutdown)
{
    replies = 1;
    os.goes_on = true;
    batch(NULL);
    change(1, SCTP_COMM_UP);
    batch(has_no_room);
    message(1, "a");
    for (int i = 0; i < 5; i++)
        batch(NULL);
    batch(has_room);
    run();
    assert_in_range(os.eof[1], 80, 120);
    assert_in_range(os.aborted[1], 5001, 5020);
}

int main(void)
{
    tzset(); /* which keeps memory */
    return run_all_tests(NULL, NULL);
}
