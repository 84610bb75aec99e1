/* Error messages: program: what failed: why; what to do next. */
#include "unpsctp.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One write, so that the lines of several programs on one terminal do not mix. */
static void say(int err, const char *fmt, va_list ap)
{
    char text[4096], time[UNP_TIME_SIZE + 1] = "";

    if (unp_print_times) {
        unp_time_text(time, UNP_TIME_SIZE);
        strcat(time, " ");
    }
    vsnprintf(text, sizeof(text), fmt, ap);
    fflush(stdout);
    if (err)
        fprintf(stderr, "%s%s: %s: %s\n", time, program_invocation_short_name, text, strerror(err));
    else
        fprintf(stderr, "%s%s: %s\n", time, program_invocation_short_name, text);
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
