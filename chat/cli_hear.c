/* Messages that sctp_chat_cli receives: announcements about its nickname, and lines of members. */
#include "cli.h"
#include "receive/receive.h"
#include "said.h"
#include "tty/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The requested nickname was refused; `line` is the announcement ("*** ...") with the reason. */
static void refused_name(struct client *c, const char *line, size_t len)
{
    char *why = malloc(TEXT_GROWTH * len + 1);

    if (!why)
        err_sys("report a refused name");
    unp_text_escape(line, len, why);
    if (!c->term) { /* at a terminal, the announcement is printed anyway */
        cli_tell(c, "name \"%s\": %s; choose another with /nick", c->wanted, why + 4);
        c->skipped++;
    }
    free(why);
}

/* Takes our nickname from an announcement.  The first is the one that the server assigned. */
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
    if (c->term)
        Present_hear(&c->present, text, msg->len);
    if (c->asked.json) {
        if (show_json(&c->show, msg, stdout) < 0)
            err_sys("print a message");
        return;
    }
    shown = show_line(&c->show, msg->rcv.rcv_sid, text, msg->len);
    if (!shown && errno)
        err_sys("print a message");
    if (!shown)
        return;
    unp_terminal_hide(c->term);
    unp_print_time(stdout);
    fputs(shown, stdout);
    free(shown);
}
