/*
 * The options that a program has set on a one-to-one socket, in order: see reconnect.c.
 *
 * They are kept only until an association is established: libusrsctp's socket is not replaced after
 * that.
 */
#include <stdlib.h>
#include <string.h>

#include "usock.h"

/* Appends the option.  An equal one is removed first, so that a program that sets its options
 * before each attempt does not fill the memory. */
int kept_option_add(struct usock *s, int name, const void *value, socklen_t length)
{
    struct kept_option **end = &s->options, *o, *same = NULL;
    if (s->type != SOCK_STREAM || s->established)
        return 0;
    while ((o = *end)) {
        if (o->name == name && o->length == length && memcmp(o->value, value, length) == 0) {
            *end = o->next;
            same = o;
        } else {
            end = &o->next;
        }
    }
    o = same ? same : malloc(sizeof(*o) + length);
    if (!o)
        return -1;
    o->next = NULL;
    o->name = name;
    o->length = length;
    memcpy(o->value, value, length);
    *end = o;
    return 0;
}

void kept_options_free(struct usock *s)
{
    while (s->options) {
        struct kept_option *o = s->options;
        s->options = o->next;
        free(o);
    }
}
