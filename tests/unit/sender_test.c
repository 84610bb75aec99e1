/*
 * The sending side of a server, on a model of the kernel: lib/server/sender.c.
 * See also sender_sctp_test.c (real stacks), sender_shared_test.c (a send buffer that all
 * associations share), sender_over_test.c (associations that end, the order of retries),
 * sender_relay_test.c (relayed messages) and sender_memory_test.c (the limit of memory).
 */
#include "model_kernel.h"
#include "receive/receive.h"

#include <sys/queue.h>

/* ---- the batch ------------------------------------------------------------ */

APART(messages_for_several_associations_are_sent_in_one_call)
{
    struct side *s[10];

    for (int i = 0; i < 10; i++) {
        s[i] = up(i);
        give(s[i], 0, 100, i & 1);
    }
    flush();
    assert_int_equal(kernel.calls, 1);
    for (int i = 0; i < 10; i++)
        assert_int_equal(missing(s[i]), 0);
}

/* One for the messages with MSG_MORE, one for the last message of each association. */
APART(several_messages_for_an_association_are_sent_in_two_calls)
{
    struct side *s = up(0), *t = up(1);

    for (int i = 0; i < 10; i++) {
        give(s, (uint16_t)(i % STREAMS), 100, i & 1);
        give(t, (uint16_t)(i % STREAMS), 100, i & 1);
    }
    assert_int_equal(missing(s) + missing(t), 20);
    flush();
    assert_int_equal(missing(s) + missing(t), 0);
    assert_false(s->waits || t->waits);
    assert_int_equal(kernel.calls, 2);
}

APART(a_flush_of_an_empty_batch_makes_no_call)
{
    up(0);
    flush();
    assert_false(unp_sender_retry(out));
    assert_int_equal(kernel.calls, 0);
}

APART(a_full_batch_is_flushed)
{
    struct side *s[10];

    for (int i = 0; i < 10; i++)
        s[i] = up(i);
    for (int i = 0; i < 500; i++)
        give(s[i % 10], 0, 20, i & 1);
    assert_true(kernel.calls >= 5 && kernel.calls <= 50);
    flush();
    for (int i = 0; i < 10; i++)
        assert_int_equal(missing(s[i]), 0);
}

APART(stream_ppid_and_flags_are_sent_with_a_message)
{
    struct side *s = up(0);
    struct label label = {s->tag, 3, 0};
    const struct sctp_sndinfo snd = {.snd_sid = 3,
                                     .snd_flags = SCTP_UNORDERED,
                                     .snd_ppid = htonl(42),
                                     .snd_context = 7,
                                     .snd_assoc_id = s->a->id};
    const struct unp_message msg = {.data = (unsigned char *)&label, .len = sizeof(label)};

    s->sent[3]++;
    unp_sender_send(out, s->a, &msg, &snd);
    flush();
    assert_int_equal(missing(s), 0);
    assert_memory_equal(&kernel.last, &snd, sizeof(snd));
}

APART(stream_ppid_and_flags_are_kept_in_the_send_queue)
{
    struct side *s = up(0);
    struct sctp_sndinfo snd = {.snd_sid = 3,
                               .snd_flags = SCTP_UNORDERED,
                               .snd_ppid = htonl(42),
                               .snd_context = 7,
                               .snd_assoc_id = s->a->id};
    struct label label = {s->tag, 3, 0};
    const struct unp_message msg = {.data = (unsigned char *)&label, .len = sizeof(label)};

    hold(s);
    s->sent[3]++;
    unp_sender_send(out, s->a, &msg, &snd);
    label.tag = 0;
    assert_gets_all(s, 1000);
    kernel.last.snd_flags &=
        (uint16_t)~SCTP_SACK_IMMEDIATELY; /* the sender decides about this flag */
    assert_memory_equal(&kernel.last, &snd, sizeof(snd));
}

