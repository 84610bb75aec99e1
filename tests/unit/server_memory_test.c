/*
 * Which association a server ends when memory is short: lib/server/server.c, undelivered.c.
 */
#include "server_kernel.h"

/* The memory of all kinds is added up. */
SERVES(the_association_with_most_memory_is_aborted)
{
    three_associations();
    association(1)->user_bytes = 1000;
    association(2)->user_bytes = 700;
    association(2)->in.allocated = 400;
    association(3)->user_bytes = 600;
    association(3)->out.queued = 450;
    srv.memory.used = srv.memory.limit + 1;
    unp_server_make_room(&srv);
    assert_string_equal(events, "forget 2;");
    assert_int_equal(least_asked, 1100);
    assert_string_equal(os.reason[2],
                        "the server's memory limit is reached, and this client uses most of it");
    association(2)->in.allocated = 0;
    srv.memory.used = srv.memory.limit + 1;
    unp_server_make_room(&srv);
    assert_string_equal(events, "forget 2;forget 3;");
    association(3)->out.queued = 0;
}

/* Queues `len` bytes for the association. */
static void queue(sctp_assoc_t id, size_t len)
{
    static unsigned char text[2000];
    const struct sctp_sndinfo snd = {.snd_assoc_id = id};
    const struct unp_message msg = {.data = text, .len = len};

    association(id)->out.state = SENDQ_BLOCKED_ON_PEER;
    unp_sender_send(srv.out, association(id), &msg, &snd);
}

/* A peer has not caused the length of its queue, even if its receive window is closed now. */
SERVES(where_messages_are_relayed_the_queue_of_a_peer_does_not_count)
{
    three_associations();
    unp_sender_relay(srv.out);
    queue(1, 1000);
    queue(2, 900);
    queue(3, 800);
    srv.memory.used += association(1)->user_bytes = 10;
    srv.memory.used += association(2)->user_bytes = 700;
    association(3)->out.window_closed = true;
    srv.memory.limit = 1419; /* half of it is less than 710 */
    unp_server_make_room(&srv);
    assert_string_equal(events, "forget 2;");
}

SERVES(where_messages_are_relayed_nobody_is_aborted_for_queues)
{
    three_associations();
    unp_sender_relay(srv.out);
    queue(1, 1000);
    queue(2, 1001);
    queue(3, 999);
    srv.memory.limit = 1;
    unp_server_make_room(&srv);
    assert_string_equal(events, "");
}

SERVES(at_the_limit_no_association_is_aborted)
{
    three_associations();
    association(2)->user_bytes = 1000;
    srv.memory.used = srv.memory.limit;
    unp_server_make_room(&srv);
    assert_string_equal(events, "");
    srv.memory.used++;
    for (int i = 1; i <= 3; i++)
        association(i)->user_bytes = 0; /* none has anything */
    unp_server_make_room(&srv);
    assert_string_equal(events, "");
    assert_string_equal(os.reason[1], "");
}

SERVES(an_association_is_aborted_once)
{
    three_associations();
    association(2)->user_bytes = 1000;
    association(2)->close_reason = "before";
    srv.memory.used = srv.memory.limit + 1;
    unp_server_make_room(&srv);
    assert_string_equal(events, "forget 2;");
    assert_string_equal(os.reason[2], "");
    assert_string_equal(association(2)->close_reason, "before");
}

/* While the program is told that an association has ended, it may send to others. */
SERVES(the_send_queue_of_an_association_that_has_ended_is_dropped)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = 2};
    const struct unp_message msg = {.data = (unsigned char[]){"late"}, .len = 4};

    three_associations();
    association(2)->out.state = SENDQ_BLOCKED_ON_PEER;
    unp_sender_send(srv.out, association(2), &msg, &snd);
    association(2)->close_reason = "gone";
    srv.memory.limit = srv.memory.used - 1;
    unp_server_make_room(&srv);
    assert_int_equal(association(2)->out.queued, 0);
    assert_int_equal(srv.memory.used, 0);
    assert_string_equal(os.reason[2], "");
}

SERVES(a_larger_item_of_the_program_is_evicted_first)
{
    three_associations();
    association(2)->user_bytes = 1000;
    room_elsewhere = 1001;
    srv.memory.used = srv.memory.limit + 1;
    unp_server_make_room(&srv);
    assert_string_equal(events, "evict;");
    room_elsewhere = 1000;
    srv.memory.used = srv.memory.limit + 1;
    unp_server_make_room(&srv);
    assert_string_equal(events, "evict;forget 2;");
    srv.memory.used = 0;
}

