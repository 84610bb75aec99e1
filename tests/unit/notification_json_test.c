/* Notifications and messages as lines of JSON: lib/json/fields.c, lib/json/event.c. */
#include "receive/receive.h"
#include "tty/message.h"
#include "unit.h"
#include "unit_getpaddrs.h"
#include "unpsctp.h"
#include "json/event.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <time.h>

/* Addresses of association 3. */
int sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    assert_int_equal(fd, 1000);
    return id == 3 ? one_address("10.0.0.2", addrs) : -1;
}

int sctp_getladdrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    assert_int_equal(fd, 1000);
    return id == 3 ? one_address("10.0.0.1", addrs) : -1;
}

/* The JSON of a notification without its newline.  The notification is in memory of just its size,
 * so that ASan sees reads beyond it. */
static const char *json_of(const void *notification, size_t len)
{
    static char *line;
    union sctp_notification *copy = exact_copy(notification, len);
    size_t size = 0;
    FILE *f;

    free(line);
    line = NULL;
    f = open_memstream(&line, &size);
    assert_non_null(f);
    unp_notification_json(copy, len, f);
    fclose(f);
    free(copy);
    assert_true(size > 0 && line[size - 1] == '\n' && strlen(line) == size);
    line[size - 1] = '\0';
    assert_null(strchr(line, '\n'));
    return line;
}

#define JSON(notification) json_of(&(notification), sizeof(notification))

/* The same, followed by more bytes: causes, data, streams. */
static const char *json_with(const void *notification, size_t len, const void *more,
                             size_t more_len)
{
    void *both = exact_join(notification, len, more, more_len);
    const char *line = json_of(both, len + more_len);

    free(both);
    return line;
}

UNIT_TEST(an_association_change_has_its_state_as_a_word)
{
    static const char *const names[] = {"comm_up", "comm_lost", "restart", "shutdown_comp",
                                        "cant_str_assoc"};
    struct sctp_assoc_change change = {.sac_type = SCTP_ASSOC_CHANGE,
                                       .sac_outbound_streams = 10,
                                       .sac_inbound_streams = 5,
                                       .sac_assoc_id = 3};
    char expected[200];

    for (unsigned i = 0; i < COUNT(names); i++) {
        change.sac_state = (uint16_t)i;
        snprintf(expected, sizeof(expected),
                 "{\"event\":\"assoc_change\",\"state\":\"%s\",\"error\":0,\"outbound_streams\":10,"
                 "\"inbound_streams\":5,\"assoc_id\":3,\"%s\":[]}",
                 names[i], i == SCTP_COMM_UP || i == SCTP_RESTART ? "features" : "causes");
        assert_string_equal(JSON(change), expected);
    }
    change.sac_state = 5;
    assert_contains(JSON(change), "\"state\":5,");
}

UNIT_TEST(an_abort_has_its_causes_with_the_reason)
{
    static const char causes[] = "\0\1\0\x08\0\x63\0\0"
                                 "\0\x0c\0\x0b\xc3\xa9\"\x1b"
                                 "\xff\\x\0"
                                 "\0\x63\0\4";
    const struct sctp_assoc_change lost = {
        .sac_type = SCTP_ASSOC_CHANGE, .sac_state = SCTP_COMM_LOST, .sac_error = htons(1)};

    assert_string_equal(
        json_with(&lost, sizeof(lost), causes, sizeof(causes) - 1),
        "{\"event\":\"assoc_change\",\"state\":\"comm_lost\",\"error\":1,"
        "\"error_text\":\"invalid stream identifier\",\"outbound_streams\":0,"
        "\"inbound_streams\":0,\"assoc_id\":0,\"causes\":["
        "{\"code\":1,\"name\":\"invalid stream identifier\",\"text\":\"stream 99\"},"
        "{\"code\":12,\"name\":\"user-initiated abort\","
        "\"text\":\"\xc3\xa9\\\"\\u001b\\ufffd\\\\x\"},"
        "{\"code\":99,\"name\":\"unknown cause 99\"}]}");
}

