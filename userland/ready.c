/*
 * Waiting, and what poll, select and epoll see.
 *
 * A call that has to wait sleeps on the futex `event_sequence` of its socket, which grows whenever
 * something may have changed; then it tries again.  A futex, not a condition variable, because
 * a signal interrupts it just as it interrupts a system call: EINTR without SA_RESTART.  A program
 * of one thread does better than to sleep: inline_reader.c.
 *
 * For poll and the like the socket is a socketpair.  A byte written into our end makes the
 * program's end readable; so much written into the program's end that its send buffer is full
 * makes it unwritable.  This costs system calls, so it begins when the program first polls.
 */
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "userland.h"

static struct usock *marked;
static struct usock *read_for; /* for which the program's thread waits that reads what comes */

void ready_mark(struct usock *s)
{
    if (s->marked)
        return;
    s->marked = true;
    s->next_marked = marked;
    marked = s;
}

/* --- what the descriptor is made to look like ------------------------------------------------ */

bool ready_readable(struct usock *s)
{
    if (s->event || s->error || s->no_receive)
        return true;
    return usr.get_events(s->so) & (usr_SCTP_EVENT_READ | usr_SCTP_EVENT_ERROR);
}

/* Of a one-to-many socket the stack never says that it is writable. */
static bool writable(struct usock *s)
{
    if (s->send_blocked)
        return false;
    if (s->type == SOCK_SEQPACKET)
        return true;
    return !s->listening && (usr.get_events(s->so) & (usr_SCTP_EVENT_WRITE | usr_SCTP_EVENT_ERROR));
}

