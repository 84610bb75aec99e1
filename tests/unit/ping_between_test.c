/* Whether the host itself has refused: tools/ping/between.c. */
#include "../../tools/ping/hint.h"
#include "../../tools/ping/probe.h"
#include "unit.h"

#include <netinet/in.h>

static const struct sockaddr_in host = {.sin_family = AF_INET};
static struct {
    enum ping_probe result;
    struct ping_answer answer;
} will[3]; /* the answer of each probe */
static char probed[100];
static int probes;

enum ping_probe ping_probe_timed(const struct sockaddr *sa, uint16_t udp_port, int ms,
                                 struct ping_answer *answer)
{
    assert_ptr_equal(sa, &host);
    assert_int_equal(ms, 7);
    sprintf(probed + strlen(probed), "%u ", udp_port);
    *answer = will[probes].answer;
    return will[probes++].result;
}

/* The answers of the host to UDP. */
static void answers(int64_t first, int64_t second, int ttl)
{
    will[1].result = will[2].result = PROBE_UNREACHABLE;
    will[1].answer = (struct ping_answer){first, ttl, true};
    will[2].answer = (struct ping_answer){second, ttl, true};
}

static void aborts(enum ping_probe result, int64_t us, int ttl)
{
    will[0].result = result;
    will[0].answer = (struct ping_answer){us, ttl, true};
}

static int start(void **state)
{
    memset(will, 0, sizeof(will));
    unsetenv("SCTP_UDP_PORT");
    answers(40000, 30000, 60);
    return 0;
}

static void assert_hint(int64_t us, bool over_udp, const char *expected)
{
    const struct ping_hint h = {
        .sa = (const struct sockaddr *)&host, .port = 9877, .over_udp = over_udp, .ms = 7};
    char hint[PING_HINT_SIZE];

    probes = 0;
    probed[0] = '\0';
    assert_ptr_equal(ping_hint_between(&h, us, hint, sizeof(hint)), hint);
    assert_string_equal(hint, expected);
}

#define SENT "; something on the way seems to have sent the ABORT: it "

UNIT_TEST(an_ordinary_user_compares_times)
{
    aborts(PROBE_CANNOT, -1, -1);
    assert_hint(14900, false, SENT "took 14.9 ms, the host's own answer to UDP 30.0 ms");
    assert_string_equal(probed, "0 33434 33434 ");
    assert_hint(15000, false, ""); /* half of the shorter time */
    answers(1900, 1900, 60);
    assert_hint(900, false, ""); /* a millisecond may be chance */
    answers(2000, 2000, 60);
    assert_hint(900, false, SENT "took 0.9 ms, the host's own answer to UDP 2.0 ms");
}

UNIT_TEST(with_the_ttl_routers_are_compared)
{
    aborts(PROBE_REFUSED, 29000, 62);
    assert_hint(14000, false,
                SENT "crossed 2 routers and took 29.0 ms, the host's own answer to UDP 4 and 30.0 "
                     "ms");
    aborts(PROBE_REFUSED, 29000, 127); /* another first TTL */
    assert_hint(14000, false,
                SENT "crossed 1 router and took 29.0 ms, the host's own answer to UDP 4 and 30.0 "
                     "ms");
    aborts(PROBE_REFUSED, 29000, 251);
    assert_hint(14000, false, "");
    aborts(PROBE_REFUSED, 10000, 60);
    assert_hint(14000, false, SENT "took 10.0 ms, the host's own answer to UDP 30.0 ms");
}

UNIT_TEST(without_an_answer_of_the_host_nothing_is_known)
{
    aborts(PROBE_CANNOT, -1, -1);
    will[1].result = will[2].result = PROBE_SILENT;
    assert_hint(1, false, "");
    answers(40000, 30000, 60);
    will[2].answer.by_host = false; /* a router's */
    assert_hint(15100, false, SENT "took 15.1 ms, the host's own answer to UDP 40.0 ms");
    will[1].answer.by_host = false;
    assert_hint(15100, false, "");
}

UNIT_TEST(over_udp_the_servers_port_is_probed)
{
    aborts(PROBE_REFUSED, 29000, 62);
    assert_hint(1, true,
                SENT "crossed 2 routers and took 29.0 ms, the host's own answer to UDP 4 and 30.0 "
                     "ms");
    assert_string_equal(probed, "9877 33434 33434 ");
    setenv("SCTP_UDP_PORT", "9899", 1);
    aborts(PROBE_UNREACHABLE, 1, 64); /* the port is closed: there was no ABORT */
    assert_hint(1, true, "");
    assert_string_equal(probed, "9899 ");
}

int main(void)
{
    return run_all_tests(start, NULL);
}