UNIT_TEST(the_features_of_the_peer_are_a_list)
{
    const struct sctp_assoc_change up = {.sac_type = SCTP_ASSOC_CHANGE};

    assert_contains(json_with(&up, sizeof(up), "\1\2\3\4\5\6", 6),
                    "\"features\":[\"pr\",\"auth\",\"asconf\",\"multibuf\",\"re_config\",6]}");
}

UNIT_TEST(a_change_of_an_address_has_its_address_as_text)
{
    static const char *const names[] = {
        "\"addr_available\"",
        "\"addr_unreachable\"",
        "\"addr_removed\"",
        "\"addr_added\"",
        "\"addr_made_prim\"",
        "\"addr_confirmed\"",
        "\"addr_potentially_failed\"",
        "7",
    };
    struct sctp_paddr_change change = {
        .spc_type = SCTP_PEER_ADDR_CHANGE, .spc_error = 2, .spc_assoc_id = 3};
    struct sockaddr_in6 sa = {.sin6_family = AF_INET6, .sin6_port = htons(9877)};
    char expected[200];

    inet_pton(AF_INET6, "2001:db8::1", &sa.sin6_addr);
    memcpy(&change.spc_aaddr, &sa, sizeof(sa));
    for (int i = 0; i < (int)COUNT(names); i++) {
        change.spc_state = i;
        snprintf(expected, sizeof(expected),
                 "{\"event\":\"peer_addr_change\",\"addr\":\"2001:db8::1\",\"state\":%s,"
                 "\"error\":2,\"assoc_id\":3}",
                 names[i]);
        assert_string_equal(JSON(change), expected);
    }
}

UNIT_TEST(an_error_of_the_peer_has_its_cause)
{
    struct sctp_remote_error error = {
        .sre_type = SCTP_REMOTE_ERROR, .sre_error = htons(6), .sre_assoc_id = 3};

    assert_string_equal(json_with(&error, sizeof(error), "\xc1\0\0\4", 4),
                        "{\"event\":\"remote_error\",\"error\":6,"
                        "\"error_text\":\"unrecognized chunk type\",\"assoc_id\":3,"
                        "\"causes\":[{\"code\":6,\"name\":\"unrecognized chunk type\","
                        "\"text\":\"type 0xc1\"}]}");
    error.sre_error = 0;
    assert_string_equal(JSON(error),
                        "{\"event\":\"remote_error\",\"error\":0,\"assoc_id\":3,\"causes\":[]}");
}

UNIT_TEST(a_failed_message_has_its_parameters_and_data)
{
    const struct sctp_send_failed_event failed = {.ssf_type = SCTP_SEND_FAILED_EVENT,
                                                  .ssf_flags = SCTP_DATA_SENT,
                                                  .ssf_error = htons(12),
                                                  .ssfe_info = {.snd_sid = 4,
                                                                .snd_flags = 1 | 2 | 4 | 8,
                                                                .snd_ppid = htonl(60),
                                                                .snd_context = 7},
                                                  .ssf_assoc_id = 3};

    assert_string_equal(
        json_with(&failed, sizeof(failed), "a\0\n", 3),
        "{\"event\":\"send_failed\",\"flags\":\"data_sent\",\"error\":12,"
        "\"error_text\":\"user-initiated abort\",\"assoc_id\":3,\"info\":{\"stream\":4,"
        "\"flags\":[\"last_fragment\",\"first_fragment\",\"unordered\",\"immediate\"],"
        "\"ppid\":60,\"ppid_name\":\"ngap\",\"context\":7},\"length\":3,"
        "\"data\":\"a\\u0000\\u000a\"}");
}

UNIT_TEST(the_old_send_failed_event_has_the_same_fields)
{
    const struct sctp_send_failed failed = {.ssf_type = SCTP_SEND_FAILED,
                                            .ssf_info = {.sinfo_stream = 4,
                                                         .sinfo_flags = 3,
                                                         .sinfo_ppid = htonl(4711),
                                                         .sinfo_context = 7,
                                                         .sinfo_timetolive = 100},
                                            .ssf_assoc_id = 3};

    assert_string_equal(JSON(failed),
                        "{\"event\":\"send_failed\",\"flags\":\"data_unsent\",\"error\":0,"
                        "\"assoc_id\":3,\"info\":{\"stream\":4,"
                        "\"flags\":[\"last_fragment\",\"first_fragment\"],\"ppid\":4711,"
                        "\"context\":7,\"timetolive\":100},\"length\":0,\"data\":\"\"}");
}

