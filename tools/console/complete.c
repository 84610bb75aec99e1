/* Completion in sctp_console: commands, their words, options, numbers of associations. */
#include "console.h"

#include <stdio.h>
#include <string.h>

static void offer_commands(const char *before, struct unp_words *words)
{
    const char *name, *args;
    char text[60];

    for (size_t i = 0; (name = console_command_name(i, &args)); i++) {
        snprintf(text, sizeof(text), "%s%s%s", before, name, *args ? " " : "");
        Unp_words_add(words, text);
    }
}

/* Offers the numbers of associations that are not closed, between `before` and `after`. */
static void offer_numbers(const struct console *c, const char *before, const char *after,
                          struct unp_words *words)
{
    char text[100];

    for (struct peer *p = NULL; (p = peer_next(c, p));) {
        snprintf(text, sizeof(text), "%.60s%u%s", before, p->number, after);
        if (p->state != PEER_CLOSED)
            Unp_words_add(words, text);
    }
}

/* Offers the names of options or, after "name.", of its fields. */
static void offer_options(const char *word, struct unp_words *words)
{
    const char *dot = strchr(word, '.');
    const struct unp_opt *opt = dot ? unp_opt_find(word, (size_t)(dot - word)) : NULL;
    char text[200];

    for (size_t i = 0; !dot && i < unp_opts_count; i++)
        Unp_words_add(words, unp_opts[i].name);
    for (size_t i = 0; opt && i < opt->count; i++) {
        if (!opt->fields[i].name || opt->fields[i].is & FIELD_KEY)
            continue;
        snprintf(text, sizeof(text), "%.*s.%s", (int)(dot - word), word, opt->fields[i].name);
        Unp_words_add(words, text);
    }
}

/* Offers the lower-case words of a command's arguments, such as "[in|out|all] [N...]". */
static void offer_words_of(const char *args, struct unp_words *words)
{
    char text[20];

    for (; *args; args++) {
        size_t len = strspn(args, "abcdefghijklmnopqrstuvwxyz");

        if (len == 0)
            continue;
        snprintf(text, sizeof(text), "%.*s ", (int)len, args);
        Unp_words_add(words, text);
        args += len - 1;
    }
}

static const char *args_of(const char *command, size_t len)
{
    const char *name, *args;

    for (size_t i = 0; (name = console_command_name(i, &args)); i++)
        if (strlen(name) == len && memcmp(name, command, len) == 0)
            return args;
    return "";
}

size_t console_complete(void *user, const char *line, struct unp_words *words)
{
    const struct console *c = user;
    const char *blank = strrchr(line, ' '), *word = blank ? blank + 1 : line;
    const char *at = strchr(word, '@');
    const char *args = *line == '/' && blank ? args_of(line + 1, strcspn(line, " ") - 1) : "";
    bool second = blank && strchr(line, ' ') == blank;
    char before[60];

    if (!blank && *line == '/') {
        offer_commands("/", words);
    } else if (!blank && *line == '[' && at) {
        snprintf(before, sizeof(before), "%.*s", (int)(at + 1 - line), line);
        offer_numbers(c, before, "] ", words);
    } else if (strcmp(args, "N") == 0 && second) {
        offer_numbers(c, *word == '#' ? "#" : "", "", words);
    } else if (strcmp(args, "[NAME[=VALUE]]") == 0 && second) {
        offer_options(word, words);
    } else if (strcmp(args, "[COMMAND]") == 0 && second) {
        offer_commands("", words);
    } else if (second) {
        offer_words_of(args, words);
    }
    return (size_t)(word - line);
}
