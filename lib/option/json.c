/* The values of options as JSON. */
#include "inside.h"

static void json_part(void *to, const char *text, uint64_t n, bool first)
{
    (void)first;
    if (*text)
        json_string(to, NULL, text);
    else
        json_number(to, NULL, (int64_t)n);
}

static void json_field(struct json *j, const char *name, const struct sctp_opt_reading *a,
                       const struct opt_field *f)
{
    char text[SOCK_NTOP_SIZE];
    const char *known;

    switch (f->type) {
    case OPT_BOOL:
        json_bool(j, name, opt_number(a, f));
        break;
    case OPT_ENUM:
        known = opt_word_of(f->words, opt_number(a, f));
        if (known) {
            json_string(j, name, known);
            break;
        } /* fall through */
    case OPT_NUMBER:
        json_number(j, name, (int64_t)opt_number(a, f));
        break;
    case OPT_PPID:
        json_number(j, name, ntohl((uint32_t)opt_number(a, f)));
        break;
    case OPT_PORT:
        json_number(j, name, ntohs((uint16_t)opt_number(a, f)));
        break;
    case OPT_ADDRESS:
        opt_address(a, f->offset, text, sizeof(text));
        json_string(j, name, text);
        break;
    case OPT_FLAGS:
    case OPT_LIST:
    case OPT_ADDRESSES:
        json_open(j, name, '[');
        opt_each(a, f, json_part, j);
        json_close(j, ']');
        break;
    case OPT_BYTES:
        break;
    }
}

void sctp_opt_json(struct json *j, const char *name, const struct sctp_opt_reading *a)
{
    bool named = opt_any_named(a), open = false;

    for (size_t i = 0; i < a->opt->count; i++) {
        const struct opt_field *f = &a->opt->fields[i];

        if (f->is & FIELD_KEY || (named && !(a->named & 1U << i)))
            continue;
        if (!f->name) {
            json_field(j, name, a, f);
            return;
        }
        if (!open)
            json_open(j, name, '{');
        open = true;
        json_field(j, f->name, a, f);
    }
    if (open)
        json_close(j, '}');
}
