/* The kernel's SCTP, or ours?  And what is said on stderr. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "userland.h"

bool debugging;

static void write_line(const char *format, va_list args)
{
    char line[512];
    int n = snprintf(line, sizeof line, "libsctp_userland: ");
    n += vsnprintf(line + n, sizeof line - (size_t)n - 1, format, args);
    if (n > (int)sizeof line - 2)
        n = sizeof line - 2;
    line[n++] = '\n';
    /* Not stdio: the program may be in the middle of a line of its own. */
    ssize_t written = libc.write(STDERR_FILENO, line, (size_t)n);
    (void)written;
}

void say(const char *format, ...)
{
    int saved = errno;
    va_list args;
    va_start(args, format);
    write_line(format, args);
    va_end(args);
    errno = saved;
}

void debug(const char *format, ...)
{
    if (!debugging)
        return;
    int saved = errno;
    va_list args;
    va_start(args, format);
    write_line(format, args);
    va_end(args);
    errno = saved;
}

/* Not every error means that there is no SCTP: too many descriptors, say. */
static bool kernel_lacks_sctp(void)
{
    int fd = libc.socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    if (fd < 0)
        fd = libc.socket(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
    if (fd < 0)
        return errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT || errno == EAFNOSUPPORT;
    libc.close(fd);
    return false;
}

static enum { UNDECIDED, KERNEL, USERLAND, NEITHER } choice;

static void decide(void)
{
    const char *wanted = getenv("SCTP_STACK");
    debugging = getenv("SCTP_USERLAND_DEBUG") && *getenv("SCTP_USERLAND_DEBUG") != '0';
    if (!wanted || !*wanted || strcmp(wanted, "auto") == 0) {
        choice = kernel_lacks_sctp() ? USERLAND : KERNEL;
        if (choice == USERLAND)
            say("note: this kernel has no SCTP; using the userland stack, over UDP "
                "(SCTP_STACK=userland asks for that, SCTP_STACK=kernel forbids it)");
    } else if (strcmp(wanted, "kernel") == 0) {
        choice = KERNEL;
    } else if (strcmp(wanted, "userland") == 0) {
        choice = USERLAND;
    } else {
        say("SCTP_STACK=%s is not a stack; set it to auto, kernel or userland", wanted);
        choice = NEITHER;
    }
    debug("%s", choice == USERLAND ? "userland stack" : "kernel stack");
}

int choice_userland(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, decide);
    if (choice == NEITHER) {
        errno = EINVAL;
        return -1;
    }
    return choice == USERLAND;
}
