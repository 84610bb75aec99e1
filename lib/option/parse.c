/* Understands the text of an option; option.h has the grammar. */
#include "inside.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#define MIN(a, b) ((a) < (b) ? (a) : (b))

/* ---- names ---------------------------------------------------------------- */

static struct opt_slice without_prefix(struct opt_slice s)
{
    static const char *const prefixes[] = {"SCTP_", "SO_", "IP_"};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t len = strlen(prefixes[i]);

        if (s.len > len && strncasecmp(s.at, prefixes[i], len) == 0)
            return (struct opt_slice){s.at + len, s.len - len};
    }
    return s;
}

static bool has_alias(const struct sctp_opt *o, struct opt_slice s)
{
    struct opt_slice rest = {o->aliases, o->aliases ? strlen(o->aliases) : 0};

    while (rest.len) {
        struct opt_slice alias = opt_take(&rest, " ");

        if (alias.len == s.len && strncasecmp(alias.at, s.at, s.len) == 0)
            return true;
        opt_skip(&rest, ' ');
    }
    return false;
}

const struct sctp_opt *sctp_opt_find(const char *name, size_t len)
{
    struct opt_slice s = without_prefix((struct opt_slice){name, len});

    for (size_t i = 0; i < sctp_opts_count; i++)
        if (opt_is_word(s, sctp_opts[i].name) || has_alias(&sctp_opts[i], s))
            return &sctp_opts[i];
    return NULL;
}

enum { MISSPELT = 2, LONGEST_NAME = 60 };

/* How many letters have to be added, left out or changed to make one of the other (Levenshtein);
 * more than MISSPELT are not counted exactly. */
static size_t distance(struct opt_slice s, const char *name)
{
    size_t len = strlen(name), row[LONGEST_NAME + 1];

    if (s.len > LONGEST_NAME || s.len > len + MISSPELT || len > s.len + MISSPELT)
        return MISSPELT + 1;
    for (size_t i = 0; i <= s.len; i++)
        row[i] = i;
    for (size_t j = 0; j < len; j++) {
        size_t corner = row[0];

        row[0] = j + 1;
        for (size_t i = 0; i < s.len; i++) {
            size_t changed = corner + (tolower((unsigned char)s.at[i]) != name[j]);

            corner = row[i + 1];
            row[i + 1] = MIN(changed, MIN(row[i], row[i + 1]) + 1);
        }
    }
    return row[s.len];
}

static bool contains(const char *text, struct opt_slice s)
{
    size_t len = strlen(text);

    for (size_t i = 0; i + s.len <= len; i++)
        if (strncasecmp(text + i, s.at, s.len) == 0)
            return true;
    return false;
}

/* Says so, and what it may be instead: it is misspelt, in a third of it at most, or a part of the
 * name. */
static int unknown(struct opt_slice s, char *why, size_t size)
{
    struct opt_slice bare = without_prefix(s);
    int n = snprintf(why, size, "unknown option \"%.*s\"", SHOW(s)), found = 0;

    for (size_t i = 0; i < sctp_opts_count && found < 8; i++) {
        if (distance(bare, sctp_opts[i].name) > MIN(MISSPELT, bare.len / 3) &&
            (bare.len < 3 || !contains(sctp_opts[i].name, bare)))
            continue;
        if (n >= 0 && (size_t)n < size)
            n += snprintf(why + n, size - (size_t)n, "%s%s", found ? ", " : "; did you mean ",
                          sctp_opts[i].name);
        found++;
    }
    if (n >= 0 && (size_t)n < size)
        snprintf(why + n, size - (size_t)n,
                 found ? "?" : "; sctp_opts(1) lists all that there are");
    errno = EINVAL;
    return -1;
}

/* As it is called, or as gen_sctp does: association_event. */
static bool is_field(const struct opt_field *f, struct opt_slice s)
{
    static const char suffix[] = "_event";
    const size_t len = sizeof(suffix) - 1;

    if (!f->name || opt_is_word(s, f->name))
        return f->name != NULL;
    return s.len > len && strncasecmp(s.at + s.len - len, suffix, len) == 0 &&
           opt_is_word((struct opt_slice){s.at, s.len - len}, f->name);
}

static int unknown_field(const struct opt_parse *p, struct opt_slice s)
{
    const struct sctp_opt *o = p->r->opt;
    char fields[400] = "";
    size_t used = 0;

    for (size_t i = 0; i < o->count && used < sizeof(fields); i++)
        if (o->fields[i].name && !(o->fields[i].is & FIELD_KEY))
            used += (size_t)snprintf(fields + used, sizeof(fields) - used, "%s%s", used ? ", " : "",
                                     o->fields[i].name);
    if (!used)
        return opt_fail(p, "it has no fields, only a value");
    return opt_fail(p, "\"%.*s\" is none of its fields, which are %s", SHOW(s), fields);
}

