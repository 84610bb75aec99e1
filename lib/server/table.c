/* A server's associations by id, in a search tree of the C library. */
#include "inside.h"
#include "receive/receive.h"

#include <search.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    sctp_assoc_t x = ((const struct unp_association *)a)->id;
    sctp_assoc_t y = ((const struct unp_association *)b)->id;

    return x < y ? -1 : x > y;
}

struct unp_association *unp_table_find(const struct unp_table *t, sctp_assoc_t id)
{
    const struct unp_association key = {.id = id};
    void *node = tfind(&key, &t->root, compare);

    return node ? *(struct unp_association **)node : NULL;
}

struct unp_association *unp_table_add(struct unp_table *t, sctp_assoc_t id)
{
    struct unp_association *a = calloc(1, sizeof(*a));

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

void unp_table_remove(struct unp_table *t, struct unp_sender *out, struct unp_association *a)
{
    unp_sender_forget(out, a);
    unp_reassembly_clear(&a->in);
    tdelete(a, &t->root, compare);
    t->count--;
    free(a);
}

struct walk {
    void (*f)(struct unp_association *, void *);
    void *arg;
};

static void visit(const void *node, VISIT which, void *closure)
{
    const struct walk *w = closure;

    if (which == postorder || which == leaf) /* each node once */
        w->f(*(struct unp_association *const *)node, w->arg);
}

void unp_table_walk(const struct unp_table *t, void (*f)(struct unp_association *, void *),
                    void *arg)
{
    struct walk w = {.f = f, .arg = arg};

    twalk_r(t->root, visit, &w);
}
