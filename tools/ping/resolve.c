/*
 * The addresses of hosts, and those of -B and -C, within the time of -w.
 *
 * getaddrinfo(3) has no timeout: it waits for each name server for several seconds.  So a thread
 * calls it, which is left behind when the time is up.
 */
#include "ping.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000)

struct lookup {
    char host[NI_MAXHOST];
    uint16_t port;
    struct unp_addrs found;
    int rc, err; /* of unp_addrs_add() */
};

static void *look_up(void *arg)
{
    struct lookup *l = arg;

    l->rc = unp_addrs_add(&l->found, l->host, l->port);
    l->err = errno;
    return l;
}

/* Signals are for the thread that waits.  Returns 0 or an error number. */
static int start(pthread_t *thread, struct lookup *l)
{
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(thread, NULL, look_up, l);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

/* Returns 0, or an error number if the thread has not ended within `us`. */
static int await(pthread_t thread, int64_t us)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    us += end.tv_nsec / 1000;
    end.tv_sec += us / SECOND;
    end.tv_nsec = us % SECOND * 1000;
    return pthread_timedjoin_np(thread, NULL, &end);
}

/* It needs no name server. */
static bool is_address(const char *host)
{
    struct in_addr v4;

    return strchr(host, ':') || inet_pton(AF_INET, host, &v4) == 1;
}

int ping_resolve(struct unp_addrs *list, const char *host, uint16_t port, int64_t us)
{
    struct lookup *l;
    pthread_t thread;
    int rc = 0;

    if (us == INT64_MAX || is_address(host) || strlen(host) >= sizeof(l->host))
        return unp_addrs_add(list, host, port);
    l = calloc(1, sizeof(*l));
    if (!l)
        return EAI_MEMORY;
    strcpy(l->host, host);
    l->port = port;
    if (start(&thread, l) != 0) {
        look_up(l);
    } else if (await(thread, us) != 0) {
        pthread_detach(thread); /* it has l */
        return EAI_AGAIN;
    }
    for (struct sockaddr *sa = NULL; rc == 0 && (sa = unp_addrs_next(&l->found, sa));)
        rc = unp_addrs_append(list, sa);
    rc = rc ? rc : l->rc;
    errno = l->err;
    unp_addrs_free(&l->found);
    free(l);
    return rc;
}

/* ---- -B, -C and -I --------------------------------------------------------- */

void Ping_take_address(const struct unp_cmdline_option *o, const char *option, const char *value)
{
    struct ping_options *asked = o->to;
    struct ping_address *grown =
        reallocarray(asked->addresses, asked->address_count + 1, sizeof(*grown));

    if (!grown)
        err_sys("%s %s", option, value);
    asked->addresses = grown;
    grown[asked->address_count++] = (struct ping_address){o->letter, value};
}

int ping_resolve_options(struct ping_options *o, int64_t us, char *why, size_t size)
{
    int64_t end = us == INT64_MAX ? us : ping_now() + us;

    for (size_t i = 0; i < o->address_count; i++) {
        const struct ping_address *a = &o->addresses[i];
        const char option[] = {'-', a->option, '\0'};
        int rc = ping_resolve(a->option == 'C' ? &o->client.more : &o->client.setup.local, a->text,
                              0, end == INT64_MAX ? end : end - ping_now());

        if (rc)
            return unp_addrs_why(rc, option, a->text, why, size);
    }
    return EXIT_OK;
}
