/* The recipients of a line, and the members that are disconnected: chat/room.c. */
#include "../../chat/room.h"
#include "receive/receive.h"
#include "unit.h"

enum { MEMBERS = 3, FD = 88, WEIGHT = 100 /* bytes that each queued message adds */ };
enum { MOST_LOGGED = 100 /* bytes of a message */ };

static struct unp_server srv;
static struct room room;
static struct unp_association members[MEMBERS];
static int64_t now; /* ms */
static char log_[4000];
static unsigned sent; /* messages */

/* Calls of lib/server/ as text: "1:3 hello" is a message to association 1 on stream 3. */
static struct unp_sender *const out = (struct unp_sender *)&srv;
static bool relays;
static int to_all; /* what unp_sender_sendall() returns */
static int64_t stalled[MEMBERS];
static bool drops[MEMBERS]; /* is each message to this member dropped? */
static size_t can_send;
static size_t most_queued, share; /* the limit of a send queue */

int64_t unp_now(void)
{
    return now;
}

void unp_table_walk(const struct unp_table *t, void (*f)(struct unp_association *, void *),
                    void *arg)
{
    assert_ptr_equal(t, &srv.associations);
    for (int i = 0; i < MEMBERS; i++)
        f(&members[i], arg);
}

size_t unp_max_message(int fd)
{
    assert_int_equal(fd, FD);
    return can_send;
}

void unp_sender_relay(struct unp_sender *s)
{
    assert_ptr_equal(s, out);
    relays = true;
}

size_t unp_sender_share(const struct unp_sender *s)
{
    assert_ptr_equal(s, out);
    return share;
}

size_t unp_sender_max_queue(const struct unp_sender *s)
{
    assert_ptr_equal(s, out);
    return most_queued;
}

size_t unp_sender_weight(size_t len)
{
    return len + WEIGHT;
}

void unp_sender_send(struct unp_sender *s, struct unp_association *a, const struct unp_message *msg,
                     const struct sctp_sndinfo *snd)
{
    assert_ptr_equal(s, out);
    assert_int_equal(snd->snd_assoc_id, a->id);
    assert_null(msg->owned);
    assert_null(memchr(msg->data, '\0', msg->len));
    sent++;
    a->out.lost += drops[a - members];
    sprintf(log_ + strlen(log_), "%d:%u%s %.*s|", a->id, snd->snd_sid,
            snd->snd_flags == SCTP_SACK_IMMEDIATELY ? "!" : "",
            (int)(msg->len < MOST_LOGGED ? msg->len : MOST_LOGGED), msg->data);
}

void unp_sender_flush(struct unp_sender *s)
{
    assert_ptr_equal(s, out);
    strcat(log_, "flush|");
}

int unp_sender_sendall(struct unp_sender *s, const struct unp_table *all,
                       const struct unp_message *msg, const struct sctp_sndinfo *snd)
{
    assert_ptr_equal(s, out);
    assert_ptr_equal(all, &srv.associations);
    sprintf(log_ + strlen(log_), "all:%u %.*s|", snd->snd_sid, (int)msg->len, msg->data);
    return to_all;
}

bool unp_sender_crowd(const struct unp_sender *s, size_t n)
{
    assert_ptr_equal(s, out);
    return n > 500;
}

int64_t unp_sender_stalled(struct unp_sender *s, struct unp_association *a, int64_t at)
{
    assert_ptr_equal(s, out);
    assert_int_equal(at, now);
    sprintf(log_ + strlen(log_), "?%d|", a->id);
    return stalled[a - members];
}

void unp_sender_abort(struct unp_sender *s, struct unp_association *a, const char *reason)
{
    assert_ptr_equal(s, out);
    a->close_reason = reason;
    sprintf(log_ + strlen(log_), "abort %d %s|", a->id, reason);
}

static int start(void **state)
{
    now = 500000;
    to_all = 0;
    can_send = 200000;
    relays = false;
    most_queued = share = 200000;
    log_[0] = '\0';
    sent = 0;
    memset(stalled, 0, sizeof(stalled));
    memset(drops, 0, sizeof(drops));
    srv = (struct unp_server){
        .fd = FD, .out = out, .max_queue = 100000, .associations.count = MEMBERS};
    room = (struct room){
        .srv = &srv, .stall_limit = 10000, .not_reading = "not reading", .silent = "silent"};
    for (int i = 0; i < MEMBERS; i++)
        members[i] = (struct unp_association){.id = i + 1, .ostreams = 5};
    return 0;
}

