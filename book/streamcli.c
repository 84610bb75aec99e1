/*
 * streamcli host [echo] - stream echo client: UNP 10.3 to 10.5, figures 10.3 to 10.6,
 * sctpclient01.c, sctp_strcli.c, sctp_strcliecho.c
 *
 * A line "[n] text" is sent on stream n.  With "echo" every line is sent on all streams.
 *
 * To see: the reply arrives on the next stream, and each stream numbers its messages itself (seq).
 * When the network loses a packet, only the streams with data in that packet wait for the
 * retransmission; the others are delivered: no head-of-line blocking between streams.
 *
 * Try it:   terminal 1   build/book/streamserv
 *           terminal 2   build/book/streamcli 127.0.0.1 echo
 *                        hello
 *
 * A production client must also                                        (see)
 *   - accept input while it waits for a reply, and give up waiting     echo/sctp_echo_cli.c
 *   - escape control characters that a peer sends to a terminal        lib/tty/text.c
 *   - say why it cannot connect, and try all addresses of the host     lib/client/route.c,
 *                                                                      lib/client/host.c
 * Head-of-line blocking, measured with packet loss: sctp_ping -S 10    tests/bench/measure
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <string.h>

static int fd;
static sctp_assoc_t id;

static void send_line(const char *line, int stream)
{
    const struct sctp_sndrcvinfo info = {.sinfo_stream = (uint16_t)stream, .sinfo_assoc_id = id};

    /* By association id: a line sent to the address, as in UNP, would set up another association
     * once the server has ended this one. */
    if (Sctp_send(fd, line, strlen(line), &info, MSG_NOSIGNAL) < 0)
        err_quit(EXIT_LOST, "the server has ended the association");
}

static void print_reply(void)
{
    struct sctp_sndrcvinfo info;
    static char buf[8192];
    int flags, fragments = 0;

    do {
        ssize_t n = Sctp_recvmsg(fd, buf, sizeof(buf), NULL, NULL, &info, &flags);

        if (flags & MSG_NOTIFICATION)
            err_quit(EXIT_LOST, "the server has ended the association");
        if (fragments++ == 0)
            printf("From str:%u seq:%u (assoc:0x%x):", info.sinfo_stream, info.sinfo_ssn,
                   (unsigned)info.sinfo_assoc_id);
        printf("%.*s%s", (int)n, buf, flags & MSG_EOR && buf[n - 1] != '\n' ? "\n" : "");
    } while (!(flags & MSG_EOR));
}

static void echo_on_all(char *line, int streams)
{
    char text[4200];

    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < streams; i++) {
        snprintf(text, sizeof(text), "%s.msg.%d", line, i);
        send_line(text, i);
    }
    for (int i = 0; i < streams; i++)
        print_reply();
}

int main(int argc, char **argv)
{
    const struct sctp_event_subscribe events = {.sctp_data_io_event = 1,
                                                .sctp_association_event = 1};
    struct sockaddr_in to;
    char line[4096];
    unsigned stream;
    int streams;

    if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "echo") != 0))
        err_quit(EXIT_USAGE, "usage: streamcli host [echo]");
    to = Unp_serv_address(argv[1]);
    fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    Sctp_connectx(fd, (struct sockaddr *)&to, 1, &id);
    /* Subscribed to after the association is up, an association change can only be its end. */
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    streams = sctp_get_no_strms(fd, (struct sockaddr *)&to, sizeof(to));
    setlinebuf(stdout);
    while (fgets(line, sizeof(line), stdin)) {
        if (argc == 3) {
            echo_on_all(line, streams);
        } else if (sscanf(line, "[%5u]", &stream) != 1 || stream >= (unsigned)streams) {
            err_msg("a line must be \"[n] text\", with n from 0 to %d", streams - 1);
        } else {
            send_line(line, (int)stream);
            print_reply();
        }
    }
}
