/* Finds options and their fields by name. */
#include "inside.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#define MIN(a, b) ((a) < (b) ? (a) : (b))

/* ---- options -------------------------------------------------------------- */

static struct unp_opt_slice without_prefix(struct unp_opt_slice s)
{
    static const char *const prefixes[] = {"SCTP_", "SO_", "IP_"};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t len = strlen(prefixes[i]);

        if (s.len > len && strncasecmp(s.at, prefixes[i], len) == 0)
            return (struct unp_opt_slice){s.at + len, s.len - len};
    }
    return s;
}

static bool has_alias(const struct unp_opt *o, struct unp_opt_slice s)
{
    struct unp_opt_slice rest = {o->aliases, o->aliases ? strlen(o->aliases) : 0};

    while (rest.len) {
        struct unp_opt_slice alias = unp_opt_take(&rest, " ");

        if (alias.len == s.len && strncasecmp(alias.at, s.at, s.len) == 0)
            return true;
        unp_opt_skip(&rest, ' ');
    }
    return false;
}

const struct unp_opt *unp_opt_find(const char *name, size_t len)
{
    struct unp_opt_slice s = without_prefix((struct unp_opt_slice){name, len});

    for (size_t i = 0; i < unp_opts_count; i++)
        if (unp_opt_is_word(s, unp_opts[i].name) || has_alias(&unp_opts[i], s))
            return &unp_opts[i];
    return NULL;
}

enum { MISSPELT = 2, LONGEST_NAME = 60 };

/* Levenshtein distance: how many letters to insert, delete or change.  Not exact above MISSPELT. */
static size_t distance(struct unp_opt_slice s, const char *name)
{
    size_t len = strlen(name), row[LONGEST_NAME + 1];

    if (s.len > len + MISSPELT || len > s.len + MISSPELT) /* so s fits in the row */
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

static bool contains(const char *text, struct unp_opt_slice s)
{
    size_t len = strlen(text);

    for (size_t i = 0; i + s.len <= len; i++)
        if (strncasecmp(text + i, s.at, s.len) == 0)
            return true;
    return false;
}

int unp_opt_unknown(struct unp_opt_slice s, char *why, size_t size)
{
    struct unp_opt_slice bare = without_prefix(s);
    int n = snprintf(why, size, "unknown option \"%.*s\"", SHOW(s)), found = 0;

    for (size_t i = 0; i < unp_opts_count && found < 8; i++) {
        if (distance(bare, unp_opts[i].name) > MIN(MISSPELT, bare.len / 3) &&
            (bare.len < 3 || !contains(unp_opts[i].name, bare)))
            continue;
        if (n >= 0 && (size_t)n < size)
            n += snprintf(why + n, size - (size_t)n, "%s%s", found ? ", " : "; did you mean ",
                          unp_opts[i].name);
        found++;
    }
    if (n >= 0 && (size_t)n < size)
        snprintf(why + n, size - (size_t)n, found ? "?" : "; 'sctp_opts' lists all");
    errno = EINVAL;
    return -1;
}

/* ---- fields --------------------------------------------------------------- */

/* Is this the field's name, or gen_sctp's, with "_event" at its end? */
static bool is_field(const struct unp_opt_field *f, struct unp_opt_slice s)
{
    static const char suffix[] = "_event";
    const size_t len = sizeof(suffix) - 1;

    if (!f->name || unp_opt_is_word(s, f->name))
        return f->name != NULL;
    return s.len > len && strncasecmp(s.at + s.len - len, suffix, len) == 0 &&
           unp_opt_is_word((struct unp_opt_slice){s.at, s.len - len}, f->name);
}

static int unknown_field(const struct unp_opt_parse *p, struct unp_opt_slice s)
{
    const struct unp_opt *o = p->r->opt;
    char fields[400] = "";
    size_t used = 0;

    for (size_t i = 0; i < o->count && used < sizeof(fields); i++)
        if (o->fields[i].name && !(o->fields[i].is & FIELD_KEY))
            used += (size_t)snprintf(fields + used, sizeof(fields) - used, "%s%s", used ? ", " : "",
                                     o->fields[i].name);
    if (!used)
        return unp_opt_fail(p, "it has no fields, only a value");
    return unp_opt_fail(p, "\"%.*s\" is none of its fields, which are %s", SHOW(s), fields);
}

int unp_opt_find_field(struct unp_opt_parse *p, struct unp_opt_slice s)
{
    const struct unp_opt *o = p->r->opt;

    p->field = NULL;
    for (size_t i = 0; i < o->count; i++)
        if (!(o->fields[i].is & FIELD_KEY) && is_field(&o->fields[i], s)) {
            p->field = &o->fields[i];
            return 0;
        }
    return unknown_field(p, s);
}

int unp_opt_find_bare(struct unp_opt_parse *p)
{
    const struct unp_opt *o = p->r->opt;

    for (size_t i = 0; i < o->count; i++)
        if (!o->fields[i].name || o->fields[i].is & FIELD_BARE) {
            p->field = &o->fields[i];
            return 0;
        }
    p->field = NULL;
    if (!o->count)
        return unp_opt_fail(p, "it takes no value");
    for (size_t i = 0; i < o->count; i++)
        if (!(o->fields[i].is & (FIELD_KEY | FIELD_READ_ONLY)))
            return unp_opt_fail(p, "it has fields: write %s.%s=...", o->name, o->fields[i].name);
    return unp_opt_fail(p, "all of its fields can only be read");
}

const struct unp_opt_field *unp_opt_address(const struct unp_opt *o)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->fields[i].is & FIELD_KEY && o->fields[i].type == OPT_ADDRESS)
            return &o->fields[i];
    return NULL;
}
