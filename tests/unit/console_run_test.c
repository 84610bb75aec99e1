/* The run of sctp_console: waiting, the last replies, leaving, exit status: tools/console/
 * sctp_console.c, receive.c, options.c. */
#include "client_model.h"
#include "receive/receiver.h"

#define CONSOLE(...) ARGS("console", __VA_ARGS__)

/* Parts of transcripts. */
#define START                                                                                      \
    "[open: family 6, 10 streams, buffers of 2097152]\n"                                           \
    "[fcntl 900 O_NONBLOCK]\n"                                                                     \
    "[messages of at most 16777216]\n"                                                             \
    "[catch signals]\n"
#define CONNECT START "[connect 900 to 127.0.0.1:9877]\n"
#define UP_AT_ONCE                                                                                 \
    CONNECT                                                                                        \
    "[wait 10000]\n"                                                                               \
    "#1 127.0.0.1:9877: association 7 up: 10 streams out, 10 in\n"                                 \
    "[wait -1, reads]\n"
#define ONE_SENT   UP_AT_ONCE "[send 0 to 7: one]\n[wait 0, reads]\n"
#define END_OF_RUN "[receiver closed]\n[linger of 900: 1 0]\n"
#define LEAVE      "[eof 900 7]\n[wait 10000]\n#1 127.0.0.1:9877: association 7 shut down\n" END_OF_RUN

/* ---- the socket, whose receiver gets what the script brings ---------------------------- */

static struct unp_receiver *receiver;

static void on_message(void *user, const struct unp_message *msg, const struct sockaddr *from)
{
    receiver->message(receiver->user, msg, from);
}

static void on_notification(void *user, const union sctp_notification *n, size_t len)
{
    receiver->notification(receiver->user, n, len);
}

static const struct unp_client_service service = {.message = on_message,
                                                  .notification = on_notification};
static struct unp_client_assoc bridge = {.service = &service};

void Unp_receiver_open(struct unp_receiver *r)
{
    receiver = r;
    printf("[messages of at most %zu]\n", r->max_message);
}

void unp_receiver_close(struct unp_receiver *r)
{
    if (r == receiver)
        puts("[receiver closed]");
}

int unp_receiver_take(struct unp_receiver *r, int fd, int flags)
{
    if (r != receiver || fd != FD || flags != MSG_DONTWAIT)
        abort();
    take_step(&bridge);
    return 1;
}

int Unp_open(struct unp_setup *setup, int family)
{
    printf("[open: family %s, %u streams, buffers of %zu%s]\n", family == AF_INET ? "4" : "6",
           setup->ostreams, setup->buffer, setup->set_options ? "" : ", without options");
    return FD;
}

int unp_subscribe(int fd, sctp_assoc_t id, uint16_t type, bool on)
{
    printf("[subscribe %d %d: %u %s]\n", fd, id, type - SCTP_SN_TYPE_BASE, on ? "on" : "off");
    return 0;
}

size_t unp_max_message(int fd)
{
    return fd == FD ? (size_t)sndbuf : 0;
}

int fcntl(int fd, int command, ...)
{
    va_list ap;

    if (command == F_GETFD) /* of a standard file */
        return 0;
    va_start(ap, command);
    printf("[fcntl %d%s]\n", fd,
           command == F_SETFL && va_arg(ap, int) == O_NONBLOCK ? " O_NONBLOCK" : "");
    va_end(ap);
    return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    const struct linger *linger = value;

    if (level == SOL_SOCKET && name == SO_LINGER)
        printf("[linger of %d: %d %d]\n", fd, linger->l_onoff, linger->l_linger);
    return 0;
}

int unp_connect_begin(int fd, const struct unp_addrs *peer, sctp_assoc_t *id)
{
    static sctp_assoc_t ids = ID;
    char text[SOCK_NTOP_SIZE];

    printf("[connect %d to %s]\n", fd, sock_ntop(unp_addrs_next(peer, NULL), text, sizeof(text)));
    *id = ids++;
    return 0;
}

