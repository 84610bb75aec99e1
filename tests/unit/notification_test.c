/* Each notification in one line of text: lib/notification.c. */
#include "notification.h"
#include "unit.h"
#include "unpsctp.h"

#include <arpa/inet.h>

/* The text of a notification, in memory of just its size, so that ASan sees reads beyond it. */
static const char *text_of(const void *notification, size_t len)
{
    static char buf[1024];
    union sctp_notification *copy = exact_copy(notification, len);

    memset(buf, '#', sizeof(buf));
    assert_ptr_equal(unp_notification_text(copy, len, buf, sizeof(buf)), buf);
    free(copy);
    return buf;
}

#define TEXT(notification) text_of(&(notification), sizeof(notification))

/* The same, followed by more bytes: causes, data, streams. */
static const char *text_with(const void *notification, size_t len, const void *more,
                             size_t more_len)
{
    void *both = exact_join(notification, len, more, more_len);
    const char *text = text_of(both, len + more_len);

    free(both);
    return text;
}

/* ---- association change --------------------------------------------------- */

/* (Not a function: gcc notes that the ABI for returning such a structure has changed.) */
#define CHANGE_TO(state)                                                                           \
    {                                                                                              \
        .sac_type = SCTP_ASSOC_CHANGE, .sac_state = (state), .sac_outbound_streams = 10,           \
        .sac_inbound_streams = 5, .sac_assoc_id = 3                                                \
    }

#define MORE(literal) literal, sizeof(literal) - 1

