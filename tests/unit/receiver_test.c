/* Whole messages and notifications, from batches that this file makes: lib/receive/receiver.c. */
#include "blocks.h"
#include "receive/inside.h"
#include "unit.h"

#include <errno.h>

enum { FD = 1000, MOST = 8, LIMIT = 100, A = 3, B = 4 };

static struct {
    struct unp_fragment fragments[MOST];
    unsigned char bytes[MOST][300];
    int count;
    bool no_memory, no_addresses;
    unsigned wants_addresses, freed;
    unsigned room; /* fragments */
    size_t size;   /* of each */
} inbox;

struct unp_inbox *unp_inbox_new(unsigned fragments, size_t size)
{
    inbox.room = fragments;
    inbox.size = size;
    errno = ENOMEM;
    return inbox.no_memory ? NULL : (struct unp_inbox *)(void *)&inbox;
}

void unp_inbox_free(struct unp_inbox *in)
{
    inbox.freed += in != NULL;
}

int unp_inbox_want_addresses(struct unp_inbox *in)
{
    assert_ptr_equal(in, &inbox);
    inbox.wants_addresses++;
    return inbox.no_addresses ? -1 : 0;
}

int unp_inbox_recv(struct unp_inbox *in, int fd, int flags)
{
    assert_ptr_equal(in, &inbox);
    assert_int_equal(fd, FD);
    assert_int_equal(flags, MSG_DONTWAIT);
    return inbox.count ? inbox.count : -1;
}

struct unp_fragment *unp_inbox_fragment(struct unp_inbox *in, int i)
{
    assert_ptr_equal(in, &inbox);
    return &inbox.fragments[i];
}

/* ---- the batch ------------------------------------------------------------------ */

static const struct sockaddr *const from = (const struct sockaddr *)(const void *)&inbox;

static void add(sctp_assoc_t id, const void *data, size_t len, int flags)
{
    int i = inbox.count++;

    assert_true(i < MOST);
    memcpy(inbox.bytes[i], data, len);
    inbox.fragments[i] = (struct unp_fragment){
        .data = inbox.bytes[i], .len = len, .flags = flags, .rcv.rcv_assoc_id = id, .from = from};
}

static void say(sctp_assoc_t id, const char *text)
{
    add(id, text, strlen(text), MSG_EOR);
}

static void begin_to_say(sctp_assoc_t id, const char *text)
{
    add(id, text, strlen(text), 0);
}

/* ---- the receiver ----------------------------------------------------------------- */

static struct unp_receiver r;
static struct unp_reassembly of_a, of_b;
static char events[500]; /* what the callbacks are told */

static void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *fmt, ...)
{
    size_t used = strlen(events);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(events + used, sizeof(events) - used, fmt, ap);
    va_end(ap);
}

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *peer)
{
    assert_ptr_equal(user, events);
    assert_ptr_equal(peer, from);
    note("%d: %.*s;", msg->rcv.rcv_assoc_id, (int)msg->len, (const char *)msg->data);
    free(msg->owned);
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    assert_ptr_equal(user, events);
    note("notification 0x%x of %zu bytes;", n->sn_header.sn_type, len);
}

static void on_failed(void *user, sctp_assoc_t id, int err)
{
    assert_ptr_equal(user, events);
    note("failed %d %d;", id, err);
    errno = 0;
}

static void on_kept(void *user)
{
    assert_ptr_equal(user, events);
    note("kept;");
}

static struct unp_reassembly *reassembly_of(void *user, sctp_assoc_t id)
{
    assert_ptr_equal(user, events);
    return id == A ? &of_a : id == B ? &of_b : NULL;
}

static int start(void **state)
{
    memset(&inbox, 0, sizeof(inbox));
    memset(&of_a, 0, sizeof(of_a));
    memset(&of_b, 0, sizeof(of_b));
    events[0] = '\0';
    blocks_before = blocks;
    r = (struct unp_receiver){.max_message = LIMIT,
                              .user = events,
                              .message = on_message,
                              .notification = on_notification,
                              .failed = on_failed,
                              .reassembly_of = reassembly_of,
                              .kept = on_kept};
    return unp_receiver_open(&r, 5);
}

static int stop(void **state)
{
    unp_reassembly_clear(&of_a);
    unp_reassembly_clear(&of_b);
    unp_receiver_close(&r);
    return check_blocks(state);
}

/* Receives a batch; returns what the callbacks were told. */
static const char *take(void)
{
    events[0] = '\0';
    assert_int_equal(unp_receiver_take(&r, FD, MSG_DONTWAIT), inbox.count ? inbox.count : -1);
    inbox.count = 0;
    return events;
}

/* ---- open and close ------------------------------------------------------------------ */

UNIT_TEST(an_open_receiver_has_room_for_a_batch)
{
    assert_int_equal(inbox.room, 5);
    assert_int_equal(inbox.size, 69632);
    assert_int_equal(inbox.wants_addresses, 0);
    Unp_receiver_open(&r);
    assert_int_equal(inbox.room, 32);
}

UNIT_TEST(addresses_are_recorded_if_they_are_wanted)
{
    r.want_addresses = true;
    assert_int_equal(unp_receiver_open(&r, 5), 0);
    assert_int_equal(inbox.wants_addresses, 1);
    inbox.no_addresses = true;
    assert_int_equal(unp_receiver_open(&r, 5), -1);
    r.want_addresses = false;
    assert_int_equal(unp_receiver_open(&r, 5), 0);
    inbox.no_memory = true;
    assert_int_equal(unp_receiver_open(&r, 5), -1);
}