int unp_connect_error(int fd, int64_t ms)
{
    return ECONNREFUSED;
}

/* ---- lib/client/interrupt.c ------------------------------------------------------------ */

volatile sig_atomic_t unp_pending_signal;

void unp_catch_signals(void)
{
    puts("[catch signals]");
}

void Unp_flush_stdout(const char *what)
{
}

void unp_poll(struct pollfd *fds, nfds_t n, int64_t ms)
{
    if (!fds || n != 2 || fds[0].fd != FD || fds[0].events != POLLIN)
        abort();
    printf("[wait %lld%s]\n", (long long)ms, fds[1].fd >= 0 ? ", reads" : "");
    fds[0].revents = fds[1].revents = 0;
    if (script->what == LINE || script->what == END || script->what == UNREADABLE ||
        script->what == PASS || script->what == SIGNAL || script->what == END_OF_SCRIPT)
        take_step(&bridge);
    else
        fds[0].revents = POLLIN;
    if (fds[1].fd >= 0)
        fds[1].revents =
            poll(&(struct pollfd){.fd = fds[1].fd, .events = POLLIN}, 1, 0) > 0 ? POLLIN : 0;
}

/* ---- input and the last replies ----------------------------------------------------------- */

UNIT_TEST(lines_are_sent_and_the_last_replies_awaited)
{
    run_script(SCRIPT({UP, 10}, {LINE, 0, "one\n[1] two"}, {UNACKED, 2}, {END}, {PASS, 20},
                      {UNACKED, 1}, {MESSAGE, 1, "one"}, {UNACKED, 0}, {MESSAGE, 2, "two"},
                      {PASS, 499}, {PASS, 1}, {CLOSED}),
               CONSOLE("127.0.0.1"), EXIT_OK, ONE_SENT,

               "[send 1 to 7: two]\n"
               "[wait 0, reads]\n"
               "[wait 20]\n"
               "#1 127.0.0.1:9877 [1]: one\n"
               "[wait 500]\n"
               "#1 127.0.0.1:9877 [2]: two\n"
               "[wait 500]\n"
               "[wait 1]\n",
               LEAVE);
}

UNIT_TEST(an_input_that_cannot_be_read_ends_the_console)
{
    run_script(SCRIPT({UP, 10}, {UNREADABLE}), CONSOLE("127.0.0.1"), EXIT_SYSTEM, UP_AT_ONCE,
               "console: read the input: Is a directory\n");
}

UNIT_TEST(without_a_reply_the_console_leaves_after_half_a_second)
{
    run_script(SCRIPT({UP, 10}, {LINE, 0, "one"}, {END}, {PASS, 499}, {PASS, 1}, {CLOSED}),
               CONSOLE("127.0.0.1"), EXIT_OK, ONE_SENT,

               "[wait 500]\n"
               "[wait 1]\n",
               LEAVE);
}

UNIT_TEST(a_peer_that_acknowledges_nothing_is_awaited_for_w)
{
    run_script(SCRIPT({UP, 10}, {LINE, 0, "one"}, {UNACKED, 3}, {END}, {PASS, 1999}, {PASS, 1},
                      {PASS, 1999}, {PASS, 1}),
               CONSOLE("-w", "2", "127.0.0.1"), EXIT_LOST, CONNECT,
               "[wait 2000]\n"
               "#1 127.0.0.1:9877: association 7 up: 10 streams out, 10 in\n"
               "[wait -1, reads]\n"
               "[send 0 to 7: one]\n"
               "[wait 0, reads]\n"
               "[wait 20]\n"
               "[wait 20]\n"
               "[eof 900 7]\n"
               "[wait 2000]\n"
               "[wait 1]\n"
               "console: #1 127.0.0.1:9877: no answer to the shutdown: the association is aborted\n"
               "[abort 900 7: no answer to the shutdown]\n",
               END_OF_RUN);
}

