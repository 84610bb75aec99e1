/* A hand-made INIT over UDP or IP (RFC 9260, section 3.3.2; RFC 6951). */
#include "probe.h"
#include "unpsctp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 12, INIT_SIZE = 20, INIT = 1, INIT_ACK = 2, ABORT = 6, NATIVE_PORT = 0xc000 };

struct packet {
    unsigned char bytes[HEADER + INIT_SIZE];
};

/* RFC 9260, appendix A. */
static uint32_t crc32c(const unsigned char *data, size_t len)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    }
    return ~crc;
}

static void put16(unsigned char *to, unsigned n)
{
    to[0] = (unsigned char)(n >> 8);
    to[1] = (unsigned char)n;
}

/* Builds an INIT in `p`, which is all zero.  Its initiate tag, the verification tag of an answer,
 * is at bytes + HEADER + 4. */
static void make_init(struct packet *p, unsigned from, unsigned to)
{
    unsigned char *chunk = p->bytes + HEADER;
    uint32_t sum;

    put16(p->bytes, from);
    put16(p->bytes + 2, to);
    chunk[0] = INIT;
    chunk[3] = INIT_SIZE;
    (void)!getrandom(chunk + 4, 4, 0);
    chunk[4] |= 1; /* a tag is not 0 */
    chunk[9] = 1;  /* a_rwnd 65536 */
    chunk[13] = 1; /* a stream each way */
    chunk[15] = 1;
    memcpy(chunk + 16, chunk + 4, 4); /* the initial TSN may equal the tag */
    sum = crc32c(p->bytes, sizeof(p->bytes));
    for (int i = 0; i < 4; i++)
        p->bytes[8 + i] = (unsigned char)(sum >> 8 * i);
}

/* Classifies a received packet; PROBE_SILENT: it is no answer to the INIT.  With `ip`, it begins
 * with an IPv4 header. */
static enum ping_probe answer(const struct packet *sent, const unsigned char *got, size_t len,
                              bool ip)
{
    size_t skip = ip && len ? (got[0] & 15U) * 4 : 0;

    if (len < skip + HEADER + 4)
        return PROBE_SILENT;
    got += skip;
    if (memcmp(got, sent->bytes + 2, 2) != 0 || memcmp(got + 2, sent->bytes, 2) != 0 ||
        memcmp(got + 4, sent->bytes + HEADER + 4, 4) != 0)
        return PROBE_SILENT;
    return got[HEADER] == INIT_ACK ? PROBE_SERVED
           : got[HEADER] == ABORT  ? PROBE_REFUSED
                                   : PROBE_SILENT;
}

/* Makes an unconnected socket report ICMP errors, and the TTL of what it receives. */
static void report_errors_and_ttl(int fd, int family)
{
    const int on = 1;

    if (family == AF_INET) {
        setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
        setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on));
    } else {
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on));
    }
}

/* A UDP socket with an unused port, *port.  It is not connected, because a host may answer from
 * another of its addresses. */
static int open_udp(int family, uint16_t *port)
{
    struct sockaddr_storage us = {.ss_family = (sa_family_t)family};
    socklen_t len = unp_sock_len((struct sockaddr *)&us);
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    report_errors_and_ttl(fd, family);
    if (bind(fd, (struct sockaddr *)&us, len) < 0 ||
        getsockname(fd, (struct sockaddr *)&us, &len) < 0) {
        close(fd);
        return -1;
    }
    *port = ntohs(((struct sockaddr_in *)&us)->sin_port); /* at the same place in both families */
    return fd;
}