UNIT_TEST(the_smaller_events_have_all_their_fields)
{
    const struct sctp_shutdown_event end = {.sse_type = SCTP_SHUTDOWN_EVENT, .sse_assoc_id = 3};
    const struct sctp_adaptation_event adaptation = {.sai_type = SCTP_ADAPTATION_INDICATION,
                                                     .sai_adaptation_ind = UINT32_MAX,
                                                     .sai_assoc_id = 3};
    struct sctp_pdapi_event partial = {.pdapi_type = SCTP_PARTIAL_DELIVERY_EVENT,
                                       .pdapi_assoc_id = 3,
                                       .pdapi_stream = 4,
                                       .pdapi_seq = 9};
    const struct sctp_sender_dry_event dry = {.sender_dry_type = SCTP_SENDER_DRY_EVENT,
                                              .sender_dry_assoc_id = 3};

    assert_string_equal(JSON(end), "{\"event\":\"shutdown\",\"assoc_id\":3}");
    assert_string_equal(JSON(adaptation), "{\"event\":\"adaptation_indication\","
                                          "\"adaptation_ind\":4294967295,\"assoc_id\":3}");
    assert_string_equal(JSON(partial),
                        "{\"event\":\"partial_delivery\",\"indication\":\"aborted\",\"stream\":4,"
                        "\"seq\":9,\"assoc_id\":3}");
    partial.pdapi_indication = UINT32_MAX;
    assert_contains(JSON(partial), "\"indication\":4294967295,");
    assert_string_equal(JSON(dry), "{\"event\":\"sender_dry\",\"assoc_id\":3}");
}

UNIT_TEST(every_authentication_event_has_its_word)
{
    static const char *const words[] = {"\"new_key\"", "\"free_key\"", "\"no_auth\"", "3"};
    struct sctp_authkey_event event = {.auth_type = SCTP_AUTHENTICATION_EVENT,
                                       .auth_keynumber = 2,
                                       .auth_altkeynumber = 1,
                                       .auth_assoc_id = 3};
    char expected[200];

    for (unsigned i = 0; i < COUNT(words); i++) {
        event.auth_indication = i;
        snprintf(expected, sizeof(expected),
                 "{\"event\":\"authentication\",\"indication\":%s,\"keynumber\":2,"
                 "\"altkeynumber\":1,\"assoc_id\":3}",
                 words[i]);
        assert_string_equal(JSON(event), expected);
    }
}

UNIT_TEST(the_reconfigurations_have_their_flags_as_words)
{
    static const uint16_t streams[] = {1, 65535};
    const struct sctp_stream_reset_event reset = {.strreset_type = SCTP_STREAM_RESET_EVENT,
                                                  .strreset_flags = SCTP_STREAM_RESET_INCOMING_SSN |
                                                                    SCTP_STREAM_RESET_DENIED,
                                                  .strreset_assoc_id = 3};
    const struct sctp_assoc_reset_event all = {.assocreset_type = SCTP_ASSOC_RESET_EVENT,
                                               .assocreset_flags = SCTP_ASSOC_RESET_FAILED,
                                               .assocreset_assoc_id = 3,
                                               .assocreset_local_tsn = 7,
                                               .assocreset_remote_tsn = 8};
    const struct sctp_stream_change_event change = {.strchange_type = SCTP_STREAM_CHANGE_EVENT,
                                                    .strchange_assoc_id = 3,
                                                    .strchange_outstrms = 20,
                                                    .strchange_instrms = 7};

    assert_string_equal(json_with(&reset, sizeof(reset), streams, sizeof(streams)),
                        "{\"event\":\"stream_reset\",\"flags\":[\"incoming_ssn\",\"denied\"],"
                        "\"assoc_id\":3,\"stream_list\":[1,65535]}");
    assert_string_equal(JSON(all), "{\"event\":\"assoc_reset\",\"flags\":[\"failed\"],"
                                   "\"assoc_id\":3,\"local_tsn\":7,\"remote_tsn\":8}");
    assert_string_equal(JSON(change), "{\"event\":\"stream_change\",\"flags\":[],\"assoc_id\":3,"
                                      "\"instrms\":7,\"outstrms\":20}");
}