UNIT_TEST(quit_awaits_no_reply)
{
    run_script(SCRIPT({UP, 10}, {LINE, 0, "one\n/quit\ntwo"}, {UNACKED, 3}, {CLOSED}),
               CONSOLE("127.0.0.1"), EXIT_OK, ONE_SENT,

               "#1 127.0.0.1:9877: association 7 shut down\n", END_OF_RUN);
}

UNIT_TEST(a_full_send_buffer_is_retried)
{
    run_script(SCRIPT({UP, 10}, {SENDING, EAGAIN}, {LINE, 0, "one\ntwo"}, {PASS, 0}, {PASS, 20},
                      {SENDING}, {PASS, 0}, {END}, {PASS, 500}, {CLOSED}),
               CONSOLE("127.0.0.1"), EXIT_OK, UP_AT_ONCE,
               "[send 0 to 7: one]\n"
               "[wait 0]\n"
               "[send 0 to 7: one]\n"
               "[wait 20]\n"
               "[send 0 to 7: one]\n"
               "[send 0 to 7: two]\n"
               "[wait 0, reads]\n"
               "[wait -1, reads]\n"
               "[wait 500]\n",
               LEAVE);
}

/* ---- hosts --------------------------------------------------------------- */

UNIT_TEST(hosts_that_do_not_answer_are_given_up)
{
    run_script(
        SCRIPT({PASS, 1999}, {PASS, 1}), CONSOLE("-w", "2", "127.0.0.1"), EXIT_NO_ANSWER, CONNECT,
        "[wait 2000]\n"
        "[wait 1]\n"
        "[abort 900 7: too late]\n"
        "console: #1 127.0.0.1:9877: connect to 127.0.0.1 port 9877: no answer in 2 s; is the "
        "server stopped or stuck, or does a firewall here drop SCTP (IP protocol 132)?\n",
        END_OF_RUN);
    run_script(SCRIPT({UP, 10}, {PASS, 2000}, {LINE, 0, "x"}, {END}, {PASS, 500}, {CLOSED}),
               CONSOLE("-w", "2", "127.0.0.1", "127.0.0.2:5"), EXIT_INCOMPLETE, CONNECT,
               "[connect 900 to 127.0.0.2:5]\n"
               "[wait 2000]\n"
               "#1 127.0.0.1:9877: association 7 up: 10 streams out, 10 in\n"
               "[wait 2000]\n"
               "[abort 900 8: too late]\n"
               "console: #2 127.0.0.2:5: connect to 127.0.0.2 port 5: no answer in 2 s; is the "
               "server stopped or stuck, or does a firewall here drop SCTP (IP protocol 132)?\n"
               "[wait -1, reads]\n"
               "[send 0 to 7: x]\n"
               "[wait 0, reads]\n"
               "[wait 500]\n"
               "[eof 900 7]\n"
               "[wait 2000]\n"
               "#1 127.0.0.1:9877: association 7 shut down\n",
               END_OF_RUN);
    run_script(SCRIPT({PASS, 100}, {LINE, 0, "/connect 127.0.0.1"}, {PASS, 0}, {UP, 10}, {END},
                      {PASS, 500}, {CLOSED}),
               CONSOLE(NULL), EXIT_OK, START,
               "[wait -1, reads]\n"
               "[wait -1, reads]\n"
               "[connect 900 to 127.0.0.1:9877]\n"
               "[wait 0]\n"
               "[wait 10000]\n"
               "#1 127.0.0.1:9877: association 7 up: 10 streams out, 10 in\n"
               "[wait -1, reads]\n"
               "[wait 500]\n",
               LEAVE);
}

UNIT_TEST(a_host_that_refuses_sets_the_exit_status)
{
    run_script(SCRIPT({REFUSED}), CONSOLE("127.0.0.1"), EXIT_REFUSED, CONNECT,
               "[wait 10000]\n"
               "console: #1 127.0.0.1:9877: connect to 127.0.0.1 port 9877: refused; is the server "
               "running there, on this port, and does its kernel have SCTP?\n",
               END_OF_RUN);
}

/* ---- leaving ------------------------------------------------------------- */

