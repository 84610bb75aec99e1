/*
 * sctp_hello_cli - one-to-one client: a TCP client ported to SCTP
 *
 *   sctp_hello_cli [options] host
 *
 * Connects and prints what the server sends, until the server shuts the association down.
 *
 * Worth noticing: one line differs from a TCP client: the protocol of socket() is IPPROTO_SCTP.
 */
#include "client/client.h"
#include "client/interrupt.h"
#include "cmdline/cmdline.h"
#include "options.h"
#include "tty/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define BUFFER_SIZE 65536

/* Returns a socket connected to the address, or -1 and errno. */
static int dial(const struct sockaddr *sa, unsigned seconds)
{
    const struct timeval limit = {.tv_sec = seconds};
    int fd, err;

    if (unp_check_route(sa) < 0)
        return -1;
    fd = Socket(sa->sa_family, SOCK_STREAM, IPPROTO_SCTP);          /* TCP: 0 */
    Setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)); /* of connect() */
    Setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (connect(fd, sa, unp_sock_len(sa)) == 0)
        return fd;
    err = errno == EINPROGRESS ? ETIMEDOUT : errno;
    close(fd);
    errno = err;
    return -1;
}

/* Tries the addresses of the host in turn; exits if none can be connected to. */
static int connect_host(const char *host, uint16_t port, unsigned seconds)
{
    struct unp_addrs found = {0};
    int64_t from = unp_now();
    char why[600];
    int fd = -1;

    Unp_addrs_add(&found, "host", host, port);
    for (struct sockaddr *sa = NULL; fd < 0 && (sa = unp_addrs_next(&found, sa));)
        do
            fd = dial(sa, seconds);
        while (fd < 0 && errno == EINTR); /* the program was stopped and continued */
    unp_addrs_free(&found);
    if (fd < 0) {
        int status = unp_connect_why(errno, host, port, unp_now() - from, why, sizeof(why));

        err_quit(status, "%s", why);
    }
    return fd;
}

/* Escapes control characters for a terminal, because the text comes from the network. */
static void print(const char *text, size_t len)
{
    static char escaped[TEXT_GROWTH * BUFFER_SIZE + 1];

    if (!isatty(STDOUT_FILENO)) {
        fwrite(text, 1, len, stdout);
        return;
    }
    for (const char *next, *end = text + len; text < end; text = next) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));

        next = newline ? newline + 1 : end;
        unp_text_escape(text, (size_t)(next - text), escaped);
        printf("%s%s", escaped, newline ? "\n" : "");
    }
}

/* recv() returns one message at a time and, as on a TCP socket, 0 after the shutdown. */
static void print_all(int fd, unsigned seconds)
{
    static char text[BUFFER_SIZE];
    ssize_t n;

    while ((n = recv(fd, text, sizeof(text), 0)) != 0) {
        if (n > 0) {
            print(text, (size_t)n);
            Unp_flush_stdout("write the output");
        } else if (errno == EAGAIN) {
            err_quit(EXIT_NO_ANSWER,
                     "received nothing for %u s; does this server send first? -w waits longer",
                     seconds);
        } else if (errno != EINTR) {
            err_quit(EXIT_LOST,
                     "the association was lost: %s; was the server killed, or the network cut?",
                     strerror(errno));
        }
    }
}

int main(int argc, char **argv)
{
    struct hello_options asked;
    int fd;

    Unp_open_standard_files();
    get_client_options(&asked, argc, argv);
    fd = connect_host(asked.host, asked.port, asked.wait);
    print_all(fd, asked.wait);
    close(fd);
    return EXIT_OK;
}
