/*
 * Which notifications a socket has: userland/subscription.c.
 */
#include "model_option.h"

/* 1: libusrsctp was told to report this type for an association; 0: not to; -1: it was not told. */
static int reports(uint16_t stack_type, uint32_t id)
{
    for (int i = model.sets - 1; i >= 0; i--) {
        struct usr_sctp_event event;

        if (model.set[i].name != usr_SCTP_EVENT)
            continue;
        assert_int_equal(model.set[i].size, sizeof(event));
        memcpy(&event, model.set[i].value, sizeof(event));
        if (event.se_type == stack_type && event.se_assoc_id == id)
            return event.se_on;
    }
    return -1;
}

/* By the place in struct sctp_event_subscribe. */
static const uint16_t stack_types[] = {0, 1, 2, 14, 3, 5, 7, 6, 8, 10, 9, 12, 13, 14};

UNIT_TEST(each_byte_of_SCTP_EVENTS_is_a_type)
{
    for (unsigned i = 1; i < COUNT(stack_types); i++)
        for (int stream = 0; stream < 2; stream++) {
            const uint32_t all = stream ? 0 : SCTP_ALL_ASSOC;
            unsigned char wanted[14] = {0}, got[20] = {0};
            socklen_t size = sizeof(got);

            begin(state);
            s.type = stream ? SOCK_STREAM : SOCK_SEQPACKET;
            wanted[i] = 1;
            assert_int_equal(set(SCTP_EVENTS, wanted, sizeof(wanted)), 0);
            for (unsigned j = 1; j < COUNT(stack_types); j++) {
                const uint32_t id = stack_types[j] == 10 ? 0 : all; /* sender dry: future ones */

                assert_int_equal(reports(stack_types[j], id), stack_types[j] == stack_types[i]);
            }
            assert_int_equal(s.events, 1u << i);
            assert_int_equal(s.failed_old, i == 3);
            assert_false(s.want_sndrcv);
            assert_int_equal(get(SCTP_EVENTS, got, &size), 0);
            assert_int_equal(size, 14);
            assert_memory_equal(got, wanted, 14);
        }
}

UNIT_TEST(a_shorter_SCTP_EVENTS_unsubscribes_from_the_rest)
{
    unsigned char wanted[15] = {1, 1, 0, 1}, got[14] = {0};
    socklen_t size = 2;

    assert_int_equal(set(SCTP_EVENTS, wanted, 4), 0);
    assert_true(s.want_sndrcv);
    assert_true(s.failed_old);
    assert_int_equal(s.events, 1u << 1 | 1u << 3);
    assert_int_equal(reports(9, SCTP_ALL_ASSOC), 0);
    assert_int_equal(reports(14, SCTP_ALL_ASSOC), 1);
    assert_int_equal(get(SCTP_EVENTS, got, &size), 0);
    assert_int_equal(size, 2);
    assert_memory_equal(got, "\1\1\0", 3);
    assert_int_equal(set(SCTP_EVENTS, wanted, 3), 0); /* without the fourth byte */
    assert_false(s.failed_old);
    assert_int_equal(reports(14, SCTP_ALL_ASSOC), 0);
    wanted[13] = 1;
    assert_int_equal(set(SCTP_EVENTS, wanted, 14), 0); /* both: the newer one */
    assert_false(s.failed_old);
    assert_int_equal(s.events, 1u << 1 | 1u << 3 | 1u << 13);
    assert_int_equal(set(SCTP_EVENTS, wanted, 13), 0);
    assert_true(s.failed_old);
    assert_int_equal(set(SCTP_EVENTS, wanted, 15), EINVAL);
    assert_int_equal(set(SCTP_EVENTS, wanted, 0), EINVAL);
    wanted[0] = 0;
    assert_int_equal(set(SCTP_EVENTS, wanted, 1), 0);
    assert_false(s.want_sndrcv);
    size = 0;
    assert_int_equal(get(SCTP_EVENTS, got, &size), EINVAL);
    size = 1;
    assert_int_equal(get(SCTP_EVENTS, got, &size), 0);
    assert_int_equal(got[0], 0);
    model_fails(usr_SCTP_EVENT, EPERM);
    assert_int_equal(set(SCTP_EVENTS, wanted, 14), EPERM);
}

static int set_event(sctp_assoc_t id, uint16_t type, bool on)
{
    const struct sctp_event event = {.se_assoc_id = id, .se_type = type, .se_on = on};

    return set(SCTP_EVENT, &event, sizeof(event));
}

static int event_of(sctp_assoc_t id, uint16_t type)
{
    struct sctp_event event = {.se_assoc_id = id, .se_type = type};
    socklen_t size = sizeof(event);
    int error = get(SCTP_EVENT, &event, &size);

    assert_true(error || size == sizeof(event));
    return error ? -error : event.se_on;
}

static int event_is_on(uint16_t type)
{
    return event_of(0, type);
}

