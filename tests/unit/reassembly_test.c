/* Reassembly of messages from fragments: lib/receive/reassembly.c. */
#include "blocks.h"
#include "receive/inside.h"
#include "unit.h"
#include "unpsctp.h"

#define NO_LIMIT ((size_t)-1)

static struct unp_reassembly a;
static struct unp_message msg;
static size_t limit;

static void assert_nothing_held(void)
{
    assert_null(a.parts);
    assert_int_equal(a.size, 0);
    assert_int_equal(a.allocated, 0);
}

static int begin(void **state)
{
    limit = NO_LIMIT;
    blocks_before = blocks;
    return 0;
}

/* Each test leaves nothing, or incomplete messages. */
static int end(void **state)
{
    unp_reassembly_clear(&a);
    assert_nothing_held();
    return check_blocks(state);
}

/* A fragment in memory of just its size; free() its data. */
static struct unp_fragment fragment(uint16_t stream, const char *text, int flags)
{
    return (struct unp_fragment){.data = exact_copy(text, strlen(text)),
                                 .len = strlen(text),
                                 .flags = flags,
                                 .rcv = {.rcv_sid = stream, .rcv_assoc_id = 7}};
}

/* msg->data must not be used if the message is not owned. */
static int add(uint16_t stream, const char *text, int flags)
{
    struct unp_fragment p = fragment(stream, text, flags);
    int rc = unp_reassemble(&a, &p, limit, &msg), err = errno;

    free(p.data);
    errno = err;
    return rc;
}

/* Adds a fragment that is not the last. */
static void part(uint16_t stream, const char *text)
{
    assert_int_equal(add(stream, text, 0), 0);
}

static void assert_message(struct unp_message *m, uint16_t stream, const char *text)
{
    assert_int_equal(m->len, strlen(text));
    assert_memory_equal(m->data, text, m->len);
    assert_int_equal(m->rcv.rcv_sid, stream);
    assert_ptr_equal(m->owned, m->data);
    free(m->owned);
}

/* Adds the last fragment of a message, which must then be this one. */
static void last(uint16_t stream, const char *text, const char *message)
{
    assert_int_equal(add(stream, text, MSG_EOR), 1);
    assert_message(&msg, stream, message);
}

/* ---- messages in one fragment --------------------------------------------- */

UNIT_TEST(a_whole_message_passes_through_uncopied_and_overtakes_fragments)
{
    static const char *const texts[] = {"hello", ""};

    part(1, "be");
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct unp_fragment p = fragment(3, texts[i], MSG_EOR);

        p.rcv.rcv_ppid = htonl(42);
        assert_int_equal(unp_reassemble(&a, &p, 5, &msg), 1);
        assert_ptr_equal(msg.data, p.data);
        assert_int_equal(msg.len, strlen(texts[i]));
        assert_null(msg.owned);
        assert_memory_equal(&msg.rcv, &p.rcv, sizeof(p.rcv));
        free(p.data);
    }
    last(1, "gun", "begun");
    assert_nothing_held();
}

/* ---- messages in several fragments ---------------------------------------- */

UNIT_TEST(fragments_become_one_message_with_the_last)
{
    for (int i = 0; i < 2; i++) { /* the second message starts empty */
        part(5, "one ");
        assert_int_equal(a.size, 4);
        assert_true(a.allocated > 4); /* the data and the structure around it */
        part(5, "to ");
        assert_int_equal(a.size, 7);
        last(5, "many", "one to many");
        assert_nothing_held();
    }
}

