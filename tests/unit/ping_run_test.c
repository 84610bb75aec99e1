/* The run of sctp_ping: when it sends, waits and ends, and what it reports: tools/ping/sctp_ping.c,
 * talk.c. */
#include "../../tools/ping/ping.h"
#include "client_model.h"

#include <dlfcn.h>
#include <netdb.h>

#define PING(...) ARGS("ping", __VA_ARGS__)
#define REPLY(n)                                                                                   \
    {                                                                                              \
        MESSAGE, 1, "1f2e3d4c 0000000000000" #n " "                                                \
    }

/* Parts of transcripts. */
#define BEGIN                                                                                      \
    "[open host:9877, wait 10]\n[wait 1000]\n"                                                     \
    "SCTP ping host (?): 24 bytes, on 1 of 10 streams\n"
#define SEND(n)     "[send 0: 1f2e3d4c 0000000000000" #n " ]\n[wait 1000]\n"
#define STATISTICS  "\n--- host port 9877, sctp_ping statistics ---\n"
#define LEAVE       "[eof 900 7]\n[await the end 1000]\n[close]\n"
#define END_AT_ONCE "min/avg/p50/p99/max = 0.000/0.000/0.000/0.000/0.000 ms\n" LEAVE
#define ALL_AT_ONCE                                                                                \
    "min/avg/p50/p99/max = 0.000/0.000/0.000/0.000/0.000 ms\nmdev/jitter = 0.000/0.000 ms\n" LEAVE

static bool no_random;

/* The identifier of the run, which is random otherwise. */
ssize_t getrandom(void *buf, size_t size, unsigned flags)
{
    const uint32_t ident = 0x1f2e3d4c;

    errno = ENOSYS;
    if (no_random || flags)
        return -1;
    memcpy(buf, &ident, size < sizeof(ident) ? size : sizeof(ident));
    return (ssize_t)size;
}

/* Without a resolver.  (A host with -w is an address here: a thread would resolve a name, and wait
 * by another clock.) */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **res)
{
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(strcmp(node, "host") == 0 ? "10.0.0.1" : node, service, hints, res);
}

int sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    return -1;
}

UNIT_TEST(messages_are_sent_at_the_interval_and_their_replies_counted)
{
    run_script(SCRIPT({UP, 10}, {PASS, 4}, REPLY(0), {PASS, 996}, REPLY(1), {PASS, 999}, {PASS, 1},
                      {PASS, 7}, REPLY(2), {CLOSED}),
               PING("-s", "24", "-c", "3", "host"), EXIT_OK, BEGIN, SEND(0),
               "[wait 996]\n"
               "24 bytes from 10.0.0.1: stream=0 back=1 seq=0 time=4.000 ms\n"
               "[wait 996]\n",
               SEND(1),
               "24 bytes from 10.0.0.1: stream=0 back=1 seq=1 time=0.000 ms\n"
               "[wait 1000]\n"
               "[wait 1]\n",
               SEND(2),
               "[wait 9993]\n"
               "24 bytes from 10.0.0.1: stream=0 back=1 seq=2 time=7.000 ms\n",
               STATISTICS,
               "3 sent, 3 received, 0 lost (0 %), 0 duplicates, in 2.007 s\n"
               "min/avg/p50/p99/max = 0.000/3.666/4.015/7.000/7.000 ms\n"
               "mdev/jitter = 2.867/5.500 ms\n",
               LEAVE);
}

