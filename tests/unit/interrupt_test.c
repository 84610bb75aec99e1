/* Signals of a client: lib/client/interrupt.c. */
#include "client/interrupt.h"
#include "unit.h"
#include "unpsctp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio_ext.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static volatile sig_atomic_t delivered;
static int64_t now = 1000; /* ms */
static int64_t limit;      /* of the last ppoll(), ns; -1: none */
static unsigned polls;
static bool blocked_before; /* ppoll() was called with SIGINT and SIGTERM blocked */
static bool terminate;      /* SIGTERM and SIGCONT come just before ppoll(), as from timeout(1) */

static bool is_blocked(int signo)
{
    sigset_t mask;

    sigprocmask(SIG_SETMASK, NULL, &mask);
    return sigismember(&mask, signo) == 1;
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
    struct timespec copy = timeout ? *timeout : (struct timespec){0};

    polls++;
    limit = timeout ? (int64_t)copy.tv_sec * 1000000000 + copy.tv_nsec : -1;
    blocked_before = is_blocked(SIGINT) && is_blocked(SIGTERM);
    if (terminate) {
        raise(SIGTERM);
        raise(SIGCONT);
    }
    return (int)syscall(SYS_ppoll, fds, n, timeout ? &copy : NULL, mask, _NSIG / 8);
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    *ts = (struct timespec){.tv_sec = now / 1000, .tv_nsec = now % 1000 * 1000000};
    return 0;
}

static volatile sig_atomic_t alarms; /* set for one second */

unsigned alarm(unsigned seconds)
{
    const struct itimerval t = {.it_value.tv_sec = seconds};

    alarms += seconds == 1;
    return seconds == 1 ? 0 : (unsigned)setitimer(ITIMER_REAL, &t, NULL);
}

static void on_signal(int signo)
{
    delivered = signo;
}

/* ---- waiting ------------------------------------------------------------------ */

UNIT_TEST(a_blocked_signal_is_delivered_while_a_client_waits_and_blocked_again)
{
    const int signals[] = {SIGWINCH, SIGTSTP, SIGQUIT};
    sigset_t blocked;

    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaddset(&blocked, signals[i]);
        signal(signals[i], on_signal);
    }
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        delivered = 0;
        raise(signals[i]);
        assert_int_equal(delivered, 0);
        unp_poll(NULL, 0, 0);
        assert_int_equal(delivered, signals[i]);
        for (size_t k = 0; k < sizeof(signals) / sizeof(signals[0]); k++)
            assert_true(is_blocked(signals[k]));
    }
    assert_true(blocked_before);
    assert_false(is_blocked(SIGINT));
    assert_false(is_blocked(SIGTERM));
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}

UNIT_TEST(a_wait_passes_its_time_to_ppoll)
{
    struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT}; /* ready at once */

    unp_poll(&p, 1, 61234);
    assert_int_equal(limit, INT64_C(61234000000));
    assert_int_equal(p.revents & POLLOUT, POLLOUT);
    unp_poll(&p, 1, 0);
    assert_int_equal(limit, 0);
    unp_poll(&p, 1, -1);
    assert_int_equal(limit, -1);
}

UNIT_TEST(after_a_signal_nothing_is_ready)
{
    struct pollfd p[2] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
                          {.fd = STDOUT_FILENO, .events = POLLOUT}};
    unsigned before = polls;

    unp_pending_signal = SIGINT;
    p[0].revents = p[1].revents = POLLOUT;
    unp_poll(p, 2, -1);
    assert_int_equal(p[0].revents | p[1].revents, 0);
    assert_int_equal(polls, before); /* which might wait */
    unp_pending_signal = 0;
    p[0].revents = p[1].revents = POLLOUT;
    unp_poll(p, 2, 0);
    assert_int_equal(p[1].revents, POLLOUT);
}

