/*
 * A thread of the program reads UDP itself: userland/inline_reader.c, reader_turn.c, with a lock, a
 * clock and packets of this file.
 */
#include "descriptors.h"
#include "unit_thread.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "../../userland/inline_reader.h"
#include "../../userland/libusrsctp.h"
#include "../../userland/lock.h"
#include "../../userland/spin.h"
#include "../../userland/udp.h"

/* ---- stubs ------------------------------------------------------------------------ */

__thread bool stack_thread;
struct usrsctp usr;
static char done[100];   /* with the lock */
static sigset_t program; /* the program's signal mask */
static struct timespec now = {100, 900000000};
static long passes; /* ns, at each look at the clock */
static int packets; /* an eventfd in place of a UDP socket: its events stay until it is read */

/* The program's signals are delivered before it is taken again. */
void lock_release(void)
{
    strcat(done, "release ");
    pthread_sigmask(SIG_SETMASK, &program, NULL);
}

void lock_take(void)
{
    sigset_t all;

    strcat(done, "take ");
    sigfillset(&all);
    sigdelset(&all, SIGALRM);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
}

const sigset_t *lock_program_mask(void)
{
    return &program;
}

static struct {
    int n, ms, error; /* error: of the next wait */
    int first_ms;
    void (*at)(int n); /* called before each */
    bool asleep;
} waits;

int lock_epoll_wait(int epoll, struct epoll_event *event, int ms)
{
    if (!waits.n++)
        waits.first_ms = ms;
    waits.ms = ms;
    if (waits.at)
        waits.at(waits.n);
    waits.asleep = reader.asleep;
    errno = waits.error;
    return waits.error ? -1 : epoll_wait(epoll, event, 1, 0);
}

int lock_poll(struct pollfd *fds, unsigned long n, const struct timespec *timeout)
{
    waits.n++;
    if (waits.at)
        waits.at(waits.n);
    waits.asleep = reader.asleep;
    errno = waits.error;
    return waits.error ? -1 : ppoll(fds, n, &(struct timespec){0}, NULL);
}

static uint64_t given[200];
static int n_given;

void udp_give(uint64_t epoll_key)
{
    assert_true(n_given < (int)COUNT(given));
    given[n_given++] = epoll_key;
}

bool udp_own_waiting(void)
{
    return false;
}

int descriptor_hide(int fd)
{
    return fd;
}

int clock_gettime(clockid_t clock, struct timespec *to)
{
    if (clock != CLOCK_MONOTONIC)
        return (int)syscall(SYS_clock_gettime, clock, to);
    *to = now;
    now.tv_nsec += passes;
    return 0;
}

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
    CPU_ZERO(set);
    CPU_SET(0, set);
    CPU_SET(1, set);
    return 0;
}

static struct usr_mbuf *get_mbuf(unsigned space, int header, int how, int one, int type)
{
    return NULL;
}

static void free_mbufs(struct usr_mbuf *m)
{
}

static void input(struct usr_mbuf **packet, int ip_header, int offset, int length,
                  struct sockaddr *from, struct sockaddr *to, void *header, void *chunk,
                  uint8_t compute_crc, uint8_t ecn, uint32_t vrf, uint16_t udp_port)
{
}

/* ---- a reader ----------------------------------------------------------------------- */

enum { KEY = 70000 };

static int handled;

static void count(int signal)
{
    handled++;
}

static void forget_spinning(void)
{
    passes = 0;
    now = (struct timespec){99, 0};
    struct spin spin = spin_begin(-1);
    spin_end(&spin);
    spin_after_message(false);
}

static int begin(void **state)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL};

    stack_thread = false;
    usr.get_mbuf = get_mbuf;
    usr.free_mbufs = free_mbufs;
    usr.input = input;
    reader = (struct reader){0};
    memset(&waits, 0, sizeof(waits));
    n_given = handled = 0;
    forget_spinning();
    now = (struct timespec){100, 900000000};
    sigemptyset(&program);
    for (int i = 1; i < NSIG; i++)
        if (i != SIGALRM)
            sigaction(i, &usual, NULL);
    lock_take();
    packets = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    reader_watch(EPOLL_CTL_ADD, packets, KEY);
    assert_true(reader.ready && !reader.never);
    done[0] = '\0';
    return 0;
}

