/*
 * Sockets in each state, and lines that say what happens to each of them; for option_states.c and
 * call_states.c.
 *
 * A line has a name, a result, and the kinds and states of the sockets that have it, with tabs
 * between them.
 */
#ifndef STATES_H
#define STATES_H

#include "unpsctp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum kind { ONE_TO_ONE, ONE_TO_MANY, KINDS };
enum state {
    CLOSED,
    BOUND,
    BOUND_TO_ALL,
    LISTENING,
    CONNECTED,
    ACCEPTED,
    STATES, /* those that follow have an association that has ended */
    PEER_CLOSED = STATES,
    PEER_ABORTED,
    ALL_STATES
};

static const char *const kind_names[] = {"one-to-one", "one-to-many"};
static const char *const state_names[] = {"closed",    "bound",    "bound_to_all", "listening",
                                          "connected", "accepted", "peer_closed",  "peer_aborted"};
static int family = AF_INET;

/* ---- sockets ------------------------------------------------------------------ */

struct sockets {
    int fd; /* the one in the state */
    int other, listener;
    sctp_assoc_t id;
};

static void need(bool done, const char *call)
{
    if (!done)
        err_sys("%s", call);
}

static struct sockaddr_storage local(void)
{
    struct sockaddr_storage ss = {.ss_family = (sa_family_t)family};

    inet_pton(family, family == AF_INET ? "127.0.0.1" : "::ffff:127.0.0.1",
              family == AF_INET ? (void *)&((struct sockaddr_in *)(void *)&ss)->sin_addr
                                : (void *)&((struct sockaddr_in6 *)(void *)&ss)->sin6_addr);
    return ss;
}

static int bound_socket(int type, bool to_all, struct sockaddr_storage *at)
{
    socklen_t size = sizeof(*at);
    int fd = Socket(family, type, IPPROTO_SCTP);

    *at = local();
    if (to_all)
        *at = (struct sockaddr_storage){.ss_family = (sa_family_t)family};
    Bind(fd, (struct sockaddr *)at, unp_sock_len((struct sockaddr *)at));
    need(getsockname(fd, (struct sockaddr *)at, &size) == 0, "getsockname");
    return fd;
}

/* Of a one-to-many socket; 0: none. */
static sctp_assoc_t only_association(int fd)
{
    uint32_t list[8] = {0};
    socklen_t size = sizeof(list);

    Getsockopt(fd, IPPROTO_SCTP, SCTP_GET_ASSOC_ID_LIST, list, &size);
    return (sctp_assoc_t)list[1];
}

/* Waits until the socket's association has ended. */
static void await_end(int fd, sctp_assoc_t id)
{
    struct sctp_status status;
    socklen_t size;

    do {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        status = (struct sctp_status){.sstat_assoc_id = id};
        size = sizeof(status);
    } while (getsockopt(fd, IPPROTO_SCTP, SCTP_STATUS, &status, &size) == 0);
}

