/* The hand-made INIT of sctp_ping --check, and what answers it: tools/ping/probe.c. */
#include "../../tools/ping/probe.h"
#include "descriptors.h"
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { SCTP_PORT = 9877, PATIENCE_MS = 60000, INIT = 1, INIT_ACK = 2, ABORT = 6, COOKIE_ECHO = 10 };

/* An answer to the INIT, correct or malformed. */
struct answer {
    unsigned char type;
    size_t flip; /* the byte of the header that is wrong, counted from 1; 0: none */
    size_t len;  /* bytes of the packet; 0: 16, a header and the head of a chunk */
    bool empty;  /* a datagram without a packet */
};

/* The host that is probed. */
static struct {
    int fd;
    bool raw; /* IP protocol 132 */
    struct sockaddr_storage at;
    socklen_t at_len;
    struct answer answers[4]; /* type 0 ends the list */
    unsigned char init[100];  /* as received */
    size_t init_len;
    uint16_t from; /* UDP port of the sender */
} host;

/* With GRND_NONBLOCK it could fail soon after the start of the system. */
ssize_t getrandom(void *buf, size_t size, unsigned flags)
{
    assert_int_equal(flags, 0);
    return syscall(SYS_getrandom, buf, size, flags);
}

static int reports_icmp; /* of the last socket that was connected, a native one */

int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t len)
{
    socklen_t size = sizeof(reports_icmp);

    getsockopt(fd, IPPROTO_IP, IP_RECVERR, &reports_icmp, &size);
    return (int)syscall(SYS_connect, fd, to.__sockaddr__, len);
}

static void *answer_init(void *arg)
{
    unsigned char buf[200], *packet;
    struct sockaddr_storage from;
    socklen_t from_len = sizeof(from);
    ssize_t n;

    do { /* a raw socket also receives what it has sent */
        n = recvfrom(host.fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &from_len);
        if (n < 0)
            return arg;
        packet = host.raw ? buf + (buf[0] & 15) * 4 : buf;
        n -= packet - buf;
    } while (packet[12] != INIT);
    memcpy(host.init, packet, (size_t)n < sizeof(host.init) ? (size_t)n : sizeof(host.init));
    host.init_len = (size_t)n;
    host.from = ntohs(((struct sockaddr_in *)&from)->sin_port);
    for (size_t i = 0; i < COUNT(host.answers) && host.answers[i].type; i++) {
        const struct answer *a = &host.answers[i];
        unsigned char reply[16] = {0};

        memcpy(reply, packet + 2, 2); /* the ports, and the tag of the INIT */
        memcpy(reply + 2, packet, 2);
        memcpy(reply + 4, packet + 16, 4);
        reply[12] = a->type;
        if (a->flip)
            reply[a->flip - 1] ^= 0x40;
        sendto(host.fd, reply,
               a->empty ? 0
               : a->len ? a->len
                        : sizeof(reply),
               0, (struct sockaddr *)&from, from_len);
    }
    return arg;
}

/* Opens the host at this address.  False: this machine has no such address. */
static bool listen_at(const char *address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&host.at;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&host.at;

    memset(&host.at, 0, sizeof(host.at));
    host.raw = false;
    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        host.at.ss_family = AF_INET;
        host.at_len = sizeof(*v4);
    } else {
        assert_int_equal(inet_pton(AF_INET6, address, &v6->sin6_addr), 1);
        host.at.ss_family = AF_INET6;
        host.at_len = sizeof(*v6);
    }
    host.fd = socket(host.at.ss_family, SOCK_DGRAM, 0);
    if (host.fd < 0 || bind(host.fd, (struct sockaddr *)&host.at, host.at_len) < 0)
        return false;
    assert_int_equal(getsockname(host.fd, (struct sockaddr *)&host.at, &host.at_len), 0);
    return true;
}

static uint16_t udp_port(void)
{
    return ntohs(((struct sockaddr_in *)&host.at)->sin_port);
}

/* Probes the host, which gives these answers; over UDP, unless it is raw. */
static enum ping_probe probe(struct answer first, struct answer second)
{
    struct sockaddr_storage to = host.at;
    const int open_before = open_descriptors();
    enum ping_probe result;
    pthread_t thread;

    ((struct sockaddr_in *)&to)->sin_port = htons(SCTP_PORT);
    memset(host.answers, 0, sizeof(host.answers));
    host.answers[0] = first;
    host.answers[1] = second;
    host.init_len = 0;
    assert_int_equal(pthread_create(&thread, NULL, answer_init, NULL), 0);
    errno = ECONNREFUSED; /* of an earlier call */
    result = ping_probe((struct sockaddr *)&to, host.raw ? 0 : udp_port(), PATIENCE_MS);
    pthread_join(thread, NULL);
    assert_int_equal(open_descriptors(), open_before);
    return result;
}

static const struct answer served = {.type = INIT_ACK}, refused = {.type = ABORT}, none;

UNIT_TEST(an_init_ack_and_an_abort_are_told_apart)
{
    assert_true(listen_at("127.0.0.1"));
    assert_int_equal(probe(served, none), PROBE_SERVED);
    assert_int_equal(probe(refused, none), PROBE_REFUSED);
    assert_int_equal(probe(refused, served), PROBE_REFUSED);
    close(host.fd);
}

