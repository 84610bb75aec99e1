/*
 * Which association a server ends when its memory is short: lib/server/server.c.
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

int main(void)
{
    tzset(); /* which keeps memory */
    return run_all_tests(NULL, NULL);
}
