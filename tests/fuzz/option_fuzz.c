/* Any text as a socket option: lib/option/parse.c, value.c; and the result as text and JSON: text.c
 * and json.c there. */
#include "option/option.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print(const struct unp_opt_request *r)
{
    struct unp_opt_reading a = {.opt = r->opt, .named = r->named, .len = r->len};
    static FILE *to;
    struct unp_json j;

    if (!to && !(to = fopen("/dev/null", "w")))
        abort();
    j = (struct unp_json){.f = to};
    a.data = malloc(r->len ? r->len : 1);
    if (!a.data)
        abort();
    memcpy(a.data, r->value, r->len);
    unp_opt_print(to, &a);
    unp_opt_json(&j, NULL, &a);
    free(a.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct unp_opt_request r;
    char *text = malloc(size + 1), why[100];

    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    if (unp_opt_parse_set(&r, text, why, sizeof(why)) == 0)
        print(&r);
    else if (!memchr(why, '\0', sizeof(why)))
        abort();
    if (unp_opt_parse_get(&r, text, why, sizeof(why)) == 0)
        while (unp_opt_next_key(&r))
            ;
    free(text);
    return 0;
}
