/* Associations with a socket of their own: lib/server/own.c. */
#include "server/own.h"
#include "unit.h"

enum { FD = 1000, OWN = 2000 };

static struct unp_server srv;
static struct unp_association assocs[70];
static bool kernel = true;
static int next_fd; /* that unp_peeloff() returns */
static int buffer;  /* SO_RCVBUF */
static unsigned flushes;
static char told[200];
static int takes[70], last_take; /* receive calls on each socket; the one in which it ends */
static int whole_after;          /* the call that completes a notification */
static int64_t now;              /* ms */
static int ended;                /* the association that its peer has ended; 0: none */
static int asked;                /* how often the stack was asked about an association */

/* ---- the rest of the server ---------------------------------------------------- */

bool unp_is_kernel_socket(int fd)
{
    assert_int_equal(fd, FD);
    return kernel;
}

void unp_sender_flush(struct unp_sender *out)
{
    flushes++;
}

int unp_peeloff(int fd, sctp_assoc_t id)
{
    assert_int_equal(fd, FD);
    assert_true(flushes); /* the messages in the batch were sent on the old socket */
    return next_fd;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    assert_int_equal(fd, next_fd);
    assert_int_equal(name, SO_RCVBUF);
    buffer = *(const int *)value;
    return 0;
}

void unp_report_peeled(sctp_assoc_t id, const char *what, bool json)
{
    snprintf(told, sizeof(told), "%d: %s%s", id, what, json ? ", JSON" : "");
}

int unp_receiver_take(struct unp_receiver *r, int fd, int flags)
{
    struct unp_association *a = &assocs[fd - OWN];

    assert_ptr_equal(r, &srv.in);
    assert_int_equal(flags, MSG_DONTWAIT);
    if (++takes[fd - OWN] == last_take) /* the notification of its end */
        unp_own_take(&srv, a);
    srv.in.notice.parts = takes[fd - OWN] < whole_after ? (struct unp_part *)a : NULL;
    return 1;
}

struct unp_association *unp_table_find(const struct unp_table *t, sctp_assoc_t id)
{
    return assocs[id].own ? &assocs[id] : NULL;
}

int64_t unp_now(void)
{
    return now;
}

int unp_get_status(int fd, sctp_assoc_t id, struct sctp_status *status)
{
    assert_int_equal(fd, OWN + id);
    asked++;
    return id == ended ? -1 : 0;
}

/* ---- tests ----------------------------------------------------------------------- */

static struct unp_association *peel(int id)
{
    assocs[id].id = id;
    next_fd = OWN + id;
    flushes = 0;
    unp_server_peel(&srv, &assocs[id]);
    return &assocs[id];
}

static int start(void **state)
{
    memset(&srv, 0, sizeof(srv));
    memset(assocs, 0, sizeof(assocs));
    memset(takes, 0, sizeof(takes));
    last_take = whole_after = buffer = ended = asked = 0;
    now = 1000;
    told[0] = '\0';
    kernel = true;
    srv.fd = FD;
    return 0;
}

UNIT_TEST(a_peeled_off_association_has_a_socket_with_a_buffer_of_its_own)
{
    assert_int_equal(unp_socket_of(&assocs[1], FD), FD);
    assert_int_equal(unp_socket_of(peel(1), FD), OWN + 1);
    assert_int_equal(srv.own_count, 1);
    assert_int_equal(buffer, 212992);
    assert_string_equal(told, "");
    srv.verbose = true;
    peel(2);
    assert_string_equal(told, "2: a socket");
    srv.json = true;
    peel(3);
    assert_string_equal(told, "3: a socket, JSON");
    peel(3); /* has one */
    assert_int_equal(srv.own_count, 3);
}

UNIT_TEST(an_association_that_cannot_be_peeled_off_keeps_the_servers_socket)
{
    assocs[1].close_reason = "it ends";
    assert_int_equal(peel(1)->own, 0);
    kernel = false;
    assert_int_equal(peel(2)->own, 0);
    kernel = true;
    next_fd = -1;
    unp_server_peel(&srv, &assocs[3]);
    assert_int_equal(assocs[3].own, 0);
    assert_int_equal(srv.own_count, 0);
    for (int id = 2; id < 66; id++)
        assert_int_equal(peel(id)->own, OWN + id);
    assert_int_equal(peel(66)->own, 0);
    assert_int_equal(unp_own_take(&srv, &assocs[5]), OWN + 5);
    assert_int_equal(peel(66)->own, OWN + 66);
}

UNIT_TEST(a_socket_is_taken_from_one_association_and_given_to_another)
{
    struct unp_association *old = peel(1);

    unp_own_give(&srv, &assocs[2], unp_own_take(&srv, old));
    assert_int_equal(old->own, 0);
    assert_int_equal(assocs[2].own, OWN + 1);
    assert_int_equal(srv.own_count, 1);
    assert_int_equal(unp_own_take(&srv, old), 0);
    unp_own_give(&srv, old, 0);
    assert_int_equal(srv.own_count, 1);
    assert_ptr_equal(LIST_FIRST(&srv.own), &assocs[2]);
}

UNIT_TEST(each_socket_that_is_not_held_is_read_once)
{
    for (int id = 1; id <= 4; id++)
        peel(id);
    assocs[2].held = true;
    unp_own_read(&srv);
    for (int id = 1; id <= 4; id++)
        assert_int_equal(takes[id], id != 2);
}

UNIT_TEST(when_the_server_has_ended_an_association_its_socket_is_read_to_the_end)
{
    for (int id = 1; id <= 3; id++)
        peel(id);
    assocs[2].held = true;
    assocs[2].close_reason = "you send too much";
    last_take = 5;
    unp_own_read(&srv);
    assert_int_equal(takes[1], 1);
    assert_int_equal(takes[2], 5);
    assert_int_equal(takes[3], 1);
    assert_int_equal(srv.own_count, 2);
}

UNIT_TEST(when_a_peer_has_ended_its_association_a_held_socket_is_read_to_the_end)
{
    for (int id = 1; id <= 3; id++)
        peel(id);
    assocs[2].held = assocs[3].held = true;
    last_take = 5;
    unp_own_read(&srv);
    assert_int_equal(takes[2], 0);
    ended = 2;
    now += 50;
    unp_own_read(&srv);
    assert_int_equal(takes[2], 0);
    assert_int_equal(asked, 2); /* not again before 100 ms have passed */
    now += 50;
    unp_own_read(&srv);
    assert_int_equal(takes[1], 3);
    assert_int_equal(takes[2], 5);
    assert_int_equal(takes[3], 0);
    assert_int_equal(srv.own_count, 2);
}

UNIT_TEST(a_peer_that_sends_for_ever_after_the_end_does_not_keep_the_server)
{
    peel(1)->close_reason = "the server is leaving";
    unp_own_read(&srv);
    assert_in_range(takes[1], 20, 100);
}

/* All sockets share the buffer of an incomplete notification. */
UNIT_TEST(notifications_of_two_sockets_are_not_mixed)
{
    peel(1);
    srv.in.notice.parts = (struct unp_part *)&srv;
    unp_own_read(&srv);
    assert_int_equal(takes[1], 0);
    srv.in.notice.parts = NULL;
    whole_after = 3;
    unp_own_read(&srv);
    assert_int_equal(takes[1], 3);
}

int main(void)
{
    return run_all_tests(start, NULL);
}
