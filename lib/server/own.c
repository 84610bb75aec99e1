/*
 * Associations with a socket of their own, which the same thread serves.
 *
 * All associations of a socket share its receive buffer, and a server cannot choose whose messages
 * it reads.  When one peer fills the buffer, Linux drops what the others send: data, and while the
 * server is in a system call, acknowledgements.  So a peer that sends more than the program takes
 * gets a socket of its own (sctp_peeloff(3)), which is read only when the program takes more: the
 * receive window then stops this peer and no other.
 */
#include "own.h"

#define MOST     64     /* such associations */
#define BUFFER   212992 /* receive buffer of each, bytes: Linux's default, which Linux doubles */
#define READS    64     /* batches from a socket whose association has ended */
#define CHECK_MS 100    /* time between two checks whether associations have ended */

void unp_own_give(struct unp_server *srv, struct unp_association *a, int fd)
{
    a->own = fd;
    if (!fd)
        return;
    a->undelivered = 0; /* it moves to that socket */
    LIST_INSERT_HEAD(&srv->own, a, own_link);
    srv->own_count++;
}

int unp_own_take(struct unp_server *srv, struct unp_association *a)
{
    int fd = a->own;

    a->own = 0;
    if (!fd)
        return 0;
    LIST_REMOVE(a, own_link);
    srv->own_count--;
    return fd;
}

void unp_server_peel(struct unp_server *srv, struct unp_association *a)
{
    const int size = BUFFER;
    int fd;

    if (a->own || a->close_reason || srv->own_count >= MOST || !unp_is_kernel_socket(srv->fd))
        return;
    unp_sender_flush(srv->out);
    fd = unp_peeloff(srv->fd, a->id);
    if (fd < 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    unp_own_give(srv, a, fd);
    if (srv->verbose)
        unp_report_peeled(a->id, "a socket", srv->json);
}

/* Has the association ended?  Its notification comes after messages that are not read yet. */
static bool has_ended(const struct unp_association *a)
{
    struct sctp_status status;

    return unp_get_status(a->own, a->id, &status) < 0;
}

static bool is_time_to_check(struct unp_server *srv)
{
    int64_t now = srv->own_count ? unp_now() : 0;

    if (now - srv->own_checked < CHECK_MS)
        return false;
    srv->own_checked = now;
    return true;
}

/* A partly received notification is completed first: all sockets share its reassembly. */
void unp_own_read(struct unp_server *srv)
{
    struct unp_association *a, *next;
    bool check = is_time_to_check(srv);

    for (a = srv->in.notice.parts ? NULL : LIST_FIRST(&srv->own); a; a = next) {
        sctp_assoc_t id = a->id;
        int fd = a->own, n, reads = 0;
        bool ended = a->close_reason || (a->held && check && has_ended(a));

        next = LIST_NEXT(a, own_link);
        if (a->held && !ended)
            continue;
        do
            n = unp_receiver_take(&srv->in, fd, MSG_DONTWAIT);
        while (n > 0 && (srv->in.notice.parts ||
                         (++reads < READS && (a = unp_table_find(&srv->associations, id)) &&
                          (ended || a->close_reason))));
    }
}
