/* A member of the chat room: its nickname, its rate, and its delayed messages. */
#ifndef MEMBER_H
#define MEMBER_H

#include "load.h"
#include "name.h"
#include "receive/receive.h"

struct delayed;
TAILQ_HEAD(delayed_queue, delayed);

struct member {
    sctp_assoc_t id;           /* of its association */
    struct unp_association *a; /* NULL: the association is closed, but delayed messages are left */
    char *farewell;            /* why it left, for the announcement; NULL: it shut down */
    char name[NAME_SIZE];
    bool announced;         /* its arrival was announced, or will be in the next announcement */
    int64_t joined;         /* ms of unp_now() */
    int64_t announce_at;    /* otherwise, when to announce it, ms of unp_now() */
    bool echo_ok;           /* it accepts copies of its own messages (/echo on) */
    bool listing;           /* /who has more members to list */
    bool list_begun;        /* … and its first line was sent */
    struct member *to_list; /* the next member to list; NULL: all are listed */
    struct voice voice;     /* its flow control */
    bool crowded;           /* its next message waits for load_permits(), not for its own rate */
    unsigned refused;       /* messages refused because the room is overloaded, not yet reported */
    int64_t told_refused;   /* time of the last report, ms */
    double allowance;       /* tokens: thousandths of a message that it may send now */
    int64_t counted;        /* when `allowance` was computed, ms */
    struct delayed_queue delayed; /* delayed messages */
    size_t delayed_bytes;
    struct unp_memory *memory; /* the server's, which counts delayed_bytes */
    TAILQ_ENTRY(member) link;
};

/* All members, in order of arrival. */
TAILQ_HEAD(member_list, member);

/* A delayed message. */
struct delayed {
    TAILQ_ENTRY(delayed) link;
    struct unp_message msg; /* msg.owned is set */
    size_t escaped;         /* its length as relayed, bytes */
};
/* What a delayed message counts for beside its bytes, the same on machines of 32 and 64 bits. */
#define DELAYED_SIZE 80
_Static_assert(sizeof(struct delayed) <= DELAYED_SIZE, "the memory limit counts less than is used");

/* A new member with a unique nickname such as "guest7"; sets a->user.  `memory` counts its delayed
 * messages.  NULL: no memory. */
struct member *member_new(struct member_list *all, struct unp_association *a, double rate,
                          struct unp_memory *memory);
void member_free(struct member_list *all, struct member *m);
/* The member with this nickname, ignoring ASCII case, or NULL. */
struct member *member_find(const struct member_list *all, const char *name);

/* Token bucket of `rate` messages per second: may the member send `len` bytes, as relayed, now?
 * Charges it if so. */
bool member_may_speak(struct member *m, size_t len, double rate);
/* Delays a copy of a message.  -1: more than `max` bytes would be delayed, or no memory. */
int member_delay(struct member *m, const struct unp_message *msg, size_t escaped, size_t max);
/* Length of the first delayed message as relayed, bytes; 0: there is none. */
size_t member_next_size(const struct member *m);
/* Removes the first delayed message; the caller frees msg->owned.  False: there is none. */
bool member_release(struct member *m, struct unp_message *msg);
/* Its association has closed. */
void member_part(struct member *m);

#endif
