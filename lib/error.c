/* The error functions: program: what failed: why; what to do next. */
#include "unpsctp.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    int err;
    const char *advice;
} advices[] = {
    {EADDRINUSE, "another program has this port: choose one with -p, or end that program"},
    {EADDRNOTAVAIL, "it is not an address of this machine: 'ip address' lists them"},
    {EACCES, "ports below 1024 are for root: choose another with -p"},
    {EMFILE, "too many open files: raise the limit with 'ulimit -n'"},
    {ENOMEM, "the machine is out of memory"},
    {ENOBUFS, "the machine is out of memory"},
};

static const char *advice_for(int err)
{
    for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
        if (advices[i].err == err)
            return advices[i].advice;
    return NULL;
}

/* One write, so that the lines of several programs on one terminal do not mix. */
static void say(int err, const char *fmt, va_list ap)
{
    char text[4096];
    const char *advice = err ? advice_for(err) : NULL;

    vsnprintf(text, sizeof(text), fmt, ap);
    fflush(stdout);
    if (err)
        fprintf(stderr, "%s: %s: %s%s%s\n", program_invocation_short_name, text, strerror(err),
                advice ? "; " : "", advice ? advice : "");
    else
        fprintf(stderr, "%s: %s\n", program_invocation_short_name, text);
}

void err_msg(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(0, fmt, ap);
    va_end(ap);
}

void err_quit(int status, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(0, fmt, ap);
    va_end(ap);
    exit(status);
}

void err_sys(const char *fmt, ...)
{
    int err = errno;
    va_list ap;

    va_start(ap, fmt);
    say(err, fmt, ap);
    va_end(ap);
    exit(EXIT_SYSTEM);
}
