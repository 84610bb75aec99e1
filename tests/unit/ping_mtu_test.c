/* The sweep of sctp_ping --mtu: tools/ping/check_mtu.c; and heartbeats while DATA stalls:
 * check_echo.c. */
#include "../../tools/ping/check.h"
#include "output.h"
#include "unit.h"

#include <arpa/inet.h>
#include <sys/syscall.h>
#include <time.h>

enum { FD = 951, ID = 7, MS = 1000, SECOND = 1000000 };

/* The path, which a test sets. */
static struct {
    size_t most;     /* fragmentation point */
    size_t limit;    /* bytes of the largest message that arrives */
    size_t reported; /* a router reports this fragmentation point, when a larger message was sent */
    int connects;    /* times that connecting succeeds */
    unsigned fail;   /* waits until an acknowledgement arrives */
    bool heartbeats; /* pass */
    bool full;       /* no message can be sent */
} will;

static struct ping p;
static struct check k;
static struct ping_path path;
static int64_t now;
static size_t in_flight; /* bytes of the unacknowledged message; 0: none */
static unsigned connects, closes, sent, beats;
static char verdict[1000];
static int status;

int clock_gettime(clockid_t id, struct timespec *ts)
{
    *ts = (struct timespec){.tv_sec = now / SECOND, .tv_nsec = now % SECOND * 1000};
    return 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    struct sctp_status *s = value;

    if (fd != FD)
        return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
    if (name == SCTP_RTOINFO)
        return 0;
    assert_int_equal(name, SCTP_STATUS);
    s->sstat_unackdata = in_flight && (in_flight > will.limit || will.fail);
    s->sstat_fragmentation_point = (uint32_t)will.most;
    ((struct sockaddr *)&s->sstat_primary.spinfo_address)->sa_family = AF_INET;
    return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    assert_int_equal(fd, FD);
    if (name == SCTP_RTOINFO) /* no retransmission within the wait */
        assert_true(((const struct sctp_rtoinfo *)value)->srto_min > p.asked.interval / MS);
    else
        assert_int_equal(name, SCTP_DISABLE_FRAGMENTS);
    return 0;
}

void Setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    setsockopt(fd, level, name, value, len);
}

bool unp_client_assoc_send(struct unp_client_assoc *a, const void *data, size_t len,
                           struct sctp_sndinfo *snd, const struct sctp_prinfo *pr)
{
    a->error = 0;
    if (will.full)
        return false;
    assert_int_equal(in_flight, 0);
    assert_int_equal(snd->snd_flags, SCTP_SACK_IMMEDIATELY);
    if (len > will.most) {
        a->error = EMSGSIZE;
        return false;
    }
    if (will.reported && len > will.reported)
        will.most = will.reported;
    sent++;
    in_flight = len;
    return true;
}

bool ping_send(struct ping *ping)
{
    in_flight = p.asked.size;
    p.count.all.sent++;
    p.last_sent = now;
    return true;
}

void unp_client_assoc_close(struct unp_client_assoc *a)
{
    closes += a->fd >= 0;
    a->fd = -1;
    in_flight = 0;
}

static void up(void)
{
    p.a.fd = FD;
    p.a.id = ID;
    p.a.ostreams = 10;
}

int ping_connect(struct ping *ping, const struct unp_client *client, char *why, size_t size)
{
    assert_string_equal(client->host, k.address);
    if (will.connects-- <= 0)
        return EXIT_NO_ANSWER;
    connects++;
    up();
    return EXIT_OK;
}

void ping_wait(struct ping *ping, int64_t us)
{
    assert_true(us > 0);
    now += us < 100 * MS ? us : 100 * MS;
    if (in_flight && in_flight <= will.limit && !will.fail)
        in_flight = 0;
    else if (will.fail && in_flight && in_flight <= will.limit)
        will.fail--;
}

int64_t check_time_left(const struct check *check)
{
    return k.end - now;
}

