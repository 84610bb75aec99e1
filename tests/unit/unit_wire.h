/* A peer of the userland stack that is made of single packets, sent from a UDP socket. */
#ifndef UNIT_WIRE_H
#define UNIT_WIRE_H

#include "unit_sctp.h"

enum { WIRE_ROOM = 2048, WIRE_HEADER = 12, WIRE_TAG = 0x7e57, WIRE_TSN = 1000 };
enum {
    CHUNK_DATA,
    CHUNK_INIT,
    CHUNK_INIT_ACK,
    CHUNK_SACK,
    CHUNK_HEARTBEAT,
    CHUNK_HEARTBEAT_ACK,
    CHUNK_ABORT,
    CHUNK_SHUTDOWN,
    CHUNK_SHUTDOWN_ACK,
    CHUNK_ERROR,
    CHUNK_COOKIE_ECHO,
    CHUNK_COOKIE_ACK,
    CHUNK_ECNE,
    CHUNK_CWR,
    CHUNK_SHUTDOWN_COMPLETE,
    CHUNK_RECONFIG = 0x82,
    CHUNK_FORWARD_TSN = 0xc0
};

struct wire {
    unsigned char bytes[WIRE_ROOM];
    size_t size;
};

/* One end: a UDP socket, the SCTP ports, the tag that packets to the stack need. */
struct wire_end {
    int udp;
    uint16_t from, to;
    uint32_t tag, stack_tsn; /* stack_tsn: its initial one */
};

static inline uint32_t wire_crc(const unsigned char *p, size_t size)
{
    uint32_t crc = ~0u;

    while (size--) {
        crc ^= *p++;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    }
    return ~crc;
}

static inline void wire_put16(unsigned char *p, unsigned n)
{
    p[0] = (unsigned char)(n >> 8);
    p[1] = (unsigned char)n;
}

static inline void wire_put32(unsigned char *p, uint32_t n)
{
    wire_put16(p, n >> 16);
    wire_put16(p + 2, n & 0xffff);
}

