/*
 * The addresses of this machine: userland/local_address.c.
 */
#include "model_udp.h"

UNIT_TEST(loopback_addresses_are_added_and_others_looked_up)
{
    union address five = at("127.0.0.5", 7), mapped = at("::ffff:127.0.0.6", 7),
                  one = at("127.0.0.1", 7), far = at("192.0.2.1", 7), six = at("::1", 7), from;

    local_address_add_target(&one);
    local_address_add_target(&far);
    local_address_add_target(&six);
    assert_int_equal(stack.n, 0);
    local_address_add_target(&five);
    local_address_add_target(&mapped);
    assert_int_equal(stack.n, 2);
    assert_true(knows("127.0.0.5") && knows("127.0.0.6"));
    assert_int_equal(stack.known[0].in.sin_port, 0);
    assert_true(local_address_add(&five));
    assert_int_equal(stack.n, 2);
    assert_true(local_address_add(&far)); /* after it has read the list again */
    assert_int_equal(stack.n, 4);
    assert_true(knows("192.0.2.1") && knows("127.0.0.1"));
    assert_int_equal(lists, 0);
    begin(state);
    stack.full = true;
    assert_false(local_address_add(&five));
    begin(state);
    for (int i = 0; i < 256; i++) {
        five.in.sin_addr.s_addr = htonl(0x7f010000 + (uint32_t)i);
        assert_true(local_address_add(&five));
    }
    five.in.sin_addr.s_addr = htonl(0x7f020000);
    assert_false(local_address_add(&five)); /* there is room for 256 */
    assert_true(local_address_by_route(&one, &from));
    assert_true(address_same_host(&one, &from));
    six.in.sin_port = 0;
    assert_true(local_address_by_route(&six, &from));
    assert_true(address_same_host(&six, &from));
}

static void add_twice(void *address)
{
    debugging = true;
    for (int i = 0; i < 2; i++)
        local_address_add(address);
}

UNIT_TEST(an_address_is_added_and_traced_once)
{
    union address five = at("127.0.0.5", 7);
    char err[300];

    assert_int_equal(in_child(add_twice, &five, err, sizeof(err)), 0);
    assert_string_equal(err, "libsctp_userland: another address of ours\n");
}

UNIT_TEST(an_unknown_address_that_a_packet_came_to_is_looked_up_once_a_second)
{
    const union address one = at("127.0.0.1", 7), far = at("192.0.2.1", 7);

    now.tv_sec = 1000;
    local_address_met(&one);
    assert_true(knows("127.0.0.1"));
    memset(&stack, 0, sizeof(stack));
    local_address_met(&far);
    assert_int_equal(stack.n, 0);
    now.tv_sec++;
    local_address_met(&far);
    assert_int_equal(stack.n, 1);
}

int main(void)
{
    alarm(120);
    return run_all_tests(begin, NULL);
}
