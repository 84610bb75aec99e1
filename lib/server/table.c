/* A server's associations by id, in the C library's search tree. */
#include "receive/receive.h"
#include "server.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    sctp_assoc_t x = ((const struct sctp_association *)a)->id;
    sctp_assoc_t y = ((const struct sctp_association *)b)->id;

    return x < y ? -1 : x > y;
}

struct sctp_association *sctp_table_find(const struct sctp_table *t, sctp_assoc_t id)
{
    const struct sctp_association key = {.id = id};
    void *node = tfind(&key, &t->root, compare);

    return node ? *(struct sctp_association **)node : NULL;
}

struct sctp_association *sctp_table_add(struct sctp_table *t, sctp_assoc_t id)
{
    struct sctp_association *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->id = id;
    TAILQ_INIT(&a->out.queue);
    if (!tsearch(a, &t->root, compare)) {
        free(a);
        return NULL;
    }
    t->count++;
    return a;
}

void sctp_table_remove(struct sctp_table *t, struct sctp_outbox *out, struct sctp_association *a)
{
    sctp_outbox_forget(out, a);
    sctp_assembly_clear(&a->in);
    tdelete(a, &t->root, compare);
    t->count--;
    free(a);
}

struct walk {
    void (*f)(struct sctp_association *, void *);
    void *arg;
};

static void visit(const void *node, VISIT which, void *closure)
{
    const struct walk *w = closure;

    if (which == postorder || which == leaf) /* each node once */
        w->f(*(struct sctp_association *const *)node, w->arg);
}

void sctp_table_walk(const struct sctp_table *t, void (*f)(struct sctp_association *, void *),
                     void *arg)
{
    struct walk w = {.f = f, .arg = arg};

    twalk_r(t->root, visit, &w);
}
