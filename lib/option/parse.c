/* Parses the text of an option; option.h has the grammar. */
#include "inside.h"

#include <ctype.h>
#include <string.h>

/* ---- keys and addresses --------------------------------------------------- */

static int begin(struct unp_opt_parse *p, struct unp_opt_slice *rest, const char *text)
{
    struct unp_opt_slice name;

    *rest = (struct unp_opt_slice){text, strlen(text)};
    name = unp_opt_take(rest, "[.=@,");
    memset(p->r, 0, sizeof(*p->r));
    p->r->opt = unp_opt_find(name.at, name.len);
    if (!p->r->opt)
        return unp_opt_unknown(name, p->why, p->size);
    p->r->len = p->r->opt->size;
    return 0;
}

/* The next key from field i on that is not an address; o->count: none. */
static size_t next_key(const struct unp_opt *o, size_t i)
{
    while (i < o->count && !(o->fields[i].is & FIELD_KEY && o->fields[i].type != OPT_ADDRESS))
        i++;
    return i;
}

static int read_keys(struct unp_opt_parse *p, struct unp_opt_slice *rest)
{
    const struct unp_opt *o = p->r->opt;
    size_t i = next_key(o, 0);
    struct unp_opt_slice keys;

    if (!unp_opt_skip(rest, '['))
        return 0;
    keys = unp_opt_take(rest, "]");
    if (!unp_opt_skip(rest, ']'))
        return unp_opt_fail(p, "there is no ] after its [");
    if (i == o->count)
        return unp_opt_fail(p, "it takes no value in brackets");
    do {
        struct unp_opt_slice key = unp_opt_take(&keys, ",");

        if (i == o->count) {
            p->field = NULL;
            return unp_opt_fail(p, "\"%.*s\": too many values in its brackets", SHOW(key));
        }
        p->field = &o->fields[i];
        if (unp_opt_set_value(p, key) < 0)
            return -1;
        i = next_key(o, i + 1);
    } while (unp_opt_skip(&keys, ','));
    return 0;
}

/* Parses "@address" at the end of the text, and cuts it off. */
static int read_address(struct unp_opt_parse *p, struct unp_opt_slice *rest)
{
    const struct unp_opt_field *field = unp_opt_address(p->r->opt);
    size_t at = rest->len, end = rest->len;

    while (field && at > 0 && rest->at[at - 1] != '@')
        at--;
    if (!field || at == 0)
        return 0;
    p->field = field;
    rest->len = at - 1;
    return unp_opt_set_value(p, (struct unp_opt_slice){rest->at + at, end - at});
}

/* ---- setting -------------------------------------------------------------- */

/* Does "field=" follow, after a comma? */
static bool field_follows(struct unp_opt_slice rest)
{
    struct unp_opt_slice name;

    if (!unp_opt_skip(&rest, ','))
        return false;
    name = rest;
    while (rest.len && (isalnum((unsigned char)*rest.at) || *rest.at == '_'))
        unp_opt_skip(&rest, *rest.at);
    return rest.len < name.len && unp_opt_skip(&rest, '=');
}

static struct unp_opt_slice take_value(struct unp_opt_slice *rest)
{
    struct unp_opt_slice value = {.at = rest->at};

    while (rest->len && !field_follows(*rest))
        unp_opt_skip(rest, *rest->at);
    value.len = (size_t)(rest->at - value.at);
    return value;
}

/* events=association,shutdown: turns these fields on and the others off. */
static int set_of(struct unp_opt_parse *p, struct unp_opt_slice list)
{
    const struct unp_opt *o = p->r->opt;
    bool all = unp_opt_is_word(list, "all");

    for (size_t i = 0; i < o->count; i++)
        unp_field_put(p->r->value + o->fields[i].offset, o->fields[i].size, all);
    p->r->named = (1U << o->count) - 1;
    if (all || unp_opt_is_word(list, "none"))
        return 0;
    do {
        if (unp_opt_find_field(p, unp_opt_take(&list, ",")) < 0)
            return -1;
        unp_field_put(p->r->value + p->field->offset, p->field->size, 1);
    } while (unp_opt_skip(&list, ','));
    return 0;
}

