/* Output of sctp_console that leaves the line being typed intact. */
#include "console.h"

#include <stdarg.h>
#include <stdio.h>

void console_say(struct console *c, const char *fmt, ...)
{
    va_list ap;

    unp_terminal_hide(c->term);
    va_start(ap, fmt);
    vfprintf(c->json ? stderr : stdout, fmt, ap);
    va_end(ap);
}

static void tell(struct console *c, bool with_line, const char *fmt, va_list ap)
{
    char text[1500];

    vsnprintf(text, sizeof(text), fmt, ap);
    unp_terminal_hide(c->term);
    if (with_line && !c->term)
        err_msg("line %lu: %s", c->number, text);
    else
        err_msg("%s", text);
}

void console_tell(struct console *c, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    tell(c, false, fmt, ap);
    va_end(ap);
}

bool console_refuse(struct console *c, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    tell(c, true, fmt, ap);
    va_end(ap);
    if (!c->term) /* at a terminal, the user corrects the line: no failure */
        c->failed++;
    return false;
}

const char *console_label(const struct peer *p)
{
    static char label[400];

    snprintf(label, sizeof(label), "#%u %s", p->number, p->name);
    return label;
}