SERVES_LEAST(without_callbacks_memory_is_bounded)
{
    three_associations();
    batch(NULL);
    srv.memory.limit = 3000;
    fragment(2, "half", 2000, false);
    fragment(3, "half", 1900, false);
    message(2, "its end");
    message(3, "its end");
    run();
    assert_string_equal(events, "3;");
    assert_int_equal(srv.memory.used, 0);
}

/* The first two fragments exceed the limit before a message is complete. */
SERVES(fragments_are_bounded_within_a_batch)
{
    three_associations();
    srv.memory.limit = 3000;
    batch(NULL);
    fragment(2, "half", 1800, false);
    fragment(3, "half", 1700, false);
    message(2, "its end");
    message(3, "its end");
    run();
    assert_string_equal(events, "forget 2;3 says half;");
}

SERVES(memory_of_the_program_is_bounded_after_each_message)
{
    three_associations();
    srv.memory.limit = bytes_each = 500;
    batch(NULL);
    message(2, "a");
    message(2, "b");
    message(2, "c");
    run();
    assert_string_equal(events, "2 says a;2 says b;forget 2;");
}

static void has_used_memory(void)
{
    association(2)->user_bytes = 1000;
    srv.memory.used = srv.memory.limit + 1;
}

SERVES(memory_of_other_threads_is_bounded_after_each_batch)
{
    three_associations();
    batch(has_used_memory);
    run();
    assert_string_equal(events, "forget 2;");
}

SERVES(a_send_queue_is_bounded_within_a_message)
{
    three_associations();
    srv.memory.limit = 3 * unp_sender_weight(1000);
    association(2)->out.state = SENDQ_BLOCKED_ON_PEER;
    replies = 9;
    batch(NULL);
    message(2, "a");
    run();
    assert_string_equal(events, "2 says a;forget 2;ended at 4;");
}

/* ---- the receive buffer: lib/server/undelivered.c ---------------------------- */

static void hold(uint32_t one, uint32_t two, uint32_t three)
{
    os.held[1] = one;
    os.held[2] = two;
    os.held[3] = three;
}

/* Three associations, and a receive buffer that may hold 1000 bytes. */
static void three_share_the_buffer(void)
{
    three_associations();
    os.unreadable = true;
    srv.undelivered.limit = 1000;
    srv.undelivered.checked = srv.undelivered.since = 0;
    os.aborted[1] = os.aborted[2] = os.aborted[3] = 0;
}

/* At this time, these and no others are found to be aborted. */
static void assert_aborted(int64_t now, bool one, bool two, bool three)
{
    unp_server_evict_undelivered(&srv, now);
    assert_int_equal(os.aborted[1] != 0, one);
    assert_int_equal(os.aborted[2] != 0, two);
    assert_int_equal(os.aborted[3] != 0, three);
}

SERVES(the_peer_that_fills_the_receive_buffer_for_long_is_aborted)
{
    three_share_the_buffer();
    hold(400, 500, 200);
    assert_aborted(10000, false, false, false);
    assert_aborted(12499, false, false, false);
    assert_aborted(12998, false, false, false); /* less than 500 ms after a reading */
    assert_aborted(13098, false, true, false);
    assert_string_equal(os.reason[2], "incomplete data of this peer fills the receive buffer that "
                                      "all clients need");
    hold(700, 0, 600); /* these bytes are first read now */
    assert_aborted(13198, false, true, false);
    assert_aborted(14447, false, true, false);
    assert_aborted(14947, true, true, false);
}

SERVES(peers_are_aborted_until_the_receive_buffer_is_no_longer_full)
{
    three_share_the_buffer();
    hold(1100, 1300, 1200);
    assert_aborted(10000, false, false, false);
    os.held[1] = 1000; /* as many as it may hold */
    assert_aborted(12500, false, true, true);
}

SERVES(a_peer_with_a_thousand_addresses_is_aborted)
{
    three_share_the_buffer();
    os.addresses = 1000;
    hold(400, 700, 0);
    assert_aborted(10000, false, false, false);
    assert_aborted(12500, false, true, false);
}

/* A part of a long message may be all that the buffer has room for. */
SERVES(of_peers_that_hold_about_the_same_an_older_one_is_not_aborted_first)
{
    three_share_the_buffer();
    hold(500, 350, 340);
    assert_aborted(10000, false, false, false);
    assert_aborted(12500, false, true, false);
}

SERVES(a_peer_that_holds_far_more_than_others_is_aborted_however_old_it_is)
{
    three_share_the_buffer();
    hold(1000, 150, 60);
    assert_aborted(10000, false, false, false);
    assert_aborted(12500, true, false, false);
}