UNIT_TEST(streams_are_used_in_turn_with_the_options_of_messages)
{
    run_script(
        SCRIPT({UP, 10}, {PASS, 10}, {PASS, 10}, REPLY(2), REPLY(0), REPLY(1), {CLOSED}),
        PING("-q", "-s", "24", "-c", "3", "-i", "0.01", "-S", "2", "-U", "-P", "ngap", "host:77"),
        EXIT_OK,
        "[open host:77, wait 10]\n"
        "[wait 1000]\n"
        "SCTP ping host (?): 24 bytes, on 2 of 10 streams\n"
        "[send 0 ppid 60 flags 1: 1f2e3d4c 00000000000000 ]\n"
        "[wait 10]\n"
        "[send 1 ppid 60 flags 1: 1f2e3d4c 00000000000001 ]\n"
        "[wait 10]\n"
        "[send 0 ppid 60 flags 1: 1f2e3d4c 00000000000002 ]\n"
        "[wait 1000]\n"
        "[wait 10000]\n"
        "[wait 10000]\n"
        "\n"
        "--- host port 77, sctp_ping statistics ---\n"
        "3 sent, 3 received, 0 lost (0 %), 0 duplicates, in 0.020 s\n"
        "min/avg/p50/p99/max = 0.000/10.000/10.047/20.000/20.000 ms\n"
        "mdev/jitter = 8.165/15.000 ms\n"
        "stream 0: 2 sent, 2 received, 0 lost (0 %), 0 duplicates, min/avg/max = "
        "0.000/10.000/20.000 ms\n"
        "stream 1: 1 sent, 1 received, 0 lost (0 %), 0 duplicates, min/avg/max = "
        "10.000/10.000/10.000 ms\n",
        LEAVE);
    run_script(SCRIPT({UP, 10}), PING("-S", "11", "host"), EXIT_USAGE,
               "[open host:9877, wait 10, 11 streams]\n"
               "[wait 1000]\n"
               "ping: -S 11 is out of range: this association has 10 outbound streams; raise the "
               "server's limit of inbound streams\n");
    run_script(
        SCRIPT({UP, 10}, {MESSAGE, 1, "1f2e3d4c 00000000000000 yzabcdefghijklmnopqrstuvwxyzabcd"},
               {CLOSED}),
        PING("-q", "-s", "56", "-c", "1", "host"), EXIT_OK,
        "[open host:9877, wait 10]\n"
        "[wait 1000]\n"
        "SCTP ping host (?): 56 bytes, on 1 of 10 streams\n"
        "[send 0: 1f2e3d4c 00000000000000 yzabcdefghijklmnopqrstuvwxyzabcd]\n"
        "[wait 1000]\n",
        STATISTICS, "1 sent, 1 received, 0 lost (0 %), 0 duplicates, in 0.000 s\n", END_AT_ONCE);
}

UNIT_TEST(with_f_a_reply_is_followed_by_the_next_message)
{
    run_script(
        SCRIPT({UP, 10}, REPLY(0), {PASS, 3}, REPLY(1), REPLY(2), REPLY(3), REPLY(4), {CLOSED}),
        PING("-q", "-f", "-s", "24", "-c", "5", "-S", "2", "host"), EXIT_OK,
        "[open host:9877, wait 10]\n"
        "[wait 1000]\n"
        "SCTP ping host (?): 24 bytes, on 2 of 10 streams\n"
        "[send 0: 1f2e3d4c 00000000000000 ]\n"
        "[send 1: 1f2e3d4c 00000000000001 ]\n"
        "[wait 1000]\n",
        SEND(2),
        "[wait 997]\n"
        "[send 1: 1f2e3d4c 00000000000003 ]\n"
        "[wait 1000]\n",
        SEND(4), "[wait 10000]\n", STATISTICS,
        "5 sent, 5 received, 0 lost (0 %), 0 duplicates, in 0.003 s\n"
        "min/avg/p50/p99/max = 0.000/1.200/0.000/2.991/3.000 ms\n"
        "mdev/jitter = 1.470/1.500 ms\n"
        "stream 0: 3 sent, 3 received, 0 lost (0 %), 0 duplicates, min/avg/max = 0.000/1.000/3.000 "
        "ms\n"
        "stream 1: 2 sent, 2 received, 0 lost (0 %), 0 duplicates, min/avg/max = 0.000/1.500/3.000 "
        "ms\n",
        LEAVE);
}

UNIT_TEST(with_l_the_first_messages_are_not_waited_for)
{
    run_script(SCRIPT({UP, 10}, REPLY(0), REPLY(1), REPLY(2), {PASS, 1000}, REPLY(3), {CLOSED}),
               PING("-q", "-s", "24", "-l", "3", "-c", "4", "host"), EXIT_OK, BEGIN,
               "[send 0: 1f2e3d4c 00000000000000 ]\n"
               "[send 0: 1f2e3d4c 00000000000001 ]\n",
               SEND(2), "[wait 1000]\n[wait 1000]\n[wait 1000]\n", SEND(3), STATISTICS,
               "4 sent, 4 received, 0 lost (0 %), 0 duplicates, in 1.000 s\n", ALL_AT_ONCE);
}

#define CONNECTING         "[open 127.0.0.1:9877, wait 10]\n"
#define CONNECT_STATISTICS "\n--- 127.0.0.1 port 9877, sctp_ping statistics ---\n"
#define CONNECTED          "association with 127.0.0.1: streams=10/10 seq="