static inline unsigned wire_get16(const unsigned char *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static inline uint32_t wire_get32(const unsigned char *p)
{
    return (uint32_t)wire_get16(p) << 16 | wire_get16(p + 2);
}

static inline struct wire wire_packet(const struct wire_end *e, uint32_t tag)
{
    struct wire w = {.size = WIRE_HEADER};

    wire_put16(w.bytes, e->from);
    wire_put16(w.bytes + 2, e->to);
    wire_put32(w.bytes + 4, tag);
    return w;
}

static inline void wire_chunk(struct wire *w, unsigned type, unsigned flags, const void *body,
                              size_t size)
{
    unsigned char *chunk = w->bytes + w->size;

    assert_true(w->size + size + 8 <= WIRE_ROOM);
    chunk[0] = (unsigned char)type;
    chunk[1] = (unsigned char)flags;
    wire_put16(chunk + 2, (unsigned)size + 4);
    memcpy(chunk + 4, body, size);
    w->size += 4 + (size + 3) / 4 * 4;
}

/* Sends it from the UDP socket of e, or from another. */
static inline void wire_send_from(int udp, const struct wire_end *e, struct wire *w)
{
    struct sockaddr_storage at = address("127.0.0.1", e->to);
    uint32_t sum;

    wire_put32(w->bytes + 8, 0);
    sum = wire_crc(w->bytes, w->size);
    for (int i = 0; i < 4; i++)
        w->bytes[8 + i] = (unsigned char)(sum >> 8 * i);
    assert_int_equal(
        sendto(udp, w->bytes, w->size, 0, sockaddr_of(&at), sizeof(struct sockaddr_in)), w->size);
}

static inline void wire_send(const struct wire_end *e, struct wire *w)
{
    wire_send_from(e->udp, e, w);
}

/* The first chunk of this type; NULL: none. */
static inline const unsigned char *wire_find(const struct wire *w, unsigned type)
{
    for (size_t at = WIRE_HEADER; at + 4 <= w->size;) {
        size_t size = wire_get16(w->bytes + at + 2);

        if (w->bytes[at] == type)
            return w->bytes + at;
        at += size < 4 ? 4 : (size + 3) / 4 * 4;
    }
    return NULL;
}

static inline bool wire_receive(const struct wire_end *e, struct wire *w, int ms)
{
    ssize_t n = polled(e->udp, POLLIN, ms) ? recv(e->udp, w->bytes, WIRE_ROOM, MSG_DONTWAIT) : -1;

    w->size = n < 0 ? 0 : (size_t)n;
    return n >= WIRE_HEADER + 4;
}

/* The next packet with a chunk of this type. */
static inline const unsigned char *wire_await(const struct wire_end *e, struct wire *w,
                                              unsigned type)
{
    const unsigned char *chunk;

    do
        assert_true(wire_receive(e, w, PATIENCE * 1000));
    while (!(chunk = wire_find(w, type)));
    return chunk;
}

/* The peer of the SCTP socket at this port. */
static inline struct wire_end wire_open(const char *host, uint16_t port)
{
    struct sockaddr_storage here = address(host, 0);
    socklen_t len = sizeof(here);
    struct wire_end e = {.udp = socket(AF_INET, SOCK_DGRAM, 0), .to = port};

    assert_int_equal(bind(e.udp, sockaddr_of(&here), sizeof(struct sockaddr_in)), 0);
    assert_int_equal(getsockname(e.udp, sockaddr_of(&here), &len), 0);
    e.from = port_of(&here);
    return e;
}

/* The fixed part of an INIT, and room for parameters. */
enum { INIT_FIXED = 16 };
static inline void wire_init(unsigned char *body, uint32_t tag, uint32_t window, unsigned out,
                             unsigned in)
{
    wire_put32(body, tag);
    wire_put32(body + 4, window);
    wire_put16(body + 8, out);
    wire_put16(body + 10, in);
    wire_put32(body + 12, WIRE_TSN);
}

/* Sends an INIT with these parameters, and makes the COOKIE ECHO for the answer. */
static inline struct wire wire_cookie(struct wire_end *e, uint32_t tag, const void *parameters,
                                      size_t size)
{
    unsigned char body[INIT_FIXED + 200];
    struct wire w = wire_packet(e, 0);
    const unsigned char *ack, *p;

    wire_init(body, tag, 65536, 10, 10);
    memcpy(body + INIT_FIXED, parameters, size);
    wire_chunk(&w, CHUNK_INIT, 0, body, INIT_FIXED + size);
    wire_send(e, &w);
    ack = wire_await(e, &w, CHUNK_INIT_ACK);
    e->tag = wire_get32(ack + 4);
    e->stack_tsn = wire_get32(ack + 16);
    p = ack + 20;
    while (wire_get16(p) != 7) {
        assert_true(wire_get16(p + 2) >= 4);
        p += (wire_get16(p + 2) + 3) / 4 * 4;
        assert_true(p + 4 < w.bytes + w.size);
    }
    struct wire echo = wire_packet(e, e->tag);
    wire_chunk(&echo, CHUNK_COOKIE_ECHO, 0, p + 4, wire_get16(p + 2) - 4u);
    return echo;
}

static inline void wire_associate(struct wire_end *e, const void *parameters, size_t size)
{
    struct wire w = wire_cookie(e, WIRE_TAG, parameters, size);

    wire_send(e, &w);
    wire_await(e, &w, CHUNK_COOKIE_ACK);
}

/* One chunk in a packet of the association. */
static inline void wire_say(const struct wire_end *e, unsigned type, unsigned flags,
                            const void *body, size_t size)
{
    struct wire w = wire_packet(e, e->tag);

    wire_chunk(&w, type, flags, body, size);
    wire_send(e, &w);
}

/* The stack has handled all packets up to this one. */
static inline bool wire_heartbeat(const struct wire_end *e, int ms)
{
    static const unsigned char info[] = {0, 1, 0, 8, 1, 2, 3, 4};
    struct wire w;

    wire_say(e, CHUNK_HEARTBEAT, 0, info, sizeof(info));
    while (wire_receive(e, &w, ms)) {
        if (wire_find(&w, CHUNK_HEARTBEAT_ACK))
            return true;
        if (wire_find(&w, CHUNK_ABORT))
            return false;
    }
    return false;
}

#endif
