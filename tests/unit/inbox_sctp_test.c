/* Receiving in batches, and reassembly: lib/receive/inbox.c, reassembly.c. */
#include "receive/inside.h"
#include "unit_sctp.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

enum { FRAGMENTS = 8, SIZE = 4096 };

/* A socket that receives, one that sends to it, and the association's id at each. */
static struct {
    int to, from;
    sctp_assoc_t id_to, id_from;
    struct sockaddr_storage at_to, at_from;
    struct unp_inbox *in;
} pair;

static sctp_assoc_t id_of(struct sockaddr_storage *peer)
{
    return sctp_address_to_associd(pair.to, sockaddr_of(peer), unp_sock_len(sockaddr_of(peer)));
}

/* A sender with an association to the receiver. */
static int another(sctp_assoc_t *id, struct sockaddr_storage *at)
{
    const int size = 4 << 20;
    int fd = open_endpoint("127.0.0.1", 10, 10, at);

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)), 0);
    *id = associate(fd, &pair.at_to);
    return fd;
}

static int open_pair(void **state)
{
    memset(&pair, 0, sizeof(pair));
    pair.to = open_endpoint("127.0.0.1", 10, 10, &pair.at_to);
    pair.from = another(&pair.id_from, &pair.at_from);
    pair.id_to = id_of(&pair.at_from);
    pair.in = unp_inbox_new(FRAGMENTS, SIZE);
    return pair.in && pair.id_to > 0 ? 0 : -1;
}

static int close_pair(void **state)
{
    unp_inbox_free(pair.in);
    close(pair.to);
    close(pair.from);
    return 0;
}

static void send_with(uint16_t stream, const void *data, size_t len, uint16_t flags, uint32_t ppid)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = pair.id_from,
                                     .snd_sid = stream,
                                     .snd_flags = flags | SCTP_SACK_IMMEDIATELY,
                                     .snd_ppid = htonl(ppid)};

    assert_int_equal(unp_send_info(pair.from, data, len, &snd, NULL, 0), len);
}

static void say(uint16_t stream, const char *text)
{
    send_with(stream, text, strlen(text), 0, 0);
}

/* Waits until all messages have arrived. */
static void await_arrival(void)
{
    union sctp_notification n;

    assert_int_equal(unp_subscribe(pair.from, pair.id_from, SCTP_SENDER_DRY_EVENT, true), 0);
    assert_true(recv(pair.from, &n, sizeof(n), 0) > 0);
    assert_int_equal(n.sn_header.sn_type, SCTP_SENDER_DRY_EVENT);
    assert_int_equal(unp_subscribe(pair.from, pair.id_from, SCTP_SENDER_DRY_EVENT, false), 0);
    while (recv(pair.from, &n, sizeof(n), MSG_DONTWAIT) > 0)
        ;
}

static int take(void)
{
    return unp_inbox_recv(pair.in, pair.to, 0);
}

static void assert_fragment(int i, const char *text, uint16_t stream)
{
    const struct unp_fragment *fragment = unp_inbox_fragment(pair.in, i);

    assert_int_equal(fragment->len, strlen(text));
    assert_memory_equal(fragment->data, text, fragment->len);
    assert_int_equal(fragment->rcv.rcv_sid, stream);
    assert_int_equal(fragment->rcv.rcv_assoc_id, pair.id_to);
    assert_true(fragment->flags & MSG_EOR);
    assert_false(fragment->flags & MSG_NOTIFICATION);
}

/* ---- batches ---------------------------------------------------------------- */

UNIT_TEST(one_receive_takes_all_available_messages)
{
    say(1, "one");
    say(2, "two");
    say(3, "three");
    await_arrival();
    assert_int_equal(take(), 3);
    assert_fragment(0, "one", 1);
    assert_fragment(1, "two", 2);
    assert_fragment(2, "three", 3);
    assert_fails(unp_inbox_recv(pair.in, pair.to, MSG_DONTWAIT), EAGAIN);
}

