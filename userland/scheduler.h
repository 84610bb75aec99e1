/* libusrsctp's own table of stream schedulers. */
#ifndef SCHEDULER_H
#define SCHEDULER_H

#include <stdint.h>

struct association;
struct message;
struct stream;

struct control_block {
    struct socket *socket;
    void *endpoint;
};

typedef struct stream *next_stream(struct control_block *c, void *path, struct association *a);
typedef void remove_message(struct control_block *c, struct association *a, struct stream *s,
                            struct message *m);

struct scheduler {
    void (*before[5])(void);
    remove_message *remove; /* of version 0.9.5 it has another argument */
    next_stream *next;
    void (*taken)(struct control_block *c, void *path, struct association *a, struct stream *s,
                  int bytes); /* from the first message of the stream */
    void (*after[4])(void);
};

enum { SCHEDULERS = 6, FIRST_COME = 5 };

/* lifetime.c: changes the table, which can be written. */
void lifetime_start(struct scheduler *table);

#endif