/* The sender-dry notification may be unread when the next message is sent. */
APART(where_messages_are_relayed_the_stack_is_asked_before_one_is_queued)
{
    struct side *s = up(0);

    unp_sender_relay(out);
    s->a->out.unacked = unp_sender_weight(100000);
    give(s, 0, 1000, true);
    flush();
    assert_int_equal(missing(s), 0);
    assert_int_equal(s->a->out.unacked, COST_OF_1000);
}

APART(a_message_that_cannot_be_queued_for_want_of_memory_ends_its_association)
{
    if (!CAN_FAIL)
        skip();
    for (unsigned i = 0; i < 3; i++) { /* the entry, and the copy; or owned data */
        struct side *s = up(0);

        s->a->out.state = SENDQ_BLOCKED_ON_PEER;
        give_with(s, 0, 1000, i == 2, i == 1 ? 2 : 1);
        assert_string_equal(s->reason, "out of memory");
        assert_int_equal(s->a->out.queued, 0);
        over(s);
    }
}

APART(a_message_that_cannot_be_put_back_for_want_of_memory_ends_its_association)
{
    struct side *s = up(0);

    if (!CAN_FAIL)
        skip();
    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(s, 0, 1000, false);
    give(s, 0, 1000, true);
    fail_in = 2; /* the last message goes back first */
    flush();
    assert_string_equal(s->reason, "out of memory");
}

APART(freeing_a_sender_frees_its_unflushed_messages)
{
    struct unp_sender *other = unp_sender_new(FD, MAX_QUEUE);
    struct unp_association a = {.id = 1};
    const struct sctp_sndinfo snd = {.snd_assoc_id = 1};

    assert_non_null(other);
    TAILQ_INIT(&a.out.queue);
    for (int i = 0; i < 20; i++) {
        unsigned char *data = malloc(10);
        const struct unp_message msg = {.data = data, .len = 10, .owned = data};

        assert_non_null(data);
        unp_sender_send(other, &a, &msg, &snd);
    }
    unp_sender_free(other); /* a leak checker detects what is left */
}

/* ---- no room in the kernel, and send errors -------------------------------- */

APART_AND_SHARED(a_message_without_room_is_sent_later_and_in_order)
{
    static const int errors[] = {EAGAIN, ENOBUFS, ENOMEM};

    for (size_t e = 0; e < COUNT(errors); e++) {
        for (unsigned at = 1; at <= 15; at++) {
            struct side *s = up(0);

            kernel.fault = errors[e];
            kernel.fault_in = at;
            for (int i = 0; i < 15; i++)
                give(s, (uint16_t)(i % 2), 100, i % 3);
            flush();
            assert_int_equal(missing(s), 16 - at); /* none overtakes it */
            give(s, 0, 100, true);
            flush();
            assert_int_equal(missing(s), 17 - at);
            assert_gets_all(s, 100);
            over(s);
        }
    }
}

APART_AND_SHARED(other_messages_in_the_batch_do_not_wait_for_one_without_room)
{
    struct side *s = up(0), *t = up(1);

    kernel.fault = EAGAIN;
    kernel.fault_in = 3; /* the second of s */
    for (int i = 0; i < 10; i++) {
        give(s, 0, 100, i & 1);
        give(t, 0, 100, i & 1);
    }
    flush();
    assert_int_equal(missing(s), 9);
    assert_int_equal(missing(t), 0);
    assert_gets_all(s, 100);
}

APART(an_interrupted_call_is_repeated)
{
    struct side *s = up(0);

    kernel.fault = EINTR;
    for (unsigned at = 1; at <= 5; at++) {
        kernel.fault_in = at;
        for (int i = 0; i < 5; i++)
            give(s, 0, 100, i & 1);
        flush();
        assert_int_equal(missing(s), 0);
    }
}

APART(a_message_larger_than_the_send_buffer_ends_its_association)
{
    struct side *s = up(0), *t = up(1);

    give(t, 0, 100, true);
    give(s, 0, 100, true);
    give(s, 0, SNDBUF + 1, true);
    give(s, 0, 100, true);
    give(t, 0, 100, true);
    turn(1);
    assert_int_equal(missing(t), 0);
    assert_false(s->alive);
    assert_string_equal(s->reason, "the message is larger than the send buffer");
    assert_int_equal(s->taken[0], 1); /* none after it */
}

