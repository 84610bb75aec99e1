/* Addresses: resolve, pack for bindx and connectx, print. */
#include "family.h"
#include "unpsctp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

socklen_t unp_sock_len(const struct sockaddr *sa)
{
    switch (sa->sa_family) {
    case AF_INET:
        return sizeof(struct sockaddr_in);
    case AF_INET6:
        return sizeof(struct sockaddr_in6);
    default:
        return 0;
    }
}

/* The addresses of a packed array need not be aligned: work on a copy. */
static const char *ntop(const struct sockaddr *sa, char *buf, size_t size, bool with_port)
{
    char host[INET6_ADDRSTRLEN] = "", scope[IF_NAMESIZE + 1] = "";
    union {
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } u;
    bool v6 = false;
    unsigned port = 0;

    memcpy(&u, sa, unp_sock_len(sa));
    if (sa->sa_family == AF_INET) {
        inet_ntop(AF_INET, &u.v4.sin_addr, host, sizeof(host));
        port = ntohs(u.v4.sin_port);
    } else if (sa->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&u.v6.sin6_addr)) {
        inet_ntop(AF_INET, &u.v6.sin6_addr.s6_addr[12], host, sizeof(host));
        port = ntohs(u.v6.sin6_port);
    } else if (sa->sa_family == AF_INET6) {
        v6 = true;
        inet_ntop(AF_INET6, &u.v6.sin6_addr, host, sizeof(host));
        port = ntohs(u.v6.sin6_port);
        if (IN6_IS_ADDR_LINKLOCAL(&u.v6.sin6_addr) && if_indextoname(u.v6.sin6_scope_id, scope + 1))
            scope[0] = '%';
    } else {
        snprintf(buf, size, "(address family %d)", sa->sa_family);
        return buf;
    }
    if (!with_port)
        snprintf(buf, size, "%s%s", host, scope);
    else
        snprintf(buf, size, "%s%s%s%s:%u", v6 ? "[" : "", host, scope, v6 ? "]" : "", port);
    return buf;
}

const char *sock_ntop(const struct sockaddr *sa, char *buf, size_t size)
{
    return ntop(sa, buf, size, true);
}

const char *sock_ntop_host(const struct sockaddr *sa, char *buf, size_t size)
{
    return ntop(sa, buf, size, false);
}

int unp_addrs_append(struct unp_addrs *list, const struct sockaddr *sa)
{
    socklen_t len = unp_sock_len(sa);
    unsigned char *grown;

    if (!len)
        return EAI_FAMILY;
    grown = realloc(list->packed, list->size + len);
    if (!grown)
        return EAI_MEMORY;
    memcpy(grown + list->size, sa, len);
    list->packed = grown;
    list->size += len;
    list->count++;
    return 0;
}

int unp_resolve_family = AF_UNSPEC;

int unp_addrs_add(struct unp_addrs *list, const char *host, uint16_t port)
{
    /* Any single socket type, so that each address is listed once. */
    const struct addrinfo hints = {
        .ai_family = unp_resolve_family, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    char service[8];
    int rc;

    snprintf(service, sizeof(service), "%u", port);
    rc = getaddrinfo(host, service, &hints, &found);
    if (rc)
        return rc;
    for (struct addrinfo *ai = found; ai && rc == 0; ai = ai->ai_next)
        if (unp_sock_len(ai->ai_addr))
            rc = unp_addrs_append(list, ai->ai_addr);
    freeaddrinfo(found);
    return rc;
}

void unp_addrs_free(struct unp_addrs *list)
{
    free(list->packed);
    memset(list, 0, sizeof(*list));
}

struct sockaddr *unp_addrs_next(const struct unp_addrs *list, const struct sockaddr *sa)
{
    size_t offset = 0;

    if (sa)
        offset = (size_t)((const unsigned char *)sa - list->packed) + unp_sock_len(sa);
    if (offset >= list->size)
        return NULL;
    return (struct sockaddr *)(void *)(list->packed + offset);
}

void unp_addrs_set_port(struct unp_addrs *list, uint16_t port)
{
    /* The port is at the same offset in both families. */
    for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(list, sa));)
        ((struct sockaddr_in *)(void *)sa)->sin_port = htons(port);
}

int unp_addrs_family(const struct unp_addrs *list)
{
    for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(list, sa));)
        if (sa->sa_family == AF_INET6)
            return AF_INET6;
    return AF_INET;
}

/* Appends the addresses of sctp_getpaddrs(3) or sctp_getladdrs(3); both are freed alike. */
static int append_of(struct unp_addrs *list, int fd, sctp_assoc_t id,
                     int (*get)(int, sctp_assoc_t, struct sockaddr **))
{
    struct unp_addrs found = {.size = SIZE_MAX};
    struct sockaddr *addrs = NULL;
    const struct sockaddr *sa = NULL;
    int count = get(fd, id, &addrs), rc = 0;

    found.packed = (unsigned char *)addrs;
    for (int i = 0; i < count && rc == 0; i++) {
        sa = unp_addrs_next(&found, sa);
        rc = unp_addrs_append(list, sa);
    }
    if (count > 0)
        sctp_freepaddrs(addrs);
    if (rc == 0)
        return count;
    errno = ENOMEM;
    return -1;
}

int unp_addrs_peer(struct unp_addrs *list, int fd, sctp_assoc_t id)
{
    return append_of(list, fd, id, sctp_getpaddrs);
}

int unp_addrs_local(struct unp_addrs *list, int fd, sctp_assoc_t id)
{
    return append_of(list, fd, id, sctp_getladdrs);
}

static void list_text(const struct unp_addrs *list, char *buf, size_t size)
{
    static const char ellipsis[] = ", ...";
    char port[16], name[SOCK_NTOP_SIZE];
    size_t used = 0, room;

    if (size < sizeof(port) + sizeof(ellipsis)) {
        snprintf(buf, size, "...");
        return;
    }
    snprintf(port, sizeof(port), " port %u",
             ntohs(((const struct sockaddr_in *)(const void *)list->packed)->sin_port));
    room = size - strlen(port) - sizeof(ellipsis);
    for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(list, sa));) {
        sock_ntop_host(sa, name, sizeof(name));
        if (used + strlen(name) + 2 > room) {
            used += (size_t)snprintf(buf + used, size - used, "%s", used ? ellipsis : ellipsis + 2);
            break;
        }
        used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "", name);
    }
    snprintf(buf + used, size - used, "%s", port);
}

static int to_text(struct unp_addrs *list, int count, char *buf, size_t size)
{
    if (count > 0)
        list_text(list, buf, size);
    unp_addrs_free(list);
    return count > 0 ? 0 : -1;
}

int unp_peer_addresses(int fd, sctp_assoc_t id, char *buf, size_t size)
{
    struct unp_addrs list = {0};

    return to_text(&list, unp_addrs_peer(&list, fd, id), buf, size);
}

int unp_local_addresses(int fd, sctp_assoc_t id, char *buf, size_t size)
{
    struct unp_addrs list = {0};

    return to_text(&list, unp_addrs_local(&list, fd, id), buf, size);
}
