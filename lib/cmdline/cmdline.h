/*
 * Arguments of a command line: numbers, hosts, PPIDs.
 *
 * Functions with a capital letter end the program when the text is wrong, with EXIT_USAGE and a
 * message that names the option.
 */
#ifndef CMDLINE_H
#define CMDLINE_H

#include "unpsctp.h"

/* Ends the program with EXIT_USAGE after two lines on standard error: the message, and which
 * command prints the options.  `fmt` NULL: getopt_long() has printed the message. */
_Noreturn void Unp_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints the versions of the program and its libraries, and which SCTP stacks there are; exits. */
_Noreturn void Unp_print_version(void);

/* The number that the whole of `text` writes in decimal, within min and max; -1 when it is none. */
int64_t unp_parse_number(const char *text, int64_t min, int64_t max);
/* The same for the value of `option`; ends the program when it is wrong. */
int64_t Unp_parse_number(const char *option, const char *text, int64_t min, int64_t max);

/* Seconds with or without a fraction ("0.25"), from min to max.  Returns microseconds; -1 when it
 * is none. */
int64_t unp_parse_seconds(const char *text, double min, double max);
/* The same for the value of `option`; ends the program when it is wrong. */
int64_t Unp_parse_seconds(const char *option, const char *text, double min, double max);

/* A PPID by number or name, as unp_ppid_parse() takes it.  Returns it in network order. */
uint32_t Unp_ppid(const char *option, const char *text);

/*
 * Parses "host", "host:port", "[v6]", "[v6]:port" or an IPv6 address: copies the host to `host`, of
 * `size` bytes; *port is unchanged if the text has none.  False: it is none of these, or too long.
 */
bool unp_parse_host(const char *text, char *host, size_t size, uint16_t *port);
/*
 * The host of a command line's argument, which is cut down to it; *port becomes the port of the
 * argument, if it has one.  Ends the program with EXIT_USAGE when the argument is malformed, or
 * when the user gave *port as well (`port_given`) and the two differ.
 */
char *Unp_host(char *text, uint16_t *port, bool port_given);

/* Says why unp_addrs_add() failed with `rc` (errno as it left it), in a message that begins with
 * `what`.
 * Returns the exit status: EXIT_NO_HOST or EXIT_SYSTEM. */
int unp_addrs_why(int rc, const char *what, const char *host, char *why, size_t size);
/* Appends the addresses of `host`.  Ends the program with that message and status when there are
 * none. */
void Unp_addrs_add(struct unp_addrs *list, const char *what, const char *host, uint16_t port);

/* Opens /dev/null as standard input, output and error where they are closed, so that no socket gets
 * their descriptors. */
void Unp_open_standard_files(void);

/* IPv4 address of `host` ("host" or "host:port"; NULL: the wildcard address).  The default port is
 * that of the environment variable SERV_PORT or, without it, the macro's.  Ends the program with
 * EXIT_NO_HOST or EXIT_USAGE when that is none. */
struct sockaddr_in Unp_serv_address(const char *host);

#endif
