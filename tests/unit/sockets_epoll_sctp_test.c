/*
 * epoll(7) on both stacks: several threads that share a set, flags of its members, sets in sets,
 * and numbers of descriptors that are used again.  On userland another descriptor stands in the set
 * for each socket (userland/epoll_watch.c).
 */
#include "unit_pair.h"
#include "unit_thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>

enum { QUIET = 50 /* ms in which nothing is to happen */, THREADS = 4 };

static int member(int set, int command, int fd, uint32_t events, int data)
{
    struct epoll_event event = {.events = events, .data.fd = data};

    return epoll_ctl(set, command, fd, &event);
}

/* The data of the first event; -1: none. */
static int next_of(int set, int ms)
{
    struct epoll_event event = {.data.fd = -2};

    return epoll_wait(set, &event, 1, ms) == 1 ? event.data.fd : -1;
}

static void say_to(int fd)
{
    assert_int_equal(send(fd, "hey", 3, 0), 3);
}

static void hear(int fd)
{
    char text[10];

    assert_int_equal(recv(fd, text, sizeof(text), MSG_DONTWAIT), 3);
}

/* ---- flags ------------------------------------------------------------------ */

WITH_PAIR(a_member_with_EPOLLONESHOT_is_reported_once)
{
    int set = epoll_create1(0);

    assert_int_equal(member(set, EPOLL_CTL_ADD, one.s, EPOLLIN | EPOLLONESHOT, 1), 0);
    say_to(one.c);
    assert_int_equal(next_of(set, SOON), 1);
    say_to(one.c);
    assert_int_equal(next_of(set, QUIET), -1);
    assert_int_equal(member(set, EPOLL_CTL_MOD, one.s, EPOLLIN | EPOLLONESHOT, 2), 0);
    assert_int_equal(next_of(set, SOON), 2);
    hear(one.s);
    hear(one.s);
    assert_int_equal(member(set, EPOLL_CTL_MOD, one.s, EPOLLIN | EPOLLONESHOT, 3), 0);
    assert_int_equal(next_of(set, QUIET), -1);
    say_to(one.c);
    assert_int_equal(next_of(set, SOON), 3);
    close(set);
}

WITH_PAIR(EPOLLEXCLUSIVE_is_accepted_and_cannot_be_modified)
{
    int set = epoll_create1(0), other = epoll_create1(0);
    const uint32_t exclusive = EPOLLIN | EPOLLEXCLUSIVE;

    assert_fails(member(set, EPOLL_CTL_ADD, one.s, exclusive | EPOLLONESHOT, 1), EINVAL);
    assert_int_equal(member(set, EPOLL_CTL_ADD, one.s, exclusive, 1), 0);
    assert_int_equal(member(other, EPOLL_CTL_ADD, one.s, exclusive, 2), 0);
    assert_fails(member(set, EPOLL_CTL_MOD, one.s, EPOLLIN, 1), EINVAL);
    assert_fails(member(set, EPOLL_CTL_MOD, one.s, exclusive, 1), EINVAL);
    say_to(one.c);
    assert_int_equal(next_of(set, SOON), 1);
    assert_int_equal(next_of(other, SOON), 2);
    assert_int_equal(member(set, EPOLL_CTL_DEL, one.s, 0, 0), 0);
    assert_int_equal(next_of(set, 0), -1);
    close(set);
    close(other);
}

/* ---- sets and numbers ------------------------------------------------------- */

WITH_PAIR(a_set_in_a_set_is_ready_when_a_socket_in_it_is)
{
    int inner = epoll_create1(0), outer = epoll_create1(0);

    assert_int_equal(member(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 5), 0);
    assert_fails(member(inner, EPOLL_CTL_ADD, outer, EPOLLIN, 5), ELOOP);
    assert_int_equal(member(inner, EPOLL_CTL_ADD, one.s, EPOLLIN, 6), 0);
    assert_int_equal(next_of(outer, QUIET), -1);
    assert_int_equal(polled(inner, POLLIN, 0), 0);
    say_to(one.c);
    assert_int_equal(next_of(outer, SOON), 5);
    assert_int_equal(polled(inner, POLLIN, SOON), POLLIN);
    assert_int_equal(next_of(inner, 0), 6);
    hear(one.s);
    assert_int_equal(next_of(outer, 0), -1);
    close(inner);
    assert_int_equal(next_of(outer, 0), -1);
    close(outer);
}

