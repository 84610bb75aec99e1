/* Runs a program's main() on a script: the end of client_model.h and server_model.h, which define
 * struct step and call_main(). */
#ifndef RUN_SCRIPT_H
#define RUN_SCRIPT_H

#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs the program with these arguments, NULL at the end, and compares its exit status and all that
 * it did with these parts of a transcript, NULL at the end. */
static void compare_run(const struct step *steps, char **argv, int status, const char **parts)
{
    static char got[65536], expected[65536];
    size_t used = 0;
    int fds[2], rc = 0;
    ssize_t n;
    pid_t pid;

    fflush(NULL);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        call_main(steps, argv, fds[1]);
    close(fds[1]);
    while (used + 1 < sizeof(got) && (n = read(fds[0], got + used, sizeof(got) - 1 - used)) > 0)
        used += (size_t)n;
    got[used] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(pid, &rc, 0), pid);
    for (expected[0] = '\0'; *parts; parts++)
        strcat(expected, *parts);
    assert_string_equal(got, expected);
    assert_int_equal(WIFSIGNALED(rc) ? 128 + WTERMSIG(rc) : WEXITSTATUS(rc), status);
}

#define run_script(steps, argv, status, ...)                                                       \
    compare_run(steps, argv, status, (const char *[]){__VA_ARGS__, NULL})
#define ARGS(...)   ((char *[]){__VA_ARGS__, NULL})
#define SCRIPT(...) ((const struct step[]){__VA_ARGS__, {END_OF_SCRIPT}})

/* The program must refuse this value of an option, which is none of the range, such as "1 to 9". */
static inline void refuses(const char *program, const char *option, const char *value,
                           const char *range)
{
    char text[200];

    snprintf(text, sizeof(text), "%s: %s \"%s\": not a number from %s\n%s: try \"%s --help\"\n",
             program, option, value, range, program, program);
    run_script(
        SCRIPT({END_OF_SCRIPT}),
        ARGS((char *)(uintptr_t)program, (char *)(uintptr_t)option, (char *)(uintptr_t)value),
        EXIT_USAGE, text);
}

#endif
