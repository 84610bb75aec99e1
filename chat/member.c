/* A member of the chat room: its nickname, its rate, and its delayed messages. */
#include "member.h"
#include "receive/receive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#define PRICED    4096 /* bytes of a message for which one more token is charged */
#define NAMING_MS 500  /* an arrival is announced after /nick or this time */

struct member *member_find(const struct member_list *all, const char *name)
{
    struct member *m;

    for (m = TAILQ_FIRST(all); m; m = TAILQ_NEXT(m, link))
        if (strcasecmp(m->name, name) == 0)
            return m;
    return NULL;
}

struct member *member_new(struct member_list *all, struct unp_association *a, double rate,
                          struct unp_memory *memory)
{
    static unsigned long guests;
    struct member *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    do
        snprintf(m->name, sizeof(m->name), "guest%lu", ++guests);
    while (member_find(all, m->name));
    m->a = a;
    m->id = a->id;
    m->counted = unp_now();
    m->joined = m->counted;
    m->announce_at = m->counted + NAMING_MS;
    m->allowance = 1000 * rate;
    m->memory = memory;
    TAILQ_INIT(&m->delayed);
    TAILQ_INSERT_TAIL(all, m, link);
    a->user = m;
    return m;
}

void member_free(struct member_list *all, struct member *m)
{
    struct unp_message msg;
    struct member *other;

    while (member_release(m, &msg))
        free(msg.owned);
    for (other = TAILQ_FIRST(all); other; other = TAILQ_NEXT(other, link))
        if (other->to_list == m)
            other->to_list = TAILQ_NEXT(m, link);
    TAILQ_REMOVE(all, m, link);
    member_part(m);
    free(m->farewell);
    free(m);
}

void member_part(struct member *m)
{
    if (m->a) {
        m->a->user = NULL;
        m->a->user_bytes = 0;
    }
    m->a = NULL;
    m->listing = false;
}

bool member_may_speak(struct member *m, size_t len, double rate)
{
    const double most = 1000 * rate;
    double price = 1000 * (1 + (double)(len / PRICED));
    int64_t now = unp_now();

    m->allowance += rate * (double)(now - m->counted);
    m->counted = now;
    if (m->allowance > most)
        m->allowance = most;
    if (price > most)
        price = most;
    if (m->allowance < price)
        return false;
    m->allowance -= price;
    return true;
}

static size_t weight(const struct unp_message *msg)
{
    return msg->len + DELAYED_SIZE;
}

static void set_delayed_bytes(struct member *m, size_t bytes)
{
    m->memory->used += bytes - m->delayed_bytes;
    m->delayed_bytes = bytes;
    if (m->a)
        m->a->user_bytes = bytes;
}

int member_delay(struct member *m, const struct unp_message *msg, size_t escaped, size_t max)
{
    struct delayed *h = malloc(sizeof(*h));
    unsigned char *copy = malloc(msg->len);

    if (!h || !copy || m->delayed_bytes + weight(msg) > max) {
        free(h);
        free(copy);
        return -1;
    }
    memcpy(copy, msg->data, msg->len);
    h->msg = *msg;
    h->escaped = escaped;
    h->msg.data = h->msg.owned = copy;
    TAILQ_INSERT_TAIL(&m->delayed, h, link);
    set_delayed_bytes(m, m->delayed_bytes + weight(msg));
    return 0;
}

size_t member_next_size(const struct member *m)
{
    const struct delayed *h = TAILQ_FIRST(&m->delayed);

    return h ? h->escaped : 0;
}

bool member_release(struct member *m, struct unp_message *msg)
{
    struct delayed *h = TAILQ_FIRST(&m->delayed);

    if (!h)
        return false;
    TAILQ_REMOVE(&m->delayed, h, link);
    *msg = h->msg;
    set_delayed_bytes(m, m->delayed_bytes - weight(msg));
    free(h);
    return true;
}