APART_AND_SHARED(a_message_as_large_as_the_send_buffer_is_sent)
{
    struct side *s = up(0);

    give(s, 0, SNDBUF, true);
    give(s, 0, SNDBUF, false);
    flush();
    assert_gets_all(s, 1000);
}

APART(a_message_that_cannot_be_sent_at_all_ends_its_association)
{
    struct side *s = up(0), *t = up(1);
    const struct sctp_sndinfo bad = {.snd_assoc_id = s->a->id, .snd_sid = STREAMS};
    const struct unp_message msg = {.data = (unsigned char *)(uintptr_t) "x", .len = 1};

    give(s, 0, 100, true);
    unp_sender_send(out, s->a, &msg, &bad);
    give(s, 0, 100, true);
    give(t, 0, 100, true);
    flush();
    assert_int_equal(missing(t), 0);
    assert_int_equal(s->taken[0], 1);
    assert_false(s->alive);
    assert_string_equal(s->reason, "the message cannot be sent");
    assert_string_equal(s->a->close_reason, s->reason);
}

APART(messages_for_an_association_that_is_gone_are_dropped_without_harm)
{
    struct side *s = up(0), *t = up(1);

    s->alive = false; /* its notification has not been read yet */
    for (int i = 0; i < 100; i++) {
        give(s, 0, 1000, i & 1);
        give(t, 0, 20, i & 1);
    }
    assert_gets_all(t, 100);
    assert_null(s->a->close_reason);
}

APART(a_closed_association_is_not_retried)
{
    struct side *s = up(0);

    s->alive = false;
    for (int i = 0; i < 5; i++)
        give(s, 0, 1000, i & 1);
    unp_sender_flush(out);
    assert_int_equal(kernel.calls, 1);
    for (int i = 0; i < 5; i++)
        give(s, 0, 1000, i & 1);
    unp_sender_flush(out);
    assert_int_equal(kernel.calls, 1);
    assert_int_equal(s->a->out.queued, 0);
}

/* ---- a peer that does not read ---------------------------------------------- */

APART(an_association_that_acknowledges_nothing_is_blocked)
{
    struct side *s = up(0);

    s->stuck = true;
    hold(s);
    assert_true(s->charged <= SNDBUF / 2);
    assert_true(missing(s) > 0);
    for (int i = 0; i < 100; i++)
        give(s, 0, 1000, i & 1);
    flush();
    assert_int_equal(s->a->out.state, SENDQ_BLOCKED_ON_PEER);
    assert_true(s->charged <= SNDBUF / 2);
    assert_null(s->a->close_reason);
}

APART_AND_SHARED(a_blocked_association_goes_on_in_order_when_all_is_acknowledged)
{
    struct side *s = up(0);

    s->stuck = true;
    hold(s);
    for (int i = 0; i < 500; i++)
        give(s, (uint16_t)(i % STREAMS), 1000, i & 1);
    flush();
    for (int i = 0; i < 10; i++)
        turn(100);
    assert_true(missing(s) > 400);
    s->stuck = false;
    assert_gets_all(s, 2000);
    turn(20);
    assert_int_equal(s->a->out.state, SENDQ_OPEN);
    assert_int_equal(s->a->out.queued, 0);
}

APART_AND_SHARED(other_associations_go_on_while_one_is_blocked)
{
    struct side *s = up(0), *t = up(1);

    s->stuck = true;
    hold(s);
    for (int i = 0; i < 500; i++) {
        give(s, 0, 1000, i & 1);
        give(t, 0, 1000, i & 1);
        turn(1);
        assert_int_equal(missing(t), 0);
    }
}

APART_AND_SHARED(the_send_queue_of_an_association_is_bounded)
{
    struct side *s = up(0), *t = up(1);
    int given = 0;

    s->stuck = true;
    for (; given < 10000 && !s->a->close_reason; given++) {
        give(s, 0, 1000, given & 1);
        give(t, 0, 20, true);
        turn(0);
        if (!s->a)
            break;
    }
    assert_in_range(given, MAX_QUEUE / 1200, MAX_QUEUE / 1000 + 300);
    assert_false(s->alive);
    assert_string_equal(s->reason, "too many messages are waiting: the peer does not read them");
    assert_int_equal(missing(t), 0);
}

