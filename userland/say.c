/* Messages on stderr. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "libc.h"
#include "userland.h"

bool debugging;

/* With write(2) and not stdio: the program may be in the middle of a line of its own. */
static void write_line(const char *format, va_list args)
{
    int saved = errno;
    char line[512];
    int n = snprintf(line, sizeof(line), "libsctp_userland: ");
    n += vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, args);
    if (n > (int)sizeof(line) - 2)
        n = sizeof(line) - 2;
    line[n++] = '\n';
    ssize_t written = libc.write(STDERR_FILENO, line, (size_t)n);
    (void)written;
    errno = saved;
}

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(format, args);
    va_end(args);
}

void debug(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (debugging)
        write_line(format, args);
    va_end(args);
}
