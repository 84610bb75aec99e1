/*
 * Waiting for an event of a socket: userland/wait.c, with a lock, a reader and packets of this
 * file.
 */
#include "unit.h"

#include <sched.h>

#include "../../userland/call.h"
#include "../../userland/libc.h"
#include "../../userland/lock.h"
#include "../../userland/reader.h"
#include "../../userland/ready.h"
#include "../../userland/udp.h"

/* ---- stubs ------------------------------------------------------------------------ */

static struct usock s;
static char done[200]; /* what was called */

/* What a call does to s: */
enum { NOTHING, EVENT, FREED };

static struct {
    bool reads; /* the program reads UDP itself */
    int ready;  /* what ready_process() does, … */
    struct {
        int does, returns;
    } step[5]; /* … and each reader_read() or lock_sleep() */
    int n_steps;
    int signals; /* what reader_signals() returns */
    int own;     /* how often packets of our own are waiting; -1: for ever */
    bool readable;
    int yields, naps, releases, takes;
} script;

static void happen(int what)
{
    s.event_sequence += what != NOTHING;
    s.generation += what == FREED;
}

void ready_process(void)
{
    happen(script.ready);
    script.ready = NOTHING;
}

bool reader_begin(void)
{
    if (script.reads)
        strcat(done, "begin ");
    return script.reads;
}

static int take_step(void)
{
    assert_true(script.n_steps < (int)COUNT(script.step));
    happen(script.step[script.n_steps].does);
    return script.step[script.n_steps++].returns;
}

static const struct timespec *limit; /* of the last reader_read() or lock_sleep(), … */
static struct timespec limit_then;   /* … and its value */

int reader_read(const struct timespec *until)
{
    limit = until;
    if (until)
        limit_then = *until;
    strcat(done, s.read_inline ? "read inline " : "read ");
    return take_step();
}

void reader_end(void)
{
    strcat(done, s.read_inline ? "end inline " : "end ");
}

int reader_signals(bool limited)
{
    strcat(done, limited ? "limited signals " : "signals ");
    return script.signals;
}

int lock_sleep(uint32_t *futex, uint32_t value, const struct timespec *until)
{
    limit = until;
    assert_ptr_equal(futex, &s.event_sequence);
    assert_true(s.awaited);
    snprintf(done, sizeof(done), "sleep %u ", value);
    return take_step();
}

void lock_release(void)
{
    assert_int_equal(script.releases++, script.takes);
}

void lock_take(void)
{
    assert_int_equal(++script.takes, script.releases);
}

/* AddressSanitizer calls it at the end, with the lock. */
int sched_yield(void)
{
    script.yields += script.releases == script.takes + 1;
    return 0;
}

static int nap(const struct timespec *duration, struct timespec *left)
{
    assert_int_equal(script.releases, script.takes + 1);
    assert_true(duration->tv_sec == 0 && duration->tv_nsec < 1000000);
    script.naps++;
    return 0;
}

bool udp_own_waiting(void)
{
    script.own -= script.own > 0;
    return script.own != 0;
}

bool usock_readable(struct usock *socket)
{
    assert_ptr_equal(socket, &s);
    return script.readable;
}

static int begin(void **state)
{
    libc_find();
    libc_table.nanosleep = nap;
    memset(&script, 0, sizeof(script));
    s = (struct usock){.event_sequence = 77};
    done[0] = '\0';
    return 0;
}

/* ---- waiting for an event -------------------------------------------------------------- */