SERVES(only_data_that_is_held_at_all_readings_counts)
{
    three_share_the_buffer();
    hold(900, 400, 0);
    assert_aborted(10000, false, false, false);
    hold(100, 450, 600);
    assert_aborted(10500, false, false, false);
    hold(1000, 500, 300); /* at all readings: 100, 400 and 0 */
    assert_aborted(12500, false, false, false);
    assert_aborted(40000, false, false, false);
}

/* They may all be peers whose packets are lost again and again. */
SERVES(peers_that_hold_less_than_a_quarter_of_the_limit_each_have_longer)
{
    three_share_the_buffer();
    hold(900, 240, 160);
    assert_aborted(10000, false, false, false);
    hold(200, 700, 160); /* at all readings: 200, 240 and 160 */
    assert_aborted(12500, false, false, false);
    assert_aborted(19999, false, false, false);
    association(2)->delivered = 200;
    association(2)->in.size = 40;               /* of a message that is not whole */
    assert_aborted(20499, false, false, false); /* 1 and 3 hold too little */
    assert_aborted(39999, false, false, false);
    assert_aborted(40499, false, true, false);
}

SERVES(of_these_the_one_that_delivered_less_than_it_holds_has_ten_seconds)
{
    three_share_the_buffer();
    hold(900, 200, 240);
    assert_aborted(10000, false, false, false);
    association(2)->delivered = 199;
    association(3)->delivered = 239;
    hold(200, 700, 300); /* at all readings: 200, 200 and 240 */
    assert_aborted(19999, false, false, false);
    assert_aborted(20499, false, false, true);
}

SERVES(a_receive_buffer_that_others_have_filled_since_is_no_reason)
{
    three_share_the_buffer();
    hold(1100, 200, 300);
    assert_aborted(10000, false, false, false);
    hold(0, 1200, 1300); /* at all readings: 0, 200 and 300 */
    assert_aborted(12500, false, false, false);
    assert_aborted(40000, false, false, false);
}

SERVES(an_association_that_gets_a_socket_of_its_own_does_not_hold_the_buffer)
{
    three_share_the_buffer();
    hold(600, 501, 0);
    assert_aborted(10000, false, false, false);
    association(1)->own = FD + 1;
    hold(0, 1100, 0);
    assert_aborted(12500, false, true, false);
    association(1)->own = 0;
}

SERVES(a_receive_buffer_that_was_not_full_in_between_begins_anew)
{
    three_share_the_buffer();
    hold(900, 300, 0);
    assert_aborted(10000, false, false, false);
    hold(900, 100, 0);
    assert_aborted(11000, false, false, false);
    hold(900, 300, 0);
    assert_aborted(12500, false, false, false);
    assert_aborted(14999, false, false, false);
    assert_aborted(15499, true, false, false);
}

SERVES(a_receive_buffer_that_was_not_full_for_a_moment_is_full_all_the_same)
{
    three_share_the_buffer();
    hold(1100, 0, 0);
    assert_aborted(10000, false, false, false);
    assert_aborted(10900, false, false, false);
    hold(900, 0, 0);
    assert_aborted(11000, false, false, false);
    hold(1100, 0, 0);
    assert_aborted(12500, true, false, false);
}

/* Association 1 fills the receive buffer, and is aborted at this time. */
static void one_is_aborted_at(int64_t now)
{
    os.aborted[1] = 0;
    association(1)->close_reason = NULL;
    assert_aborted(now - 2500, false, false, false);
    assert_aborted(now, true, false, false);
}

/* Is a new association refused at this time? */
static bool is_refused_at(int64_t now, uint16_t state)
{
    sctp_assoc_t id = 4;

    os.now = now;
    os.aborted[id] = 0;
    batch(NULL);
    change(id, state);
    run();
    return os.aborted[id] != 0;
}

SERVES(after_such_an_abort_new_associations_are_refused_for_a_while)
{
    three_share_the_buffer();
    hold(1100, 100, 0);
    one_is_aborted_at(12500);
    *events = '\0';
    assert_true(is_refused_at(17499, SCTP_COMM_UP));
    assert_string_equal(os.reason[4], "incomplete data filled the server's receive buffer; try "
                                      "again in a minute");
    assert_string_equal(events, "");                 /* the program does not know it */
    assert_true(is_refused_at(17499, SCTP_RESTART)); /* it begins a new association, too */
    assert_false(is_refused_at(17500, SCTP_COMM_UP));
    assert_false(is_refused_at(17500, SCTP_RESTART));
}

static void one_ends(uint16_t state)
{
    three_share_the_buffer();
    hold(1100, 100, 0);
    assert_aborted(10000, false, false, false);
    batch(NULL);
    change(1, state);
    run();
    hold(0, 1100, 0);
    assert_aborted(12500, false, false, false);
}