const char *ping_path_state(const struct ping_path *one)
{
    return "";
}

void ping_demand_heartbeat(const struct ping *ping, const struct ping_path *to)
{
    beats++;
}

int ping_paths_ask(struct ping_paths *paths, int fd, sctp_assoc_t id)
{
    path.answers = beats && will.heartbeats;
    return 0;
}

int ping_paths_watch(struct ping_paths *paths, int fd, sctp_assoc_t id)
{
    return 0;
}

int check_tell(const struct check *check, int result, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(verdict, sizeof(verdict), fmt, ap);
    va_end(ap);
    return result;
}

int check_tell_lost(const struct check *check)
{
    return check_tell(check, EXIT_LOST, "lost");
}

static int start(void **state)
{
    memset(&will, 0, sizeof(will));
    memset(&p, 0, sizeof(p));
    memset(&k, 0, sizeof(k));
    memset(&path, 0, sizeof(path));
    will.most = 1452;
    will.limit = SIZE_MAX;
    will.connects = 1000;
    will.heartbeats = true;
    now = in_flight = connects = closes = sent = beats = 0;
    k.p = &p;
    k.end = 60 * SECOND;
    strcpy(k.address, "10.0.0.1");
    p.asked.interval = SECOND / 2;
    p.asked.client.port = 9877;
    p.asked.size = 56;
    path.known = true;
    p.paths = (struct ping_paths){.path = &path, .count = 1};
    up();
    return 0;
}

static void sweep(int result, const char *text)
{
    status = check_mtu(&k);
    assert_string_equal(verdict, text);
    assert_int_equal(status, result);
}

UNIT_TEST(where_the_largest_message_passes_one_is_enough)
{
    sweep(EXIT_OK,
          "10.0.0.1 port 9877: messages of up to 1452 bytes pass in one packet, of 1500 bytes");
    assert_int_equal(sent, 1);
    assert_int_equal(connects, 0);
    assert_int_equal(closes, 0);
}

#define LIMIT_IF(first, packet, how)                                                               \
    "10.0.0.1 port 9877: small messages pass, from " #first                                        \
    " bytes on none does: packets of more than " #packet                                           \
    " bytes are lost, and no router reports it; does a firewall drop ICMP? ('" how                 \
    "' makes this host send smaller packets)"
#define LIMIT(first, packet) LIMIT_IF(first, packet, "ip route' with 'mtu " #packet)

UNIT_TEST(the_sweep_finds_each_limit)
{
    for (size_t limit = 4; limit < 1452; limit += 4) {
        char first[60];

        start(NULL);
        will.limit = limit;
        assert_int_equal(check_mtu(&k), EXIT_DATA_LOST);
        snprintf(first, sizeof(first), " from %zu bytes on none does", limit + 1);
        assert_non_null(strstr(verdict, first));
        assert_int_equal(closes, connects + (p.a.fd < 0));
        assert_true(sent < 24);
    }
    start(NULL);
    will.limit = 1234;
    sweep(EXIT_DATA_LOST, LIMIT(1233, 1280));
    start(NULL);
    will.limit = 1234;
    k.over_udp = true;
    sweep(EXIT_DATA_LOST,
          LIMIT_IF(1233, 1288, "-O peer_addr_params.pathmtu=1248,flags=pmtud_disable"));
    start(NULL);
    will.limit = 1234;
    k.over_udp = true;
    strcpy(k.address, "2001:db8::1");
    assert_int_equal(check_mtu(&k), EXIT_DATA_LOST);
    assert_non_null(strstr(verdict, "more than 1308 bytes"));
}

UNIT_TEST(a_single_lost_packet_does_not_make_a_limit)
{
    will.fail = 501; /* waits of 1 ms */
    sweep(EXIT_OK,
          "10.0.0.1 port 9877: messages of up to 1452 bytes pass in one packet, of 1500 bytes");
    assert_int_equal(sent, 2);
    assert_int_equal(connects, 1);
}

