/* The output of sctp_ping: tools/ping/line.c, print.c, summary.c. */
#include "../../tools/ping/ping.h"
#include "output.h"
#include "unit.h"

#include <sys/time.h>
#include <time.h>

static struct ping p;
static struct timeval wall; /* the time of day */
static int64_t now;         /* us */
static bool on_terminal, on_kernel;
static unsigned asked; /* calls of ping_paths_ask() */

int gettimeofday(struct timeval *tv, void *zone)
{
    *tv = wall;
    return 0;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    *ts = (struct timespec){.tv_sec = now / 1000000, .tv_nsec = now % 1000000 * 1000};
    return 0;
}

int isatty(int fd)
{
    assert_int_equal(fd, STDOUT_FILENO);
    return on_terminal;
}

bool unp_is_kernel_socket(int fd)
{
    assert_int_equal(fd, 99);
    return on_kernel;
}

int ping_paths_ask(struct ping_paths *paths, int fd, sctp_assoc_t id)
{
    assert_ptr_equal(paths, &p.paths);
    assert_int_equal(fd, 99);
    assert_int_equal(id, 7);
    asked++;
    return 0;
}

const char *ping_path_state(const struct ping_path *path)
{
    return path->known ? "active" : "not in the association";
}

int sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    struct sockaddr_in *sa = calloc(1, sizeof(*sa));

    assert_int_equal(fd, 99);
    assert_int_equal(id, 7);
    *sa = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(9877), .sin_addr.s_addr = htonl(0x0a000001)};
    *addrs = (struct sockaddr *)sa;
    return 1;
}

int sctp_freepaddrs(struct sockaddr *addrs)
{
    free(addrs);
    return 0;
}

static struct ping_path path[2];

static int start(void **state)
{
    setenv("TZ", "UTC", 1);
    tzset();
    memset(&p, 0, sizeof(p));
    memset(path, 0, sizeof(path));
    wall = (struct timeval){.tv_sec = 1700000000, .tv_usec = 123456};
    now = 5000000;
    on_terminal = on_kernel = false;
    asked = 0;
    p.a.fd = 99;
    p.a.id = 7;
    p.a.ostreams = 10;
    p.a.istreams = 11;
    p.began = 3500000;
    p.asked.client.host = "host";
    p.asked.client.port = 9877;
    p.asked.size = 56;
    p.asked.streams = 2;
    p.paths.path = path;
    strcpy(path[0].name, "10.0.0.1");
    strcpy(path[1].name, "10.0.0.2");
    strcpy(p.paths.primary, "10.0.0.2");
    path[0].info = (struct sctp_paddrinfo){
        .spinfo_srtt = 1, .spinfo_rto = 2, .spinfo_cwnd = 3, .spinfo_mtu = 4};
    path[0].known = true;
    path[0].replies = 5;
    path[1].replies = 1;
    if (ping_count_init(&p.count, 2) < 0)
        return -1;
    return capture_output();
}

static int stop(void **state)
{
    ping_count_free(&p.count);
    release_output();
    return 0;
}

#define PATH_1                                                                                     \
    "{\"addr\":\"10.0.0.1\",\"state\":\"active\",\"primary\":false,\"replies\":5,\"srtt\":1,"      \
    "\"rto\":2,\"cwnd\":3,\"mtu\":4}"
#define TIME "\"time\":1700000000.123456"

/* Counts a message whose reply takes `us` microseconds. */
static void round_trip(uint16_t stream, int64_t us)
{
    uint64_t seq = p.count.all.sent;
    uint16_t back;
    int64_t took;

    ping_count_sent(&p.count, stream, 1000);
    ping_count_reply(&p.count, seq, 1000 + us, &back, &took);
}

/* ---- the clock ---------------------------------------------------------------- */

UNIT_TEST(the_clock_has_microseconds_and_the_time_of_day_milliseconds)
{
    char text[24];

    now = 1234567890123456;
    assert_int_equal(ping_now(), now);
    assert_string_equal(ping_clock(text, sizeof(text)), "22:13:20.123");
    wall.tv_usec = 7999;
    assert_string_equal(ping_clock(text, sizeof(text)), "22:13:20.007");
}

/* ---- while it runs -------------------------------------------------------------- */

