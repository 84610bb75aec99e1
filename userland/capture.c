/*
 * The capture: a file with the SCTP packets of this process (SCTP_USERLAND_PCAP), as Wireshark
 * reads it.
 *
 * A packet has an IP header with its addresses and protocol 132, in place of the headers of IP and
 * UDP that it has on the wire.  So it is shown as SCTP whatever its UDP ports are.  Each packet is
 * one write(2), and a killed process leaves a file of whole packets.
 */
#include "capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "descriptor.h"
#include "libc.h"

enum { HOPS = 64, LARGEST = 65535, LINKTYPE_RAW = 101 };

struct file_header {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t zone, accuracy, largest, link_type;
};
struct packet_header {
    uint32_t seconds, microseconds, captured, length;
};

static int fd = -1;
static off_t end; /* of the last whole packet */
static char path[PATH_MAX];

static void give_up(const char *why)
{
    say("cannot write the capture %s: %s; going on without it", path, why);
    if (fd >= 0) {
        descriptor_unhide(fd);
        libc.close(fd);
    }
    fd = -1;
}

/* Each "%p" of the name is the process id.  False: the name is too long. */
static bool expand(const char *name)
{
    size_t n = 0;
    while (*name && n < sizeof(path) - 1)
        if (name[0] == '%' && name[1] == 'p') {
            n += (size_t)snprintf(path + n, sizeof(path) - n, "%d", (int)getpid());
            name += 2;
        } else {
            path[n++] = *name++;
        }
    path[n < sizeof(path) ? n : sizeof(path) - 1] = '\0';
    return !*name && n < sizeof(path);
}

/* Opens an empty file that only this user can read.  Returns why not, or NULL. */
static const char *open_file(void)
{
    struct stat st;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == ELOOP ? "it is a symbolic link" : strerror(errno);
    fd = descriptor_hide(fd);
    if (fstat(fd, &st) < 0)
        return strerror(errno);
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
        return "it is not a regular file of this user";
    /* A child of fork(2) does not inherit this lock. */
    if (libc.fcntl(fd, F_SETLK, &lock) < 0)
        return errno == EAGAIN || errno == EACCES
                   ? "another process writes it; give each process its own, with %p in the name"
                   : strerror(errno);
    return fchmod(fd, 0600) < 0 || ftruncate(fd, 0) < 0 ? strerror(errno) : NULL;
}

static void append(const void *bytes, size_t size)
{
    ssize_t n = libc.write(fd, bytes, size);
    if (n == (ssize_t)size) {
        end += n;
        return;
    }
    int error = n < 0 ? errno : ENOSPC;
    if (ftruncate(fd, end) < 0)
        debug("the last packet of the capture is not whole");
    give_up(strerror(error));
}

void capture_open(void)
{
    /* NULL in a program that has more privileges than its user. */
    const char *name = secure_getenv("SCTP_USERLAND_PCAP");
    const struct file_header header = {
        .magic = 0xa1b2c3d4, .major = 2, .minor = 4, .largest = LARGEST, .link_type = LINKTYPE_RAW};
    if (!name || !*name)
        return;
    const char *why = expand(name) ? open_file() : strerror(ENAMETOOLONG);
    end = 0;
    if (why)
        give_up(why);
    else
        append(&header, sizeof(header));
}

/* ---- packets -------------------------------------------------------------- */

static uint16_t checksum(const void *header, size_t size)
{
    uint16_t word;
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i += sizeof(word)) {
        memcpy(&word, (const char *)header + i, sizeof(word));
        sum += word;
    }
    sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t) ~(sum + (sum >> 16));
}

/* Makes the IP header of a packet of size bytes.  Returns the header's size. */
static size_t ip_header(const union address *from, const union address *to, size_t size,
                        unsigned char *at)
{
    if (to->sa.sa_family == AF_INET6) {
        struct ip6_hdr six = {.ip6_src = from->in6.sin6_addr, .ip6_dst = to->in6.sin6_addr};
        six.ip6_vfc = 6 << 4;
        six.ip6_plen = htons((uint16_t)size);
        six.ip6_nxt = IPPROTO_SCTP;
        six.ip6_hlim = HOPS;
        memcpy(at, &six, sizeof(six));
        return sizeof(six);
    }
    struct ip four = {.ip_v = 4,
                      .ip_hl = sizeof(four) / 4,
                      .ip_len = htons((uint16_t)(sizeof(four) + size)),
                      .ip_off = htons(IP_DF),
                      .ip_ttl = HOPS,
                      .ip_p = IPPROTO_SCTP,
                      .ip_src = from->in.sin_addr,
                      .ip_dst = to->in.sin_addr};
    four.ip_sum = checksum(&four, sizeof(four));
    memcpy(at, &four, sizeof(four));
    return sizeof(four);
}

void capture_packet(const union address *from, const union address *to, const struct iovec *iov,
                    size_t n)
{
    static unsigned char record[sizeof(struct packet_header) + LARGEST];
    union address source = *from;
    struct timespec now;
    size_t size = 0;
    if (fd < 0)
        return;
    for (size_t i = 0; i < n; i++)
        size += iov[i].iov_len;
    /* A packet of an unbound socket leaves from the address of the route. */
    if (address_is_wildcard(&source))
        local_address_by_route(to, &source);
    struct packet_header header = {0};
    if (size > LARGEST - sizeof(struct ip6_hdr))
        return;
    size_t used = sizeof(header);
    used += ip_header(&source, to, size, record + used);
    for (size_t i = 0; i < n; used += iov[i++].iov_len)
        memcpy(record + used, iov[i].iov_base, iov[i].iov_len);
    clock_gettime(CLOCK_REALTIME, &now);
    header.seconds = (uint32_t)now.tv_sec;
    header.microseconds = (uint32_t)(now.tv_nsec / 1000);
    header.captured = header.length = (uint32_t)(used - sizeof(header));
    memcpy(record, &header, sizeof(header));
    append(record, used);
}

void capture_drop_inherited(void)
{
    fd = -1; /* closed with all our own descriptors */
}