UNIT_TEST(with_connect_associations_follow_each_other)
{
    open_takes = 3000;
    run_script(SCRIPT({UP, 10}, {CLOSED}, {PASS, 997}, {MESSAGE, 1, "hello"}, {UP, 10}, {CLOSED},
                      {OPENING, EXIT_REFUSED, "refused"}, {PASS, 997}),
               PING("--connect", "-c", "3", "127.0.0.1"), EXIT_INCOMPLETE,
               "SCTP ping 127.0.0.1 port 9877: associations without DATA\n",
               CONNECTING "[wait 1000]\n" CONNECTED "0 time=3.000 ms\n" LEAVE "[wait 997]\n",
               CONNECTING "[wait 1000]\n[wait 1000]\n" CONNECTED "1 time=3.000 ms\n" LEAVE
                          "[wait 997]\n",
               CONNECTING "no association: seq=2 refused\n", CONNECT_STATISTICS,
               "3 tried, 2 up, 1 failed (33.33 %), in 2.003 s\n"
               "min/avg/p50/p99/max = 3.000/3.000/3.000/3.000/3.000 ms\n"
               "mdev/jitter = 0.000/0.000 ms\n");
    run_script(SCRIPT({UP, 10}, {CLOSED}, {SIGNAL, SIGINT}),
               PING("--connect", "-q", "-i", "5", "127.0.0.1"), EXIT_OK,
               "SCTP ping 127.0.0.1 port 9877: associations without DATA\n",
               CONNECTING "[wait 1000]\n" LEAVE "[wait 4997]\n", CONNECT_STATISTICS,
               "1 tried, 1 up, 0 failed (0 %), in 0.003 s\n"
               "min/avg/p50/p99/max = 3.000/3.000/3.000/3.000/3.000 ms\n");
}

UNIT_TEST(with_connect_the_status_of_failures_is_the_programs)
{
    open_takes = 3000;
    run_script(SCRIPT({OPENING, EXIT_NO_ANSWER, "no answer"}, {PASS, 500}),
               PING("--connect", "-q", "-w", "0.5", "127.0.0.1"), EXIT_NO_ANSWER,
               "SCTP ping 127.0.0.1 port 9877: associations without DATA\n",
               "[open 127.0.0.1:9877, wait 10, until 1000500]\n"
               "no association: seq=0 no answer\n[wait 497]\n",
               CONNECT_STATISTICS, "1 tried, 0 up, 1 failed (100 %), in 0.503 s\nno reply\n");
    run_script(SCRIPT({OPENING, EXIT_USAGE, "wrong family"}), PING("--connect", "-f", "127.0.0.1"),
               EXIT_USAGE, "SCTP ping 127.0.0.1 port 9877: associations without DATA\n",
               CONNECTING "ping: wrong family\n");
    open_takes = 0;
}

UNIT_TEST(a_message_that_is_no_echo_is_not_counted_as_a_reply)
{
    run_script(SCRIPT({UP, 10}, {MESSAGE, 1, "1f2e3d4d 00000000000000 "},
                      {MESSAGE, 1, "1f2e3d4c 0000000000000x "},
                      {MESSAGE, 1, "1f2e3d4c 00000000000007 "}, {MESSAGE, 1, "short"},
                      {MESSAGE, 1, "1f2e3d4c 000000000000000 "},
                      {MESSAGE, 1, "1f2e3d4c-00000000000000-"}, REPLY(0), {CLOSED}),
               PING("-s", "24", "-c", "1", "host"), EXIT_OK, BEGIN, SEND(0),
               "ping: a received message is no echo of a message sent; is this an echo server?\n"
               "[wait 10000]\n"
               "[wait 10000]\n"
               "[wait 10000]\n"
               "[wait 10000]\n"
               "[wait 10000]\n"
               "24 bytes from 10.0.0.1: stream=0 back=1 seq=0 time=0.000 ms\n",
               STATISTICS,
               "1 sent, 1 received, 0 lost (0 %), 0 duplicates, 5 unexpected, in 0.000 s\n"
               "min/avg/p50/p99/max = 0.000/0.000/0.000/0.000/0.000 ms\n"
               "[eof 900 7]\n"
               "[await the end 1000]\n"
               "24 bytes from 10.0.0.1: stream=0 back=1 seq=0 time=0.000 ms (duplicate)\n"
               "[close]\n");
    run_script(SCRIPT({UP, 10}, {MESSAGE, 1, "1f2e3d4c 00000000000000 x"}, {PASS, 10000}, {CLOSED}),
               PING("-s", "25", "-c", "1", "host"), EXIT_INCOMPLETE,
               "[open host:9877, wait 10]\n"
               "[wait 1000]\n"
               "SCTP ping host (?): 25 bytes, on 1 of 10 streams\n"
               "[send 0: 1f2e3d4c 00000000000000 y]\n"
               "[wait 1000]\n"
               "ping: a received message is no echo of a message sent; is this an echo server?\n"
               "[wait 10000]\n",
               STATISTICS,
               "1 sent, 0 received, 1 lost (100 %), 0 duplicates, 1 unexpected, in 10.000 s\n"
               "no reply\n",
               LEAVE);
}

