/* Values of options as text. */
#include "inside.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct printed {
    FILE *f;
    bool any;
};

static void print_part(void *to, const char *text, uint64_t n, bool first)
{
    struct printed *p = to;

    p->any = true;
    if (!first)
        fputc(',', p->f);
    if (*text)
        fputs(text, p->f);
    else
        fprintf(p->f, "%" PRIu64, n);
}

static void print_ppid(FILE *to, uint32_t ppid)
{
    const char *name = ppid ? unp_ppid_name(ppid) : NULL;

    if (name)
        fputs(name, to);
    else
        fprintf(to, "%" PRIu32, ppid);
}

void unp_opt_print_value(FILE *to, const struct unp_opt_reading *a, const struct unp_opt_field *f)
{
    struct printed list = {.f = to};
    char text[SOCK_NTOP_SIZE];
    const char *name;

    switch (f->type) {
    case OPT_BOOL:
        fputs(unp_field_number(a, f) ? "on" : "off", to);
        break;
    case OPT_ENUM:
        name = unp_opt_word_of(f->words, unp_field_number(a, f));
        if (name) {
            fputs(name, to);
            break;
        } /* fall through */
    case OPT_NUMBER:
        fprintf(to, "%" PRIu64, unp_field_number(a, f));
        break;
    case OPT_PPID:
        print_ppid(to, ntohl((uint32_t)unp_field_number(a, f)));
        break;
    case OPT_PORT:
        fprintf(to, "%u", ntohs((uint16_t)unp_field_number(a, f)));
        break;
    case OPT_ADDRESS:
        unp_field_address(a, f->offset, text, sizeof(text));
        fputs(*text ? text : "none", to);
        break;
    case OPT_FLAGS:
    case OPT_LIST:
    case OPT_ADDRESSES:
        unp_opt_each(a, f, print_part, &list);
        if (!list.any)
            fputs(f->empty ? f->empty : "none", to);
        break;
    case OPT_BYTES: /* authentication keys, which cannot be read */
        break;
    }
}

void unp_opt_print_key(FILE *to, const struct unp_opt_reading *a)
{
    char open = '[';

    fputs(a->opt->name, to);
    for (size_t i = 0; i < a->opt->count; i++) {
        const struct unp_opt_field *f = &a->opt->fields[i];

        if (!(f->is & FIELD_KEY) || f->type == OPT_ADDRESS)
            continue;
        fputc(open, to);
        unp_opt_print_value(to, a, f);
        open = ',';
    }
    if (open == ',')
        fputc(']', to);
}

void unp_opt_print_address(FILE *to, const struct unp_opt_reading *a)
{
    const struct unp_opt_field *f = unp_opt_address(a->opt);
    char text[SOCK_NTOP_SIZE];

    if (!f || !unp_field_address(a, f->offset, text, sizeof(text)) ||
        !(a->named & 1U << (f - a->opt->fields)))
        return;
    fprintf(to, "@%s", text);
}

/* Prints the fields that were asked for by name or, without any, those that can be set.  Keys are
 * printed elsewhere. */
static bool shown(const struct unp_opt_reading *a, const struct unp_opt_field *f, bool any_named)
{
    if (f->is & FIELD_KEY)
        return false;
    if (any_named)
        return a->named & 1U << (f - a->opt->fields);
    return !(a->opt->is & OPT_SET && f->is & FIELD_READ_ONLY);
}

/* events=association,shutdown */
static void print_set(FILE *to, const struct unp_opt_reading *a)
{
    bool any = false;

    for (size_t i = 0; i < a->opt->count; i++)
        if (unp_field_number(a, &a->opt->fields[i])) {
            fprintf(to, "%c%s", any ? ',' : '=', a->opt->fields[i].name);
            any = true;
        }
    if (!any)
        fputs("=none", to);
}

void unp_opt_print(FILE *to, const struct unp_opt_reading *a)
{
    bool named = unp_opt_any_named(a), first = true;

    unp_opt_print_key(to, a);
    if (a->opt->is & OPT_SET_OF && !named) {
        print_set(to, a);
        return;
    }
    for (size_t i = 0; i < a->opt->count; i++) {
        const struct unp_opt_field *f = &a->opt->fields[i];

        if (!shown(a, f, named))
            continue;
        if (f->name)
            fprintf(to, "%c%s", first ? '.' : ',', f->name);
        fputc('=', to);
        unp_opt_print_value(to, a, f);
        first = false;
    }
    unp_opt_print_address(to, a);
}

static int print_all(int fd, sctp_assoc_t id, struct unp_opt_request *r, FILE *to, char *why,
                     size_t size)
{
    struct unp_opt_reading a;
    bool first = true;

    do {
        if (unp_opt_read(fd, id, r, &a, why, size) < 0)
            return -1;
        if (!first)
            fputc('\n', to);
        first = false;
        unp_opt_print(to, &a);
        free(a.data);
    } while (unp_opt_next_key(r));
    return 0;
}

int unp_opt_get(int fd, sctp_assoc_t id, const char *text, char *buf, size_t size, char *why,
                size_t why_size)
{
    struct unp_opt_request r;
    char *all = NULL;
    size_t len = 0;
    FILE *to;
    int rc;

    if (unp_opt_parse_get(&r, text, why, why_size) < 0)
        return -1;
    to = open_memstream(&all, &len);
    rc = to ? print_all(fd, id, &r, to, why, why_size) : -1;
    if (!to || fclose(to) != 0 || (rc == 0 && len >= size)) {
        errno = to ? ENOSPC : ENOMEM;
        snprintf(why, why_size, "%s: %s", r.opt->name, strerror(errno));
        rc = -1;
    } else if (rc == 0) {
        memcpy(buf, all, len + 1);
    }
    free(all);
    return rc;
}