/* The answer after such a packet decides. */
UNIT_TEST(packets_that_do_not_answer_the_init_are_ignored)
{
    assert_true(listen_at("127.0.0.1"));
    assert_int_equal(probe((struct answer){.type = COOKIE_ECHO}, refused), PROBE_REFUSED);
    for (size_t i = 1; i <= 8; i++)
        assert_int_equal(probe((struct answer){.type = INIT_ACK, .flip = i}, refused),
                         PROBE_REFUSED);
    assert_int_equal(probe((struct answer){.type = INIT_ACK, .len = 15}, refused), PROBE_REFUSED);
    assert_int_equal(probe((struct answer){.type = INIT_ACK, .len = 1}, refused), PROBE_REFUSED);
    assert_int_equal(probe((struct answer){.type = INIT_ACK, .empty = true}, refused),
                     PROBE_REFUSED);
    assert_int_equal(probe((struct answer){.type = INIT_ACK, .flip = 9}, refused),
                     PROBE_SERVED); /* the checksum is the stack's matter */
    close(host.fd);
}

/* CRC32c of RFC 9260, appendix A, a bit at a time, from the first bit on the line. */
static uint32_t crc32c(const unsigned char *data, size_t len)
{
    uint32_t crc = UINT32_MAX, reversed = 0;

    for (size_t i = 0; i < len; i++)
        for (int bit = 0; bit < 8; bit++) {
            bool out = (crc >> 31 ^ data[i] >> bit) & 1;

            crc = crc << 1 ^ (out ? 0x1edc6f41 : 0);
        }
    for (int bit = 0; bit < 32; bit++)
        reversed |= (crc >> bit & 1) << (31 - bit);
    return ~reversed;
}

static void assert_init(uint16_t from)
{
    unsigned char expected[32] = {[12] = 1, [15] = 20, [21] = 1, [25] = 1, [27] = 1},
                  *at = host.init;
    uint32_t sum = at[8] | at[9] << 8 | at[10] << 16 | (uint32_t)at[11] << 24;

    assert_int_equal(host.init_len, sizeof(expected));
    assert_int_equal(at[0] << 8 | at[1], from);
    assert_int_equal(at[2] << 8 | at[3], SCTP_PORT);
    assert_memory_equal(at + 4, expected + 4, 4); /* an INIT has no verification tag */
    assert_memory_equal(at + 12, expected + 12, 4);
    assert_true(at[16] & 1);
    assert_memory_equal(at + 20, expected + 20, 8);
    assert_memory_equal(at + 28, at + 16, 4);
    memset(at + 8, 0, 4);
    assert_int_equal(sum, crc32c(at, sizeof(expected)));
}

UNIT_TEST(the_init_is_well_formed)
{
    unsigned char tag[4];

    assert_true(listen_at("127.0.0.1"));
    probe(served, none);
    assert_init(host.from);
    memcpy(tag, host.init + 16, 4);
    probe(served, none);
    assert_memory_not_equal(tag, host.init + 16, 4);
    close(host.fd);
}

UNIT_TEST(a_host_is_probed_over_ipv6)
{
    if (!listen_at("::1"))
        skip();
    assert_int_equal(probe(refused, none), PROBE_REFUSED);
    assert_init(host.from);
    close(host.fd);
}

UNIT_TEST(a_port_without_a_listener_is_unreachable)
{
    static const char *const addresses[] = {"127.0.0.1", "::1"};

    for (size_t i = 0; i < COUNT(addresses); i++) {
        if (!listen_at(addresses[i]))
            continue;
        close(host.fd);
        assert_int_equal(ping_probe((struct sockaddr *)&host.at, udp_port(), PATIENCE_MS),
                         PROBE_UNREACHABLE);
    }
}

UNIT_TEST(a_host_that_does_not_answer_is_silent)
{
    assert_true(listen_at("127.0.0.1"));
    assert_int_equal(ping_probe((struct sockaddr *)&host.at, udp_port(), 20), PROBE_SILENT);
    close(host.fd);
}

/* Only root may open a raw socket. */
UNIT_TEST(a_host_is_probed_natively)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int open_before;

    assert_true(listen_at("127.0.0.1"));
    close(host.fd);
    host.raw = true;
    host.fd = socket(AF_INET, SOCK_RAW, IPPROTO_SCTP);
    if (host.fd < 0) {
        assert_int_equal(ping_probe((struct sockaddr *)&to, 0, 0), PROBE_CANNOT);
        return;
    }
    assert_int_equal(probe(served, none), PROBE_SERVED);
    assert_int_equal(reports_icmp, 1);
    assert_init((uint16_t)(host.init[0] << 8 | host.init[1]));
    assert_true(host.init[0] >= 0xc0);
    assert_int_equal(probe((struct answer){.type = INIT_ACK, .len = 15}, refused), PROBE_REFUSED);
    close(host.fd);
    open_before = open_descriptors();
    to.sin_addr.s_addr = htonl(INADDR_BROADCAST); /* a socket does not connect to it */
    assert_int_equal(ping_probe((struct sockaddr *)&to, 0, PATIENCE_MS), PROBE_CANNOT);
    assert_int_equal(open_descriptors(), open_before);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
