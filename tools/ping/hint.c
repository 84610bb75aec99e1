/*
 * Why a host refused, or does not answer: probes show whether SCTP answers there in another way,
 * natively instead of over UDP, or at another UDP port.
 */
#include "hint.h"
#include "client/client.h"
#include "cmdline/cmdline.h"
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>

#define RFC_6951 9899  /* registered UDP port of SCTP over UDP */
#define UNUSED   33434 /* traceroute's first UDP port, where hosts have no listener */

/* Results of probes to a host that refused or did not answer. */
struct probes {
    uint16_t unserved; /* UDP port without a listener; 0: not known */
    uint16_t silent;   /* UDP port that does not answer, although others do; 0: not known */
    char other[300];   /* text if SCTP answers there in another way; else empty */
};

/* The server may have another setting of SCTP_UDP_PORT than `common`, the one here (0: none). */
static void probe_other_port(const struct ping_hint *h, uint16_t common, struct probes *a)
{
    uint16_t other = common ? h->port : RFC_6951;

    if (other == a->unserved || ping_probe(h->sa, other, ping_hint_ms(h)) != PROBE_SERVED)
        return;
    if (common)
        snprintf(
            a->other, sizeof(a->other),
            ", but SCTP over UDP answers there, at UDP port %u: SCTP_UDP_PORT is set here only; "
            "unset it, or set it at both ends",
            other);
    else
        snprintf(a->other, sizeof(a->other),
                 ", but SCTP over UDP answers there, at UDP port %u: SCTP_UDP_PORT=%u is set there "
                 "only; set it here too",
                 other, other);
}

static void probe_others(const struct ping_hint *h, struct probes *a)
{
    const char *text = getenv("SCTP_UDP_PORT");
    int64_t common = text ? unp_parse_number(text, 1, 65535) : -1;
    uint16_t udp = common > 0 ? (uint16_t)common : h->port;
    enum ping_probe probe;

    *a = (struct probes){0};
    if (!h->over_udp) {
        if (ping_probe(h->sa, RFC_6951, ping_hint_ms(h)) == PROBE_SERVED)
            snprintf(a->other, sizeof(a->other),
                     ", but SCTP over UDP answers there, at UDP port %d: "
                     "as root, 'sysctl -w net.sctp.udp_port=%d net.sctp.encap_port=%d', or set "
                     "SCTP_STACK=userland SCTP_UDP_PORT=%d",
                     RFC_6951, RFC_6951, RFC_6951, RFC_6951);
        else if (ping_probe(h->sa, h->port, ping_hint_ms(h)) == PROBE_SERVED)
            snprintf(a->other, sizeof(a->other),
                     ", but SCTP over UDP answers there, at UDP port %u: set "
                     "SCTP_STACK=userland",
                     h->port);
        return;
    }
    probe = ping_probe(h->sa, udp, ping_hint_ms(h));
    if (probe == PROBE_UNREACHABLE) {
        a->unserved = udp;
        probe_other_port(h, common > 0 ? (uint16_t)common : 0, a);
    }
    if (probe == PROBE_SILENT && ping_probe(h->sa, UNUSED, ping_hint_ms(h)) == PROBE_UNREACHABLE)
        a->silent = udp;
    if (!*a->other && !h->udp_only && ping_probe(h->sa, 0, ping_hint_ms(h)) == PROBE_SERVED)
        snprintf(a->other, sizeof(a->other),
                 ", but SCTP answers there natively (IP protocol 132): start the server with "
                 "SCTP_STACK=userland, or run this where the kernel has SCTP");
}

const char *ping_hint_refused(const struct ping_hint *h, char *buf, size_t size)
{
    char setting[80], unserved[80] = "";
    struct probes a;

    probe_others(h, &a);
    if (a.unserved)
        snprintf(unserved, sizeof(unserved), ", as nothing listens on UDP port %u there",
                 a.unserved);
    if (*a.other || !a.unserved)
        snprintf(buf, size, "%s%s", unserved, a.other);
    else
        snprintf(buf, size, "%s; is the server running, on this port, over UDP, and %s?", unserved,
                 unp_udp_setting(setting, sizeof(setting)));
    return buf;
}

const char *ping_hint_no_answer(const struct ping_hint *h, char *buf, size_t size)
{
    char setting[80];
    struct probes a;

    probe_others(h, &a);
    if (a.silent)
        snprintf(buf, size,
                 "%s; UDP does reach the host: is the server at UDP port %u stopped or stuck, or "
                 "does a firewall drop this port?",
                 a.other, a.silent);
    else if (h->over_udp)
        snprintf(
            buf, size, "%s; %sdoes a firewall on the way drop UDP, and is the server running %s?",
            a.other, *a.other ? "" : "is the host up, ", unp_udp_setting(setting, sizeof(setting)));
    else
        snprintf(buf, size, "%s; %sdoes a firewall on the way drop SCTP (IP protocol 132)?",
                 a.other, *a.other ? "" : "is the host up, and ");
    return buf;
}

const char *ping_hint_natively(const struct ping_hint *h, char *buf, size_t size)
{
    static const char *const texts[] = {
        [PROBE_CANNOT] = "",
        [PROBE_SILENT] = "; natively (IP protocol 132) the host does not answer",
        [PROBE_UNREACHABLE] = "; natively (IP protocol 132) the host cannot be reached",
        [PROBE_REFUSED] = "; the host has SCTP natively (IP protocol 132), but refuses this port",
        [PROBE_SERVED] = "; the host serves this port natively (IP protocol 132)",
    };

    snprintf(buf, size, "%s", texts[ping_probe(h->sa, 0, ping_hint_ms(h))]);
    return buf;
}
