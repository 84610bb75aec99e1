/* Shared by reader_turn.c and inline_reader.c. */
#ifndef INLINE_READER_H
#define INLINE_READER_H

#include "reader.h"

#include <signal.h>

enum { WAKE_UP, SIGNALS }; /* epoll's data for these descriptors; greater: a UDP socket */

extern struct reader {
    uint32_t on; /* the program reads; futex: the stack's threads are parked, or soon will be */
    bool never; /* the program has threads or waits in the kernel, or libusrsctp lacks a function */
    bool waiting;    /* the program is in a call that waits … */
    bool asleep;     /* … and in the kernel, without the lock */
    bool has_read;   /* reader_end(), since the last tick */
    bool ready;      /* the descriptors are open */
    int epoll;       /* all UDP sockets, and: */
    int wake_up;     /* eventfd: a socket that is waited for was marked ready without a packet */
    int signals;     /* signalfd: a signal is pending that the program has not blocked */
    sigset_t masked; /* the signals that the program has blocked */
} reader;

/* Makes the signalfd (fd -1: a new one) report the signals that the program has not blocked: all
 * but `masked`. */
int reader_watch_signals(int fd);

#endif
