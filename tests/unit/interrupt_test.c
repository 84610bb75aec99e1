/* Signals of a client: lib/client/interrupt.c. */
#include "client/interrupt.h"
#include "unit.h"

#include <poll.h>
#include <signal.h>

static volatile sig_atomic_t delivered;

static void on_signal(int signo)
{
    delivered = signo;
}

static bool is_blocked(int signo)
{
    sigset_t mask;

    sigprocmask(SIG_SETMASK, NULL, &mask);
    return sigismember(&mask, signo) == 1;
}

static void a_blocked_signal_is_delivered_while_a_client_waits_and_blocked_again(void **state)
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
    assert_false(is_blocked(SIGINT));
    assert_false(is_blocked(SIGTERM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blocked_signal_is_delivered_while_a_client_waits_and_blocked_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