UNIT_TEST(a_second_reply_is_a_duplicate)
{
    run_script(SCRIPT({UP, 10}, REPLY(0), REPLY(0), {PASS, 1000}, REPLY(1), {CLOSED}),
               PING("-s", "24", "-c", "2", "host"), EXIT_OK, BEGIN, SEND(0),
               "24 bytes from 10.0.0.1: stream=0 back=1 seq=0 time=0.000 ms\n"
               "[wait 1000]\n"
               "24 bytes from 10.0.0.1: stream=0 back=1 seq=0 time=0.000 ms (duplicate)\n"
               "[wait 1000]\n",
               SEND(1), "24 bytes from 10.0.0.1: stream=0 back=1 seq=1 time=0.000 ms\n", STATISTICS,
               "2 sent, 2 received, 0 lost (0 %), 1 duplicate, in 1.000 s\n", ALL_AT_ONCE);
}

UNIT_TEST(replies_are_waited_for_as_long_as_W_allows)
{
    run_script(SCRIPT({UP, 10}, {PASS, 4999}, {PASS, 1}, {CLOSED}),
               PING("-s", "24", "-c", "1", "-W", "5", "host"), EXIT_INCOMPLETE,
               "[open host:9877, wait 5]\n"
               "[wait 1000]\n"
               "SCTP ping host (?): 24 bytes, on 1 of 10 streams\n",
               SEND(0), "[wait 1]\n", STATISTICS,
               "1 sent, 0 received, 1 lost (100 %), 0 duplicates, in 5.000 s\n"
               "no reply\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, {PASS, 1000}, {PASS, 1000}, {PASS, 500}, {CLOSED}),
               PING("-q", "-s", "24", "-w", "2.5", "10.0.0.1"), EXIT_INCOMPLETE,
               "[open 10.0.0.1:9877, wait 10, until 1002500]\n"
               "[wait 1000]\n"
               "SCTP ping 10.0.0.1 (?): 24 bytes, on 1 of 10 streams\n",
               SEND(0), SEND(1),
               "[send 0: 1f2e3d4c 00000000000002 ]\n"
               "[wait 500]\n",
               "\n--- 10.0.0.1 port 9877, sctp_ping statistics ---\n",
               "3 sent, 0 received, 3 lost (100 %), 0 duplicates, in 2.500 s\n"
               "no reply\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, {CLOSING}, {PASS, 9000}, {PASS, 1000}, {CLOSED}),
               PING("-s", "24", "host"), EXIT_INCOMPLETE, BEGIN, SEND(0),
               "22:13:20.123 association 7: the peer is shutting down\n"
               "[wait 10000]\n"
               "[wait 1000]\n",
               STATISTICS,
               "1 sent, 0 received, 1 lost (100 %), 0 duplicates, in 10.000 s\n"
               "no reply\n",
               LEAVE);
}

UNIT_TEST(a_full_send_buffer_is_waited_for)
{
    run_script(
        SCRIPT({SENDING, EAGAIN}, {UP, 10}, {PASS, 500}, {ROOM}, {SENDING}, REPLY(0), {CLOSED}),
        PING("-q", "-s", "24", "-c", "1", "host"), EXIT_OK, BEGIN,
        "[send 0: 1f2e3d4c 00000000000000 ]\n"
        "[wait 1000, full]\n"
        "[wait 1000, full]\n",
        SEND(0), STATISTICS, "1 sent, 1 received, 0 lost (0 %), 0 duplicates, in 0.500 s\n",
        END_AT_ONCE);
    run_script(SCRIPT({SENDING, EACCES}, {UP, 10}, {CLOSED}), PING("-q", "-s", "24", "host"),
               EXIT_SYSTEM, BEGIN,
               "[send 0: 1f2e3d4c 00000000000000 ]\n"
               "[wait 0]\n"
               "22:13:20.123 association 7 shut down\n",
               STATISTICS,
               "0 sent, 0 received, 0 lost, 0 duplicates, in 0.000 s\n"
               "no reply\n"
               "ping: send 24 bytes: Permission denied; do the socket options that were set, or a "
               "firewall here, forbid it?\n"
               "[close]\n");
}

