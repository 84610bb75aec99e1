/* The text of socket options: lib/option/parse.c, lib/option/value.c; and what is made of it again,
 * lib/option/text.c and lib/option/json.c. */
#include "option/option.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print(const struct sctp_opt_request *r)
{
    struct sctp_opt_reading a = {.opt = r->opt, .named = r->named, .len = r->len};
    static FILE *to;
    struct json j;

    if (!to && !(to = fopen("/dev/null", "w")))
        abort();
    j = (struct json){.f = to};
    a.data = malloc(r->len ? r->len : 1);
    if (!a.data)
        abort();
    memcpy(a.data, r->value, r->len);
    sctp_opt_print(to, &a);
    sctp_opt_json(&j, NULL, &a);
    free(a.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sctp_opt_request r;
    char *text = malloc(size + 1), why[100];

    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    if (sctp_opt_parse_set(&r, text, why, sizeof(why)) == 0)
        print(&r);
    else if (!memchr(why, '\0', sizeof(why)))
        abort();
    if (sctp_opt_parse_get(&r, text, why, sizeof(why)) == 0)
        while (sctp_opt_next_key(&r))
            ;
    free(text);
    return 0;
}
