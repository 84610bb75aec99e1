/*
 * live - a client or server that changes socket options of a live association
 *
 *   live [-p PORT] [-B ADDR] [-C ADDR] [-O OPTION] [HOST]    a server, if there is no HOST
 *
 * Reads commands from standard input:
 *
 *   set OPTION     set a socket option, of the association if there is one: bindx_add=10.0.0.1
 *   get OPTION     print a socket option
 *   [n] TEXT       send TEXT on stream n
 *   eof            shut the association down
 *
 * and prints a line for each event.  At the end of input it shuts its associations down and ends.
 */
#include "client/client.h"
#include "option/option.h"
#include "receive/inside.h"
#include "tty/line.h"
#include "tty/message.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST = 100000 };

static int fd;
static sctp_assoc_t id; /* the last association that came up; 0: none */

/* ---- receiving ------------------------------------------------------------- */

static void show_notification(const union sctp_notification *n, size_t len)
{
    char text[1024];

    puts(unp_notification_text(n, len, text, sizeof(text)));
    if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE && n->sn_assoc_change.sac_state == SCTP_COMM_UP)
        id = n->sn_assoc_change.sac_assoc_id;
}

static void show_message(const struct unp_message *msg)
{
    unp_message_head(msg, stdout);
    fwrite(msg->data, 1, msg->len, stdout);
    putchar('\n');
}

static void receive(struct unp_inbox *in)
{
    static struct unp_reassembly data, notice;
    int n = unp_inbox_recv(in, fd, MSG_DONTWAIT);

    for (int i = 0; i < n; i++) {
        const struct unp_fragment *fragment = unp_inbox_fragment(in, i);
        bool notification = fragment->flags & MSG_NOTIFICATION;
        struct unp_message msg;

        if (unp_reassemble(notification ? &notice : &data, fragment, SIZE_MAX, &msg) != 1)
            continue;
        if (notification)
            show_notification((const union sctp_notification *)(void *)msg.data, msg.len);
        else
            show_message(&msg);
        free(msg.owned);
    }
}

/* ---- commands -------------------------------------------------------------- */

static void set(const char *text)
{
    char why[600];

    if (unp_opt_set(fd, id, text, why, sizeof(why)) < 0)
        printf("refused: %s\n", why);
    else
        printf("set %s\n", text);
}

static void get(const char *text)
{
    char value[OPT_ROOM], why[600];

    if (unp_opt_get(fd, id, text, value, sizeof(value), why, sizeof(why)) < 0)
        printf("refused: %s\n", why);
    else
        puts(value);
}

static void say(const char *line, size_t len)
{
    struct sctp_sndinfo snd = {.snd_assoc_id = id};
    const char *text = memchr(line, ']', len);
    long stream;

    if (!text || unp_line_stream(line, len, &stream) != STREAM_OK)
        err_quit(EXIT_USAGE, "\"%.*s\" is none of set, get, [n] text, eof", (int)len, line);
    snd.snd_sid = (uint16_t)stream;
    if (unp_send_info(fd, line, len, &snd, NULL, MSG_DONTWAIT) < 0)
        printf("not sent: %s\n", strerror(errno));
}

static void obey(char *line, size_t len)
{
    char text[1000];

    snprintf(text, sizeof(text), "%.*s", (int)len, line);
    if (strncmp(text, "set ", 4) == 0)
        set(text + 4);
    else if (strncmp(text, "get ", 4) == 0)
        get(text + 4);
    else if (strcmp(text, "eof") == 0)
        unp_eof(fd, id);
    else
        say(line, len);
}

int main(int argc, char **argv)
{
    struct unp_client c = {.setup = {.ostreams = 10, .buffer = 4 << 20}, .port = 9877, .wait = 10};
    struct unp_opt_list options = {0};
    const struct unp_cmdline_option rows[] = {
        UNP_CLIENT_OPTIONS(c), UNP_OPT_OPTION(options), {.name = NULL}};
    struct unp_inbox *in = unp_inbox_new(1, 65536);
    struct unp_line_reader lines;
    char *line;
    size_t len;

    setvbuf(stdout, NULL, _IOLBF, 0);
    Unp_options(argc, argv, "usage: live [options] [HOST]\n", rows, "");
    if (!in)
        err_sys("make room");
    c.setup.set_options = Unp_opt_list_set_future;
    c.setup.options = options.before;
    c.host = argv[optind];
    if (!c.host)
        c.setup.port = c.port;
    fd = c.host ? Unp_client_connect(&c, &id) : Unp_listen(&c.setup);
    Unp_opt_list_set(fd, id, options.after);
    puts(c.host ? "connected" : "listening");
    unp_line_init(&lines, STDIN_FILENO, LONGEST);
    while (!lines.eof) {
        struct pollfd fds[2] = {{.fd = fd, .events = POLLIN},
                                {.fd = STDIN_FILENO, .events = POLLIN}};

        poll(fds, 2, -1);
        if (fds[0].revents)
            receive(in);
        if (fds[1].revents && unp_line_fill(&lines) < 0)
            err_sys("read the input");
        while (unp_line_next(&lines, &line, &len) == LINE_READY)
            obey(line, len);
    }
    unp_line_free(&lines);
    unp_inbox_free(in);
    unp_opt_list_free(&options);
    unp_client_free(&c);
    close(fd);
    return 0;
}
