/* Spinning: how long a thread that reads UDP looks for packets before it sleeps.  Locked. */
#ifndef SPIN_H
#define SPIN_H

#include <time.h>

#include "userland.h"

struct spin {
    struct timespec start; /* of the wait */
    bool on;
};

/* A wait begins.  sleeps: it may. */
struct spin spin_begin(bool sleeps);
/* Whether to look, perhaps again, without sleeping. */
bool spin_goes_on(struct spin *spin);
/* The wait has ended. */
void spin_end(const struct spin *spin);
/* Whether what has arrived was read a few microseconds ago. */
bool spin_ended_just_now(void);

/* The program has sent a message; false: it has received one, or found no room to send. */
void spin_after_message(bool sent);

#endif
