/* The states of associations and addresses in words: lib/state.c. */
#include "unit.h"
#include "unpsctp.h"

UNIT_TEST(every_state_of_an_association_has_its_name)
{
    static const char *const names[] = {
        "empty",
        "closed",
        "cookie-wait",
        "cookie-echoed",
        "established",
        "shutdown-pending",
        "shutdown-sent",
        "shutdown-received",
        "shutdown-ack-sent",
    };

    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(unp_state_name((int32_t)i), names[i]);
    assert_string_equal(unp_state_name(SCTP_ESTABLISHED), "established");
    assert_string_equal(unp_state_name(SCTP_SHUTDOWN_ACK_SENT), "shutdown-ack-sent");
}

UNIT_TEST(every_state_of_an_address_has_its_name)
{
    assert_string_equal(unp_address_state_name(SCTP_INACTIVE), "inactive");
    assert_string_equal(unp_address_state_name(SCTP_POTENTIALLY_FAILED), "potentially failed");
    assert_string_equal(unp_address_state_name(SCTP_ACTIVE), "active");
    assert_string_equal(unp_address_state_name(SCTP_UNCONFIRMED), "unconfirmed");
    assert_string_equal(unp_address_state_name(SCTP_UNKNOWN), "unknown");
}

UNIT_TEST(an_unknown_state_is_shown_by_its_number)
{
    assert_string_equal(unp_state_name(9), "unknown state 9");
    assert_string_equal(unp_state_name(-1), "unknown state -1");
    assert_string_equal(unp_state_name(INT32_MAX), "unknown state 2147483647");
    assert_string_equal(unp_address_state_name(4), "unknown state 4");
    assert_string_equal(unp_address_state_name(-1), "unknown state -1");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
