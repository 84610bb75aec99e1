/* Output and exit status of the error functions: lib/error.c. */
#include "cmdline/cmdline.h"
#include "unit.h"
#include "unpsctp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

static void say_two_things(void *arg)
{
    err_msg("note: %d %s", 2, "things");
    err_msg("on two lines");
}

UNIT_TEST(a_message_is_a_line_that_begins_with_the_program)
{
    char err[512];

    assert_int_equal(in_child(say_two_things, NULL, err, sizeof(err)), 0);
    assert_string_equal(err, "error_test: note: 2 things\nerror_test: on two lines\n");
}

static void say_the_time(void *arg)
{
    unp_print_times = true;
    fputs("output\n", stdout); /* it is written before the message */
    dup2(STDERR_FILENO, STDOUT_FILENO);
    errno = ENOENT;
    err_sys("open");
}

UNIT_TEST(a_message_may_begin_with_the_time)
{
    char err[512];
    int end = 0;

    assert_int_equal(in_child(say_the_time, NULL, err, sizeof(err)), EXIT_SYSTEM);
    sscanf(err, "output %*d-%*d-%*dT%*d:%*d:%*d.%*3d%*c%*d:%*d error_test: open: %n", &end);
    assert_string_equal(err + end, "No such file or directory\n");
    assert_contains(err, " error_test: open: ");
}

static void quit(void *status)
{
    err_quit(*(int *)status, "cannot go on, %s", "alas");
}

UNIT_TEST(err_quit_ends_the_program_with_the_given_status)
{
    char err[512];
    int status;

    for (status = EXIT_OK; status <= EXIT_SYSTEM; status++) {
        assert_int_equal(in_child(quit, &status, err, sizeof(err)), status);
        assert_string_equal(err, "error_test: cannot go on, alas\n");
    }
}

static void fail_with(void *number)
{
    errno = *(int *)number;
    err_sys("open %s", "the door");
}

UNIT_TEST(a_system_error_says_why)
{
    char err[512];
    int number = ENOENT;

    assert_int_equal(in_child(fail_with, &number, err, sizeof(err)), EXIT_SYSTEM);
    assert_string_equal(err, "error_test: open the door: No such file or directory\n");
}

static void close_all_and_open_standard_files(void *arg)
{
    const int *closed = arg;

    for (; *closed >= 0; closed++)
        close(*closed);
    Unp_open_standard_files();
    _exit(100 + open("/", O_RDONLY)); /* the lowest free descriptor */
}

UNIT_TEST(standard_files_that_the_caller_has_closed_are_opened)
{
    int one[] = {0, -1}, two[] = {0, 1, -1}, none[] = {-1}, last[] = {2, -1}, all[] = {0, 1, 2, -1};
    int *const cases[] = {one, two, none, last, all};
    int lowest = open("/", O_RDONLY);
    char err[512];

    close(lowest);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(in_child(close_all_and_open_standard_files, cases[i], err, sizeof(err)),
                         100 + lowest);
}

static struct rlimit descriptors;

static void allow_descriptors(void) /* AddressSanitizer reads files at the end */
{
    setrlimit(RLIMIT_NOFILE, &descriptors);
}

static void open_standard_files_without_a_descriptor(void *closed)
{
    struct rlimit none;

    if (closed)
        close(STDIN_FILENO);
    getrlimit(RLIMIT_NOFILE, &descriptors);
    none = (struct rlimit){0, descriptors.rlim_max};
    atexit(allow_descriptors);
    setrlimit(RLIMIT_NOFILE, &none);
    Unp_open_standard_files();
    _exit(100);
}

UNIT_TEST(standard_files_that_are_open_are_left_alone)
{
    char err[512];

    assert_int_equal(in_child(open_standard_files_without_a_descriptor, NULL, err, sizeof(err)),
                     100);
}

UNIT_TEST(a_program_that_cannot_open_its_standard_files_ends)
{
    char err[512];

    assert_int_equal(in_child(open_standard_files_without_a_descriptor, "closed", err, sizeof(err)),
                     EXIT_SYSTEM);
    assert_string_equal(err, "error_test: open /dev/null: Too many open files\n");
}

static void quit_at_length(void *text)
{
    err_quit(EXIT_USAGE, "%s", (char *)text);
}

UNIT_TEST(a_very_long_message_is_truncated)
{
    char text[10000], err[10000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(in_child(quit_at_length, text, err, sizeof(err)), EXIT_USAGE);
    assert_in_range(strlen(err), 1000, 9000);
    assert_int_equal(err[strlen(err) - 1], '\n');
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
