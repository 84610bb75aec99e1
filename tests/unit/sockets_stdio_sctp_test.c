/*
 * Streams of stdio on a socket, as UNP uses them, on both stacks.
 */
#include "unit_sctp.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#if !__GLIBC_PREREQ(2, 33)
#define mallinfo2 mallinfo
#endif
#include <signal.h>

static struct sockaddr_storage at;

static int bound_listener(void)
{
    struct sockaddr_storage local = address("127.0.0.1", port_of(&at));
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    socklen_t len = sizeof(at);

    set_timeouts(fd);
    assert_int_equal(bind(fd, sockaddr_of(&local), sizeof(struct sockaddr_in)), 0);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, sockaddr_of(&at), &len), 0);
    return fd;
}

static int listen_once(void **state)
{
    static int listening;

    memset(&at, 0, sizeof(at));
    listening = bound_listener();
    *state = &listening;
    return 0;
}

static int close_it(void **state)
{
    close(*(int *)*state);
    return 0;
}

static int connected(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);

    return connect(fd, sockaddr_of(&at), sizeof(struct sockaddr_in)) == 0 ? fd : -1;
}

UNIT_TEST(streams_read_and_write_lines)
{
    int fd = connected(), accepted = accept(*(int *)*state, NULL, NULL);
    FILE *in = fdopen(dup(fd), "r"), *out = fdopen(fd, "w");
    char line[20];

    assert_non_null(in);
    assert_non_null(out);
    assert_int_equal(fileno(out), fd);
    fprintf(out, "line %d\n", 1);
    assert_int_equal(fflush(out), 0);
    assert_int_equal(read(accepted, line, sizeof(line)), 7);
    assert_int_equal(write(accepted, "one\ntwo\n", 8), 8);
    assert_non_null(fgets(line, sizeof(line), in));
    assert_string_equal(line, "one\n");
    assert_int_equal(fclose(in), 0); /* with a line that was not read */
    fprintf(out, "end\n");
    assert_int_equal(fclose(out), 0);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(read(accepted, line, sizeof(line)), 4);
    assert_int_equal(read(accepted, line, sizeof(line)), 0);
    close(accepted);
}

UNIT_TEST(fclose_frees_the_port)
{
    FILE *stream = fdopen(*(int *)*state, "r");

    assert_int_equal(fclose(stream), 0);
    *(int *)*state = bound_listener();
}

/* The threads of the userland stack also allocate memory, but less. */
UNIT_TEST(a_closed_stream_and_one_that_was_not_opened_leave_no_memory)
{
    enum { TIMES = 1000, LEAST = 32 }; /* LEAST: bytes of what would be left each time */
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    size_t before;

    for (int opens = 0; opens < 2; opens++) {
        before = mallinfo2().uordblks;
        for (int i = 0; i < TIMES; i++) {
            FILE *stream = fdopen(opens ? dup(fd) : fd, opens ? "r" : "mode");

            assert_int_equal(stream != NULL, opens);
            if (opens)
                assert_int_equal(fclose(stream), 0);
        }
        assert_in_range(mallinfo2().uordblks, 0, before + (size_t)TIMES * LEAST / 2);
    }
    close(fd);
}

static bool is_blocked(int signal)
{
    sigset_t mask;

    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
    return sigismember(&mask, signal);
}

UNIT_TEST(fdopen_and_fclose_keep_the_signal_mask)
{
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    sigset_t one;
    FILE *stream;

    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    sigprocmask(SIG_BLOCK, &one, NULL);
    stream = fdopen(fd, "r");
    assert_non_null(stream);
    assert_true(is_blocked(SIGUSR1) && !is_blocked(SIGUSR2));
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    assert_int_equal(fclose(stream), 0);
    assert_false(is_blocked(SIGUSR1) || is_blocked(SIGUSR2));
}

UNIT_TEST(a_stream_has_no_position_and_reports_errors_of_the_socket)
{
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP); /* not connected */
    FILE *stream;

    errno = 0;
    assert_null(fdopen(fd, "mode"));
    assert_int_equal(errno, EINVAL);
    signal(SIGPIPE, SIG_IGN);
    stream = fdopen(fd, "r+");
    assert_non_null(stream);
    assert_fails((int)ftell(stream), ESPIPE);
    assert_int_equal(getc(stream), EOF);
    assert_true(ferror(stream));
    clearerr(stream);
    assert_true(fputs("text", stream) >= 0);
    assert_int_equal(fflush(stream), EOF);
    assert_true(ferror(stream));
    fclose(stream);
}

/* Prints to the first and the last of three. */
static void print_and_exit(void *arg)
{
    FILE *out[3];

    for (int i = 0; i < 3; i++) {
        int fd = connected();

        out[i] = fd < 0 ? NULL : fdopen(fd, "w");
        if (!out[i])
            _exit(1);
    }
    fclose(out[1]);
    fprintf(out[0], "last");
    fprintf(out[2], "last words");
    exit(0);
}

UNIT_TEST(exit_sends_what_was_printed)
{
    static const int sent[] = {4, 0, 10};
    char err[5000], line[20];

    if (in_child(print_and_exit, NULL, err, sizeof(err)) != 0)
        fail_msg("the child: %s", err);
    for (int i = 0; i < 3; i++) {
        int accepted = accept(*(int *)*state, NULL, NULL);

        assert_int_equal(read(accepted, line, sizeof(line)), sent[i]);
        close(accepted);
    }
}

int main(void)
{
    return run_all_tests(listen_once, close_it);
}