static int end(void **state)
{
    close(packets);
    close(reader.epoll);
    close(reader.wake_up);
    close(reader.signals);
    return 0;
}

static void receive_packet(void)
{
    assert_int_equal(write(packets, &(uint64_t){1}, 8), 8);
}

/* ---- waiting for packets --------------------------------------------------------------- */

UNIT_TEST(a_reader_waits_until_the_deadline_rounded_up_to_milliseconds)
{
    static const struct {
        struct timespec until;
        int ms;
    } cases[] = {
        {{100, 900000000}, 0},      {{99, 999999999}, 0},
        {{100, 900000001}, 1},      {{100, 901000000}, 1},
        {{100, 901000001}, 2},      {{101, 100000000}, 200},
        {{105, 900000000}, 5000},   {{1000100, 900000000}, 1000000000},
        {{1000101, 0}, 1000000000}, {{1000100, 0}, 999999100},
        {{2000000, 0}, 1000000000}, {{0, 0}, 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(reader_read(&cases[i].until), cases[i].ms ? 0 : EAGAIN);
        if (waits.ms != cases[i].ms)
            fail_msg("case %zu: %d ms", i, waits.ms);
    }
    assert_int_equal(reader_read(NULL), 0);
    assert_int_equal(waits.ms, -1);
    assert_int_equal(waits.n, COUNT(cases) + 1);
}

/* The epoll instance of the reader is then waited for itself, for whole milliseconds. */
UNIT_TEST(without_other_descriptors_poll_is_one_system_call)
{
    static const struct {
        struct timespec timeout;
        int ms;
    } cases[] = {
        {{0, 1000000}, 1},          {{0, 1999999}, 1},          {{2, 500000000}, 2500},
        {{1000000, 0}, 1000000000}, {{1000001, 0}, 1000000000},
    };
    struct pollfd fds[1];

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(reader_poll_with(fds, 0, &cases[i].timeout), 0);
        if (waits.ms != cases[i].ms)
            fail_msg("case %zu: %d ms", i, waits.ms);
    }
    assert_int_equal(reader_poll_with(fds, 0, NULL), 0);
    assert_int_equal(waits.ms, -1);
    assert_int_equal(waits.n, COUNT(cases) + 1);
    waits.ms = 77;
    assert_int_equal(reader_poll_with(fds, 0, &(struct timespec){0, 999999}), 0);
    assert_int_equal(waits.ms, 77); /* ppoll(2) */
    receive_packet();
    assert_int_equal(reader_poll_with(fds, 0, NULL), 0);
    assert_int_equal(n_given, 1);
}

UNIT_TEST(a_packet_is_given_to_the_stack)
{
    assert_int_equal(reader_read(NULL), 0);
    assert_int_equal(n_given, 0);
    receive_packet();
    assert_int_equal(reader_read(NULL), 0);
    assert_int_equal(n_given, 1);
    assert_int_equal(given[0], KEY);
    assert_true(waits.asleep && !reader.asleep);
}

UNIT_TEST(an_event_without_a_packet_wakes_the_reader_once)
{
    uint64_t n;

    reader_wake(); /* it does not sleep */
    assert_int_equal(read(reader.wake_up, &n, sizeof(n)), -1);
    reader.asleep = true;
    reader_wake();
    assert_int_equal(reader_read(NULL), 0);
    assert_int_equal(n_given, 0);
    assert_int_equal(read(reader.wake_up, &n, sizeof(n)), -1);
}

UNIT_TEST(a_reader_without_descriptors_leaves_the_work_to_the_stack_s_threads)
{
    assert_true(reader_begin());
    waits.error = EINTR; /* the process was stopped and continued */
    assert_int_equal(reader_read(NULL), 0);
    assert_false(reader.never);
    waits.error = EBADF; /* the program has closed them */
    assert_int_equal(reader_read(NULL), EINTR);
    assert_true(reader.never);
    assert_int_equal(reader.on, 0);
    assert_false(reader.asleep);
}

UNIT_TEST(a_call_reads_the_packets_that_came_before_it_but_no_more_than_100)
{
    reader_poll();
    assert_int_equal(waits.n, 1);
    assert_int_equal(waits.ms, 0);
    assert_false(reader.waiting);
    receive_packet();
    reader_poll();
    assert_int_equal(n_given, 100);
    assert_false(reader.waiting);
    reader_stop();
    waits.n = 0;
    reader_poll();
    assert_int_equal(waits.n, 0);
}

