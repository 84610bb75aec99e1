/*
 * The sending side of a server, on a real stack: lib/server/sender.c.
 *
 * One process is a server and all of its peers; the tests differ in which peers read, and when.
 * Each test runs with net.sctp.sndbuf_policy 0 (one send buffer for all associations) and 1 (one
 * for each).  sender_test.c has the failures of each call.
 */
#include "receive/inside.h"
#include "server/inside.h"
#include "unit_sctp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

enum { PEERS = 24, STREAMS = 5 };

#define SNDBUF    131072 /* as set: the kernel doubles it */
#define RCVBUF    65536  /* of a peer, doubled too */
#define MAX_QUEUE 1000000
#define POLICY    "/proc/sys/net/sctp/sndbuf_policy"

/* Both ends of an association. */
struct peer {
    int fd;
    bool reads;
    struct unp_inbox *in;
    struct unp_reassembly parts;
    struct unp_association *a; /* at the server; NULL: closed */
    uint32_t sent[STREAMS], got[STREAMS];
    unsigned damaged;  /* messages out of order or with other contents than sent */
    char end[512];     /* the notification of the association's end at the peer */
    const char *ended; /* the close reason of the server's entry */
};

static struct {
    char old_policy;
    int fd;
    struct sockaddr_storage at;
    struct unp_inbox *in;
    struct unp_sender *out;
    struct unp_table table;
    struct peer peers[PEERS];
    int count;
    sctp_assoc_t up; /* the last that came up */
} world;

/* ---- the server ------------------------------------------------------------ */

static struct peer *peer_of(sctp_assoc_t id)
{
    for (int i = 0; i < world.count; i++)
        if (world.peers[i].a && world.peers[i].a->id == id)
            return &world.peers[i];
    return NULL;
}

static void end(struct peer *p)
{
    p->ended = p->a->close_reason;
    unp_table_remove(&world.table, world.out, p->a);
    p->a = NULL;
}

static void on_notification(const union sctp_notification *n)
{
    struct peer *p;

    unp_sender_flush(world.out);
    if (n->sn_header.sn_type == SCTP_SENDER_DRY_EVENT) {
        p = peer_of(n->sn_sender_dry_event.sender_dry_assoc_id);
        if (p)
            unp_sender_dry(world.out, p->a);
    } else if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE) {
        p = peer_of(n->sn_assoc_change.sac_assoc_id);
        if (n->sn_assoc_change.sac_state == SCTP_COMM_UP)
            world.up = n->sn_assoc_change.sac_assoc_id;
        else if (p)
            end(p);
    }
}

/* Receives, and retries blocked associations.  True if one is still blocked. */
static bool serve(void)
{
    int n;

    unp_sender_flush(world.out);
    while ((n = unp_inbox_recv(world.in, world.fd, MSG_DONTWAIT)) > 0)
        for (int i = 0; i < n; i++)
            if (unp_inbox_fragment(world.in, i)->flags & MSG_NOTIFICATION)
                on_notification((void *)unp_inbox_fragment(world.in, i)->data);
    unp_sender_flush(world.out);
    return unp_sender_retry(world.out);
}

/* ---- the peers -------------------------------------------------------------- */

struct label {
    uint32_t peer, stream, number;
};

static void give(struct peer *p, uint16_t stream, size_t len)
{
    static unsigned char buffers[50][65536];
    static unsigned turn; /* there are more buffers than messages in a batch */
    const struct label label = {(uint32_t)(p - world.peers), stream, p->sent[stream]};
    const struct sctp_sndinfo snd = {.snd_assoc_id = p->a->id, .snd_sid = stream};
    unsigned char *data = turn & 1 ? malloc(len) : buffers[turn / 2 % COUNT(buffers)];
    const struct unp_message msg = {.data = data, .len = len, .owned = turn & 1 ? data : NULL};

    assert_non_null(data);
    turn++;
    memset(data, (int)(label.number & 0xff), len);
    memcpy(data, &label, sizeof(label));
    p->sent[stream]++;
    unp_sender_send(world.out, p->a, &msg, &snd);
    assert_true(p->a->out.queued <= MAX_QUEUE);
}

