/* The -O options of a program: parsed when they are read, set when the socket or the association
 * that they need exists. */
#include "option.h"

#include <stdlib.h>

static void append(const char ***list, size_t *count, const char *text)
{
    const char **grown = reallocarray(*list, *count + 2, sizeof(*grown));

    if (!grown)
        err_sys("remember \"%s\"", text);
    grown[(*count)++] = text;
    grown[*count] = NULL;
    *list = grown;
}

void Unp_take_opt(const struct unp_cmdline_option *o, const char *option, const char *text)
{
    struct unp_opt_list *l = o->to;
    struct unp_opt_request r;
    char why[600];

    if (unp_opt_parse_set(&r, text, why, sizeof(why)) < 0)
        err_quit(EXIT_USAGE, "%s \"%s\": %s", option, text, why);
    if (unp_opt_needs_association(&r))
        append(&l->after, &l->after_count, text);
    else
        append(&l->before, &l->before_count, text);
}

void Unp_opt_list_set(int fd, sctp_assoc_t id, const char *const *texts)
{
    char why[600];

    for (; texts && *texts; texts++)
        if (unp_opt_set(fd, id, *texts, why, sizeof(why)) < 0)
            err_quit(EXIT_SYSTEM, "option \"%s\": %s", *texts, why);
}

void Unp_opt_list_set_future(int fd, const void *texts)
{
    Unp_opt_list_set(fd, SCTP_FUTURE_ASSOC, texts);
}

void unp_opt_list_free(struct unp_opt_list *l)
{
    free(l->before);
    free(l->after);
}