UNIT_TEST(one_receive_takes_no_more_messages_than_fit)
{
    char text[32];

    for (int i = 0; i < FRAGMENTS + 3; i++) {
        snprintf(text, sizeof(text), "number %d", i);
        say(0, text);
    }
    await_arrival();
    assert_int_equal(take(), FRAGMENTS);
    assert_fragment(0, "number 0", 0);
    assert_fragment(FRAGMENTS - 1, "number 7", 0);
    assert_int_equal(take(), 3);
    assert_fragment(0, "number 8", 0);
    assert_fragment(2, "number 10", 0);
}

UNIT_TEST(a_receive_waits_for_one_message_only)
{
    int64_t start;

    say(0, "alone");
    start = unp_now();
    assert_int_equal(take(), 1);
    assert_fragment(0, "alone", 0);
    assert_in_range(unp_now() - start, 0, PATIENCE * 1000 / 2); /* the socket's timeout is longer */
}

/* ---- the receive information of a fragment ---------------------------------------- */

UNIT_TEST(a_message_has_its_stream_ppid_and_association)
{
    const struct sctp_rcvinfo *rcv;

    send_with(7, "hello", 5, SCTP_UNORDERED, 42);
    assert_int_equal(take(), 1);
    assert_fragment(0, "hello", 7);
    rcv = &unp_inbox_fragment(pair.in, 0)->rcv;
    assert_int_equal(ntohl(rcv->rcv_ppid), 42);
    assert_true(rcv->rcv_flags & SCTP_UNORDERED);
}

UNIT_TEST(a_notification_is_marked_and_belongs_to_no_stream)
{
    const struct sctp_rcvinfo none = {0};
    const struct unp_fragment *fragment;
    struct sockaddr_storage at;
    sctp_assoc_t id;
    int fd;

    say(7, "before"); /* fills the slot that the notification uses next */
    assert_int_equal(take(), 1);
    assert_int_equal(unp_subscribe(pair.to, SCTP_FUTURE_ASSOC, SCTP_ASSOC_CHANGE, true), 0);
    fd = another(&id, &at);
    assert_int_equal(take(), 1);
    fragment = unp_inbox_fragment(pair.in, 0);
    assert_true(fragment->flags & MSG_NOTIFICATION);
    assert_true(fragment->flags & MSG_EOR);
    assert_memory_equal(&fragment->rcv, &none, sizeof(none));
    assert_int_equal(((union sctp_notification *)(void *)fragment->data)->sn_assoc_change.sac_state,
                     SCTP_COMM_UP);
    close(fd);
}

UNIT_TEST(messages_and_notifications_in_a_batch_stay_in_order)
{
    union sctp_notification *n;
    const struct sctp_sndinfo eof = {.snd_assoc_id = pair.id_from, .snd_flags = SCTP_EOF};
    int64_t deadline = unp_now() + PATIENCE * 1000;

    assert_int_equal(unp_subscribe(pair.to, pair.id_to, SCTP_ASSOC_CHANGE, true), 0);
    say(1, "last words");
    assert_int_equal(unp_send_info(pair.from, "", 0, &eof, NULL, 0), 0);
    while (id_of(&pair.at_from) != -1 && unp_now() < deadline)
        poll(NULL, 0, 1);
    assert_int_equal(take(), 2);
    assert_fragment(0, "last words", 1);
    assert_true(unp_inbox_fragment(pair.in, 1)->flags & MSG_NOTIFICATION);
    n = (void *)unp_inbox_fragment(pair.in, 1)->data;
    assert_int_equal(n->sn_assoc_change.sac_state, SCTP_SHUTDOWN_COMP);
}

/* ---- sizes -------------------------------------------------------------------- */

UNIT_TEST(a_message_one_byte_larger_comes_in_two_fragments)
{
    char data[SIZE + 1];

    memset(data, 'x', SIZE);
    data[SIZE] = 'y';
    send_with(3, data, SIZE + 1, 0, 0);
    say(3, "next");
    await_arrival();
    assert_int_equal(take(), 3);
    assert_int_equal(unp_inbox_fragment(pair.in, 0)->len, SIZE);
    assert_false(unp_inbox_fragment(pair.in, 0)->flags & MSG_EOR);
    assert_int_equal(unp_inbox_fragment(pair.in, 0)->rcv.rcv_sid, 3);
    assert_fragment(1, "y", 3);
    assert_fragment(2, "next", 3);
}