UNIT_TEST(the_message_has_the_information_of_its_first_fragment)
{
    struct unp_fragment one = fragment(1, "a", 0), two = fragment(1, "b", MSG_EOR);

    one.rcv.rcv_ppid = htonl(60);
    one.rcv.rcv_tsn = 100;
    two.rcv.rcv_tsn = 101;
    two.rcv.rcv_flags = SCTP_SACK_IMMEDIATELY; /* only SCTP_UNORDERED separates messages */
    assert_int_equal(unp_reassemble(&a, &one, NO_LIMIT, &msg), 0);
    assert_int_equal(unp_reassemble(&a, &two, NO_LIMIT, &msg), 1);
    assert_memory_equal(&msg.rcv, &one.rcv, sizeof(msg.rcv));
    assert_message(&msg, 1, "ab");
    free(one.data);
    free(two.data);
}

UNIT_TEST(the_caller_owns_the_message_whatever_comes_after)
{
    struct unp_message first;

    part(1, "fir");
    assert_int_equal(add(1, "st", MSG_EOR), 1);
    first = msg;
    part(1, "sec");
    assert_int_equal(add(1, "ond", MSG_EOR), 1);
    unp_reassembly_clear(&a);
    assert_message(&first, 1, "first");
    assert_message(&msg, 1, "second");
}

UNIT_TEST(memory_grows_to_what_is_needed_or_twice)
{
    size_t first;

    part(1, "1234");
    first = a.allocated;
    part(1, "567890"); /* more than twice as much */
    assert_int_equal(a.allocated, first + 6);
    part(1, "x");
    assert_int_equal(a.allocated, first + 16);
    part(1, "yyyyyyyyy");
    assert_int_equal(a.allocated, first + 16);
    last(1, "z", "1234567890xyyyyyyyyyz");
}

UNIT_TEST(without_memory_a_fragment_is_refused)
{
    struct unp_fragment p = fragment(1, "half", 0);

    for (unsigned i = 1; CAN_FAIL && i <= 2; i++) { /* the message, and its data */
        fail_in = i;
        assert_fails(unp_reassemble(&a, &p, NO_LIMIT, &msg), ENOMEM);
    }
    free(p.data);
}

UNIT_TEST(empty_fragments_change_nothing)
{
    limit = 2;
    part(1, "");
    part(1, "a");
    part(1, "");
    part(1, "b");
    last(1, "", "ab");
    limit = 0;
    part(1, "");
    last(1, "", "");
}

/* ---- interleaved fragments ------------------------------------------------ */

UNIT_TEST(fragments_of_several_streams_are_kept_apart)
{
    part(0, "a1");
    part(1, "b1");
    part(65535, "c1");
    part(1, "b2");
    part(0, "a2");
    last(1, "b3", "b1b2b3"); /* from the middle */
    assert_int_equal(a.size, 6);
    last(65535, "c2", "c1c2"); /* the last */
    last(0, "a3", "a1a2a3");
    assert_nothing_held();
}

UNIT_TEST(ordered_and_unordered_of_one_stream_are_kept_apart)
{
    struct unp_fragment fragments[] = {fragment(4, "or", 0), fragment(4, "un", 0),
                                       fragment(4, "der", 0), fragment(4, "ordered", MSG_EOR),
                                       fragment(4, "ed", MSG_EOR)};

    fragments[1].rcv.rcv_flags = fragments[3].rcv.rcv_flags = SCTP_UNORDERED;
    for (int i = 0; i < 3; i++)
        assert_int_equal(unp_reassemble(&a, &fragments[i], NO_LIMIT, &msg), 0);
    assert_int_equal(unp_reassemble(&a, &fragments[3], NO_LIMIT, &msg), 1);
    assert_true(msg.rcv.rcv_flags & SCTP_UNORDERED);
    assert_message(&msg, 4, "unordered");
    assert_int_equal(unp_reassemble(&a, &fragments[4], NO_LIMIT, &msg), 1);
    assert_false(msg.rcv.rcv_flags & SCTP_UNORDERED);
    assert_message(&msg, 4, "ordered");
    for (size_t i = 0; i < COUNT(fragments); i++)
        free(fragments[i].data);
}

/* ---- the limit ------------------------------------------------------------ */

