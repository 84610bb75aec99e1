/* Translating handmade notifications of libusrsctp to Linux's (userland/event.c). */
#include "unit.h"

#include <arpa/inet.h>

#include "../../userland/event.h"
#include "../../userland/libusrsctp.h"

enum { USER_INITIATED_ABORT = 12, MINE = 7, OTHERS = 8 }; /* stack's ids */

/* Linux's form of a notification of `size` bytes, to be freed.  Checks its length field. */
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

UNIT_TEST(a_lost_association_is_a_user_abort_only_if_the_program_aborted_it)
{
    struct usock s = {0};

    assert_lost_with(&s, MINE, 0, 0);
    event_user_abort(&s, MINE);
    assert_lost_with(&s, MINE, 0, USER_INITIATED_ABORT);
    assert_lost_with(&s, OTHERS, 0, 0);
    assert_lost_with(&s, MINE, 4, 4); /* the peer's error takes precedence */
}

UNIT_TEST(only_comm_lost_is_marked_as_a_user_abort)
{
    const struct usr_sctp_assoc_change event = {.sac_type = usr_SCTP_ASSOC_CHANGE,
                                                .sac_state = usr_SCTP_SHUTDOWN_COMP,
                                                .sac_outbound_streams = 3,
                                                .sac_assoc_id = MINE};
    struct usock s = {0};
    struct sctp_assoc_change *n;

    event_user_abort(&s, MINE);
    n = translated(&s, &event, sizeof(event));
    assert_int_equal(n->sac_state, SCTP_SHUTDOWN_COMP);
    assert_int_equal(n->sac_error, 0);
    assert_int_equal(n->sac_outbound_streams, 0);
    free(n);
}

UNIT_TEST(the_latest_aborts_are_remembered)
{
    struct usock s = {0};

    for (uint32_t id = 1; id <= N_USER_ABORTS + 1; id++)
        event_user_abort(&s, id);
    assert_lost_with(&s, 1, 0, 0);
    for (uint32_t id = 2; id <= N_USER_ABORTS + 1; id++)
        assert_lost_with(&s, id, 0, USER_INITIATED_ABORT);
}

/* The counter of aborts is not taken for an id. */
UNIT_TEST(only_ids_are_remembered)
{
    struct usock s = {0};

    for (int i = 0; i < 3; i++)
        event_user_abort(&s, 100);
    assert_lost_with(&s, 3, 0, 0);
}

