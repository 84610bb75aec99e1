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