/* Two peers that take turns could fill the buffer for ever. */
SERVES(when_a_peer_leaves_with_what_it_held_and_another_has_filled_the_buffer_new_ones_are_refused)
{
    one_ends(SCTP_COMM_LOST);
    assert_true(is_refused_at(17499, SCTP_COMM_UP));
}

SERVES(when_a_peer_restarts_and_another_has_filled_the_buffer_new_ones_are_refused)
{
    one_ends(SCTP_RESTART);
    assert_true(is_refused_at(17499, SCTP_COMM_UP));
}

SERVES(when_a_peer_leaves_with_less_than_the_buffer_new_ones_are_not_refused)
{
    three_share_the_buffer();
    hold(400, 400, 300);
    assert_aborted(10000, false, false, false);
    batch(NULL);
    change(1, SCTP_COMM_LOST);
    run();
    hold(0, 0, 1100);
    assert_aborted(12500, false, false, false);
    assert_false(is_refused_at(12500, SCTP_COMM_UP));
}

SERVES(a_peer_that_leaves_when_as_much_was_delivered_is_no_reason_to_refuse)
{
    three_share_the_buffer();
    hold(1100, 100, 0);
    assert_aborted(10000, false, false, false);
    association(1)->delivered = 1100;
    batch(NULL);
    change(1, SCTP_COMM_LOST);
    run();
    hold(0, 1100, 0);
    assert_aborted(12500, false, false, false);
    assert_false(is_refused_at(12500, SCTP_COMM_UP));
}

/* Nobody has returned. */
SERVES(an_abort_while_new_ones_are_refused_does_not_double_the_time)
{
    three_share_the_buffer();
    hold(1100, 100, 0);
    one_is_aborted_at(12500);
    hold(0, 1100, 0);
    assert_aborted(12600, true, false, false);
    assert_aborted(14000, true, true, false);
    assert_int_equal(srv.undelivered.refuse_until, 19000);
}

SERVES(after_an_abort_the_next_peer_that_fills_the_buffer_is_aborted_sooner)
{
    three_share_the_buffer();
    hold(1100, 100, 0);
    one_is_aborted_at(12500);
    hold(100, 1100, 0);
    assert_aborted(12600, true, false, false);
    assert_aborted(13849, true, false, false);
    assert_aborted(14349, true, true, false);
}

SERVES(they_are_refused_for_longer_when_peers_fill_the_buffer_again_soon)
{
    static const int64_t refused[] = {5000, 10000, 20000, 40000, 60000, 60000};
    int64_t now = 12500;

    three_share_the_buffer();
    hold(1100, 100, 0);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        one_is_aborted_at(now);
        now += refused[i];
        assert_int_equal(srv.undelivered.refuse_until, now);
        now += 9999;
    }
}

SERVES(data_that_can_be_delivered_does_not_count)
{
    three_share_the_buffer();
    hold(900, 300, 0);
    os.unreadable = false;
    assert_aborted(10000, false, false, false);
    os.unreadable = true;
    assert_aborted(12500, false, false, false);
    os.unreadable = false;
    assert_aborted(15000, false, false, false);
    os.unreadable = true;
    assert_aborted(15500, true, false, false);
}

SERVES(an_association_that_ends_is_not_aborted_for_its_data)
{
    struct unp_fragment half = {.data = (unsigned char[]){"half"}, .len = 4};
    struct unp_message msg;

    three_share_the_buffer();
    hold(600, 600, 0);
    assert_aborted(10000, false, false, false);
    association(1)->close_reason = "before";
    assert_int_equal(unp_reassemble(&association(2)->in, &half, 100, &msg), 0);
    assert_aborted(12500, false, true, false);
    assert_int_equal(association(2)->in.allocated, 0);
    hold(2000, 0, 0);
    assert_aborted(12600, false, true, false);
    assert_aborted(15100, false, true, false);
}

static void a_second_passes(void)
{
    os.now += 1000;
}

/* Each wait of the server ends with a batch: after one without, it would check in any case. */
SERVES(a_peer_that_connects_again_and_again_does_not_delay_the_check)
{
    three_share_the_buffer();
    hold(900, 300, 0);
    for (sctp_assoc_t id = 4; id < 8; id++) {
        batch(a_second_passes);
        change(id, SCTP_COMM_UP);
        batch(a_second_passes);
        change(id, SCTP_COMM_LOST);
    }
    run();
    assert_int_equal(os.aborted[1] != 0, true);
    assert_int_equal(os.aborted[2], 0);
}

int main(void)
{
    tzset(); /* which keeps memory */
    return run_all_tests(NULL, NULL);
}
