/*
 * The paths of sctp_ping's association.
 *
 * The state of a path does not tell whether its address answers: an address given to
 * sctp_connectx() is active without proof (RFC 9260, section 5.4).  But an answered heartbeat or
 * message measures the round-trip time, and so sets the RTO of the path.  ping_paths_watch() lowers
 * the minimum RTO, so that the next measurement changes the RTO: it falls, or changes slightly if
 * the round-trip time is long.  A missing answer doubles the RTO, up to its maximum, or leaves it
 * unchanged.
 */
#include "paths.h"

#include <stdlib.h>
#include <string.h>

struct ping_path *ping_paths_at(struct ping_paths *p, const struct sockaddr *sa)
{
    char name[SOCK_NTOP_SIZE];
    struct ping_path *grown;

    /* Compare names: an IPv4 address may also appear as a mapped IPv6 address. */
    sock_ntop_host(sa, name, sizeof(name));
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->path[i].name, name) == 0)
            return &p->path[i];
    grown = reallocarray(p->path, p->count + 1, sizeof(*grown));
    if (!grown)
        return NULL;
    p->path = grown;
    grown = &p->path[p->count++];
    memset(grown, 0, sizeof(*grown));
    memcpy(grown->name, name, sizeof(name));
    memcpy(&grown->addr, sa, unp_sock_len(sa));
    return grown;
}

static void ask(struct ping_path *path, int fd, sctp_assoc_t id)
{
    path->known =
        unp_get_path(fd, id, (const struct sockaddr *)(const void *)&path->addr, &path->info) == 0;
}

static void check_answer(const struct ping_paths *p, struct ping_path *path)
{
    /* The userland stack reports 0 before the first measurement. */
    uint32_t rto = path->info.spinfo_rto ? path->info.spinfo_rto : p->rto.srto_initial;
    uint32_t srtt = path->info.spinfo_srtt, before = path->rto_before;

    if (!path->known)
        return;
    if (before && (srtt != path->srtt_before || rto < before ||
                   (rto > before && rto < before + before / 2 && rto != p->rto.srto_max)))
        path->answers = true;
    path->rto_before = rto;
    path->srtt_before = srtt;
}

int ping_paths_watch(struct ping_paths *p, int fd, sctp_assoc_t id)
{
    struct sctp_rtoinfo *rto = &p->rto;
    socklen_t len = sizeof(*rto);

    rto->srto_assoc_id = id;
    if (getsockopt(fd, IPPROTO_SCTP, SCTP_RTOINFO, rto, &len) < 0 || ping_paths_ask(p, fd, id) < 0)
        return -1;
    rto->srto_min -= rto->srto_min / 4;
    return setsockopt(fd, IPPROTO_SCTP, SCTP_RTOINFO, rto, sizeof(*rto));
}

static void ask_primary(struct ping_paths *p, int fd, sctp_assoc_t id)
{
    struct sctp_status status;
    struct sockaddr_storage ss;

    if (unp_get_status(fd, id, &status) < 0)
        return;
    memcpy(&ss, &status.sstat_primary.spinfo_address, sizeof(ss));
    sock_ntop_host((struct sockaddr *)&ss, p->primary, sizeof(p->primary));
}

int ping_paths_ask(struct ping_paths *p, int fd, sctp_assoc_t id)
{
    struct unp_addrs list = {0};
    int count = unp_addrs_peer(&list, fd, id);

    for (size_t i = 0; count > 0 && i < p->count; i++)
        p->path[i].known = false;
    for (struct sockaddr *sa = NULL; count > 0 && (sa = unp_addrs_next(&list, sa));) {
        struct ping_path *path = ping_paths_at(p, sa);

        if (!path)
            continue;
        ask(path, fd, id);
        check_answer(p, path);
    }
    unp_addrs_free(&list);
    if (count <= 0)
        return -1;
    ask_primary(p, fd, id);
    return 0;
}

void ping_paths_free(struct ping_paths *p)
{
    free(p->path);
    memset(p, 0, sizeof(*p));
}

const char *ping_path_state(const struct ping_path *path)
{
    return path->known ? unp_address_state_name(path->info.spinfo_state) : "not in the association";
}