/* ASan sees a read beyond the end of a short notification. */
UNIT_TEST(a_short_or_unknown_notification_is_unknown)
{
    for (unsigned type = 0; type < 20; type++) {
        union sctp_notification n;
        char wanted[100];

        memset(&n, 0, sizeof(n));
        n.sn_header.sn_type = (uint16_t)(SCTP_SN_TYPE_BASE + type);
        assert_non_null(json_of(&n, sizeof(n)));
        for (size_t len = 0; len < 12; len++)
            assert_contains(json_of(&n, len), "{\"event\":\"unknown\",\"type\":");
        snprintf(wanted, sizeof(wanted), "{\"event\":\"unknown\",\"type\":%u,\"length\":8}",
                 n.sn_header.sn_type);
        assert_string_equal(json_of(&n, 8), wanted);
    }
}

static const char *event_of(sctp_assoc_t id, uint16_t change, const char *close_reason)
{
    static char line[600];
    const struct sctp_assoc_change c = {
        .sac_type = SCTP_ASSOC_CHANGE, .sac_state = change, .sac_assoc_id = id};
    union sctp_notification n;
    FILE *f = fmemopen(line, sizeof(line), "w");

    memcpy(&n, &c, sizeof(c));
    assert_non_null(f);
    unp_event_json(1000, &n, sizeof(c), close_reason, f);
    fclose(f);
    return line;
}

UNIT_TEST(an_association_that_comes_up_has_its_addresses)
{
    static const char addresses[] =
        "\"features\":[],\"peer\":[\"10.0.0.2:7\"],\"local\":[\"10.0.0.1:7\"]}\n";

    assert_contains(event_of(3, SCTP_COMM_UP, NULL), addresses);
    assert_contains(event_of(3, SCTP_RESTART, NULL), addresses);
    assert_contains(event_of(4, SCTP_COMM_UP, NULL), "\"features\":[]}\n"); /* it has ended */
    assert_contains(event_of(3, SCTP_COMM_LOST, NULL), "\"causes\":[]}\n");
    assert_contains(event_of(3, SCTP_COMM_LOST, "mine"),
                    "\"causes\":[],\"ended_here\":\"mine\"}\n");
}

UNIT_TEST(a_notification_and_a_message_can_have_the_time)
{
    const struct unp_message msg = {.rcv = {.rcv_sid = 1}};
    char line[500] = "";
    FILE *f = fmemopen(line, sizeof(line), "w");

    assert_non_null(f);
    unp_print_times = true;
    assert_contains(event_of(3, SCTP_COMM_LOST, "mine"), "\"ended_here\":\"mine\",\"time\":");
    unp_message_json(&msg, f);
    unp_print_times = false;
    fclose(f);
    assert_contains(line, ",\"time\":");
}

UNIT_TEST(an_event_of_the_program_has_a_number_and_the_time)
{
    char line[200] = "";
    FILE *f = fmemopen(line, sizeof(line), "w");
    double time_told;
    int end = 0;

    assert_non_null(f);
    unp_number_json("listening", "port", 9877, f);
    unp_print_times = true;
    unp_number_json("listening", "port", 9877, f);
    unp_print_times = false;
    fclose(f);
    assert_int_equal(sscanf(line,
                            "{\"event\":\"listening\",\"port\":9877}\n"
                            "{\"event\":\"listening\",\"port\":9877,\"time\":%lf}\n%n",
                            &time_told, &end),
                     1);
    assert_int_equal(end, strlen(line));
    assert_ptr_equal(strrchr(line, '.') + 1 + 6, strrchr(line, '}')); /* microseconds */
    assert_true(time_told > (double)time(NULL) - 60 && time_told < (double)time(NULL) + 60);
}

/* ---- threads ------------------------------------------------------------------------ */

enum { LINES = 200 };

