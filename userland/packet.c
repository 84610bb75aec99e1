/* SCTP packets on the wire: the trace, answers to them, and malformed ones that libusrsctp must not
 * get. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "address.h"
#include "libusrsctp.h"
#include "packet.h"
#include "userland.h"

/* The names of the chunks that begin in the first `size` bytes. */
static void name_chunks(const unsigned char *packet, size_t size, char *to, size_t room)
{
    static const char *const names[] = {
        "DATA",          "INIT",       "INIT ACK", "SACK",         "HEARTBEAT",
        "HEARTBEAT ACK", "ABORT",      "SHUTDOWN", "SHUTDOWN ACK", "ERROR",
        "COOKIE ECHO",   "COOKIE ACK", "ECNE",     "CWR",          "SHUTDOWN COMPLETE"};
    size_t used = 0;
    for (size_t at = PACKET_HEADER; at + 4 <= size && used < room - 20;) {
        size_t length = (size_t)packet[at + 2] << 8 | packet[at + 3];
        if (packet[at] < sizeof(names) / sizeof(*names))
            used += (size_t)snprintf(to + used, room - used, " %s", names[packet[at]]);
        else
            used += (size_t)snprintf(to + used, room - used, " chunk %d", packet[at]);
        at += length < 4 ? 4 : (length + 3) / 4 * 4;
    }
}

void trace_packet(const char *what, const union address *peer, const unsigned char *packet,
                  size_t size)
{
    char host[INET6_ADDRSTRLEN], chunks[160] = "";
    if (!debugging || size < 13)
        return;
    inet_ntop(peer->sa.sa_family,
              peer->sa.sa_family == AF_INET ? (const void *)&peer->in.sin_addr
                                            : (const void *)&peer->in6.sin6_addr,
              host, sizeof(host));
    name_chunks(packet, size, chunks, sizeof(chunks));
    debug("%s%s, port %d to %d, %s UDP port %d", what, chunks, packet[0] << 8 | packet[1],
          packet[2] << 8 | packet[3], host, address_port(peer));
}

const unsigned char *packet_chunk(const unsigned char *packet, size_t size, unsigned char type)
{
    for (size_t at = PACKET_HEADER; at + 4 <= size;) {
        size_t length = (size_t)packet[at + 2] << 8 | packet[at + 3];
        if (packet[at] == type)
            return packet + at;
        at += length < 4 ? 4 : (length + 3) / 4 * 4;
    }
    return NULL;
}

/* libusrsctp's cookie: identification, time, lifetime, tie tags, …, and the peer's INIT. */
bool packet_restarts(const unsigned char *echo, size_t size, unsigned *streams)
{
    enum { TIE_TAGS = CHUNK_HEADER + 16 + sizeof(struct timeval) + 4, INIT = TIE_TAGS + 76 };
    static const unsigned char none[8];
    *streams = 0;
    if (size < INIT + 20)
        return false;
    *streams = (unsigned)echo[INIT + 12] << 8 | echo[INIT + 13];
    return memcmp(echo + TIE_TAGS, none, sizeof(none)) != 0;
}

/* ---- answers -------------------------------------------------------------- */

size_t packet_answer(const unsigned char *packet, size_t size, unsigned char type,
                     unsigned char *answer)
{
    bool init = size >= PACKET_HEADER + 8 && packet[PACKET_HEADER] == CHUNK_INIT;
    unsigned char made[PACKET_ANSWER_SIZE] = {0};
    memcpy(made, packet + 2, 2); /* ports, swapped */
    memcpy(made + 2, packet, 2);
    memcpy(made + 4, init ? packet + PACKET_HEADER + 4 : packet + 4, 4); /* tag */
    made[PACKET_HEADER] = type;
    made[13] = init ? 0 : CHUNK_TAG_REFLECTED;
    made[15] = 4; /* length */
    uint32_t sum = usr.crc32c(made, sizeof(made));
    memcpy(made + 8, &sum, 4);
    memcpy(answer, made, sizeof(made));
    return sizeof(made);
}