UNIT_TEST(a_gap_is_reported)
{
    /* Of four replies three come at once: the mean is a quarter of the last. */
    run_script(SCRIPT({UP, 10}, REPLY(0), REPLY(1), REPLY(2), {PASS, 200}, REPLY(3), {CLOSED}),
               PING("-q", "-f", "-s", "24", "-c", "4", "host"), EXIT_OK, BEGIN, SEND(0), SEND(1),
               SEND(2), SEND(3), "[wait 9800]\n", STATISTICS,
               "4 sent, 4 received, 0 lost (0 %), 0 duplicates, in 0.200 s\n"
               "min/avg/p50/p99/max = 0.000/50.000/0.000/199.679/200.000 ms\n"
               "mdev/jitter = 86.603/66.667 ms\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, REPLY(0), REPLY(1), REPLY(2), {PASS, 201}, REPLY(3), {CLOSED}),
               PING("-q", "-f", "-s", "24", "-c", "4", "host"), EXIT_OK, BEGIN, SEND(0), SEND(1),
               SEND(2), SEND(3),
               "[wait 9799]\n"
               "22:13:20.123 no replies for 0.201 s; they come from 10.0.0.1 again\n",
               STATISTICS,
               "4 sent, 4 received, 0 lost (0 %), 0 duplicates, in 0.201 s\n"
               "min/avg/p50/p99/max = 0.000/50.250/0.000/201.000/201.000 ms\n"
               "mdev/jitter = 87.036/67.000 ms\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, REPLY(0), {PASS, 1000}, REPLY(1), {PASS, 1000}, REPLY(2),
                      {PASS, 1000}, {PASS, 2200}, REPLY(3), {CLOSED}),
               PING("-q", "-s", "24", "-c", "4", "host"), EXIT_OK, BEGIN, SEND(0), "[wait 1000]\n",
               SEND(1), "[wait 1000]\n", SEND(2), "[wait 1000]\n", SEND(3), "[wait 7800]\n",
               STATISTICS,
               "4 sent, 4 received, 0 lost (0 %), 0 duplicates, in 5.200 s\n"
               "min/avg/p50/p99/max = 0.000/550.000/0.000/2200.000/2200.000 ms\n"
               "mdev/jitter = 952.628/733.333 ms\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, REPLY(0), {PASS, 1000}, REPLY(1), {PASS, 1000}, REPLY(2),
                      {PASS, 1000}, {PASS, 2201}, REPLY(3), {CLOSED}),
               PING("-q", "-s", "24", "-c", "4", "host"), EXIT_OK, BEGIN, SEND(0), "[wait 1000]\n",
               SEND(1), "[wait 1000]\n", SEND(2), "[wait 1000]\n", SEND(3),
               "[wait 7799]\n"
               "22:13:20.123 no replies for 3.201 s; they come from 10.0.0.1 again\n",
               STATISTICS,
               "4 sent, 4 received, 0 lost (0 %), 0 duplicates, in 5.201 s\n"
               "min/avg/p50/p99/max = 0.000/550.250/0.000/2201.000/2201.000 ms\n"
               "mdev/jitter = 953.061/733.667 ms\n",
               LEAVE);
}