static void assert_done(const char *expected)
{
    assert_string_equal(log_, expected);
    log_[0] = '\0';
}

static void say(struct unp_association *from, struct voice *voice, bool echo_ok, uint16_t channel)
{
    const struct line line = {
        .from = from, .voice = voice, .echo_ok = echo_ok, .channel = channel, "hi", 2};

    room_say(&room, &line);
    room_flush(&room);
}

/* Does not send it. */
static void gather(struct unp_association *from, const char *text)
{
    const struct line line = {.from = from, .text = text, .len = strlen(text)};

    room_say(&room, &line);
}

/* ---- limits --------------------------------------------------------------- */

UNIT_TEST(a_room_relays_and_has_the_limits_of_its_server)
{
    room_open(&room);
    assert_true(relays);
    assert_int_equal(room.load.stall_limit, 10000);
}

static size_t longest(size_t send_buffer, size_t max_queue)
{
    can_send = send_buffer;
    srv.max_queue = max_queue;
    share = SIZE_MAX; /* until a message was sent */
    room_open(&room);
    can_send = 0; /* it is asked only once */
    return room_longest(&room);
}

UNIT_TEST(the_longest_line_fits_the_send_buffer_and_a_send_queue)
{
    assert_int_equal(longest(200000, 100000), 100000 - WEIGHT);
    assert_int_equal(longest(100000 - WEIGHT, 100000), 100000 - WEIGHT);
    assert_int_equal(longest(100000 - WEIGHT - 1, 100000), 100000 - WEIGHT - 1);
    assert_int_equal(longest(200000, WEIGHT), 0);
    assert_int_equal(longest(200000, WEIGHT - 1), 0);
    assert_int_equal(longest(200000, WEIGHT + 1), 1);
}

/* Otherwise a long line would exceed the memory for the queues of all members. */
UNIT_TEST(the_longest_line_fits_the_share_of_a_send_queue)
{
    assert_int_equal(longest(200000, 100000), 100000 - WEIGHT);
    share = 90000;
    assert_int_equal(room_longest(&room), 90000 - WEIGHT);
    share = WEIGHT - 1;
    assert_int_equal(room_longest(&room), 0);
}

UNIT_TEST(a_line_is_charged_to_its_voice_or_to_the_server)
{
    struct voice bob = {0};

    room_open(&room);
    room.load.measured = now;
    say(&members[0], &bob, false, 0);
    assert_int_equal(bob.spoken, 2 + WEIGHT);
    assert_int_equal(room.own.spoken, 0);
    say(NULL, NULL, false, 0);
    assert_int_equal(room.own.spoken, 2 + WEIGHT);
    assert_int_equal(room.load.said, 2 * (2 + WEIGHT));
    assert_true(room_carries(&room, NULL, 131072 / 4 - 2 * WEIGHT - 60));
    assert_false(room_carries(&room, NULL, 131072 / 4 - 2 * WEIGHT));
    bob.spoken = 131072;
    assert_false(room_carries(&room, &bob, 10));
    assert_true(room_carries(&room, NULL, 10));
}

/* Otherwise members that read would be disconnected for what others say. */
UNIT_TEST(what_is_relayed_fits_into_the_queues)
{
    struct voice bob = {.known = true};

    room_open(&room);
    room.load.measured = now;
    load_add(&room.load, &room.own, 6000);
    most_queued = 10000;
    assert_false(room_carries(&room, &bob, 4096 - WEIGHT)); /* it would exceed the limit */
    most_queued = 200000;
    share = 11000;
    assert_false(room_carries(&room, &bob, 5000 - WEIGHT)); /* more than half is queued */
    assert_true(room_carries(&room, &bob, 4096 - WEIGHT));
    share = 131072;
    assert_true(room_carries(&room, &bob, 6000 - WEIGHT));
}

