/* Runs a program's main() on a script: the end of client_model.h and server_model.h, which define
 * struct step, begin_script() and program_main(), the program's. */
#ifndef RUN_SCRIPT_H
#define RUN_SCRIPT_H

#include "blocks.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool frees_all; /* the program must have freed all memory when main() returns */

/* In the child: both outputs go to `out`. */
static void call_main(const struct step *steps, char **argv, int out)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGABRT};
    int argc = 0, status;
    long before;

    for (size_t i = 0; i < COUNT(faults); i++) /* cmocka would go on with the other tests */
        signal(faults[i], SIG_DFL);
    for (; argv[argc]; argc++)
        argv[argc] = strdup(argv[argc]); /* the program modifies some */
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    program_invocation_short_name = argv[0];
    setenv("TZ", "UTC", 1);
    begin_script(steps);
    alarm(20);
    before = blocks;
    status = program_main(argc, argv);
    if (frees_all && blocks != before)
        printf("[%ld blocks of memory are left]\n", blocks - before);
    exit(status);
}

/* Runs the program with these arguments, NULL at the end, and compares its exit status.  Returns
 * all that it did, in a static buffer. */
static const char *transcript(const struct step *steps, char **argv, int status)
{
    static char got[65536];
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
    rc = WIFSIGNALED(rc) ? 128 + WTERMSIG(rc) : WEXITSTATUS(rc);
    if (rc != status)
        fail_msg("exit status %d, not %d: %s", rc, status, got);
    return got;
}

/* The same; and it must have done what these parts of a transcript say, NULL at the end. */
static void compare_run(const struct step *steps, char **argv, int status, const char **parts)
{
    static char expected[65536];

    for (expected[0] = '\0'; *parts; parts++)
        strcat(expected, *parts);
    assert_string_equal(transcript(steps, argv, status), expected);
}

#define run_script(steps, argv, status, ...)                                                       \
    compare_run(steps, argv, status, (const char *[]){__VA_ARGS__, NULL})
#define ARGS(...)   ((char *[]){__VA_ARGS__, NULL})
#define SCRIPT(...) ((const struct step[]){__VA_ARGS__, {END_OF_SCRIPT}})

/* The program must refuse this value of an option as outside the range, such as "1 to 9". */
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
