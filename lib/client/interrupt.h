/* Signals of a client: it ends gracefully, and misses no signal. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* SIGINT or SIGTERM, which asks the program to end gracefully; 0: neither came. */
extern volatile sig_atomic_t unp_pending_signal;

/* Makes these signals set `unp_pending_signal`.  A second one ends the program at once.  If the
 * program is blocked on its output a second or more after the first, its stdout becomes /dev/null.
 * Uses alarm(2). */
void unp_catch_signals(void);
/* Like unp_catch_signals(), but ignores further signals for `ms` after the first, so that the
 * program can print its summary. */
void unp_catch_signals_with_grace(int64_t ms);
/* Catches SIGCONT, for unp_was_stopped(). */
void unp_catch_continue(void);
/* Was the program stopped (Ctrl-Z, SIGSTOP) and continued since the last call?  If so, a time-out
 * must restart, because the peer was not silent.  Always false after SIGINT or SIGTERM. */
bool unp_was_stopped(void);
/*
 * poll(2) for `ms` (-1: no limit) that returns at once when `unp_pending_signal` is set, even by a
 * signal just before the wait.  While it waits, SIGWINCH, SIGTSTP and SIGQUIT are unblocked.  After
 * a signal all revents are 0.
 */
void unp_poll(struct pollfd *fds, nfds_t n, int64_t ms);
/* fflush(3) of stdout.  Ends the program with EXIT_SYSTEM and "`what`: why" when that fails.  After
 * a signal, output that would block is discarded. */
void Unp_flush_stdout(const char *what);

#endif
