/*
 * The sending side of a server, on a model of the kernel: the limit of the memory of all send
 * queues.
 */
#include "model_kernel.h"

/* REFUSED bytes may exceed the limit for a moment: messages that the stack refuses, a batch at
 * most, return to their queues, and only the next message checks the limit. */
enum { LIMIT = 3000000, HEALTHY = 5, LONGEST = 4011, REFUSED = 32 * (LONGEST + 100) };

static struct unp_memory memory;
static unsigned evicted;

/* Aborts the association with the longest queue, as lib/server/server.c does. */
static void make_room(void *arg)
{
    assert_ptr_equal(arg, &memory);
    while (memory.used > memory.limit) {
        struct side *most = NULL;

        for (int i = 0; i < SIDES; i++)
            if (kernel.sides[i].a && (!most || kernel.sides[i].a->out.queued > most->a->out.queued))
                most = &kernel.sides[i];
        assert_non_null(most);
        assert_true(most->stuck);
        unp_sender_abort(out, most->a, "it holds most");
        evicted++;
    }
}

static void assert_counted(void)
{
    size_t sum = 0;

    for (int i = 0; i < SIDES; i++)
        if (kernel.sides[i].a)
            sum += kernel.sides[i].a->out.queued;
    assert_int_equal(memory.used, sum);
    assert_true(sum <= LIMIT + REFUSED);
}

/* Members that never read join repeatedly, beside members that read, while some calls fail. */
APART_AND_SHARED(the_sum_of_all_send_queues_stays_within_the_limit)
{
    memory = (struct unp_memory){.limit = LIMIT};
    evicted = 0;
    unp_sender_limit(out, &memory, make_room, &memory);
    for (int i = 0; i < SIDES; i++)
        up(i)->stuck = i >= HEALTHY;
    kernel.fault_rate = 5;
    for (int round = 0; round < 2000; round++) {
        for (int i = 0; i < SIDES; i++) { /* one message to all */
            struct side *s = &kernel.sides[i];

            if (!s->a)
                up(i)->stuck = true;
            give(s, (uint16_t)any(STREAMS), 12 + any(LONGEST - 11), any(2));
            assert_counted();
        }
        turn(5);
        assert_counted();
    }
    assert_true(evicted > 50);
    kernel.fault_rate = 0;
    for (int i = 0; i < HEALTHY; i++)
        assert_gets_all(&kernel.sides[i], 60000);
    for (int i = 0; i < SIDES; i++)
        over(&kernel.sides[i]);
    assert_int_equal(memory.used, 0);
}

/* Half of the limit, MEMORY, is for the queues: 50000 bytes for each of two, and 100000 for all. */
enum { MEMORY = 400000 };

static void relay(void)
{
    memory = (struct unp_memory){.limit = MEMORY};
    unp_sender_limit(out, &memory, make_room, &memory);
    unp_sender_relay(out);
}

APART(a_quarter_of_the_memory_limit_is_shared_by_the_queues_of_relayed_messages)
{
    relay();
    assert_true(unp_sender_share(out) == SIZE_MAX); /* nobody has got anything */
    give(up(0), 0, 100, true);
    assert_int_equal(unp_sender_share(out), MEMORY / 4);
    give(up(1), 0, 100, true);
    assert_int_equal(unp_sender_share(out), MEMORY / 8);
    over(&kernel.sides[1]);
    assert_int_equal(unp_sender_share(out), MEMORY / 4);
}

/* A peer does not cause the length of its queue, so it is not aborted for it. */
APART(relayed_messages_above_a_share_are_dropped_when_half_of_that_memory_is_used)
{
    struct side *first = up(0), *second = up(1);

    relay();
    give(second, 0, 100, true);
    first->stuck = true;
    while (!first->a->out.lost) {
        assert_int_equal(unp_sender_max_queue(out),
                         first->a->out.queued > MEMORY / 4 ? MEMORY / 8 : MAX_QUEUE);
        give(first, 0, 1000, true);
    }
    assert_true(first->a->out.queued > MEMORY / 4);
    assert_true(first->alive);
}

/* A large message to each of many peers is more than their shares. */
APART(an_empty_queue_takes_a_relayed_message_above_its_share)
{
    struct side *s = up(0);

    relay();
    memory.limit = 42000;
    s->stuck = true;
    while (!s->a->out.queued)
        give(s, 0, 20000, true);
    assert_int_equal(s->a->out.lost, 0);
    give(s, 0, 100, true);
    assert_int_equal(s->a->out.lost, 1);
}

/* No peer is aborted for what others have said. */
APART(the_queues_of_relayed_messages_use_at_most_half_of_the_memory)
{
    relay();
    for (int i = 0; i < SIDES; i++)
        up(i)->stuck = true;
    for (int round = 0; round < 10; round++)
        for (int i = 0; i < SIDES; i++) {
            give(&kernel.sides[i], 0, 20000, true);
            assert_true(memory.used <= MEMORY / 2);
        }
    assert_true(memory.used > MEMORY / 2 - 20100); /* no further message */
    for (int i = 0; i < SIDES; i++) {
        assert_true(kernel.sides[i].alive);
        assert_true(kernel.sides[i].a->out.lost);
    }
}

APART(what_peers_have_sent_may_use_half_of_the_memory_where_messages_are_relayed)
{
    relay();
    memory.used = MEMORY / 2;
    assert_false(unp_sender_memory_short(out));
    memory.used++;
    assert_true(unp_sender_memory_short(out));
    memory.used--;
    up(0)->stuck = true;
    while (kernel.sides[0].a->out.queued <= MEMORY / 4)
        give(&kernel.sides[0], 0, 1000, true);
    assert_false(unp_sender_memory_short(out));
    memory.used -= MEMORY / 2;
}

APART(what_peers_have_sent_may_use_all_memory_of_a_server_that_replies)
{
    memory = (struct unp_memory){.limit = MEMORY, .used = MEMORY};
    unp_sender_limit(out, &memory, make_room, &memory);
    give(up(0), 0, 100, true);
    assert_false(unp_sender_memory_short(out));
    memory.used++;
    assert_true(unp_sender_memory_short(out));
    assert_true(unp_sender_share(out) == SIZE_MAX);
    assert_int_equal(unp_sender_max_queue(out), MAX_QUEUE);
}

APART(fragments_of_a_message_are_freed_with_their_association)
{
    unsigned char data[1000] = "the beginning of a message";
    const struct unp_fragment fragment = {.data = data, .len = sizeof(data)};
    struct unp_message msg;
    struct side *s = up(0);

    memory = (struct unp_memory){.limit = LIMIT};
    s->a->in.total = &memory.used;
    assert_int_equal(unp_reassemble(&s->a->in, &fragment, 10000, &msg), 0);
    assert_true(memory.used >= sizeof(data));
    over(s);
    assert_int_equal(memory.used, 0);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
