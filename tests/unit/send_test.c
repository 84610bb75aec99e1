/* The meaning of send's errno for the association: lib/send.c. */
#include "unit.h"
#include "unpsctp.h"

#include <errno.h>

static void a_full_buffer_and_a_signal_are_no_failure(void **state)
{
    static const int errors[] = {EAGAIN, ENOMEM, ENOBUFS, EINTR};

    for (size_t i = 0; i < COUNT(errors); i++)
        assert_int_equal(unp_send_failure(errors[i]), SEND_AGAIN);
}

static void errors_that_end_an_association_are_left_to_its_notification(void **state)
{
    static const int errors[] = {EPIPE,      ESRCH,        ESHUTDOWN,    ENOTCONN,
                                 ECONNRESET, ECONNABORTED, ECONNREFUSED, ETIMEDOUT};

    for (size_t i = 0; i < COUNT(errors); i++)
        assert_int_equal(unp_send_failure(errors[i]), SEND_ENDING);
}

static void other_send_errors_are_reported(void **state)
{
    static const struct {
        int err;
        const char *text;
    } told[] = {
        {EMSGSIZE, "send 70000 bytes: Message too long; send less, raise net.core.wmem_max, "},
        {EINVAL, "send 70000 bytes: Invalid argument; do the socket options that were set, "},
        {ENETUNREACH, "send 70000 bytes: Network is unreachable; is there a route"},
        {EBADF, "send 70000 bytes: Bad file descriptor; connect again"},
    };
    char why[200];

    for (size_t i = 0; i < COUNT(told); i++) {
        assert_int_equal(unp_send_failure(told[i].err), SEND_FAILED);
        assert_contains(unp_send_why(told[i].err, 70000, why, sizeof(why)), told[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_buffer_and_a_signal_are_no_failure),
        cmocka_unit_test(errors_that_end_an_association_are_left_to_its_notification),
        cmocka_unit_test(other_send_errors_are_reported),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
