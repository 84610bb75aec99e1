/* The heartbeats of sctp_ping --heartbeat, and how an answer is recognized: tools/ping/beat.c. */
#include "../../tools/ping/ping.h"
#include "output.h"
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

enum { FD = 951, ID = 7, MS = 1000, PATHS = 2 };

static struct ping p;
static int64_t now; /* us */

/* The stack: what the RTO of each path is, and what was set. */
static uint32_t rto[PATHS];
static struct sctp_rtoinfo set;
static bool lost[PATHS]; /* heartbeats to the path are not answered */
static bool unanswered[PATHS];
static int64_t answer[PATHS]; /* when the answer comes; 0: none is outstanding */
static int64_t rtt;
static unsigned measured; /* RTO that the round-trip times would give, ms */
static uint32_t srtt;     /* that the next answer leads to */
static uint32_t smoothed[PATHS];

int64_t ping_now(void)
{
    return now;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
    assert_int_equal(time->tv_sec, 0);
    now += time->tv_nsec / 1000;
    return 0;
}

void ping_wait(struct ping *ping, int64_t us)
{
    now += us;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    if (fd != FD)
        return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
    assert_int_equal(name, SCTP_RTOINFO);
    *(struct sctp_rtoinfo *)value =
        (struct sctp_rtoinfo){.srto_initial = 300, .srto_min = 100, .srto_max = 400};
    return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    assert_int_equal(fd, FD);
    assert_int_equal(name, SCTP_RTOINFO);
    set = *(const struct sctp_rtoinfo *)value;
    assert_true(set.srto_min < set.srto_max);
    assert_in_range(set.srto_initial, set.srto_min, set.srto_max); /* as libusrsctp requires */
    return 0;
}

/* As in Linux: a heartbeat after one that was not answered doubles the RTO. */
static void beat(size_t i)
{
    if (unanswered[i])
        rto[i] = 2 * rto[i] < set.srto_max ? 2 * rto[i] : set.srto_max;
    unanswered[i] = true;
    answer[i] = lost[i] ? 0 : now + rtt;
}

static void measure(size_t i)
{
    answer[i] = 0;
    unanswered[i] = false;
    rto[i] = measured < set.srto_min ? set.srto_min : measured;
    smoothed[i] = srtt;
}

int unp_opt_set(int fd, sctp_assoc_t id, const char *text, char *why, size_t size)
{
    const char *address = strchr(text, '@');

    assert_int_equal(fd, FD);
    assert_int_equal(id, ID);
    if (address)
        beat((size_t)(address[strlen(address) - 1] - '1'));
    else
        note_call("%s", text);
    return 0;
}

int unp_get_path(int fd, sctp_assoc_t id, const struct sockaddr *sa, struct sctp_paddrinfo *info)
{
    size_t i =
        ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) - INADDR_LOOPBACK;

    if (answer[i] && now >= answer[i])
        measure(i);
    info->spinfo_rto = rto[i];
    info->spinfo_srtt = smoothed[i];
    return 0;
}

int ping_paths_ask(struct ping_paths *paths, int fd, sctp_assoc_t id)
{
    for (size_t i = 0; i < paths->count; i++)
        unp_get_path(fd, id, (struct sockaddr *)&paths->path[i].addr, &paths->path[i].info);
    return 0;
}

void ping_print_beat(struct ping *ping, const struct ping_path *path, bool answered)
{
    if (strlen(done) < 1000) /* the first are enough */
        note_call("%s %s %d", answered ? "answer" : "lost", path->name, (int)path->beat_seq);
}

static int start(void **state)
{
    static struct ping_path path[PATHS];

    memset(&p, 0, sizeof(p));
    memset(path, 0, sizeof(path));
    memset(lost, 0, sizeof(lost));
    memset(answer, 0, sizeof(answer));
    memset(unanswered, 0, sizeof(unanswered));
    memset(smoothed, 0, sizeof(smoothed));
    srtt = 0;
    done[0] = '\0';
    now = 1000 * MS;
    rtt = 10 * MS;
    measured = 30;
    p.a.fd = FD;
    p.a.id = ID;
    p.paths.path = path;
    p.paths.count = PATHS;
    for (size_t i = 0; i < PATHS; i++) {
        struct sockaddr_in *sa = (struct sockaddr_in *)&path[i].addr;

        sa->sin_family = AF_INET;
        sa->sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)i);
        snprintf(path[i].name, sizeof(path[i].name), "127.0.0.%zu", i + 1);
        path[i].known = true;
        rto[i] = 300;
    }
    Ping_beats_open(&p);
    assert_done("peer_addr_params.flags=hb_disable|");
    return 0;
}

