/* The options of a program: one table for parsing and for --help. */
#include "cmdline.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST   48 /* options of a program */
#define INDENT 23 /* of the help texts */
#define WIDTH  79

/* ---- values --------------------------------------------------------------- */

static void store(const struct unp_cmdline_option *o, int64_t value)
{
    switch (o->size) {
    case sizeof(bool):
        *(bool *)o->to = value != 0;
        break;
    case sizeof(uint16_t):
        *(uint16_t *)o->to = (uint16_t)value;
        break;
    case sizeof(uint32_t):
        *(uint32_t *)o->to = (uint32_t)value;
        break;
    default:
        *(uint64_t *)o->to = (uint64_t)value;
        break;
    }
}

void Unp_take_flag(const struct unp_cmdline_option *o, const char *option, const char *value)
{
    (void)option, (void)value;
    store(o, o->max);
}

void Unp_take_number(const struct unp_cmdline_option *o, const char *option, const char *value)
{
    store(o, Unp_parse_number(option, value, o->min, o->max));
}

void Unp_take_seconds(const struct unp_cmdline_option *o, const char *option, const char *value)
{
    const double min = (double)o->min / 1e6, max = (double)o->max / 1e6;
    int64_t us = unp_parse_seconds(value, min, max);

    if (us < 0)
        Unp_usage_error("%s \"%s\": not seconds, from %g to %g", option, value, min, max);
    store(o, us);
}

void Unp_take_text(const struct unp_cmdline_option *o, const char *option, const char *value)
{
    (void)option;
    *(const char **)o->to = value ? value : "";
}

void Unp_take_ppid(const struct unp_cmdline_option *o, const char *option, const char *value)
{
    int64_t ppid = unp_ppid_parse(value);

    if (ppid < 0)
        err_quit(EXIT_USAGE,
                 "%s \"%s\": not a PPID; give a number from 0 to 4294967295 or an IANA name such "
                 "as ngap, s1ap, m3ua, diameter",
                 option, value);
    store(o, htonl((uint32_t)ppid));
}

void Unp_take_address(const struct unp_cmdline_option *o, const char *option, const char *value)
{
    Unp_addrs_add(o->to, option, value, 0);
}

/* ---- help ----------------------------------------------------------------- */

/* Prints the text in lines of WIDTH columns, of which the first has `column` in use. */
static void print_wrapped(const char *text, size_t column)
{
    for (size_t len; *text; text += len + strspn(text + len, " ")) {
        len = strcspn(text, " ");
        if (column > INDENT && column + 1 + len > WIDTH)
            column = (size_t)printf("\n%*s", INDENT, "") - 1;
        column += (size_t)printf("%*s%.*s", column > INDENT, "", (int)len, text);
    }
    putchar('\n');
}

static void print_option(const struct unp_cmdline_option *o)
{
    char left[80], text[600];

    snprintf(left, sizeof(left), o->letter ? "  -%c, --%s%s" : "  %c   --%s%s",
             o->letter ? o->letter : ' ', o->name, o->value ? o->value : "");
    snprintf(text, sizeof(text), o->help, (long long)o->default_value, (long long)o->min,
             (long long)o->max);
    print_wrapped(text, (size_t)printf("%-*s", INDENT, left));
}

static _Noreturn void print_help(const char *about, const struct unp_cmdline_option *options,
                                 const char *end)
{
    static const struct unp_cmdline_option last[] = {
        {.name = "help", .letter = 'h', .help = "print this help"},
        {.name = "version", .letter = 'V', .help = "print the version"},
    };

    printf("%s\n", about);
    for (; options->name; options++)
        print_option(options);
    print_option(&last[0]);
    print_option(&last[1]);
    printf("\n%s", end);
    exit(EXIT_OK);
}

/* ---- parsing -------------------------------------------------------------- */

static void take(const struct unp_cmdline_option *o)
{
    char option[40];

    if (o->letter)
        snprintf(option, sizeof(option), "-%c", o->letter);
    else
        snprintf(option, sizeof(option), "--%s", o->name);
    o->take(o, option, optarg);
    if (o->given)
        *o->given = true;
}

void Unp_options(int argc, char **argv, const char *about, const struct unp_cmdline_option *options,
                 const char *end)
{
    struct option words[MOST + 3] = {{"help", no_argument, NULL, 'h'},
                                     {"version", no_argument, NULL, 'V'}};
    char letters[3 * MOST + 3] = "hV";
    const struct unp_cmdline_option *of[256 + MOST] = {0}; /* by return value of getopt_long() */
    int c;

    for (int i = 0; i < MOST && options[i].name; i++) {
        const struct unp_cmdline_option *o = &options[i];
        int has =
            !o->value ? no_argument : (*o->value == '[' ? optional_argument : required_argument);
        int id = o->letter ? o->letter : 256 + i;

        of[id] = o;
        words[i + 2] = (struct option){o->name, has, NULL, id};
        if (o->letter)
            sprintf(letters + strlen(letters), "%c%.*s", o->letter, has, "::");
    }
    argv[0] = program_invocation_short_name; /* getopt_long() begins its messages with it */
    while ((c = getopt_long(argc, argv, letters, words, NULL)) != -1) {
        if (c == 'h')
            print_help(about, options, end);
        if (c == 'V')
            Unp_print_version();
        if (!of[c]) /* '?': getopt_long() has printed why */
            Unp_usage_error(NULL);
        take(of[c]);
    }
}
