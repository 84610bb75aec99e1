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

/* The decimal number in `text`, from min to max; -1 when it is none. */
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

/* Writes why unp_addrs_add() failed with `rc` (and errno), in a message that begins with `what`.
 * Returns the exit status: EXIT_NO_HOST or EXIT_SYSTEM. */
int unp_addrs_why(int rc, const char *what, const char *host, char *why, size_t size);
/* Appends the addresses of `host`.  Ends the program with that message and status when there are
 * none. */
void Unp_addrs_add(struct unp_addrs *list, const char *what, const char *host, uint16_t port);

/* Opens /dev/null as standard input, output and error where they are closed, so that no socket gets
 * their descriptors. */
void Unp_open_standard_files(void);

/* The IPv4 address of `host` (a name or number; NULL: the wildcard address).  The port is that of
 * the environment variable SERV_PORT, or without it, of the macro.  Ends the program with
 * EXIT_NO_HOST or EXIT_USAGE when either is wrong. */
struct sockaddr_in Unp_serv_address(const char *host);

#endif
