/* Values of options as JSON. */
#include "inside.h"

static void json_part(void *to, const char *text, uint64_t n, bool first)
{
    (void)first;
    if (*text)
        unp_json_string(to, NULL, text);
    else
        unp_json_number(to, NULL, (int64_t)n);
}

static void json_field(struct unp_json *j, const char *name, const struct unp_opt_reading *a,
                       const struct unp_opt_field *f)
{
    char text[SOCK_NTOP_SIZE];
    const char *known;

    switch (f->type) {
    case OPT_BOOL:
        unp_json_bool(j, name, unp_field_number(a, f));
        break;
    case OPT_ENUM:
        known = unp_opt_word_of(f->words, unp_field_number(a, f));
        if (known) {
            unp_json_string(j, name, known);
            break;
        } /* fall through */
    case OPT_NUMBER:
        unp_json_number(j, name, (int64_t)unp_field_number(a, f));
        break;
    case OPT_PPID:
        unp_json_number(j, name, ntohl((uint32_t)unp_field_number(a, f)));
        break;
    case OPT_PORT:
        unp_json_number(j, name, ntohs((uint16_t)unp_field_number(a, f)));
        break;
    case OPT_ADDRESS:
        unp_field_address(a, f->offset, text, sizeof(text));
        unp_json_string(j, name, text);
        break;
    case OPT_FLAGS:
    case OPT_LIST:
    case OPT_ADDRESSES:
        unp_json_open(j, name, '[');
        unp_opt_each(a, f, json_part, j);
        unp_json_close(j, ']');
        break;
    case OPT_BYTES:
        break;
    }
}

void unp_opt_json(struct unp_json *j, const char *name, const struct unp_opt_reading *a)
{
    bool named = unp_opt_any_named(a), open = false;

    for (size_t i = 0; i < a->opt->count; i++) {
        const struct unp_opt_field *f = &a->opt->fields[i];

        if (f->is & FIELD_KEY || (named && !(a->named & 1U << i)))
            continue;
        if (!f->name) {
            json_field(j, name, a, f);
            return;
        }
        if (!open)
            unp_json_open(j, name, '{');
        open = true;
        json_field(j, f->name, a, f);
    }
    if (open)
        unp_json_close(j, '}');
}