UNIT_TEST(a_room_is_full_when_a_member_that_has_said_nothing_must_wait)
{
    room_open(&room);
    room.load.measured = now;
    load_add(&room.load, &room.own, 131072 / 2 - 4 * WEIGHT);
    assert_false(room_full(&room));
    load_add(&room.load, &room.own, 1);
    assert_true(room_full(&room));
    room.own.spoken = 3996 - WEIGHT;
    assert_true(room_carries(&room, NULL, 100)); /* announcements have their own space */
}

/* ---- recipients ----------------------------------------------------------- */

UNIT_TEST(a_line_goes_to_all_but_its_sender)
{
    say(&members[1], NULL, false, 4);
    assert_done("1:4 hi|3:4 hi|flush|");
}

UNIT_TEST(a_member_with_fewer_streams_gets_the_line_on_stream_0)
{
    members[2].ostreams = 4;
    say(&members[1], NULL, false, 4);
    assert_done("1:4 hi|3:0 hi|flush|");
}

UNIT_TEST(a_member_that_is_being_disconnected_gets_no_line)
{
    members[2].close_reason = "gone";
    say(&members[1], NULL, false, 4);
    assert_done("1:4 hi|flush|");
}

UNIT_TEST(in_a_crowd_lines_request_immediate_acknowledgement)
{
    srv.associations.count = 500;
    say(&members[1], NULL, false, 1);
    assert_done("1:1 hi|3:1 hi|flush|");
    srv.associations.count = 501;
    say(&members[1], NULL, false, 1);
    assert_done("1:1! hi|3:1! hi|flush|");
}

UNIT_TEST(one_call_sends_to_all_if_the_sender_may_get_its_own_line)
{
    to_all = 1;
    say(&members[1], NULL, true, 7);
    assert_done("all:7 hi|");
    say(NULL, NULL, false, 7);
    assert_done("all:7 hi|");
    to_all = 0;
    say(&members[1], NULL, true, 3);
    assert_done("all:3 hi|1:3 hi|3:3 hi|flush|");
    say(NULL, NULL, false, 3);
    assert_done("all:3 hi|1:3 hi|2:3 hi|3:3 hi|flush|");
}

UNIT_TEST(a_sender_is_told_when_sending_to_all_has_failed)
{
    to_all = -1;
    say(&members[1], NULL, true, 3);
    assert_done("all:3 hi|2:0 *** some members may not have received this message\n|flush|");
    say(NULL, NULL, false, 3);
    assert_done("all:3 hi|");
}

/* Batches of the sender have 32 messages. */
UNIT_TEST(lines_said_together_are_sent_to_each_member_in_order_in_one_batch)
{
    char text[] = "one";

    gather(&members[1], text);
    text[0] = '1';
    gather(&members[0], text);
    gather(NULL, "two");
    assert_done("");
    room_flush(&room);
    assert_done("1:0 one|3:0 one|2:0 1ne|3:0 1ne|1:0 two|2:0 two|3:0 two|flush|");
    room_flush(&room);
    assert_done("");
}

UNIT_TEST(many_lines_are_sent_to_few_members_at_a_time)
{
    for (int i = 0; i < 10; i++)
        gather(NULL, "a");
    room_flush(&room);
    assert_int_equal(sent, 30);
    assert_null(strstr(strstr(log_, "flush|"), "flush|1:"));
    log_[0] = '\0';
    for (int i = 0; i < 11; i++)
        gather(NULL, "a");
    room_flush(&room);
    assert_int_equal(sent, 63);
    assert_ptr_equal(strstr(log_, "flush|3:0 a|"), strstr(log_, "flush|"));
    assert_true(strstr(log_, "3:0 a|") > strstr(log_, "flush|"));
}

UNIT_TEST(lines_are_sent_when_there_are_32_of_them)
{
    for (int i = 0; i < 31; i++)
        gather(&members[0], "a");
    assert_int_equal(sent, 0);
    gather(&members[0], "b");
    assert_int_equal(sent, 64);
    gather(&members[0], "c");
    assert_int_equal(sent, 64);
}

