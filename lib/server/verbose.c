/* Prints a line when the server listens, and for each notification (-v, -J). */
#include "inside.h"
#include "json/event.h"

#include <errno.h>
#include <stdio.h>

/* Is the notification worth a line?  Sender-dry is internal to the send queue.  A failed send after
 * an association has ended is implied, so -v omits it. */
static bool interesting(const struct unp_server *srv, const union sctp_notification *n)
{
    const struct unp_association *a;

    if (n->sn_header.sn_type == SCTP_SENDER_DRY_EVENT)
        return false;
    if (n->sn_header.sn_type != SCTP_SEND_FAILED_EVENT || srv->json)
        return true;
    a = unp_table_find(&srv->associations, n->sn_send_failed_event.ssf_assoc_id);
    return a && !a->close_reason;
}

static void print_text(int fd, const union sctp_notification *n, size_t len, const char *ended,
                       FILE *f)
{
    char text[1024], peer[512];

    unp_print_time(f);
    fputs(unp_notification_text(n, len, text, sizeof(text)), f);
    if (ended)
        fprintf(f, " (by this server: %s)", ended);
    if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE &&
        (n->sn_assoc_change.sac_state == SCTP_COMM_UP ||
         n->sn_assoc_change.sac_state == SCTP_RESTART) &&
        unp_peer_addresses(fd, n->sn_assoc_change.sac_assoc_id, peer, sizeof(peer)) == 0)
        fprintf(f, ", peer %s", peer);
    putc('\n', f);
}

void unp_server_report(struct unp_server *srv, const union sctp_notification *n, size_t len)
{
    const struct unp_association *a = NULL;
    struct unp_line *line;
    int fd;

    if (!interesting(srv, n) || !(line = unp_line_new()))
        return;
    if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE)
        a = unp_table_find(&srv->associations, n->sn_assoc_change.sac_assoc_id);
    fd = a ? unp_socket_of(a, srv->fd) : srv->fd;
    if (srv->json)
        unp_event_json(fd, n, len, a ? a->close_reason : NULL, line->f);
    else
        print_text(fd, n, len, a ? a->close_reason : NULL, line->f);
    unp_line_print(line);
}

static void print_listening(unsigned port, FILE *f)
{
    unp_print_time(f);
    fprintf(f, "%s: listening on port %u; Ctrl-C ends it\n", program_invocation_short_name, port);
}

void unp_server_report_listening(const struct unp_server *srv)
{
    struct unp_line *line = unp_line_new();

    if (line && srv->json)
        unp_number_json("listening", "port", srv->setup.port, line->f);
    else if (line)
        print_listening(srv->setup.port, line->f);
    if (line)
        unp_line_print(line);
}
