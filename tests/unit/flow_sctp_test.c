/*
 * Many messages: sequence numbers that wrap, threads on one socket, the stream schedulers with and
 * without interleaving, sender-dry notifications.
 */
#include "receive/inside.h"
#include "unit_many.h"

#include <fcntl.h>
#include <pthread.h>

/* ---- sequence numbers ---------------------------------------------------------- */

/* Beyond 16 bits.  The kernel is only the reference, and each call takes 10 us in the lab. */
static uint32_t many(void)
{
    return userland() ? 70000 : 1000;
}

static void *send_numbers(void *arg)
{
    for (uint32_t i = 0; i < many(); i++)
        if (send_on(pair.a, pair.id_a, 3, &i, sizeof(i)) < 0)
            break;
    return NULL;
}
#define WITH_PAIR(f) UNIT_TEST_WITH(f, open_pair, close_pair, NULL)

WITH_PAIR(stream_sequence_numbers_wrap_after_65535)
{
    struct unp_inbox *in = unp_inbox_new(64, 100);
    pthread_t sender;
    uint32_t expected = 0, got;
    int n;

    assert_int_equal(pthread_create(&sender, NULL, send_numbers, NULL), 0);
    while (expected < many() && (n = unp_inbox_recv(in, pair.b, 0)) > 0)
        for (int i = 0; i < n; i++, expected++) {
            const struct unp_fragment *fragment = unp_inbox_fragment(in, i);

            memcpy(&got, fragment->data, sizeof(got));
            if (got != expected || fragment->rcv.rcv_ssn != (expected & 0xffff))
                fail_msg("message %u, ssn %u, where %u is to come", got, fragment->rcv.rcv_ssn,
                         expected);
        }
    assert_int_equal(expected, many());
    pthread_join(sender, NULL);
    unp_inbox_free(in);
}

/* ---- threads -------------------------------------------------------------------- */

enum { THREADS = 4, EACH = 100, END = THREADS };

static unsigned char times[THREADS][EACH];

static void *send_mine(void *arg)
{
    uint32_t message[2] = {(uint32_t)(uintptr_t)arg};

    for (message[1] = 0; message[1] < EACH; message[1]++)
        if (send_on(pair.a, pair.id_a, (uint16_t)message[0], message, sizeof(message)) < 0)
            break;
    return NULL;
}

static void *receive_any(void *arg)
{
    uint32_t message[2];

    while (recv(pair.b, message, sizeof(message), 0) == sizeof(message) && message[0] != END)
        __atomic_fetch_add(&times[message[0]][message[1]], 1, __ATOMIC_RELAXED);
    return NULL;
}

