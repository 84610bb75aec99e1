/* The one association of a client: lib/client/association.c. */
#include "client/association.h"
#include "receive/inside.h"
#include "unit_sctp.h"

enum { LIMIT = 1000 };

static int server;        /* the other end */
static sctp_assoc_t peer; /* the association there */
static struct unp_client_assoc a;
static size_t messages;

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    assert_ptr_equal(user, &messages);
    assert_null(from);
    assert_int_equal(msg->len, 5);
    messages++;
}

static const struct unp_client_service service = {
    .buffer = 200000,
    .max_message = LIMIT,
    .reconnects = true,
    .server = "a tested server",
    .message = on_message,
};

/* Receives until `done`. */
static void wait_until(const bool *done)
{
    for (int i = 0; i < 1000 && !*done; i++)
        Unp_client_assoc_wait(&a, -1, PATIENCE * 1000);
    assert_true(*done);
}

static void say(const char *text, size_t len)
{
    struct sctp_sndinfo snd = {0};

    assert_true(unp_client_assoc_send(&a, text, len, &snd, NULL));
}

/* Receives a message at the server. */
static void hear(void)
{
    static char text[LIMIT];
    struct sctp_sndrcvinfo info;
    int flags = 0; /* sctp_recvmsg() passes them on */

    assert_true(sctp_recvmsg(server, text, sizeof(text), NULL, NULL, &info, &flags) > 0);
    assert_false(flags & MSG_NOTIFICATION);
}

static int begin(void **state)
{
    struct sockaddr_storage addr;
    struct unp_client asked = {.host = "127.0.0.1", .wait = 30, .setup = {.ostreams = 5}};
    struct unp_inbox *in = unp_inbox_new(1, 100);
    char why[600];

    messages = 0;
    server = open_endpoint("127.0.0.1", 7, 7, &addr);
    asked.port = port_of(&addr);
    assert_int_equal(unp_client_assoc_open(&a, &service, &messages, &asked, why, sizeof(why)), 0);
    for (int i = 0; i < 1000 && !unp_client_assoc_ready(&a); i++)
        Unp_client_assoc_wait(&a, -1, PATIENCE * 1000);
    assert_int_equal(a.ostreams, 5);
    assert_int_equal(a.istreams, 7);
    say("hello", 5);
    assert_int_equal(unp_inbox_recv(in, server, 0), 1);
    peer = unp_inbox_fragment(in, 0)->rcv.rcv_assoc_id;
    unp_inbox_free(in);
    return 0;
}

static int finish(void **state)
{
    unp_client_assoc_close(&a);
    close(server);
    return 0;
}

UNIT_TEST(a_message_is_handed_on)
{
    assert_int_equal(send_on(server, peer, 3, "hello", 5), 0);
    for (int i = 0; i < 1000 && !messages; i++)
        Unp_client_assoc_wait(&a, -1, PATIENCE * 1000);
    assert_int_equal(messages, 1);
    assert_true(a.received);
}

UNIT_TEST(an_abort_by_the_server_has_its_reason)
{
    struct sctp_sndinfo snd = {0};

    assert_int_equal(unp_abort(server, peer, "too slow"), 0);
    wait_until(&a.closed);
    assert_true(a.lost && a.aborted);
    assert_string_equal(a.reason, "too slow");
    assert_non_null(strstr(a.close_text, "lost: user-initiated abort: too slow"));
    assert_false(unp_client_assoc_ready(&a));
    assert_false(unp_client_assoc_send(&a, "hello", 5, &snd, NULL));
    assert_int_equal(a.error, 0);
}

UNIT_TEST(a_shutdown_by_the_server_is_not_a_loss)
{
    assert_int_equal(unp_eof(server, peer), 0);
    wait_until(&a.closed);
    assert_true(a.closing);
    assert_false(a.lost || a.aborted);
    assert_non_null(strstr(a.close_text, "shut down"));
}

UNIT_TEST(closing_waits_for_the_end_of_the_shutdown)
{
    assert_int_equal(unp_eof(a.fd, a.id), 0);
    assert_true(Unp_client_assoc_await_end(&a, PATIENCE * 1000, true));
    assert_true(a.closed);
    assert_false(a.lost);
}

UNIT_TEST(a_shutdown_that_takes_too_long_is_aborted)
{
    assert_false(Unp_client_assoc_await_end(&a, 0, false));
    wait_until(&a.closed);
    assert_true(a.lost);
}

UNIT_TEST(a_message_that_is_too_large_aborts_the_association_with_the_reason)
{
    static char large[LIMIT + 1];

    assert_int_equal(send_on(server, peer, 0, large, sizeof(large)), 0);
    wait_until(&a.closed);
    for (int i = 0; i < 1000 && !*a.close_text; i++) /* the notification of our abort */
        Unp_client_assoc_wait(&a, -1, PATIENCE * 1000);
    assert_true(a.lost);
    assert_false(a.aborted);
    assert_string_equal(
        a.reason, "the server sends a message larger than 1000 bytes; is it a tested server?");
    assert_int_equal(messages, 0);
}

UNIT_TEST(a_full_send_buffer_stays_full_until_the_server_reads)
{
    static char text[LIMIT];
    struct sctp_sndinfo snd = {0};
    int sent = 0;

    while (sent < 100000 && unp_client_assoc_send(&a, text, sizeof(text), &snd, NULL))
        sent++;
    assert_true(a.full);
    assert_false(unp_client_assoc_ready(&a) || a.error || a.closing);
    while (sent--)
        hear();
    for (int i = 0; i < 1000 && a.full; i++)
        Unp_client_assoc_wait(&a, -1, PATIENCE * 1000);
    assert_true(unp_client_assoc_ready(&a));
}

UNIT_TEST(progress_restarts_the_timeout)
{
    a.progressed = false;
    a.last_progress = unp_now() - 31000;
    assert_int_equal(unp_client_assoc_time_left(&a), 0);
    a.progressed = true;
    assert_in_range(unp_client_assoc_time_left(&a), 1, 30000);
    assert_false(a.progressed);
}

int main(void)
{
    return run_all_tests(begin, finish);
}
