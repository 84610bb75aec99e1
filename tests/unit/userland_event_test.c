/* Notifications of libusrsctp as Linux has them (userland/event.c), made by hand. */
#include "unit.h"

#include <arpa/inet.h>

#include "../../userland/event.h"
#include "../../userland/libusrsctp.h"

enum { USER_INITIATED_ABORT = 12, MINE = 7, OTHERS = 8 }; /* stack's ids */

/* The notification of `size` bytes as Linux has it, to be freed; its size must be what it says. */
static void *translated(struct usock *s, const void *event, size_t size)
{
    unsigned char *copy = exact_copy(event, size);
    union sctp_notification *n = (void *)event_translate(s, copy, &size);

    free(copy);
    assert_non_null(n);
    assert_int_equal(n->sn_header.sn_length, size);
    return n;
}

/* ---- the end of an association -------------------------------------------------- */

static void assert_lost_with(struct usock *s, uint32_t id, uint16_t error, int expected)
{
    const struct usr_sctp_assoc_change event = {.sac_type = usr_SCTP_ASSOC_CHANGE,
                                                .sac_length = sizeof(event),
                                                .sac_state = usr_SCTP_COMM_LOST,
                                                .sac_error = error,
                                                .sac_assoc_id = id};
    struct sctp_assoc_change *n = translated(s, &event, sizeof(event));

    assert_int_equal(n->sac_type, SCTP_ASSOC_CHANGE);
    assert_int_equal(n->sac_state, SCTP_COMM_LOST);
    assert_int_equal(ntohs(n->sac_error), expected);
    assert_int_equal(n->sac_assoc_id, id_to_program(s, id));
    free(n);
}

static void a_loss_by_a_failed_path_is_no_abort_by_the_user(void **state)
{
    struct usock s = {0};

    (void)state;
    assert_lost_with(&s, MINE, 0, 0);
    event_user_abort(&s, MINE);
    assert_lost_with(&s, MINE, 0, USER_INITIATED_ABORT);
    assert_lost_with(&s, OTHERS, 0, 0);
    assert_lost_with(&s, MINE, 4, 4); /* what the peer says goes before */
}

static void only_a_loss_is_an_abort(void **state)
{
    const struct usr_sctp_assoc_change event = {.sac_type = usr_SCTP_ASSOC_CHANGE,
                                                .sac_state = usr_SCTP_SHUTDOWN_COMP,
                                                .sac_outbound_streams = 3,
                                                .sac_assoc_id = MINE};
    struct usock s = {0};
    struct sctp_assoc_change *n;

    (void)state;
    event_user_abort(&s, MINE);
    n = translated(&s, &event, sizeof(event));
    assert_int_equal(n->sac_state, SCTP_SHUTDOWN_COMP);
    assert_int_equal(n->sac_error, 0);
    assert_int_equal(n->sac_outbound_streams, 0);
    free(n);
}

static void the_latest_aborts_are_remembered(void **state)
{
    struct usock s = {0};

    (void)state;
    for (uint32_t id = 1; id <= N_USER_ABORTS + 1; id++)
        event_user_abort(&s, id);
    assert_lost_with(&s, 1, 0, 0);
    for (uint32_t id = 2; id <= N_USER_ABORTS + 1; id++)
        assert_lost_with(&s, id, 0, USER_INITIATED_ABORT);
}

/* ---- what the peer reports -------------------------------------------------------- */

/* An ERROR chunk: its header, and a cause of which `length` is said and `size` bytes are there. */
static void assert_carries(size_t length, size_t size, size_t expected)
{
    _Alignas(struct usr_sctp_remote_error) unsigned char
        event[sizeof(struct usr_sctp_remote_error) + 8 + 16] = {0};
    struct usr_sctp_remote_error *e = (void *)event;
    struct usock s = {0};
    struct sctp_remote_error *n;

    e->sre_type = usr_SCTP_REMOTE_ERROR;
    e->sre_error = 1;
    e->sre_assoc_id = MINE;
    memcpy(e->sre_data, "\x9\0\0\x10\0\1\0\0", 8);
    e->sre_data[6] = (uint8_t)(length >> 8);
    e->sre_data[7] = (uint8_t)length;
    memcpy(e->sre_data + 8, "0123456789abcdef", 16);
    n = translated(&s, event, sizeof(*e) + 8 + size);
    assert_int_equal(n->sre_length, sizeof(*n) + expected);
    assert_int_equal(ntohs(n->sre_error), 1);
    assert_int_equal(n->sre_assoc_id, id_to_program(&s, MINE));
    assert_memory_equal(n->sre_data, "0123456789abcdef", expected);
    free(n);
}

static void sre_data_is_as_long_as_the_contents_of_the_cause(void **state)
{
    (void)state;
    assert_carries(8, 4, 4);
    assert_carries(6, 4, 2);  /* padding */
    assert_carries(8, 16, 4); /* another cause */
    assert_carries(4, 4, 0);
    assert_carries(3, 4, 0);  /* shorter than its header */
    assert_carries(12, 4, 4); /* longer than what came */
    assert_carries(0xffff, 16, 16);
}

static void a_report_without_a_cause_has_no_data(void **state)
{
    const struct usr_sctp_remote_error event = {.sre_type = usr_SCTP_REMOTE_ERROR};
    struct usock s = {0};
    struct sctp_remote_error *n = translated(&s, &event, sizeof(event));

    (void)state;
    assert_int_equal(n->sre_length, sizeof(*n));
    free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loss_by_a_failed_path_is_no_abort_by_the_user),
        cmocka_unit_test(only_a_loss_is_an_abort),
        cmocka_unit_test(the_latest_aborts_are_remembered),
        cmocka_unit_test(sre_data_is_as_long_as_the_contents_of_the_cause),
        cmocka_unit_test(a_report_without_a_cause_has_no_data),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
