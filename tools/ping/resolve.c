/*
 * The addresses of the host of sctp_ping --check, within the time of -w.
 *
 * getaddrinfo(3) has no timeout: it waits for each name server for several seconds.  So a thread
 * calls it, which is left behind when the time is up.
 */
#include "check.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define SECOND INT64_C(1000000)

struct lookup {
    const char *host;
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

int check_resolve(struct check *k)
{
    struct lookup *l = calloc(1, sizeof(*l));
    pthread_t thread;
    int rc;

    if (!l)
        return EAI_MEMORY;
    l->host = k->p->asked.client.host;
    l->port = k->p->asked.client.port;
    if (start(&thread, l) != 0) {
        look_up(l);
    } else if (await(thread, check_time_left(k)) != 0) {
        pthread_detach(thread); /* it has l */
        return EAI_AGAIN;
    }
    k->found = l->found;
    rc = l->rc;
    errno = l->err;
    free(l);
    return rc;
}