UNIT_TEST(an_association_change_is_shown_with_its_streams_or_cause)
{
    static const struct {
        uint16_t state, error;
        const char *more; /* features or causes that follow it */
        size_t len;
        const char *text;
    } rows[] = {
        {SCTP_COMM_UP, 0, MORE(""), "up: 10 streams out, 5 in"},
        {SCTP_COMM_UP, 0, MORE("\1\2\3\4\5"),
         "up: 10 streams out, 5 in; the peer supports pr, auth, asconf, multibuf, re_config"},
        {SCTP_COMM_UP, 0, MORE("\x63\2\0"), "up: 10 streams out, 5 in; the peer supports auth"},
        {SCTP_RESTART, 0, MORE(""), "restarted by the peer: 10 streams out, 5 in"},
        {SCTP_RESTART, 0, MORE("\1"),
         "restarted by the peer: 10 streams out, 5 in; the peer supports pr"},
        {SCTP_SHUTDOWN_COMP, 0, MORE(""), "shut down"},
        {SCTP_CANT_STR_ASSOC, 4, MORE(""), "cannot start: out of resource"},
        {SCTP_COMM_LOST, 0, MORE(""), "lost: no cause given"},
        {SCTP_COMM_LOST, 12, MORE(""), "lost: user-initiated abort"},
        {SCTP_COMM_LOST, 0x105, MORE(""), "lost: unsupported HMAC identifier"},
        {SCTP_COMM_LOST, 99, MORE(""), "lost: error cause 99"},
        {SCTP_COMM_LOST, 12, MORE("\0\x0c\0\x0ctoo slow"), "lost: user-initiated abort: too slow"},
        {SCTP_COMM_LOST, 12, MORE("\0\x0c\xff\xff"), "lost: user-initiated abort"}, /* malformed */
        {SCTP_COMM_LOST, 12, MORE("\0\x0c\0"), "lost: user-initiated abort"},
        {5, 0, MORE(""), "changed to state 5"},
        {65535, 0, MORE(""), "changed to state 65535"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sctp_assoc_change change = CHANGE_TO(rows[i].state);
        const char *text;

        change.sac_error = htons(rows[i].error);
        text = text_with(&change, sizeof(change), rows[i].more, rows[i].len);
        assert_memory_equal(text, "association 3 ", 14);
        assert_string_equal(text + 14, rows[i].text);
    }
}

/* ---- peer address change -------------------------------------------------- */

static struct sctp_paddr_change address_is(int state)
{
    struct sctp_paddr_change change = {
        .spc_type = SCTP_PEER_ADDR_CHANGE, .spc_state = state, .spc_assoc_id = 3};
    struct sockaddr_in *sa = (struct sockaddr_in *)(void *)&change.spc_aaddr;

    sa->sin_family = AF_INET;
    sa->sin_port = htons(9877);
    inet_pton(AF_INET, "192.0.2.1", &sa->sin_addr);
    return change;
}

UNIT_TEST(every_state_of_an_address_has_its_words)
{
    static const struct {
        int state;
        const char *text;
    } states[] = {
        {SCTP_ADDR_AVAILABLE, "association 3: address 192.0.2.1 is available"},
        {SCTP_ADDR_UNREACHABLE, "association 3: address 192.0.2.1 is unreachable"},
        {SCTP_ADDR_REMOVED, "association 3: address 192.0.2.1 was removed"},
        {SCTP_ADDR_ADDED, "association 3: address 192.0.2.1 was added"},
        {SCTP_ADDR_MADE_PRIM, "association 3: address 192.0.2.1 was made primary"},
        {SCTP_ADDR_CONFIRMED, "association 3: address 192.0.2.1 is confirmed"},
        {SCTP_ADDR_POTENTIALLY_FAILED, "association 3: address 192.0.2.1 has potentially failed"},
        {7, "association 3: address 192.0.2.1 changed to state 7"},
        {-1, "association 3: address 192.0.2.1 changed to state -1"},
    };

    for (size_t i = 0; i < COUNT(states); i++) {
        const struct sctp_paddr_change change = address_is(states[i].state);

        assert_string_equal(TEXT(change), states[i].text);
    }
}

UNIT_TEST(an_ipv6_address_is_shown_without_brackets)
{
    struct sctp_paddr_change change = address_is(SCTP_ADDR_CONFIRMED);
    struct sockaddr_in6 *sa = (struct sockaddr_in6 *)(void *)&change.spc_aaddr;

    memset(&change.spc_aaddr, 0, sizeof(change.spc_aaddr));
    sa->sin6_family = AF_INET6;
    inet_pton(AF_INET6, "2001:db8::1", &sa->sin6_addr);
    assert_string_equal(TEXT(change), "association 3: address 2001:db8::1 is confirmed");
}

/* ---- send failed ---------------------------------------------------------- */

UNIT_TEST(a_failed_message_is_shown_with_what_is_known)
{
    static const struct {
        uint16_t flags, stream, error;
        uint32_t ppid, context;
        const char *data, *text;
    } rows[] = {
        {SCTP_DATA_UNSENT, 4, 0, 0, 0, "hello",
         "5 bytes on stream 4 was not sent: its lifetime or its association ended: \"hello\""},
        {SCTP_DATA_SENT, 65535, 0, 0, 0, "",
         "0 bytes on stream 65535 was sent but not acknowledged: its lifetime or its association "
         "ended"},
        {0, 4, 1, 0, 0, "", "0 bytes on stream 4 was not sent: invalid stream identifier"},
        {0, 4, 12, 0, 0, "", "0 bytes on stream 4 was not sent: user-initiated abort"},
        {0, 4, 99, 0, 0, "", "0 bytes on stream 4 was not sent: error cause 99"},
        {0, 4, 12, 60, 7, "",
         "0 bytes on stream 4 was not sent: user-initiated abort (ppid 60 ngap, context 7)"},
        {0, 4, 12, 4711, 0, "",
         "0 bytes on stream 4 was not sent: user-initiated abort (ppid 4711)"},
        {0, 4, 12, 0, UINT32_MAX, "",
         "0 bytes on stream 4 was not sent: user-initiated abort (context 4294967295)"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct sctp_send_failed_event failed = {.ssf_type = SCTP_SEND_FAILED_EVENT,
                                                      .ssf_flags = rows[i].flags,
                                                      .ssf_error = htons(rows[i].error),
                                                      .ssfe_info.snd_sid = rows[i].stream,
                                                      .ssfe_info.snd_ppid = htonl(rows[i].ppid),
                                                      .ssfe_info.snd_context = rows[i].context,
                                                      .ssf_assoc_id = 3};
        const char *text = text_with(&failed, sizeof(failed), rows[i].data, strlen(rows[i].data));

        assert_memory_equal(text, "association 3: message of ", 26);
        assert_string_equal(text + 26, rows[i].text);
    }
}

UNIT_TEST(a_failed_message_is_quoted_escaped_and_truncated)
{
    const struct sctp_send_failed_event failed = {.ssf_type = SCTP_SEND_FAILED_EVENT,
                                                  .ssf_error = htons(12)};
    char data[100], x[61] = "", escaped[4 * 60 + 1] = "";

    assert_contains(text_with(&failed, sizeof(failed), "\x1b[2J\n\xff", 6),
                    ": user-initiated abort: \"\\x1b[2J\\x0a\\xff\"");
    memset(data, 'x', sizeof(data));
    memset(x, 'x', sizeof(x) - 1);
    assert_contains(text_with(&failed, sizeof(failed), data, 60), x);
    assert_null(strstr(text_with(&failed, sizeof(failed), data, 60), "..."));
    assert_contains(text_with(&failed, sizeof(failed), data, 61), "xxx\"...");
    assert_contains(text_with(&failed, sizeof(failed), data, 61), x);
    memset(data, '\x1b', 60);
    for (int i = 0; i < 60; i++)
        strcat(escaped, "\\x1b");
    assert_contains(text_with(&failed, sizeof(failed), data, 60), escaped);
}

UNIT_TEST(the_old_send_failed_event_is_shown)
{
    struct sctp_send_failed failed = {.ssf_type = SCTP_SEND_FAILED,
                                      .ssf_flags = SCTP_DATA_SENT,
                                      .ssf_info.sinfo_stream = 4,
                                      .ssf_assoc_id = 3};

    assert_string_equal(text_with(&failed, sizeof(failed), "hello", 5),
                        "association 3: message of 5 bytes on stream 4 was sent but not "
                        "acknowledged: \"hello\"");
    failed.ssf_flags = SCTP_DATA_UNSENT;
    assert_string_equal(TEXT(failed), "association 3: message of 0 bytes on stream 4 was not sent");
    failed.ssf_error = htons(12);
    failed.ssf_info.sinfo_ppid = htonl(46);
    failed.ssf_info.sinfo_context = 7;
    assert_string_equal(TEXT(failed), "association 3: message of 0 bytes on stream 4 was not sent: "
                                      "user-initiated abort (ppid 46 diameter, context 7)");
}

/* ---- other notifications -------------------------------------------------- */

UNIT_TEST(an_error_of_the_peer_is_shown_with_its_cause)
{
    struct sctp_remote_error error = {
        .sre_type = SCTP_REMOTE_ERROR, .sre_error = htons(1), .sre_assoc_id = 3};

    assert_string_equal(TEXT(error),
                        "association 3: the peer reports an error: invalid stream identifier");
    assert_string_equal(
        text_with(&error, sizeof(error), "\0\x63\0\0", 4),
        "association 3: the peer reports an error: invalid stream identifier: stream 99");
    error.sre_error = htons(99);
    assert_string_equal(text_with(&error, sizeof(error), "\0\x0c\0\4", 4),
                        "association 3: the peer reports an error: error cause 99");
    error.sre_error = 0;
    assert_string_equal(TEXT(error), "association 3: the peer reports an error: no cause given");
}

UNIT_TEST(the_smaller_events_are_shown)
{
    const struct sctp_shutdown_event end = {.sse_type = SCTP_SHUTDOWN_EVENT, .sse_assoc_id = 3};
    const struct sctp_adaptation_event adaptation = {
        .sai_type = SCTP_ADAPTATION_INDICATION, .sai_adaptation_ind = 0xab, .sai_assoc_id = 3};
    const struct sctp_pdapi_event partial = {
        .pdapi_type = SCTP_PARTIAL_DELIVERY_EVENT, .pdapi_assoc_id = 3, .pdapi_stream = 4};
    const struct sctp_sender_dry_event dry = {.sender_dry_type = SCTP_SENDER_DRY_EVENT,
                                              .sender_dry_assoc_id = 3};

    assert_string_equal(TEXT(end), "association 3: the peer is shutting down");
    assert_string_equal(TEXT(adaptation),
                        "association 3: the peer's adaptation layer is 0x000000ab");
    assert_string_equal(TEXT(partial),
                        "association 3: partial delivery of a message on stream 4 was aborted");
    assert_string_equal(TEXT(dry), "association 3: all that was sent is acknowledged");
}

UNIT_TEST(every_authentication_event_has_its_words)
{
    static const struct {
        uint32_t indication;
        const char *text;
    } rows[] = {
        {SCTP_AUTH_NEW_KEY, "a new key is in use"},
        {SCTP_AUTH_FREE_KEY, "a key is no longer in use"},
        {SCTP_AUTH_NO_AUTH, "the peer does not authenticate chunks"},
        {3, "changed"},
        {UINT32_MAX, "changed"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct sctp_authkey_event event = {.auth_type = SCTP_AUTHENTICATION_EVENT,
                                                 .auth_keynumber = 2,
                                                 .auth_indication = rows[i].indication,
                                                 .auth_assoc_id = 3};
        char expected[100];

        snprintf(expected, sizeof(expected), "association 3: authentication: %s (key 2)",
                 rows[i].text);
        assert_string_equal(TEXT(event), expected);
    }
}

UNIT_TEST(a_reset_of_streams_is_shown_with_direction_number_and_outcome)
{
    static const uint16_t streams[] = {1, 2};
    struct sctp_stream_reset_event event = {.strreset_type = SCTP_STREAM_RESET_EVENT,
                                            .strreset_flags = SCTP_STREAM_RESET_INCOMING_SSN,
                                            .strreset_assoc_id = 3};

    assert_string_equal(TEXT(event), "association 3: reset of all inbound streams is done");
    assert_string_equal(text_with(&event, sizeof(event), streams, sizeof(streams)),
                        "association 3: reset of 2 inbound streams is done: 1, 2");
    event.strreset_flags = SCTP_STREAM_RESET_OUTGOING_SSN | SCTP_STREAM_RESET_DENIED;
    assert_string_equal(text_with(&event, sizeof(event), streams, sizeof(streams[0])),
                        "association 3: reset of 1 outbound stream was denied: 1");
    event.strreset_flags = SCTP_STREAM_RESET_OUTGOING_SSN | SCTP_STREAM_RESET_FAILED;
    assert_string_equal(TEXT(event), "association 3: reset of all outbound streams failed");
}

UNIT_TEST(a_reset_of_the_association_is_shown_with_its_outcome)
{
    struct sctp_assoc_reset_event event = {.assocreset_type = SCTP_ASSOC_RESET_EVENT,
                                           .assocreset_assoc_id = 3};

    assert_string_equal(TEXT(event), "association 3: reset of the association is done");
    event.assocreset_flags = SCTP_ASSOC_RESET_DENIED;
    assert_string_equal(TEXT(event), "association 3: reset of the association was denied");
    event.assocreset_flags = SCTP_ASSOC_RESET_FAILED;
    assert_string_equal(TEXT(event), "association 3: reset of the association failed");
}

UNIT_TEST(a_change_of_the_number_of_streams_is_shown_with_its_outcome)
{
    struct sctp_stream_change_event event = {.strchange_type = SCTP_STREAM_CHANGE_EVENT,
                                             .strchange_assoc_id = 3,
                                             .strchange_outstrms = 20,
                                             .strchange_instrms = 7};

    assert_string_equal(TEXT(event), "association 3: change of streams (20 out, 7 in) is done");
    event.strchange_flags = SCTP_STREAM_CHANGE_DENIED;
    assert_string_equal(TEXT(event), "association 3: change of streams (20 out, 7 in) was denied");
    event.strchange_flags = SCTP_STREAM_CHANGE_FAILED;
    assert_string_equal(TEXT(event), "association 3: change of streams (20 out, 7 in) failed");
}

/* ---- malformed notifications ---------------------------------------------- */

UNIT_TEST(a_type_that_is_unknown_is_shown_by_its_number)
{
    union sctp_notification n = {.sn_header = {.sn_type = 0x7fff}};
    static const uint16_t unknown[] = {0, 1, SCTP_SN_TYPE_BASE, SCTP_SN_TYPE_MAX + 1, 0xffff};
    char expected[80];

    for (size_t i = 0; i < COUNT(unknown); i++) {
        n.sn_header.sn_type = unknown[i];
        snprintf(expected, sizeof(expected), "notification of unknown type 0x%04x (20 bytes)",
                 unknown[i]);
        assert_string_equal(text_of(&n, 20), expected);
        assert_int_equal(unp_notification_type(&n, 20), 0);
    }
    assert_string_equal(text_of(&n, 8), "notification of unknown type 0xffff (8 bytes)");
    assert_string_equal(text_of(&n, 7), "notification of unknown type 0x0000 (7 bytes)");
}

/* A field beyond the end of the notification must not be read: ASan sees it. */
UNIT_TEST(a_notification_that_is_too_short_is_not_read)
{
#define WHOLE(type, structure)                                                                     \
    {                                                                                              \
        type, sizeof(struct structure), sizeof(struct structure)                                   \
    }
    static const struct {
        uint16_t type;
        size_t shown, whole; /* up to the last field that is shown; all of it */
    } types[] = {
        WHOLE(SCTP_ASSOC_CHANGE, sctp_assoc_change),
        WHOLE(SCTP_PEER_ADDR_CHANGE, sctp_paddr_change),
        WHOLE(SCTP_SEND_FAILED, sctp_send_failed),
        WHOLE(SCTP_SEND_FAILED_EVENT, sctp_send_failed_event),
        WHOLE(SCTP_REMOTE_ERROR, sctp_remote_error),
        WHOLE(SCTP_SHUTDOWN_EVENT, sctp_shutdown_event),
        WHOLE(SCTP_ADAPTATION_INDICATION, sctp_adaptation_event),
        {SCTP_PARTIAL_DELIVERY_EVENT, offsetof(struct sctp_pdapi_event, pdapi_seq),
         sizeof(struct sctp_pdapi_event)},
        WHOLE(SCTP_AUTHENTICATION_EVENT, sctp_authkey_event),
        WHOLE(SCTP_SENDER_DRY_EVENT, sctp_sender_dry_event),
        WHOLE(SCTP_STREAM_RESET_EVENT, sctp_stream_reset_event),
        {SCTP_ASSOC_RESET_EVENT, offsetof(struct sctp_assoc_reset_event, assocreset_local_tsn),
         sizeof(struct sctp_assoc_reset_event)},
        WHOLE(SCTP_STREAM_CHANGE_EVENT, sctp_stream_change_event),
    };
    size_t looked_into = 0;

    for (size_t i = 0; i < COUNT(types); i++) {
        union sctp_notification n;

        memset(&n, 0, sizeof(n));
        n.sn_header.sn_type = types[i].type;
        for (size_t len = 0; len < types[i].shown; len++) {
            const char *text = text_of(&n, len);

            if (strncmp(text, "notification of unknown type 0x", 31) != 0) {
                print_message("# type 0x%04x is looked into with %zu of %zu bytes: %s\n",
                              types[i].type, len, types[i].whole, text);
                looked_into++;
                break;
            }
        }
        assert_int_equal(strncmp(text_of(&n, types[i].whole), "association 0", 13), 0);
    }
    assert_int_equal(looked_into, 0);
}

/* Writes the notification into buffers of each size. */
static void cut_at_each_byte(const void *notification, size_t len)
{
    union sctp_notification *copy = exact_copy(notification, len);
    char whole[1024];

    unp_notification_text(copy, len, whole, sizeof(whole));
    for (size_t size = 1; size <= strlen(whole) + 1; size++) {
        char *buf = guarded(size);

        unp_notification_text(copy, len, buf, size);
        assert_int_equal(strlen(buf), size - 1);
        assert_memory_equal(buf, whole, size - 1);
        free_guarded(buf, size);
    }
    free(copy);
}

UNIT_TEST(what_follows_a_notification_is_cut_at_the_end_of_the_buffer)
{
    union {
        struct sctp_assoc_change up;
        struct sctp_send_failed_event failed;
        struct sctp_send_failed old;
        struct sctp_stream_reset_event reset;
        unsigned char bytes[200];
    } u;

    memset(&u, 0, sizeof(u));
    u.up = (struct sctp_assoc_change)CHANGE_TO(SCTP_COMM_UP);
    memcpy(u.bytes + sizeof(u.up), "\1\2\3\4\5", 5);
    cut_at_each_byte(&u, sizeof(u.up) + 5);
    memset(&u, 'x', sizeof(u));
    u.failed.ssf_type = SCTP_SEND_FAILED_EVENT;
    u.failed.ssf_error = htons(12);
    u.failed.ssfe_info.snd_ppid = htonl(60);
    cut_at_each_byte(&u, sizeof(u));
    memset(&u, 'x', sizeof(u));
    u.old.ssf_type = SCTP_SEND_FAILED;
    u.old.ssf_error = htons(12);
    u.old.ssf_info.sinfo_ppid = htonl(60);
    cut_at_each_byte(&u, sizeof(u));
    memset(&u, 'x', sizeof(u));
    u.reset.strreset_type = SCTP_STREAM_RESET_EVENT;
    cut_at_each_byte(&u, sizeof(u.reset) + 20);
}

UNIT_TEST(a_buffer_of_any_size_is_not_overrun_and_terminated)
{
    for (unsigned type = SCTP_ASSOC_CHANGE; type <= SCTP_SN_TYPE_MAX; type++) {
        union sctp_notification n;

        memset(&n, 0x55, sizeof(n));
        n.sn_header.sn_type = (uint16_t)type;
        assert_null(strchr(text_of(&n, sizeof(n)), '\n'));
        cut_at_each_byte(&n, sizeof(n));
    }
}

UNIT_TEST(a_notification_with_any_bytes_is_read_within_its_bounds)
{
    uint32_t x = 1;

    for (int round = 0; round < 20000; round++) {
        unsigned char bytes[200];
        const uint16_t type = (uint16_t)(SCTP_SN_TYPE_BASE + round % 16);
        size_t len = (x >> 8) % (sizeof(bytes) + 1);

        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = (unsigned char)((x = x * 1664525 + 1013904223) >> (round & 1 ? 24 : 29));
        memcpy(bytes, &type, sizeof(type));
        for (const char *c = text_of(bytes, len); *c; c++)
            assert_in_range(*c, ' ', '~');
    }
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
