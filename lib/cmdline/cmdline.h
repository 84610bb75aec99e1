/*
 * The command line of a program: its options, and numbers, hosts, PPIDs as text.
 *
 * Functions with a capital first letter end the program with a message when they fail: with
 * EXIT_USAGE when the text is wrong.
 */
#ifndef CMDLINE_H
#define CMDLINE_H

#include "unpsctp.h"

/* Prints the message and a line that points to --help; ends the program with EXIT_USAGE.  `fmt`
 * NULL: getopt_long() has printed the message. */
_Noreturn void Unp_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Text for the end of the message that refuses `argument`: "" unless it is a port number. */
const char *unp_port_hint(const char *argument);

/* Prints the versions of the program and its libraries, and which SCTP stacks there are; exits. */
_Noreturn void Unp_print_version(void);

/* ---- options: options.c --------------------------------------------------- */

/* An option of a program: a row of the table from which Unp_options() parses and prints --help. */
struct unp_cmdline_option {
    const char *name;  /* "port"; NULL: the end of the table */
    char letter;       /* 'p'; 0: none */
    const char *value; /* "=PORT"; "[=REASON]", which may be left out; NULL: it has none */
    const char *help;  /* a format for `default_value`, `min` and `max`, each as %lld */
    /* Takes the value.  `option` names the option in messages: "-p", "--memory". */
    void (*take)(const struct unp_cmdline_option *o, const char *option, const char *value);
    void *to;    /* the variable */
    size_t size; /* of it */
    int64_t default_value, min, max;
    bool *given; /* set when the option is given, unless NULL */
};

/* The last columns of a row, by type of the variable.  The initial value of a number is the default
 * that --help shows. */
#define UNP_TAKE(function, variable) .take = function, .to = &(variable), .size = sizeof(variable)
#define UNP_NUMBER(variable, least, most)                                                          \
    UNP_TAKE(Unp_take_number, variable), .default_value = (int64_t)(variable), .min = least,       \
                                         .max = most
/* Microseconds, given in seconds with or without a fraction. */
#define UNP_SECONDS(variable, least, most)                                                         \
    UNP_TAKE(Unp_take_seconds, variable), .min = least, .max = most
/* The option has no value: it sets the variable, a bool or an integer, to `on`. */
#define UNP_FLAG(variable, on) UNP_TAKE(Unp_take_flag, variable), .max = on
#define UNP_TEXT(variable)     UNP_TAKE(Unp_take_text, variable)

void Unp_take_number(const struct unp_cmdline_option *o, const char *option, const char *value);
void Unp_take_seconds(const struct unp_cmdline_option *o, const char *option, const char *value);
void Unp_take_flag(const struct unp_cmdline_option *o, const char *option, const char *value);
void Unp_take_text(const struct unp_cmdline_option *o, const char *option, const char *value);
/* By number or name; stored in network order. */
void Unp_take_ppid(const struct unp_cmdline_option *o, const char *option, const char *value);
void Unp_take_address(const struct unp_cmdline_option *o, const char *option, const char *value);

/* The value of a macro, as text for a help line. */
#define UNP_STRING(macro)      UNP_STRING_OF(macro)
#define UNP_STRING_OF(literal) #literal

/* Rows that several programs have. */
#define UNP_BIND_OPTION(list)                                                                      \
    {                                                                                              \
        "bind", 'B', "=ADDR", "bind to this local address; repeat for multi-homing",               \
            UNP_TAKE(Unp_take_address, list)                                                       \
    }
#define UNP_TIME_OPTION                                                                            \
    {                                                                                              \
        "time", 't', NULL, "begin each line with the time; with -J, add a field",                  \
            UNP_FLAG(unp_print_times, true)                                                        \
    }
#define UNP_PPID_OPTION(variable)                                                                  \
    {                                                                                              \
        "ppid", 'P', "=PPID",                                                                      \
            "payload protocol identifier: a number or an IANA name such as ngap",                  \
            UNP_TAKE(Unp_take_ppid, variable)                                                      \
    }

/*
 * Parses the options with getopt_long(3), which leaves optind at the first argument; -h and -V need
 * no row.  --help prints `about`, the rows and `end`, and exits.  Ends the program with EXIT_USAGE
 * when an option or a value is wrong.
 */
void Unp_options(int argc, char **argv, const char *about, const struct unp_cmdline_option *options,
                 const char *end);

/* ---- values --------------------------------------------------------------- */

/* Parses all of `text` as a decimal number from min to max; -1: it is not one. */
int64_t unp_parse_number(const char *text, int64_t min, int64_t max);
/* The same for the value of `option`; ends the program when it is wrong. */
int64_t Unp_parse_number(const char *option, const char *text, int64_t min, int64_t max);

/* Seconds with or without a fraction ("0.25"), from min to max.  Returns microseconds; -1: `text`
 * is not such a number. */
int64_t unp_parse_seconds(const char *text, double min, double max);

/*
 * Parses "host", "host:port", "[v6]", "[v6]:port" or an IPv6 address: copies the host to `host`, of
 * `size` bytes; *port is unchanged if the text has none.  False: it is none of these, it is too
 * long, or the host is a port number.
 */
bool unp_parse_host(const char *text, char *host, size_t size, uint16_t *port);
/*
 * Cuts an argument such as "host:port" down to the host and returns it; *port is unchanged if the
 * argument has none.  Ends the program with EXIT_USAGE when the argument is malformed, or when its
 * port differs from the *port that the user gave with -p (`port_given`).
 */
char *Unp_host(char *text, uint16_t *port, bool port_given);

/* Writes why unp_addrs_add() failed with `rc` and errno, in a message that begins with `what`.
 * Returns the exit status: EXIT_NO_HOST or EXIT_SYSTEM. */
int unp_addrs_why(int rc, const char *what, const char *host, char *why, size_t size);
/* Appends the addresses of `host`.  Ends the program with that message and status when there are
 * none. */
void Unp_addrs_add(struct unp_addrs *list, const char *what, const char *host, uint16_t port);

/* IPv4 address of `host` ("host" or "host:port"; NULL: the wildcard address).  The default port is
 * the environment variable SERV_PORT or, without it, the macro.  Ends the program with EXIT_NO_HOST
 * when the host has no IPv4 address, and with EXIT_USAGE when the text is malformed, or is an
 * option such as --help. */
struct sockaddr_in Unp_serv_address(const char *host);

#endif
