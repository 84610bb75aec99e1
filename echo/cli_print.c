/* Output of sctp_echo_cli. */
#include "cli_print.h"
#include "client/association.h"
#include "receive/receive.h"
#include "tty/message.h"
#include "tty/text.h"
#include "json/event.h"

#include <stdio.h>
#include <stdlib.h>

#define EXCERPT      40 /* bytes of a line */
#define EXCERPT_SIZE (TEXT_GROWTH * EXCERPT + sizeof("..."))

/* Escapes control characters, because the text comes from the network. */
static void print_escaped(const struct unp_message *msg)
{
    char *text = malloc(TEXT_GROWTH * msg->len + 1);

    if (!text)
        err_sys("print a message of %zu bytes", msg->len);
    unp_text_escape(msg->data, msg->len, text);
    puts(text);
    free(text);
}

void cli_print_reply(const struct cli_options *asked, const struct unp_message *msg)
{
    if (asked->json) {
        unp_message_json(msg, stdout);
        return;
    }
    unp_print_time(stdout);
    unp_message_head(msg, stdout);
    if (asked->terminal) {
        print_escaped(msg);
        return;
    }
    fwrite(msg->data, 1, msg->len, stdout);
    if (msg->len == 0 || msg->data[msg->len - 1] != '\n')
        putchar('\n');
}

void cli_print_event(const struct cli_options *asked, int fd, const union sctp_notification *n,
                     size_t len)
{
    char text[2200];

    if (asked->client.verbose)
        err_msg("%s", unp_client_event_text(fd, n, len, text, sizeof(text)));
    if (asked->json)
        unp_event_json(fd, n, len, NULL, stdout);
}

const char *cli_excerpt(const char *text, size_t len)
{
    static char buf[EXCERPT_SIZE];
    size_t n = len < EXCERPT ? len : EXCERPT, used;

    while (n < len && n > 0 && (text[n] & 0xc0) == 0x80) /* not within a character */
        n--;
    used = unp_text_escape(text, n, buf);
    snprintf(buf + used, sizeof(buf) - used, "%s", n < len ? "..." : "");
    return buf;
}