UNIT_TEST(a_router_that_reports_its_mtu_is_believed)
{
    will.reported = 1232; /* the first message arrives in IP fragments */
    sweep(EXIT_OK, "10.0.0.1 port 9877: messages of up to 1232 bytes pass in one packet, of 1280 "
                   "bytes, the MTU that a router reports");
    assert_int_equal(sent, 2);
    start(NULL);
    will.reported = will.limit = 1232; /* it does not arrive */
    sweep(EXIT_OK, "10.0.0.1 port 9877: messages of up to 1232 bytes pass in one packet, of 1280 "
                   "bytes, the MTU that a router reports");
    start(NULL);
    will.reported = 1232; /* and another router does not report its own */
    will.limit = 1000;
    sweep(EXIT_DATA_LOST, LIMIT(1001, 1048));
}

UNIT_TEST(where_not_even_a_small_message_passes_heartbeats_are_sent)
{
    will.limit = 0;
    sweep(EXIT_DATA_LOST, "10.0.0.1 port 9877: heartbeats pass, DATA does not: even 4 bytes were "
                          "not acknowledged; does a firewall drop DATA?");
    assert_int_equal(beats, 1);
    start(NULL);
    will.limit = 0;
    will.heartbeats = false;
    sweep(EXIT_DATA_LOST, "10.0.0.1 port 9877: the association comes up, DATA does not: even 4 "
                          "bytes were not acknowledged; does a firewall drop DATA?");
    assert_in_range(now, 2500 * MS, 2501 * MS);
    start(NULL);
    will.limit = 0;
    will.heartbeats = false;
    k.end = 2200 * MS;
    assert_int_equal(check_mtu(&k), EXIT_DATA_LOST);
    assert_in_range(now, 2200 * MS, 2201 * MS);
}

UNIT_TEST(without_time_or_association_the_line_tells_what_is_known)
{
    will.limit = 1000;
    k.end = 3 * SECOND;
    sweep(EXIT_DATA_LOST,
          "10.0.0.1 port 9877: 996 bytes pass, 1088 bytes do not; the time was up (-w)");
    start(NULL);
    will.limit = 1000;
    will.connects = 2;
    sweep(EXIT_DATA_LOST,
          "10.0.0.1 port 9877: 728 bytes pass, 1452 bytes do not; then the association was lost");
    start(NULL);
    will.full = true;
    sweep(EXIT_LOST, "10.0.0.1 port 9877: no size passed; then the association was lost");
}

/* ---- --check ----------------------------------------------------------------------- */

UNIT_TEST(when_data_stalls_heartbeats_are_sent)
{
    k.end = 4 * SECOND;
    will.limit = 0;
    assert_int_equal(check_echo(&k), EXIT_DATA_LOST);
    assert_string_equal(verdict,
                        "10.0.0.1 port 9877: heartbeats pass, DATA does not: 56 bytes were "
                        "not acknowledged in 4.0 s: does a firewall drop DATA?");
    assert_int_equal(beats, 1); /* one is answered */
    start(NULL);
    k.end = 4 * SECOND;
    will.limit = 0;
    p.asked.size = 1000;
    assert_int_equal(check_echo(&k), EXIT_DATA_LOST);
    assert_string_equal(verdict, "10.0.0.1 port 9877: heartbeats pass, DATA does not: 1000 bytes "
                                 "were not acknowledged in 4.0 s: are such packets larger than the "
                                 "path's MTU (try --mtu), or does a firewall drop DATA?");
    start(NULL);
    k.end = 4 * SECOND;
    will.limit = 0;
    will.heartbeats = false;
    assert_int_equal(check_echo(&k), EXIT_NO_ECHO);
    assert_int_equal(beats, 6); /* every half second, after the first */
    start(NULL);
    k.end = 4 * SECOND;
    assert_int_equal(check_echo(&k), EXIT_NO_ECHO);
    assert_int_equal(beats, 0);
}

int main(void)
{
    return run_all_tests(start, NULL);
}