UNIT_TEST(a_thread_that_reads_UDP_itself_waits_for_an_event_a_signal_or_the_deadline)
{
    static const struct {
        struct {
            int does, returns;
        } step[2];
        bool limited;
        int signals, expected;
        const char *done;
    } cases[] = {
        {{{EVENT, 0}}, false, 0, 0, "begin read inline end "},
        {{{NOTHING, 0}, {EVENT, 0}}, false, 0, 0, "begin read inline read inline end "},
        {{{NOTHING, EAGAIN}}, true, 0, EAGAIN, "begin read inline end "},
        {{{EVENT, EAGAIN}}, true, 0, 0, "begin read inline end "},
        {{{NOTHING, EINTR}}, false, EINTR, EINTR, "begin read inline end signals "},
        {{{NOTHING, EINTR}}, true, EINTR, EINTR, "begin read inline end limited signals "},
        {{{NOTHING, EINTR}}, false, 0, 0, "begin read inline end signals "},
        {{{EVENT, EINTR}}, false, EINTR, 0, "begin read inline end "},
        {{{FREED, 0}}, false, 0, EBADF, "begin read inline end "},
    };
    const struct timespec until = {5, 6};

    for (size_t i = 0; i < COUNT(cases); i++) {
        begin(state);
        script.reads = true;
        memcpy(script.step, cases[i].step, sizeof(cases[i].step));
        script.signals = cases[i].signals;
        if (wait_for_event(&s, cases[i].limited ? &until : NULL) != cases[i].expected)
            fail_msg("case %zu", i);
        assert_string_equal(done, cases[i].done);
        assert_ptr_equal(limit, cases[i].limited ? &until : NULL);
        assert_false(s.read_inline);
    }
}

UNIT_TEST(an_event_before_the_wait_ends_it)
{
    script.reads = true;
    script.ready = EVENT;
    assert_int_equal(wait_for_event(&s, NULL), 0);
    assert_string_equal(done, "begin end ");
    begin(state);
    script.ready = EVENT;
    script.step[0].returns = EAGAIN; /* of the futex: it has another value */
    assert_int_equal(wait_for_event(&s, NULL), 0);
    assert_string_equal(done, "sleep 77 ");
}

UNIT_TEST(another_thread_sleeps_until_an_event_a_signal_or_the_deadline)
{
    static const struct {
        int does, returns, expected;
    } cases[] = {{EVENT, 0, 0},           {NOTHING, EAGAIN, 0},  {NOTHING, ETIMEDOUT, EAGAIN},
                 {NOTHING, EINTR, EINTR}, {NOTHING, EINVAL, 0},  {FREED, 0, EBADF},
                 {FREED, EINTR, EBADF},   {FREED, EAGAIN, EBADF}};
    const struct timespec until = {5, 6};

    for (size_t i = 0; i < COUNT(cases); i++) {
        begin(state);
        script.step[0].does = cases[i].does;
        script.step[0].returns = cases[i].returns;
        if (wait_for_event(&s, &until) != cases[i].expected)
            fail_msg("case %zu", i);
        assert_string_equal(done, "sleep 77 ");
        assert_ptr_equal(limit, &until);
    }
}

/* ---- packets to this process ------------------------------------------------------------- */

UNIT_TEST(packets_of_our_own_are_waited_for)
{
    static const struct {
        int own, yields, naps;
    } cases[] = {{0, 0, 0}, {2, 1, 0}, {21, 20, 0}, {22, 20, 1}, {-1, 20, 500}};

    for (size_t i = 0; i < COUNT(cases); i++)
        for (int with = 0; with < 2; with++) {
            begin(state);
            script.own = cases[i].own;
            assert_int_equal(wait_catch_up(with ? &s : NULL), cases[i].own != 0);
            assert_int_equal(script.yields, cases[i].yields);
            assert_int_equal(script.naps, cases[i].naps);
            assert_int_equal(script.takes, cases[i].yields + cases[i].naps);
        }
}

UNIT_TEST(packets_of_our_own_are_waited_for_until_the_socket_is_readable_or_freed)
{
    script.own = -1;
    script.readable = true;
    assert_false(wait_catch_up(&s));
    assert_int_equal(script.yields, 0);
    script.readable = false;
    script.ready = FREED;
    assert_false(wait_catch_up(&s));
    assert_int_equal(script.yields, 1);
}

UNIT_TEST(a_thread_that_reads_UDP_itself_reads_packets_of_our_own_at_once)
{
    script.reads = true;
    script.own = 3;
    assert_true(wait_catch_up(NULL));
    assert_string_equal(done, "begin read end begin read end ");
    assert_true(limit && limit_then.tv_sec == 0 && limit_then.tv_nsec == 0);
    begin(state);
    script.reads = true;
    script.own = 2;
    script.step[0].returns = EINTR;
    assert_true(wait_catch_up(&s));
    assert_string_equal(done, "begin read end signals ");
    assert_int_equal(script.releases, 0);
}

int main(void)
{
    return run_all_tests(begin, NULL);
}