APART(an_aborted_association_frees_its_queue_and_is_sent_nothing_more)
{
    struct side *s = up(0);
    uint32_t taken;

    s->stuck = true;
    hold(s);
    taken = s->taken[0];
    unp_sender_abort(out, s->a, "because");
    assert_string_equal(s->reason, "because");
    assert_string_equal(s->a->close_reason, "because");
    assert_int_equal(s->a->out.queued, 0);
    assert_true(TAILQ_EMPTY(&s->a->out.queue));
    give(s, 0, 100, true);
    give(s, 0, 100, false);
    flush();
    assert_false(unp_sender_retry(out));
    assert_int_equal(s->taken[0], taken);
}

APART(an_association_that_is_shutting_down_is_sent_nothing_more)
{
    struct side *s = up(0);

    give(s, 0, 100, true);
    flush();
    s->a->close_reason = "the server is leaving"; /* it is being shut down */
    give(s, 0, 100, true);
    give(s, 0, 100, false);
    flush();
    assert_int_equal(s->taken[0], 1);
    assert_true(s->alive);
}

APART_AND_SHARED(a_slow_reader_is_neither_aborted_nor_blocked_for_ever)
{
    struct side *s = up(0);

    for (int i = 0; i < 5000; i++) {
        give(s, (uint16_t)(i % STREAMS), 1000, i & 1);
        s->stuck = i % 5 != 0;
        turn(10);
        assert_non_null(s->a);
    }
    s->stuck = false;
    assert_gets_all(s, 10000);
}

APART(a_sender_dry_event_does_not_count_unflushed_messages)
{
    struct side *s = up(0);

    for (int i = 0; i < 10; i++)
        give(s, 0, 1000, i & 1);
    unp_sender_dry(out, s->a); /* does not concern messages in the batch */
    assert_int_equal(s->a->out.unacked, 10 * COST_OF_1000);
    kernel.fault = EAGAIN;
    kernel.fault_in = 5;
    flush();
    assert_int_equal(s->a->out.unacked, 4 * COST_OF_1000);
    assert_gets_all(s, 1000);
}

/* evict.c uses this time. */
APART(a_sent_message_or_an_acknowledgement_ends_the_silence)
{
    struct side *s = up(0);

    s->a->out.stalled_since = kernel.now;
    give(s, 0, 100, true);
    assert_int_equal(s->a->out.stalled_since, kernel.now);
    flush();
    assert_int_equal(s->a->out.stalled_since, 0);
    s->a->out.stalled_since = kernel.now;
    unp_sender_dry(out, s->a);
    assert_int_equal(s->a->out.stalled_since, 0);
}

/* The previous batch was larger: its stale entries must not be dropped a second time. */
APART(the_messages_of_a_closed_association_are_dropped_once)
{
    struct side *s = up(0);

    for (int i = 0; i < 3; i++)
        give(s, 0, 1000, true);
    flush();
    s->alive = false;
    give(s, 0, 1000, true);
    flush();
    assert_int_equal(s->taken[0], 3);
    assert_int_equal(s->a->out.unacked, 3 * COST_OF_1000);
}

APART(a_closed_association_drops_its_send_queue)
{
    struct side *s = up(0);

    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    for (int i = 0; i < 3; i++)
        give(s, 0, SNDBUF / 2, true);
    flush();
    assert_true(s->a->out.queued > SNDBUF);
    s->alive = false;
    unp_sender_retry(out);
    assert_int_equal(s->a->out.queued, 0);
    assert_null(s->a->close_reason);
}

/* Linux returns the errno of an association's end once; the notification follows. */
APART(a_message_that_meets_the_end_of_its_association_is_dropped)
{
    struct side *s = up(0), *t = up(1);

    kernel.fault = ECONNRESET;
    kernel.fault_in = 1;
    give(s, 0, 1000, true);
    give(t, 0, 1000, true);
    flush();
    assert_int_equal(s->taken[0], 0);
    assert_int_equal(s->a->out.unacked, 0);
    assert_int_equal(s->a->out.queued, 0);
    assert_null(s->a->close_reason);
    assert_int_equal(missing(t), 0);
}

