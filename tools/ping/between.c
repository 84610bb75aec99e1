/*
 * Did the host itself refuse, or something on the way, such as a firewall that answers with ABORT
 * in the name of the host?
 *
 * The host's own answer is known: a UDP port without a listener is reported by an ICMP message that
 * has its address as the source.  (A firewall that forges an ABORT hardly forges this.)  It takes
 * the time of the whole path, and its TTL tells the number of routers.  An ABORT that comes much
 * sooner, or over another number of routers, is not the host's.  The TTL of an ABORT needs a raw
 * socket, and so root; over UDP, any user's socket tells it.
 */
#include "cmdline/cmdline.h"
#include "hint.h"
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>

#define UNUSED 33434 /* traceroute's first UDP port, where hosts have no listener */
#define TRIES  2     /* answers of the host; the shorter time counts */
#define CLEAR  1000  /* us by which times must differ at least */

/* Routers that a packet has crossed; its first TTL is 64, 128 or 255. */
static int routers(int ttl)
{
    return (ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255) - ttl;
}

/* The host's own answer; us -1: none. */
static struct ping_answer ask_host(const struct ping_hint *h)
{
    struct ping_answer best = {.us = -1}, a;

    for (int i = 0; i < TRIES; i++)
        if (ping_probe_timed(h->sa, UNUSED, ping_hint_ms(h), &a) == PROBE_UNREACHABLE &&
            a.by_host && (best.us < 0 || a.us < best.us))
            best = a;
    return best;
}

/* The UDP port of the server; 0: none, SCTP is native. */
static uint16_t server_port(const struct ping_hint *h)
{
    const char *text = getenv("SCTP_UDP_PORT");
    int64_t common = text ? unp_parse_number(text, 1, 65535) : -1;

    return !h->over_udp ? 0 : common > 0 ? (uint16_t)common : h->port;
}

const char *ping_hint_between(const struct ping_hint *h, int64_t us, char *buf, size_t size)
{
    struct ping_answer abort, host;
    enum ping_probe probe = ping_probe_timed(h->sa, server_port(h), ping_hint_ms(h), &abort);
    bool sooner, elsewhere;

    *buf = '\0';
    if (probe != PROBE_REFUSED && probe != PROBE_CANNOT)
        return buf;
    if (probe == PROBE_CANNOT)
        abort = (struct ping_answer){.us = us, .ttl = -1};
    host = ask_host(h);
    if (host.us < 0)
        return buf;
    sooner = abort.us < host.us / 2 && host.us - abort.us > CLEAR;
    elsewhere = abort.ttl >= 0 && host.ttl >= 0 && routers(abort.ttl) != routers(host.ttl);
    if (elsewhere)
        snprintf(buf, size,
                 "; something on the way seems to have sent the ABORT: it crossed %d router%s and "
                 "took %.1f ms, the host's own answer to UDP %d and %.1f ms",
                 routers(abort.ttl), routers(abort.ttl) == 1 ? "" : "s", (double)abort.us / 1000,
                 routers(host.ttl), (double)host.us / 1000);
    else if (sooner)
        snprintf(buf, size,
                 "; something on the way seems to have sent the ABORT: it took %.1f ms, the host's "
                 "own answer to UDP %.1f ms",
                 (double)abort.us / 1000, (double)host.us / 1000);
    return buf;
}
