/*
 * sctp_opts - lists the SCTP socket options of a new socket or of an association (UNP's checkopts)
 *
 *   sctp_opts                 the options of a new one-to-many socket
 *   sctp_opts host            the options of an association with the server there
 *   sctp_opts rtoinfo         this option only
 *
 * Worth noticing: no option is named here.  The table in lib/option/table.c has all of them, and
 * the printed name, field and value are valid text for -O.
 */
#include "client/client.h"
#include "client/interrupt.h"
#include "cmdline/cmdline.h"
#include "option/option.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct lister {
    /* command line */
    struct unp_client client;    /* host NULL: list the options of a new socket */
    struct unp_opt_list options; /* of -O */
    const char **only;           /* of -n, and option names; none: list everything */
    size_t only_count;
    bool as_json;
    /* socket and output */
    int fd;
    sctp_assoc_t id;
    struct unp_json json;
    int status;
};

/* ---- Command line --------------------------------------------------------- */

static const char about[] =
    "usage: sctp_opts [options] [host[:port]] [name | name=value ...]\n"
    "Lists the SCTP socket options and their values on a new one-to-many socket.\n"
    "With a host, connects to the SCTP server there and lists the options of the\n"
    "association.  With names of options, lists only these; name=value sets one.\n";
static const char end[] =
    "Exit status: 0 listed, 1 a named option could not be read, 2 usage error, 3 no\n"
    "SCTP on this machine, 4 unknown host, 5 refused, 6 no answer, 8 an option was\n"
    "refused, or a local failure.\n"
    "\n"
    "Try it:  sctp_opts rtoinfo nodelay=on     See also: sctp_opts(1)\n";

static void add_name(const struct unp_cmdline_option *o, const char *option, const char *text)
{
    struct lister *l = o->to;
    struct unp_opt_request r;
    char why[600];

    if (unp_opt_parse_get(&r, text, why, sizeof(why)) < 0) {
        if (r.opt && strchr(text, '='))
            err_quit(EXIT_USAGE, "%s \"%s\": -n names an option, -O sets it", option, text);
        err_quit(EXIT_USAGE, "%s \"%s\": %s", option, text, why);
    }
    l->only[l->only_count++] = text;
}

/* Takes a name of an option as -n does, and name=value as -O does, and lists it; anything else is
 * the host. */
static void take_argument(struct lister *l, char *text)
{
    const struct unp_cmdline_option set = {.to = &l->options};
    const struct unp_opt *opt;
    struct unp_opt_request r;
    char why[600];

    if (unp_opt_parse_get(&r, text, why, sizeof(why)) == 0) {
        l->only[l->only_count++] = text;
        return;
    }
    if (strchr(text, '=')) {
        Unp_take_opt(&set, "option", text);
        opt = unp_opt_find(text, strcspn(text, "[.=@"));
        if (opt->is & OPT_GET)
            l->only[l->only_count++] = opt->name;
        return;
    }
    if (l->client.host && *unp_port_hint(text))
        Unp_usage_error("too many arguments: \"%s\"%s", text, unp_port_hint(text));
    if (l->client.host)
        Unp_usage_error("too many arguments: \"%s\" (%s)", text, why);
    l->client.host = Unp_host(text, &l->client.port, l->client.port_given);
}

static void get_options(struct lister *l, int argc, char **argv)
{
    const struct unp_cmdline_option options[] = {
        {"only", 'n', "=NAME",
         "list this option only: NAME, NAME.FIELD or NAME@ADDRESS; may be repeated",
         UNP_TAKE(add_name, *l)},
        UNP_OPT_OPTION(l->options),
        {"json", 'J', NULL, "print JSON", UNP_FLAG(l->as_json, true)},
        UNP_CLIENT_OPTIONS(l->client),
        {"streams", 'o', "=N", "number of outbound streams to request (default %lld)",
         UNP_STREAMS(l->client)},
        {"wait", 'w', "=SECONDS", "timeout of connecting (default %lld)", UNP_WAIT(l->client)},
        {"verbose", 'v', NULL, "print the constants of the API as well",
         UNP_FLAG(l->client.verbose, true)},
        {.name = NULL}};

    l->only = calloc((size_t)argc, sizeof(*l->only));
    if (!l->only)
        err_sys("start");
    Unp_options(argc, argv, about, options, end);
    for (; optind < argc; optind++)
        take_argument(l, argv[optind]);
    if (!l->client.host && l->options.after_count)
        err_quit(EXIT_USAGE, "option \"%s\": it needs an association: name a host to connect to",
                 l->options.after[0]);
}