UNIT_TEST(an_abort_s_causes_are_reported_if_the_association_is_lost)
{
    static const struct {
        uint16_t stack_state;
        int linux_state;
        size_t info, expected;
    } cases[] = {
        {usr_SCTP_COMM_LOST, SCTP_COMM_LOST, 0, 0},
        {usr_SCTP_COMM_LOST, SCTP_COMM_LOST, 4, 0},
        {usr_SCTP_COMM_LOST, SCTP_COMM_LOST, 5, 1},
        {usr_SCTP_COMM_LOST, SCTP_COMM_LOST, 10, 6},
        {usr_SCTP_COMM_UP, SCTP_COMM_UP, 10, 0},
        {usr_SCTP_RESTART, SCTP_RESTART, 10, 0},
        {usr_SCTP_SHUTDOWN_COMP, SCTP_SHUTDOWN_COMP, 0, 0},
        {usr_SCTP_CANT_STR_ASSOC, SCTP_CANT_STR_ASSOC, 10, 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        _Alignas(struct usr_sctp_assoc_change) unsigned char
            event[sizeof(struct usr_sctp_assoc_change) + 10] = {0};
        struct usr_sctp_assoc_change *e = (void *)event;
        bool streams = cases[i].linux_state == SCTP_COMM_UP || cases[i].linux_state == SCTP_RESTART;
        struct usock s = {0};
        struct sctp_assoc_change *n;

        e->sac_type = usr_SCTP_ASSOC_CHANGE;
        e->sac_state = cases[i].stack_state;
        e->sac_outbound_streams = 3;
        e->sac_inbound_streams = 4;
        memcpy(e->sac_info,
               "\6\0\0\xa"
               "causes",
               10);
        n = translated(&s, event, sizeof(*e) + cases[i].info);
        assert_int_equal(n->sac_state, cases[i].linux_state);
        assert_int_equal(n->sac_length, sizeof(*n) + cases[i].expected);
        assert_memory_equal(n->sac_info, "causes", cases[i].expected);
        assert_int_equal(n->sac_outbound_streams, streams ? 3 : 0);
        assert_int_equal(n->sac_inbound_streams, streams ? 4 : 0);
        free(n);
    }
}

/* ---- remote errors ---------------------------------------------------------------- */

/* An ERROR chunk with a cause whose length field is `length` and that has `size` bytes. */
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

UNIT_TEST(sre_data_is_as_long_as_the_contents_of_the_cause)
{
    assert_carries(8, 4, 4);
    assert_carries(6, 4, 2);  /* padding */
    assert_carries(8, 16, 4); /* another cause */
    assert_carries(4, 4, 0);
    assert_carries(3, 4, 0);  /* shorter than its header */
    assert_carries(12, 4, 4); /* longer than the received cause */
    assert_carries(0xffff, 16, 16);
}

UNIT_TEST(a_report_without_a_cause_has_no_data)
{
    const struct usr_sctp_remote_error event = {.sre_type = usr_SCTP_REMOTE_ERROR};
    struct usock s = {0};
    struct sctp_remote_error *n = translated(&s, &event, sizeof(event));

    assert_int_equal(n->sre_length, sizeof(*n));
    free(n);
}

/* ---- all fields ------------------------------------------------------------------- */

UNIT_TEST(an_association_that_comes_up_has_its_streams)
{
    const struct usr_sctp_assoc_change event = {.sac_type = usr_SCTP_ASSOC_CHANGE,
                                                .sac_flags = 5,
                                                .sac_state = usr_SCTP_COMM_UP,
                                                .sac_outbound_streams = 3,
                                                .sac_inbound_streams = 4,
                                                .sac_assoc_id = MINE};
    struct usock s = {.id_base = 1000};
    struct sctp_assoc_change *n = translated(&s, &event, sizeof(event));

    assert_int_equal(n->sac_state, SCTP_COMM_UP);
    assert_int_equal(n->sac_flags, 5);
    assert_int_equal(n->sac_outbound_streams, 3);
    assert_int_equal(n->sac_inbound_streams, 4);
    assert_int_equal(n->sac_assoc_id, MINE + 1000);
    free(n);
}

UNIT_TEST(an_address_change_has_address_state_and_error)
{
    struct usr_sctp_paddr_change event = {.spc_type = usr_SCTP_PEER_ADDR_CHANGE,
                                          .spc_flags = 5,
                                          .spc_state = usr_SCTP_ADDR_UNREACHABLE,
                                          .spc_error = 3,
                                          .spc_assoc_id = MINE};
    struct usock s = {.id_base = 1000};
    struct sctp_paddr_change *n;

    memset(&event.spc_aaddr, 'a', sizeof(event.spc_aaddr));
    n = translated(&s, &event, sizeof(event));
    assert_int_equal(n->spc_flags, 5);
    assert_int_equal(n->spc_state, SCTP_ADDR_UNREACHABLE);
    assert_int_equal(n->spc_error, 3);
    assert_int_equal(n->spc_assoc_id, MINE + 1000);
    assert_memory_equal(&n->spc_aaddr, &event.spc_aaddr, sizeof(event.spc_aaddr));
    free(n);
}

UNIT_TEST(a_failed_message_has_its_stream_ppid_flags_and_context)
{
    _Alignas(struct usr_sctp_send_failed_event) unsigned char
        event[sizeof(struct usr_sctp_send_failed_event) + 4] = {0};
    struct usr_sctp_send_failed_event *e = (void *)event;
    struct usock s = {.id_base = 1000};
    struct sctp_send_failed_event *n;
    struct sctp_send_failed *old;

    e->ssfe_type = usr_SCTP_SEND_FAILED_EVENT;
    e->ssfe_flags = usr_SCTP_DATA_SENT;
    e->ssfe_error = 12;
    e->ssfe_info = (struct usr_sctp_sndinfo){
        .snd_sid = 1, .snd_flags = 0x703, .snd_ppid = 2, .snd_context = 4, .snd_assoc_id = MINE};
    e->ssfe_assoc_id = MINE;
    memcpy(e->ssfe_data, "data", 4);
    n = translated(&s, event, sizeof(event));
    assert_int_equal(n->ssf_type, SCTP_SEND_FAILED_EVENT);
    assert_int_equal(n->ssf_length, sizeof(*n) + 4);
    assert_int_equal(n->ssf_flags, SCTP_DATA_SENT);
    assert_int_equal(ntohs((uint16_t)n->ssf_error), 12);
    assert_int_equal(n->ssfe_info.snd_sid, 1);
    assert_int_equal(n->ssfe_info.snd_flags, 3);
    assert_int_equal(n->ssfe_info.snd_ppid, 2);
    assert_int_equal(n->ssfe_info.snd_context, 4);
    assert_int_equal(n->ssfe_info.snd_assoc_id, MINE + 1000);
    assert_int_equal(n->ssf_assoc_id, MINE + 1000);
    assert_memory_equal(n->ssf_data, "data", 4);
    free(n);
    s.failed_old = true;
    old = translated(&s, event, sizeof(event));
    assert_int_equal(old->ssf_type, SCTP_SEND_FAILED);
    assert_int_equal(old->ssf_length, sizeof(*old) + 4);
    assert_int_equal(old->ssf_flags, SCTP_DATA_SENT);
    assert_int_equal(ntohs((uint16_t)old->ssf_error), 12);
    assert_int_equal(old->ssf_info.sinfo_stream, 1);
    assert_int_equal(old->ssf_info.sinfo_flags, 3);
    assert_int_equal(old->ssf_info.sinfo_ppid, 2);
    assert_int_equal(old->ssf_info.sinfo_context, 4);
    assert_int_equal(old->ssf_info.sinfo_assoc_id, MINE + 1000);
    assert_int_equal(old->ssf_assoc_id, MINE + 1000);
    assert_memory_equal(old->ssf_data, "data", 4);
    free(old);
}

UNIT_TEST(a_partial_delivery_has_stream_and_number)
{
    const struct usr_sctp_pdapi_event event = {.pdapi_type = usr_SCTP_PARTIAL_DELIVERY_EVENT,
                                               .pdapi_indication =
                                                   usr_SCTP_PARTIAL_DELIVERY_ABORTED,
                                               .pdapi_stream = 3,
                                               .pdapi_seq = 4,
                                               .pdapi_assoc_id = MINE};
    struct usock s = {.id_base = 1000};
    struct sctp_pdapi_event *n = translated(&s, &event, sizeof(event));

    assert_int_equal(n->pdapi_indication, SCTP_PARTIAL_DELIVERY_ABORTED);
    assert_int_equal(n->pdapi_stream, 3);
    assert_int_equal(n->pdapi_seq, 4);
    assert_int_equal(n->pdapi_assoc_id, MINE + 1000);
    free(n);
}

UNIT_TEST(an_authentication_event_has_key_and_indication)
{
    static const struct {
        uint32_t theirs;
        int ours;
    } cases[] = {{usr_SCTP_AUTH_NEW_KEY, SCTP_AUTH_NEW_KEY},
                 {usr_SCTP_AUTH_FREE_KEY, SCTP_AUTH_FREE_KEY},
                 {usr_SCTP_AUTH_NO_AUTH, SCTP_AUTH_NO_AUTH}};
    struct usock s = {.id_base = 1000};

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct usr_sctp_authkey_event event = {.auth_type = usr_SCTP_AUTHENTICATION_EVENT,
                                                     .auth_keynumber = 9,
                                                     .auth_indication = cases[i].theirs,
                                                     .auth_assoc_id = MINE};
        struct sctp_authkey_event *n = translated(&s, &event, sizeof(event));

        assert_int_equal(n->auth_indication, cases[i].ours);
        assert_int_equal(n->auth_keynumber, 9);
        assert_int_equal(n->auth_assoc_id, MINE + 1000);
        free(n);
    }
}

