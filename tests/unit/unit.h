/* Shared by the unit tests: cmocka, exactly sized memory, functions that run in a child. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * UNIT_TEST(name) { ... } defines a test.  run_all_tests(), which main() returns, runs all tests of
 * a file in the order of their lines, each between these two functions; NULL: none.
 */
#define UNIT_TEST(test) UNIT_TEST_WITH(test, NULL, NULL, NULL)

/* A test with a setup and a teardown of its own, which find `prestate` in *state. */
#define UNIT_TEST_WITH(test, set_up, tear_down, prestate)                                          \
    UNIT_TEST_AGAIN(test, test, #test, set_up, tear_down, prestate)                                \
    static void test(void **state)

/* Written before a test's definition: the test also runs with these functions, under this title. */
#define UNIT_TEST_AGAIN(id, test, title, set_up, tear_down, prestate)                              \
    static void test(void **state);                                                                \
    __attribute__((constructor(1000 + __LINE__))) static void add_##id(void)                       \
    {                                                                                              \
        assert(test_count < COUNT(all_tests));                                                     \
        all_tests[test_count++] =                                                                  \
            (struct CMUnitTest){title, test, set_up, tear_down, (void *)(uintptr_t)(prestate)};    \
    }

static struct CMUnitTest all_tests[100];
static size_t test_count;

static inline int run_all_tests(CMFixtureFunction set_up, CMFixtureFunction tear_down)
{
    for (size_t i = 0; i < test_count; i++)
        if (!all_tests[i].setup_func) {
            all_tests[i].setup_func = set_up;
            all_tests[i].teardown_func = tear_down;
        }
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return _cmocka_run_group_tests("tests", all_tests, test_count, NULL, NULL);
}

/* A copy in memory of just this size, so that ASan sees accesses beyond it. */
static inline void *exact_copy(const void *data, size_t len)
{
    void *copy = malloc(len ? len : 1);

    assert_non_null(copy);
    memcpy(copy, data, len);
    return copy;
}

/* The same for two blocks of memory, one after the other. */
static inline void *exact_join(const void *data, size_t len, const void *more, size_t more_len)
{
    unsigned char *both = malloc(len + more_len);

    assert_non_null(both);
    memcpy(both, data, len);
    memcpy(both + len, more, more_len);
    return both;
}

enum { GUARD = 64 };

/* Memory of this size, followed by a guard that free_guarded() checks: this detects writes beyond
 * the end even without ASan. */
static inline char *guarded(size_t size)
{
    char *buf = malloc(size + GUARD);

    assert_non_null(buf);
    memset(buf, '#', size + GUARD);
    return buf;
}

static inline void free_guarded(char *buf, size_t size)
{
    for (size_t i = 0; i < GUARD; i++)
        if (buf[size + i] != '#')
            fail_msg("byte %zu of a buffer of %zu is written to", size + i, size);
    free(buf);
}

/*
 * Runs f(arg) in a child.  Returns its exit status, 128 + n if signal n ended it, 0 if f returned.
 * `err` gets its standard error.  f must not assert: after a failed assertion the child would go on
 * with the other tests.
 */
static inline int in_child(void (*f)(void *), void *arg, char *err, size_t size)
{
    size_t used = 0;
    int fds[2], status = 0;
    ssize_t n;
    pid_t pid;

    fflush(NULL);
    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(fds[1], STDERR_FILENO);
        close(fds[0]);
        close(fds[1]);
        alarm(20);
        f(arg);
        _exit(0);
    }
    close(fds[1]);
    while (used + 1 < size && (n = read(fds[0], err + used, size - 1 - used)) > 0)
        used += (size_t)n;
    err[used] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Ends a test as skipped: tests/run prints the reason.  NULL: it goes on. */
static inline void skip_because(const char *why)
{
    if (!why)
        return;
    printf("# %s\n", why);
    skip();
}

/* The call must fail with this errno. */
#define assert_fails(call, error)                                                                  \
    do {                                                                                           \
        errno = 0;                                                                                 \
        assert_int_equal(call, -1);                                                                \
        assert_int_equal(errno, error);                                                            \
    } while (0)

static inline void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

/* For a child process: prints what is wrong, and ends the process with status 1. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "line %d: " #condition "\n", __LINE__);                                \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

#endif
