/*
 * all_programs - runs the programs as children, for tests/valgrind.t
 *
 * Starting valgrind takes longer, above all in the lab, than running a program under it, and
 * valgrind goes on in a child that calls no exec.
 *
 * The Makefile renames their main() and links their object files into this; "mistake" is one more.
 * Each line of stdin is
 *
 *   run PID PROGRAM ARG...     with stdin, stdout and stderr of the process PID; prints the status
 *   start PID PROGRAM ARG...   the same in the background; prints its process id
 *   wait PROCESS               prints the status of one that was started
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_WORDS 40

int main_sctp_echo_srv(int argc, char **argv);
int main_sctp_echo_cli(int argc, char **argv);
int main_sctp_ping(int argc, char **argv);
int main_sctp_opts(int argc, char **argv);
int main_sctp_console(int argc, char **argv);

/* Branches on an uninitialised byte, which valgrind must report. */
static int mistake(int argc, char **argv)
{
    void *volatile memory = malloc((size_t)argc); /* volatile: otherwise the compiler warns */
    const char *unwritten = memory;

    if (unwritten && unwritten[0] == 'x')
        puts(argv[0]);
    free(memory);
    return 0;
}

static const struct {
    const char *name;
    int (*main)(int argc, char **argv);
} programs[] = {
    {"sctp_echo_srv", main_sctp_echo_srv}, {"sctp_echo_cli", main_sctp_echo_cli},
    {"sctp_ping", main_sctp_ping},         {"sctp_opts", main_sctp_opts},
    {"sctp_console", main_sctp_console},   {"mistake", mistake},
};

static void fail(const char *what)
{
    fprintf(stderr, "all_programs: %s: %s\n", what, strerror(errno));
    _exit(99);
}

/* Closing `ready` tells the parent that the child has opened its streams. */
static void become(const char *pid, int argc, char **argv, int ready)
{
    char path[100];

    for (int i = 0; i < 3; i++) {
        int fd;

        snprintf(path, sizeof(path), "/proc/%s/fd/%d", pid, i);
        fd = open(path, i == 0 ? O_RDONLY : O_WRONLY);
        if (fd < 0 || dup2(fd, i) < 0)
            fail(path);
        close(fd);
    }
    close(ready);
    program_invocation_short_name = argv[0];
    for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
        if (strcmp(argv[0], programs[i].name) == 0)
            exit(programs[i].main(argc, argv));
    errno = ENOENT;
    fail(argv[0]);
}

static pid_t start(int argc, char **argv)
{
    int ready[2];
    pid_t child = -1;
    char c;

    if (argc < 3 || pipe(ready) < 0 || (child = fork()) < 0)
        fail("start");
    if (child == 0) {
        close(ready[0]);
        become(argv[1], argc - 2, argv + 2, ready[1]);
    }
    close(ready[1]);
    while (read(ready[0], &c, 1) < 0 && errno == EINTR)
        ;
    close(ready[0]);
    return child;
}

/* The exit status as a shell reports it. */
static int status_of(pid_t child)
{
    int status;

    if (waitpid(child, &status, 0) < 0)
        fail("wait");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(void)
{
    static char line[4096];

    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof(line), stdin)) {
        char *word[MOST_WORDS + 1], *rest = line;
        int n = 0;

        while (n < MOST_WORDS && (word[n] = strtok_r(rest, " \n", &rest)))
            n++;
        word[n] = NULL;
        if (n > 0 && strcmp(word[0], "run") == 0)
            printf("%d\n", status_of(start(n, word)));
        else if (n > 0 && strcmp(word[0], "start") == 0)
            printf("%d\n", (int)start(n, word));
        else if (n == 2 && strcmp(word[0], "wait") == 0)
            printf("%d\n", status_of((pid_t)atoi(word[1])));
        else
            fail("a line is not run, start or wait");
    }
    return 0;
}
