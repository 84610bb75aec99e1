/* Usage errors. */
#include "cmdline.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *unp_port_hint(const char *argument)
{
    return unp_parse_number(argument, 1, 65535) > 0 ? "; if it is the port, write it after -p" : "";
}

void Unp_usage_error(const char *fmt, ...)
{
    char why[600];
    va_list args;

    if (fmt) {
        va_start(args, fmt);
        vsnprintf(why, sizeof(why), fmt, args);
        va_end(args);
        err_msg("%s", why);
    }
    err_quit(EXIT_USAGE, "try \"%s --help\"", program_invocation_short_name);
}