/* The id is the only difference. */
UNIT_TEST(notifications_of_the_same_layout_are_copied)
{
    static const struct {
        uint16_t type;
        int linux_type;
        size_t id_at;
    } cases[] = {{usr_SCTP_SHUTDOWN_EVENT, SCTP_SHUTDOWN_EVENT, 8},
                 {usr_SCTP_ADAPTATION_INDICATION, SCTP_ADAPTATION_INDICATION, 12},
                 {usr_SCTP_SENDER_DRY_EVENT, SCTP_SENDER_DRY_EVENT, 8},
                 {usr_SCTP_STREAM_RESET_EVENT, SCTP_STREAM_RESET_EVENT, 8},
                 {usr_SCTP_ASSOC_RESET_EVENT, SCTP_ASSOC_RESET_EVENT, 8},
                 {usr_SCTP_STREAM_CHANGE_EVENT, SCTP_STREAM_CHANGE_EVENT, 8}};
    struct usock s = {.id_base = 1000};

    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned char event[20], expected[20], *n;
        const uint32_t id = MINE, program_id = MINE + 1000, size = sizeof(event);

        memset(event, 0x77, sizeof(event));
        memcpy(event, &cases[i].type, 2);
        memcpy(event + cases[i].id_at, &id, 4);
        memcpy(expected, event, sizeof(event));
        memcpy(expected, (uint16_t[]){(uint16_t)cases[i].linux_type}, 2);
        memcpy(expected + 4, &size, 4);
        memcpy(expected + cases[i].id_at, &program_id, 4);
        n = translated(&s, event, sizeof(event));
        assert_memory_equal(n, expected, sizeof(event));
        free(n);
    }
}