UNIT_TEST(the_header_names_the_server_the_size_and_the_streams)
{
    ping_print_start(&p);
    assert_printed("SCTP ping host (10.0.0.1 port 9877): 56 bytes, on 2 of 10 streams\n");
    p.asked.json = true;
    p.paths.count = 1;
    ping_print_start(&p);
    assert_printed("{\"event\":\"start\"," TIME
                   ",\"mode\":\"echo\",\"host\":\"host\",\"port\":9877,\"size\":56,"
                   "\"streams\":2,\"outbound_streams\":10,\"inbound_streams\":11,\"paths\":[" PATH_1
                   "]}\n");
}

UNIT_TEST(a_reply_is_printed_as_a_line)
{
    struct ping_arrival a = {
        .seq = 3, .stream = 1, .back = 2, .us = 1234, .len = 56, .from = "10.0.0.1"};

    ping_print_reply(&p, &a);
    a.us = 0;
    ping_print_reply(&p, &a);
    a.us = -1;
    ping_print_reply(&p, &a);
    a.duplicate = true;
    a.us = 7;
    ping_print_reply(&p, &a);
    assert_printed("56 bytes from 10.0.0.1: stream=1 back=2 seq=3 time=1.234 ms\n"
                   "56 bytes from 10.0.0.1: stream=1 back=2 seq=3 time=0.000 ms\n"
                   "56 bytes from 10.0.0.1: stream=1 back=2 seq=3\n"
                   "56 bytes from 10.0.0.1: stream=1 back=2 seq=3 time=0.007 ms (duplicate)\n");
    p.asked.json = true;
    ping_print_reply(&p, &a);
    a.us = -1;
    a.duplicate = false;
    ping_print_reply(&p, &a);
    a.us = 0;
    ping_print_reply(&p, &a);
    assert_printed("{\"event\":\"reply\"," TIME ",\"seq\":3,\"stream\":1,\"back\":2,\"bytes\":56,"
                   "\"from\":\"10.0.0.1\",\"ms\":0.007,\"duplicate\":true}\n"
                   "{\"event\":\"reply\"," TIME ",\"seq\":3,\"stream\":1,\"back\":2,\"bytes\":56,"
                   "\"from\":\"10.0.0.1\",\"ms\":null,\"duplicate\":false}\n"
                   "{\"event\":\"reply\"," TIME ",\"seq\":3,\"stream\":1,\"back\":2,\"bytes\":56,"
                   "\"from\":\"10.0.0.1\",\"ms\":0.000,\"duplicate\":false}\n");
}

static union sctp_notification change(uint16_t state_)
{
    return (union sctp_notification){
        .sn_assoc_change = {.sac_type = SCTP_ASSOC_CHANGE,
                            .sac_length = sizeof(struct sctp_assoc_change),
                            .sac_state = state_,
                            .sac_outbound_streams = 1,
                            .sac_inbound_streams = 2,
                            .sac_assoc_id = 7}};
}

UNIT_TEST(the_start_and_our_own_shutdown_are_printed_with_v_only)
{
    const size_t len = sizeof(struct sctp_assoc_change);
    union sctp_notification up = change(SCTP_COMM_UP), over = change(SCTP_SHUTDOWN_COMP);

    ping_print_event(&p, &up, len);
    assert_printed("");
    ping_print_event(&p, &over, len);
    assert_printed("22:13:20.123 association 7 shut down\n");
    p.leaving = true;
    ping_print_event(&p, &over, len);
    assert_printed("");
    p.asked.client.verbose = true;
    ping_print_event(&p, &up, len);
    ping_print_event(&p, &over, len);
    assert_printed("22:13:20.123 association 7 up: 1 stream out, 2 in\n"
                   "22:13:20.123 association 7 shut down\n");
    p.asked.check = true;
    ping_print_event(&p, &over, len);
    assert_printed("");
}

UNIT_TEST(events_of_paths_and_of_the_peer_are_printed)
{
    union sctp_notification n = {.sn_shutdown_event = {.sse_type = SCTP_SHUTDOWN_EVENT,
                                                       .sse_length = sizeof(n.sn_shutdown_event),
                                                       .sse_assoc_id = 7}},
                            dry = {.sn_sender_dry_event = {.sender_dry_type = SCTP_SENDER_DRY_EVENT,
                                                           .sender_dry_length =
                                                               sizeof(dry.sn_sender_dry_event),
                                                           .sender_dry_assoc_id = 7}},
                            moved = {
                                .sn_paddr_change = {.spc_type = SCTP_PEER_ADDR_CHANGE,
                                                    .spc_length = sizeof(moved.sn_paddr_change),
                                                    .spc_state = SCTP_ADDR_UNREACHABLE}};
    struct sctp_remote_error error = {
        .sre_type = SCTP_REMOTE_ERROR, .sre_length = sizeof(error), .sre_error = htons(1)};

    ping_print_event(&p, &n, sizeof(n.sn_shutdown_event));
    assert_printed("22:13:20.123 association 7: the peer is shutting down\n");
    ping_print_event(&p, &dry, sizeof(dry.sn_sender_dry_event));
    assert_printed("");
    ping_print_event(&p, &moved, sizeof(moved.sn_paddr_change));
    assert_has_printed("unreachable");
    forget_output();
    memcpy(&n, &error, sizeof(error));
    ping_print_event(&p, &n, sizeof(error));
    assert_has_printed("invalid stream identifier");
    forget_output();
    p.asked.json = true;
    p.asked.client.verbose = true;
    ping_print_event(&p, &dry, sizeof(dry.sn_sender_dry_event));
    assert_printed("{\"event\":\"sender_dry\",\"assoc_id\":7," TIME "}\n");
}

