/* The steps of sctp_ping --check, and its verdict: tools/ping/check.c. */
#include "../../tools/ping/check.h"
#include "../../tools/ping/probe.h"
#include "blocks.h"
#include "output.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>

enum { SOCKET = 950, FD = 951, ID = 7, SECOND = 1000000, BEGAN = 1000 * SECOND };

/* The outcome of each call and the time of each event, which a test sets. */
static struct {
    int no_socket; /* errno of socket(2) for SCTP; 0: it succeeds */
    bool kernel;   /* the socket is the kernel's */
    bool root;
    int dial[4];               /* status of connecting to each address */
    int64_t dial_takes;        /* us */
    const char *why;           /* the message of a failure to connect */
    int64_t up, reply, closed; /* us after connecting; 0: up at once, the others never */
    int64_t unexpected;        /* us until a message arrives that is no echo; 0: never */
    int64_t answer[3];         /* us until a path answers; -1: it is not in the association */
    int state[3];              /* of the paths */
    int64_t full;              /* the send buffer has no room until then */
    enum ping_probe probe[4];  /* the answer of each probe */
} will;

static struct ping p;
static int64_t now, connected; /* us */
static unsigned dials, probes, beats;
static struct ping_path path[4];

int clock_gettime(clockid_t id, struct timespec *ts)
{
    *ts = (struct timespec){.tv_sec = now / SECOND, .tv_nsec = now % SECOND * 1000};
    return 0;
}

int socket(int family, int type, int protocol)
{
    if (protocol != IPPROTO_SCTP)
        return (int)syscall(SYS_socket, family, type, protocol);
    errno = will.no_socket;
    return will.no_socket ? -1 : SOCKET;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    if (fd != SOCKET)
        return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
    assert_int_equal(level, IPPROTO_SCTP);
    if (name == SCTP_RTOINFO)
        *(struct sctp_rtoinfo *)value =
            (struct sctp_rtoinfo){.srto_initial = 100, .srto_min = 50, .srto_max = 1000};
    else if (name == SCTP_INITMSG)
        *(struct sctp_initmsg *)value =
            (struct sctp_initmsg){.sinit_max_attempts = 8, .sinit_max_init_timeo = 400};
    else
        return -1;
    return 0;
}

bool unp_is_kernel_socket(int fd)
{
    assert_int_equal(fd, SOCKET);
    return will.kernel;
}

uid_t geteuid(void)
{
    return will.root ? 0 : 1000;
}

int unp_opt_set(int fd, sctp_assoc_t id, const char *text, char *why, size_t size)
{
    assert_int_equal(fd, FD);
    assert_int_equal(id, ID);
    beats++;
    note_call("%s", text);
    return 0;
}

int unp_opt_read(int fd, sctp_assoc_t id, const struct unp_opt_request *r,
                 struct unp_opt_reading *answer, char *why, size_t size)
{
    return -1;
}

/* ---- sctp_ping's other files ------------------------------------------------------ */

int ping_resolve(struct unp_addrs *list, const char *host, uint16_t port, int64_t us)
{
    return unp_addrs_add(list, host, port);
}

int ping_resolve_options(struct ping_options *o, int64_t us, char *why, size_t size)
{
    return EXIT_OK;
}

int ping_connect(struct ping *ping, const struct unp_client *client, char *why, size_t size)
{
    int status = will.dial[dials++];

    assert_ptr_equal(ping, &p);
    assert_int_equal(client->wait, UINT32_MAX);
    assert_int_equal(client->port, 9877);
    note_call("%s until %lld", client->host, (long long)(client->setup.until - BEGAN / 1000));
    now += will.dial_takes;
    connected = now;
    snprintf(why, size, "%s", will.why);
    if (status)
        return status;
    p.a.fd = FD;
    p.a.id = ID;
    p.a.closed = false;
    return 0;
}

static bool due(int64_t when)
{
    return when && now - connected >= when;
}

