/* The life of the stack (stack.c), and libusrsctp's threads (threads.c). */
#ifndef STACK_H
#define STACK_H

#include <pthread.h>
#include <time.h>

#include "userland.h"

enum { STACK_MAX_CHUNKS = 65536 }; /* of one association, waiting to be sent or acknowledged */

/* Loads and starts libusrsctp, once.  0; -1 and errno, after a message.  Unlocked. */
int stack_start(void);
/* This thread is starting libusrsctp: its calls of libc are libusrsctp's. */
extern __thread bool stack_starting;

/* stream.c, when the process exits: sends what was printed into streams and not flushed.  Unlocked.
 */
void stream_flush(void);

/* Functions that libusrsctp calls. */
int threads_socket(int domain, int type, int protocol);
int threads_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                   void *arg);
int threads_nanosleep(const struct timespec *duration);

void threads_prepare(void);    /* before libusrsctp is started */
void threads_first_wait(void); /* each thread, before it waits for the first time */
void threads_wait(void);       /* until they all have called that */
void threads_end(void);        /* before libusrsctp is finished: stops the timers */

void scheduler_start(void); /* with the changes of scheduler.c and lifetime.c */

#endif