static void open_or_end(void *arg)
{
    inbox.no_memory = true;
    Unp_receiver_open(&r);
}

UNIT_TEST(without_memory_the_program_ends)
{
    char err[200];

    assert_int_equal(in_child(open_or_end, NULL, err, sizeof(err)), EXIT_SYSTEM);
    assert_string_equal(err,
                        "receiver_test: allocate the receive buffers: Cannot allocate memory\n");
}

UNIT_TEST(a_closed_receiver_can_be_opened_again)
{
    r.reassembly_of = NULL;
    begin_to_say(A, "half");
    add(0, "half of a notification", 22, MSG_NOTIFICATION);
    take();
    r.data.aborted = true;
    unp_receiver_close(&r);
    assert_null(r.in);
    assert_null(r.data.parts);
    assert_null(r.notice.parts);
    assert_false(r.data.aborted);
    assert_int_equal(inbox.freed, 1);
    unp_receiver_close(&r);
    assert_int_equal(inbox.freed, 1);
}

/* ---- messages -------------------------------------------------------------------------- */

UNIT_TEST(fragments_are_joined_for_each_association)
{
    say(A, "one");
    begin_to_say(A, "tw");
    begin_to_say(B, "thr");
    say(A, "o");
    say(B, "ee");
    assert_string_equal(take(), "3: one;kept;kept;3: two;4: three;");
    assert_string_equal(take(), "");
}

UNIT_TEST(without_callbacks_there_is_one_association)
{
    r.reassembly_of = NULL;
    r.kept = NULL;
    begin_to_say(A, "tw");
    say(A, "o");
    assert_string_equal(take(), "3: two;");
}

UNIT_TEST(data_of_an_unknown_association_is_dropped)
{
    say(9, "nobody");
    begin_to_say(9, "nobody");
    say(A, "one");
    assert_string_equal(take(), "kept;kept;3: one;");
}

UNIT_TEST(a_message_above_the_limit_fails_once)
{
    char text[LIMIT + 1];

    memset(text, 'x', sizeof(text));
    add(A, text, LIMIT, 0);
    say(A, "y");
    say(A, "after it");
    begin_to_say(A, "after it");
    say(B, "one");
    assert_string_equal(take(), "kept;failed 3 90;kept;kept;4: one;");
    assert_null(of_a.parts);
    assert_true(of_a.aborted);
    assert_false(of_b.aborted);
    add(B, text, LIMIT + 1, MSG_EOR);
    assert_string_equal(take(), "failed 4 90;");
}

UNIT_TEST(without_memory_a_message_fails)
{
    if (!CAN_FAIL)
        skip();
    begin_to_say(A, "one");
    fail_in = 1;
    assert_string_equal(take(), "failed 3 12;");
}

/* ---- notifications ----------------------------------------------------------------------- */

static void notify(uint16_t type, sctp_assoc_t id, uint32_t stream, uint32_t seq)
{
    const struct sctp_pdapi_event event = {.pdapi_type = type,
                                           .pdapi_length = sizeof(event),
                                           .pdapi_assoc_id = id,
                                           .pdapi_stream = stream,
                                           .pdapi_seq = seq};

    add(0, &event, sizeof(event), MSG_EOR | MSG_NOTIFICATION);
}

UNIT_TEST(a_notification_may_come_between_fragments)
{
    begin_to_say(A, "tw");
    notify(SCTP_SHUTDOWN_EVENT, A, 0, 0);
    say(A, "o");
    assert_string_equal(take(), "kept;notification 0x8005 of 24 bytes;3: two;");
}

UNIT_TEST(a_notification_in_fragments_is_passed_on_whole)
{
    notify(SCTP_SHUTDOWN_EVENT, A, 0, 0);
    inbox.fragments[0].len = 9;
    inbox.fragments[0].flags = MSG_NOTIFICATION;
    add(0, inbox.bytes[0] + 9, 15, MSG_EOR | MSG_NOTIFICATION);
    assert_string_equal(take(), "notification 0x8005 of 24 bytes;");
}

UNIT_TEST(an_aborted_partial_delivery_drops_its_fragments)
{
    begin_to_say(A, "half");
    notify(SCTP_PARTIAL_DELIVERY_EVENT, A, 0, 0);
    say(A, "whole");
    assert_string_equal(take(), "kept;notification 0x8006 of 24 bytes;3: whole;");
    begin_to_say(A, "ha");
    notify(SCTP_PARTIAL_DELIVERY_EVENT, B, 0, 0);
    notify(SCTP_PARTIAL_DELIVERY_EVENT, 9, 0, 0);
    notify(SCTP_SHUTDOWN_EVENT, A, 0, 0);
    say(A, "lf");
    assert_contains(take(), ";3: half;");
}

UNIT_TEST(without_memory_a_notification_is_skipped)
{
    if (!CAN_FAIL)
        skip();
    add(0, "half", 4, MSG_NOTIFICATION);
    assert_string_equal(take(), "");
    add(0, "more", 4, MSG_NOTIFICATION);
    fail_in = 1;
    assert_string_equal(take(), "failed 0 12;");
    assert_null(r.notice.parts);
    notify(SCTP_SHUTDOWN_EVENT, A, 0, 0);
    assert_string_equal(take(), "notification 0x8005 of 24 bytes;");
}

int main(void)
{
    return run_all_tests(start, stop);
}