/* Advances the clock by `us`, but at most by 10 ms. */
void ping_wait(struct ping *ping, int64_t us)
{
    assert_ptr_equal(ping, &p);
    assert_true(us > 0);
    now += us < 10000 ? us : 10000;
    if (due(will.up) || (!will.up && now > connected))
        p.a.ostreams = 10;
    if (due(will.closed))
        p.a.closed = true;
    if (due(will.unexpected))
        p.count.unexpected = 1;
    if (due(will.reply) && p.count.all.sent && !p.count.all.received) {
        p.count.all.received = 1;
        p.count.all.max = 4200;
    }
}

bool ping_send(struct ping *ping)
{
    assert_ptr_equal(ping, &p);
    assert_true(p.a.ostreams || p.a.closed);
    if (p.a.closed || (will.full && !due(will.full)))
        return false;
    p.count.all.sent++;
    p.last_sent = now;
    return true;
}

void ping_shut_down(struct ping *ping, int64_t us)
{
    assert_ptr_equal(ping, &p);
    note_call("shut down in %lld", (long long)us);
}

struct ping_path *ping_paths_at(struct ping_paths *paths, const struct sockaddr *sa)
{
    char name[SOCK_NTOP_SIZE];

    sock_ntop_host(sa, name, sizeof(name));
    for (size_t i = 0; i < paths->count; i++)
        if (strcmp(path[i].name, name) == 0)
            return &path[i];
    strcpy(path[paths->count].name, name);
    return &path[paths->count++];
}

int ping_paths_ask(struct ping_paths *paths, int fd, sctp_assoc_t id)
{
    assert_int_equal(fd, FD);
    assert_int_equal(id, ID);
    for (size_t i = 0; i < paths->count; i++) {
        path[i].known = will.answer[i] >= 0;
        path[i].info.spinfo_state = will.state[i];
        path[i].answers = path[i].answers || due(will.answer[i]);
    }
    return 0;
}

int ping_paths_watch(struct ping_paths *paths, int fd, sctp_assoc_t id)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    ping_paths_at(paths, (struct sockaddr *)&sa);
    for (int i = 1; i <= p.asked.client.more.count && will.answer[i] >= 0; i++) {
        sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)i);
        ping_paths_at(paths, (struct sockaddr *)&sa);
    }
    return ping_paths_ask(paths, fd, id);
}

const char *ping_path_state(const struct ping_path *one)
{
    return one->info.spinfo_state == SCTP_ACTIVE ? "active" : "unconfirmed";
}

enum ping_probe ping_probe(const struct sockaddr *sa, uint16_t udp_port, int ms)
{
    char text[SOCK_NTOP_SIZE];

    note_call("probe %s by %u in %d", sock_ntop(sa, text, sizeof(text)), udp_port, ms);
    return will.probe[probes++];
}

enum ping_probe ping_probe_timed(const struct sockaddr *sa, uint16_t udp_port, int ms,
                                 struct ping_answer *answer)
{
    return PROBE_SILENT;
}

void ping_print_beat(struct ping *ping, const struct ping_path *one, bool answered)
{
}

/* ---- a check ------------------------------------------------------------------------- */

static int start(void **state)
{
    memset(&will, 0, sizeof(will));
    memset(&p, 0, sizeof(p));
    memset(path, 0, sizeof(path));
    unsetenv("SCTP_UDP_PORT");
    unsetenv("SCTP_STACK");
    dials = probes = beats = 0;
    done[0] = '\0';
    now = BEGAN;
    will.kernel = true;
    will.why = "why";
    will.dial_takes = 3000;
    will.reply = 20000;
    will.answer[0] = will.answer[1] = will.answer[2] = 10000;
    will.state[0] = will.state[1] = will.state[2] = SCTP_ACTIVE;
    p.asked.check = true;
    p.asked.client.host = "127.0.0.1";
    p.asked.client.port = 9877;
    p.asked.deadline = 5 * SECOND;
    p.asked.size = 56;
    p.began = BEGAN;
    p.a.fd = -1;
    p.paths.path = path;
    strcpy(p.from, "127.0.0.1");
    return capture_output();
}