static void show_in(struct usock *s, bool in)
{
    char byte = 0;
    if (in == s->shows_in)
        return;
    s->shows_in = in;
    if (in)
        libc.send(s->shadow, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    else
        libc.recv(s->fd, &byte, 1, MSG_DONTWAIT);
}

static void show_full(struct usock *s, bool full)
{
    static char filling[4096];
    if (full == s->shows_full)
        return;
    s->shows_full = full;
    if (full)
        while (libc.send(s->fd, filling, 3000, MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
        }
    else
        while (libc.recv(s->shadow, filling, sizeof filling, MSG_DONTWAIT) > 0) {
        }
}

/* The association of a one-to-one socket is over: POLLHUP, for ever. */
static bool has_closed(struct usock *s)
{
    return s->connected && s->established && usock_state(s, 0) == SCTP_CLOSED;
}

static void show(struct usock *s)
{
    if (s->hung_up)
        return;
    bool in = ready_readable(s);
    if (in && s->edge_triggered)
        show_in(s, false); /* what comes now is another edge */
    show_in(s, in);
    show_full(s, !writable(s));
    if (in && has_closed(s)) {
        s->hung_up = true;
        libc.shutdown(s->shadow, SHUT_RDWR);
    }
}

void ready_polled(int fd, bool edge_triggered)
{
    struct usock *s = descriptor_enter(fd);
    if (!s)
        return;
    reader_stop();
    s->polled = true;
    s->edge_triggered |= edge_triggered;
    if (!s->marked)
        show(s);
    descriptor_leave(s);
}

int ready_pair(int flags, int *shadow)
{
    int pair[2], smallest = 1;
    if (socketpair(AF_UNIX, SOCK_STREAM | (flags & SOCK_CLOEXEC), 0, pair) < 0)
        return -1;
    if (libc.setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &smallest, sizeof smallest) < 0 ||
        (flags & SOCK_NONBLOCK && libc.fcntl(pair[0], 4 /* F_SETFL */, SOCK_NONBLOCK) < 0)) {
        libc.close(pair[0]);
        libc.close(pair[1]);
        return -1;
    }
    *shadow = descriptor_hide(pair[1]);
    return pair[0];
}

/* --- waiting ----------------------------------------------------------------------------- */

static void wake(struct usock *s)
{
    __atomic_add_fetch(&s->event_sequence, 1, __ATOMIC_SEQ_CST);
    if (s->awaited)
        lock_wake(&s->event_sequence);
    s->awaited = false;
    if (s == read_for)
        reader_wake();
}

/* As ready_wait(), by a thread that reads what comes.  A signal handler may jump out of
 * reader_signals(). */
static int read_inline(struct usock *s, uint32_t seen, const struct timespec *until)
{
    int error = 0;
    read_for = s;
    while (!error && s->event_sequence == seen)
        error = reader_read(until);
    read_for = NULL;
    reader_end();
    if (s->event_sequence != seen)
        return 0;
    return error == EINTR ? reader_signals(until) : error;
}

static int sleep_on(struct usock *s, uint32_t seen, const struct timespec *until)
{
    s->awaited = true;
    lock_release();
    /* FUTEX_WAIT_BITSET takes an absolute time. */
    long result = syscall(SYS_futex, &s->event_sequence, FUTEX_WAIT_BITSET_PRIVATE, seen, until,
                          NULL, FUTEX_BITSET_MATCH_ANY);
    int error = result < 0 ? errno : 0;
    lock_take();
    return error == EAGAIN ? 0 : error == ETIMEDOUT ? EAGAIN : error;
}

int ready_wait(struct usock *s, const struct timespec *until)
{
    uint32_t seen = s->event_sequence, generation = s->generation;
    ready_process();
    int error = reader_begin() ? read_inline(s, seen, until) : sleep_on(s, seen, until);
    if (s->generation != generation)
        return EBADF;
    return error == EAGAIN || error == EINTR ? error : 0;
}

/* Lets the stack work for a moment on what waits for it. */
static void let_work(int i)
{
    enum { GLANCES = 20 };
    const struct timespec at_once = {0};
    ready_process();
    if (reader_begin()) {
        int error = reader_read(&at_once);
        reader_end();
        if (error == EINTR)
            reader_signals(false);
        return;
    }
    lock_release();
    if (i < GLANCES) /* mostly it takes less than the shortest nap */
        sched_yield();
    else
        libc.nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    lock_take();
}

/* In the kernel a packet to this machine is worked on, and answered, before the call returns that
 * sent it, and programs with both ends of an association rely on it.  Here this is asked for by
 * the calls that begin or end associations, and by those that are about to say "nothing"; not by
 * those that send.  What others send does not prolong it; a machine with much else to do does. */
bool ready_catch_up(struct usock *s)
{
    enum { MOST = 520 };
    uint32_t generation = s ? s->generation : 0;
    int i = 0;
    while (i < MOST && udp_own_waiting() && !(s && ready_readable(s))) {
        let_work(i++);
        if (s && s->generation != generation)
            return false;
    }
    return i > 0;
}

const struct timespec *ready_deadline(const struct timeval *timeout, struct timespec *until)
{
    enum { FOR_EVER = 1 << 30 }; /* 34 years */
    if ((timeout->tv_sec == 0 && timeout->tv_usec == 0) || timeout->tv_sec > FOR_EVER)
        return NULL;
    clock_gettime(CLOCK_MONOTONIC, until);
    until->tv_sec += timeout->tv_sec;
    until->tv_nsec += timeout->tv_usec * 1000;
    if (until->tv_nsec >= 1000000000) {
        until->tv_nsec -= 1000000000;
        until->tv_sec++;
    }
    return until;
}

/* --- noticing ---------------------------------------------------------------------------- */

void ready_process(void)
{
    while (marked) {
        struct usock *s = marked;
        marked = s->next_marked;
        s->marked = false;
        if (!s->so)
            continue;
        wake(s);
        usock_note_established(s);
        if (s->closed) {
            if (usock_finished(s))
                usock_free(s);
        } else if (s->polled) {
            show(s);
        }
    }
}

static bool expecting; /* some socket is send_blocked or connecting */

void ready_send_blocked(struct usock *s)
{
    s->send_blocked = expecting = true;
}

void ready_connecting(struct usock *s)
{
    s->connecting = expecting = true;
}

/* A packet may have brought room to send, or the end of a handshake, of which the stack says
 * nothing for one-to-many sockets. */
void ready_after_packet(void)
{
    if (!expecting)
        return;
    expecting = false;
    for (struct usock *s = usocks; s; s = s->next)
        if (s->send_blocked || s->connecting) {
            s->send_blocked = s->connecting = false;
            ready_mark(s);
        }
}

/* Nor does it tell of what its timers do: an association given up, a message too old to send. */
void ready_tick(void)
{
    reader_tick();
    for (struct usock *s = usocks; s; s = s->next)
        if (s->closed || s->send_blocked || s->connecting ||
            ((s->awaited || s == read_for || (s->polled && !s->shows_in)) && ready_readable(s))) {
            s->send_blocked = s->connecting = false;
            ready_mark(s);
        }
}