bool packet_intact(unsigned char *packet, size_t size)
{
    uint32_t sum, zero = 0;
    memcpy(&sum, packet + 8, 4);
    memcpy(packet + 8, &zero, 4);
    bool intact = usr.crc32c(packet, size) == sum;
    memcpy(packet + 8, &sum, 4);
    return intact;
}

/* ---- malformed INIT and INIT ACK ------------------------------------------ */

enum { FIXED = 20, PARAMETER = 4 }; /* sizes: an INIT without parameters, the header of one */

static size_t u16_at(const unsigned char *p)
{
    return (size_t)p[0] << 8 | p[1];
}

static bool lists(const unsigned char *list, size_t size, unsigned char item)
{
    return memchr(list + PARAMETER, item, size - PARAMETER) != NULL;
}

/* Parameters of an INIT about AUTH and ASCONF (RFC 4895, RFC 5061). */
struct extensions {
    bool random, hmac, chunks, asconf, asconf_signed, asconf_ack_signed;
};

/* Whether libusrsctp accepts a parameter.  It reads at most 260 bytes of one. */
static bool parameter_valid(const unsigned char *p, size_t size, struct extensions *has)
{
    enum { RANDOM = 0x8002, CHUNKS = 0x8003, HMACS = 0x8004, SUPPORTED = 0x8008, MOST = 260 };
    enum { ASCONF_ACK = 0x80, ASCONF = 0xc1, HMAC_SHA1 = 1 };
    switch (u16_at(p)) {
    case RANDOM:
        has->random = true;
        return size == PARAMETER + 32;
    case CHUNKS:
        has->chunks |= size > PARAMETER;
        has->asconf_signed |= lists(p, size, ASCONF);
        has->asconf_ack_signed |= lists(p, size, ASCONF_ACK);
        return size <= MOST;
    case HMACS:
        for (size_t at = PARAMETER; at + 2 <= size && size <= MOST; at += 2)
            has->hmac |= u16_at(p + at) == HMAC_SHA1;
        return has->hmac;
    case SUPPORTED:
        has->asconf |= lists(p, size, ASCONF) || lists(p, size, ASCONF_ACK);
        return size <= MOST;
    default:
        return true;
    }
}

/* A parameter shorter than its header makes libusrsctp loop forever, with the lock held. */
static bool parameters_valid(const unsigned char *p, size_t size, struct extensions *has)
{
    for (size_t at = 0; at + PARAMETER <= size;) {
        size_t length = u16_at(p + at + 2), room = size - at;
        if (length < PARAMETER ||
            (has && !parameter_valid(p + at, length < room ? length : room, has)))
            return false;
        at += (length + 3) / 4 * 4;
    }
    return true;
}

/* An INIT has no tag that proves who sent it.  Yet libusrsctp 0.9.5 aborts the association with the
 * address that it claims to come from if the INIT is wrong in one of these ways. */
static bool init_valid(const unsigned char *chunk, size_t size)
{
    enum { MOST = 65535 - 2048, LEAST_WINDOW = 1500 };
    static const unsigned char zero[4];
    struct extensions has = {0};
    if (u16_at(chunk + 2) > MOST || memcmp(chunk + 4, zero, 4) == 0 ||
        (memcmp(chunk + 8, zero, 2) == 0 && u16_at(chunk + 10) < LEAST_WINDOW) ||
        u16_at(chunk + 12) == 0 || u16_at(chunk + 14) == 0 ||
        !parameters_valid(chunk + FIXED, size - FIXED, &has))
        return false;
    if (has.random && has.hmac)
        return !has.asconf || (has.asconf_signed && has.asconf_ack_signed);
    return !has.chunks && !has.asconf;
}

bool packet_harmful(const unsigned char *packet, size_t size)
{
    const unsigned char *chunk = packet + PACKET_HEADER;
    if (size < PACKET_HEADER + PARAMETER || (chunk[0] != CHUNK_INIT && chunk[0] != CHUNK_INIT_ACK))
        return false;
    size_t length =
        u16_at(chunk + 2) < size - PACKET_HEADER ? u16_at(chunk + 2) : size - PACKET_HEADER;
    if (length < FIXED)
        return true;
    if (chunk[0] == CHUNK_INIT)
        return !init_valid(chunk, length);
    return !parameters_valid(chunk + FIXED, length - FIXED, NULL);
}