static int find_field(struct opt_parse *p, struct opt_slice s)
{
    const struct sctp_opt *o = p->r->opt;

    p->field = NULL;
    for (size_t i = 0; i < o->count; i++)
        if (!(o->fields[i].is & FIELD_KEY) && is_field(&o->fields[i], s)) {
            p->field = &o->fields[i];
            return 0;
        }
    return unknown_field(p, s);
}

/* The one that name=value means: FIELD_BARE, or the one that has no name. */
static int find_bare(struct opt_parse *p)
{
    const struct sctp_opt *o = p->r->opt;

    for (size_t i = 0; i < o->count; i++)
        if (!o->fields[i].name || o->fields[i].is & FIELD_BARE) {
            p->field = &o->fields[i];
            return 0;
        }
    p->field = NULL;
    if (!o->count)
        return opt_fail(p, "it takes no value");
    for (size_t i = 0; i < o->count; i++)
        if (!(o->fields[i].is & (FIELD_KEY | FIELD_READ_ONLY)))
            return opt_fail(p, "it has fields: write %s.%s=...", o->name, o->fields[i].name);
    return opt_fail(p, "it has only fields that are read");
}

const struct opt_field *sctp_opt_address(const struct sctp_opt *o)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->fields[i].is & FIELD_KEY && o->fields[i].type == OPT_ADDRESS)
            return &o->fields[i];
    return NULL;
}

/* ---- what stands before and behind the values ----------------------------- */

static int begin(struct opt_parse *p, struct opt_slice *rest, const char *text)
{
    struct opt_slice name;

    *rest = (struct opt_slice){text, strlen(text)};
    name = opt_take(rest, "[.=@,");
    memset(p->r, 0, sizeof(*p->r));
    p->r->opt = sctp_opt_find(name.at, name.len);
    if (!p->r->opt)
        return unknown(name, p->why, p->size);
    p->r->len = p->r->opt->size;
    return 0;
}

/* The next key that is not an address, from field i on; o->count: none. */
static size_t next_key(const struct sctp_opt *o, size_t i)
{
    while (i < o->count && !(o->fields[i].is & FIELD_KEY && o->fields[i].type != OPT_ADDRESS))
        i++;
    return i;
}

static int read_keys(struct opt_parse *p, struct opt_slice *rest)
{
    const struct sctp_opt *o = p->r->opt;
    size_t i = next_key(o, 0);
    struct opt_slice keys;

    if (!opt_skip(rest, '['))
        return 0;
    keys = opt_take(rest, "]");
    if (!opt_skip(rest, ']'))
        return opt_fail(p, "there is no ] after its [");
    if (i == o->count)
        return opt_fail(p, "it takes nothing in brackets");
    do {
        struct opt_slice key = opt_take(&keys, ",");

        if (i == o->count) {
            p->field = NULL;
            return opt_fail(p, "\"%.*s\": there is too much in its brackets", SHOW(key));
        }
        p->field = &o->fields[i];
        if (opt_set_value(p, key) < 0)
            return -1;
        i = next_key(o, i + 1);
    } while (opt_skip(&keys, ','));
    p->field = NULL;
    return 0;
}

/* Takes "@address" off the end. */
static int read_address(struct opt_parse *p, struct opt_slice *rest)
{
    const struct opt_field *field = sctp_opt_address(p->r->opt);
    size_t at = rest->len;
    int rc;

    while (field && at > 0 && rest->at[at - 1] != '@')
        at--;
    if (!field || at == 0)
        return 0;
    p->field = field;
    rc = opt_set_value(p, (struct opt_slice){rest->at + at, rest->len - at});
    p->field = NULL;
    rest->len = at - 1;
    return rc;
}

/* ---- setting -------------------------------------------------------------- */

/* Whether "field=" comes next, after a comma. */
static bool field_follows(struct opt_slice rest)
{
    struct opt_slice name;

    if (!opt_skip(&rest, ','))
        return false;
    name = rest;
    while (rest.len && (isalnum((unsigned char)*rest.at) || *rest.at == '_'))
        opt_skip(&rest, *rest.at);
    return rest.len < name.len && opt_skip(&rest, '=');
}

static struct opt_slice take_value(struct opt_slice *rest)
{
    struct opt_slice value = {.at = rest->at};

    while (rest->len && !field_follows(*rest))
        opt_skip(rest, *rest->at);
    value.len = (size_t)(rest->at - value.at);
    return value;
}

