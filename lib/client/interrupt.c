/* Signals of a client: it ends gracefully, and misses no signal. */
#include "interrupt.h"
#include "unpsctp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <unistd.h>

#define CHECK_S 1 /* between two checks whether the output blocks an ending program */

volatile sig_atomic_t unp_pending_signal;

static volatile sig_atomic_t terminating; /* like unp_pending_signal, but never reset */

static bool can_write(void)
{
    struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return poll(&p, 1, 0) > 0;
}

/* A reader that has stopped must not delay the shutdown: the rest of the output is discarded. */
static void on_alarm(int signo)
{
    int before = errno, null;

    (void)signo;
    if (can_write() || (null = open("/dev/null", O_WRONLY | O_CLOEXEC)) < 0)
        alarm(CHECK_S);
    else
        dup2(null, STDOUT_FILENO);
    errno = before;
}

static void on_signal(int signo)
{
    unp_pending_signal = terminating = signo;
    alarm(CHECK_S);
}

static void catch_with(struct sigaction act)
{
    const struct sigaction act_on_alarm = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};

    sigaction(SIGALRM, &act_on_alarm, NULL);
    sigaddset(&act.sa_mask, SIGINT);
    sigaddset(&act.sa_mask, SIGTERM);
    sigaddset(&act.sa_mask, SIGCONT); /* or its handler runs first when both are pending */
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
}

static volatile sig_atomic_t continued; /* SIGCONT came since the last unp_was_stopped() */

static void on_continue(int signo)
{
    (void)signo;
    if (!terminating) /* timeout(1) sends SIGCONT after SIGTERM */
        continued = 1;
}

void unp_catch_continue(void)
{
    const struct sigaction act = {.sa_handler = on_continue, .sa_flags = SA_RESTART};

    sigaction(SIGCONT, &act, NULL);
}

bool unp_was_stopped(void)
{
    bool was = continued;

    continued = 0;
    return was;
}

void unp_catch_signals(void)
{
    catch_with((struct sigaction){.sa_handler = on_signal, .sa_flags = SA_RESETHAND});
}

static int64_t grace; /* ms after the first signal */

static void on_signal_with_grace(int signo)
{
    static int64_t first;

    if (!first) {
        first = unp_now();
        on_signal(signo);
        /* Later signals must not interrupt a write. */
        catch_with((struct sigaction){.sa_handler = on_signal_with_grace, .sa_flags = SA_RESTART});
    } else if (unp_now() - first >= grace) {
        signal(signo, SIG_DFL);
        raise(signo); /* delivered when this handler returns */
    }
}

void unp_catch_signals_with_grace(int64_t ms)
{
    grace = ms;
    catch_with((struct sigaction){.sa_handler = on_signal_with_grace});
}

void unp_poll(struct pollfd *fds, nfds_t n, int64_t ms)
{
    const struct timespec limit = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    sigset_t block, before, unblocked;

    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGTERM);
    sigaddset(&block, SIGCONT); /* or its handler runs before that of SIGTERM */
    sigprocmask(SIG_BLOCK, &block, &before);
    unblocked = before;
    sigdelset(&unblocked, SIGWINCH);
    sigdelset(&unblocked, SIGTSTP);
    sigdelset(&unblocked, SIGQUIT);
    if (unp_pending_signal || ppoll(fds, n, ms < 0 ? NULL : &limit, &unblocked) < 0)
        for (nfds_t i = 0; i < n; i++)
            fds[i].revents = 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static bool ending(void)
{
    return unp_pending_signal || terminating; /* a program may reset unp_pending_signal */
}

void Unp_flush_stdout(const char *what)
{
    if (ending())
        clearerr(stdout); /* the signal may have interrupted a write of stdio */
    if (ending() && !can_write())
        __fpurge(stdout);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return;
    if (errno != EINTR || !ending())
        err_sys("%s", what);
    __fpurge(stdout);
    clearerr(stdout);
}
