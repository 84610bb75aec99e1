/*
 * on_host - runs a command in a network namespace of ip-netns(8)
 *
 *   on_host NAMESPACE [VARIABLE=VALUE]... COMMAND [ARG]...
 *
 * In place of `ip netns exec NAMESPACE env VARIABLE=VALUE... COMMAND`, which starts two more
 * programs.  In the lab these take longer than many commands; this one is linked statically for
 * the same reason.  /sys stays that of the caller's namespace.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fail(const char *what)
{
    perror(what);
    exit(127);
}

int main(int argc, char **argv)
{
    char path[200];
    int i = 2, fd;

    if (argc < 3) {
        fputs("usage: on_host NAMESPACE [VARIABLE=VALUE]... COMMAND [ARG]...\n", stderr);
        return 2;
    }
    snprintf(path, sizeof(path), "/run/netns/%s", argv[1]);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
        fail(path);
    for (; i < argc && strchr(argv[i], '='); i++)
        putenv(argv[i]);
    if (i < argc)
        execvp(argv[i], argv + i);
    fail(i < argc ? argv[i] : "on_host: no command");
}