UNIT_TEST(a_gap_names_both_addresses_if_they_differ)
{
    strcpy(p.from, "10.0.0.1");
    ping_print_gap(&p, 1234567, "10.0.0.2");
    ping_print_gap(&p, 500000, "10.0.0.1");
    assert_printed("22:13:20.123 no replies for 1.235 s; they come from 10.0.0.2 now, before from "
                   "10.0.0.1\n"
                   "22:13:20.123 no replies for 0.500 s; they come from 10.0.0.1 again\n");
    p.asked.json = true;
    ping_print_gap(&p, 1234567, "10.0.0.2");
    assert_printed("{\"event\":\"gap\"," TIME ",\"ms\":1234.567,\"before\":\"10.0.0.1\","
                   "\"from\":\"10.0.0.2\"}\n");
}

UNIT_TEST(the_continuation_after_a_stop_is_printed)
{
    ping_print_continued(&p);
    assert_printed("22:13:20.123 sctp_ping was stopped and continues: outstanding replies are not "
                   "timed\n");
    p.asked.json = true;
    ping_print_continued(&p);
    assert_printed("{\"event\":\"continued\"," TIME "}\n");
}

/* ---- the counter on a terminal ------------------------------------------------------ */

UNIT_TEST(the_counter_is_updated_every_200_ms_and_cleared)
{
    p.asked.quiet = on_terminal = true;
    p.count.all.sent = 3;
    p.count.all.received = 2;
    ping_print_live(&p);
    assert_printed("\r\033[K3 sent, 2 received");
    assert_true(p.live);
    assert_int_equal(p.live_next, now + 200000);
    now += 199999;
    ping_print_live(&p);
    assert_printed("");
    now++;
    ping_print_live(&p);
    assert_printed("\r\033[K3 sent, 2 received");
    ping_clear_live(&p);
    assert_printed("\r\033[K");
    assert_false(p.live);
    ping_clear_live(&p);
    assert_printed("");
}

UNIT_TEST(the_counter_is_printed_only_on_a_terminal_with_q)
{
    on_terminal = true;
    ping_print_live(&p);
    p.asked.quiet = p.asked.json = true;
    ping_print_live(&p);
    p.asked.json = on_terminal = false;
    ping_print_live(&p);
    assert_printed("");
    assert_false(p.live);
}

UNIT_TEST(the_counter_is_cleared_before_other_output)
{
    union sctp_notification over = change(SCTP_SHUTDOWN_COMP), up = change(SCTP_COMM_UP);

    p.a.closed = true;
    p.live = true;
    ping_print_event(&p, &up, sizeof(struct sctp_assoc_change));
    assert_printed("");
    ping_print_event(&p, &over, sizeof(struct sctp_assoc_change));
    p.live = true;
    ping_print_gap(&p, 1, "x");
    p.live = true;
    ping_print_continued(&p);
    p.live = true;
    ping_print_interim(&p);
    p.live = true;
    ping_print_summary(&p);
    fflush(stdout);
    for (int i = 0; i < 5; i++) {
        const char *at = strstr(printed, "\r\033[K");

        assert_non_null(at);
        memmove(printed, at + 4, strlen(at + 4) + 1);
    }
    assert_null(strstr(printed, "\r"));
}

/* ---- the summary -------------------------------------------------------------------- */

