/* Reassembly of messages from fragments: lib/receive/reassembly.c. */
#include "blocks.h"
#include "receive/receive.h"
#include "unit.h"
#include "unpsctp.h"

#include <errno.h>

#define NO_LIMIT ((size_t)-1)

/* A fragment in memory of just its size; free() its data. */
static struct unp_fragment fragment(const char *data, size_t len, uint16_t stream, int flags)
{
    return (struct unp_fragment){.data = exact_copy(data, len),
                                 .len = len,
                                 .flags = flags,
                                 .rcv = {.rcv_sid = stream, .rcv_assoc_id = 7}};
}

/* Adds a fragment; msg->data must not be used if the message is not owned. */
static int add(struct unp_reassembly *a, const char *text, uint16_t stream, int flags, size_t max,
               struct unp_message *msg)
{
    struct unp_fragment p = fragment(text, strlen(text), stream, flags);
    int rc = unp_reassemble(a, &p, max, msg);
    int err = errno;

    free(p.data);
    errno = err;
    return rc;
}

static void assert_message(struct unp_message *msg, const char *text, uint16_t stream)
{
    assert_int_equal(msg->len, strlen(text));
    assert_memory_equal(msg->data, text, msg->len);
    assert_int_equal(msg->rcv.rcv_sid, stream);
    assert_ptr_equal(msg->owned, msg->data);
    free(msg->owned);
}

static void assert_nothing_held(const struct unp_reassembly *a)
{
    assert_null(a->parts);
    assert_int_equal(a->size, 0);
    assert_int_equal(a->allocated, 0);
}

/* ---- messages in one fragment --------------------------------------------- */

UNIT_TEST(a_whole_message_passes_through_uncopied)
{
    struct unp_fragment p = fragment("hello", 5, 3, MSG_EOR);
    struct unp_reassembly a = {0};
    struct unp_message msg;

    p.rcv.rcv_ppid = htonl(42);
    assert_int_equal(unp_reassemble(&a, &p, NO_LIMIT, &msg), 1);
    assert_ptr_equal(msg.data, p.data);
    assert_int_equal(msg.len, 5);
    assert_null(msg.owned);
    assert_memory_equal(&msg.rcv, &p.rcv, sizeof(p.rcv));
    assert_nothing_held(&a);
    free(p.data);
}

UNIT_TEST(a_whole_message_on_another_stream_overtakes_fragments)
{
    struct unp_fragment p = fragment("whole", 5, 2, MSG_EOR);
    struct unp_reassembly a = {0};
    struct unp_message msg;

    assert_int_equal(add(&a, "be", 1, 0, NO_LIMIT, &msg), 0);
    assert_int_equal(unp_reassemble(&a, &p, NO_LIMIT, &msg), 1);
    assert_ptr_equal(msg.data, p.data);
    assert_null(msg.owned);
    assert_int_equal(add(&a, "gun", 1, MSG_EOR, NO_LIMIT, &msg), 1);
    assert_message(&msg, "begun", 1);
    assert_nothing_held(&a);
    free(p.data);
}

UNIT_TEST(an_empty_message_is_whole)
{
    struct unp_fragment p = fragment("", 0, 0, MSG_EOR);
    struct unp_reassembly a = {0};
    struct unp_message msg;

    assert_int_equal(unp_reassemble(&a, &p, 0, &msg), 1);
    assert_int_equal(msg.len, 0);
    assert_null(msg.owned);
    assert_nothing_held(&a);
    free(p.data);
}

/* ---- messages in several fragments ---------------------------------------- */

UNIT_TEST(fragments_become_one_message_with_the_last)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    assert_int_equal(add(&a, "one ", 5, 0, NO_LIMIT, &msg), 0);
    assert_int_equal(a.size, 4);
    assert_true(a.allocated > 4); /* the data and the structure around it */
    assert_int_equal(add(&a, "to ", 5, 0, NO_LIMIT, &msg), 0);
    assert_int_equal(a.size, 7);
    assert_int_equal(add(&a, "many", 5, MSG_EOR, NO_LIMIT, &msg), 1);
    assert_message(&msg, "one to many", 5);
    assert_nothing_held(&a);
}