static int stop(void **state)
{
    ping_count_free(&p.count);
    return 0;
}

/* Sends a round, and waits for `us`. */
static void round_of(int64_t us)
{
    int64_t end = now + us;

    ping_beats_send(&p);
    while (now < end)
        ping_beats_wait(&p, end - now);
}

UNIT_TEST(each_heartbeat_of_each_path_is_answered_once)
{
    for (int i = 0; i < 100; i++)
        round_of(50 * MS);
    assert_int_equal(p.count.all.sent, 200);
    assert_int_equal(p.count.all.received, 200);
    assert_int_equal(ping_beats_outstanding(&p), 0);
    /* 1/64 of 10 ms, which is more than 0.1 ms. */
    assert_in_range(p.count.all.min, 10 * MS, 10 * MS + 160);
    assert_in_range(p.count.all.max, 10 * MS, 10 * MS + 160);
}

UNIT_TEST(a_short_time_is_exact_to_a_tenth_of_a_millisecond)
{
    rtt = 150;
    for (int i = 0; i < 20; i++)
        round_of(50 * MS);
    assert_int_equal(p.count.all.min, 200);
    assert_int_equal(p.count.all.max, 200);
}

/* The times exceed what the minimum RTO allows for: the measured RTO shows. */
UNIT_TEST(an_answer_is_recognized_by_a_measured_rto)
{
    rtt = 200 * MS;
    measured = 550;
    round_of(450 * MS);
    assert_done("answer 127.0.0.1 0|answer 127.0.0.2 0|");
    for (int i = 0; i < 20; i++)
        round_of(450 * MS);
    assert_int_equal(p.count.all.received, 42);
}

/* As after a pause of the machine, which the next measurements forget slowly. */
UNIT_TEST(an_answer_whose_rto_is_the_double_is_recognized_by_its_round_trip_time)
{
    measured = 600;
    srtt = 122;
    round_of(50 * MS);
    assert_done("answer 127.0.0.1 0|answer 127.0.0.2 0|");
}

/* Otherwise an answer to a heartbeat of the stack falsifies the times of all that follow. */
UNIT_TEST(an_address_is_left_alone_for_twice_its_longest_time)
{
    int64_t from = now;

    round_of(15 * MS);
    assert_int_equal(p.count.all.received, 2);
    assert_in_range(ping_beats_free(&p), from + 20 * MS, from + 20 * MS + 400);
    round_of(0);
    assert_int_equal(p.count.all.sent, 2);
    now = ping_beats_free(&p);
    round_of(0);
    assert_int_equal(p.count.all.sent, 4);
}

/* The first answer may be to a heartbeat that the stack sent earlier. */
UNIT_TEST(an_address_is_left_alone_for_twice_the_stacks_own_time_if_that_is_longer)
{
    int64_t from = now;

    srtt = 23;
    round_of(15 * MS);
    assert_int_equal(p.count.all.received, 2);
    assert_int_equal(ping_beats_free(&p), from + 46 * MS);
}

/* The RTO of the dead path doubles up to its maximum, which is no answer. */
UNIT_TEST(heartbeats_to_a_dead_path_are_lost_and_no_others)
{
    lost[1] = true;
    for (int i = 0; i < 400; i++)
        round_of(50 * MS);
    assert_int_equal(p.count.streams[0].sent, 400);
    assert_int_equal(p.count.streams[0].received, 400);
    assert_int_equal(p.count.streams[1].received, 0);
    assert_in_range(p.count.streams[1].sent, 50, 70); /* in 20 s, each with 300 ms and more */
    lost[1] = false;
    for (int i = 0; i < 20; i++)
        round_of(50 * MS);
    assert_in_range(p.count.streams[1].received, 13, 20);
}

UNIT_TEST(as_many_are_sent_to_each_path_as_c_says)
{
    p.asked.count = 2;
    lost[1] = true;
    assert_false(ping_beats_all_sent(&p));
    round_of(50 * MS);
    round_of(50 * MS);
    assert_int_equal(p.count.all.sent, 3); /* one is outstanding */
    assert_false(ping_beats_all_sent(&p));
    round_of(350 * MS);
    round_of(50 * MS);
    round_of(500 * MS);
    assert_int_equal(p.count.all.sent, 4);
    assert_true(ping_beats_all_sent(&p));
    assert_done("answer 127.0.0.1 0|answer 127.0.0.1 1|lost 127.0.0.2 0|lost 127.0.0.2 1|");
}

int main(void)
{
    return run_all_tests(start, stop);
}