/* A raw socket for IP protocol 132, connected so that it receives no packets of other hosts. */
static int open_native(const struct sockaddr *to, uint16_t *port)
{
    int fd = socket(to->sa_family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_SCTP);

    if (fd < 0)
        return -1;
    report_errors_and_ttl(fd, to->sa_family);
    (void)!getrandom(port, sizeof(*port), 0);
    *port |= NATIVE_PORT;
    if (connect(fd, to, unp_sock_len(to)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* ---- Answers --------------------------------------------------------------- */

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static bool is_host(const struct sock_extended_err *e, const struct sockaddr *to)
{
    char offender[SOCK_NTOP_SIZE], host[SOCK_NTOP_SIZE];

    return strcmp(sock_ntop_host(SO_EE_OFFENDER(e), offender, sizeof(offender)),
                  sock_ntop_host(to, host, sizeof(host))) == 0;
}

/* Receives a packet or, with MSG_ERRQUEUE, the report of an ICMP error, and fills in *a. */
static ssize_t receive(int fd, const struct sockaddr *to, void *buf, size_t size, int flags,
                       struct ping_answer *a)
{
    struct iovec iov = {.iov_base = buf, .iov_len = size};
    char control[512];
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(fd, &msg, flags | MSG_DONTWAIT);

    a->by_host = !(flags & MSG_ERRQUEUE);
    a->ttl = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); n >= 0 && c; c = CMSG_NXTHDR(&msg, c)) {
        bool v4 = c->cmsg_level == IPPROTO_IP;

        if (c->cmsg_type == (v4 ? IP_TTL : IPV6_HOPLIMIT))
            memcpy(&a->ttl, CMSG_DATA(c), sizeof(a->ttl));
        if (c->cmsg_type == (v4 ? IP_RECVERR : IPV6_RECVERR))
            a->by_host = is_host((const void *)CMSG_DATA(c), to);
    }
    return n;
}

static enum ping_probe wait_for_answer(int fd, const struct packet *sent, const struct sockaddr *to,
                                       bool ip, int ms, struct ping_answer *a)
{
    int64_t left, began = now_us(), end = began + (int64_t)ms * 1000;
    enum ping_probe result;
    unsigned char got[2048];

    while ((left = end - now_us()) > 0) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;

        if (poll(&p, 1, (int)((left + 999) / 1000)) <= 0)
            continue;
        n = receive(fd, to, got, sizeof(got), 0, a);
        a->us = now_us() - began;
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            receive(fd, to, got, sizeof(got), MSG_ERRQUEUE, a);
            return PROBE_UNREACHABLE;
        }
        if (n > 0 && (result = answer(sent, got, (size_t)n, ip)) != PROBE_SILENT)
            return result;
    }
    a->us = -1;
    return PROBE_SILENT;
}

/* ---- The probe --------------------------------------------------------------- */

enum ping_probe ping_probe_timed(const struct sockaddr *sa, uint16_t udp_port, int ms,
                                 struct ping_answer *a)
{
    unsigned sctp_port = ntohs(((const struct sockaddr_in *)(const void *)sa)->sin_port);
    struct sockaddr_storage to = {0};
    enum ping_probe result = PROBE_CANNOT;
    struct packet init = {0};
    uint16_t ours = 0;
    int fd;

    *a = (struct ping_answer){.us = -1, .ttl = -1};
    memcpy(&to, sa, unp_sock_len(sa));
    ((struct sockaddr_in *)&to)->sin_port = htons(udp_port);
    fd = udp_port ? open_udp(sa->sa_family, &ours) : open_native((struct sockaddr *)&to, &ours);
    if (fd < 0)
        return PROBE_CANNOT;
    make_init(&init, ours, sctp_port);
    if (sendto(fd, init.bytes, sizeof(init.bytes), MSG_DONTWAIT, (struct sockaddr *)&to,
               unp_sock_len(sa)) >= 0)
        result = wait_for_answer(fd, &init, sa, !udp_port && sa->sa_family == AF_INET, ms, a);
    close(fd);
    return result;
}

enum ping_probe ping_probe(const struct sockaddr *sa, uint16_t udp_port, int ms)
{
    struct ping_answer ignored;

    return ping_probe_timed(sa, udp_port, ms, &ignored);
}