UNIT_TEST(after_an_interrupt_the_last_replies_are_awaited)
{
    run_script(SCRIPT({UP, 10}, {PASS, 10}, REPLY(0), {PASS, 1000}, {SIGNAL, SIGINT}, {PASS, 269},
                      REPLY(1), {CLOSED}),
               PING("-s", "24", "host"), EXIT_OK, BEGIN, SEND(0),
               "[wait 990]\n"
               "24 bytes from 10.0.0.1: stream=0 back=1 seq=0 time=10.000 ms\n"
               "[wait 990]\n",
               SEND(1),
               "[wait 270]\n"
               "[wait 1]\n"
               "24 bytes from 10.0.0.1: stream=0 back=1 seq=1 time=269.000 ms\n",
               STATISTICS,
               "2 sent, 2 received, 0 lost (0 %), 0 duplicates, in 1.279 s\n"
               "min/avg/p50/p99/max = 10.000/139.500/10.047/268.287/269.000 ms\n"
               "mdev/jitter = 129.500/259.000 ms\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, {PASS, 10}, REPLY(0), {PASS, 1000}, {SIGNAL, SIGINT}, {PASS, 270},
                      {CLOSED}),
               PING("-q", "-s", "24", "host"), EXIT_INCOMPLETE, BEGIN, SEND(0),
               "[wait 990]\n"
               "[wait 990]\n",
               SEND(1), "[wait 270]\n", STATISTICS,
               "2 sent, 1 received, 1 lost (50 %), 0 duplicates, in 1.280 s\n"
               "min/avg/p50/p99/max = 10.000/10.000/10.000/10.000/10.000 ms\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, {PASS, 800}, REPLY(0), {PASS, 1000}, {SIGNAL, SIGINT}, {PASS, 999},
                      {PASS, 1}, {CLOSED}),
               PING("-q", "-s", "24", "host"), EXIT_INCOMPLETE, BEGIN, SEND(0),
               "[wait 200]\n"
               "[wait 200]\n",
               SEND(1),
               "[wait 1000]\n"
               "[wait 1]\n",
               STATISTICS,
               "2 sent, 1 received, 1 lost (50 %), 0 duplicates, in 2.800 s\n"
               "min/avg/p50/p99/max = 800.000/800.000/800.000/800.000/800.000 ms\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, {SIGNAL, SIGTERM}, {CLOSED}), PING("-q", "-s", "24", "host"),
               EXIT_INCOMPLETE, BEGIN, SEND(0), STATISTICS,
               "1 sent, 0 received, 1 lost (100 %), 0 duplicates, in 0.000 s\n"
               "no reply\n",
               LEAVE);
}

UNIT_TEST(replies_after_a_stop_are_not_timed)
{
    run_script(
        SCRIPT({UP, 10}, {PASS, 10}, REPLY(0), {PASS, 1000}, {STOPPED, 60000}, REPLY(1),
               {PASS, 1000}, REPLY(2), REPLY(3), {CLOSED}),
        PING("-s", "24", "-c", "4", "host"), EXIT_OK, BEGIN, SEND(0),
        "[wait 990]\n"
        "24 bytes from 10.0.0.1: stream=0 back=1 seq=0 time=10.000 ms\n"
        "[wait 990]\n",
        SEND(1),
        "22:13:20.123 sctp_ping was stopped and continues: outstanding replies are not timed\n",
        SEND(2),
        "24 bytes from 10.0.0.1: stream=0 back=1 seq=1\n"
        "[wait 1000]\n",
        SEND(3),
        "24 bytes from 10.0.0.1: stream=0 back=1 seq=2 time=1000.000 ms\n"
        "[wait 10000]\n"
        "24 bytes from 10.0.0.1: stream=0 back=1 seq=3 time=0.000 ms\n",
        STATISTICS,
        "4 sent, 4 received, 0 lost (0 %), 0 duplicates, in 62.010 s\n"
        "min/avg/p50/p99/max = 0.000/336.666/10.047/1000.000/1000.000 ms\n"
        "mdev/jitter = 469.065/995.000 ms\n",
        LEAVE);
}