UNIT_TEST(the_message_has_the_information_of_its_first_fragment)
{
    struct unp_fragment first = fragment("a", 1, 1, 0), last = fragment("b", 1, 1, MSG_EOR);
    struct unp_reassembly a = {0};
    struct unp_message msg;

    first.rcv.rcv_ppid = htonl(60);
    first.rcv.rcv_tsn = 100;
    last.rcv.rcv_tsn = 101;
    assert_int_equal(unp_reassemble(&a, &first, NO_LIMIT, &msg), 0);
    assert_int_equal(unp_reassemble(&a, &last, NO_LIMIT, &msg), 1);
    assert_memory_equal(&msg.rcv, &first.rcv, sizeof(msg.rcv));
    assert_message(&msg, "ab", 1);
    free(first.data);
    free(last.data);
}

UNIT_TEST(a_second_message_starts_empty)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(add(&a, "x", 1, 0, 2, &msg), 0);
        assert_int_equal(add(&a, "y", 1, MSG_EOR, 2, &msg), 1);
        assert_message(&msg, "xy", 1);
        assert_nothing_held(&a);
    }
}

UNIT_TEST(the_caller_owns_the_message_whatever_comes_after)
{
    struct unp_reassembly a = {0};
    struct unp_message first, second;

    assert_int_equal(add(&a, "fir", 1, 0, NO_LIMIT, &first), 0);
    assert_int_equal(add(&a, "st", 1, MSG_EOR, NO_LIMIT, &first), 1);
    assert_int_equal(add(&a, "sec", 1, 0, NO_LIMIT, &second), 0);
    assert_int_equal(add(&a, "ond", 1, MSG_EOR, NO_LIMIT, &second), 1);
    unp_reassembly_clear(&a);
    assert_message(&first, "first", 1);
    assert_message(&second, "second", 1);
}

UNIT_TEST(a_mebibyte_in_646_fragments_is_reassembled_byte_for_byte)
{
    const size_t total = 1 << 20, fragments = 646;
    unsigned char *sent = malloc(total);
    struct unp_reassembly a = {0};
    struct unp_message msg;
    size_t at = 0;
    uint32_t x = 1;

    assert_non_null(sent);
    for (size_t i = 0; i < total; i++)
        sent[i] = (unsigned char)((x = x * 1664525 + 1013904223) >> 24);
    for (size_t i = 0; i < fragments; i++) {
        size_t len = i + 1 < fragments ? total / fragments + i % 3 - 1 : total - at;
        struct unp_fragment p =
            fragment((char *)sent + at, len, 9, i + 1 < fragments ? 0 : MSG_EOR);

        assert_int_equal(unp_reassemble(&a, &p, total, &msg), i + 1 == fragments);
        at += len;
        free(p.data);
    }
    assert_int_equal(at, total);
    assert_int_equal(msg.len, total);
    assert_memory_equal(msg.data, sent, total);
    assert_nothing_held(&a);
    free(msg.owned);
    free(sent);
}

UNIT_TEST(memory_grows_to_what_is_needed_or_twice)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;
    size_t first;

    assert_int_equal(add(&a, "1234", 1, 0, NO_LIMIT, &msg), 0);
    first = a.allocated;
    assert_int_equal(add(&a, "567890", 1, 0, NO_LIMIT, &msg), 0); /* more than twice as much */
    assert_int_equal(a.allocated, first + 6);
    assert_int_equal(add(&a, "x", 1, 0, NO_LIMIT, &msg), 0);
    assert_int_equal(a.allocated, first + 16);
    assert_int_equal(add(&a, "yyyyyyyyy", 1, 0, NO_LIMIT, &msg), 0);
    assert_int_equal(a.allocated, first + 16);
    unp_reassembly_clear(&a);
    assert_nothing_held(&a);
}

UNIT_TEST(every_message_is_freed_once)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;
    long before = blocks;

    assert_int_equal(add(&a, "wh", 1, 0, NO_LIMIT, &msg), 0);
    assert_int_equal(add(&a, "ole", 1, MSG_EOR, NO_LIMIT, &msg), 1);
    assert_message(&msg, "whole", 1);
    assert_int_equal(blocks, before);
    for (uint16_t stream = 1; stream <= 3; stream++)
        assert_int_equal(add(&a, "half", stream, 0, NO_LIMIT, &msg), 0);
    unp_reassembly_clear(&a);
    assert_int_equal(blocks, before);
}

