/* Settings of the kernel, with and without /proc: lib/server/kernel.c. */
#include "server/inside.h"
#include "unit.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The contents of the files of /proc; NULL: they cannot be opened. */
static const char *contents;

FILE *fopen(const char *path, const char *mode)
{
    assert_ptr_equal(strstr(path, "/proc/"), path);
    assert_int_equal(mode[0], 'r');
    return contents ? fmemopen((void *)(uintptr_t)contents, strlen(contents), "r") : NULL;
}

/* The userland stack has no socket with this descriptor, so it counts as the kernel's. */
#define FD (-1)

static int receive_buffer; /* its size in bytes; 0: it cannot be read */

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    if (level != SOL_SOCKET || name != SO_RCVBUF)
        return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
    errno = EBADF;
    *(int *)value = receive_buffer;
    return receive_buffer ? 0 : -1;
}

UNIT_TEST(one_send_buffer_is_shared_where_the_policy_is_0)
{
    contents = "0\n";
    assert_true(unp_shared_sndbuf(FD));
}

UNIT_TEST(each_association_has_its_own_where_the_policy_is_1)
{
    contents = "1\n";
    assert_false(unp_shared_sndbuf(FD));
}

/* 0 is Linux's default.  Taking it for 1 would disable the protection of a shared buffer. */
UNIT_TEST(a_policy_that_cannot_be_read_counts_as_0)
{
    contents = NULL;
    assert_true(unp_shared_sndbuf(FD));
    contents = "?\n";
    assert_true(unp_shared_sndbuf(FD));
}

UNIT_TEST(the_longest_queue_of_a_processor_counts)
{
    contents = "00000001 00000002 3 4 5 6 7 8 9 a b 00000010 00000000\n"
               "00000001 00000002 3 4 5 6 7 8 9 a b 000001ff 00000001\n"
               "00000001 00000002 3 4 5 6 7 8 9 a b 00000000 00000002\n";
    assert_int_equal(unp_backlog(), 0x1ff);
}

UNIT_TEST(a_queue_whose_length_is_not_told_counts_as_empty)
{
    contents = "00000001 00000002 3 4 5 6 7 8 9 a b\n"; /* before Linux 5.10 */
    assert_int_equal(unp_backlog(), 0);
    contents = NULL;
    assert_int_equal(unp_backlog(), 0);
}

UNIT_TEST(a_burst_leaves_a_tenth_of_the_queue_to_others)
{
    contents = "500\n";
    assert_int_equal(unp_burst(), 450);
    contents = NULL;
    assert_int_equal(unp_burst(), 900); /* of the default, 1000 */
    contents = "-1\n";
    assert_int_equal(unp_burst(), 0);
}

UNIT_TEST(the_kernels_memory_for_sctp_is_the_first_of_three_numbers_of_pages)
{
    contents = "500\t600\t700\n";
    assert_int_equal(unp_sctp_memory(FD), 500 * sysconf(_SC_PAGESIZE));
    contents = NULL;
    assert_true(unp_sctp_memory(FD) == SIZE_MAX);
    assert_true(unp_undelivered_limit(FD) == SIZE_MAX);
}

UNIT_TEST(half_of_the_receive_buffer_or_of_the_kernels_memory_may_hold_undelivered_data)
{
    int udp = socket(AF_INET, SOCK_DGRAM, 0);

    receive_buffer = 1000;
    contents = "0\n"; /* one buffer for all */
    assert_int_equal(unp_undelivered_limit(FD), 500);
    assert_true(unp_undelivered_limit(udp) == SIZE_MAX);
    contents = "1\n"; /* one buffer for each; the kernel's memory is one page */
    assert_int_equal(unp_undelivered_limit(FD), sysconf(_SC_PAGESIZE) / 2);
    contents = "-1\n";
    assert_true(unp_undelivered_limit(FD) == SIZE_MAX);
    receive_buffer = 0;
    contents = "0\n";
    assert_true(unp_undelivered_limit(FD) == SIZE_MAX);
    close(udp);
}

/* A socket of the userland stack is a Unix socket to the kernel. */
UNIT_TEST(a_socket_of_another_protocol_is_not_the_kernels)
{
    int udp = socket(AF_INET, SOCK_DGRAM, 0);

    assert_true(udp >= 0);
    assert_false(unp_is_kernel_socket(udp));
    assert_true(unp_is_kernel_socket(-1));
    contents = "0\n";
    assert_false(unp_shared_sndbuf(udp));
    close(udp);
}

UNIT_TEST(a_burst_of_one_leaves_nothing)
{
    contents = "1\n";
    assert_int_equal(unp_burst(), 1);
    contents = "0\n";
    assert_int_equal(unp_burst(), 0);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
