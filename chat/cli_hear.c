/* What the server sends to sctp_chat_cli: what it tells of our name, and what others say. */
#include "cli.h"
#include "receive/receive.h"
#include "said.h"
#include "tty/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The name that was asked for was refused: `line` says why. */
static void refused_name(struct client *c, const char *line, size_t len)
{
    char *why = malloc(TEXT_GROWTH * len + 1);

    if (!why)
        err_sys("tell of a name");
    unp_text_escape(line, len, why);
    if (!c->term) { /* where the announcement itself goes to a person */
        cli_tell(c, "name \"%s\": %s; choose another with /nick", c->wanted,
                 strncmp(why, "*** ", 4) == 0 ? why + 4 : why);
        c->skipped++;
    }
    free(why);
}

/* What the server says of our name.  The first one it tells is its own idea. */
static void learn_name(struct client *c, const char *line, size_t len)
{
    char name[NAME_SIZE];

    switch (said_name(line, len, name)) {
    case NAME_IS:
        strcpy(c->show.name, name);
        if (c->welcome)
            strcpy(c->wanted, name);
        c->welcome = true;
        c->settled = c->settled || !*c->wanted || strcmp(c->wanted, name) == 0;
        break;
    case NAME_STILL:
        if (c->settled || strcmp(c->show.name, name) != 0)
            break;
        c->settled = true;
        refused_name(c, line, len);
        break;
    case NAME_NONE:
        break;
    }
}

void cli_hear(struct client *c, const struct unp_message *msg)
{
    const char *text = (const char *)msg->data;
    char *shown;

    learn_name(c, text, msg->len);
    shown = show_line(&c->show, msg->rcv.rcv_sid, text, msg->len);
    if (!shown && errno)
        err_sys("show a message");
    if (!shown)
        return;
    unp_terminal_hide(c->term);
    fputs(shown, stdout);
    free(shown);
}
