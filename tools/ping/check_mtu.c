/*
 * sctp_ping --mtu: the largest message that reaches the server in one packet.
 *
 * The stack takes the MTU of its own link for that of the path, until a router reports a smaller
 * one.  Where the reports (ICMP) are dropped, larger packets vanish.  So each size is tried with a
 * message that must not be fragmented, in a packet of its own, and its acknowledgement shows that
 * it has arrived: the server need not reply.
 *
 * The retransmission timeout is longer than the wait, because a multi-homed association retransmits
 * on another path.  A lost message would precede the next one, so its association is aborted.
 */
#include "check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECOND 1000000
#define POLL   1000 /* us between two looks at what is unacknowledged */
#define TRIES  2    /* packets of a size that must be lost before the size counts as lost */
#define WORD   4    /* bytes: data is padded to a multiple */
#define LEAST  WORD /* bytes of the smallest message */

enum { IPV4 = 20, IPV6 = 40, UDP = 8, SCTP = 12, DATA = 16 };

enum fate { ARRIVES, IS_LOST, UNKNOWN };

/* Sizes of messages: what is known so far. */
struct sizes {
    size_t passes; /* the largest that was acknowledged; 0: none */
    size_t fails;  /* the smallest that was not; 0: none */
    size_t most;   /* the largest that this stack sends in one packet */
    bool reported; /* a router has reported a smaller MTU */
};

/* ---- A message ------------------------------------------------------------------ */

/* Prepares the association: no fragments, and no retransmission within the wait. */
static void prepare(const struct ping *p)
{
    uint32_t wait = (uint32_t)(p->asked.interval / 1000) + 1000;
    struct sctp_rtoinfo rto = {.srto_assoc_id = p->a.id};
    socklen_t len = sizeof(rto);
    const int on = 1;

    Setsockopt(p->a.fd, IPPROTO_SCTP, SCTP_DISABLE_FRAGMENTS, &on, sizeof(on));
    if (getsockopt(p->a.fd, IPPROTO_SCTP, SCTP_RTOINFO, &rto, &len) < 0)
        return;
    rto.srto_min = rto.srto_min > wait ? rto.srto_min : wait;
    rto.srto_max = rto.srto_max > wait ? rto.srto_max : wait;
    setsockopt(p->a.fd, IPPROTO_SCTP, SCTP_RTOINFO, &rto, sizeof(rto));
}

/* An association: the present one, unless a message was lost on it. */
static bool have_association(struct check *k)
{
    struct unp_client client = k->p->asked.client;
    struct ping *p = k->p;
    char why[600];

    if (p->a.fd >= 0 && !p->a.closed)
        return true;
    unp_client_assoc_close(&p->a);
    client.host = k->address;
    client.wait = UINT_MAX;
    client.setup.until = (ping_now() + check_time_left(k)) / 1000;
    if (check_time_left(k) <= 0 || ping_connect(p, &client, why, sizeof(why)) != EXIT_OK)
        return false;
    while (!p->a.ostreams && !p->a.closed && check_time_left(k) > 0)
        ping_wait(p, check_time_left(k));
    prepare(p);
    return p->a.ostreams && !p->a.closed;
}

/* The I bit asks for an acknowledgement at once, which no echo delays or shares a packet with. */
static bool send_message(struct check *k, size_t size)
{
    static const char data[UINT16_MAX];
    struct sctp_sndinfo snd = {.snd_flags = SCTP_SACK_IMMEDIATELY, .snd_ppid = k->p->asked.ppid};

    return unp_client_assoc_send(&k->p->a, data, size, &snd, NULL);
}

/* Sends one packet, and waits for its acknowledgement for the time of -i. */
static enum fate send_one(struct check *k, size_t size)
{
    struct ping *p = k->p;
    int64_t end;

    if (!have_association(k))
        return UNKNOWN;
    if (!send_message(k, size))
        return p->a.error == EMSGSIZE ? IS_LOST : UNKNOWN; /* a router has reported its MTU */
    end = ping_now() + p->asked.interval;
    do {
        ping_wait(p, POLL);
        if (p->a.closed)
            return UNKNOWN;
        if (check_is_acknowledged(p))
            return ARRIVES;
        if (check_time_left(k) <= 0)
            return UNKNOWN;
    } while (ping_now() < end);
    unp_abort(p->a.fd, p->a.id, "a message was lost");
    unp_client_assoc_close(&p->a);
    return IS_LOST;
}

/* ---- The sweep --------------------------------------------------------------------- */

/* Bytes of the headers of a packet with one message. */
static size_t headers(const struct check *k)
{
    return SCTP + DATA + (k->over_udp ? UDP : 0) + (strchr(k->address, ':') ? IPV6 : IPV4);
}

/* The MTU of the route, as the kernel knows it; 0: not known. */
static size_t route_mtu(const struct sockaddr_storage *to)
{
    bool v6 = to->ss_family == AF_INET6;
    int fd = socket(to->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), mtu = 0;
    socklen_t len = sizeof(mtu);

    if (fd < 0)
        return 0;
    if (connect(fd, (const struct sockaddr *)to, unp_sock_len((const struct sockaddr *)to)) < 0 ||
        getsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_MTU : IP_MTU, &mtu, &len) < 0)
        mtu = 0;
    close(fd);
    return mtu > 0 ? (size_t)mtu : 0;
}

