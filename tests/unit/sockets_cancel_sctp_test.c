/*
 * Threads that are cancelled (pthread_cancel(3)) in a call on an SCTP socket, on both stacks: the
 * thread ends, and the other threads can go on.
 */
#include "unit_many.h"

#include <pthread.h>

static void assert_works(void)
{
    char buf[100];

    assert_int_equal(send_on(pair.a, pair.id_a, 0, "hello", 5), 0);
    while (recv(pair.b, buf, sizeof(buf), 0) != 5)
        assert_true(errno != EAGAIN);
}

static void *receive(void *arg)
{
    char buf[100];

    for (;;)
        if (recv(pair.b, buf, sizeof(buf), 0) < 0)
            return arg;
}

static void *send_for_ever(void *arg)
{
    for (;;)
        if (send_on(pair.a, pair.id_a, 0, "x", 1) < 0)
            return arg;
}

static void cancel_each(void *(*start)(void *), int times)
{
    for (int i = 0; i < times; i++) {
        pthread_t thread;
        void *result;

        assert_int_equal(pthread_create(&thread, NULL, start, NULL), 0);
        poll(NULL, 0, i % 5);
        assert_int_equal(pthread_cancel(thread), 0);
        assert_int_equal(pthread_join(thread, &result), 0);
        assert_ptr_equal(result, PTHREAD_CANCELED);
    }
}

UNIT_TEST(a_thread_that_waits_in_recv_can_be_cancelled)
{
    cancel_each(receive, 20);
    assert_works();
}

UNIT_TEST(a_thread_that_is_cancelled_in_send_leaves_the_stack_usable)
{
    pthread_t reader;

    assert_int_equal(pthread_create(&reader, NULL, receive, NULL), 0);
    cancel_each(send_for_ever, 50);
    assert_int_equal(pthread_cancel(reader), 0);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_works();
}

/* Receives nothing, and returns whether it is cancelled where it was before. */
static void *wait_in_vain(void *arg)
{
    const struct timeval shortly = {.tv_usec = 20000};
    char buf[10];
    int type;

    setsockopt(pair.b, SOL_SOCKET, SO_RCVTIMEO, &shortly, sizeof(shortly));
    while (recv(pair.b, buf, sizeof(buf), 0) >= 0)
        ;
    return !pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type) && type == PTHREAD_CANCEL_DEFERRED
               ? arg
               : NULL;
}

UNIT_TEST(a_thread_that_has_waited_is_cancelled_at_a_cancellation_point_only)
{
    pthread_t thread;
    void *result;

    assert_int_equal(pthread_create(&thread, NULL, wait_in_vain, &pair), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &pair);
}

int main(void)
{
    alarm(PATIENCE);
    return run_all_tests(open_pair, close_pair);
}