/* The other end closes its sockets, or aborts the association. */
static void end_by_peer(struct sockets *s, bool aborts)
{
    struct linger now = {.l_onoff = 1};

    if (aborts)
        Setsockopt(s->other, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(s->other);
    close(s->listener);
    s->other = s->listener = -1;
    await_end(s->fd, s->id);
    s->id = 0;
}

static struct sockets open_sockets(enum kind kind, enum state state)
{
    int type = kind == ONE_TO_ONE ? SOCK_STREAM : SOCK_SEQPACKET;
    struct sockets s = {.other = -1, .listener = -1};
    struct sockaddr_storage at;

    if (state == CLOSED) {
        s.fd = Socket(family, type, IPPROTO_SCTP);
        return s;
    }
    s.fd = bound_socket(type, state == BOUND_TO_ALL, &at);
    if (state >= LISTENING)
        Listen(s.fd, 5);
    if (state < CONNECTED)
        return s;
    s.listener = s.fd;
    s.fd = bound_socket(type, false, &(struct sockaddr_storage){0});
    need(connect(s.fd, (struct sockaddr *)&at, unp_sock_len((struct sockaddr *)&at)) == 0,
         "connect");
    s.other = kind == ONE_TO_ONE ? accept(s.listener, NULL, NULL) : dup(s.listener);
    need(s.other >= 0, "accept");
    if (state == ACCEPTED) {
        int fd = s.fd;

        s.fd = s.other;
        s.other = fd;
    }
    s.id = kind == ONE_TO_ONE ? 0 : only_association(s.fd);
    if (state >= STATES)
        end_by_peer(&s, state == PEER_ABORTED);
    return s;
}

static void close_sockets(const struct sockets *s)
{
    close(s->fd);
    if (s->other >= 0)
        close(s->other);
    if (s->listener >= 0)
        close(s->listener);
}

/* ---- the lines ---------------------------------------------------------------- */

static char *results[KINDS][ALL_STATES];
static int n_states = STATES; /* how many of them are tried */

static void print_who(const char *result, enum kind kind)
{
    int n = 0;

    for (enum state state = 0; (int)state < n_states; state++)
        n += strcmp(results[kind][state], result) == 0;
    if (n == 0)
        return;
    printf(" %s:", kind_names[kind]);
    for (enum state state = 0; (int)state < n_states && n < n_states; state++)
        if (strcmp(results[kind][state], result) == 0)
            printf(" %s", state_names[state]);
    printf("%s;", n == n_states ? " all" : "");
}

static bool is_first(enum kind kind, enum state state)
{
    for (enum kind k = 0; k <= kind; k++)
        for (enum state st = 0; (int)st < (k == kind ? (int)state : n_states); st++)
            if (strcmp(results[k][st], results[kind][state]) == 0)
                return false;
    return true;
}

/* Calls one() for each kind and state of a socket, and prints each result that it has written to
 * `out` in one line. */
static void print_results(const char *name, const void *what,
                          void (*one)(FILE *out, enum kind kind, enum state state,
                                      const void *what))
{
    size_t size;

    for (enum kind kind = 0; kind < KINDS; kind++)
        for (enum state state = 0; (int)state < n_states; state++) {
            FILE *out = open_memstream(&results[kind][state], &size);

            one(out, kind, state, what);
            fclose(out);
        }
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (enum state state = 0; (int)state < n_states; state++)
            if (is_first(kind, state)) {
                printf("%s\t%s\t", name, results[kind][state]);
                for (enum kind k = 0; k < KINDS; k++)
                    print_who(results[kind][state], k);
                printf("\n");
            }
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (enum state state = 0; (int)state < n_states; state++)
            free(results[kind][state]);
}

/* As strerrorname_np(), which glibc has since version 2.32. */
static const char *error_name(void)
{
    static const struct {
        int error;
        const char *name;
    } names[] = {
#define X(name) {name, #name}
        X(EACCES),     X(EADDRINUSE),   X(EADDRNOTAVAIL), X(EAFNOSUPPORT), X(EAGAIN),
        X(EALREADY),   X(EBADF),        X(EBUSY),         X(ECONNABORTED), X(ECONNREFUSED),
        X(ECONNRESET), X(EDESTADDRREQ), X(EFAULT),        X(EINPROGRESS),  X(EINTR),
        X(EINVAL),     X(EIO),          X(EISCONN),       X(EMSGSIZE),     X(ENOBUFS),
        X(ENOENT),     X(ENOMEM),       X(ENOPROTOOPT),   X(ENOSYS),       X(ENOTCONN),
        X(ENOTTY),     X(EOPNOTSUPP),   X(EPERM),         X(EPIPE),        X(ETIMEDOUT),
#undef X
    };
    static char number[20];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].error == errno)
            return names[i].name;
    snprintf(number, sizeof(number), "errno %d", errno);
    return number;
}

static bool is_named(const char *name, char **names)
{
    if (!*names)
        return true;
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names;
}

#endif