static int stop(void **state)
{
    unp_addrs_free(&p.asked.client.more);
    release_output();
    return 0;
}

static void assert_verdict(int status, const char *line)
{
    assert_int_equal(ping_check(&p), status);
    assert_printed(line);
    assert_told("");
}

static void also_ask_for(const char *address)
{
    assert_int_equal(unp_addrs_add(&p.asked.client.more, address, 9877), 0);
}

UNIT_TEST(a_server_that_answers_is_reported_as_working)
{
    const long before = blocks;

    strcpy(path[1].name, "127.0.0.1"); /* beyond the number of paths */
    assert_verdict(EXIT_OK, "works: 127.0.0.1 port 9877, by 127.0.0.1: association in 3.0 ms, echo "
                            "in 4.2 ms\n");
    /* 4.25 s less two probes of 0.5 s; the shutdown takes a second at most. */
    assert_done("127.0.0.1 until 3250|shut down in 1000000|");
    assert_int_equal(p.count.all.sent, 1);
    assert_int_equal(blocks, before);
}

static void ask_for_udp(void)
{
    will.kernel = false;
    setenv("SCTP_STACK", "userland", 1);
}

UNIT_TEST(the_verdict_says_that_it_was_over_udp)
{
    ask_for_udp();
    p.asked.json = true;
    assert_int_equal(ping_check(&p), EXIT_OK);
    assert_has_printed("\"verdict\":\"works\",\"status\":0,\"host\":\"127.0.0.1\",\"port\":"
                       "9877,\"over_udp\":true,\"text\":\"127.0.0.1 port 9877, by ");
    assert_contains(printed, " in 4.2 ms, over UDP\",\"paths\":[{\"addr\":\"127.0.0.1\",");
    forget_output();
    p.asked.json = false;
    p.asked.quiet = true;
    assert_verdict(EXIT_OK, "");
}

static void begin_again(void)
{
    forget_output();
    now = BEGAN;
    dials = probes = 0;
    p.count.all.sent = p.count.all.received = 0;
    p.a.fd = -1;
}

/* The kernel has no SCTP, and nobody has asked for SCTP over UDP. */
UNIT_TEST(sctp_over_udp_is_not_sctp)
{
    will.kernel = false;
    will.probe[0] = PROBE_SERVED;
    assert_int_equal(ping_check(&p), EXIT_NO_SCTP);
    assert_has_printed("no SCTP here: ");
    assert_contains(printed, "; the host serves this port natively (IP protocol 132); over UDP it "
                             "works: 127.0.0.1 port 9877, by 127.0.0.1: association in 3.0 ms, "
                             "echo in 4.2 ms\n");
    /* Of the 5 s, two probes take 0.5 s, and a third one and the shutdown as long. */
    assert_done("127.0.0.1 until 2750|probe 127.0.0.1:9877 by 0 in 500|shut down in 1000000|");
    begin_again();
    will.dial[0] = EXIT_REFUSED;
    will.why = "connect to 127.0.0.1 port 9877: refused; is it there?";
    assert_int_equal(ping_check(&p), EXIT_NO_SCTP);
    assert_has_printed("; over UDP: refused: 127.0.0.1 port 9877 refused; is it there?\n");
    assert_done("127.0.0.1 until 2750|probe 127.0.0.1:9877 by 9877 in 500|"
                "probe 127.0.0.1:9877 by 0 in 500|");
    begin_again();
    will.dial[0] = EXIT_OK;
    p.asked.json = true;
    assert_int_equal(ping_check(&p), EXIT_NO_SCTP);
    assert_has_printed("\"verdict\":\"no_sctp\",\"status\":3,\"host\":\"127.0.0.1\",\"port\":"
                       "9877,\"over_udp\":false,\"verdict_over_udp\":\"works\",\"text\":\"");
}

