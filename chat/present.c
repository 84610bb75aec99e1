/* The client's list of members, from the server's lines. */
#include "present.h"
#include "name.h"
#include "said.h"
#include "unpsctp.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void add(struct present *p, const char *name)
{
    char *copy;
    void **node;

    if (p->count == PRESENT_MAX)
        return;
    copy = strdup(name);
    node = copy ? tsearch(copy, &p->names, compare) : NULL;
    if (!node)
        err_sys("remember a name");
    if (*node == copy)
        p->count++;
    else
        free(copy);
}

static void drop(struct present *p, const char *name)
{
    void **node = tfind(name, &p->names, compare);
    char *copy = node ? *node : NULL;

    if (!copy)
        return;
    tdelete(name, &p->names, compare);
    free(copy);
    p->count--;
}

void present_clear(struct present *p)
{
    tdestroy(p->names, free);
    *p = (struct present){0};
}

/* ---- Lines of the server -------------------------------------------------- */

/* Splits off a valid nickname and the comma that may follow it.  False: there is none. */
static bool take_name(const char **at, char *name)
{
    size_t len = strcspn(*at, " "), n = len && (*at)[len - 1] == ',' ? len - 1 : len;

    if (n >= NAME_SIZE)
        return false;
    memcpy(name, *at, n);
    name[n] = '\0';
    *at += len + strspn(*at + len, " ");
    return !name_fault(name);
}

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* /who: "3 here: alice bob carol", then lines "and: dave". */
static void hear_list(struct present *p, const char *at)
{
    char name[NAME_SIZE];

    if (!begins(at, "and: ")) {
        present_clear(p);
        p->listed = true;
    }
    for (at = strchr(at, ':') + 1, at += strspn(at, " "); take_name(&at, name);)
        add(p, name);
}

static bool is_list(const char *line)
{
    size_t digits = strspn(line, "0123456789");

    return begins(line, "and: ") || (digits && begins(line + digits, " here: "));
}

static bool is_departure(const char *verb)
{
    return strcmp(verb, "has left") == 0 || strcmp(verb, "have left") == 0 ||
           begins(verb, "has left: ") || begins(verb, "was disconnected: ");
}

/* "alice, bob and 3 more have joined", "carol has left: no answer", "dave is now eve". */
static void hear_change(struct present *p, const char *line)
{
    char name[NAME_SIZE];
    const char *verb = line, *names = line;
    bool left;

    while (take_name(&verb, name) && !begins(verb, "has ") && !begins(verb, "have ") &&
           !begins(verb, "is now ") && !begins(verb, "was ") && !begins(verb, "and "))
        ;
    if (begins(verb, "and ")) /* "and 3 more have" */
        verb += strcspn(verb, "h");
    left = is_departure(verb);
    if (left || strcmp(verb, "has joined") == 0 || strcmp(verb, "have joined") == 0) {
        while (names < verb && !begins(names, "and ") && take_name(&names, name))
            (left ? drop : add)(p, name);
    } else if (begins(verb, "is now ")) {
        drop(p, name);
        verb += strlen("is now ");
        if (take_name(&verb, name))
            add(p, name);
    }
}

void Present_hear(struct present *p, const char *line, size_t len)
{
    const struct said said = said_line(line, len);
    char *text;

    if (said.kind == SAID_OTHER)
        return;
    while (len && line[len - 1] == '\n')
        len--;
    text = said.name ? strndup(said.name, said.name_len) : strndup(line + 4, len - 4);
    if (!text)
        err_sys("remember a name");
    if (said.name)
        add(p, text);
    else if (is_list(text))
        hear_list(p, text);
    else
        hear_change(p, text);
    free(text);
}

/* ---- Offering ------------------------------------------------------------- */

struct offer {
    const char *but, *after;
    struct unp_words *words;
};

static void offer_one(const void *node, VISIT which, void *closure)
{
    const struct offer *o = closure;
    const char *name = *(char *const *)node;
    char text[NAME_SIZE + 8];

    if ((which != postorder && which != leaf) || strcmp(name, o->but) == 0)
        return;
    snprintf(text, sizeof(text), "%s%s", name, o->after);
    Unp_words_add(o->words, text);
}

void Present_offer(const struct present *p, const char *but, const char *after,
                   struct unp_words *words)
{
    struct offer o = {.but = but, .after = after, .words = words};

    twalk_r(p->names, offer_one, &o);
}