UNIT_TEST(a_message_may_be_as_large_as_the_limit)
{
    limit = 5;
    assert_int_equal(add(1, "12345", MSG_EOR), 1);
    assert_fails(add(1, "123456", MSG_EOR), EMSGSIZE);
    assert_fails(add(1, "123456", 0), EMSGSIZE);
    assert_nothing_held();
    part(1, "123");
    last(1, "45", "12345");
    part(1, "123");
    part(1, "45");
    assert_fails(add(1, "6", MSG_EOR), EMSGSIZE);
}

UNIT_TEST(incomplete_messages_may_take_four_times_the_limit)
{
    limit = 5;
    for (uint16_t stream = 1; stream <= 4; stream++)
        part(stream, "12345");
    assert_fails(add(5, "6", 0), EMSGSIZE);
}

UNIT_TEST(a_complete_message_makes_room_below_the_limit)
{
    limit = 5;
    for (uint16_t stream = 1; stream <= 3; stream++)
        part(stream, "12345");
    part(4, "1234");
    assert_fails(add(5, "56", 0), EMSGSIZE);
    last(1, "", "12345");
    part(5, "56");
}

UNIT_TEST(clearing_drops_incomplete_messages)
{
    unp_reassembly_clear(&a);
    for (uint16_t stream = 1; stream <= 3; stream++)
        part(stream, "old");
    unp_reassembly_clear(&a);
    assert_nothing_held();
    assert_int_equal(blocks, blocks_before);
    limit = 3;
    part(1, "n");
    last(1, "ew", "new");
}

/* ---- partial delivery aborted --------------------------------------------- */

static void begin_on(const char *text, uint16_t stream, uint16_t ssn, uint16_t flags)
{
    struct unp_fragment p = fragment(stream, text, 0);

    p.rcv.rcv_ssn = ssn;
    p.rcv.rcv_flags = flags;
    assert_int_equal(unp_reassemble(&a, &p, NO_LIMIT, &msg), 0);
    free(p.data);
}

static void abort_of(uint32_t stream, uint32_t seq)
{
    const struct sctp_pdapi_event event = {.pdapi_type = SCTP_PARTIAL_DELIVERY_EVENT,
                                           .pdapi_length = sizeof(event),
                                           .pdapi_stream = stream,
                                           .pdapi_seq = seq};

    unp_reassembly_abort(&a, &event);
}

UNIT_TEST(an_aborted_partial_delivery_drops_that_message_only)
{
    begin_on("one ", 1, 7, 0);
    begin_on("two ", 2, 7, 0);
    begin_on("three ", 3, 7, 0);
    abort_of(2, 7);
    assert_int_equal(a.size, 10);
    last(1, "more", "one more");
    part(2, "next");
    last(2, " one", "next one");
    last(3, "times", "three times");
    assert_nothing_held();
}

UNIT_TEST(ordered_and_unordered_of_one_stream_are_told_apart_by_number)
{
    begin_on("ordered", 4, 7, 0);
    begin_on("unordered", 4, 65535, SCTP_UNORDERED); /* userland's number of unordered messages */
    abort_of(4, 65535);
    last(4, "!", "ordered!");
}

/* On Linux at most one message is in partial delivery. */
UNIT_TEST(an_aborted_partial_delivery_without_a_stream_drops_the_only_message)
{
    begin_on("half", 3, 7, 0);
    abort_of(0, 0);
    assert_nothing_held();
    begin_on("half", 0, 7, 0);
    abort_of(0, 0);
    assert_nothing_held();
    abort_of(0, 0);
    assert_nothing_held();
}

UNIT_TEST(an_abort_of_an_unknown_message_changes_nothing)
{
    begin_on("half", 3, 7, 0);
    abort_of(3, 6);
    abort_of(5, 7);
    assert_int_equal(a.size, 4);
    begin_on("half", 5, 9, 0);
    abort_of(0, 0);
    assert_int_equal(a.size, 8);
}

int main(void)
{
    return run_all_tests(begin, end);
}