/* Without libsctp_userland. */
UNIT_TEST(sctp_is_not_sctp_over_udp)
{
    setenv("SCTP_STACK", "userland", 1);
    assert_verdict(EXIT_NO_SCTP, "no SCTP here: SCTP over UDP needs libsctp_userland, and this "
                                 "program is built without it; run it with scripts/withuserland\n");
    assert_done("");
}

UNIT_TEST(no_sctp_here_is_told_from_a_local_failure)
{
    static const int local[] = {EMFILE, ENFILE, ENOMEM, ENOBUFS};

    for (size_t i = 0; i < COUNT(local); i++) {
        will.no_socket = local[i];
        assert_int_equal(ping_check(&p), EXIT_SYSTEM);
        fflush(stdout);
        assert_contains(printed, "failure: socket: ");
        assert_contains(printed, strerror(local[i]));
        forget_output();
    }
    will.no_socket = EPROTONOSUPPORT;
    assert_int_equal(ping_check(&p), EXIT_NO_SCTP);
    assert_has_printed("no SCTP here: ");
    assert_done("");
    forget_output();
    will.root = true;
    will.probe[0] = PROBE_REFUSED;
    assert_int_equal(ping_check(&p), EXIT_NO_SCTP);
    assert_has_printed("; the host has SCTP natively (IP protocol 132), but refuses this port\n");
    assert_done("probe 127.0.0.1:9877 by 0 in 500|");
}

UNIT_TEST(a_host_without_a_route_is_not_connected_to)
{
    p.asked.client.host = "fe80::1%lo";
    assert_int_equal(ping_check(&p), EXIT_NO_ROUTE);
    assert_has_printed("no route: fe80::1%lo cannot be reached: ");
    assert_contains(printed, "is there a route");
    assert_done("");
}

/* ---- refused ------------------------------------------------------------------------------ */

static void refused(const char *line, const char *calls)
{
    dials = probes = 0;
    will.dial[0] = EXIT_REFUSED;
    will.why = "connect to 127.0.0.1 port 9877: refused; is it there?";
    assert_verdict(EXIT_REFUSED, line);
    assert_done(calls);
}

UNIT_TEST(after_a_refusal_the_host_is_probed)
{
    refused("refused: 127.0.0.1 port 9877 refused; is it there?\n",
            "127.0.0.1 until 3250|probe 127.0.0.1:9877 by 9899 in 500|"
            "probe 127.0.0.1:9877 by 9877 in 500|");
    will.probe[1] = PROBE_SERVED;
    refused("refused: 127.0.0.1 port 9877 refused, but SCTP over UDP answers there, at UDP port "
            "9877: set SCTP_STACK=userland\n",
            "127.0.0.1 until 3250|probe 127.0.0.1:9877 by 9899 in 500|"
            "probe 127.0.0.1:9877 by 9877 in 500|");
    ask_for_udp();
    refused("refused over UDP: 127.0.0.1 port 9877 refused, but SCTP answers there natively (IP "
            "protocol 132): start the server with SCTP_STACK=userland, or run this where the "
            "kernel has SCTP\n",
            "127.0.0.1 until 3250|probe 127.0.0.1:9877 by 9877 in 500|"
            "probe 127.0.0.1:9877 by 0 in 500|");
}

UNIT_TEST(a_refusal_with_a_reason_keeps_the_reason)
{
    will.dial[0] = EXIT_REFUSED;
    will.why = "the server is full";
    will.probe[0] = PROBE_SERVED;
    assert_verdict(EXIT_REFUSED, "refused: 127.0.0.1 port 9877 the server is full\n");
}

/* A program that quits does not free its memory. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:check_host\n";
}

UNIT_TEST(other_failures_to_connect_keep_their_status)
{
    will.dial[0] = EXIT_SYSTEM;
    assert_verdict(EXIT_SYSTEM, "failure: why\n");
    will.dial[1] = EXIT_USAGE;
    assert_quits(EXIT_USAGE, "why", ping_check(&p));
    assert_int_equal(probes, 0);
}

/* ---- no answer -------------------------------------------------------------------------- */