/* ---- spinning ------------------------------------------------------------------------------ */

enum { LOOKS = 7 };

/* The waits that follow may spin. */
static void wait_shortly(void)
{
    passes = 1000;
    now = (struct timespec){100, 0};
    spin_after_message(false);
    assert_int_equal(reader_read(NULL), 0);
    n_given = 0;
    spin_after_message(true);
    memset(&waits, 0, sizeof(waits));
}

static void packet_at(int n)
{
    if (n == LOOKS)
        receive_packet();
}

static void wake_up_at(int n)
{
    if (n == LOOKS)
        reader_wake();
}

static void signal_at(int n)
{
    if (n == LOOKS)
        raise(SIGUSR1);
}

/* The look at which it comes may be one at the descriptors. */
UNIT_TEST(a_reader_that_spins_finds_what_comes)
{
    struct pollfd fds[2] = {{.fd = -1}};

    signal(SIGUSR1, count);
    for (int n = 0; n < 2; n++) { /* alone, and with a descriptor to poll */
        wait_shortly();
        waits.at = packet_at;
        assert_int_equal(n ? reader_poll_with(fds, 1, NULL) : reader_read(NULL), 0);
        assert_in_range(waits.n, LOOKS, LOOKS + 1);
        assert_int_equal(n_given, 1);
        assert_int_equal(read(packets, &(uint64_t){0}, 8), 8);
        n_given = 0;
        wait_shortly();
        waits.at = wake_up_at;
        assert_int_equal(n ? reader_poll_with(fds, 1, NULL) : reader_read(NULL), 0);
        assert_in_range(waits.n, LOOKS, LOOKS + 1);
        wait_shortly();
        waits.at = signal_at;
        assert_int_equal(n ? reader_poll_with(fds, 1, NULL) : reader_read(NULL), n ? -1 : EINTR);
        assert_in_range(waits.n, LOOKS, LOOKS + 1);
        assert_int_equal(reader_signals(true), EINTR);
    }
}

/* Also if each wait finds a packet at once. */
UNIT_TEST(a_reader_that_spins_polls_other_descriptors_at_every_fourth_look)
{
    int other = eventfd(1, EFD_CLOEXEC), n = 0;
    struct pollfd fds[2] = {{.fd = other, .events = POLLIN}};

    receive_packet();
    for (int i = 0; i < 12; i++) {
        wait_shortly();
        n += reader_poll_with(fds, 1, NULL);
        assert_int_equal(waits.n, 1);
    }
    assert_int_equal(n, 3);
    close(other);
}

UNIT_TEST(poll_without_a_timeout_handles_all_packets_and_does_not_spin)
{
    int other = eventfd(1, EFD_CLOEXEC);
    struct pollfd fds[2] = {{.fd = other, .events = POLLIN}};
    const struct timespec at_once = {0};

    wait_shortly();
    receive_packet();
    n_given = 0;
    assert_int_equal(reader_poll_with(fds, 1, &at_once), 1);
    assert_int_equal(n_given, 100); /* as many as a call handles at most */
    assert_int_equal(read(packets, &(uint64_t){0}, 8), 8);
    waits.n = 0;
    assert_int_equal(reader_poll_with(fds, 0, &at_once), 0);
    assert_int_equal(waits.n, 1);
    close(other);
}

UNIT_TEST(a_reader_that_has_spun_sleeps)
{
    wait_shortly();
    assert_int_equal(reader_read(NULL), 0);
    assert_true(waits.n > 50);
    assert_int_equal(waits.first_ms, 0);
    assert_int_equal(waits.ms, -1);
}

/* ---- signals ------------------------------------------------------------------------------ */

static bool is_pending(int signal)
{
    sigset_t pending;

    sigpending(&pending);
    return sigismember(&pending, signal);
}

/* 64; in qemu-user, which has two less, 62. */
static int last_signal(void)
{
    int last = 64;

    while (signal(last, SIG_IGN) == SIG_ERR || raise(last) < 0)
        last--;
    signal(last, SIG_IGN); /* it is no longer pending */
    return last;
}

