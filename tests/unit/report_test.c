/* Output that never blocks the server: lib/server/report.c. */
#include "blocks.h"
#include "server/inside.h"
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { LINES = 20000, THREADS = 4 };

static int saved, reader; /* cmocka's standard output; the read end of the pipe in its place */

/* Makes a pipe the standard output, until finish(). */
static void begin(int flags, bool json)
{
    int fds[2];

    alarm(120); /* a test that hangs fails */
    blocks_before = blocks;
    fflush(stdout);
    saved = dup(STDOUT_FILENO);
    assert_int_equal(pipe2(fds, flags), 0);
    reader = fds[0];
    fcntl(reader, F_SETFL, 0);
    dup2(fds[1], STDOUT_FILENO);
    close(fds[1]);
    assert_int_equal(unp_report_start(json), 0);
}

/* No line may leak; the library keeps a few blocks for a thread. */
static void finish(void)
{
    unp_report_finish();
    assert_in_range(blocks - blocks_before + 100, 0, 200);
    dup2(saved, STDOUT_FILENO);
    close(saved);
}

static void print_line(int number)
{
    struct unp_line *line = unp_line_new();

    if (!line)
        return;
    fprintf(line->f, "%d %0100d\n", number, 0);
    unp_line_print(line);
}

/* The number of dropped lines, if the text is exactly the line that reports it; otherwise 0. */
static long count_in(const char *text)
{
    static const char *const forms[] = {
        "{\"event\":\"left_out\",\"count\":%ld}\n",
        ("(%ld notifications were dropped: this output was not read in time, or cannot be "
         "written)\n"),
        "(%ld notification was dropped: this output was not read in time, or cannot be written)\n"};
    char expected[256];
    long count;

    for (size_t i = 0; i < COUNT(forms); i++)
        if (sscanf(text, forms[i], &count) == 1) {
            snprintf(expected, sizeof(expected), i == 1 && count == 1 ? forms[2] : forms[i], count);
            assert_string_equal(text, expected);
            return count;
        }
    return 0;
}

/* Reads until so many lines were read or reported as dropped; returns how many were dropped. */
static long read_lines(FILE *f, long lines)
{
    char text[256];
    long seen = 0, dropped = 0, count;

    while (seen + dropped < lines) {
        assert_non_null(fgets(text, sizeof(text), f));
        count = count_in(text);
        dropped += count;
        if (count)
            continue;
        assert_int_equal(strtol(text, NULL, 10), seen + dropped); /* in their order, none lost */
        seen++;
    }
    assert_int_equal(seen + dropped, lines);
    return dropped;
}

static void leave_out_and_count(bool json)
{
    FILE *f;

    begin(0, json);
    for (int i = 0; i < LINES; i++)
        print_line(i);
    f = fdopen(reader, "r");
    assert_true(read_lines(f, LINES) > 0);
    print_line(0); /* there is room again */
    assert_int_equal(read_lines(f, 1), 0);
    finish();
    assert_int_equal(fgetc(f), EOF);
    fclose(f);
}

static void unread_lines_are_dropped_and_counted(void **state)
{
    leave_out_and_count(true);
}

static void the_text_output_has_the_number_of_dropped_lines_in_words(void **state)
{
    leave_out_and_count(false);
}

static void print_long_line(int flags)
{
    const size_t len = 3 << 20;
    struct unp_line *line;
    size_t n = 0;
    long dropped;
    FILE *f;

    begin(flags, true);
    line = unp_line_new();
    assert_non_null(line);
    for (size_t i = 0; i < len; i++)
        putc('x', line->f);
    unp_line_print(line);
    print_line(0); /* there is no room now */
    f = fdopen(reader, "r");
    for (int c = 'x'; c == 'x'; n++)
        c = fgetc(f);
    ungetc('{', f);
    dropped = read_lines(f, 1);
    finish();
    fclose(f);
    assert_int_equal(n, len + 1);
    assert_int_equal(dropped, 1);
}

static void a_line_may_be_longer_than_the_queue(void **state)
{
    print_long_line(0);
    print_long_line(O_NONBLOCK); /* it is written in parts */
}

static void *print_some(void *unused)
{
    for (int i = 0; i < 100; i++)
        print_line(i);
    return unused;
}