static void no_answer(int64_t us, const char *line)
{
    dials = probes = 0;
    now = BEGAN;
    will.dial[0] = EXIT_NO_ANSWER;
    will.dial_takes = us;
    assert_verdict(EXIT_NO_ANSWER, line);
}

#define NO_ANSWER(times, seconds, rest)                                                            \
    "no answer: 127.0.0.1 port 9877: INIT was sent " times " in " seconds                          \
    " s, and no INIT ACK came" rest "\n"
#define FIREWALL "; is the host up, and does a firewall on the way drop SCTP (IP protocol 132)?"

/* At 0, 100, 300, 700 ms, then every 400 ms, the limit. */
UNIT_TEST(the_number_of_inits_is_derived_from_their_time_out)
{
    no_answer(50000, NO_ANSWER("1 time", "0.1", FIREWALL));
    no_answer(100000, NO_ANSWER("1 time", "0.1", FIREWALL));
    no_answer(101000, NO_ANSWER("2 times", "0.1", FIREWALL));
    no_answer(300000, NO_ANSWER("2 times", "0.3", FIREWALL));
    no_answer(301000, NO_ANSWER("3 times", "0.3", FIREWALL));
    no_answer(701000, NO_ANSWER("4 times", "0.7", FIREWALL));
    no_answer(1100000, NO_ANSWER("4 times", "1.1", FIREWALL));
    no_answer(1101000, NO_ANSWER("5 times", "1.1", FIREWALL));
    no_answer(4000000, NO_ANSWER("9 times", "4.0", FIREWALL));
}

UNIT_TEST(with_several_addresses_the_time_out_doubles_after_the_last_one)
{
    also_ask_for("127.0.0.2");
    no_answer(201000, "no answer: 127.0.0.1 port 9877 and the addresses of -C: INIT was sent 3 "
                      "times in 0.2 s, and no INIT ACK came" FIREWALL "\n");
    no_answer(401000, "no answer: 127.0.0.1 port 9877 and the addresses of -C: INIT was sent 4 "
                      "times in 0.4 s, and no INIT ACK came" FIREWALL "\n");
}

/* 4.75 s after the start, the end of the process begins. */
UNIT_TEST(probes_end_in_time_where_connecting_was_late)
{
    will.dial[0] = EXIT_NO_ANSWER;
    will.dial_takes = 4700000;
    will.probe[0] = will.probe[1] = PROBE_SILENT;
    assert_int_equal(ping_check(&p), EXIT_NO_ANSWER);
    assert_done("127.0.0.1 until 3250|probe 127.0.0.1:9877 by 9899 in 50|"
                "probe 127.0.0.1:9877 by 9877 in 50|");
    begin_again();
    will.dial_takes = 4950000;
    assert_int_equal(ping_check(&p), EXIT_NO_ANSWER);
    assert_done("127.0.0.1 until 3250|probe 127.0.0.1:9877 by 9899 in 1|"
                "probe 127.0.0.1:9877 by 9877 in 1|");
    forget_output();
}

UNIT_TEST(a_short_check_has_shorter_probes)
{
    p.asked.deadline = 2 * SECOND;
    no_answer(50000, NO_ANSWER("1 time", "0.1", FIREWALL));
    assert_done("127.0.0.1 until 1300|probe 127.0.0.1:9877 by 9899 in 200|"
                "probe 127.0.0.1:9877 by 9877 in 200|");
}

/* ---- no echo ------------------------------------------------------------------------------ */

UNIT_TEST(the_check_waits_for_a_reply_until_the_deadline)
{
    will.reply = 0;
    assert_verdict(EXIT_NO_ECHO, "no echo: 127.0.0.1 port 9877: the association came up in 3.0 ms; "
                                 "nothing echoed in 4.2 s: is it an echo service, or is it stopped "
                                 "or stuck? --connect needs none\n");
    assert_int_equal(now, BEGAN + 4250000);
    assert_done("127.0.0.1 until 3250|shut down in 500000|");
}

