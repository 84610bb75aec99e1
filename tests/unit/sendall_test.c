/* SCTP_SENDALL on a model of the kernel, and when it is not used: lib/server/sendall.c. */
#include "model_kernel.h"
#include "receive/receive.h"

static unsigned char text[SNDBUF];

/* Sends `len` bytes to all on this stream. */
static int send_to(uint16_t stream, size_t len)
{
    const struct unp_message msg = {.data = text, .len = len};
    const struct sctp_sndinfo snd = {
        .snd_sid = stream, .snd_flags = SCTP_UNORDERED, .snd_ppid = htonl(42), .snd_assoc_id = 99};

    return unp_sender_sendall(out, &table, &msg, &snd);
}

static void several_up(int n)
{
    for (int i = 0; i < n; i++)
        up(i);
}

APART(each_association_gets_the_message_and_is_charged_for_it)
{
    several_up(3);
    assert_int_equal(send_to(3, 1000), 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(kernel.sides[i].taken[3], 1);
        assert_int_equal(kernel.sides[i].a->out.unacked, COST_OF_1000);
    }
    assert_int_equal(kernel.sendalls, 1);
    assert_int_equal(kernel.last.snd_flags, SCTP_UNORDERED | SCTP_SENDALL | SCTP_SACK_IMMEDIATELY);
    assert_int_equal(kernel.last.snd_sid, 3);
    assert_int_equal(ntohl(kernel.last.snd_ppid), 42);
    assert_int_equal(kernel.last.snd_assoc_id, 0);
}

APART_AND_SHARED(sendall_is_used_again_when_all_is_acknowledged)
{
    several_up(3);
    assert_int_equal(send_to(0, 1000), 1);
    assert_int_equal(send_to(0, 1000), 0);
    turn(1);
    assert_int_equal(send_to(0, 1000), 1);
}

/* Nothing is sent, and nothing is charged. */
static void assert_not_used(size_t len)
{
    size_t before = kernel.sides[0].a->out.unacked;

    assert_int_equal(send_to(3, len), 0);
    assert_int_equal(kernel.sendalls, 0);
    assert_int_equal(kernel.sides[0].a->out.unacked, before);
}

APART(an_association_that_is_not_idle_prevents_sendall)
{
    several_up(3);
    kernel.sides[1].a->close_reason = "enough";
    assert_not_used(10);
    kernel.sides[1].a->close_reason = NULL;
    kernel.sides[1].a->out.state = SENDQ_BLOCKED_ON_PEER;
    assert_not_used(10);
    kernel.sides[1].a->out.state = SENDQ_OPEN;
    for (int i = 0; i < 2; i++) {
        kernel.apart = i; /* the stack is asked about all at once, or about each */
        kernel.sides[1].a->out.unacked = kernel.sides[1].charged = 1;
        assert_not_used(10);
        kernel.sides[1].charged = 0;
    }
    kernel.sides[1].a->out.queued = 1;
    assert_not_used(10);
    kernel.sides[1].a->out.queued = 0;
    assert_int_equal(send_to(3, 10), 1);
}

APART(each_association_must_have_the_stream)
{
    several_up(3);
    kernel.sides[1].a->ostreams = 3; /* 0 to 2 */
    assert_not_used(10);
    kernel.sides[1].a->ostreams = 4;
    assert_int_equal(send_to(3, 10), 1);
}

APART(an_association_that_is_not_known_yet_prevents_sendall)
{
    several_up(3);
    kernel.unannounced = 1;
    assert_not_used(10);
    kernel.unannounced = 0;
    assert_int_equal(send_to(3, 10), 1);
}

/* A newcomer that is not known yet can make up for it in the stack's count. */
APART(a_socket_of_its_own_prevents_sendall_which_does_not_reach_it)
{
    struct unp_association *a;

    several_up(3);
    a = kernel.sides[1].a;
    a->own = OWN;
    a->out.unacked = 500;
    assert_not_used(10);
    assert_int_equal(a->out.unacked, 500); /* the shared socket does not tell */
    a->own = 0;
    assert_int_equal(send_to(3, 10), 1);
}

APART(sendall_does_not_overtake_messages_in_the_batch)
{
    several_up(3);
    give(&kernel.sides[1], 0, 100, true);
    assert_not_used(10);
    assert_int_equal(missing(&kernel.sides[1]), 0);
}

/* Each acknowledgement uses 2048 bytes of the receive buffer. */
APART(acknowledgements_must_fit_in_the_receive_buffer)
{
    several_up(RCVBUF / 2048);
    assert_int_equal(send_to(3, 10), 1);
    kernel.sendalls = 0;
    turn(1);
    up(39);
    assert_not_used(10);
}

APART(a_burst_is_no_longer_than_the_backlog_allows)
{
    unp_sender_free(out);
    kernel.backlog = 5;
    out = unp_sender_new(FD, MAX_QUEUE);
    assert_non_null(out);
    several_up(5);
    assert_int_equal(send_to(3, 10), 1);
    kernel.sendalls = 0;
    turn(1);
    up(5);
    assert_not_used(10);
}

/* The estimate of a message is twice its length and 1536 bytes. */
APART(one_copy_may_use_half_of_each_send_buffer)
{
    several_up(3);
    assert_not_used((SNDBUF / 2 - 1536) / 2 + 1);
    assert_int_equal(send_to(3, (SNDBUF / 2 - 1536) / 2), 1);
}

SHARED(all_copies_may_use_half_of_a_shared_send_buffer)
{
    several_up(4);
    assert_not_used((SNDBUF / 8 - 1536) / 2 + 1);
    assert_int_equal(send_to(3, (SNDBUF / 8 - 1536) / 2), 1);
}

APART(an_interrupted_call_is_repeated)
{
    several_up(2);
    kernel.sendall_fault = EINTR;
    assert_int_equal(send_to(3, 1000), 1);
    assert_int_equal(kernel.sendalls, 2);
    assert_int_equal(kernel.sides[0].taken[3], 1);
    assert_int_equal(kernel.sides[0].a->out.unacked, COST_OF_1000);
}

/* Any of the associations may have been sent the message. */
APART(after_a_failed_call_all_are_charged)
{
    several_up(2);
    kernel.sendall_fault = EAGAIN;
    assert_fails(send_to(3, 1000), EAGAIN);
    assert_int_equal(kernel.sendalls, 1);
    assert_int_equal(kernel.sides[0].a->out.unacked, COST_OF_1000);
    assert_int_equal(kernel.sides[1].a->out.unacked, COST_OF_1000);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
