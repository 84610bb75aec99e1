/* Messages to a client: small, in fragments, too large.  On both stacks. */
#include "receive/receiver.h"
#include "unit_sctp.h"

#include <errno.h>
#include <poll.h>

enum { LIMIT = 100000, LARGE = 90000 }; /* more than one fragment */

static int a, b;            /* a sends to b */
static sctp_assoc_t to_b;   /* a's */
static sctp_assoc_t from_a; /* b's */
static char last[LIMIT];
static size_t last_len, messages;
static sctp_assoc_t cut_off;
static bool lost;
static bool with_addresses;

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    assert_ptr_equal(user, last);
    assert_int_equal(from != NULL, with_addresses);
    assert_true(msg->len <= sizeof(last));
    memcpy(last, msg->data, msg->len);
    last_len = msg->len;
    messages++;
    free(msg->owned);
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    assert_true(len >= sizeof(n->sn_header));
    if (n->sn_header.sn_type != SCTP_ASSOC_CHANGE)
        return;
    from_a = n->sn_assoc_change.sac_assoc_id;
    lost |= n->sn_assoc_change.sac_state == SCTP_COMM_LOST;
}

static void on_failed(void *user, sctp_assoc_t id, int err)
{
    assert_int_equal(err, EMSGSIZE);
    cut_off = id;
    unp_abort(b, id, "message too large");
}

static struct unp_receiver in = {.max_message = LIMIT,
                                 .message = on_message,
                                 .notification = on_notification,
                                 .failed = on_failed,
                                 .user = last};

/* Receives until `done`. */
static void take_until(const bool *done, size_t n)
{
    struct pollfd p = {.fd = b, .events = POLLIN};

    for (int i = 0; i < 1000 && !*done && messages < n; i++)
        if (poll(&p, 1, PATIENCE * 1000) == 1)
            unp_receiver_take(&in, b, MSG_DONTWAIT);
}

static int begin(void **state)
{
    struct sockaddr_storage at_a, at_b;
    static const bool never;
    const int one = 1;

    with_addresses = *state != NULL;
    in.want_addresses = with_addresses;
    messages = 0;
    lost = false;
    cut_off = 0;
    a = open_endpoint("127.0.0.1", 5, 5, &at_a);
    b = open_endpoint("127.0.0.1", 5, 5, &at_b);
    unp_subscribe(b, SCTP_FUTURE_ASSOC, SCTP_ASSOC_CHANGE, true);
    /* As Unp_open() does: otherwise an incomplete message delays the notification of its end. */
    assert_int_equal(setsockopt(b, IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, &one, sizeof(one)), 0);
    Unp_receiver_open(&in);
    to_b = associate(a, &at_b);
    assert_int_equal(send_on(a, to_b, 0, "hello", 5), 0);
    take_until(&never, 1);
    assert_int_equal(last_len, 5);
    assert_memory_equal(last, "hello", 5);
    return 0;
}

static int finish(void **state)
{
    unp_receiver_close(&in);
    close(a);
    close(b);
    return 0;
}

static void send_large(size_t len)
{
    static char text[2 * LIMIT];

    memset(text, 'x', sizeof(text));
    assert_int_equal(send_on(a, to_b, 0, text, len), 0);
}

static char yes[] = "with addresses";

UNIT_TEST_AGAIN(with_addresses, a_message_in_fragments_is_reassembled,
                "a_message_in_fragments_is_reassembled (with addresses)", begin, finish, yes)
UNIT_TEST(a_message_in_fragments_is_reassembled)
{
    static const bool never;

    send_large(LARGE);
    take_until(&never, 2);
    assert_int_equal(last_len, LARGE);
    for (size_t i = 0; i < LARGE; i++)
        assert_int_equal(last[i], 'x');
}

UNIT_TEST(a_message_that_is_too_large_ends_its_association)
{
    send_large(2 * LIMIT); /* fragments beyond the limit could be mistaken for a message */
    for (int i = 0; i < 1000 && !cut_off; i++) {
        poll(&(struct pollfd){b, POLLIN, 0}, 1, PATIENCE * 1000);
        unp_receiver_take(&in, b, MSG_DONTWAIT);
    }
    assert_int_equal(cut_off, from_a);
    take_until(&lost, 2);
    assert_true(lost);
    assert_int_equal(messages, 1);
}

static struct unp_reassembly *none(void *user, sctp_assoc_t id)
{
    assert_int_equal(id, from_a);
    return NULL;
}

UNIT_TEST(the_messages_of_an_association_can_be_discarded)
{
    static const bool never;

    in.reassembly_of = none;
    assert_int_equal(send_on(a, to_b, 0, "not this", 8), 0);
    poll(&(struct pollfd){b, POLLIN, 0}, 1, PATIENCE * 1000);
    assert_true(unp_receiver_take(&in, b, MSG_DONTWAIT) > 0);
    in.reassembly_of = NULL;
    assert_int_equal(send_on(a, to_b, 0, "this", 4), 0);
    take_until(&never, 2);
    assert_int_equal(last_len, 4);
    assert_memory_equal(last, "this", 4);
}

int main(void)
{
    return run_all_tests(begin, finish);
}