UNIT_TEST(a_signal_ends_the_wait_unless_the_program_blocks_it)
{
    const int signals[] = {SIGHUP, SIGUSR1, last_signal()};

    for (size_t i = 0; i < COUNT(signals); i++) {
        signal(signals[i], count);
        raise(signals[i]);
        assert_int_equal(reader_read(NULL), EINTR);
        assert_int_equal(n_given, 0);
        sigaddset(&program, signals[i]);
        assert_int_equal(reader_read(NULL), 0);
        assert_true(is_pending(signals[i]));
    }
    sigemptyset(&program);
    assert_int_equal(reader_read(NULL), EINTR);
    assert_int_equal(reader_signals(true), EINTR);
    assert_int_equal(handled, COUNT(signals));
}

UNIT_TEST(signals_interrupt_a_call_as_they_would_in_the_kernel)
{
    const struct {
        int signal;
        void (*handler)(int);
        int flags;
        bool blocked, limited;
        int error;
        bool delivered;
    } cases[] = {
        {SIGUSR1, count, 0, false, false, EINTR, true},
        {SIGUSR1, count, 0, false, true, EINTR, true},
        {SIGUSR1, count, SA_RESTART, false, false, 0, true},
        {SIGUSR1, count, SA_RESTART, false, true, EINTR, true},
        {SIGHUP, count, 0, false, false, EINTR, true}, /* the first */
        {last_signal(), count, 0, false, false, EINTR, true},
        {SIGUSR1, count, 0, true, false, 0, false},
        {SIGUSR1, SIG_IGN, 0, false, true, 0, false},
        {SIGCHLD, SIG_DFL, 0, false, true, 0, false},
        {SIGURG, SIG_DFL, 0, false, true, 0, false},
        {SIGWINCH, SIG_DFL, 0, false, true, 0, false},
        {SIGCONT, SIG_DFL, 0, false, true, 0, false},
        {SIGCHLD, count, 0, false, false, EINTR, true},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct sigaction act = {.sa_handler = cases[i].handler, .sa_flags = cases[i].flags};

        end(state);
        begin(state);
        sigaction(cases[i].signal, &act, NULL);
        raise(cases[i].signal);
        if (cases[i].blocked)
            sigaddset(&program, cases[i].signal);
        reader_read(NULL); /* which knows the mask then */
        if (reader_signals(cases[i].limited) != cases[i].error)
            fail_msg("case %zu", i);
        assert_int_equal(handled, cases[i].delivered);
        assert_string_equal(done, cases[i].delivered ? "release take " : "");
        assert_int_equal(is_pending(cases[i].signal), cases[i].blocked);
        signal(cases[i].signal, SIG_IGN);
    }
    assert_int_equal(reader_signals(true), 0); /* there is none */
}

/* Fills the stack below the caller, so that what a call does not initialize shows. */
static __attribute__((noinline)) void dirty_the_stack(void)
{
    unsigned char bytes[16384];

    memset(bytes, 0xff, sizeof(bytes));
    __asm__ volatile("" : : "r"(bytes) : "memory");
}

UNIT_TEST(an_ignored_signal_takes_no_other_with_it)
{
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, count);
    sigaddset(&program, SIGUSR2);
    reader_read(NULL);
    raise(SIGUSR1);
    raise(SIGUSR2);
    dirty_the_stack();
    assert_int_equal(reader_signals(false), 0);
    assert_true(is_pending(SIGUSR2) && !is_pending(SIGUSR1));
    signal(SIGUSR2, SIG_IGN);
}

static void take_default_action(void *signal)
{
    setsid(); /* in which SIGTSTP does not stop a process */
    raise(*(int *)signal);
    reader_read(NULL);
    _exit(reader_signals(true) == 0 && strcmp(done, "release take ") == 0 ? 5 : 6);
}

UNIT_TEST(a_signal_without_a_handler_has_its_default_action_and_interrupts_no_call)
{
    int stop = SIGTSTP, terminate = SIGTERM;
    char err[300];

    assert_int_equal(in_child(take_default_action, &stop, err, sizeof(err)), 5);
    assert_int_equal(in_child(take_default_action, &terminate, err, sizeof(err)), 128 + SIGTERM);
}

/* ---- whose turn it is ---------------------------------------------------------------------- */