/* events=association,shutdown: these on, the others off. */
static int set_of(struct opt_parse *p, struct opt_slice list)
{
    const struct sctp_opt *o = p->r->opt;
    bool all = opt_is_word(list, "all");

    for (size_t i = 0; i < o->count; i++)
        opt_put(p->r->value + o->fields[i].offset, o->fields[i].size, all);
    p->r->named = (1U << o->count) - 1;
    if (all || opt_is_word(list, "none"))
        return 0;
    do {
        if (find_field(p, opt_take(&list, ",")) < 0)
            return -1;
        opt_put(p->r->value + p->field->offset, p->field->size, 1);
    } while (opt_skip(&list, ','));
    return 0;
}

/* One "field=value"; `named` is false where the value stands alone. */
static int read_field(struct opt_parse *p, struct opt_slice *rest, bool named)
{
    struct opt_slice name = opt_take(rest, "=");

    p->field = NULL;
    if (!opt_skip(rest, '='))
        return opt_fail(p, "no value is given; write %s%.*s=...", named ? "." : "", SHOW(name));
    if (!named && p->r->opt->is & OPT_SET_OF)
        return set_of(p, take_value(rest));
    if ((named ? find_field(p, name) : find_bare(p)) < 0)
        return -1;
    if (p->field->is & FIELD_READ_ONLY)
        return opt_fail(p, "it can only be read");
    return opt_set_value(p, take_value(rest));
}

/* What may not be left out. */
static int check_needed(struct opt_parse *p)
{
    const struct sctp_opt *o = p->r->opt;

    for (size_t i = 0; i < o->count; i++) {
        const struct opt_field *f = &o->fields[i];
        bool key = f->is & FIELD_KEY && (f->type != OPT_ADDRESS || o->is & OPT_ADDR_NEEDED);

        if (p->r->named & 1U << i || !(key || f->is & FIELD_NEEDED))
            continue;
        p->field = NULL;
        if (key)
            return opt_fail(p, "of which %s? write %s[%s]=...", f->name, o->name, f->name);
        return opt_fail(p, "%s.%s=... is needed too", o->name, f->name);
    }
    return 0;
}

int sctp_opt_parse_set(struct sctp_opt_request *r, const char *text, char *why, size_t size)
{
    struct opt_parse p = {.r = r, .why = why, .size = size};
    struct opt_slice rest;
    bool named;

    if (begin(&p, &rest, text) < 0)
        return -1;
    if (!(r->opt->is & OPT_SET))
        return opt_fail(&p, "it can only be read");
    if (read_keys(&p, &rest) < 0 || read_address(&p, &rest) < 0)
        return -1;
    if (!r->opt->count && !rest.len)
        return 0;
    named = opt_skip(&rest, '.');
    do {
        if (read_field(&p, &rest, named) < 0)
            return -1;
        named = true;
    } while (opt_skip(&rest, ','));
    return check_needed(&p);
}

bool sctp_opt_needs_association(const struct sctp_opt_request *r)
{
    const struct opt_field *address = sctp_opt_address(r->opt);

    return r->opt->is & OPT_ASSOC_ONLY || (address && r->named & 1U << (address - r->opt->fields));
}

/* ---- asking --------------------------------------------------------------- */

/* The word of a key that was not given, from its first on. */
static const struct opt_field *open_key(const struct sctp_opt_request *r)
{
    const struct sctp_opt *o = r->opt;

    for (size_t i = 0; i < o->count; i++)
        if (o->fields[i].is & FIELD_KEY && o->fields[i].type == OPT_ENUM && !(r->named & 1U << i))
            return &o->fields[i];
    return NULL;
}

bool sctp_opt_next_key(struct sctp_opt_request *r)
{
    const struct opt_field *key = open_key(r);
    const struct opt_word *w;

    if (!key)
        return false;
    for (w = key->words; w->word; w++)
        if (opt_get(r->value + key->offset, key->size) == w->value)
            break;
    if (!w->word || !w[1].word)
        return false;
    opt_put(r->value + key->offset, key->size, w[1].value);
    return true;
}

int sctp_opt_parse_get(struct sctp_opt_request *r, const char *text, char *why, size_t size)
{
    struct opt_parse p = {.r = r, .why = why, .size = size};
    const struct opt_field *key;
    struct opt_slice rest;

    if (begin(&p, &rest, text) < 0)
        return -1;
    if (!(r->opt->is & OPT_GET))
        return opt_fail(&p, "it can only be set");
    if (read_keys(&p, &rest) < 0 || read_address(&p, &rest) < 0)
        return -1;
    if (opt_skip(&rest, '.')) {
        if (find_field(&p, opt_take(&rest, "=@")) < 0)
            return -1;
        r->named |= 1U << (p.field - r->opt->fields);
    }
    p.field = NULL;
    if (rest.len)
        return opt_fail(&p, "\"%.*s\" after it is too much", SHOW(rest));
    key = open_key(r);
    if (key)
        opt_put(r->value + key->offset, key->size, key->words->value);
    return 0;
}