/* load.c uses this time. */
APART(the_time_since_when_an_association_is_blocked_on_the_peer_is_kept)
{
    struct side *s = up(0);
    int64_t began;

    s->stuck = true;
    hold(s); /* the last message waits */
    began = kernel.now;
    assert_int_equal(s->a->out.waiting_since, began);
    kernel.now += 100;
    give(s, 0, 1000, true);
    assert_int_equal(s->a->out.waiting_since, began);
}

APART(the_time_since_when_an_association_is_blocked_on_the_buffer_is_kept)
{
    struct side *s = up(0), *t = up(1);

    kernel.fault = EAGAIN;
    kernel.fault_in = 1;
    give(t, 0, 1000, true);
    flush();
    assert_int_equal(t->a->out.waiting_since, kernel.now);
    kernel.fault_in = 2; /* t goes first */
    unp_sender_retry(out);
    kernel.fault_in = 1;
    give(s, 0, 1000, true);
    give(s, 0, 1000, true);
    kernel.now += 100;
    flush(); /* both return to the send queue */
    assert_int_equal(s->a->out.waiting_since, kernel.now);
    kernel.now += 100;
    kernel.fault_in = 1;
    unp_sender_retry(out); /* the first is put back before the second */
    assert_int_equal(missing(s), 2);
    assert_int_equal(s->a->out.waiting_since, kernel.now);
    kernel.now += 100;
    give(s, 0, 1000, true);
    assert_int_equal(s->a->out.waiting_since, kernel.now - 100);
}

APART(the_time_since_when_an_association_is_far_behind_is_kept_until_its_queue_is_empty)
{
    struct side *s = up(0);
    int64_t began;

    s->stuck = true;
    while (s->a->out.queued <= MAX_QUEUE / 2) {
        assert_int_equal(s->a->out.behind_since, 0);
        give(s, 0, 1000, true);
    }
    began = kernel.now;
    assert_int_equal(s->a->out.behind_since, began);
    kernel.now += 100;
    give(s, 0, 1000, true);
    assert_int_equal(s->a->out.behind_since, began);
    s->stuck = false;
    turn(1);
    assert_true(s->a->out.queued > 0 && s->a->out.queued < MAX_QUEUE / 2);
    assert_int_equal(s->a->out.behind_since, began);
    assert_gets_all(s, 10000);
    assert_int_equal(s->a->out.behind_since, 0);
}

APART(a_message_that_cannot_be_sent_blocks_nothing)
{
    struct side *s = up(0);

    unp_sender_relay(out);
    give(s, 1, SNDBUF + 1, true);
    flush();
    assert_int_equal(s->a->out.lost, 1);
    assert_int_equal(s->a->out.unacked, 0);
}

/* ---- the I bit ------------------------------------------------------------------ */

/* Sends messages of 1000 bytes one by one until one has the I bit; returns how many had not. */
static int sent_before_the_i_bit(struct side *s)
{
    int n = 0;

    s->stuck = true;
    for (; s->a->out.state == SENDQ_OPEN; n++) {
        give(s, 0, 1000, true);
        flush();
        if (kernel.last.snd_flags & SCTP_SACK_IMMEDIATELY)
            break;
    }
    return n;
}

APART(beyond_half_the_bound_messages_have_the_i_bit)
{
    struct side *s = up(0);
    int n = sent_before_the_i_bit(s);

    assert_int_equal(n, SNDBUF / 2 / 2 / COST_OF_1000);
    for (; s->a->out.state == SENDQ_OPEN; n++) {
        assert_true(kernel.last.snd_flags & SCTP_SACK_IMMEDIATELY);
        give(s, 0, 1000, true);
        flush();
    }
    assert_int_equal(n, SNDBUF / 2 / COST_OF_1000);
    s->stuck = false;
    assert_gets_all(s, 1000);
    turn(20);
    give(s, 0, 1000, true); /* nothing is unacknowledged */
    flush();
    assert_false(kernel.last.snd_flags & SCTP_SACK_IMMEDIATELY);
}