static void threads_print_whole_lines_even_where_the_pipe_is_nonblocking(void **state)
{
    pthread_t threads[THREADS];
    char text[256];
    FILE *f;

    begin(O_NONBLOCK, true);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, print_some, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    f = fdopen(reader, "r");
    for (int i = 0; i < THREADS * 100; i++) {
        assert_non_null(fgets(text, sizeof(text), f));
        assert_int_equal(strlen(strchr(text, ' ')), 102);
    }
    finish();
    fclose(f);
}

static void the_thread_leaves_the_signals_to_the_server(void **state)
{
    sigset_t blocked;

    begin(0, false);
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    finish();
    close(reader);
    assert_false(sigismember(&blocked, SIGTERM) || sigismember(&blocked, SIGINT));
}

static void a_reader_that_has_gone_does_not_end_the_process(void **state)
{
    signal(SIGPIPE, SIG_IGN);
    begin(0, true);
    close(reader);
    for (int i = 0; i < LINES; i++)
        print_line(i);
    finish();
}

/* The stream of such a line fails when it is closed. */
static void lines_without_memory_are_dropped_and_counted(void **state)
{
    enum { MANY = 300 };
    struct unp_line *line;
    FILE *f;

    begin(0, true);
    f = fdopen(reader, "r");
    for (int i = 0; i < MANY; i++) {
        line = unp_line_new();
        assert_non_null(line);
        fclose(line->f);
        line->f = fopen("/dev/full", "w");
        fputs("x", line->f);
        unp_line_print(line);
    }
    print_line(MANY);
    assert_int_equal(read_lines(f, MANY + 1), MANY);
    finish();
    fclose(f);
}

/* A process of its own, because its thread stays blocked. */
static void a_reader_that_never_reads_does_not_keep_the_process_from_ending(void **state)
{
    int status = -1;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        begin(0, true);
        for (int i = 0; i < LINES; i++)
            print_line(i);
        unp_report_finish();
        exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* A limit of the file's size acts like a full disk: the line that exceeds it is cut. */
static void a_full_disk_cuts_one_line_and_later_the_others_are_counted(void **state)
{
    const struct rlimit full = {1000, RLIM_INFINITY}, more = {RLIM_INFINITY, RLIM_INFINITY};
    FILE *f = tmpfile();
    char text[256];
    int number;

    signal(SIGXFSZ, SIG_IGN);
    begin(0, false);
    dup2(fileno(f), STDOUT_FILENO);
    setrlimit(RLIMIT_FSIZE, &full);
    for (int i = 0; i < 20; i++)
        print_line(i);
    unp_report_finish();
    setrlimit(RLIMIT_FSIZE, &more);
    assert_int_equal(unp_report_start(false), 0);
    print_line(20);
    finish();
    rewind(f);
    for (int i = 0; i < 9; i++) {
        assert_non_null(fgets(text, sizeof(text), f));
        assert_int_equal(sscanf(text, "%d", &number), 1);
        assert_int_equal(number, i);
    }
    assert_non_null(fgets(text, sizeof(text), f)); /* is cut */
    assert_in_range(strlen(text), 2, 100);
    assert_non_null(fgets(text, sizeof(text), f));
    assert_int_equal(count_in(text), 11);
    assert_non_null(fgets(text, sizeof(text), f));
    assert_int_equal(sscanf(text, "%d 0", &number), 1);
    assert_int_equal(number, 20);
    assert_null(fgets(text, sizeof(text), f));
    fclose(f);
    close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_cuts_one_line_and_later_the_others_are_counted),
        cmocka_unit_test(unread_lines_are_dropped_and_counted),
        cmocka_unit_test(the_text_output_has_the_number_of_dropped_lines_in_words),
        cmocka_unit_test(a_line_may_be_longer_than_the_queue),
        cmocka_unit_test(threads_print_whole_lines_even_where_the_pipe_is_nonblocking),
        cmocka_unit_test(the_thread_leaves_the_signals_to_the_server),
        cmocka_unit_test(lines_without_memory_are_dropped_and_counted),
        cmocka_unit_test(a_reader_that_never_reads_does_not_keep_the_process_from_ending),
        /* the last: the lines that it loses would be counted in the next */
        cmocka_unit_test(a_reader_that_has_gone_does_not_end_the_process),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