static void *print_lines(void *arg)
{
    static const struct sctp_shutdown_event end = {.sse_type = SCTP_SHUTDOWN_EVENT};
    const struct unp_message msg = {.data = (unsigned char *)"hello", .len = 5};
    union sctp_notification n;

    memset(&n, 0, sizeof(n));
    memcpy(&n, &end, sizeof(end));
    for (int i = 0; i < LINES; i++) {
        unp_notification_json(&n, sizeof(end), arg);
        unp_event_json(1000, &n, sizeof(end), "enough", arg);
        unp_message_json(&msg, arg);
    }
    return NULL;
}

/* Without a buffer each character is a call, between which another thread might print. */
UNIT_TEST(threads_that_share_a_stream_print_whole_lines)
{
    static const char *const lines[] = {
        "{\"event\":\"shutdown\",\"assoc_id\":0}\n",
        "{\"event\":\"shutdown\",\"assoc_id\":0,\"ended_here\":\"enough\"}\n",
        "{\"event\":\"message\",\"stream\":0,\"ssn\":0,\"tsn\":0,\"cumtsn\":0,\"flags\":[],"
        "\"ppid\":0,"
        "\"context\":0,\"assoc_id\":0,\"length\":5,\"data\":\"hello\"}\n"};
    FILE *f = tmpfile();
    pthread_t threads[2];
    char line[300];
    int count = 0;

    assert_non_null(f);
    alarm(120);
    setvbuf(f, NULL, _IONBF, 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, print_lines, f), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    alarm(0);
    rewind(f);
    for (; fgets(line, sizeof(line), f); count++)
        if (strcmp(line, lines[0]) != 0 && strcmp(line, lines[1]) != 0)
            assert_string_equal(line, lines[2]);
    assert_int_equal(count, 2 * 3 * LINES);
    fclose(f);
}

UNIT_TEST(a_message_has_all_its_receive_information)
{
    struct unp_message msg = {.data = (unsigned char *)"hello",
                              .len = 5,
                              .rcv = {.rcv_sid = 1,
                                      .rcv_ssn = 2,
                                      .rcv_flags = SCTP_UNORDERED,
                                      .rcv_ppid = htonl(60),
                                      .rcv_tsn = UINT32_MAX,
                                      .rcv_cumtsn = 4,
                                      .rcv_context = 5,
                                      .rcv_assoc_id = 6}};
    char *line = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&line, &size);

    assert_non_null(f);
    unp_message_json(&msg, f);
    msg.rcv.rcv_flags = 0;
    msg.rcv.rcv_ppid = 0;
    msg.len = 0;
    unp_message_json(&msg, f);
    fclose(f);
    assert_string_equal(
        line, "{\"event\":\"message\",\"stream\":1,\"ssn\":2,\"tsn\":4294967295,\"cumtsn\":4,"
              "\"flags\":[\"unordered\"],\"ppid\":60,\"ppid_name\":\"ngap\",\"context\":5,"
              "\"assoc_id\":6,\"length\":5,\"data\":\"hello\"}\n"
              "{\"event\":\"message\",\"stream\":1,\"ssn\":2,\"tsn\":4294967295,\"cumtsn\":4,"
              "\"flags\":[],\"ppid\":0,\"context\":5,\"assoc_id\":6,\"length\":0,\"data\":\"\"}\n");
    free(line);
}

UNIT_TEST(the_head_of_a_message_shows_ppid_and_unordered)
{
    struct unp_message msg = {.rcv = {.rcv_sid = 1, .rcv_ssn = 2, .rcv_assoc_id = 31}};
    char *line = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&line, &size);

    assert_non_null(f);
    unp_message_head(&msg, f);
    msg.rcv.rcv_ppid = htonl(4711);
    unp_message_head(&msg, f);
    msg.rcv.rcv_ppid = htonl(60);
    msg.rcv.rcv_flags = SCTP_UNORDERED;
    unp_message_head(&msg, f);
    fclose(f);
    assert_string_equal(line, "From str:1 seq:2 (assoc:0x1f):"
                              "From str:1 seq:2 (assoc:0x1f) ppid:4711:"
                              "From str:1 seq:2 (assoc:0x1f) ppid:60(ngap) unordered:");
    free(line);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
