/*
 * What qemu-user, which runs programs of another architecture (scripts/machine), does not do as
 * Linux does.  Each function returns why a test cannot run, or NULL: it can.
 */
#ifndef EMULATOR_H
#define EMULATOR_H

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static inline const char *lacks_guardian(void)
{
    long pid = syscall(SYS_clone, 0, NULL, NULL, NULL, NULL, NULL); /* ours reads six arguments */

    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid((pid_t)pid, NULL, __WCLONE);
    return pid < 0 && errno == EINVAL
               ? "qemu-user makes no process without an exit signal, as the guardian is"
               : NULL;
}

static inline const char *lacks_sctp_options(void)
{
    int value;
    socklen_t size = sizeof(value);

    return getsockopt(-1, IPPROTO_SCTP, 0, &value, &size) < 0 && errno == EOPNOTSUPP
               ? "qemu-user refuses SCTP's options before it looks at the descriptor"
               : NULL;
}

/* The attempt would end the process. */
static inline const char *lacks_large_sets(void)
{
    return lacks_guardian() ? "qemu-user's select has sets of 1024 descriptors" : NULL;
}

#endif