UNIT_TEST(the_summary_has_the_counts_and_times)
{
    on_kernel = true;
    ping_print_summary(&p);
    assert_printed("\n--- host port 9877, sctp_ping statistics ---\n"
                   "0 sent, 0 received, 0 lost, 0 duplicates, in 1.500 s\nno reply\n"
                   "stream 0: 0 sent, 0 received, 0 lost, 0 duplicates\n"
                   "stream 1: 0 sent, 0 received, 0 lost, 0 duplicates\n");
    assert_int_equal(asked, 1);
    round_trip(0, 100);
    round_trip(1, 200);
    ping_count_sent(&p.count, 0, 1000);
    p.count.all.duplicates = 1;
    p.count.unexpected = 4;
    p.paths.count = 2;
    p.a.closed = true;
    ping_print_summary(&p);
    assert_printed("\n--- host port 9877, sctp_ping statistics ---\n"
                   "3 sent, 2 received, 1 lost (33.33 %), 1 duplicate, 4 unexpected, in 1.500 s\n"
                   "min/avg/p50/p99/max = 0.100/0.150/0.100/0.200/0.200 ms\n"
                   "mdev/jitter = 0.050/0.100 ms\n"
                   "stream 0: 2 sent, 1 received, 1 lost (50 %), 0 duplicates, min/avg/max = "
                   "0.100/0.100/0.100 ms\n"
                   "stream 1: 1 sent, 1 received, 0 lost (0 %), 0 duplicates, min/avg/max = "
                   "0.200/0.200/0.200 ms\n"
                   "path 10.0.0.1: active, 5 replies, srtt 1 ticks, rto 2 ms, cwnd 3 bytes\n"
                   "path 10.0.0.2: not in the association, primary, 1 reply\n");
    assert_int_equal(asked, 1);
}

UNIT_TEST(one_stream_and_one_path_have_no_lines_of_their_own)
{
    ping_count_free(&p.count);
    assert_int_equal(ping_count_init(&p.count, 1), 0);
    ping_count_sent(&p.count, 0, 1000);
    p.count.sent[0].at = -1;
    round_trip(0, 0);
    p.count.all.received = 1;
    p.count.all.timed = 0;
    p.paths.count = 1;
    ping_print_summary(&p);
    assert_printed("\n--- host port 9877, sctp_ping statistics ---\n"
                   "2 sent, 1 received, 1 lost (50 %), 0 duplicates, in 1.500 s\n"
                   "no reply was timed\n");
    on_kernel = false;
    p.paths.count = 2;
    path[1].known = true;
    ping_print_summary(&p);
    assert_has_printed("srtt 1 ms,");
}

UNIT_TEST(the_interim_line_counts_outstanding_replies)
{
    round_trip(0, 100);
    ping_count_sent(&p.count, 0, 1000);
    ping_print_interim(&p);
    assert_printed("2 sent, 1 received, 1 outstanding (50 %), 0 duplicates, min/avg/p50/p99/max = "
                   "0.100/0.100/0.100/0.100/0.100 ms\n");
    assert_int_equal(asked, 1);
    p.a.closed = true;
    ping_print_interim(&p);
    assert_int_equal(asked, 1);
}

UNIT_TEST(the_summary_is_a_json_object)
{
    p.asked.json = true;
    round_trip(0, 100);
    round_trip(0, 200);
    ping_count_sent(&p.count, 1, 1000);
    p.count.unexpected = 4;
    p.longest = 70000;
    p.paths.count = 1;
    ping_print_interim(&p);
    assert_printed(
        "{\"event\":\"summary\"," TIME ",\"mode\":\"echo\",\"host\":\"host\",\"port\":9877,"
        "\"final\":false,\"sent\":3,\"received\":2,\"lost\":1,"
        "\"duplicates\":0,\"strange\":4,\"seconds\":1.500,\"longest_gap\":70.000,\"ms\":{"
        "\"min\":0.100,\"avg\":0.150,\"max\":0.200,\"p50\":0.100,\"p99\":0.200,\"mdev\":0.050,"
        "\"jitter\":0.100},\"streams\":["
        "{\"stream\":0,\"sent\":2,\"received\":2,\"lost\":0,\"duplicates\":0,\"ms\":{"
        "\"min\":0.100,\"avg\":0.150,\"max\":0.200}},"
        "{\"stream\":1,\"sent\":1,\"received\":0,\"lost\":1,\"duplicates\":0,\"ms\":{"
        "\"min\":null,\"avg\":null,\"max\":null}}],\"paths\":[" PATH_1 "]}\n");
    ping_print_summary(&p);
    assert_has_printed(",\"final\":true,");
    forget_output();
    p.asked.check = true;
    path[0].answers = true;
    ping_print_summary(&p);
    assert_has_printed("\"primary\":false,\"answers\":true,\"replies\":5,");
}

int main(void)
{
    return run_all_tests(start, stop);
}