/* Connects to the host.  A host that does not exist may be an option with a misspelt name. */
static int Connect(struct lister *l)
{
    struct unp_opt_request r;
    char why[600], option[600] = "";
    int fd = unp_client_connect(&l->client, &l->id, why, sizeof(why));

    if (fd >= 0)
        return fd;
    if (-fd == EXIT_NO_HOST)
        unp_opt_parse_get(&r, l->client.host, option, sizeof(option));
    err_quit(-fd, "%s%s%s", why, *option ? "; as an option: " : "", option);
}

/* ---- Text ----------------------------------------------------------------- */

/* The output of `print` as a malloc'd string. */
static char *printed(const struct unp_opt_reading *a,
                     void (*print)(FILE *, const struct unp_opt_reading *))
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    if (!to)
        err_sys("list %s", a->opt->name);
    print(to, a);
    fclose(to);
    return text;
}

static void print_field(const struct unp_opt_reading *a, const struct unp_opt_field *f,
                        bool verbose)
{
    char *key = printed(a, unp_opt_print_key), *address = printed(a, unp_opt_print_address);
    char name[200];

    snprintf(name, sizeof(name), "%s%s%s%s", key, f->name ? "." : "", f->name ? f->name : "",
             address);
    printf("%-42s ", name);
    unp_opt_print_value(stdout, a, f);
    printf("%s%s%s%s\n", f->unit ? " " : "", f->unit ? f->unit : "", verbose ? "  " : "",
           verbose ? a->opt->constant : "");
    free(key);
    free(address);
}

static void print_fields(const struct unp_opt_reading *a, bool verbose)
{
    uint32_t named = a->named;

    for (size_t i = 0; i < a->opt->count; i++) /* a key selects a value; it is not listed */
        if (a->opt->fields[i].is & FIELD_KEY)
            named &= ~(1U << i);
    for (size_t i = 0; i < a->opt->count; i++)
        if (!(a->opt->fields[i].is & FIELD_KEY) && (!named || named & 1U << i))
            print_field(a, &a->opt->fields[i], verbose);
}

/* ---- JSON ----------------------------------------------------------------- */

static void json_begin(struct lister *l, const struct unp_opt *o)
{
    unp_json_open(&l->json, NULL, '{');
    unp_json_string(&l->json, "option", o->name);
    unp_json_string(&l->json, "constant", o->constant);
}

static void json_reading(struct lister *l, const struct unp_opt_reading *a)
{
    char *key = printed(a, unp_opt_print_key), *address = printed(a, unp_opt_print_address);

    json_begin(l, a->opt);
    unp_json_string(&l->json, "name", key);
    if (*address)
        unp_json_string(&l->json, "address", address + 1); /* without its @ */
    unp_opt_json(&l->json, "value", a);
    unp_json_open(&l->json, "units", '{');
    for (size_t i = 0; i < a->opt->count; i++)
        if (a->opt->fields[i].unit)
            unp_json_string(&l->json, a->opt->fields[i].name ? a->opt->fields[i].name : "value",
                            a->opt->fields[i].unit);
    unp_json_close(&l->json, '}');
    unp_json_close(&l->json, '}');
    free(key);
    free(address);
}

/* ---- Listing -------------------------------------------------------------- */

/* Lists an option that has no value, with the reason; `key` is its name with the key. */
static void list_missing(struct lister *l, const struct unp_opt *o, const char *key,
                         const char *why)
{
    if (l->as_json) {
        json_begin(l, o);
        unp_json_string(&l->json, "name", key);
        unp_json_string(&l->json, "missing", why);
        unp_json_close(&l->json, '}');
        return;
    }
    printf("%-42s - (%s)%s%s\n", key, why, l->client.verbose ? "  " : "",
           l->client.verbose ? o->constant : "");
}

/* The reason without the option's name before it. */
static const char *reason(const struct unp_opt *o, const char *why)
{
    size_t len = strlen(o->name);

    return strncmp(why, o->name, len) == 0 && strncmp(why + len, ": ", 2) == 0 ? why + len + 2
                                                                               : why;
}

