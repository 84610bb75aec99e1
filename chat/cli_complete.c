/* Completion in sctp_chat_cli: commands, and nicknames of members. */
#include "cli.h"

#include <string.h>

size_t cli_complete(void *user, const char *line, struct unp_words *words)
{
    static const char *const commands[] = {"/help",  "/join ", "/leave ", "/me ",
                                           "/nick ", "/quit",  "/who"};
    struct client *c = user;
    const char *blank = strrchr(line, ' '), *word = blank ? blank + 1 : line;
    /* The first word may follow "[3] ". */
    bool first = !blank || (line[0] == '[' && strchr(line, ' ') == blank && blank[-1] == ']');

    if (first && *word == '/') {
        for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
            Unp_words_add(words, commands[i]);
        return (size_t)(word - line);
    }
    Present_offer(&c->present, c->show.name, first ? ": " : " ", words);
    c->ask_who = !c->present.listed;
    return (size_t)(word - line);
}