UNIT_TEST(a_signal_that_interrupts_a_wait_leaves_nothing_ready)
{
    struct pollfd p = {.fd = -1, .revents = POLLIN};
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGWINCH);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGWINCH, on_signal);
    raise(SIGWINCH);
    p.revents = POLLIN;
    unp_poll(&p, 1, 60000);
    assert_int_equal(p.revents, 0);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}

/* ---- stopped ------------------------------------------------------------------- */

UNIT_TEST(a_program_that_continues_was_stopped_once)
{
    struct sigaction act;

    assert_false(unp_was_stopped());
    unp_catch_continue();
    raise(SIGCONT);
    assert_true(unp_was_stopped());
    assert_false(unp_was_stopped());
    sigaction(SIGCONT, NULL, &act);
    assert_true(act.sa_flags & SA_RESTART);
}

/* ---- signals -------------------------------------------------------------------- */

/* The status says at which step it ended. */
static void two_signals(void *arg)
{
    const int *signals = arg;

    unp_catch_signals();
    unp_catch_continue();
    raise(signals[0]);
    if (unp_pending_signal != signals[0])
        _exit(1);
    raise(SIGCONT);
    if (unp_was_stopped()) /* timeout(1) sends it after SIGTERM */
        _exit(2);
    unp_pending_signal = 0;
    raise(SIGCONT);
    if (unp_was_stopped())
        _exit(3);
    raise(signals[1]);
    _exit(unp_pending_signal == signals[1] ? 4 : 5);
}

UNIT_TEST(a_second_signal_ends_the_program)
{
    int interrupts[] = {SIGINT, SIGINT}, terms[] = {SIGTERM, SIGTERM}, both[] = {SIGINT, SIGTERM};
    char err[10];

    assert_int_equal(in_child(two_signals, interrupts, err, sizeof(err)), 128 + SIGINT);
    assert_int_equal(in_child(two_signals, terms, err, sizeof(err)), 128 + SIGTERM);
    assert_int_equal(in_child(two_signals, both, err, sizeof(err)), 4); /* each once */
}

static void terminated(void *arg)
{
    (void)arg;
    unp_catch_signals();
    unp_catch_continue();
    terminate = true;
    unp_poll(NULL, 0, 60000);
    if (unp_pending_signal != SIGTERM)
        _exit(1);
    _exit(unp_was_stopped() ? 2 : 3);
}

UNIT_TEST(a_program_that_is_terminated_just_before_it_waits_has_not_continued)
{
    char err[10];

    assert_int_equal(in_child(terminated, NULL, err, sizeof(err)), 3);
}

UNIT_TEST(signals_of_a_client_do_not_interrupt_each_other)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct sigaction act;

    unp_catch_signals();
    for (size_t i = 0; i < COUNT(signals); i++) {
        sigaction(signals[i], NULL, &act);
        assert_true(sigismember(&act.sa_mask, SIGINT));
        assert_true(sigismember(&act.sa_mask, SIGTERM));
        assert_true(sigismember(&act.sa_mask, SIGCONT));
        assert_false(act.sa_flags & SA_RESTART);
        signal(signals[i], SIG_DFL);
    }
}

static bool restarts(int signo)
{
    struct sigaction act;

    sigaction(signo, NULL, &act);
    return act.sa_flags & SA_RESTART;
}

static void signals_with_grace(void *arg)
{
    const int64_t after = *(const int64_t *)arg;

    unp_catch_signals_with_grace(1000);
    if (restarts(SIGINT) || restarts(SIGTERM))
        _exit(1);
    raise(SIGTERM);
    if (unp_pending_signal != SIGTERM)
        _exit(2);
    if (!restarts(SIGINT) || !restarts(SIGTERM))
        _exit(3);
    unp_pending_signal = 0;
    now += after;
    raise(SIGINT);
    _exit(unp_pending_signal ? 4 : 5);
}