UNIT_TEST(time_in_which_the_program_was_stopped_does_not_count)
{
    will.reply = 0;
    p.stopped = 2 * SECOND;
    assert_int_equal(ping_check(&p), EXIT_NO_ECHO);
    assert_int_equal(now, BEGAN + 6250000);
    assert_done("127.0.0.1 until 5250|shut down in 500000|");
}

UNIT_TEST(without_a_reply_of_512_bytes_or_more_a_smaller_one_is_suggested)
{
    will.reply = 0;
    p.asked.size = 511;
    assert_int_equal(ping_check(&p), EXIT_NO_ECHO);
    assert_has_printed("nothing echoed in 4.2 s: is it an echo service, or is it stopped or stuck? "
                       "--connect needs none\n");
    forget_output();
    now = BEGAN;
    dials = 0;
    p.asked.size = 512;
    assert_int_equal(ping_check(&p), EXIT_NO_ECHO);
    assert_has_printed("nothing echoed in 4.2 s: is it an echo service, or are packets of -s 512 "
                       "larger than the path's MTU (try '-s 56')? --connect needs none\n");
    forget_output();
    now = BEGAN;
    dials = 0;
    will.unexpected = 50000;
    assert_int_equal(ping_check(&p), EXIT_NO_ECHO);
    assert_has_printed(" ms, but the reply differed from the message: is it an echo service? "
                       "--connect needs none\n");
}

UNIT_TEST(a_server_that_ends_the_association_is_reported)
{
    will.reply = 0;
    will.closed = 40000;
    strcpy(p.a.close_text, "lost: had enough");
    assert_verdict(EXIT_LOST, "association lost: 127.0.0.1 port 9877: lost: had enough; did the "
                              "server end it, as it is no echo service (--connect needs none)?\n");
    now = BEGAN;
    dials = 0;
    p.a.close_text[0] = '\0';
    memset(path, 0, sizeof(path));
    p.paths.count = 0;
    will.reply = 20000; /* before the end; the path would answer after it */
    will.answer[0] = 60000;
    p.count.all.sent = p.count.all.received = 0;
    assert_verdict(EXIT_LOST, "association lost: 127.0.0.1 port 9877: the association ended; did "
                              "the server end it?\n");
    now = BEGAN;
    dials = 0;
    will.up = 90000; /* it never comes up */
    p.a.ostreams = 0;
    p.count.all.sent = p.count.all.received = 0;
    assert_int_equal(ping_check(&p), EXIT_LOST);
    assert_int_equal(p.count.all.sent, 0);
}

UNIT_TEST(the_message_waits_for_room_in_the_send_buffer)
{
    will.full = 50000;
    will.reply = 80000;
    will.answer[0] = 1;
    assert_int_equal(ping_check(&p), EXIT_OK);
    assert_int_equal(p.count.all.sent, 1);
    assert_int_equal(now - connected, 80000);
}

UNIT_TEST(a_message_that_cannot_be_sent_is_a_failure)
{
    will.reply = 0;
    p.a.error = EMSGSIZE;
    assert_int_equal(ping_check(&p), EXIT_SYSTEM);
    assert_has_printed("failure: 127.0.0.1 port 9877: send 56 bytes: Message too long; ");
}

UNIT_TEST(with_connect_an_association_is_enough)
{
    p.asked.mode = PING_CONNECT;
    will.reply = 0;
    assert_verdict(EXIT_OK, "works: 127.0.0.1 port 9877, by 127.0.0.1: association in 3.0 ms, no "
                            "DATA sent\n");
    assert_int_equal(p.count.all.sent, 0);
}

/* ---- paths --------------------------------------------------------------------------------- */

