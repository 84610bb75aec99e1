/*
 * Outstanding messages, matched with replies by content: a server may reply on any stream, and
 * streams overtake each other.  Messages are kept in the order of sending, so a reply in that order
 * is found near the front.
 */
#include "due.h"

#include <stdlib.h>
#include <string.h>

struct due_entry {
    uint64_t hash;
    size_t len;
    int64_t sent;
    uint32_t id, line;
    bool due;
};

/* FNV-1a: enough to tell our own lines apart. */
static uint64_t hash(const unsigned char *data, size_t len)
{
    uint64_t h = 0xcbf29ce484222325;

    for (size_t i = 0; i < len; i++)
        h = (h ^ data[i]) * 0x100000001b3;
    return h;
}

static struct due_entry *entry(struct due *d, size_t i)
{
    return &d->ring[(d->first + i) % d->room];
}

/* Makes room for another entry: drops answered entries, or enlarges the ring. */
static int make_room(struct due *d)
{
    size_t room = d->count > d->room / 2 || !d->room ? 2 * d->room + 64 : d->room, used = 0;
    struct due_entry *ring = calloc(room, sizeof(*ring));

    if (!ring)
        return -1;
    for (size_t i = 0; i < d->used; i++)
        if (entry(d, i)->due)
            ring[used++] = *entry(d, i);
    free(d->ring);
    d->ring = ring;
    d->room = room;
    d->first = 0;
    d->used = used;
    return 0;
}

int due_add(struct due *d, const void *data, size_t len, uint32_t id, uint32_t line, int64_t now)
{
    if (d->used == d->room && make_room(d) < 0)
        return -1;
    *entry(d, d->used++) = (struct due_entry){
        .hash = hash(data, len), .len = len, .sent = now, .id = id, .line = line, .due = true};
    d->count++;
    d->bytes += len;
    return 0;
}

static void remove_entry(struct due *d, struct due_entry *e)
{
    e->due = false;
    d->count--;
    d->bytes -= e->len;
    while (d->used && !d->ring[d->first].due) {
        d->first = (d->first + 1) % d->room;
        d->used--;
    }
}

bool due_reply(struct due *d, const void *data, size_t len)
{
    uint64_t h = hash(data, len);

    for (size_t i = 0; i < d->used; i++) {
        struct due_entry *e = entry(d, i);

        if (e->due && e->len == len && e->hash == h) {
            remove_entry(d, e);
            return true;
        }
    }
    return false;
}

uint32_t due_failed(struct due *d, uint32_t id)
{
    for (size_t i = 0; i < d->used; i++) {
        struct due_entry *e = entry(d, i);

        if (e->due && e->id == id) {
            uint32_t line = e->line;

            remove_entry(d, e);
            return line;
        }
    }
    return 0;
}

bool due_oldest(const struct due *d, uint32_t *id, uint32_t *line, int64_t *sent)
{
    const struct due_entry *e;

    if (!d->used)
        return false;
    e = &d->ring[d->first]; /* remove_entry() keeps an outstanding one in front */
    *id = e->id;
    *line = e->line;
    *sent = e->sent;
    return true;
}

void due_free(struct due *d)
{
    free(d->ring);
    memset(d, 0, sizeof(*d));
}
