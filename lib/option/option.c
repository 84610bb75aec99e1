/* Sets and gets options of a socket. */
#include "inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum { LIST_ROOM = 65536 }; /* bytes of a list, such as 16000 association ids */

/* ---- errors --------------------------------------------------------------- */

static bool has_association(int fd, sctp_assoc_t id)
{
    struct sctp_status status;

    return unp_get_status(fd, id, &status) == 0;
}

/* Writes what the stack's error means for this option.  Returns -1 with that error. */
static int refused(int fd, sctp_assoc_t id, const struct unp_opt *o, char *why, size_t size)
{
    int err = errno;
    const char *name = o->name;

    if (o->off && (err == ENOPROTOOPT || err == EOPNOTSUPP || err == EACCES || err == EPERM))
        snprintf(why, size, "%s: %s; %s", name, strerror(err), o->off);
    else if (err == ENOPROTOOPT)
        snprintf(why, size, "%s: this SCTP stack does not have it", name);
    else if (err == EOPNOTSUPP)
        snprintf(why, size, "%s: a socket of this kind does not have it", name);
    else if (err == EINVAL && o->id >= 0 && id > SCTP_ALL_ASSOC && !has_association(fd, id))
        snprintf(why, size, "%s: there is no association %d", name, id);
    else if (err == EINVAL && o->is & OPT_ASSOC_ONLY && !has_association(fd, id))
        snprintf(why, size, "%s: it needs an association, and there is none", name);
    else if (err == EINVAL && o->refuse)
        snprintf(why, size, "%s: refused; %s", name, o->refuse);
    else
        snprintf(why, size, "%s: %s", name, strerror(err));
    errno = err;
    return -1;
}

/* ---- addresses ------------------------------------------------------------ */

static const struct sockaddr *generic(const struct sockaddr_storage *ss)
{
    return (const struct sockaddr *)(const void *)ss;
}

/* Finds the address in the list and copies it with its port.  Compares them as text, because the
 * list may have IPv4 mapped into IPv6. */
static bool choose(const struct unp_addrs *list, struct sockaddr_storage *ss)
{
    char wanted[SOCK_NTOP_SIZE], name[SOCK_NTOP_SIZE];

    sock_ntop_host(generic(ss), wanted, sizeof(wanted));
    for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(list, sa));)
        if (strcmp(wanted, sock_ntop_host(sa, name, sizeof(name))) == 0) {
            memset(ss, 0, sizeof(*ss));
            memcpy(ss, sa, unp_sock_len(sa));
            return true;
        }
    return false;
}

/* Completes an address that was given without a port from the addresses of the association. */
static int complete(int fd, sctp_assoc_t id, const struct unp_opt *o, bool ours,
                    struct sockaddr_storage *ss, char *why, size_t size)
{
    char name[SOCK_NTOP_SIZE], all[400] = "";
    struct unp_addrs list = {0};
    int count = (ours ? unp_addrs_local : unp_addrs_peer)(&list, fd, id);
    bool found = choose(&list, ss);

    unp_addrs_free(&list);
    /* An address that was just bound belongs to the association when its peer has been informed. */
    if (!found && ours && unp_addrs_local(&list, fd, 0) > 0) {
        found = choose(&list, ss);
        unp_addrs_free(&list);
    }
    if (found)
        return 0;
    sock_ntop_host(generic(ss), name, sizeof(name));
    if (count <= 0 && id > SCTP_ALL_ASSOC)
        snprintf(why, size, "%s: there is no association %d", o->name, id);
    else if (count <= 0)
        snprintf(why, size, "%s: %s: of which association? give the port too, as in 10.0.0.1:9877",
                 o->name, name);
    else if ((ours ? unp_local_addresses : unp_peer_addresses)(fd, id, all, sizeof(all)) == 0)
        snprintf(why, size, "%s: %s is not among %s: %s", o->name, name,
                 ours ? "our addresses" : "the peer's addresses", all);
    else
        snprintf(why, size, "%s: %s is not one of its addresses", o->name, name);
    errno = count <= 0 ? EINVAL : EADDRNOTAVAIL;
    return -1;
}

static int complete_addresses(int fd, sctp_assoc_t id, const struct unp_opt_request *r,
                              unsigned char *value, char *why, size_t size)
{
    for (size_t i = 0; i < r->opt->count; i++) {
        const struct unp_opt_field *f = &r->opt->fields[i];
        struct sockaddr_storage ss;

        if (f->type != OPT_ADDRESS || !(r->named & 1U << i))
            continue;
        memcpy(&ss, value + f->offset, sizeof(ss));
        if (ss.ss_family == AF_UNSPEC)
            continue; /* not given: the stack fills it in */
        if (((struct sockaddr_in *)(void *)&ss)->sin_port == 0) /* at the same offset in IPv6 */
            if (complete(fd, id, r->opt, f->is & FIELD_OURS, &ss, why, size) < 0)
                return -1;
        memcpy(value + f->offset, &ss, sizeof(ss));
    }
    return 0;
}