UNIT_TEST(every_address_that_was_asked_for_must_answer)
{
    also_ask_for("127.0.0.2");
    will.answer[1] = 1200000;
    assert_verdict(EXIT_OK, "works: 127.0.0.1 port 9877, by 127.0.0.1, 127.0.0.2: association in "
                            "3.0 ms, echo in 4.2 ms\n");
    assert_int_equal(beats, 3); /* at once, and every 500 ms */
    assert_done("127.0.0.1 until 3250|"
                "peer_addr_params.flags=hb_demand@127.0.0.2|"
                "peer_addr_params.flags=hb_demand@127.0.0.2|"
                "peer_addr_params.flags=hb_demand@127.0.0.2|shut down in 1000000|");
}

UNIT_TEST(an_address_that_does_not_answer_is_named)
{
    also_ask_for("127.0.0.2");
    will.answer[1] = 0;
    assert_verdict(EXIT_SOME_PATHS, "some paths only: 127.0.0.1 works; nothing came back from "
                                    "127.0.0.2; is there a route, and does a firewall there drop "
                                    "SCTP?\n");
    assert_in_range(now, BEGAN + 4250000, BEGAN + 4270000);
    now = BEGAN;
    dials = 0;
    memset(path, 0, sizeof(path));
    p.paths.count = 0;
    p.count.all.received = 0;
    will.answer[1] = 1; /* it answers, but is not active */
    will.state[1] = SCTP_INACTIVE;
    assert_verdict(EXIT_SOME_PATHS,
                   "some paths only: 127.0.0.1 works; nothing came back from "
                   "127.0.0.2 (unconfirmed); is there a route, and does a firewall "
                   "there drop SCTP?\n");
}

UNIT_TEST(an_address_that_the_server_does_not_use_is_named)
{
    also_ask_for("127.0.0.2");
    also_ask_for("127.0.0.3");
    will.answer[1] = will.answer[2] = -1;
    assert_verdict(EXIT_SOME_PATHS, "some paths only: 127.0.0.1 works; the server does not use "
                                    "127.0.0.2, 127.0.0.3\n");
    assert_int_equal(beats, 0);
}

UNIT_TEST(a_server_none_of_whose_addresses_answers_is_reported)
{
    will.answer[0] = 0;
    assert_verdict(EXIT_SOME_PATHS, "some paths only: no address works; nothing came back from "
                                    "127.0.0.1; is there a route, and does a firewall there drop "
                                    "SCTP?\n");
}

UNIT_TEST(addresses_that_the_server_advertises_must_answer)
{
    strcpy(path[0].name, "10.0.0.8");
    strcpy(path[1].name, "10.0.0.9");
    p.paths.count = 2;
    will.answer[0] = will.answer[1] = 0;
    will.state[0] = will.state[1] = SCTP_UNCONFIRMED;
    assert_verdict(EXIT_SOME_PATHS,
                   "some paths only: 127.0.0.1 works; 10.0.0.8, 10.0.0.9 were advertised and never "
                   "confirmed; is there a route, and does a firewall there drop SCTP?\n");
    assert_int_equal(beats, 18); /* to both, each 500 ms of 4.25 s */
    begin_again();
    memset(path, 0, sizeof(path));
    strcpy(path[0].name, "10.0.0.8");
    p.paths.count = 1;
    will.answer[1] = 10000; /* of 127.0.0.1 */
    will.state[1] = SCTP_ACTIVE;
    assert_verdict(EXIT_SOME_PATHS,
                   "some paths only: 127.0.0.1 works; 10.0.0.8 was advertised and never confirmed; "
                   "is there a route, and does a firewall there drop SCTP?\n");
}

UNIT_TEST(with_paths_given_other_addresses_of_the_server_need_not_answer)
{
    p.asked.given_paths = true;
    strcpy(path[0].name, "10.0.0.9");
    p.paths.count = 1;
    will.answer[0] = 0;
    strcpy(p.from, "10.0.0.9");
    assert_verdict(EXIT_OK, "works: 127.0.0.1 port 9877, by 127.0.0.1: association in 3.0 ms, echo "
                            "by 10.0.0.9 in 4.2 ms\n");
}

int main(void)
{
    return run_all_tests(start, stop);
}