UNIT_TEST(a_lost_association_sets_the_exit_status)
{
    run_script(SCRIPT({UP, 10}, {LOST}, {END}), CONSOLE("127.0.0.1"), EXIT_LOST, UP_AT_ONCE,
               "#1 127.0.0.1:9877: association 7 lost: no cause given\n"
               "[wait -1, reads]\n",
               END_OF_RUN);
    run_script(SCRIPT({UP, 10}, {LINE, 0, "/abort"}, {LOST}, {END}), CONSOLE("127.0.0.1"), EXIT_OK,
               UP_AT_ONCE,
               "[abort 900 7: ]\n"
               "[wait 0, reads]\n"
               "#1 127.0.0.1:9877: association 7 lost: no cause given\n"
               "[wait -1, reads]\n",
               END_OF_RUN);
    run_script(SCRIPT({UP, 10}, {LINE, 0, "/nonsense"}, {END}, {PASS, 500}, {CLOSED}),
               CONSOLE("127.0.0.1"), EXIT_INCOMPLETE, UP_AT_ONCE,
               "console: line 1: no such command: \"/nonsense\"; /help lists the commands; to send "
               "this as text, put [0] before it\n"
               "[wait 0, reads]\n"
               "[wait 500]\n",
               LEAVE);
    run_script(SCRIPT({UP, 10}, {CLOSING}, {LINE, 0, "x"}, {CLOSED}, {END}), CONSOLE("127.0.0.1"),
               EXIT_INCOMPLETE, UP_AT_ONCE,
               "#1 127.0.0.1:9877: association 7: the peer is shutting down\n"
               "[wait -1, reads]\n"
               "console: line 1: #1 127.0.0.1:9877: shutting down; no more messages can be sent\n"
               "[wait 0, reads]\n"
               "#1 127.0.0.1:9877: association 7 shut down\n"
               "[wait -1, reads]\n",
               END_OF_RUN);
}

UNIT_TEST(a_signal_shuts_the_associations_down)
{
    run_script(SCRIPT({UP, 10}, {SIGNAL, SIGINT}, {CLOSED}), CONSOLE("127.0.0.1"), 130, UP_AT_ONCE,
               LEAVE);
    run_script(SCRIPT({UP, 10}, {END}, {SIGNAL, SIGTERM}, {CLOSED}), CONSOLE("127.0.0.1"), 143,
               UP_AT_ONCE, "[wait 500]\n", LEAVE);
    run_script(SCRIPT({UP, 10}, {SIGNAL, SIGINT}, {SIGNAL, SIGINT}), CONSOLE("127.0.0.1"), 130,
               UP_AT_ONCE,
               "[eof 900 7]\n"
               "[wait 10000]\n"
               "console: #1 127.0.0.1:9877: no answer to the shutdown: the association is aborted\n"
               "[abort 900 7: no answer to the shutdown]\n",
               END_OF_RUN);
    run_script(SCRIPT({SIGNAL, SIGINT}), CONSOLE("127.0.0.1"), 130, CONNECT,
               "[wait 10000]\n"
               "[abort 900 7: leaving]\n",
               END_OF_RUN);
}

/* ---- options and output ------------------------------------------------------------ */

UNIT_TEST(options_are_taken_from_the_command_line)
{
    run_script(SCRIPT({END}), CONSOLE("-v", "-B", "127.0.0.1", "-o", "3", "-O", "nodelay=on"),
               EXIT_OK,
               "[open: family 4, 3 streams, buffers of 2097152]\n"
               "[fcntl 900 O_NONBLOCK]\n"
               "[subscribe 900 0: 9 on]\n"
               "[subscribe 900 0: 8 on]\n"
               "[messages of at most 16777216]\n"
               "[catch signals]\n"
               "[wait -1, reads]\n",
               END_OF_RUN);
    run_script(SCRIPT({END}), CONSOLE("127.0.0.1:x"), EXIT_USAGE,
               "console: \"127.0.0.1:x\" is not a host: write host, host:port or [IPv6]:port\n");
    run_script(SCRIPT({END}), CONSOLE("-C", "127.0.0.1"), EXIT_USAGE,
               "console: invalid option -- 'C'\n"
               "console: try \"console --help\"\n");
}

