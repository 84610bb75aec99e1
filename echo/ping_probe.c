/* One INIT by hand, over UDP or IP (RFC 9260, section 3.3.2; RFC 6951). */
#include "ping_probe.h"
#include "unpsctp.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
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

/* In `p`, which is all zero.  Its tag, which an answer must have, is at bytes + HEADER + 4. */
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
    chunk[15] = 1; /* its TSN may well be the tag */
    memcpy(chunk + 16, chunk + 4, 4);
    sum = crc32c(p->bytes, sizeof(p->bytes));
    for (int i = 0; i < 4; i++)
        p->bytes[8 + i] = (unsigned char)(sum >> 8 * i);
}

/* Is what came an INIT ACK or an ABORT for our tag?  With `ip`, the IPv4 header is before it. */
static bool is_answer(const struct packet *sent, const unsigned char *got, size_t len, bool ip)
{
    size_t skip = ip && len ? (got[0] & 15U) * 4 : 0;

    if (len < skip + HEADER + 4)
        return false;
    got += skip;
    return memcmp(got, sent->bytes + 2, 2) == 0 && memcmp(got + 2, sent->bytes, 2) == 0 &&
           memcmp(got + 4, sent->bytes + HEADER + 4, 4) == 0 &&
           (got[HEADER] == INIT_ACK || got[HEADER] == ABORT);
}

static int open_socket(const struct sockaddr *sa, uint16_t udp_port)
{
    struct sockaddr_storage to = {0};
    int fd = udp_port ? socket(sa->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)
                      : socket(sa->sa_family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_SCTP);

    memcpy(&to, sa, sock_len(sa));
    ((struct sockaddr_in *)&to)->sin_port =
        htons(udp_port); /* at the same place in both families */
    /* Connected, so that what ICMP says is told. */
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sock_len(sa)) < 0) {
        close(fd);
        return -1;
    }
    if (fd >= 0 && !udp_port) { /* a raw socket has to ask for it */
        const int on = 1;

        if (sa->sa_family == AF_INET)
            setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
        else
            setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
    }
    return fd;
}

/* A port of ours: UDP's, so that no other program of this host has it. */
static unsigned our_port(int fd, uint16_t udp_port)
{
    struct sockaddr_storage us;
    socklen_t len = sizeof(us);
    uint16_t any = 0;

    if (udp_port && getsockname(fd, (struct sockaddr *)&us, &len) == 0)
        return ntohs(((struct sockaddr_in *)&us)->sin_port);
    (void)!getrandom(&any, sizeof(any), 0);
    return NATIVE_PORT | any;
}

static enum ping_probe wait_for_answer(int fd, const struct packet *sent, bool ip, int ms)
{
    int64_t left, end = sctp_now() + ms;
    unsigned char got[2048];

    while ((left = end - sctp_now()) > 0) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;

        if (poll(&p, 1, (int)left) <= 0)
            continue;
        n = recv(fd, got, sizeof(got), MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return PROBE_UNREACHABLE;
        if (n > 0 && is_answer(sent, got, (size_t)n, ip))
            return PROBE_ANSWERS;
    }
    return PROBE_SILENT;
}

enum ping_probe ping_probe(const struct sockaddr *sa, uint16_t udp_port, int ms)
{
    unsigned port = ntohs(((const struct sockaddr_in *)(const void *)sa)->sin_port);
    int fd = open_socket(sa, udp_port);
    enum ping_probe result = PROBE_CANNOT;
    struct packet init = {0};

    if (fd < 0)
        return PROBE_CANNOT;
    make_init(&init, our_port(fd, udp_port), port);
    if (send(fd, init.bytes, sizeof(init.bytes), MSG_DONTWAIT) >= 0)
        result = wait_for_answer(fd, &init, !udp_port && sa->sa_family == AF_INET, ms);
    close(fd);
    return result;
}
