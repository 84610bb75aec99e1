/*
 * Messages that are sent in batches, and what the kernel does not take: lib/server/batch.c.
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

APART(a_message_for_an_association_with_a_socket_of_its_own_is_sent_there)
{
    struct side *s[5];

    for (int i = 0; i < 5; i++) {
        s[i] = up(i);
        s[i]->a->own = i == 1 || i == 2 ? OWN : 0; /* in reality, a socket of its own has one */
        give(s[i], 0, 100, true);
    }
    flush();
    assert_int_equal(kernel.calls, 3);
    assert_int_equal(kernel.wrong, 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(missing(s[i]), 0);
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

APART(stream_ppid_and_flags_are_sent_with_a_message_and_kept_in_the_send_queue)
{
    struct side *s = up(0);
    struct label label = {s->tag, 3, 0};
    const struct sctp_sndinfo snd = {.snd_sid = 3,
                                     .snd_flags = SCTP_UNORDERED,
                                     .snd_ppid = htonl(42),
                                     .snd_context = 7,
                                     .snd_assoc_id = s->a->id};
    const struct unp_message msg = {.data = (unsigned char *)&label, .len = sizeof(label)};

    for (; label.number < 2; label.number++) {
        struct label original = label;

        if (label.number)
            hold(s);
        s->sent[3]++;
        unp_sender_send(out, s->a, &msg, &snd);
        if (label.number)
            label.tag = 0; /* the queue has a copy */
        assert_gets_all(s, 1000);
        label = original;
        kernel.last.snd_flags &= (uint16_t)~SCTP_SACK_IMMEDIATELY; /* the sender's decision */
        assert_memory_equal(&kernel.last, &snd, sizeof(snd));
    }
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
    for (unsigned i = 0; i < 3; i++) { /* 0: no entry; 1: no copy; 2: owned data */
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
    assert_int_equal(kernel.calls, 2); /* with MSG_MORE, and without */
    assert_int_equal(s->may_wait, 4);
    assert_int_equal(t->may_wait, 0);
    assert_false(s->waits || t->waits);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