UNIT_TEST(in_its_grace_period_a_program_ignores_signals)
{
    int64_t soon = 999, late = 1000;
    char err[10];

    assert_int_equal(in_child(signals_with_grace, &soon, err, sizeof(err)), 5);
    assert_int_equal(in_child(signals_with_grace, &late, err, sizeof(err)), 128 + SIGINT);
}

/* ---- output ------------------------------------------------------------------------ */

static ssize_t interrupted_write(void *cookie, const char *buf, size_t len)
{
    errno = EINTR;
    return 0;
}

static int full_pipe(void)
{
    int fds[2];

    if (pipe2(fds, O_NONBLOCK) < 0)
        _exit(1);
    while (write(fds[1], "x", 1) > 0)
        ;
    return fds[1];
}

/* 'f': to a full disk; 'i': the write is interrupted; 's': after a signal; 'b': it would block. */
static void flush(void *arg)
{
    const char *how = arg;

    if (strchr(how, 'f'))
        dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
    if (strchr(how, 'i'))
        stdout = fopencookie(NULL, "w", (cookie_io_functions_t){.write = interrupted_write});
    if (strchr(how, 'b')) {
        int fd = full_pipe();

        fcntl(fd, F_SETFL, 0);
        dup2(fd, STDOUT_FILENO);
    }
    unp_pending_signal = strchr(how, 's') ? SIGTERM : 0;
    setvbuf(stdout, NULL, _IOFBF, 4096);
    fputs("output", stdout);
    Unp_flush_stdout("write the output");
    _exit(ferror(stdout) ? 2 : __fpending(stdout) ? 3 : 4);
}

UNIT_TEST(output_is_written_or_the_program_ends)
{
    char err[200];

    assert_int_equal(in_child(flush, (char[]){"f"}, err, sizeof(err)), EXIT_SYSTEM);
    assert_string_equal(err, "interrupt_test: write the output: No space left on device\n");
    assert_int_equal(in_child(flush, (char[]){"i"}, err, sizeof(err)), EXIT_SYSTEM);
    assert_string_equal(err, "interrupt_test: write the output: Interrupted system call\n");
    assert_int_equal(in_child(flush, (char[]){"fs"}, err, sizeof(err)), EXIT_SYSTEM);
}

UNIT_TEST(after_a_signal_output_that_would_block_is_discarded)
{
    char err[200];

    assert_int_equal(in_child(flush, (char[]){"bs"}, err, sizeof(err)), 4);
    assert_int_equal(in_child(flush, (char[]){"is"}, err, sizeof(err)), 4);
}

static bool is_null(int fd)
{
    struct stat is, null;

    return fstat(fd, &is) == 0 && stat("/dev/null", &null) == 0 && is.st_rdev == null.st_rdev;
}

/* The status says at which step it ended. */
static void end_with_output(void *arg)
{
    struct sigaction act;
    int pipe_end;

    if (arg)
        unp_catch_signals();
    else
        unp_catch_signals_with_grace(1000);
    sigaction(SIGALRM, NULL, &act);
    if (!(act.sa_flags & SA_RESTART) || alarms)
        _exit(2);
    raise(SIGTERM);
    if (alarms != 1)
        _exit(3);
    pipe_end = full_pipe();
    errno = EXIT_LOST;
    raise(SIGALRM); /* the output takes more: look again later */
    if (alarms != 2 || is_null(STDOUT_FILENO) || errno != EXIT_LOST)
        _exit(4);
    dup2(pipe_end, STDOUT_FILENO);
    errno = EXIT_LOST;
    raise(SIGALRM); /* the reader has stopped */
    _exit(alarms != 2 ? 5 : !is_null(STDOUT_FILENO) ? 6 : errno != EXIT_LOST ? 7 : 8);
}

UNIT_TEST(a_reader_that_has_stopped_does_not_delay_the_end)
{
    char err[10];

    assert_int_equal(in_child(end_with_output, NULL, err, sizeof(err)), 8);
    assert_int_equal(in_child(end_with_output, err, err, sizeof(err)), 8);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
