/*
 * What a command line says: numbers, hosts, PPIDs.
 *
 * Functions with a capital letter end the program: with EXIT_USAGE and a message that names the
 * option when the text is wrong.
 */
#ifndef CMDLINE_H
#define CMDLINE_H

#include "unpsctp.h"

/* The number that the whole of `text` writes in decimal, within min and max; -1 when it is none. */
int64_t unp_parse_number(const char *text, int64_t min, int64_t max);
/* The same for an option of the program, ending it with EXIT_USAGE. */
int64_t Unp_parse_number(const char *option, const char *text, int64_t min, int64_t max);

/* Seconds, with a fraction or without ("0.25"), within min and max; in microseconds, -1 when it is
 * none. */
int64_t unp_parse_seconds(const char *text, double min, double max);
/* The same for an option of the program, ending it with EXIT_USAGE. */
int64_t Unp_parse_seconds(const char *option, const char *text, double min, double max);

/* A PPID by number or name, as unp_ppid_parse() takes it; in network order. */
uint32_t Unp_ppid(const char *option, const char *text);

/* Says why unp_addrs_add() failed with `rc` (errno as it left it), in a message that begins with
 * `what`.
 * Returns the exit status: EXIT_NO_HOST or EXIT_SYSTEM. */
int unp_addrs_why(int rc, const char *what, const char *host, char *why, size_t size);
/* Appends them, ending the program with that message and status when `host` has no address. */
void Unp_addrs_add(struct unp_addrs *list, const char *what, const char *host, uint16_t port);

/* Opens /dev/null as standard input, output and error where the caller has closed them, so that no
 * socket takes their place. */
void Unp_open_standard_files(void);

/* IPv4 address of `host` (a name or number; NULL: the wildcard address), with the port of the
 * environment variable SERV_PORT or, without it, the macro's.  Ends the program with EXIT_NO_HOST
 * or EXIT_USAGE when that is none. */
struct sockaddr_in Unp_serv_address(const char *host);

#endif
