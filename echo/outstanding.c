/*
 * Outstanding messages, matched with replies by content: a server may reply on any stream, and
 * streams overtake each other.  Messages are kept in the order of sending, so a reply in that order
 * is found near the front.
 */
#include "outstanding.h"

#include <stdlib.h>
#include <string.h>

struct outstanding_entry {
    uint64_t hash;
    size_t len;
    int64_t sent;
    uint32_t id, line;
    bool waiting;
};

/* FNV-1a of eight bytes at a time, whose high bits are folded into the low ones: enough to tell our
 * own lines apart. */
static uint64_t hash(const unsigned char *data, size_t len)
{
    uint64_t h = 0xcbf29ce484222325, word;

    for (size_t n; len; data += n, len -= n) {
        n = len < sizeof(word) ? len : sizeof(word);
        word = 0;
        memcpy(&word, data, n);
        h = (h ^ word) * 0x100000001b3;
        h ^= h >> 32;
    }
    return h;
}

static struct outstanding_entry *entry(struct outstanding *o, size_t i)
{
    return &o->ring[(o->first + i) % o->room];
}

/* Makes room for another entry: drops answered entries, or enlarges the ring. */
static int make_room(struct outstanding *o)
{
    size_t room = o->count > o->room / 2 || !o->room ? 2 * o->room + 64 : o->room, used = 0;
    struct outstanding_entry *ring = calloc(room, sizeof(*ring));

    if (!ring)
        return -1;
    for (size_t i = 0; i < o->used; i++)
        if (entry(o, i)->waiting)
            ring[used++] = *entry(o, i);
    free(o->ring);
    o->ring = ring;
    o->room = room;
    o->first = 0;
    o->used = used;
    return 0;
}

int outstanding_add(struct outstanding *o, const void *data, size_t len, uint32_t id, uint32_t line,
                    int64_t now)
{
    if (o->used == o->room && make_room(o) < 0)
        return -1;
    *entry(o, o->used++) = (struct outstanding_entry){
        .hash = hash(data, len), .len = len, .sent = now, .id = id, .line = line, .waiting = true};
    o->count++;
    o->bytes += len;
    return 0;
}

static void remove_entry(struct outstanding *o, struct outstanding_entry *e)
{
    e->waiting = false;
    o->count--;
    o->bytes -= e->len;
    while (o->used && !o->ring[o->first].waiting) {
        o->first = (o->first + 1) % o->room;
        o->used--;
    }
}

bool outstanding_reply(struct outstanding *o, const void *data, size_t len)
{
    uint64_t h = hash(data, len);

    for (size_t i = 0; i < o->used; i++) {
        struct outstanding_entry *e = entry(o, i);

        if (e->waiting && e->len == len && e->hash == h) {
            remove_entry(o, e);
            return true;
        }
    }
    return false;
}

uint32_t outstanding_failed(struct outstanding *o, uint32_t id)
{
    for (size_t i = 0; i < o->used; i++) {
        struct outstanding_entry *e = entry(o, i);

        if (e->waiting && e->id == id) {
            uint32_t line = e->line;

            remove_entry(o, e);
            return line;
        }
    }
    return 0;
}

bool outstanding_oldest(const struct outstanding *o, uint32_t *id, uint32_t *line, int64_t *sent)
{
    const struct outstanding_entry *e;

    if (!o->used)
        return false;
    e = &o->ring[o->first]; /* remove_entry() keeps an outstanding one in front */
    *id = e->id;
    *line = e->line;
    *sent = e->sent;
    return true;
}

void outstanding_free(struct outstanding *o)
{
    free(o->ring);
    memset(o, 0, sizeof(*o));
}
