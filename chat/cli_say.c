/* Messages of sctp_chat_cli to its user. */
#include "cli.h"

#include <stdarg.h>
#include <stdio.h>

void cli_tell(struct client *c, const char *fmt, ...)
{
    char text[2400];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    unp_terminal_hide(c->term);
    err_msg("%s", text);
}

void cli_note(struct client *c, const char *fmt, ...)
{
    char text[200];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (c->asked.json) { /* which has standard output to itself */
        cli_tell(c, "%s", text);
        return;
    }
    unp_terminal_hide(c->term);
    unp_print_time(stdout);
    printf(c->show.colours ? "\033[2m*** %s\033[0m\n" : "*** %s\n", text);
}

void cli_skip(struct client *c, const char *fmt, ...)
{
    char why[200];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    if (c->term) { /* the user corrects the line: it does not count as skipped */
        cli_tell(c, "%s", why);
        return;
    }
    cli_tell(c, "line %lu: %s; the line is skipped", c->number, why);
    c->skipped++;
}