UNIT_TEST(in_a_large_room_fewer_lines_are_sent_together)
{
    srv.associations.count = 16383;
    gather(&members[0], "a");
    gather(&members[0], "b");
    assert_int_equal(sent, 0);
    srv.associations.count = 16384;
    gather(&members[0], "c");
    assert_int_equal(sent, 6);
    gather(&members[0], "d");
    assert_int_equal(sent, 6);
    gather(&members[0], "e");
    assert_int_equal(sent, 10);
}

UNIT_TEST(a_long_line_is_sent_at_once_after_the_lines_said_before)
{
    char text[ROOM_BYTES + 2] = "";

    memset(text, 'x', ROOM_BYTES);
    gather(&members[0], text);
    assert_int_equal(sent, 0);
    text[ROOM_BYTES] = 'y';
    gather(&members[0], text);
    assert_int_equal(sent, 4);
    assert_ptr_equal(strstr(log_, "2:0 x"), log_);
    room_flush(&room);
    assert_int_equal(sent, 4);
}

UNIT_TEST(a_line_to_one_member_follows_the_lines_said_before)
{
    gather(&members[1], "hi");
    room_tell(&room, &members[1], 2, "psst", 4);
    assert_done("1:0 hi|3:0 hi|flush|2:2 psst|flush|");
}

UNIT_TEST(lines_that_are_not_yet_sent_count_as_waiting)
{
    struct voice bob = {0};
    const struct line line = {.from = &members[0], .voice = &bob, .text = "hi", .len = 2};

    room_say(&room, &line);
    room_say(&room, &line);
    assert_int_equal(room.load.waiting, 2 * (2 + WEIGHT));
    room_flush(&room);
    assert_int_equal(room.load.waiting, 0);
}

UNIT_TEST(a_line_to_one_member_goes_to_no_other)
{
    room_tell(&room, &members[1], 2, "psst", 4);
    assert_done("2:2 psst|flush|");
    room_tell(&room, NULL, 2, "psst", 4);
    assert_done("");
    members[1].close_reason = "gone";
    room_tell(&room, &members[1], 2, "psst", 4);
    assert_done("flush|");
}

/* ---- slow members ------------------------------------------------------------ */

UNIT_TEST(members_are_checked_every_100_ms)
{
    room_tick(&room);
    assert_done("?1|?2|?3|");
    now += 99;
    room_tick(&room);
    assert_done("");
    now++;
    room_tick(&room);
    assert_done("?1|?2|?3|");
}

UNIT_TEST(a_member_that_does_not_read_for_longer_than_the_stall_limit_is_disconnected)
{
    for (int i = 0; i < 3; i++)
        members[i].out.window_closed = true;
    stalled[0] = 10000;
    stalled[2] = 10001;
    room_tick(&room);
    assert_done("?1|?2|?3|abort 3 not reading|");
    now += 100;
    room_tick(&room);
    assert_done("?1|?2|");
}

UNIT_TEST(a_member_whose_receive_window_is_open_has_four_times_as_long)
{
    stalled[1] = 40000;
    stalled[2] = 40001;
    room_tick(&room);
    assert_done("?1|?2|?3|abort 3 silent|");
}

UNIT_TEST(a_member_is_told_how_much_it_missed_once_it_has_caught_up)
{
    members[1].out.lost = 5;
    members[1].out.lost_why = "too many";
    members[1].out.queued = 1;
    room_tick(&room);
    assert_done("?1|?2|?3|");
    members[1].out.queued = 0;
    now += 100;
    room_tick(&room);
    assert_done("?1|?2|2:0 *** 5 messages for you were dropped: too many\n|flush|?3|");
    now += 100;
    room_tick(&room);
    assert_done("?1|?2|?3|");
    members[1].out.lost = 1;
    now += 100;
    room_tick(&room);
    assert_done("?1|?2|2:0 *** 1 message for you was dropped: too many\n|flush|?3|");
    members[1].out.lost = 2;
    now += 100;
    room_tick(&room);
    assert_done("?1|?2|2:0 *** 2 messages for you were dropped: too many\n|flush|?3|");
}

UNIT_TEST(a_member_whose_notice_is_dropped_too_is_told_later)
{
    members[1].out.lost = 5;
    members[1].out.lost_why = "too many";
    drops[1] = true;
    room_tick(&room);
    assert_int_equal(members[1].out.lost, 5);
}

int main(void)
{
    return run_all_tests(start, NULL);
}