WITH_PAIR(threads_on_one_socket_receive_each_message_once)
{
    const uint32_t end[2] = {END, 0};
    pthread_t senders[THREADS], receivers[THREADS];

    memset(times, 0, sizeof(times));
    for (uintptr_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&receivers[i], NULL, receive_any, NULL), 0);
        assert_int_equal(pthread_create(&senders[i], NULL, send_mine, (void *)i), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(senders[i], NULL);
    for (uint16_t stream = 0; stream < THREADS; stream++) /* one receiver ends with each stream */
        assert_int_equal(send_on(pair.a, pair.id_a, stream, end, sizeof(end)), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(receivers[i], NULL);
    for (int i = 0; i < THREADS; i++)
        for (int n = 0; n < EACH; n++)
            if (times[i][n] != 1)
                fail_msg("message %d of thread %d came %d times", n, i, times[i][n]);
}

/* ---- sender-dry notifications ------------------------------------------------------ */

WITH_PAIR(sender_dry_is_notified_each_time_all_data_is_acknowledged)
{
    const struct sctp_sndinfo at_once = {.snd_flags = SCTP_SACK_IMMEDIATELY,
                                         .snd_assoc_id = pair.id_a};
    union sctp_notification n;
    char buf[10];

    assert_int_equal(unp_subscribe(pair.a, SCTP_ALL_ASSOC, SCTP_SENDER_DRY_EVENT, true), 0);
    for (int i = 0; i < 10; i++) {
        while (recv(pair.a, &n, sizeof(n), MSG_DONTWAIT) > 0)
            ; /* Linux also notifies at the subscription */
        assert_int_equal(unp_send_info(pair.a, "x", 1, &at_once, NULL, 0), 1);
        assert_true(recv(pair.a, &n, sizeof(n), 0) > 0);
        assert_int_equal(n.sn_header.sn_type, SCTP_SENDER_DRY_EVENT);
        assert_int_equal(recv(pair.b, buf, sizeof(buf), 0), 1);
    }
}

/* ---- schedulers, interleaving -------------------------------------------------------- */

enum { STREAMS = 5, LARGE = 30000, ROUNDS = 3 };

static bool set(int fd, int option, uint32_t value)
{
    const struct sctp_assoc_value v = {.assoc_value = value};

    return setsockopt(fd, IPPROTO_SCTP, option, &v, sizeof(v)) == 0;
}

/* Enables all extensions at both ends. */
static void open_with_everything(uint32_t interleave)
{
    static const int extensions[] = {SCTP_PR_SUPPORTED, SCTP_RECONFIG_SUPPORTED,
                                     SCTP_AUTH_SUPPORTED, SCTP_ASCONF_SUPPORTED,
                                     SCTP_ECN_SUPPORTED};
    const int fds[] = {pair.a = open_endpoint("127.0.0.1", 10, 10, &pair.at_a),
                       pair.b = open_endpoint("127.0.0.1", 10, 10, &pair.at_b)};
    const int level = 1; /* without it there is no interleaving */

    for (size_t i = 0; i < COUNT(fds); i++) {
        for (size_t n = 0; n < COUNT(extensions); n++)
            if (!set(fds[i], extensions[n], 1))
                fail_msg("extension %d: %s", extensions[n], strerror(errno));
        assert_int_equal(
            setsockopt(fds[i], IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, &level, sizeof(level)), 0);
        if (!set(fds[i], SCTP_INTERLEAVING_SUPPORTED, interleave) && interleave)
            fail_msg("no interleaving: %s; sysctl -w net.sctp.intl_enable=1", strerror(errno));
    }
}

static void *send_large(void *arg)
{
    static unsigned char data[LARGE];

    for (int round = 0; round < ROUNDS; round++)
        for (uint16_t stream = 0; stream < STREAMS; stream++) {
            memset(data, 16 * round + stream, sizeof(data));
            if (send_on(pair.a, pair.id_a, stream, data, sizeof(data)) < 0)
                return NULL;
        }
    return NULL;
}

/* The messages of each stream must be whole and in order. */
static void expect_large(void)
{
    struct unp_inbox *in = unp_inbox_new(8, 4000);
    struct unp_reassembly parts = {0};
    struct unp_message msg;
    int rounds[STREAMS] = {0}, whole = 0, n;

    while (whole < STREAMS * ROUNDS && (n = unp_inbox_recv(in, pair.b, 0)) > 0)
        for (int i = 0; i < n; i++) {
            int rc = unp_reassemble(&parts, unp_inbox_fragment(in, i), LARGE, &msg);

            assert_true(rc >= 0);
            if (!rc)
                continue;
            assert_int_equal(msg.len, LARGE);
            assert_in_range(msg.rcv.rcv_sid, 0, STREAMS - 1);
            for (size_t k = 0; k < msg.len; k++)
                if (msg.data[k] != 16 * rounds[msg.rcv.rcv_sid] + msg.rcv.rcv_sid)
                    fail_msg("stream %d, byte %zu: 0x%x", msg.rcv.rcv_sid, k, msg.data[k]);
            rounds[msg.rcv.rcv_sid]++;
            whole++;
            free(msg.owned);
        }
    assert_int_equal(whole, STREAMS * ROUNDS);
    unp_reassembly_clear(&parts);
    unp_inbox_free(in);
}

/* Whether the kernel has interleaving: sets /proc/sys/net/sctp/intl_enable to 1. */
static bool may_interleave(void)
{
    int fd = open("/proc/sys/net/sctp/intl_enable", O_WRONLY);
    bool set = userland() || (fd >= 0 && write(fd, "1", 1) == 1);

    if (fd >= 0)
        close(fd);
    return set;
}

UNIT_TEST(each_scheduler_delivers_all_messages_with_and_without_interleaving)
{
    static const uint32_t schedulers[] = {SCTP_SS_FCFS, SCTP_SS_PRIO, SCTP_SS_RR};
    const uint32_t ways = may_interleave() ? 2 : 1;

    for (uint32_t interleave = 0; interleave < ways; interleave++)
        for (size_t i = 0; i < COUNT(schedulers); i++) {
            struct sctp_stream_value prio = {0};
            pthread_t sender;

            open_with_everything(interleave);
            assert_true(set(pair.a, SCTP_STREAM_SCHEDULER, schedulers[i]));
            pair.id_a = associate(pair.a, &pair.at_b);
            for (uint16_t stream = 0; schedulers[i] == SCTP_SS_PRIO && stream < STREAMS; stream++) {
                prio = (struct sctp_stream_value){pair.id_a, stream, (uint16_t)(STREAMS - stream)};
                assert_int_equal(setsockopt(pair.a, IPPROTO_SCTP, SCTP_STREAM_SCHEDULER_VALUE,
                                            &prio, sizeof(prio)),
                                 0);
            }
            assert_int_equal(pthread_create(&sender, NULL, send_large, NULL), 0);
            expect_large();
            pthread_join(sender, NULL);
            close_pair(NULL);
        }
}

/* ---- messages without fragmentation ------------------------------------------------------- */

WITH_PAIR(without_fragmentation_a_large_message_is_refused_and_maxseg_limits_chunks)
{
    static char data[70000]; /* more than a packet has on any loopback */
    struct sctp_status status = {.sstat_assoc_id = pair.id_a};
    struct sctp_assoc_value maxseg = {.assoc_id = pair.id_a, .assoc_value = 500};
    socklen_t len = sizeof(status);
    int on = 1;

    assert_int_equal(setsockopt(pair.a, IPPROTO_SCTP, SCTP_DISABLE_FRAGMENTS, &on, sizeof(on)), 0);
    assert_fails(send_on(pair.a, pair.id_a, 0, data, sizeof(data)), EMSGSIZE);
    on = 0;
    assert_int_equal(setsockopt(pair.a, IPPROTO_SCTP, SCTP_DISABLE_FRAGMENTS, &on, sizeof(on)), 0);
    assert_int_equal(setsockopt(pair.a, IPPROTO_SCTP, SCTP_MAXSEG, &maxseg, sizeof(maxseg)), 0);
    assert_int_equal(getsockopt(pair.a, IPPROTO_SCTP, SCTP_STATUS, &status, &len), 0);
    assert_in_range(status.sstat_fragmentation_point, 400, 500);
    assert_int_equal(send_on(pair.a, pair.id_a, 0, data, 5000), 0);
    assert_int_equal(recv(pair.b, data, sizeof(data), 0), 5000);
}

WITH_PAIR(partial_reliability_abandons_no_message_that_can_arrive)
{
    static const struct sctp_prinfo policies[] = {
        {SCTP_PR_SCTP_TTL, 10000}, {SCTP_PR_SCTP_RTX, 0}, {SCTP_PR_SCTP_PRIO, 7}};
    char buf[5000];

    for (size_t i = 0; i < 12; i++) { /* ordered and unordered, in one packet and in several */
        const size_t len = i % 4 < 2 ? 100 : sizeof(buf);
        const struct sctp_sndinfo snd = {.snd_assoc_id = pair.id_a,
                                         .snd_flags = i % 2 ? SCTP_UNORDERED : 0};

        memset(buf, (int)i, sizeof(buf));
        assert_int_equal(unp_send_info(pair.a, buf, len, &snd, &policies[i % 3], 0), len);
        assert_int_equal(recv(pair.b, buf, sizeof(buf), 0), len);
        assert_int_equal(buf[len - 1], i);
    }
}

/* ---- INITs that cross ----------------------------------------------------------------- */

static void *connect_to_a(void *arg)
{
    while (connect(pair.b, sockaddr_of(&pair.at_a), sizeof(struct sockaddr_in)) < 0 &&
           errno == EINTR)
        ;
    return NULL;
}

/* Whichever INIT is first, the outcome must be one association. */
UNIT_TEST(two_endpoints_that_connect_to_each_other_have_one_association)
{
    for (int i = 0; i < 8; i++) {
        uint32_t n = 0;
        socklen_t len = sizeof(n);
        pthread_t thread;
        char buf[10];

        pair.a = open_endpoint("127.0.0.1", 10, 10, &pair.at_a);
        pair.b = open_endpoint("127.0.0.1", 10, 10, &pair.at_b);
        assert_int_equal(pthread_create(&thread, NULL, connect_to_a, NULL), 0);
        if (connect(pair.a, sockaddr_of(&pair.at_b), sizeof(struct sockaddr_in)) < 0)
            assert_int_equal(errno, EISCONN);
        pthread_join(thread, NULL);
        assert_int_equal(
            sendto(pair.a, "to b", 4, 0, sockaddr_of(&pair.at_b), sizeof(struct sockaddr_in)), 4);
        assert_int_equal(recv(pair.b, buf, sizeof(buf), 0), 4);
        assert_int_equal(
            sendto(pair.b, "to", 2, 0, sockaddr_of(&pair.at_a), sizeof(struct sockaddr_in)), 2);
        assert_int_equal(recv(pair.a, buf, sizeof(buf), 0), 2);
        assert_int_equal(getsockopt(pair.a, IPPROTO_SCTP, SCTP_GET_ASSOC_NUMBER, &n, &len), 0);
        assert_int_equal(n, 1);
        close_pair(NULL);
    }
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
