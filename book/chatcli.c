/*
 * chatcli host - chat client: the article "Multiple Associations with Stream Control Transmission
 * Protocol", listing 1
 *
 * Sends each line of its input to the server, and prints the messages of the server.  A thread
 * receives, so that the client reads even while its send blocks: otherwise its own lines, which the
 * server sends back, would fill its receive buffer, and each end would wait for the other.
 *
 * To see: see chatserv.c.
 *
 * Try it:   terminal 1      build/book/chatserv
 *           terminal 2, 3   build/book/chatcli 127.0.0.1
 *
 * A production client must also                                        (see)
 *   - have a name, and recognize its own lines                         chat/show.c
 *   - keep the line being typed apart from received lines              lib/tty/terminal.c
 *   - escape control characters that a peer sends to a terminal        lib/tty/text.c
 *   - reconnect when the server was restarted                          chat/sctp_chat_cli.c
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <pthread.h>
#include <string.h>

static int fd;

static void *print_messages(void *arg)
{
    static union {
        char text[8192];
        union sctp_notification notice;
    } buf;
    char why[512];
    int flags;

    for (;;) {
        ssize_t n = Sctp_recvmsg(fd, &buf, sizeof(buf), NULL, NULL, NULL, &flags);

        if (flags & MSG_NOTIFICATION)
            err_quit(EXIT_LOST, "%s",
                     unp_notification_text(&buf.notice, (size_t)n, why, sizeof(why)));
        fwrite(buf.text, 1, (size_t)n, stdout);
        fflush(stdout);
    }
    return arg;
}

int main(int argc, char **argv)
{
    const struct sctp_event_subscribe events = {.sctp_association_event = 1};
    struct sctp_sndrcvinfo info = {0};
    struct sockaddr_in to;
    char line[4096];
    pthread_t reader;

    if (argc != 2)
        err_quit(EXIT_USAGE, "usage: chatcli host");
    to = Unp_serv_address(argv[1]);
    fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    Sctp_connectx(fd, (struct sockaddr *)&to, 1, &info.sinfo_assoc_id);
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events)); /* to learn of its end */
    if (pthread_create(&reader, NULL, print_messages, NULL) != 0)
        err_quit(EXIT_SYSTEM, "pthread_create: no thread");
    while (fgets(line, sizeof(line), stdin))
        if (Sctp_send(fd, line, strlen(line), &info, MSG_NOSIGNAL) < 0)
            err_quit(EXIT_LOST, "the server has ended the association");
}