APART(at_half_the_bound_messages_have_no_i_bit)
{
    struct side *s = up(0);

    s->stuck = true;
    give(s, 0, 32000, true);
    flush();
    assert_int_equal(s->a->out.unacked, SNDBUF / 2 / 2);
    assert_int_equal(kernel.last.snd_flags, 0);
    give(s, 0, 12, true);
    flush();
    assert_int_equal(kernel.last.snd_flags, SCTP_SACK_IMMEDIATELY);
}

/* Nothing is in flight, but the message blocks the association until it is acknowledged. */
APART(a_message_larger_than_half_the_bound_has_the_i_bit)
{
    struct side *s = up(0);

    give(s, 0, 32001, true);
    flush();
    assert_int_equal(kernel.last.snd_flags, SCTP_SACK_IMMEDIATELY);
}

APART(queued_messages_have_the_i_bit_at_the_bound)
{
    struct side *s = up(0);

    s->stuck = true;
    hold(s);
    for (int i = 0; i < 100; i++)
        give(s, 0, 1000, true);
    s->stuck = false;
    acknowledge(s);
    s->stuck = true;
    obey();
    assert_int_equal(s->a->out.state, SENDQ_BLOCKED_ON_PEER); /* at the bound once more */
    assert_true(kernel.last.snd_flags & SCTP_SACK_IMMEDIATELY);
}

APART(all_but_the_last_message_for_an_association_may_wait_for_more)
{
    struct side *s = up(0), *t = up(1);

    for (int i = 0; i < 5; i++)
        give(s, 0, 100, true);
    give(t, 0, 100, true);
    flush();
    assert_int_equal(s->may_wait, 4);
    assert_int_equal(t->may_wait, 0);
    assert_false(s->waits || t->waits);
}

/* ---- random faults ----------------------------------------------------------- */

APART_AND_SHARED(no_message_is_lost_duplicated_or_reordered_under_random_faults)
{
    static const char *const reasons[] = {
        "too many messages are waiting: the peer does not read them",
        "the peer has stopped reading and holds the send buffer that all clients share"};

    for (uint32_t seed = 1; seed <= 25; seed++) {
        kernel.random = seed;
        kernel.fault_rate = any(3) * 5;
        for (int i = 0; i < SIDES; i++)
            if (!kernel.sides[i].a)
                up(i);
        for (int step = 0; step < 4000; step++) {
            struct side *s = &kernel.sides[any(SIDES)];

            switch (any(20)) {
            case 0:
                s->stuck = !s->stuck;
                break;
            case 1:
                if (any(20) == 0 && s->a)
                    over(s);
                else if (!s->a)
                    up((int)(s - kernel.sides));
                break;
            case 2:
                flush();
                break;
            case 3:
            case 4:
                turn(any(60));
                break;
            case 5:
                for (int i = 0; i < SIDES; i++)
                    if (any(2))
                        acknowledge(&kernel.sides[i]);
                break;
            default:
                for (uint32_t n = any(8); n-- && s->a && s->alive && !s->a->close_reason;)
                    give(s, (uint16_t)any(STREAMS),
                         sizeof(struct label) + (any(4) ? any(2000) : any(30000)), any(2));
            }
        }
        kernel.fault_rate = 0;
        for (int i = 0; i < SIDES; i++)
            kernel.sides[i].stuck = false;
        for (int i = 0; i < 2000; i++)
            turn(20);
        for (int i = 0; i < SIDES; i++) {
            const struct side *s = &kernel.sides[i];

            if (s->a)
                assert_int_equal(missing(s), 0);
            else if (s->reason[0])
                assert_true(strcmp(s->reason, reasons[0]) == 0 ||
                            (kernel.shared && strcmp(s->reason, reasons[1]) == 0));
        }
        assert_int_equal(kernel.wrong, 0);
    }
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