/* The largest message that is sent in one packet.  The userland stack does not know the MTU of a
 * route: the kernel would send its packet in IP fragments. */
static size_t largest(const struct check *k)
{
    struct sockaddr_storage to;
    struct sctp_status status;
    size_t most, mtu;

    if (unp_get_status(k->p->a.fd, k->p->a.id, &status) < 0)
        return 0;
    memcpy(&to, &status.sstat_primary.spinfo_address, sizeof(to));
    most = status.sstat_fragmentation_point;
    mtu = k->over_udp ? route_mtu(&to) : 0;
    if (mtu > headers(k) && mtu - headers(k) < most)
        most = mtu - headers(k);
    return (most < UINT16_MAX ? most : UINT16_MAX) / WORD * WORD;
}

/* A router may report its MTU: what was larger has then arrived in IP fragments, if at all. */
static bool is_reported(struct check *k, struct sizes *s)
{
    size_t most = have_association(k) ? largest(k) : 0;

    if (!most || most >= s->most)
        return false;
    s->most = most;
    s->reported = true;
    s->fails = s->fails > most ? 0 : s->fails;
    return true;
}

static enum fate try(struct check *k, struct sizes *s, size_t size)
{
    enum fate fate = IS_LOST;

    for (int i = 0; i < TRIES && fate == IS_LOST; i++)
        fate = send_one(k, size);
    if (fate == ARRIVES && size > s->passes)
        s->passes = size;
    if (fate == IS_LOST)
        s->fails = size;
    return fate;
}

/* The largest first; then the smallest; then the middle of what is unknown. */
static enum fate sweep(struct check *k, struct sizes *s)
{
    enum fate fate;

    s->most = largest(k);
    do {
        s->passes = 0;
        fate = try(k, s, s->most);
    } while (fate != UNKNOWN && is_reported(k, s));
    if (fate == IS_LOST && s->most > LEAST)
        fate = try(k, s, LEAST);
    while (fate != UNKNOWN && s->passes && s->fails && s->fails - s->passes > WORD)
        fate = try(k, s, (s->passes + s->fails) / 2 / WORD * WORD);
    return fate;
}

/* ---- The verdict -------------------------------------------------------------------- */

static int tell_none(struct check *k)
{
    const struct ping *p = k->p;
    int64_t wait = p->asked.interval, left = check_time_left(k);
    int64_t end = ping_now() + (wait < left ? wait : left);

    if (have_association(k)) {
        ping_paths_watch(&k->p->paths, p->a.fd, p->a.id);
        check_demand_heartbeats(k);
    }
    while (!p->a.closed && !check_heartbeats_pass(k) && ping_now() < end) {
        ping_wait(k->p, POLL);
        ping_paths_ask(&k->p->paths, p->a.fd, p->a.id);
    }
    return check_tell(k, EXIT_DATA_LOST,
                      "%s port %u: %s, DATA does not: even %d bytes were not acknowledged; does a "
                      "firewall drop DATA?",
                      k->address, p->asked.client.port,
                      check_heartbeats_pass(k) ? "heartbeats pass" : "the association comes up",
                      LEAST);
}

/* The userland stack does not heed the route, and counts no headers of IP, UDP and SCTP. */
static int tell_limit(const struct check *k, const struct sizes *s)
{
    size_t packet = s->passes + headers(k);
    char how[80];

    if (k->over_udp)
        snprintf(how, sizeof(how), "-O peer_addr_params.pathmtu=%zu,flags=pmtud_disable",
                 s->passes + DATA);
    else
        snprintf(how, sizeof(how), "ip route' with 'mtu %zu", packet);
    return check_tell(k, EXIT_DATA_LOST,
                      "%s port %u: small messages pass, from %zu bytes on none does: packets of "
                      "more than %zu bytes are lost, and no router reports it; does a firewall "
                      "drop ICMP? ('%s' makes this host send smaller packets)",
                      k->address, k->p->asked.client.port, s->passes + 1, packet, how);
}

/* The time was not enough, or the association could not be set up again. */
static int tell_unknown(const struct check *k, const struct sizes *s)
{
    char passes[60] = "no size passed", fails[60] = "";

    if (s->passes)
        snprintf(passes, sizeof(passes), "%zu bytes pass", s->passes);
    if (s->fails)
        snprintf(fails, sizeof(fails), ", %zu bytes do not", s->fails);
    return check_tell(k, s->fails ? EXIT_DATA_LOST : EXIT_LOST, "%s port %u: %s%s; %s", k->address,
                      k->p->asked.client.port, passes, fails,
                      check_time_left(k) > 0 ? "then the association was lost"
                                             : "the time was up (-w)");
}

int check_mtu(struct check *k)
{
    struct sizes s = {0};
    enum fate fate;

    prepare(k->p);
    fate = sweep(k, &s);
    if (fate == UNKNOWN)
        return tell_unknown(k, &s);
    if (!s.passes)
        return tell_none(k);
    if (s.fails)
        return tell_limit(k, &s);
    return check_tell(
        k, EXIT_OK, "%s port %u: messages of up to %zu bytes pass in one packet, of %zu bytes%s%s",
        k->address, k->p->asked.client.port, s.most, s.most + headers(k),
        s.reported ? ", the MTU that a router reports" : "",
        k->over_udp && !k->instead ? ", over UDP" : "");
}