/* ---- getting -------------------------------------------------------------- */

/* The part of variable length at the end of the structure; NULL: none. */
static const struct unp_opt_field *varies(const struct unp_opt *o)
{
    for (size_t i = 0; i < o->count; i++)
        if (unp_opt_varies(&o->fields[i]))
            return &o->fields[i];
    return NULL;
}

static void put_id(const struct unp_opt *o, sctp_assoc_t id, unsigned char *value)
{
    if (o->id >= 0)
        memcpy(value + o->id, &id, sizeof(id));
}

int unp_opt_read(int fd, sctp_assoc_t id, const struct unp_opt_request *r,
                 struct unp_opt_reading *answer, char *why, size_t size)
{
    const struct unp_opt *o = r->opt;
    const struct unp_opt_field *list = varies(o);
    socklen_t len = (socklen_t)(list ? LIST_ROOM : o->size);
    unsigned char *data = calloc(1, len);

    if (!data) {
        snprintf(why, size, "%s: %s", o->name, strerror(errno));
        return -1;
    }
    memcpy(data, r->value, r->len < len ? r->len : len);
    put_id(o, id, data);
    if (complete_addresses(fd, id, r, data, why, size) < 0) {
        free(data);
        return -1;
    }
    if (getsockopt(fd, o->level, o->number, data, &len) < 0) {
        refused(fd, id, o, why, size);
        free(data);
        return -1;
    }
    /* The length that Linux returns for local addresses omits the header, so the list is read up to
     * its first empty address instead. */
    if (list && list->type == OPT_ADDRESSES)
        len = LIST_ROOM;
    *answer = (struct unp_opt_reading){.opt = o, .named = r->named, .data = data, .len = len};
    return 0;
}

/* ---- setting -------------------------------------------------------------- */

static bool settable(const struct unp_opt_field *f)
{
    return !(f->is & (FIELD_KEY | FIELD_READ_ONLY));
}

/* Must the other fields be read first, to keep their values? */
static bool something_to_keep(const struct unp_opt_request *r)
{
    const struct unp_opt *o = r->opt;

    if (o->is & OPT_ZERO_KEEPS || !(o->is & OPT_GET) || varies(o))
        return false;
    for (size_t i = 0; i < o->count; i++)
        if (settable(&o->fields[i]) && !(r->named & 1U << i))
            return true;
    return false;
}

static int keep_others(int fd, sctp_assoc_t id, const struct unp_opt_request *r,
                       unsigned char *value, char *why, size_t size)
{
    struct unp_opt_reading now;

    if (unp_opt_read(fd, id, r, &now, why, size) < 0)
        return -1;
    for (size_t i = 0; i < r->opt->count; i++) {
        const struct unp_opt_field *f = &r->opt->fields[i];

        if (settable(f) && !(r->named & 1U << i))
            memcpy(value + f->offset, now.data + f->offset, f->size);
    }
    free(now.data);
    return 0;
}

/* Sets the flags without which the stack ignores a field. */
static void imply(const struct unp_opt_request *r, unsigned char *value)
{
    const struct unp_opt *o = r->opt;
    const struct unp_opt_field *flags = NULL;
    uint64_t given;

    for (size_t i = 0; i < o->count; i++)
        if (o->fields[i].type == OPT_FLAGS)
            flags = &o->fields[i];
    if (!flags)
        return;
    given = unp_field_get(value + flags->offset, flags->size);
    for (size_t i = 0; i < o->count; i++) {
        const struct unp_opt_field *f = &o->fields[i];
        uint64_t now = unp_field_get(value + flags->offset, flags->size);

        if (!(r->named & 1U << i) || !f->implies || given & f->unless)
            continue;
        now |= unp_field_get(value + f->offset, f->size) ? f->implies : f->implies0;
        unp_field_put(value + flags->offset, flags->size, now);
    }
}

static int apply(int fd, sctp_assoc_t id, const struct unp_opt_request *r, char *why, size_t size)
{
    const struct unp_opt *o = r->opt;
    unsigned char value[OPT_ROOM];

    memcpy(value, r->value, sizeof(value));
    put_id(o, id, value);
    if (complete_addresses(fd, id, r, value, why, size) < 0)
        return -1;
    if (something_to_keep(r) && keep_others(fd, id, r, value, why, size) < 0)
        return -1;
    imply(r, value);
    if (setsockopt(fd, o->level, o->number, value, (socklen_t)r->len) < 0)
        return refused(fd, id, o, why, size);
    return 0;
}

int unp_opt_set(int fd, sctp_assoc_t id, const char *text, char *why, size_t size)
{
    struct unp_opt_request r;

    if (unp_opt_parse_set(&r, text, why, size) < 0)
        return -1;
    return apply(fd, id, &r, why, size);
}
