/*
 * sctp_hello_srv - one-to-one server: a TCP server ported to SCTP
 *
 *   sctp_hello_srv [options]
 *
 * Sends one line to each client that connects, and closes.
 *
 * Worth noticing: two lines differ from a TCP server.  The protocol of socket() is IPPROTO_SCTP,
 * and sctp_bindx() binds several addresses where bind() would bind one.  The traps of a TCP server
 * are the same: see greet() and serve().
 */
#include "client/interrupt.h"
#include "cmdline/cmdline.h"
#include "options.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_UNREAD 1000 /* messages of a client that are read and discarded */
#define PAUSE_MS    1000 /* before accept() is retried when there is no descriptor */

static bool has_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static int open_listener(struct unp_addrs *local, uint16_t port)
{
    const int on = 1, off = 0;
    int family, fd;

    if (local->count == 0) /* "::" includes all IPv4 addresses */
        Unp_addrs_add(local, "-B", has_ipv6() ? "::" : "0.0.0.0", 0);
    unp_addrs_set_port(local, port);
    family = unp_addrs_family(local);
    fd = Socket(family, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_SCTP); /* TCP: 0 */
    if (family == AF_INET6)
        Setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    Setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    Sctp_bindx(fd, (struct sockaddr *)(void *)local->packed, local->count, /* TCP: bind() */
               SCTP_BINDX_ADD_ADDR);
    Listen(fd, SOMAXCONN);
    return fd;
}

/* Sends without waiting for the client: the stack delivers the line after close(). */
static void greet(int client, const char *line)
{
    static char unread[65536];

    send(client, line, strlen(line), 0); /* fails if the client has left, which needs no action */
    /* With unread data close() would abort instead of shutting down, as on TCP. */
    for (int i = 0; i < MOST_UNREAD && recv(client, unread, sizeof(unread), 0) > 0; i++)
        ;
    close(client);
}

/* The listening socket does not block, because a client may leave between poll() and accept(). */
static void serve(int listener, const char *line)
{
    int said = 0;

    while (!unp_pending_signal) {
        struct pollfd p = {.fd = listener, .events = POLLIN};
        int client;

        unp_poll(&p, 1, -1);
        client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (client >= 0) {
            greet(client, line);
            said = 0;
        } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            if (errno != said)
                err_msg("accept: %s; trying again each second", strerror(errno));
            said = errno;
            unp_poll(NULL, 0, PAUSE_MS);
        }
    }
}

int main(int argc, char **argv)
{
    struct hello_options asked;
    char *line;
    int listener;

    Unp_open_standard_files();
    get_server_options(&asked, argc, argv);
    if (asprintf(&line, "%s\n", asked.text) < 0)
        err_sys("start");
    signal(SIGPIPE, SIG_IGN); /* a client that has left must not end the server */
    unp_catch_signals();
    listener = open_listener(&asked.local, asked.port);
    if (strlen(line) > unp_max_message(listener))
        err_quit(EXIT_USAGE, "-m: the text is too long: at most %zu bytes can be sent",
                 unp_max_message(listener) - 1);
    unp_print_time(stdout);
    printf("sctp_hello_srv: listening on port %u; Ctrl-C ends it\n", asked.port);
    fflush(stdout);
    serve(listener, line);
    close(listener);
    free(line);
    unp_addrs_free(&asked.local);
    return EXIT_OK;
}