/* Parses one "field=value" or, unless `named`, "=value". */
static int read_field(struct unp_opt_parse *p, struct unp_opt_slice *rest, bool named)
{
    struct unp_opt_slice name = unp_opt_take(rest, "=");

    p->field = NULL;
    if (!unp_opt_skip(rest, '='))
        return unp_opt_fail(p, "no value is given; write %s%.*s=...", named ? "." : "", SHOW(name));
    if (!named && p->r->opt->is & OPT_SET_OF)
        return set_of(p, take_value(rest));
    if ((named ? unp_opt_find_field(p, name) : unp_opt_find_bare(p)) < 0)
        return -1;
    if (p->field->is & FIELD_READ_ONLY)
        return unp_opt_fail(p, "it can only be read");
    return unp_opt_set_value(p, take_value(rest));
}

static int check_needed(struct unp_opt_parse *p)
{
    const struct unp_opt *o = p->r->opt;

    for (size_t i = 0; i < o->count; i++) {
        const struct unp_opt_field *f = &o->fields[i];
        bool key = f->is & FIELD_KEY && (f->type != OPT_ADDRESS || o->is & OPT_ADDR_NEEDED);

        if (p->r->named & 1U << i || !(key || f->is & FIELD_NEEDED))
            continue;
        p->field = NULL;
        if (key)
            return unp_opt_fail(p, "of which %s? write %s[%s]=...", f->name, o->name, f->name);
        return unp_opt_fail(p, "%s.%s=... is required too", o->name, f->name);
    }
    return 0;
}

int unp_opt_parse_set(struct unp_opt_request *r, const char *text, char *why, size_t size)
{
    struct unp_opt_parse p = {.r = r, .why = why, .size = size};
    struct unp_opt_slice rest;
    bool named;

    if (begin(&p, &rest, text) < 0)
        return -1;
    if (!(r->opt->is & OPT_SET))
        return unp_opt_fail(&p, "it can only be read");
    if (read_keys(&p, &rest) < 0 || read_address(&p, &rest) < 0)
        return -1;
    if (!r->opt->count && !rest.len)
        return 0;
    named = unp_opt_skip(&rest, '.');
    do {
        if (read_field(&p, &rest, named) < 0)
            return -1;
        named = true;
    } while (unp_opt_skip(&rest, ','));
    return check_needed(&p);
}

bool unp_opt_needs_association(const struct unp_opt_request *r)
{
    const struct unp_opt_field *address = unp_opt_address(r->opt);

    return r->opt->is & OPT_ASSOC_ONLY || (address && r->named & 1U << (address - r->opt->fields));
}

/* ---- getting -------------------------------------------------------------- */

/* The first key with words that was not given; NULL: none. */
static const struct unp_opt_field *open_key(const struct unp_opt_request *r)
{
    const struct unp_opt *o = r->opt;

    for (size_t i = 0; i < o->count; i++)
        if (o->fields[i].is & FIELD_KEY && o->fields[i].type == OPT_ENUM && !(r->named & 1U << i))
            return &o->fields[i];
    return NULL;
}

bool unp_opt_next_key(struct unp_opt_request *r)
{
    const struct unp_opt_field *key = open_key(r);
    const struct unp_opt_word *w;

    if (!key)
        return false;
    for (w = key->words; w->word; w++)
        if (unp_field_get(r->value + key->offset, key->size) == w->value)
            break;
    if (!w->word || !w[1].word)
        return false;
    unp_field_put(r->value + key->offset, key->size, w[1].value);
    return true;
}

int unp_opt_parse_get(struct unp_opt_request *r, const char *text, char *why, size_t size)
{
    struct unp_opt_parse p = {.r = r, .why = why, .size = size};
    const struct unp_opt_field *key;
    struct unp_opt_slice rest;

    if (begin(&p, &rest, text) < 0)
        return -1;
    if (!(r->opt->is & OPT_GET))
        return unp_opt_fail(&p, "it can only be set");
    if (read_keys(&p, &rest) < 0 || read_address(&p, &rest) < 0)
        return -1;
    if (unp_opt_skip(&rest, '.')) {
        if (unp_opt_find_field(&p, unp_opt_take(&rest, "=@")) < 0)
            return -1;
        r->named |= 1U << (p.field - r->opt->fields);
    }
    p.field = NULL;
    if (rest.len)
        return unp_opt_fail(&p, "unexpected \"%.*s\" after it", SHOW(rest));
    key = open_key(r);
    if (key)
        unp_field_put(r->value + key->offset, key->size, key->words->value);
    return 0;
}