/* Lists an option with one key.  False: it could not be read; errno has the reason. */
static bool list_one(struct lister *l, const struct unp_opt_request *r, const char *text)
{
    const struct unp_opt_reading asked = {
        .opt = r->opt, .named = r->named, .data = (unsigned char *)r->value, .len = r->len};
    struct unp_opt_reading a;
    char why[600], *key = NULL;
    int err;

    if (unp_opt_read(l->fd, l->id, r, &a, why, sizeof(why)) == 0) {
        if (l->as_json)
            json_reading(l, &a);
        else
            print_fields(&a, l->client.verbose);
        free(a.data);
        return true;
    }
    err = errno;
    if (!l->id && err == EINVAL && r->opt->is & (OPT_ASSOC_ONLY | OPT_ADDR_NEEDED))
        snprintf(why, sizeof(why), "of an association only");
    key = printed(&asked, unp_opt_print_key);
    list_missing(l, r->opt, strchr(key, '[') ? key : text, reason(r->opt, why));
    free(key);
    errno = err;
    return false;
}

/* Lists an option for each of its keys.  False: some could not be read. */
static bool list(struct lister *l, const char *text)
{
    struct unp_opt_request r;
    char why[600];
    bool whole = true;

    if (unp_opt_parse_get(&r, text, why, sizeof(why)) < 0)
        err_quit(EXIT_SYSTEM, "%s: %s", text, why);
    do {
        if (!list_one(l, &r, text)) {
            whole = false;
            if (errno != EINVAL)
                break; /* every other key would fail as well */
            if (!l->id && r.opt->is & OPT_ASSOC_ONLY)
                break;
        }
    } while (unp_opt_next_key(&r));
    return whole;
}

/* The same for an option of paths, for each address of the peer. */
static bool list_paths(struct lister *l, const char *text)
{
    struct unp_addrs paths = {0};
    char of_path[300], name[SOCK_NTOP_SIZE];
    bool whole = true;

    if (unp_addrs_peer(&paths, l->fd, l->id) < 0)
        err_sys("sctp_getpaddrs");
    for (struct sockaddr *sa = NULL; (sa = unp_addrs_next(&paths, sa));) {
        snprintf(of_path, sizeof(of_path), "%s@%s", text, sock_ntop_host(sa, name, sizeof(name)));
        whole = list(l, of_path) && whole;
    }
    unp_addrs_free(&paths);
    return whole;
}

static void list_option(struct lister *l, const struct unp_opt *o)
{
    if (l->id && o->id < 0)
        return; /* the option belongs to the socket */
    if (!(o->is & OPT_GET)) {
        if (!l->id)
            list_missing(l, o, o->name, "can only be set");
    } else if (l->id && unp_opt_address(o)) {
        list_paths(l, o->name);
    } else {
        list(l, o->name);
    }
}

static void list_all(struct lister *l)
{
    for (size_t i = 0; i < unp_opts_count; i++)
        list_option(l, &unp_opts[i]);
}

/* True if the text names an option of paths without an address. */
static bool of_any_path(const char *text)
{
    const struct unp_opt_field *address;
    struct unp_opt_request r;
    char why[600];

    if (unp_opt_parse_get(&r, text, why, sizeof(why)) < 0)
        return false;
    address = unp_opt_address(r.opt);
    return address && !(r.named & 1U << (address - r.opt->fields));
}

static void list_only(struct lister *l)
{
    for (size_t i = 0; i < l->only_count; i++)
        if (!(l->id && of_any_path(l->only[i]) ? list_paths : list)(l, l->only[i]))
            l->status = EXIT_INCOMPLETE;
}

int main(int argc, char **argv)
{
    struct lister l = {.client = {.setup = {.ostreams = DEFAULT_OSTREAMS, .stack_defaults = true},
                                  .port = SERV_PORT,
                                  .wait = DEFAULT_WAIT},
                       .json = {.f = stdout}};

    Unp_open_standard_files();
    get_options(&l, argc, argv);
    if (l.client.host) {
        l.client.setup.set_options = Unp_opt_list_set_future;
        l.client.setup.options = l.options.before;
        l.fd = Connect(&l);
        Unp_opt_list_set(l.fd, l.id, l.options.after);
    } else {
        l.fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
        Unp_opt_list_set(l.fd, 0, l.options.before);
    }
    if (l.as_json)
        unp_json_open(&l.json, NULL, '[');
    if (l.only_count)
        list_only(&l);
    else
        list_all(&l);
    if (l.as_json) {
        unp_json_close(&l.json, ']');
        putchar('\n');
    }
    Unp_flush_stdout("write the options");
    unp_client_free(&l.client);
    unp_opt_list_free(&l.options);
    free(l.only);
    close(l.fd);
    return l.status;
}
