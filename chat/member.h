/* What the chat server keeps of a member, by its association: its name, and its pace. */
#ifndef MEMBER_H
#define MEMBER_H

#include "load.h"
#include "name.h"
#include "receive/receive.h"

struct held;
TAILQ_HEAD(held_queue, held);

struct member {
    struct unp_association *a; /* NULL: it has gone, and has still to say what it said too soon */
    char *farewell;            /* then: what is told of it at last; NULL: that it has left */
    char name[NAME_SIZE];
    bool announced;         /* the others know that it is here, or are about to */
    int64_t announce_at;    /* … or else from then on, ms of unp_now() */
    bool echo_ok;           /* it may be sent what it says itself */
    unsigned long serial;   /* the larger, the later it came */
    unsigned long listed;   /* by /who: the serial number of the last that it was told; 0: none */
    bool listing;           /* of /who there is more */
    struct voice voice;     /* what the room has to carry of it */
    bool crowded;           /* what it says next waits for the room, not for its own pace */
    unsigned refused;       /* messages that the room could not carry, of which it is to be told */
    int64_t told_refused;   /* when it was told last, ms */
    double allowance;       /* messages that it may say now */
    int64_t counted;        /* when that was reckoned, ms */
    struct held_queue held; /* what it said too soon */
    size_t held_bytes;
    struct unp_memory *memory; /* counts them */
    TAILQ_ENTRY(member) link;
};

/* All members; the order is that of their coming. */
TAILQ_HEAD(member_list, member);

/* A message that waits for its time. */
struct held {
    TAILQ_ENTRY(held) link;
    struct unp_message msg; /* msg.owned is set */
    size_t tamed;           /* its length when it is sent on */
};

/* A new one with a name of its own, "guest7"; a->user is it; `memory` counts what it holds.  NULL:
 * no memory. */
struct member *member_new(struct member_list *all, struct unp_association *a, double rate,
                          struct unp_memory *memory);
void member_free(struct member_list *all, struct member *m);
/* The member of this name, upper and lower case of ASCII alike, or NULL. */
struct member *member_find(const struct member_list *all, const char *name);

/* Whether it may say what is so long, in bytes, when it is sent on, now, at `rate` messages a
 * second; then they are counted. */
bool member_may_speak(struct member *m, size_t len, double rate);
/* Keeps a copy of a message until it may.  -1: it has said more than `max` bytes too soon, or no
 * memory. */
int member_hold(struct member *m, const struct unp_message *msg, size_t tamed, size_t max);
/* The length that the first that is kept has when it is sent on. */
size_t member_next_size(const struct member *m);
/* The first that is kept: *msg, to be freed by the caller.  False: nothing is. */
bool member_release(struct member *m, struct unp_message *msg);
/* Its association is over. */
void member_part(struct member *m);

#endif
