/* A client that a signal interrupts: it leaves gracefully, and no signal is missed. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* The signal that wants the program to leave gracefully, SIGINT or SIGTERM; 0: none came. */
extern volatile sig_atomic_t unp_pending_signal;

/* Has them set `unp_pending_signal`.  Once: a second signal ends the program at once, even where it
 * waits for a reader of its output. */
void unp_catch_signals(void);
/* The same for a program that has something to say yet, but that for `ms` after the first no other
 * is heard. */
void unp_catch_signals_with_grace(int64_t ms);
/* Has unp_was_stopped() know of SIGCONT, which no signal mask of a stopped program delays. */
void unp_catch_continue(void);
/* Whether the program was stopped (Ctrl-Z, SIGSTOP) and continued since the last call: the time
 * that passed meanwhile is nobody's silence. */
bool unp_was_stopped(void);
/*
 * poll(2) for `ms`, or for ever if -1, that ends as soon as `unp_pending_signal` is set, or was
 * before: no signal slips in between.  Nor does SIGWINCH, SIGTSTP or SIGQUIT where
 * the caller has blocked it: it is let in while this waits.  All revents are 0 after
 * a signal.
 */
void unp_poll(struct pollfd *fds, nfds_t n, int64_t ms);
/* fflush(3) of stdout, ending the program with EXIT_SYSTEM and "`what`: why" when it cannot be
 * written.  After a signal, what nobody reads is dropped. */
void Unp_flush_stdout(const char *what);

#endif
