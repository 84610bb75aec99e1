/*
 * relay - a chat server on TCP that only relays lines, for the bench
 *
 *   relay PORT
 *
 * The counterpart of fanout: one poll() loop.  It greets a new member as sctp_chat_srv does, and
 * sends each line, after a name, to all other members; lines that were received together it sends
 * together.  It blocks on a member that does not read, and closes it after a second.
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { MOST = 10000, TEXT = 4096 };

static const char name[] = "somebody: ", greeting[] = "*** you are guest\n";
static struct pollfd fds[MOST] = {{.events = POLLIN}}; /* the first one listens */
static struct {
    char text[TEXT];
    size_t len;
} received[MOST]; /* beginnings of lines */
static nfds_t n = 1;

static void join(void)
{
    const struct timeval patience = {.tv_sec = 1};
    const int on = 1;
    int fd = accept(fds[0].fd, NULL, NULL);

    if (fd < 0)
        err_sys("accept");
    Setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    Setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    send(fd, greeting, sizeof(greeting) - 1, MSG_NOSIGNAL);
    fds[n] = (struct pollfd){.fd = fd, .events = POLLIN};
    received[n++].len = 0;
}

/* Sends all complete lines of a member to the others. */
static void relay(nfds_t from)
{
    static char out[TEXT * sizeof(name)];
    char *line = received[from].text, *end;
    size_t left = received[from].len, len = 0;

    while ((end = memchr(line, '\n', left))) {
        memcpy(out + len, name, sizeof(name) - 1);
        memcpy(out + len + sizeof(name) - 1, line, (size_t)(end + 1 - line));
        len += sizeof(name) - 1 + (size_t)(end + 1 - line);
        left -= (size_t)(end + 1 - line);
        line = end + 1;
    }
    for (nfds_t i = 1; i < n && len; i++)
        if (i != from && send(fds[i].fd, out, len, MSG_NOSIGNAL) != (ssize_t)len)
            shutdown(fds[i].fd, SHUT_RDWR); /* recv() then returns 0 */
    memmove(received[from].text, line, left);
    received[from].len = left;
}

static void serve(nfds_t i)
{
    ssize_t len =
        recv(fds[i].fd, received[i].text + received[i].len, TEXT - received[i].len, MSG_DONTWAIT);

    if (len <= 0) { /* also when a line is too long */
        close(fds[i].fd);
        fds[i] = fds[--n];
        received[i] = received[n];
        return;
    }
    received[i].len += (size_t)len;
    relay(i);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;

    if (argc != 2)
        err_quit(EXIT_USAGE, "usage: relay PORT");
    at.sin_port = htons((uint16_t)Unp_parse_number("PORT", argv[1], 1, 65535));
    fds[0].fd = Socket(AF_INET, SOCK_STREAM, 0);
    Setsockopt(fds[0].fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    Bind(fds[0].fd, (struct sockaddr *)&at, sizeof(at));
    Listen(fds[0].fd, 128);
    printf("listening\n");
    fflush(stdout);
    for (;;) {
        poll(fds, n, -1);
        for (nfds_t i = n; i-- > 1;) /* the last may move into the place of one that left */
            if (fds[i].revents)
                serve(i);
        if (fds[0].revents && n < MOST)
            join();
    }
}