static void check(struct peer *p, const struct unp_message *msg)
{
    const struct label label = {(uint32_t)(p - world.peers), msg->rcv.rcv_sid,
                                msg->rcv.rcv_sid < STREAMS ? p->got[msg->rcv.rcv_sid]++ : 0};

    if (msg->len < sizeof(label) || memcmp(msg->data, &label, sizeof(label)) != 0)
        p->damaged++;
    for (size_t i = sizeof(label); i < msg->len; i++)
        if (msg->data[i] != (unsigned char)label.number) {
            p->damaged++;
            break;
        }
}

/* Reads all that has arrived. */
static void read_all(struct peer *p)
{
    int n;

    while ((n = unp_inbox_recv(p->in, p->fd, MSG_DONTWAIT)) > 0) {
        for (int i = 0; i < n; i++) {
            struct unp_fragment *fragment = unp_inbox_fragment(p->in, i);
            union sctp_notification *u = (void *)fragment->data;
            struct unp_message msg;

            if (!(fragment->flags & MSG_NOTIFICATION)) {
                assert_true(unp_reassemble(&p->parts, fragment, 1 << 20, &msg) >= 0);
                if (fragment->flags & MSG_EOR)
                    check(p, &msg);
                if (fragment->flags & MSG_EOR)
                    free(msg.owned);
            } else if (u->sn_header.sn_type == SCTP_ASSOC_CHANGE &&
                       u->sn_assoc_change.sac_state != SCTP_COMM_UP)
                unp_notification_text(u, fragment->len, p->end, sizeof(p->end));
        }
    }
}

static uint32_t missing(const struct peer *p)
{
    uint32_t n = 0;

    for (int i = 0; i < STREAMS; i++)
        n += p->sent[i] - p->got[i];
    return n;
}

/* One iteration of the server and of all peers, which waits for events at most `ms`. */
static void turn(int ms)
{
    struct pollfd fds[PEERS + 1] = {{.fd = world.fd, .events = POLLIN}};
    bool waits = serve();

    for (int i = 0; i < world.count; i++)
        fds[i + 1] =
            (struct pollfd){.fd = world.peers[i].reads ? world.peers[i].fd : -1, .events = POLLIN};
    poll(fds, (nfds_t)world.count + 1, waits && ms > 10 ? 10 : ms);
    for (int i = 0; i < world.count; i++)
        if (world.peers[i].reads)
            read_all(&world.peers[i]);
    serve();
}

/* Runs server and peers until this peer has received everything, at most for so many seconds. */
static void assert_gets_all(struct peer *p, int seconds)
{
    int64_t deadline = unp_now() + seconds * 1000;

    while (missing(p) && p->a && unp_now() < deadline)
        turn(20);
    if (missing(p) && !p->a)
        fail_msg("it was aborted: %s", p->ended);
    if (missing(p))
        fail_msg("%u messages are missing after %d s", missing(p), seconds);
    assert_int_equal(p->damaged, 0);
}

/* Runs server and peers until the association has closed at both ends, with `reason` at the peer.
 */
static void assert_told(struct peer *p, const char *reason)
{
    int64_t deadline = unp_now() + PATIENCE * 1000;

    p->reads = true;
    while ((p->a || !p->end[0]) && unp_now() < deadline)
        turn(20);
    assert_null(p->a);
    assert_contains(p->end, "lost: user-initiated abort: ");
    assert_contains(p->end, reason);
    assert_string_equal(p->ended, reason);
}

static struct peer *join(bool reads)
{
    struct peer *p = &world.peers[world.count];
    int64_t deadline = unp_now() + PATIENCE * 1000;
    const int size = RCVBUF;
    struct sockaddr_storage at;

