/* Why a host refused, or does not answer: tools/ping/hint.c. */
#include "../../tools/ping/hint.h"
#include "../../tools/ping/probe.h"
#include "unit.h"

#include <arpa/inet.h>

enum { ANSWERS = 3 };

static const struct sockaddr_in host = {.sin_family = AF_INET};
static const enum ping_probe *answers; /* of the probes */
static char probed[100];               /* the UDP port of each probe */

enum ping_probe ping_probe(const struct sockaddr *sa, uint16_t udp_port, int ms)
{
    assert_ptr_equal(sa, &host);
    assert_int_equal(ms, 7);
    sprintf(probed + strlen(probed), "%u ", udp_port);
    return *answers++;
}

struct row {
    bool over_udp;
    const char *setting; /* SCTP_UDP_PORT */
    enum ping_probe answers[ANSWERS];
    const char *probed, *hint;
};

#define AT_9899 ", but SCTP over UDP answers there, at UDP port 9899: "
#define AT_9877 ", but SCTP over UDP answers there, at UDP port 9877: "
#define NATIVELY                                                                                   \
    ", but SCTP answers there natively (IP protocol 132): start the server with "                  \
    "SCTP_STACK=userland, or run this where the kernel has SCTP"
#define UNSERVED ", as nothing listens on UDP port 9877 there"
#define BY_SYSCTL                                                                                  \
    "as root, 'sysctl -w net.sctp.udp_port=9899 net.sctp.encap_port=9899', or set "                \
    "SCTP_STACK=userland SCTP_UDP_PORT=9899"

static void assert_hints(const char *(*f)(const struct ping_hint *, char *, size_t),
                         const struct row *rows, size_t count)
{
    for (const struct row *r = rows; r < rows + count; r++) {
        const struct ping_hint h = {
            .sa = (const struct sockaddr *)&host, .port = 9877, .over_udp = r->over_udp, .ms = 7};
        char hint[PING_HINT_SIZE];

        answers = r->answers;
        probed[0] = '\0';
        unsetenv("SCTP_UDP_PORT");
        if (r->setting)
            setenv("SCTP_UDP_PORT", r->setting, 1);
        assert_ptr_equal(f(&h, hint, sizeof(hint)), hint);
        assert_string_equal(probed, r->probed);
        assert_string_equal(hint, r->hint);
    }
}

UNIT_TEST(a_protocol_or_port_that_answers_instead_is_named)
{
    static const struct row rows[] = {
        {false, NULL, {PROBE_CANNOT, PROBE_CANNOT}, "9899 9877 ", ""},
        {false, NULL, {PROBE_SERVED}, "9899 ", AT_9899 BY_SYSCTL},
        {false,
         NULL,
         {PROBE_REFUSED, PROBE_SERVED},
         "9899 9877 ",
         AT_9877 "set SCTP_STACK=userland"},
        {true, NULL, {PROBE_REFUSED}, "9877 0 ", ""},
        {true, NULL, {PROBE_SILENT, PROBE_SILENT, PROBE_SERVED}, "9877 33434 0 ", NATIVELY},
        {true, "x", {PROBE_SERVED, PROBE_SERVED}, "9877 0 ", NATIVELY},
        {true,
         NULL,
         {PROBE_UNREACHABLE},
         "9877 9899 0 ",
         UNSERVED "; is the server running, on this port, over UDP, and with the same "
                  "SCTP_UDP_PORT as this program (not set)?"},
        {true,
         "9899",
         {PROBE_UNREACHABLE, PROBE_CANNOT, PROBE_SERVED},
         "9899 9877 0 ",
         ", as nothing listens on UDP port 9899 there" NATIVELY},
        {true,
         NULL,
         {PROBE_UNREACHABLE, PROBE_SERVED},
         "9877 9899 ",
         UNSERVED AT_9899 "SCTP_UDP_PORT=9899 is set there only; set it here too"},
        {true,
         "9899",
         {PROBE_UNREACHABLE, PROBE_SERVED},
         "9899 9877 ",
         ", as nothing listens on UDP port 9899 there" AT_9877
         "SCTP_UDP_PORT is set here only; unset it, or set it at both ends"},
        {true, "0", {PROBE_REFUSED}, "9877 0 ", ""},
        {true, "65535", {PROBE_REFUSED}, "65535 0 ", ""},
        {true, "65536", {PROBE_REFUSED}, "9877 0 ", ""},
        {true,
         "1",
         {PROBE_UNREACHABLE, PROBE_SERVED},
         "1 9877 ",
         ", as nothing listens on UDP port 1 there" AT_9877
         "SCTP_UDP_PORT is set here only; unset it, or set it at both ends"},
        {true,
         "9877",
         {PROBE_UNREACHABLE},
         "9877 0 ",
         UNSERVED "; is the server running, on this port, over UDP, and with the same "
                  "SCTP_UDP_PORT as this program (9877)?"},
    };

    assert_hints(ping_hint_refused, rows, COUNT(rows));
}

UNIT_TEST(possible_causes_of_silence_are_named)
{
    static const struct row rows[] = {
        {false,
         NULL,
         {PROBE_SILENT, PROBE_SILENT},
         "9899 9877 ",
         "; is the host up, and does a firewall on the way drop SCTP (IP protocol 132)?"},
        {false,
         NULL,
         {PROBE_SERVED},
         "9899 ",
         AT_9899 BY_SYSCTL "; does a firewall on the way drop SCTP (IP protocol 132)?"},
        {true,
         NULL,
         {PROBE_CANNOT, PROBE_CANNOT},
         "9877 0 ",
         "; is the host up, does a firewall on the way drop UDP, and is the server running with "
         "the same SCTP_UDP_PORT as this program (not set)?"},
        {true,
         NULL,
         {PROBE_SILENT, PROBE_UNREACHABLE},
         "9877 33434 0 ",
         "; UDP does reach the host: is the server at UDP port 9877 stopped or stuck, or does a "
         "firewall drop this port?"},
        {true,
         NULL,
         {PROBE_SILENT, PROBE_SILENT, PROBE_SERVED},
         "9877 33434 0 ",
         NATIVELY "; does a firewall on the way drop UDP, and is the server running with "
                  "the same SCTP_UDP_PORT as this program (not set)?"},
    };

    assert_hints(ping_hint_no_answer, rows, COUNT(rows));
}

UNIT_TEST(sctp_without_udp_is_probed_alone_or_not_at_all)
{
    static const enum ping_probe results[] = {PROBE_CANNOT, PROBE_SILENT, PROBE_UNREACHABLE,
                                              PROBE_REFUSED, PROBE_SERVED};
    static const char *const texts[] = {
        "", "; natively (IP protocol 132) the host does not answer",
        "; natively (IP protocol 132) the host cannot be reached",
        "; the host has SCTP natively (IP protocol 132), but refuses this port",
        "; the host serves this port natively (IP protocol 132)"};
    struct ping_hint h = {.sa = (const struct sockaddr *)&host, .port = 9877, .ms = 7};
    char hint[PING_HINT_SIZE];

    for (size_t i = 0; i < COUNT(results); i++) {
        answers = &results[i];
        probed[0] = '\0';
        assert_string_equal(ping_hint_natively(&h, hint, sizeof(hint)), texts[i]);
        assert_string_equal(probed, "0 ");
    }
    unsetenv("SCTP_UDP_PORT");
    h.over_udp = h.udp_only = true;
    answers = &results[3];
    probed[0] = '\0';
    assert_string_equal(ping_hint_refused(&h, hint, sizeof(hint)), "");
    assert_string_equal(probed, "9877 ");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