/* A duplicate of the set's descriptor is the same set. */
WITH_PAIR(a_duplicate_of_a_set_has_the_same_members)
{
    int set = epoll_create1(0), copy = dup(set);

    assert_int_equal(member(set, EPOLL_CTL_ADD, one.s, EPOLLIN, 1), 0);
    assert_fails(member(copy, EPOLL_CTL_ADD, one.s, EPOLLIN, 2), EEXIST);
    assert_int_equal(member(copy, EPOLL_CTL_MOD, one.s, EPOLLIN, 3), 0);
    say_to(one.c);
    assert_int_equal(next_of(set, SOON), 3);
    assert_int_equal(next_of(copy, SOON), 3);
    close(set);
    assert_int_equal(next_of(copy, SOON), 3);
    assert_int_equal(member(copy, EPOLL_CTL_DEL, one.s, 0, 0), 0);
    assert_int_equal(next_of(copy, 0), -1);
    assert_fails(member(copy, EPOLL_CTL_DEL, one.s, 0, 0), ENOENT);
    close(copy);
}

WITH_PAIR(a_set_with_the_number_of_a_closed_set_is_empty)
{
    int set = epoll_create1(0);

    assert_int_equal(member(set, EPOLL_CTL_ADD, one.s, EPOLLIN, 1), 0);
    close(set);
    assert_int_equal(epoll_create1(0), set);
    say_to(one.c);
    assert_int_equal(next_of(set, QUIET), -1);
    assert_fails(member(set, EPOLL_CTL_MOD, one.s, EPOLLIN, 2), ENOENT);
    assert_fails(member(set, EPOLL_CTL_DEL, one.s, 0, 0), ENOENT);
    assert_int_equal(member(set, EPOLL_CTL_ADD, one.s, EPOLLIN, 3), 0);
    assert_fails(member(set, EPOLL_CTL_ADD, one.s, EPOLLIN, 3), EEXIST);
    assert_int_equal(next_of(set, SOON), 3);
    close(set);
}

WITH_PAIR(a_socket_with_the_number_of_a_closed_one_is_not_in_the_set)
{
    int set = epoll_create1(0), number = one.s;

    assert_int_equal(member(set, EPOLL_CTL_ADD, one.s, EPOLLIN, 1), 0);
    close(one.c);
    close(one.s);
    one.c = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    if (one.c == number)
        one.c = dup(one.c);
    assert_int_equal(connect(one.c, sa(&one.at), sizeof(one.at)), 0);
    close(number);
    one.s = accept(one.l, NULL, NULL);
    assert_int_equal(dup2(one.s, number), number);
    close(one.s == number ? -1 : one.s);
    one.s = number;
    say_to(one.c);
    assert_int_equal(next_of(set, QUIET), -1);
    assert_fails(member(set, EPOLL_CTL_MOD, one.s, EPOLLIN, 2), ENOENT);
    assert_int_equal(member(set, EPOLL_CTL_ADD, one.s, EPOLLIN, 3), 0);
    assert_int_equal(next_of(set, SOON), 3);
    close(set);
}

/* ---- threads ---------------------------------------------------------------- */

static struct {
    int set, from; /* the set; the socket that the threads read */
    atomic_int thread, heard, waits;
    atomic_bool stop;
    pthread_t threads[THREADS];
} t;

static void *wait_once(void *events)
{
    atomic_store(&t.thread, (int)syscall(SYS_gettid));
    return (void *)(intptr_t)epoll_wait(t.set, events, 1, SOON);
}

/* Starts a thread that waits in the set, until it sleeps. */
static void start_waiting(struct epoll_event *event)
{
    atomic_store(&t.thread, 0);
    assert_int_equal(pthread_create(&t.threads[0], NULL, wait_once, event), 0);
    while (!atomic_load(&t.thread) || state_of(atomic_load(&t.thread)) != 'S')
        poll(NULL, 0, 1);
}

static int end_waiting(void)
{
    void *result;

    pthread_join(t.threads[0], &result);
    return (int)(intptr_t)result;
}

/* On userland this is the first test with another thread. */
WITH_PAIR(what_was_read_is_not_reported_by_another_set_nor_to_another_thread)
{
    int sets[] = {epoll_create1(0), epoll_create1(0)};
    struct epoll_event event;

    for (size_t i = 0; i < COUNT(sets); i++)
        assert_int_equal(member(sets[i], EPOLL_CTL_ADD, one.s, EPOLLIN, 1), 0);
    say_to(one.c);
    assert_int_equal(next_of(sets[0], SOON), 1);
    hear(one.s);
    assert_int_equal(next_of(sets[1], 0), -1);
    say_to(one.c);
    assert_int_equal(next_of(sets[0], SOON), 1);
    hear(one.s);
    t.set = sets[0];
    start_waiting(&event);
    say_to(one.c);
    assert_int_equal(end_waiting(), 1);
    hear(one.s);
    for (size_t i = 0; i < COUNT(sets); i++)
        close(sets[i]);
}