    assert_true(world.count < PEERS);
    memset(p, 0, sizeof(*p));
    p->reads = reads;
    p->fd = open_endpoint("127.0.0.1", STREAMS, STREAMS, &at);
    assert_int_equal(setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
    assert_int_equal(unp_subscribe(p->fd, SCTP_FUTURE_ASSOC, SCTP_ASSOC_CHANGE, true), 0);
    p->in = unp_inbox_new(8, 65536);
    assert_non_null(p->in);
    world.count++;
    world.up = 0;
    associate(p->fd, &world.at);
    while (!world.up && unp_now() < deadline)
        turn(20);
    assert_int_not_equal(world.up, 0);
    p->a = unp_table_add(&world.table, world.up);
    assert_non_null(p->a);
    p->a->ostreams = STREAMS;
    return p;
}

static void leave(struct peer *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    p->reads = false;
}

/* ---- setup ------------------------------------------------------------------ */

/* Userland has one policy only: each association has a buffer of its own. */
static void set_policy(char policy)
{
    int fd = open(POLICY, O_WRONLY | O_CLOEXEC);

    if (fd < 0 && userland())
        return;
    assert_true(fd >= 0); /* if this kernel has no SCTP, run the test with scripts/lab */
    assert_int_equal(write(fd, &policy, 1), 1);
    close(fd);
}

static char get_policy(void)
{
    int fd = open(POLICY, O_RDONLY | O_CLOEXEC);
    char policy = '?';

    if (fd < 0 && userland())
        return '1';
    assert_int_equal(read(fd, &policy, 1), 1);
    close(fd);
    return policy;
}

static int begin(void **state)
{
    struct unp_setup setup = {.ostreams = STREAMS, .buffer = SNDBUF};
    socklen_t len = sizeof(world.at);

    memset(&world, 0, sizeof(world));
    world.old_policy = get_policy();
    set_policy(*(const char *)*state);
    assert_int_equal(unp_addrs_add(&setup.local, "127.0.0.1", 0), 0);
    world.fd = Unp_listen(&setup);
    unp_addrs_free(&setup.local);
    assert_int_equal(getsockname(world.fd, sockaddr_of(&world.at), &len), 0);
    world.in = unp_inbox_new(32, 65536);
    world.out = unp_sender_new(world.fd, MAX_QUEUE);
    return world.in && world.out ? 0 : -1;
}

static int finish(void **state)
{
    unp_sender_flush(world.out);
    for (int i = 0; i < world.count; i++) {
        struct peer *p = &world.peers[i];

        if (p->a)
            unp_sender_abort(world.out, p->a, "the test is over");
        if (p->a)
            end(p);
        leave(p);
        unp_inbox_free(p->in);
        unp_reassembly_clear(&p->parts);
    }
    unp_sender_free(world.out);
    unp_inbox_free(world.in);
    close(world.fd);
    set_policy(world.old_policy);
    return 0;
}

/* Sends until the association is blocked on the peer. */
static void hold(struct peer *p)
{
    for (int i = 0; i < 1000 && p->a->out.state != SENDQ_BLOCKED_ON_PEER; i++) {
        give(p, 0, 5000);
        serve();
    }
    assert_int_equal(p->a->out.state, SENDQ_BLOCKED_ON_PEER);
}

#define WITH_BOTH(test)                                                                            \
    UNIT_TEST_AGAIN(test##_0, test, #test " (policy 0)", begin, finish, "0")                       \
    UNIT_TEST_WITH(test, begin, finish, "1")

/* ---- everything arrives ------------------------------------------------------- */

WITH_BOTH(many_small_messages_arrive_in_the_order_of_their_streams)
{
    struct peer *p = join(true);

    for (int i = 0; i < 1000; i++) {
        give(p, (uint16_t)(i % STREAMS), 12 + (size_t)i % 100);
        if (i % 50 == 49)
            turn(0);
        if (missing(p) > 2000)
            assert_gets_all(p, PATIENCE);
    }
    assert_gets_all(p, PATIENCE);
    assert_int_equal(p->a->out.queued, 0);
}

WITH_BOTH(messages_of_all_sizes_arrive_whole)
{
    struct peer *p = join(true);

    for (size_t len = 12; len < 65536; len *= 2) {
        give(p, (uint16_t)(len % STREAMS), len);
        give(p, (uint16_t)(len % STREAMS), len + 1);
        turn(0);
    }
    assert_gets_all(p, PATIENCE);
}

WITH_BOTH(a_peer_that_reads_slowly_gets_all_in_order)
{
    struct peer *p = join(false);
    unsigned held = 0;

    for (int i = 0; i < 90; i++) {
        give(p, (uint16_t)(i % STREAMS), 10000);
        p->reads = i % 30 == 0;
        turn(0);
        assert_non_null(p->a);
        held += p->a->out.state != SENDQ_OPEN;
    }
    assert_true(held > 20); /* otherwise the test proves nothing */
    p->reads = true;
    assert_gets_all(p, PATIENCE);
    assert_int_equal(p->a->out.queued, 0);
}

/* ---- a peer does not read ------------------------------------------------------ */

WITH_BOTH(a_peer_that_never_reads_is_aborted_with_the_reason)
{
    struct peer *p = join(false);

    for (int i = 0; i < 300 && p->a; i++) {
        give(p, (uint16_t)(i % STREAMS), 10000);
        serve();
    }
    assert_told(p, "too many messages are waiting: the peer does not read them");
    assert_int_equal(p->damaged, 0);
}

WITH_BOTH(other_peers_go_on_while_one_does_not_read)
{
    struct peer *stuck = join(false), *others[5];
    int slow = 0; /* rounds */

    for (size_t i = 0; i < COUNT(others); i++)
        others[i] = join(true);
    for (int round = 0; round < 80; round++) {
        int64_t start = unp_now();

        give(stuck, (uint16_t)(round % STREAMS), 10000);
        for (size_t i = 0; i < COUNT(others); i++)
            give(others[i], (uint16_t)(round % STREAMS), 100);
        for (size_t i = 0; i < COUNT(others); i++)
            assert_gets_all(others[i], PATIENCE);
        slow += unp_now() - start > 500;
    }
    assert_non_null(stuck->a);   /* 800 000 bytes: below the bound */
    assert_in_range(slow, 0, 8); /* a busy machine pauses; a stuck peer would delay every round */
    stuck->reads = true;
    assert_gets_all(stuck, PATIENCE);
}

WITH_BOTH(a_reply_larger_than_the_send_buffer_aborts_with_the_reason)
{
    struct peer *p = join(true), *other = join(true);
    const size_t max = unp_max_message(world.fd);
    const struct sctp_sndinfo snd = {.snd_assoc_id = p->a->id};
    const struct unp_message msg = {.data = calloc(1, max + 1), .len = max + 1};
    struct unp_message owned = msg;

    assert_non_null(msg.data);
    owned.owned = msg.data;
    give(p, 0, 100);
    give(other, 0, 100);
    assert_gets_all(p, PATIENCE);
    unp_sender_send(world.out, p->a, &owned, &snd);
    give(other, 0, 100);
    assert_told(p, "the message is larger than the send buffer");
    assert_gets_all(other, PATIENCE);
}

WITH_BOTH(a_peer_that_has_gone_away_harms_no_other)
{
    struct peer *p = join(true), *other = join(true);
    int64_t deadline = unp_now() + PATIENCE * 1000;

    leave(p);
    for (int i = 0; i < 100; i++) { /* without reading the notification of its end */
        give(p, 0, 100);
        give(other, 0, 100);
    }
    unp_sender_flush(world.out);
    assert_gets_all(other, PATIENCE);
    while (p->a && unp_now() < deadline)
        turn(20);
    assert_null(p->a);
    assert_null(p->ended);
}

/* ---- closed while blocked --------------------------------------------------------- */

WITH_BOTH(an_association_can_close_while_blocked_on_the_peer)
{
    struct peer *p = join(false), *held = join(false), *other = join(true);
    int64_t deadline = unp_now() + PATIENCE * 1000;

    hold(p);
    hold(held);
    leave(p);
    while (p->a && unp_now() < deadline)
        turn(20);
    assert_null(p->a);
    held->reads = true;
    give(other, 0, 100);
    assert_gets_all(other, PATIENCE);
    assert_gets_all(held, PATIENCE);
}

/* ---- one send buffer for all ------------------------------------------------------ */

WITH_BOTH(the_sender_knows_the_send_buffer_policy)
{
    assert_int_equal(unp_shared_sndbuf(world.fd), !userland() && get_policy() == '0');
}

WITH_BOTH(more_stuck_peers_than_the_buffer_can_hold_do_not_stop_the_others)
{
    struct peer *stuck[20], *others[3];

    for (size_t i = 0; i < COUNT(stuck); i++)
        stuck[i] = join(false);
    for (size_t i = 0; i < COUNT(others); i++)
        others[i] = join(true);
    for (int round = 0; round < 30; round++) {
        for (size_t i = 0; i < COUNT(stuck); i++)
            if (stuck[i]->a)
                give(stuck[i], 0, 10000);
        for (size_t i = 0; i < COUNT(others); i++)
            give(others[i], (uint16_t)(round % STREAMS), 200);
        turn(0);
    }
    for (size_t i = 0; i < COUNT(others); i++)
        assert_gets_all(others[i], PATIENCE);
}

/* Each is sent one reply, too small to block the association, and does not read it. */
WITH_BOTH(stuck_peers_that_are_each_sent_little_do_not_stop_the_others)
{
    struct peer *stuck[15], *other = join(true);

    for (size_t i = 0; i < COUNT(stuck); i++) {
        stuck[i] = join(false);
        give(stuck[i], 0, 30000);
        turn(0);
    }
    give(other, 0, 1000);
    assert_gets_all(other, PATIENCE);
}

/* Small replies are acknowledged at once, but the server does not read the notifications; then come
 * large ones. */
WITH_BOTH(a_peer_that_reads_for_a_while_and_then_stops_does_not_stop_the_others)
{
    struct peer *p = join(true), *other = join(true);

    for (int i = 0; i < 100 && p->a->out.state == SENDQ_OPEN; i++) {
        give(p, 0, 20);
        unp_sender_flush(world.out);
        for (int64_t deadline = unp_now() + 1000; missing(p) && unp_now() < deadline;)
            read_all(p);
    }
    p->reads = false;
    for (int i = 0; i < 25; i++)
        give(p, 0, 30000);
    turn(0);
    for (int i = 0; i < 20; i++) {
        give(other, 0, 1000);
        assert_gets_all(other, PATIENCE);
    }
}

/* Sends a message to all associations of the table, by SENDALL if that is possible. */
static int say_to_all(uint16_t stream)
{
    const struct unp_message msg = {.data = (unsigned char *)(uintptr_t) "to all of you",
                                    .len = 13};
    const struct sctp_sndinfo snd = {.snd_sid = stream};

    return unp_sender_sendall(world.out, &world.table, &msg, &snd);
}

/* The stack has an association with one stream that the server has not been notified of yet, and
 * SENDALL would fail at it. */
WITH_BOTH(sendall_is_not_used_while_an_unannounced_association_exists)
{
    struct peer *p[3];
    struct sockaddr_storage at;
    struct pollfd up = {.events = POLLIN};
    unsigned char text[100];

    for (size_t i = 0; i < COUNT(p); i++)
        p[i] = join(true);
    turn(0);
    up.fd = open_endpoint("127.0.0.1", 1, 1, &at);
    assert_int_equal(unp_subscribe(up.fd, SCTP_FUTURE_ASSOC, SCTP_ASSOC_CHANGE, true), 0);
    associate(up.fd, &world.at);
    assert_int_equal(poll(&up, 1, PATIENCE * 1000), 1);
    assert_int_equal(recv(up.fd, text, sizeof(text), 0) > 0, 1);
    /* Once the COOKIE ACK has arrived, both ends have the association. */
    assert_int_equal(say_to_all(3), 0);
    for (size_t i = 0; i < COUNT(p); i++)
        assert_int_equal(p[i]->a->out.unacked, 0);
    for (int i = 0; i < 3; i++) {
        turn(20);
        for (size_t k = 0; k < COUNT(p); k++)
            assert_int_equal(p[k]->got[3], 0);
    }
    close(up.fd);
}

WITH_BOTH(all_peers_get_a_message_that_is_sent_to_all)
{
    struct peer *p[3];
    int64_t deadline = unp_now() + PATIENCE * 1000;

    for (size_t i = 0; i < COUNT(p); i++)
        p[i] = join(true);
    turn(0);
    assert_int_equal(say_to_all(3), 1);
    while (p[0]->got[3] + p[1]->got[3] + p[2]->got[3] < 3 && unp_now() < deadline)
        turn(20);
    for (size_t i = 0; i < COUNT(p); i++)
        assert_int_equal(p[i]->got[3], 1);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