UNIT_TEST(the_end_of_the_association_ends_the_run)
{
    run_script(SCRIPT({UP, 10}, {LOST, 0, "gone"}), PING("-s", "24", "host"), EXIT_LOST, BEGIN,
               SEND(0), "22:13:20.123 association 7 lost: no cause given\n", STATISTICS,
               "1 sent, 0 received, 1 lost (100 %), 0 duplicates, in 0.000 s\n"
               "no reply\n"
               "ping: the association ended too early: closed: gone; was the server stopped, or "
               "the network cut?\n"
               "[close]\n");
    run_script(SCRIPT({UP, 10}, {ABORTED, 0, "gone"}), PING("-s", "24", "host"), EXIT_LOST, BEGIN,
               SEND(0), "22:13:20.123 association 7 lost: no cause given\n", STATISTICS,
               "1 sent, 0 received, 1 lost (100 %), 0 duplicates, in 0.000 s\n"
               "no reply\n"
               "[close]\n");
    run_script(SCRIPT({UP, 10}, REPLY(0), {CLOSED}), PING("-q", "-s", "24", "host"), EXIT_LOST,
               BEGIN, SEND(0),
               "[wait 1000]\n"
               "22:13:20.123 association 7 shut down\n",
               STATISTICS,
               "1 sent, 1 received, 0 lost (0 %), 0 duplicates, in 0.000 s\n"
               "min/avg/p50/p99/max = 0.000/0.000/0.000/0.000/0.000 ms\n"
               "ping: the association ended too early: closed: shut down; was the server stopped, "
               "or the network cut?\n"
               "[close]\n");
    run_script(SCRIPT({PASS, 10}, {CLOSED}), PING("-s", "24", "host"), EXIT_LOST,
               "[open host:9877, wait 10]\n"
               "[wait 1000]\n"
               "[wait 1000]\n"
               "22:13:20.123 association 7 shut down\n",
               STATISTICS,
               "0 sent, 0 received, 0 lost, 0 duplicates, in 0.010 s\n"
               "no reply\n"
               "ping: the association ended too early: closed: shut down; was the server stopped, "
               "or the network cut?\n"
               "[close]\n");
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}), PING("-w", "2.5", "10.0.0.1"),
               EXIT_REFUSED,
               "[open 10.0.0.1:9877, wait 10, until 1002500]\n"
               "ping: refused\n");
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}), PING("-w", "30", "-W", "20", "10.0.0.1"),
               EXIT_REFUSED,
               "[open 10.0.0.1:9877, wait 20, until 1030000]\n"
               "ping: refused\n");
    sndbuf = 100;
    run_script(SCRIPT({UP, 10}), PING("-s", "101", "host"), EXIT_USAGE,
               "[open host:9877, wait 10]\n"
               "ping: -s 101: the largest message is 100 bytes here; raise net.core.wmem_max\n");
    run_script(SCRIPT({UP, 10}, {CLOSED}), PING("-q", "-s", "100", "host"), EXIT_LOST,
               "[open host:9877, wait 10]\n"
               "[wait 1000]\n"
               "SCTP ping host (?): 100 bytes, on 1 of 10 streams\n"
               "[send 0: 1f2e3d4c 00000000000000 "
               "yzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv]\n"
               "[wait 1000]\n"
               "22:13:20.123 association 7 shut down\n",
               STATISTICS,
               "1 sent, 0 received, 1 lost (100 %), 0 duplicates, in 0.000 s\n"
               "no reply\n"
               "ping: the association ended too early: closed: shut down; was the server stopped, "
               "or the network cut?\n"
               "[close]\n");
}

UNIT_TEST(a_full_output_ends_the_run)
{
    run_script(SCRIPT({UP, 10}, {NO_SPACE}, {PASS, 1}), PING("-s", "24", "host"), EXIT_SYSTEM,
               BEGIN, SEND(0), "ping: write the replies: No space left on device\n");
    run_script(SCRIPT({UP, 10}, {NO_SPACE}, REPLY(0)), PING("-q", "-s", "24", "-c", "1", "host"),
               EXIT_SYSTEM, BEGIN, SEND(0), "ping: write the summary: No space left on device\n");
    run_script(SCRIPT({UP, 10}, REPLY(0), {NO_SPACE}, REPLY(0), {CLOSED}),
               PING("-s", "24", "-c", "1", "host"), EXIT_SYSTEM, BEGIN, SEND(0),
               "24 bytes from 10.0.0.1: stream=0 back=1 seq=0 time=0.000 ms\n", STATISTICS,
               "1 sent, 1 received, 0 lost (0 %), 0 duplicates, in 0.000 s\n"
               "min/avg/p50/p99/max = 0.000/0.000/0.000/0.000/0.000 ms\n"
               "[eof 900 7]\n"
               "[await the end 1000]\n"
               "ping: write the summary: No space left on device\n");
}

UNIT_TEST(without_random_numbers_the_run_does_not_start)
{
    no_random = true;
    run_script(SCRIPT({END_OF_SCRIPT}), PING("host"), EXIT_SYSTEM,
               "ping: start: Function not implemented\n");
    no_random = false;
}

/* The time counts for --check only. */
UNIT_TEST(the_time_stopped_while_connecting_is_known)
{
    const struct unp_client client = {.host = "host", .setup.ostreams = DEFAULT_OSTREAMS};
    struct ping p = {.asked.size = PING_HEAD};
    char why[100];

    open_takes = 3000000;
    assert_int_equal(ping_connect(&p, &client, why, sizeof(why)), 0);
    assert_int_equal(p.stopped, 0);
    unp_catch_continue();
    raise(SIGCONT);
    assert_int_equal(ping_connect(&p, &client, why, sizeof(why)), 0);
    assert_int_equal(p.stopped, 3000000);
    open_takes = 0;
}

