/*
 * Calls with arguments that the kernel refuses, and descriptors that few programs have, on both
 * stacks: the userland stack returns the kernel's errno and does not crash.
 */
#include "unit_many.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/uio.h>

#include "../tools/emulator.h"

UNIT_TEST(a_bad_list_of_descriptors_or_timeout_is_EFAULT)
{
    /* volatile, so that the compiler does not warn */
    struct pollfd *volatile none = NULL, *volatile beyond = (void *)-sizeof(struct pollfd);
    volatile nfds_t most = ULONG_MAX;

#ifdef __SANITIZE_ADDRESS__ /* which itself looks at them */
    skip();
#endif
    assert_fails(poll(none, 1, 0), EFAULT);
    assert_fails(poll(beyond, 2, 0), EFAULT);
    assert_fails(poll(none, most, 0), EINVAL);
    assert_fails(ppoll(none, 1, &(struct timespec){0}, NULL), EFAULT);
    assert_fails(recvmmsg(pair.a, NULL, 0, 0, (struct timespec *)(void *)beyond), EFAULT);
}

UNIT_TEST(FIONREAD_without_a_place_is_EFAULT)
{
    int one_to_one = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    int n = -1;

    assert_fails(ioctl(pair.b, FIONREAD, NULL), EFAULT);
    assert_fails(ioctl(one_to_one, FIONREAD, NULL), EFAULT);
    assert_int_equal(ioctl(pair.a, FIONREAD, &n), 0);
    assert_int_equal(n, 0);
    close(one_to_one);
}

UNIT_TEST(SO_PEEK_OFF_is_refused)
{
    int n = 2;
    socklen_t size = sizeof(n);

    assert_fails(setsockopt(pair.a, SOL_SOCKET, SO_PEEK_OFF, &n, size), EOPNOTSUPP);
    assert_fails(getsockopt(pair.a, SOL_SOCKET, SO_PEEK_OFF, &n, &size), EOPNOTSUPP);
}

/* UIO_MAXIOV is 1024. */
UNIT_TEST(too_many_buffers_are_refused)
{
    static struct iovec many[1025];
    volatile int negative = -1; /* so that the compiler does not warn */
    struct msghdr m = {.msg_iov = many, .msg_iovlen = COUNT(many)};

    assert_fails(sendmsg(pair.a, &m, 0), EMSGSIZE);
    assert_fails(recvmsg(pair.a, &m, MSG_DONTWAIT), EMSGSIZE);
    m.msg_iovlen = SIZE_MAX / sizeof(*many) + 2; /* in bytes, this wraps around to 16 */
    assert_fails(sendmsg(pair.a, &m, 0), EMSGSIZE);
    assert_fails(recvmsg(pair.a, &m, MSG_DONTWAIT), EMSGSIZE);
    assert_fails(writev(pair.a, many, negative), EINVAL);
    assert_fails(readv(pair.a, many, negative), EINVAL);
    assert_fails(writev(pair.a, many, COUNT(many)), EINVAL);
    assert_fails(readv(pair.a, many, COUNT(many)), EINVAL);
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
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = COUNT(iov)};

    assert_int_equal(sendmsg(pair.a, &m, 0), -1);
    assert_true(errno == EINVAL || errno == EFAULT);
    assert_int_equal(recvmsg(pair.a, &m, MSG_DONTWAIT), -1);
    assert_true(errno == EINVAL || errno == EFAULT);
}

/* The memory ends where msg_controllen says, so that ASan detects a read beyond it. */
UNIT_TEST(a_control_message_longer_than_its_room_is_EINVAL)
{
    struct iovec iov = {(char[]){"hello"}, 5};
    struct cmsghdr *c = malloc(sizeof(*c));
    struct msghdr m = {.msg_name = &pair.at_b,
                       .msg_namelen = sizeof(struct sockaddr_in),
                       .msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = c,
                       .msg_controllen = sizeof(*c)};

    assert_non_null(c);
    *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(struct sctp_sndinfo)),
                          .cmsg_level = IPPROTO_SCTP,
                          .cmsg_type = SCTP_SNDINFO};
    assert_fails(sendmsg(pair.a, &m, 0), EINVAL);
    free(c);
}

/* Programs may allocate sets for more than FD_SETSIZE descriptors. */
UNIT_TEST(select_sees_a_descriptor_above_1023)
{
    enum { HIGH = 1500, WORD = 8 * sizeof(long) };
    unsigned long set[2048 / WORD] = {0};
    struct rlimit limit;
    struct timeval patience = {.tv_sec = PATIENCE};
    char buf[10];

    skip_because(lacks_large_sets());
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur <= HIGH)
        skip();
    assert_int_equal(dup2(pair.b, HIGH), HIGH);
    assert_int_equal(send_on(pair.a, pair.id_a, 0, "hello", 5), 0);
    set[HIGH / WORD] |= 1ul << HIGH % WORD;
    assert_int_equal(select(HIGH + 1, (fd_set *)(void *)set, NULL, NULL, &patience), 1);
    assert_true(set[HIGH / WORD] >> HIGH % WORD & 1);
    assert_int_equal(recv(HIGH, buf, sizeof(buf), 0), 5);
    close(HIGH);
}

