/* The options that -O of a program gives: understood at once, set when their time has come. */
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

void Sctp_opt_list_add(struct sctp_opt_list *l, const char *text)
{
    struct sctp_opt_request r;
    char why[600];

    if (sctp_opt_parse_set(&r, text, why, sizeof(why)) < 0)
        err_quit(EXIT_USAGE, "-O \"%s\": %s", text, why);
    if (sctp_opt_needs_association(&r))
        append(&l->after, &l->after_count, text);
    else
        append(&l->before, &l->before_count, text);
}

void Sctp_opt_list_set(int fd, sctp_assoc_t id, const char *const *texts)
{
    char why[600];

    for (; texts && *texts; texts++)
        if (sctp_opt_set(fd, id, *texts, why, sizeof(why)) < 0)
            err_quit(EXIT_SYSTEM, "-O \"%s\": %s", *texts, why);
}

void Sctp_opt_list_set_future(int fd, const void *texts)
{
    Sctp_opt_list_set(fd, SCTP_FUTURE_ASSOC, texts);
}

void sctp_opt_list_free(struct sctp_opt_list *l)
{
    free(l->before);
    free(l->after);
}