/* Two peers send large messages at once, more than the receive buffer holds. */
UNIT_TEST(large_messages_of_two_peers_are_reassembled_byte_for_byte)
{
    enum { LARGE = 1 << 18, MESSAGES = 2 };
    const int interleave = 1;
    struct unp_reassembly parts[2] = {0};
    unsigned char *sent[2];
    struct sockaddr_storage at;
    sctp_assoc_t ids[2] = {pair.id_from, 0}, ids_to[2] = {pair.id_to, 0};
    int fds[2] = {pair.from, -1}, whole[2] = {0}, fragments = 0, rc;
    unsigned seen[2] = {0}; /* bit n: the message of stream n has arrived */
    struct unp_message msg;

    assert_int_equal(setsockopt(pair.to, IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, &interleave,
                                sizeof(interleave)),
                     0);
    fds[1] = another(&ids[1], &at);
    ids_to[1] = id_of(&at);
    for (int p = 0; p < 2; p++) {
        sent[p] = malloc(LARGE);
        assert_non_null(sent[p]);
        for (size_t i = 0; i < LARGE; i++)
            sent[p][i] = (unsigned char)(i * 31 + (i >> 8) + (size_t)p * 7);
        for (uint16_t m = 0; m < MESSAGES; m++)
            assert_int_equal(send_on(fds[p], ids[p], m, sent[p], LARGE), 0);
    }
    while (whole[0] + whole[1] < 2 * MESSAGES) {
        int n = take();

        assert_true(n > 0);
        for (int i = 0; i < n; i++) {
            const struct unp_fragment *fragment = unp_inbox_fragment(pair.in, i);
            int p = fragment->rcv.rcv_assoc_id == ids_to[1];

            fragments++;
            assert_int_equal(fragment->rcv.rcv_assoc_id, ids_to[p]);
            rc = unp_reassemble(&parts[p], fragment, LARGE, &msg);
            assert_int_not_equal(rc, -1);
            if (rc == 0)
                continue;
            assert_int_equal(msg.len, LARGE);
            assert_memory_equal(msg.data, sent[p], LARGE);
            assert_false(seen[p] & 1U << msg.rcv.rcv_sid);
            seen[p] |= 1U << msg.rcv.rcv_sid;
            whole[p]++;
            free(msg.owned);
        }
    }
    assert_int_equal(whole[0], MESSAGES);
    assert_true(fragments > 100);
    free(sent[0]);
    free(sent[1]);
    close(fds[1]);
}

/* ---- waiting -------------------------------------------------------------------- */

UNIT_TEST(the_timeout_of_the_socket_ends_the_wait)
{
    const struct timeval tv = {.tv_usec = 50000};
    int64_t start = unp_now();

    assert_int_equal(setsockopt(pair.to, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
    assert_fails(take(), EAGAIN);
    assert_in_range(unp_now() - start, 30, PATIENCE * 1000 / 2);
}

static void on_alarm(int signo)
{
}

UNIT_TEST(a_signal_ends_the_wait)
{
    const struct sigaction act = {.sa_handler = on_alarm};
    /* The timer repeats, because the first signal may arrive before the wait. */
    const struct itimerval soon = {.it_value.tv_usec = 50000, .it_interval.tv_usec = 50000};
    const struct itimerval never = {0};
    struct sigaction old;
    int n, err;

    assert_int_equal(sigaction(SIGALRM, &act, &old), 0);
    setitimer(ITIMER_REAL, &soon, NULL);
    n = take();
    err = errno;
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &old, NULL);
    assert_int_equal(n, -1);
    assert_int_equal(err, EINTR);
}

int main(void)
{
    return run_all_tests(open_pair, close_pair);
}