UNIT_TEST(without_memory_a_fragment_is_refused)
{
    struct unp_fragment p = fragment("half", 4, 1, 0);
    struct unp_reassembly a = {0};
    struct unp_message msg;

    for (unsigned i = 1; CAN_FAIL && i <= 2; i++) { /* the message, and its data */
        fail_in = i;
        assert_fails(unp_reassemble(&a, &p, NO_LIMIT, &msg), ENOMEM);
    }
    unp_reassembly_clear(&a);
    assert_nothing_held(&a);
    free(p.data);
}

UNIT_TEST(empty_fragments_change_nothing)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    assert_int_equal(add(&a, "", 1, 0, 2, &msg), 0);
    assert_int_equal(add(&a, "a", 1, 0, 2, &msg), 0);
    assert_int_equal(add(&a, "", 1, 0, 2, &msg), 0);
    assert_int_equal(add(&a, "b", 1, 0, 2, &msg), 0);
    assert_int_equal(add(&a, "", 1, MSG_EOR, 2, &msg), 1);
    assert_message(&msg, "ab", 1);
    assert_nothing_held(&a);
}

UNIT_TEST(a_message_of_empty_fragments_is_empty)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    assert_int_equal(add(&a, "", 1, 0, 0, &msg), 0);
    assert_int_equal(add(&a, "", 1, MSG_EOR, 0, &msg), 1);
    assert_int_equal(msg.len, 0);
    assert_nothing_held(&a);
    free(msg.owned);
}

/* ---- interleaved fragments ------------------------------------------------ */

UNIT_TEST(fragments_of_several_streams_are_kept_apart)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    assert_int_equal(add(&a, "a1", 0, 0, NO_LIMIT, &msg), 0);
    assert_int_equal(add(&a, "b1", 1, 0, NO_LIMIT, &msg), 0);
    assert_int_equal(add(&a, "c1", 65535, 0, NO_LIMIT, &msg), 0);
    assert_int_equal(add(&a, "b2", 1, 0, NO_LIMIT, &msg), 0);
    assert_int_equal(add(&a, "a2", 0, 0, NO_LIMIT, &msg), 0);
    assert_int_equal(add(&a, "b3", 1, MSG_EOR, NO_LIMIT, &msg), 1); /* from the middle */
    assert_message(&msg, "b1b2b3", 1);
    assert_int_equal(a.size, 6);
    assert_int_equal(add(&a, "c2", 65535, MSG_EOR, NO_LIMIT, &msg), 1); /* the last */
    assert_message(&msg, "c1c2", 65535);
    assert_int_equal(add(&a, "a3", 0, MSG_EOR, NO_LIMIT, &msg), 1);
    assert_message(&msg, "a1a2a3", 0);
    assert_nothing_held(&a);
}

UNIT_TEST(a_thousand_streams_at_once_are_kept_apart)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;
    char text[32], whole[64];

    for (unsigned part = 0; part < 3; part++) {
        for (unsigned stream = 0; stream < 1000; stream++) {
            snprintf(text, sizeof(text), "%u/%u;", stream, part);
            assert_int_equal(
                add(&a, text, (uint16_t)stream, part == 2 ? MSG_EOR : 0, NO_LIMIT, &msg),
                part == 2);
            if (part < 2)
                continue;
            snprintf(whole, sizeof(whole), "%u/0;%u/1;%u/2;", stream, stream, stream);
            assert_message(&msg, whole, (uint16_t)stream);
        }
    }
    assert_nothing_held(&a);
}

UNIT_TEST(ordered_and_unordered_of_one_stream_are_kept_apart)
{
    struct unp_fragment fragments[] = {fragment("or", 2, 4, 0), fragment("un", 2, 4, 0),
                                       fragment("der", 3, 4, 0), fragment("ordered", 7, 4, MSG_EOR),
                                       fragment("ed", 2, 4, MSG_EOR)};
    struct unp_reassembly a = {0};
    struct unp_message msg;

    fragments[1].rcv.rcv_flags = fragments[3].rcv.rcv_flags = SCTP_UNORDERED;
    for (int i = 0; i < 3; i++)
        assert_int_equal(unp_reassemble(&a, &fragments[i], NO_LIMIT, &msg), 0);
    assert_int_equal(unp_reassemble(&a, &fragments[3], NO_LIMIT, &msg), 1);
    assert_true(msg.rcv.rcv_flags & SCTP_UNORDERED);
    assert_message(&msg, "unordered", 4);
    assert_int_equal(unp_reassemble(&a, &fragments[4], NO_LIMIT, &msg), 1);
    assert_false(msg.rcv.rcv_flags & SCTP_UNORDERED);
    assert_message(&msg, "ordered", 4);
    assert_nothing_held(&a);
    for (size_t i = 0; i < COUNT(fragments); i++)
        free(fragments[i].data);
}