UNIT_TEST(messages_are_printed_with_their_label)
{
    run_script(SCRIPT({UP, 10}, {MESSAGE, 3, "a\033b\n"}, {END}, {PASS, 500}, {CLOSED}),
               CONSOLE("127.0.0.1"), EXIT_OK, UP_AT_ONCE,
               "#1 127.0.0.1:9877 [3]: a\\x1bb\n"
               "[wait -1, reads]\n"
               "[wait 500]\n",
               LEAVE);
    run_script(
        SCRIPT({UP, 10}, {MESSAGE, 3, "a\033b\n"}, {LINE, 0, "/ppid"}, {END}, {PASS, 500},
               {CLOSED}),
        CONSOLE("-J", "127.0.0.1"), EXIT_OK, CONNECT, "[wait 10000]\n", JSON_UP,
        "[wait -1, reads]\n"
        "{\"event\":\"message\",\"stream\":3,\"ssn\":0,\"tsn\":0,\"cumtsn\":0,\"flags\":[],"
        "\"ppid\":0,\"context\":0,\"assoc_id\":7,\"length\":4,\"data\":\"a\\u001bb\\u000a\"}\n"
        "[wait -1, reads]\n"
        "messages are sent with PPID 0\n"
        "[wait 0, reads]\n"
        "[wait 500]\n"
        "[eof 900 7]\n"
        "[wait 10000]\n",
        JSON_DOWN, END_OF_RUN);
}

UNIT_TEST(the_prompt_shows_the_current_association)
{
    has_terminal = true;
    run_script(SCRIPT({UP, 10}, {LINE, 0, "x"}, {MESSAGE, 1, "x"}, {CLOSED}, {LINE, 0, "/nonsense"},
                      {END}),
               CONSOLE("127.0.0.1"), EXIT_OK, CONNECT,
               "console: type text, or [stream] text; /help lists the commands; Ctrl-D leaves\n"
               "[terminal]\n"
               "[completes]\n"
               "[show #1 127.0.0.1:9877> ]\n"
               "[wait 10000, reads]\n"
               "[hide]\n"
               "#1 127.0.0.1:9877: association 7 up: 10 streams out, 10 in\n"
               "[show #1 127.0.0.1:9877> ]\n"
               "[wait -1, reads]\n"
               "[send 0 to 7: x]\n"
               "[show #1 127.0.0.1:9877> ]\n"
               "[wait 0, reads]\n"
               "[hide]\n"
               "#1 127.0.0.1:9877 [1]: x\n"
               "[show #1 127.0.0.1:9877> ]\n"
               "[wait -1, reads]\n"
               "[hide]\n"
               "#1 127.0.0.1:9877: association 7 shut down\n"
               "[show (none)> ]\n"
               "[wait -1, reads]\n"
               "[hide]\n"
               "console: no such command: \"/nonsense\"; /help lists the commands; to send this as "
               "text, put [0] before it\n"
               "[show (none)> ]\n"
               "[wait 0, reads]\n"
               "[terminal closed]\n",
               END_OF_RUN);
    run_script(SCRIPT({UP, 10}, {END}, {MESSAGE, 1, "last"}, {PASS, 500}, {CLOSED}),
               CONSOLE("127.0.0.1"), EXIT_OK, CONNECT,
               "console: type text, or [stream] text; /help lists the commands; Ctrl-D leaves\n"
               "[terminal]\n"
               "[completes]\n"
               "[show #1 127.0.0.1:9877> ]\n"
               "[wait 10000, reads]\n"
               "[hide]\n"
               "#1 127.0.0.1:9877: association 7 up: 10 streams out, 10 in\n"
               "[show #1 127.0.0.1:9877> ]\n"
               "[wait -1, reads]\n"
               "[terminal closed]\n"
               "[wait 500]\n"
               "#1 127.0.0.1:9877 [1]: last\n"
               "[wait 500]\n",
               LEAVE);
    has_terminal = false;
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