UNIT_TEST(SCTP_EVENT_of_an_association_is_the_stack_s)
{
    static const struct usr_sctp_event on = {.se_on = 1};

    model_returns(usr_SCTP_EVENT, &on, sizeof(on));
    assert_int_equal(event_of(ID, SCTP_ASSOC_CHANGE), 1);
    assert_int_equal(event_of(0, SCTP_ASSOC_CHANGE), 0);
    assert_int_equal(event_of(ID, SCTP_SEND_FAILED), 0);
    assert_int_equal(event_of(ID, SCTP_SEND_FAILED_EVENT), 1);
    s.failed_old = true;
    assert_int_equal(event_of(ID, SCTP_SEND_FAILED), 1);
    assert_int_equal(event_of(ID, SCTP_SEND_FAILED_EVENT), 0);
    model_fails(usr_SCTP_EVENT, ENOENT);
    assert_int_equal(event_of(ID, SCTP_ASSOC_CHANGE), -EINVAL);
}

UNIT_TEST(SCTP_EVENT_subscribes_an_association_or_future_ones)
{
    struct sctp_event event = {0};
    socklen_t size = sizeof(event) - 1;

    assert_int_equal(set_event(ID, SCTP_ASSOC_CHANGE, true), 0);
    assert_int_equal(reports(1, STACK_ID), 1);
    assert_int_equal(event_is_on(SCTP_ASSOC_CHANGE), 0); /* the socket's */
    for (sctp_assoc_t id = 0; id <= SCTP_ALL_ASSOC; id += SCTP_ALL_ASSOC) {
        assert_int_equal(set_event(id, SCTP_SHUTDOWN_EVENT, true), 0);
        assert_int_equal(reports(5, (uint32_t)id), 1);
        assert_int_equal(event_is_on(SCTP_SHUTDOWN_EVENT), 1);
        assert_int_equal(event_is_on(SCTP_ASSOC_CHANGE), 0);
        assert_int_equal(set_event(id, SCTP_SHUTDOWN_EVENT, false), 0);
        assert_int_equal(reports(5, (uint32_t)id), 0);
        assert_int_equal(event_is_on(SCTP_SHUTDOWN_EVENT), 0);
    }
    assert_int_equal(set_event(SCTP_CURRENT_ASSOC, SCTP_SHUTDOWN_EVENT, true), 0);
    assert_int_equal(event_is_on(SCTP_SHUTDOWN_EVENT), 0);
    s.type = SOCK_STREAM;
    assert_int_equal(set_event(ID, SCTP_ASSOC_CHANGE, true), 0);
    assert_int_equal(event_is_on(SCTP_ASSOC_CHANGE), 1);
    assert_int_equal(set_event(0, SCTP_DATA_IO_EVENT, true), 0);
    assert_true(s.want_sndrcv);
    assert_int_equal(event_is_on(SCTP_DATA_IO_EVENT), 1);
    assert_int_equal(set_event(0, SCTP_DATA_IO_EVENT, false), 0);
    assert_int_equal(event_is_on(SCTP_DATA_IO_EVENT), 0);
    assert_int_equal(set_event(0, SCTP_SEND_FAILED, true), 0);
    assert_true(s.failed_old);
    assert_int_equal(set_event(0, SCTP_SEND_FAILED_EVENT, true), 0);
    assert_false(s.failed_old);
    assert_int_equal(set_event(0, SCTP_SEND_FAILED, true), 0);
    assert_int_equal(set_event(0, SCTP_ASSOC_CHANGE, true), 0);
    assert_true(s.failed_old);
    assert_int_equal(set_event(0, SCTP_SEND_FAILED, false), 0);
    assert_false(s.failed_old);
    assert_int_equal(event_is_on(SCTP_SEND_FAILED_EVENT), 1);
    assert_int_equal(set_event(0, SCTP_SN_TYPE_MAX + 1, true), EINVAL);
    assert_int_equal(event_is_on(SCTP_SN_TYPE_MAX + 1), -EINVAL);
    assert_int_equal(event_is_on(SCTP_SN_TYPE_BASE - 1), -EINVAL);
    assert_int_equal(set(SCTP_EVENT, &event, size), EINVAL);
    assert_int_equal(get(SCTP_EVENT, &event, &size), EINVAL);
    model_fails(usr_SCTP_EVENT, ENOENT);
    assert_int_equal(set_event(ID, SCTP_ASSOC_CHANGE, true), EINVAL);
}

UNIT_TEST(sender_dry_is_subscribed_for_each_association)
{
    static const uint32_t number = 2, list[] = {2, 3, STACK_ID};

    model_returns(usr_SCTP_GET_ASSOC_NUMBER, &number, sizeof(number));
    model_returns(usr_SCTP_GET_ASSOC_ID_LIST, list, sizeof(list));
    assert_int_equal(set_event(SCTP_ALL_ASSOC, SCTP_SENDER_DRY_EVENT, true), 0);
    assert_int_equal(reports(10, 3), 1);
    assert_int_equal(reports(10, STACK_ID), 1);
    assert_int_equal(reports(10, SCTP_FUTURE_ASSOC), 1);
    assert_int_equal(reports(10, SCTP_ALL_ASSOC), -1);
    assert_int_equal(model.sets, 3);
    begin(state);
    s.type = SOCK_STREAM;
    assert_int_equal(set_event(SCTP_ALL_ASSOC, SCTP_SENDER_DRY_EVENT, true), 0);
    assert_int_equal(reports(10, SCTP_ALL_ASSOC), 1);
    begin(state);
    assert_int_equal(set_event(ID, SCTP_SENDER_DRY_EVENT, true), 0);
    assert_int_equal(model.sets, 1);
}

int main(void)
{
    return run_all_tests(begin, end);
}
