/* What sctp_echo_cli prints. */
#include "cli_print.h"
#include "tty/message.h"
#include "tty/text.h"
#include "json/event.h"

#include <stdio.h>
#include <stdlib.h>

#define EXCERPT      40 /* bytes of a line */
#define EXCERPT_SIZE (TEXT_GROWTH * EXCERPT + sizeof("..."))

/* A stranger wrote it: the terminal shows it and does not obey it. */
static void print_escaped(const struct sctp_message *msg)
{
    char *text = malloc(TEXT_GROWTH * msg->len + 1);

    if (!text)
        err_sys("print a message of %zu bytes", msg->len);
    text_tame(msg->data, msg->len, text);
    puts(text);
    free(text);
}

void cli_print_reply(const struct cli_options *asked, const struct sctp_message *msg)
{
    if (asked->json) {
        sctp_message_json(msg, stdout);
        return;
    }
    sctp_message_head(msg, stdout);
    if (asked->terminal) {
        print_escaped(msg);
        return;
    }
    fwrite(msg->data, 1, msg->len, stdout);
    if (msg->len == 0 || msg->data[msg->len - 1] != '\n')
        putchar('\n');
}

static void print_text(int fd, const union sctp_notification *n, size_t len)
{
    const struct sctp_assoc_change *change = &n->sn_assoc_change;
    char text[1024], peer[512], local[512];

    sctp_notification_text(n, len, text, sizeof(text));
    if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE && change->sac_state == SCTP_COMM_UP &&
        sctp_peer_addresses(fd, change->sac_assoc_id, peer, sizeof(peer)) == 0 &&
        sctp_local_addresses(fd, change->sac_assoc_id, local, sizeof(local)) == 0)
        err_msg("%s, peer %s, local %s", text, peer, local);
    else
        err_msg("%s", text);
}

void cli_print_event(const struct cli_options *asked, int fd, const union sctp_notification *n,
                     size_t len)
{
    if (asked->client.verbose)
        print_text(fd, n, len);
    if (asked->json)
        sctp_event_json(fd, n, len, NULL, stdout);
}

const char *cli_excerpt(const char *text, size_t len)
{
    static char buf[EXCERPT_SIZE];
    size_t n = len < EXCERPT ? len : EXCERPT, used;

    while (n < len && n > 0 && (text[n] & 0xc0) == 0x80) /* not within a character */
        n--;
    used = text_tame(text, n, buf);
    snprintf(buf + used, sizeof(buf) - used, "%s", n < len ? "..." : "");
    return buf;
}