UNIT_TEST(flags_other_than_unordered_do_not_separate_messages)
{
    struct unp_fragment first = fragment("a", 1, 1, 0), last = fragment("b", 1, 1, MSG_EOR);
    struct unp_reassembly a = {0};
    struct unp_message msg;

    last.rcv.rcv_flags = SCTP_SACK_IMMEDIATELY;
    assert_int_equal(unp_reassemble(&a, &first, NO_LIMIT, &msg), 0);
    assert_int_equal(unp_reassemble(&a, &last, NO_LIMIT, &msg), 1);
    assert_message(&msg, "ab", 1);
    free(first.data);
    free(last.data);
}

UNIT_TEST(two_reassemblies_are_independent)
{
    struct unp_reassembly a = {0}, b = {0};
    struct unp_message msg;

    assert_int_equal(add(&a, "a1", 1, 0, 4, &msg), 0);
    assert_int_equal(add(&b, "b1", 1, 0, 4, &msg), 0);
    assert_int_equal(add(&a, "a2", 1, MSG_EOR, 4, &msg), 1);
    assert_message(&msg, "a1a2", 1);
    assert_nothing_held(&a);
    assert_int_equal(b.size, 2);
    assert_int_equal(add(&b, "b2", 1, MSG_EOR, 4, &msg), 1);
    assert_message(&msg, "b1b2", 1);
    assert_nothing_held(&b);
}

/* ---- the limit ------------------------------------------------------------ */

UNIT_TEST(a_whole_message_may_be_as_large_as_the_limit)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    assert_int_equal(add(&a, "12345", 1, MSG_EOR, 5, &msg), 1);
    assert_fails(add(&a, "123456", 1, MSG_EOR, 5, &msg), EMSGSIZE);
    assert_nothing_held(&a);
}

UNIT_TEST(fragments_may_add_up_to_the_limit)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    assert_int_equal(add(&a, "123", 1, 0, 5, &msg), 0);
    assert_int_equal(add(&a, "45", 1, MSG_EOR, 5, &msg), 1);
    assert_message(&msg, "12345", 1);
}

UNIT_TEST(fragments_one_byte_beyond_the_limit_are_refused)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    assert_int_equal(add(&a, "123", 1, 0, 5, &msg), 0);
    assert_int_equal(add(&a, "45", 1, 0, 5, &msg), 0);
    assert_fails(add(&a, "6", 1, MSG_EOR, 5, &msg), EMSGSIZE);
    unp_reassembly_clear(&a);
    assert_nothing_held(&a);
}

UNIT_TEST(a_first_fragment_beyond_the_limit_is_refused_and_not_kept)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    assert_fails(add(&a, "123456", 1, 0, 5, &msg), EMSGSIZE);
    assert_nothing_held(&a);
}

UNIT_TEST(incomplete_messages_may_take_four_times_the_limit)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    for (uint16_t stream = 1; stream <= 4; stream++)
        assert_int_equal(add(&a, "12345", stream, 0, 5, &msg), 0);
    assert_fails(add(&a, "6", 5, 0, 5, &msg), EMSGSIZE);
    unp_reassembly_clear(&a);
}

UNIT_TEST(a_complete_message_makes_room_below_the_limit)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    for (uint16_t stream = 1; stream <= 3; stream++)
        assert_int_equal(add(&a, "12345", stream, 0, 5, &msg), 0);
    assert_int_equal(add(&a, "1234", 4, 0, 5, &msg), 0);
    assert_int_equal(add(&a, "56", 5, 0, 5, &msg), -1);
    assert_int_equal(add(&a, "", 1, MSG_EOR, 5, &msg), 1);
    assert_message(&msg, "12345", 1);
    assert_int_equal(add(&a, "56", 5, 0, 5, &msg), 0);
    unp_reassembly_clear(&a);
}

