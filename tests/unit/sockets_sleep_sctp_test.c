/*
 * select(2) without descriptors, on both stacks.  On userland the program's calls no longer read
 * UDP after it (userland/entry_select.c), so the test is a program of its own.
 */
#include "unit_pair.h"

#include <sys/epoll.h>
#include <sys/select.h>

WITH_PAIR(what_was_read_is_not_reported_after_a_select_of_nothing)
{
    struct epoll_event event = {.events = EPOLLIN};
    int set = epoll_create1(0);
    char text[10];

    assert_int_equal(epoll_ctl(set, EPOLL_CTL_ADD, one.s, &event), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(send(one.c, "hey", 3, 0), 3);
        assert_int_equal(epoll_wait(set, &event, 1, SOON), 1);
        assert_int_equal(recv(one.s, text, sizeof(text), 0), 3);
        assert_int_equal(select(0, NULL, NULL, NULL, &(struct timeval){0}), 0);
        assert_int_equal(epoll_wait(set, &event, 1, 0), 0);
    }
    close(set);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
