/* The recipients of a line, and the members that are disconnected: chat/room.c. */
#include "../../chat/room.h"
#include "receive/receive.h"
#include "unit.h"

enum { MEMBERS = 3, FD = 88, WEIGHT = 100 /* bytes that each queued message adds */ };

static struct unp_server srv;
static struct room room;
static struct unp_association members[MEMBERS];
static int64_t now; /* ms */
static char log_[4000];

/* Calls of lib/server/ as text: "1:3 hello" is a message to association 1 on stream 3. */
static struct unp_sender *const out = (struct unp_sender *)&srv;
static bool relays;
static int to_all; /* what unp_sender_sendall() returns */
static int64_t stalled[MEMBERS];
static size_t can_send;

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
    sprintf(log_ + strlen(log_), "%d:%u%s %.*s|", a->id, snd->snd_sid,
            snd->snd_flags == SCTP_SACK_IMMEDIATELY ? "!" : "", (int)msg->len, msg->data);
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
    log_[0] = '\0';
    memset(stalled, 0, sizeof(stalled));
    srv = (struct unp_server){.fd = FD,
                              .out = out,
                              .max_queue = 100000,
                              .associations.count = MEMBERS,
                              .memory.limit = SIZE_MAX};
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
}

/* ---- limits --------------------------------------------------------------- */

UNIT_TEST(a_room_relays_and_has_the_limits_of_its_server)
{
    room_open(&room);
    assert_true(relays);
    assert_int_equal(room.load.most_queued, 100000);
    assert_int_equal(room.load.stall_limit, 10000);
}

UNIT_TEST(the_longest_line_fits_the_send_buffer_and_a_send_queue)
{
    assert_int_equal(room_longest(&room), 100000 - WEIGHT);
    can_send = 100000 - WEIGHT;
    assert_int_equal(room_longest(&room), can_send);
    can_send--;
    assert_int_equal(room_longest(&room), can_send);
    srv.max_queue = WEIGHT;
    assert_int_equal(room_longest(&room), 0);
    srv.max_queue = WEIGHT - 1;
    assert_int_equal(room_longest(&room), 0);
    srv.max_queue = WEIGHT + 1;
    assert_int_equal(room_longest(&room), 1);
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
UNIT_TEST(the_queues_of_all_members_use_at_most_half_of_the_memory_limit)
{
    struct voice bob = {0};

    room_open(&room);
    room.load.measured = now;
    load_add(&room.load, &room.own, 6000);
    srv.memory.limit = MEMBERS * 2 * (size_t)10000;
    assert_false(room_carries(&room, &bob, 6000 - WEIGHT)); /* more than half is queued */
    assert_true(room_carries(&room, &bob, 4096 - WEIGHT));
    srv.memory.limit = MEMBERS * 2 * (size_t)131072;
    assert_true(room_carries(&room, &bob, 6000 - WEIGHT));
    srv.associations.count = 0;
    assert_true(room_carries(&room, &bob, 6000 - WEIGHT));
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

int main(void)
{
    return run_all_tests(start, NULL);
}