UNIT_TEST(clearing_drops_incomplete_messages)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    unp_reassembly_clear(&a);
    assert_int_equal(add(&a, "old", 1, 0, NO_LIMIT, &msg), 0);
    assert_int_equal(add(&a, "old", 2, 0, NO_LIMIT, &msg), 0);
    unp_reassembly_clear(&a);
    assert_nothing_held(&a);
    assert_int_equal(add(&a, "n", 1, 0, 3, &msg), 0);
    assert_int_equal(add(&a, "ew", 1, MSG_EOR, 3, &msg), 1);
    assert_message(&msg, "new", 1);
    unp_reassembly_clear(&a);
    assert_nothing_held(&a);
}

/* ---- partial delivery aborted --------------------------------------------- */

static void begin_on(struct unp_reassembly *a, const char *text, uint16_t stream, uint16_t ssn,
                     uint16_t flags)
{
    struct unp_fragment p = fragment(text, strlen(text), stream, 0);
    struct unp_message msg;

    p.rcv.rcv_ssn = ssn;
    p.rcv.rcv_flags = flags;
    assert_int_equal(unp_reassemble(a, &p, NO_LIMIT, &msg), 0);
    free(p.data);
}

static void abort_of(struct unp_reassembly *a, uint32_t stream, uint32_t seq)
{
    const struct sctp_pdapi_event event = {.pdapi_type = SCTP_PARTIAL_DELIVERY_EVENT,
                                           .pdapi_length = sizeof(event),
                                           .pdapi_stream = stream,
                                           .pdapi_seq = seq};

    unp_reassembly_abort(a, &event);
}

UNIT_TEST(an_aborted_partial_delivery_drops_that_message_only)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    begin_on(&a, "one ", 1, 7, 0);
    begin_on(&a, "two ", 2, 7, 0);
    begin_on(&a, "three ", 3, 7, 0);
    abort_of(&a, 2, 7);
    assert_int_equal(a.size, 10);
    assert_int_equal(add(&a, "more", 1, MSG_EOR, NO_LIMIT, &msg), 1);
    assert_message(&msg, "one more", 1);
    assert_int_equal(add(&a, "next", 2, 0, NO_LIMIT, &msg), 0);
    assert_int_equal(add(&a, " one", 2, MSG_EOR, NO_LIMIT, &msg), 1);
    assert_message(&msg, "next one", 2);
    assert_int_equal(add(&a, "times", 3, MSG_EOR, NO_LIMIT, &msg), 1);
    assert_message(&msg, "three times", 3);
    assert_nothing_held(&a);
}

UNIT_TEST(ordered_and_unordered_of_one_stream_are_told_apart_by_number)
{
    struct unp_reassembly a = {0};
    struct unp_message msg;

    begin_on(&a, "ordered", 4, 7, 0);
    begin_on(&a, "unordered", 4, 65535,
             SCTP_UNORDERED); /* the number that userland gives unordered messages */
    abort_of(&a, 4, 65535);
    assert_int_equal(add(&a, "!", 4, MSG_EOR, NO_LIMIT, &msg), 1);
    assert_message(&msg, "ordered!", 4);
    assert_nothing_held(&a);
}

/* On Linux at most one message is in partial delivery. */
UNIT_TEST(an_aborted_partial_delivery_without_a_stream_drops_the_only_message)
{
    struct unp_reassembly a = {0};

    begin_on(&a, "half", 3, 7, 0);
    abort_of(&a, 0, 0);
    assert_nothing_held(&a);
    begin_on(&a, "half", 0, 7, 0);
    abort_of(&a, 0, 0);
    assert_nothing_held(&a);
    abort_of(&a, 0, 0);
    assert_nothing_held(&a);
}

UNIT_TEST(an_abort_of_an_unknown_message_changes_nothing)
{
    struct unp_reassembly a = {0};

    begin_on(&a, "half", 3, 7, 0);
    abort_of(&a, 3, 6);
    abort_of(&a, 5, 7);
    assert_int_equal(a.size, 4);
    begin_on(&a, "half", 5, 9, 0);
    abort_of(&a, 0, 0);
    assert_int_equal(a.size, 8);
    unp_reassembly_clear(&a);
    assert_nothing_held(&a);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
