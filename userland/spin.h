/* Spinning: how long a thread that reads UDP looks for packets before it sleeps.  Locked. */
#ifndef SPIN_H
#define SPIN_H

#include <time.h>

#include "userland.h"

struct spin {
    struct timespec start; /* of the wait */
    bool on;
};

/* A wait of up to ms milliseconds begins; -1: without a limit. */
struct spin spin_begin(int ms);
/* Whether to look, perhaps again, without sleeping. */
bool spin_goes_on(struct spin *spin);
/* The wait has ended; what it found is not handled yet. */
void spin_end(const struct spin *spin);
/* Whether a wait has ended in the last 20 us. */
bool spin_wait_ended_just_now(void);

/* The program has sent a message; false: it has called to receive one, or found no room to send. */
void spin_after_message(bool sent);

#endif