UNIT_TEST(each_type_of_linux_has_one_of_the_stack)
{
    static const uint16_t types[] = {0, 1, 2, 14, 3, 5, 7, 6, 8, 10, 9, 12, 13, 14};
    const uint16_t none = 0;
    size_t size = sizeof(none);
    struct usock s = {0};

    for (unsigned i = 0; i < COUNT(types); i++)
        assert_int_equal(event_stack_type(SCTP_SN_TYPE_BASE + i), types[i]);
    assert_int_equal(event_stack_type(SCTP_SN_TYPE_BASE + 14), 0);
    assert_int_equal(event_stack_type(SCTP_SN_TYPE_BASE - 1), 0);
    assert_null(event_translate(&s, (const unsigned char *)&none, &size));
}

UNIT_TEST(a_notification_shorter_than_its_type_is_dropped)
{
    static const struct {
        uint16_t type;
        size_t least;
    } cases[] = {{usr_SCTP_ASSOC_CHANGE, sizeof(struct usr_sctp_assoc_change)},
                 {usr_SCTP_PEER_ADDR_CHANGE, offsetof(struct usr_sctp_paddr_change, spc_padding)},
                 {usr_SCTP_SEND_FAILED_EVENT, sizeof(struct usr_sctp_send_failed_event)},
                 {usr_SCTP_REMOTE_ERROR, sizeof(struct usr_sctp_remote_error)},
                 {usr_SCTP_PARTIAL_DELIVERY_EVENT, sizeof(struct usr_sctp_pdapi_event)},
                 {usr_SCTP_AUTHENTICATION_EVENT, sizeof(struct usr_sctp_authkey_event)},
                 {usr_SCTP_SHUTDOWN_EVENT, sizeof(struct usr_sctp_shutdown_event)},
                 {0x7777, 1000}};
    struct usock s = {0};

    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned char *event = calloc(1, cases[i].least);
        size_t size = cases[i].least - 1;
        unsigned char *n;

        assert_non_null(event);
        memcpy(event, &cases[i].type, sizeof(cases[i].type));
        assert_null(event_translate(&s, event, &size));
        size = cases[i].least;
        n = event_translate(&s, event, &size);
        assert_int_equal(n != NULL, cases[i].type != 0x7777);
        free(n);
        free(event);
    }
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