/* The memory after the set must not be read. */
UNIT_TEST(select_reads_as_much_of_a_set_as_its_number_of_descriptors_says)
{
    enum { WORD = 8 * sizeof(long) };
    const size_t page = (size_t)getpagesize();
    // cppcheck-suppress invalidFunctionArg
    char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fd_set *set = (void *)(memory + page - sizeof(long));

    assert_ptr_not_equal(memory, MAP_FAILED);
    assert_int_equal(mprotect(memory + page, page, PROT_NONE), 0);
    assert_int_equal(dup2(pair.b, WORD), WORD); /* the first that is not in the set */
    assert_int_equal(select(WORD, set, NULL, NULL, &(struct timeval){0}), 0);
    close(WORD);
    munmap(memory, 2 * page);
}

/* The userland stack has descriptors from 512 on. */
UNIT_TEST(descriptors_that_the_program_did_not_open_are_EBADF)
{
    struct iovec iov = {(char[]){"hello"}, 5};
    struct mmsghdr m = {.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}};
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof(at);

    for (int fd = 512; fd < 600; fd++) {
        assert_fails(send(fd, "x", 1, 0), EBADF);
        assert_fails(sendmmsg(fd, &m, 1, 0), EBADF);
        assert_fails(listen(fd, 5), EBADF);
        assert_fails(getsockname(fd, (struct sockaddr *)&at, &size), EBADF);
        assert_fails(connect(fd, (struct sockaddr *)&at, size), EBADF);
        assert_fails(shutdown(fd, SHUT_RDWR), EBADF);
        assert_fails(close(fd), EBADF);
        if (fcntl(fd, F_GETFD) >= 0) {
            assert_fails(dup2(pair.a, fd), EBUSY);
            assert_fails(dup3(pair.a, fd, O_CLOEXEC), EBUSY);
        }
    }
    assert_int_equal(send_on(pair.a, pair.id_a, 0, "hello", 5), 0);
    assert_int_equal(recv(pair.b, iov.iov_base, 5, 0), 5);
}

static int duplicate(int fd)
{
    return dup(fd);
}

static int duplicate_there(int fd)
{
    return dup2(fd, STDIN_FILENO);
}

static int duplicate_from(int fd)
{
    return fcntl(fd, F_DUPFD, STDIN_FILENO);
}

UNIT_TEST(a_socket_may_have_descriptor_0)
{
    static int (*const ways[])(int) = {duplicate, duplicate_there, duplicate_from};
    const int saved = dup(STDIN_FILENO);
    char buf[10];

    for (size_t i = 0; i < COUNT(ways); i++) {
        close(STDIN_FILENO);
        assert_int_equal(ways[i](pair.b), STDIN_FILENO);
        close(pair.b);
        assert_int_equal(send_on(pair.a, pair.id_a, 0, "hello", 5), 0);
        assert_int_equal(recv(STDIN_FILENO, buf, sizeof(buf), 0), 5);
        pair.b = dup(STDIN_FILENO);
    }
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    close(saved);
}

/* Daemons such as systemd close all descriptors that a child is not to inherit. */
UNIT_TEST(all_descriptors_can_be_closed_and_unshared)
{
    int first = pair.a;

    assert_int_equal(close_range((unsigned)first, ~0u, 2 /* CLOSE_RANGE_UNSHARE */), 0);
    assert_fails(send_on(pair.a, pair.id_a, 0, "hello", 5), EBADF);
    open_pair(state);
    assert_int_equal(pair.a, first);
    assert_int_equal(send_on(pair.a, pair.id_a, 0, "hello", 5), 0);
}

UNIT_TEST(all_descriptors_can_be_marked_as_those_that_exec_closes)
{
    char buf[10];

    assert_int_equal(close_range((unsigned)pair.a, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */), 0);
    assert_int_equal(fcntl(pair.a, F_GETFD), FD_CLOEXEC);
    assert_int_equal(send_on(pair.a, pair.id_a, 0, "hello", 5), 0);
    assert_int_equal(recv(pair.b, buf, sizeof(buf), 0), 5);
    assert_fails(close_range(9, 8, 0), EINVAL);
}

int main(void)
{
    return run_all_tests(open_pair, close_pair);
}
