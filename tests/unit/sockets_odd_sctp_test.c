/*
 * Calls with arguments that the kernel refuses, and descriptors that few programs have, on both
 * stacks: the userland stack returns the kernel's errno and does not crash.
 */
#include "unit_sctp.h"

#include <limits.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/uio.h>

struct pair {
    int a, b;
    struct sockaddr_storage at_a, at_b;
    sctp_assoc_t id;
};

static struct pair open_pair(void)
{
    struct pair p;

    p.a = open_endpoint("127.0.0.1", 5, 5, &p.at_a);
    p.b = open_endpoint("127.0.0.1", 5, 5, &p.at_b);
    p.id = associate(p.a, &p.at_b);
    return p;
}

static void close_pair(const struct pair *p)
{
    close(p->a);
    close(p->b);
}

#define FAILS(call, error)                                                                         \
    do {                                                                                           \
        errno = 0;                                                                                 \
        assert_int_equal((call), -1);                                                              \
        assert_int_equal(errno, error);                                                            \
    } while (0)

UNIT_TEST(a_bad_list_of_descriptors_is_EFAULT)
{
    struct pair p = open_pair();
    /* volatile, so that the compiler does not warn */
    struct pollfd *volatile none = NULL, *volatile beyond = (void *)-sizeof(struct pollfd);
    volatile nfds_t most = ULONG_MAX;

#ifdef __SANITIZE_ADDRESS__ /* which itself looks at them */
    close_pair(&p);
    skip();
#endif
    FAILS(poll(none, 1, 0), EFAULT);
    FAILS(poll(beyond, 2, 0), EFAULT);
    FAILS(poll(none, most, 0), EINVAL);
    FAILS(ppoll(none, 1, &(struct timespec){0}, NULL), EFAULT);
    close_pair(&p);
}

UNIT_TEST(FIONREAD_without_a_place_is_EFAULT)
{
    struct pair p = open_pair();
    int one_to_one = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    int n = -1;

    FAILS(ioctl(p.b, FIONREAD, NULL), EFAULT);
    FAILS(ioctl(one_to_one, FIONREAD, NULL), EFAULT);
    assert_int_equal(ioctl(p.a, FIONREAD, &n), 0);
    assert_int_equal(n, 0);
    close(one_to_one);
    close_pair(&p);
}

/* UIO_MAXIOV is 1024. */
UNIT_TEST(too_many_buffers_are_refused)
{
    static struct iovec many[1025];
    volatile int negative = -1; /* so that the compiler does not warn */
    struct pair p = open_pair();
    struct msghdr m = {.msg_iov = many, .msg_iovlen = COUNT(many)};

    FAILS(sendmsg(p.a, &m, 0), EMSGSIZE);
    FAILS(recvmsg(p.a, &m, MSG_DONTWAIT), EMSGSIZE);
    m.msg_iovlen = SIZE_MAX / sizeof(*many) + 2; /* in bytes, this wraps around to 16 */
    FAILS(sendmsg(p.a, &m, 0), EMSGSIZE);
    FAILS(recvmsg(p.a, &m, MSG_DONTWAIT), EMSGSIZE);
    FAILS(writev(p.a, many, negative), EINVAL);
    FAILS(readv(p.a, many, negative), EINVAL);
    FAILS(writev(p.a, many, COUNT(many)), EINVAL);
    FAILS(readv(p.a, many, COUNT(many)), EINVAL);
    close_pair(&p);
}

/* The sum of the lengths wraps around to 16. */
UNIT_TEST(buffers_longer_than_the_memory_are_refused)
{
    char buf[16];
    struct iovec iov[] = {{buf, SIZE_MAX / 4 + 1},
                          {buf, SIZE_MAX / 4 + 1},
                          {buf, SIZE_MAX / 4 + 1},
                          {buf, SIZE_MAX / 4 + 1},
                          {buf, sizeof(buf)}};
    struct pair p = open_pair();
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = COUNT(iov)};

    assert_int_equal(sendmsg(p.a, &m, 0), -1);
    assert_true(errno == EINVAL || errno == EFAULT);
    assert_int_equal(recvmsg(p.a, &m, MSG_DONTWAIT), -1);
    assert_true(errno == EINVAL || errno == EFAULT);
    close_pair(&p);
}

/* The memory ends where msg_controllen says, so that ASan detects a read beyond it. */
UNIT_TEST(a_control_message_longer_than_its_room_is_EINVAL)
{
    struct pair p = open_pair();
    struct iovec iov = {(char[]){"hello"}, 5};
    struct cmsghdr *c = malloc(sizeof(*c));
    struct msghdr m = {.msg_name = &p.at_b,
                       .msg_namelen = sizeof(struct sockaddr_in),
                       .msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = c,
                       .msg_controllen = sizeof(*c)};

    assert_non_null(c);
    *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(struct sctp_sndinfo)),
                          .cmsg_level = IPPROTO_SCTP,
                          .cmsg_type = SCTP_SNDINFO};
    FAILS(sendmsg(p.a, &m, 0), EINVAL);
    free(c);
    close_pair(&p);
}

/* Programs may allocate sets for more than FD_SETSIZE descriptors. */
UNIT_TEST(select_sees_a_descriptor_above_1023)
{
    enum { HIGH = 1500, WORD = 8 * sizeof(long) };
    unsigned long set[2048 / WORD] = {0};
    struct pair p = open_pair();
    struct rlimit limit;
    struct timeval patience = {.tv_sec = PATIENCE};
    char buf[10];

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur <= HIGH) {
        close_pair(&p);
        skip();
    }
    assert_int_equal(dup2(p.b, HIGH), HIGH);
    assert_int_equal(send_on(p.a, p.id, 0, "hello", 5), 0);
    set[HIGH / WORD] |= 1ul << HIGH % WORD;
    assert_int_equal(select(HIGH + 1, (fd_set *)(void *)set, NULL, NULL, &patience), 1);
    assert_true(set[HIGH / WORD] >> HIGH % WORD & 1);
    assert_int_equal(recv(HIGH, buf, sizeof(buf), 0), 5);
    close(HIGH);
    close_pair(&p);
}

/* Daemons such as systemd close all descriptors that a child is not to inherit. */
UNIT_TEST(all_descriptors_can_be_closed_and_unshared)
{
    struct pair p = open_pair();
    int first = p.a;

    assert_int_equal(close_range((unsigned)first, ~0u, 2 /* CLOSE_RANGE_UNSHARE */), 0);
    FAILS(send_on(p.a, p.id, 0, "hello", 5), EBADF);
    p = open_pair();
    assert_int_equal(p.a, first);
    assert_int_equal(send_on(p.a, p.id, 0, "hello", 5), 0);
    close_pair(&p);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
