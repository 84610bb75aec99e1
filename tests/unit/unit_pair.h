/* Shared by the tests of calls on a socket: an established one-to-one association. */
#ifndef UNIT_PAIR_H
#define UNIT_PAIR_H

#include "unit_sctp.h"

enum { SOON = PATIENCE * 1000 /* ms */, UNTOUCHED = 77 };

/* An established one-to-one association: c connected to l and is s there. */
static struct {
    int l, c, s;
    struct sockaddr_in at, from;
} one;

static inline struct sockaddr *sa(struct sockaddr_in *in)
{
    return (struct sockaddr *)in;
}

static inline int open_pair(void **state)
{
    socklen_t len = sizeof(one.at);

    one.at = any_port();
    one.l = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    one.c = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    assert_true(one.l >= 0 && one.c >= 0);
    set_timeouts(one.l);
    set_timeouts(one.c);
    assert_int_equal(bind(one.l, sa(&one.at), len), 0);
    assert_int_equal(listen(one.l, 5), 0);
    assert_int_equal(getsockname(one.l, sa(&one.at), &len), 0);
    assert_int_equal(connect(one.c, sa(&one.at), len), 0);
    one.s = accept(one.l, sa(&one.from), &len);
    assert_true(one.s >= 0);
    set_timeouts(one.s);
    return 0;
}

static inline int close_pair(void **state)
{
    close(one.c);
    close(one.s);
    close(one.l);
    return 0;
}

static inline int option_of(int fd, int level, int name)
{
    int n = -1;
    socklen_t len = sizeof(n);

    assert_int_equal(getsockopt(fd, level, name, &n, &len), 0);
    return n;
}

#define WITH_PAIR(f) UNIT_TEST_WITH(f, open_pair, close_pair, NULL)

#endif