UNIT_TEST(the_program_reads_until_it_makes_no_call_between_two_ticks)
{
    assert_true(reader_begin());
    assert_true(reader.waiting);
    assert_int_equal(reader.on, 1);
    assert_false(reader_begin()); /* it reads already */
    reader_tick();
    assert_int_equal(reader.on, 1);
    reader_end();
    reader_tick();
    assert_int_equal(reader.on, 1); /* it has read since the last tick */
    reader_tick();
    assert_int_equal(reader.on, 0);
    stack_thread = true;
    assert_false(reader_begin());
    stack_thread = false;
    reader_stop();
    assert_int_equal(reader.on, 0);
    assert_false(reader_begin());
}

static pid_t parked;

static void *park(void *arg)
{
    __atomic_store_n(&parked, (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
    reader_park();
    return arg;
}

UNIT_TEST(the_stack_s_threads_are_parked_while_the_program_reads)
{
    pthread_t thread;

    park(NULL); /* the program does not read */
    for (int i = 0; i < 2; i++) {
        parked = 0;
        assert_true(reader_begin());
        assert_int_equal(pthread_create(&thread, NULL, park, NULL), 0);
        while (!__atomic_load_n(&parked, __ATOMIC_SEQ_CST) || state_of(parked) != 'S')
            sched_yield();
        reader_end();
        reader_tick();
        if (i)
            reader_stop();
        else
            reader_tick();
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
}

UNIT_TEST(a_socket_that_cannot_be_watched_stops_the_reader)
{
    assert_true(reader_begin());
    reader_end();
    reader_watch(EPOLL_CTL_ADD, packets, KEY); /* it is watched already */
    reader_watch(EPOLL_CTL_DEL, 999, KEY);
    assert_false(reader.never);
    receive_packet();
    reader_watch(EPOLL_CTL_MOD, packets, KEY + 1);
    reader_poll();
    assert_int_equal(given[0], KEY + 1);
    reader_watch(EPOLL_CTL_ADD, 999, KEY);
    assert_true(reader.never);
    assert_int_equal(reader.on, 0);
}

UNIT_TEST(the_child_of_a_fork_starts_anew)
{
    reader.on = 1;
    reader.waiting = reader.asleep = true;
    reader_drop_inherited();
    assert_int_equal(reader.on, 0);
    assert_false(reader.ready || reader.waiting || reader.asleep);
}

/* No reader was made, no descriptor is left open, and it is not tried again. */
static void assert_none(int open_before)
{
    assert_true(reader.never);
    assert_false(reader.ready);
    assert_int_equal(open_descriptors(), open_before);
    assert_false(reader_begin());
    usr.input = input;
    usr.get_mbuf = get_mbuf;
    usr.free_mbufs = free_mbufs;
    reader_watch(EPOLL_CTL_ADD, packets, KEY);
    assert_false(reader.ready);
    assert_int_equal(open_descriptors(), open_before);
}

UNIT_TEST(without_a_function_of_libusrsctp_there_is_no_reader)
{
    for (int i = 0; i < 3; i++) {
        const int before = open_descriptors() - 4;

        end(state);
        reader = (struct reader){0};
        *(i == 0   ? (void **)&usr.input
          : i == 1 ? (void **)&usr.get_mbuf
                   : (void **)&usr.free_mbufs) = NULL;
        reader_watch(EPOLL_CTL_ADD, packets, KEY);
        assert_none(before);
        begin(state);
    }
}

UNIT_TEST(without_three_descriptors_there_is_no_reader)
{
    const int lowest = dup(packets), before = open_descriptors() - 1;
    struct rlimit usual, few;

    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    for (int n = 0; n < 3; n++) {
        reader.ready = reader.never = false;
        few = (struct rlimit){(rlim_t)(lowest + n), usual.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        const struct reader kept = reader;
        reader_watch(EPOLL_CTL_ADD, packets, KEY);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
        assert_none(before);
        reader = kept;
    }
}

static void have_no_stdin(void *arg)
{
    close(STDIN_FILENO);
    reader = (struct reader){0};
    reader_watch(EPOLL_CTL_ADD, packets, KEY);
    _exit(reader.ready && reader.epoll == STDIN_FILENO ? 5 : 6);
}

UNIT_TEST(the_reader_may_have_descriptor_0)
{
    char err[300];

    assert_int_equal(in_child(have_no_stdin, NULL, err, sizeof(err)), 5);
}

int main(void)
{
    alarm(120);
    return run_all_tests(begin, end);
}