WITH_PAIR(a_waiting_thread_notices_members_that_others_add_and_change)
{
    struct epoll_event event;

    t.set = epoll_create1(0);
    start_waiting(&event);
    assert_int_equal(member(t.set, EPOLL_CTL_ADD, one.s, EPOLLIN, 1), 0);
    say_to(one.c);
    assert_int_equal(end_waiting(), 1);
    assert_int_equal(event.data.fd, 1);
    hear(one.s);
    start_waiting(&event);
    assert_int_equal(member(t.set, EPOLL_CTL_MOD, one.s, EPOLLOUT, 2), 0);
    assert_int_equal(end_waiting(), 1);
    assert_int_equal(event.data.fd, 2);
    assert_int_equal(event.events, EPOLLOUT);
    assert_int_equal(member(t.set, EPOLL_CTL_DEL, one.s, 0, 0), 0);
    start_waiting(&event);
    say_to(one.c);
    assert_int_equal(member(t.set, EPOLL_CTL_ADD, one.s, EPOLLIN, 3), 0);
    assert_int_equal(end_waiting(), 1);
    assert_int_equal(event.data.fd, 3);
    close(t.set);
}

/* The waiting thread keeps the set. */
WITH_PAIR(a_set_that_is_closed_while_a_thread_waits_still_wakes_the_thread)
{
    struct epoll_event event;

    t.set = epoll_create1(0);
    assert_int_equal(member(t.set, EPOLL_CTL_ADD, one.s, EPOLLIN, 4), 0);
    start_waiting(&event);
    close(t.set);
    say_to(one.c);
    assert_int_equal(end_waiting(), 1);
    assert_int_equal(event.data.fd, 4);
}

static void *read_shared(void *arg)
{
    const uint32_t *events = arg;
    struct epoll_event event;
    char text[10];

    while (!atomic_load(&t.stop))
        if (epoll_wait(t.set, &event, 1, 10) == 1 && event.data.fd == t.from) {
            atomic_fetch_add(&t.waits, 1);
            while (recv(t.from, text, sizeof(text), MSG_DONTWAIT) == 3)
                atomic_fetch_add(&t.heard, 1);
            if (*events & EPOLLONESHOT)
                member(t.set, EPOLL_CTL_MOD, t.from, *events, t.from);
        }
    return NULL;
}

/* Threads read what one.c sends, while this one changes other members of their set. */
static void share(uint32_t events)
{
    enum { MESSAGES = 500 };

    t.set = epoll_create1(0);
    t.from = one.s;
    atomic_store(&t.stop, false);
    atomic_store(&t.heard, 0);
    assert_int_equal(member(t.set, EPOLL_CTL_ADD, one.s, events, one.s), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&t.threads[i], NULL, read_shared, &events), 0);
    for (int i = 0; i < MESSAGES; i++) {
        say_to(one.c);
        if (i % 4 == 0)
            assert_int_equal(member(t.set, EPOLL_CTL_ADD, one.c, EPOLLOUT | EPOLLET, -5), 0);
        else if (i % 4 == 1)
            assert_int_equal(member(t.set, EPOLL_CTL_MOD, one.c, EPOLLIN, -6), 0);
        else if (i % 4 == 2)
            assert_int_equal(member(t.set, EPOLL_CTL_DEL, one.c, 0, 0), 0);
        else if (!(events & (EPOLLONESHOT | EPOLLEXCLUSIVE)))
            assert_int_equal(member(t.set, EPOLL_CTL_MOD, one.s, events, one.s), 0);
    }
    for (int ms = 0; ms < SOON && atomic_load(&t.heard) < MESSAGES; ms++)
        poll(NULL, 0, 1);
    atomic_store(&t.stop, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(t.threads[i], NULL);
    assert_int_equal(atomic_load(&t.heard), MESSAGES);
    close(t.set);
}

WITH_PAIR(threads_share_a_set)
{
    share(EPOLLIN);
}

WITH_PAIR(threads_share_a_set_with_EPOLLET)
{
    share(EPOLLIN | EPOLLET);
}

WITH_PAIR(threads_share_a_set_with_EPOLLONESHOT)
{
    share(EPOLLIN | EPOLLONESHOT);
}

WITH_PAIR(threads_share_a_set_with_EPOLLEXCLUSIVE)
{
    share(EPOLLIN | EPOLLEXCLUSIVE);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
