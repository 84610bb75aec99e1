/*
 * Captures what the code under test prints: standard output, in memory, and the messages of
 * lib/error.c, which this file replaces.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "unit.h"
#include "unpsctp.h"

#include <errno.h>
#include <stdlib.h>

static char told[8192]; /* messages, a line each */

static inline void note_message(const char *fmt, va_list ap)
{
    size_t used = strlen(told);

    vsnprintf(told + used, sizeof(told) - used - 1, fmt, ap);
    strcat(told, "\n");
}

void err_msg(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    note_message(fmt, ap);
    va_end(ap);
}

static int exit_status;     /* of err_quit() and err_sys() */
static jmp_buf *after_quit; /* where they jump to; NULL: the test expects no exit */

static inline void __attribute__((noreturn)) leave_with(int status)
{
    exit_status = status;
    if (after_quit)
        longjmp(*after_quit, 1);
    fputs(told, stderr);
    abort();
}

void err_quit(int status, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    note_message(fmt, ap);
    va_end(ap);
    leave_with(status);
}

void err_sys(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    note_message(fmt, ap);
    va_end(ap);
    leave_with(EXIT_SYSTEM);
}

static inline void assert_told(const char *expected)
{
    assert_string_equal(told, expected);
    told[0] = '\0';
}

/* The call must end the program with this status and message. */
#define assert_quits(status, message, call)                                                        \
    do {                                                                                           \
        jmp_buf here;                                                                              \
                                                                                                   \
        after_quit = &here;                                                                        \
        if (setjmp(here) == 0) {                                                                   \
            call;                                                                                  \
            exit_status = -1;                                                                      \
        }                                                                                          \
        after_quit = NULL;                                                                         \
        assert_int_equal(exit_status, status);                                                     \
        assert_told(message "\n");                                                                 \
    } while (0)

static char *printed; /* on standard output, since the last assert_printed() */
static size_t printed_len;
static FILE *real_stdout;

/* Call these two before and after each test. */
static inline int capture_output(void)
{
    told[0] = '\0';
    real_stdout = stdout;
    stdout = open_memstream(&printed, &printed_len);
    return stdout ? 0 : -1;
}

static inline void release_output(void)
{
    fclose(stdout);
    stdout = real_stdout;
    free(printed);
}

static inline void forget_output(void)
{
    fclose(stdout);
    free(printed);
    stdout = open_memstream(&printed, &printed_len);
    assert_non_null(stdout);
}

static inline void assert_printed(const char *expected)
{
    fflush(stdout);
    assert_string_equal(printed, expected);
    forget_output();
}

/* This is part of what was printed. */
static inline void assert_has_printed(const char *part)
{
    fflush(stdout);
    assert_contains(printed, part);
}

/* ---- calls, which replaced functions note ---------------------------------------- */

static char done[4000]; /* since the last assert_done() */

static inline void note_call(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline void note_call(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsprintf(done + strlen(done), fmt, ap);
    va_end(ap);
    strcat(done, "|");
}

static inline void assert_done(const char *expected)
{
    assert_string_equal(done, expected);
    done[0] = '\0';
}

#endif