/* SIGQUIT, which asks for the statistics so far, is unblocked in unp_poll() only. */
UNIT_TEST(signals_are_caught)
{
    run_script(SCRIPT({UP, 10}, {CAUGHT, SIGQUIT}, {CAUGHT, SIGINT}, {CAUGHT, SIGCONT}, REPLY(0),
                      {CLOSED}),
               PING("-q", "-s", "24", "-c", "1", "host"), EXIT_OK, BEGIN, SEND(0),
               "[Quit is caught, but blocked]\n[wait 10000]\n"
               "[Interrupt is caught]\n[wait 10000]\n"
               "[Continued is caught]\n[wait 10000]\n",
               STATISTICS, "1 sent, 1 received, 0 lost (0 %), 0 duplicates, in 0.000 s\n",
               END_AT_ONCE);
}

UNIT_TEST(SIGQUIT_prints_the_statistics_so_far_once)
{
    run_script(SCRIPT({UP, 10}, {HANDLED, SIGQUIT}, {PASS, 10}, REPLY(0), {CLOSED}),
               PING("-q", "-s", "24", "-c", "1", "host"), EXIT_OK, BEGIN, SEND(0),
               "1 sent, 0 received, 1 outstanding (100 %), 0 duplicates, no reply\n[wait 10000]\n",
               "[wait 9990]\n", STATISTICS,
               "1 sent, 1 received, 0 lost (0 %), 0 duplicates, in 0.010 s\n"
               "min/avg/p50/p99/max = 10.000/10.000/10.000/10.000/10.000 ms\n",
               LEAVE);
}

UNIT_TEST(options_have_limits)
{
    run_script(SCRIPT({OPENING, EXIT_REFUSED, "refused"}), PING("-O", "nodelay=on", "host"),
               EXIT_REFUSED, "[open host:9877, wait 10, option nodelay=on]\nping: refused\n");
    run_script(
        SCRIPT({OPENING, EXIT_REFUSED, "refused"}),
        PING("-c", "1099511627776", "-i", "86400", "-s", "1048576", "-S", "65535", "-w", "31536000",
             "-W", "86400", "10.0.0.1"),
        EXIT_REFUSED,
        "[open 10.0.0.1:9877, wait 86400, 65535 streams, until 31537000000]\nping: refused\n");
    run_script(
        SCRIPT({OPENING, EXIT_REFUSED, "refused"}),
        PING("-c", "1", "-i", "0.001", "-s", "24", "-S", "1", "-w", "0.001", "-W", "1", "10.0.0.1"),
        EXIT_REFUSED, "[open 10.0.0.1:9877, wait 1, until 1000001]\nping: refused\n");
    refuses("ping", "-c", "0", "1 to 1099511627776");
    refuses("ping", "-c", "1099511627777", "1 to 1099511627776");
    refuses("ping", "-s", "23", "24 to 1048576");
    refuses("ping", "-s", "1048577", "24 to 1048576");
    refuses("ping", "-S", "0", "1 to 65535");
    refuses("ping", "-S", "65536", "1 to 65535");
    run_script(SCRIPT({END_OF_SCRIPT}), PING("-i", "0.0009", "host"), EXIT_USAGE,
               "ping: -i \"0.0009\": not seconds, from 0.001 to 86400\n"
               "ping: try \"ping --help\"\n");
    run_script(SCRIPT({END_OF_SCRIPT}), PING("-i", "86400.1", "host"), EXIT_USAGE,
               "ping: -i \"86400.1\": not seconds, from 0.001 to 86400\n"
               "ping: try \"ping --help\"\n");
    run_script(SCRIPT({END_OF_SCRIPT}), PING("-w", "31536001", "host"), EXIT_USAGE,
               "ping: -w \"31536001\": not seconds, from 0.001 to 3.1536e+07\n"
               "ping: try \"ping --help\"\n");
    run_script(SCRIPT({END_OF_SCRIPT}), PING("--paths", "none", "host"), EXIT_USAGE,
               "ping: --paths \"none\": give all or given\nping: try \"ping --help\"\n");
    run_script(SCRIPT({END_OF_SCRIPT}), PING("host", "9877"), EXIT_USAGE,
               "ping: host \"9877\": write HOST, HOST:PORT or [IPv6]:PORT; if it is the port, "
               "write it after -p\n"
               "ping: try \"ping --help\"\n");
    refuses("ping", "-l", "0", "1 to 65536");
    run_script(SCRIPT({END_OF_SCRIPT}), ARGS("ping"), EXIT_USAGE,
               "ping: no host given\nping: try \"ping --help\"\n");
}

int main(void)
{
    frees_all = true;
    return run_all_tests(NULL, NULL);
}
