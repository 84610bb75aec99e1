/* The commands of the console, and their completion: tools/console/command.c, steer.c, status.c,
 * complete.c. */
#include "console_model.h"

/* ---- message options ----------------------------------------------------------- */

UNIT_TEST(the_options_of_messages_are_set_and_shown)
{
    enter("/ppid");
    assert_printed("messages are sent with PPID 0\n");
    enter("/ppid ngap");
    assert_printed("messages are sent with PPID 60, ngap\n");
    assert_int_equal(c.ppid, htonl(60));
    enter("/ppid");
    assert_printed("messages are sent with PPID 60, ngap\n");
    enter("/ppid 0");
    assert_int_equal(c.ppid, 0);
    forget_output();
    enter("/lifetime");
    assert_printed("messages do not expire\n");
    enter("/lifetime 70");
    assert_printed("messages expire after 70 ms\n");
    assert_int_equal(c.lifetime.pr_value, 70);
    assert_int_equal(c.lifetime.pr_policy, SCTP_PR_SCTP_TTL);
    enter("/lifetime");
    assert_printed("messages expire after 70 ms\n");
    enter("/lifetime 0");
    assert_printed("messages do not expire\n");
    enter("/unordered");
    assert_printed("messages are sent ordered\n");
    enter("/unordered on");
    enter("/unordered");
    assert_printed("messages are sent unordered\nmessages are sent unordered\n");
    assert_int_equal(c.unordered, SCTP_UNORDERED);
    enter("/unordered off");
    assert_printed("messages are sent ordered\n");
    assert_int_equal(c.unordered, 0);
    assert_told("");
    enter("/ppid x");
    enter("/lifetime x");
    enter("/lifetime -1");
    enter("/unordered x");
    assert_told("line 13: /ppid: \"x\" is neither a number nor a name such as ngap or diameter\n"
                "line 14: /lifetime: \"x\" is not a number of milliseconds, 0 to 4294967295\n"
                "line 15: /lifetime: \"-1\" is not a number of milliseconds, 0 to 4294967295\n"
                "line 16: /unordered: \"x\" is not on or off\n");
    assert_int_equal(c.failed, 4);
}

/* ---- the current association ------------------------------------------------------ */

UNIT_TEST(use_takes_the_number_of_an_association)
{
    struct peer *two;

    peer_up("127.0.0.1");
    two = peer_up("127.0.0.2");
    enter("/use 2");
    assert_printed("#2 127.0.0.2:9877 is the current association\n");
    assert_ptr_equal(c.chosen, two);
    enter("/use #1");
    assert_printed("#1 127.0.0.1:9877 is the current association\n");
    change(two, SCTP_COMM_LOST);
    enter("/use 2");
    enter("/use 3");
    enter("/use 0");
    enter("/use x");
    enter("/use");
    assert_told("line 3: /use: #2 127.0.0.2:9877 is closed; /connect 127.0.0.2:9877 starts a new "
                "association\n"
                "line 4: /use: \"3\" is not the number of an association; /peers lists them\n"
                "line 5: /use: \"0\" is not the number of an association; /peers lists them\n"
                "line 6: /use: \"x\" is not the number of an association; /peers lists them\n"
                "line 7: /use: \"\" is not the number of an association; /peers lists them\n");
    assert_ptr_equal(c.chosen, peer_number(&c, 1));
}

UNIT_TEST(commands_need_an_association_that_is_up)
{
    enter("/status");
    assert_told("line 1: there is no association: /connect HOST starts one\n");
    c.term = terminal; /* at a terminal, lines are read while a host is connecting */
    peer_at("127.0.0.1");
    console_command(&c, (char[]){"/eof"});
    console_command(&c, (char[]){"/primary x"});
    assert_told("#1 127.0.0.1:9877: not up yet; wait for its notification\n"
                "#1 127.0.0.1:9877: not up yet; wait for its notification\n");
}

UNIT_TEST(connect_starts_an_association_and_quit_leaves_at_once)
{
    enter("/connect");
    enter("/connect 127.0.0.1 7");
    enter("/quit now");
    assert_told("line 1: /connect: no host given; type /connect HOST[:PORT]\n"
                "line 2: /connect: only one host can be given; its port is HOST:PORT\n"
                "line 3: /quit takes no argument; /help quit explains it\n");
    enter("/connect 127.0.0.1:7 ");
    assert_done("connect 127.0.0.1:7|");
    change(peer_number(&c, 1), SCTP_COMM_UP);
    assert_false(c.leaving || c.at_once);
    enter("/quit");
    assert_true(c.leaving && c.at_once);
}

UNIT_TEST(unknown_commands_are_refused)
{
    enter("/");
    enter("/ peers");
    enter("/peer");
    enter("/help x");
    assert_told(
        "line 1: no such command: \"/\"; /help lists the commands; to send this as text, put "
        "[0] before it\n"
        "line 2: no such command: \"/\"; /help lists the commands; to send this as text, put "
        "[0] before it\n"
        "line 3: no such command: \"/peer\"; /help lists the commands; to send this as text, "
        "put [0] before it\n"
        "line 4: no such command: \"x\"; /help lists the commands\n");
    assert_int_equal(c.failed, 4);
}

UNIT_TEST(help_explains_a_command)
{
    enter("/help use");
    assert_printed("/use N                           make association N the current one\n"
                   "[n@N] text sends one message to association N.\n");
    enter("/help /eof");
    assert_printed("/eof                             shut the association down gracefully\n");
    enter("/help");
    assert_has_printed("text, [n] text, [n@N] text       send text, on stream n, to "
                       "association N\n/peers                           list the "
                       "associations\n");
    assert_contains(printed, "\n/quit                            shut all associations down and "
                             "exit\n");
}

static size_t widest_line(const char *text)
{
    size_t widest = 0, len;

    for (; *text; text += len + (text[len] == '\n')) {
        len = strcspn(text, "\n");
        widest = len > widest ? len : widest;
    }
    return widest;
}

UNIT_TEST(the_addresses_of_both_ends_are_listed)
{
    peer_up("127.0.0.1");
    assert_true(enter("/addrs"));
    assert_printed("#1 127.0.0.1:9877: local 10.0.0.9 port 7\n"
                   "#1 127.0.0.1:9877: peer 10.0.0.1, 2001:db8:1111:2222:3333::7 port 9877\n");
    assert_told("");
    call_error = EINVAL;
    errno = EINVAL;
    assert_true(enter("/addrs"));
    assert_printed("");
    assert_contains(told, "#1 127.0.0.1:9877: addresses: ");
    assert_int_equal(c.failed, 1);
}

UNIT_TEST(the_help_of_each_command_fits_in_79_columns)
{
    const char *name, *args;
    char line[40];

    for (size_t i = 0; (name = console_command_name(i, &args)); i++) {
        snprintf(line, sizeof(line), "/help %s", name);
        enter(line);
        fflush(stdout);
        if (widest_line(printed) > 79)
            fail_msg("/help %s is %zu columns wide", name, widest_line(printed));
        forget_output();
    }
}

/* ---- commands that set an option ---------------------------------------------------- */

static void assert_sets(const char *line, const char *expected, const char *output)
{
    enter(line);
    assert_done(expected);
    assert_printed(output);
    assert_told("");
}

UNIT_TEST(a_command_sets_a_socket_option)
{
    peer_up("127.0.0.1");
    assert_sets("/primary 10.0.0.1", "set 11 primary_addr=10.0.0.1|",
                "#1 127.0.0.1:9877: the primary path is set; /status shows it\n");
    assert_sets("/peerprimary 10.0.0.1", "set 11 set_peer_primary_addr=10.0.0.1|",
                "#1 127.0.0.1:9877: request sent to the peer\n");
    assert_sets("/heartbeat now", "set 11 peer_addr_params.flags=hb_demand|",
                "#1 127.0.0.1:9877: heartbeat sent\n");
    assert_sets("/heartbeat 10.0.0.1", "set 11 peer_addr_params.flags=hb_demand@10.0.0.1|",
                "#1 127.0.0.1:9877: heartbeat sent\n");
    assert_sets("/heartbeat off", "set 11 peer_addr_params.flags=hb_disable|",
                "#1 127.0.0.1:9877: heartbeats disabled\n");
    assert_sets("/heartbeat on", "set 11 peer_addr_params.flags=hb_enable|",
                "#1 127.0.0.1:9877: heartbeats enabled\n");
    assert_sets("/heartbeat on 0", "set 11 peer_addr_params.hbinterval=0|",
                "#1 127.0.0.1:9877: heartbeats enabled, interval 0 ms\n");
    assert_sets("/heartbeat 0500", "set 11 peer_addr_params.hbinterval=500|",
                "#1 127.0.0.1:9877: heartbeats enabled, interval 500 ms\n");
    assert_sets("/streams +1 +65535", "set 11 add_streams.instrms=1,outstrms=65535|",
                "#1 127.0.0.1:9877: request sent; a notification reports the result; if denied, "
                "see /help streams\n");
    assert_sets("/streams 0 0", "set 11 add_streams.instrms=0,outstrms=0|",
                "#1 127.0.0.1:9877: request sent; a notification reports the result; if denied, "
                "see /help streams\n");
}

UNIT_TEST(reset_takes_a_direction_and_streams)
{
    static const char output[] = "#1 127.0.0.1:9877: request sent; a notification reports the "
                                 "result; if denied, see /help reset\n";

    peer_up("127.0.0.1");
    assert_sets("/reset 1", "set 11 reset_streams.flags=outgoing,streams=1|", output);
    assert_sets("/reset 1 2  3", "set 11 reset_streams.flags=outgoing,streams=1,2,3|", output);
    assert_sets("/reset out", "set 11 reset_streams.flags=outgoing,streams=all|", output);
    assert_sets("/reset in 0 1", "set 11 reset_streams.flags=incoming,streams=0,1|", output);
    assert_sets("/reset all", "set 11 reset_streams.flags=incoming,outgoing,streams=all|", output);
}

UNIT_TEST(an_option_that_is_refused_is_reported)
{
    char long_why[680] = ""; /* leaves room for 20 more */

    peer_up("127.0.0.1");
    call_error = EINVAL;
    enter("/primary 10.0.0.1");
    enter("/peerprimary 10.0.0.1");
    enter("/heartbeat now");
    enter("/reset 1");
    enter("/streams 1 1");
    assert_printed("");
    assert_told("line 1: #1 127.0.0.1:9877: why\nline 2: #1 127.0.0.1:9877: why\n"
                "line 3: #1 127.0.0.1:9877: why\nline 4: #1 127.0.0.1:9877: why\n"
                "line 5: #1 127.0.0.1:9877: why\n");
    call_error = EINPROGRESS;
    enter("/reset 1");
    call_error = EALREADY;
    enter("/reset 1");
    assert_told("line 6: #1 127.0.0.1:9877: why; wait for the notification of the previous "
                "request\n"
                "line 7: #1 127.0.0.1:9877: why; wait for the notification of the previous "
                "request\n");
    memset(long_why, 'x', sizeof(long_why) - 1);
    call_why = long_why;
    enter("/reset 1");
    assert_contains(told, "xxx; wait for the");
    assert_null(strstr(told, "previous"));
}

UNIT_TEST(arguments_that_are_missing_or_wrong_are_refused)
{
    peer_up("127.0.0.1");
    enter("/primary");
    enter("/peerprimary ");
    enter("/heartbeat");
    enter("/heartbeat now 5");
    enter("/heartbeat on x");
    enter("/reset");
    enter("/streams 1");
    enter("/streams x 1");
    enter("/streams 1 x");
    enter("/streams 65536 1");
    enter("/bind");
    assert_done("");
    assert_told("line 1: /primary: no address given; /addrs lists them\n"
                "line 2: /peerprimary: no address given; /addrs lists them\n"
                "line 3: /heartbeat: give an ADDR, now, off, on, or an interval in ms\n"
                "line 4: /heartbeat: \"5\": only \"on\" takes a number of milliseconds\n"
                "line 5: /heartbeat: \"x\": only \"on\" takes a number of milliseconds\n"
                "line 6: /reset: give in, out, all, or stream numbers\n"
                "line 7: /streams: give +IN +OUT, for example /streams +0 +5\n"
                "line 8: /streams: give +IN +OUT, for example /streams +0 +5\n"
                "line 9: /streams: give +IN +OUT, for example /streams +0 +5\n"
                "line 10: /streams: give +IN +OUT, for example /streams +0 +5\n"
                "line 11: /bind: no address given\n");
}

UNIT_TEST(a_word_that_heartbeat_does_not_know_is_refused)
{
    peer_up("127.0.0.1");
    enter("/heartbeat often");
    enter("/heartbeat 4294967296");
    assert_done("");
    assert_told(
        "line 1: /heartbeat: \"often\" is none of: an address of the peer, now, off, on, an "
        "interval in ms\n"
        "line 2: /heartbeat: \"4294967296\" is none of: an address of the peer, now, off, "
        "on, an interval in ms\n");
}

UNIT_TEST(opt_sets_and_reads_socket_options)
{
    struct peer *p;

    enter("/opt nodelay=on"); /* of future associations */
    assert_done("set 0 nodelay=on|");
    assert_printed("set\n");
    enter("/opt rtoinfo");
    assert_done("get 0 rtoinfo|");
    assert_told("line 2: /opt: no value\n");
    enter("/opt");
    assert_told("line 3: there is no association: /connect HOST starts one\n");
    p = peer_up("127.0.0.1");
    enter("/opt rtoinfo.max=7");
    assert_done("set 11 rtoinfo.max=7|");
    assert_printed("#1 127.0.0.1:9877: set\n");
    enter("/opt reset_assoc"); /* it takes no value, and cannot be read */
    assert_done("set 11 reset_assoc|");
    assert_printed("#1 127.0.0.1:9877: set\n");
    enter("/opt rtoinfo.max");
    assert_done("get 11 rtoinfo|");
    assert_told("line 6: /opt: no value\n");
    p->state = PEER_CLOSING;
    enter("/opt rtoinfo");
    assert_done("get 11 rtoinfo|");
    assert_told("line 7: /opt: no value\n");
    p->state = PEER_UP;
    enter("/opt rtoinfo max");
    assert_told("line 8: /opt: give one option without spaces: NAME or NAME=VALUE\n");
    call_error = EINVAL;
    enter("/opt rtoinfo.max=7");
    assert_told("line 9: #1 127.0.0.1:9877: why\n");
    change(p, SCTP_COMM_LOST);
    enter("/opt rtoinfo.max=7");
    assert_told("line 10: why\n");
    done[0] = '\0';
    enter("/opt nonsense");
    assert_contains(told, "line 11: /opt: unknown option \"nonsense\"");
    assert_done("");
    assert_printed("");
}

/* ---- local addresses ------------------------------------------------------------------ */

UNIT_TEST(bind_and_unbind_say_whether_the_peers_are_informed)
{
    peer_up("127.0.0.1");
    peer_up("127.0.0.2");
    peer_number(&c, 2)->state = PEER_CLOSING;
    enter("/bind 10.0.0.1");
    assert_done("bind 10.0.0.1:0|");
    assert_printed("10.0.0.1 is bound\n"
                   "#1 127.0.0.1:9877: the peer is not informed: both ends need "
                   "asconf_supported=on and auth_supported=on before associating\n");
    asconf = true;
    enter("/unbind 10.0.0.1");
    assert_done("unbind 10.0.0.1:0|");
    assert_printed("10.0.0.1 is no longer bound\n#1 127.0.0.1:9877: the peer is informed\n");
}

static void assert_refused(const char *line, int err, const char *hint)
{
    char expected[300];

    call_error = err;
    enter(line);
    snprintf(expected, sizeof(expected), "line %lu: %s: %s; %s\n", c.number, line, strerror(err),
             hint);
    assert_told(expected);
    assert_printed("");
}

UNIT_TEST(an_address_that_cannot_be_bound_is_explained)
{
    static const char bound[] = "is it bound, and not the last one?";
    static const char other[] = "are asconf_supported and auth_supported on at both ends?";

    assert_refused("/bind 10.0.0.1", EADDRNOTAVAIL,
                   "is it an address of this host ('ip addr'), and is the socket bound to it?");
    assert_refused("/bind 10.0.0.1", EBUSY,
                   "the socket is bound to all addresses: start with -B ADDR to bind to some");
    c.asked.setup.local.count = 1;
    assert_refused("/bind 10.0.0.1", EBUSY, bound);
    assert_refused("/unbind 10.0.0.1", EINVAL, bound);
    assert_refused("/bind 10.0.0.1", EINVAL, other);
    assert_refused("/unbind 10.0.0.1", EPERM, other);
    assert_refused("/bind 10.0.0.1", EADDRINUSE,
                   "it is bound already, or another socket has this port there");
    assert_int_equal(c.failed, 7);
    done[0] = '\0';
    enter("/bind 10.0.0.1:5");
    assert_contains(told, "/bind \"10.0.0.1:5\": ");
    assert_done("");
}

/* ---- /abort and /eof --------------------------------------------------------------------- */

UNIT_TEST(abort_carries_the_reason)
{
    struct peer *p = peer_up("127.0.0.1");

    enter("/abort  had enough ");
    assert_done("abort 11 had enough |");
    assert_true(p->asked_to_end);
    assert_int_equal(p->state, PEER_UP);
    change(p, SCTP_COMM_LOST);
    assert_false(c.lost);
    p = peer_up("127.0.0.2");
    send_error = EPIPE;
    enter("/abort");
    assert_done("abort 12 |");
    assert_told("line 2: #2 127.0.0.2:9877: abort: Broken pipe\n");
    assert_false(p->asked_to_end);
    assert_printed("");
}

UNIT_TEST(abort_abandons_a_connection_attempt)
{
    struct peer *p = peer_at("127.0.0.1");

    done[0] = '\0';
    send_error = EPIPE;
    assert_true(console_command(&c, (char[]){"/abort"}));
    assert_done("abort 11 |");
    assert_int_equal(p->state, PEER_CLOSED);
    assert_true(p->asked_to_end);
    assert_printed("#1 127.0.0.1:9877: connecting abandoned\n");
    assert_told("");
}

UNIT_TEST(eof_shuts_down)
{
    struct peer *p = peer_up("127.0.0.1");

    send_error = EPIPE;
    enter("/eof");
    assert_done("eof 11|");
    assert_told("line 1: #1 127.0.0.1:9877: shut down: Broken pipe\n");
    assert_int_equal(p->state, PEER_UP);
    assert_false(p->asked_to_end);
    send_error = 0;
    enter("/eof");
    assert_done("eof 11|");
    assert_printed("#1 127.0.0.1:9877: shutting down\n");
    assert_int_equal(p->state, PEER_CLOSING);
    change(p, SCTP_COMM_LOST); /* an ABORT during the shutdown */
    assert_false(c.lost);
}

/* ---- /peers -------------------------------------------------------------------------------- */

UNIT_TEST(peers_are_listed_with_their_state)
{
    struct peer *p;

    enter("/peers");
    assert_printed("there is no association; /connect HOST starts one\n");
    peer_up("127.0.0.1");
    p = peer_up("127.0.0.2");
    peer_up("127.0.0.3")->state = PEER_CLOSING;
    change(p, SCTP_COMM_LOST);
    enter("/peers");
    assert_printed("> #1   127.0.0.1:9877           up            association 11, 4 out, 6 in\n"
                   "  #2   127.0.0.2:9877           closed       \n"
                   "  #3   127.0.0.3:9877           shutting down association 13, 4 out, 6 in\n");
    p = peer_at("127.0.0.4");
    free(p->name);
    p->name = strdup("a-host-name-of-24-bytes-");
    console_command(&c, (char[]){"/peers"});
    assert_has_printed("  #4   a-host-name-of-24-bytes- connecting   \n");
    free(p->name);
    p->name = strdup("a-host-name-of-25-bytes--");
    console_command(&c, (char[]){"/peers"});
    assert_has_printed("  #4   a-host-name-of-25-bytes--\n"
                       "                                connecting   \n");
}

UNIT_TEST(the_status_has_a_line_for_each_path)
{
    peer_up("127.0.0.1");
    enter("/status");
    assert_printed("#1 127.0.0.1:9877: association 11, established\n"
                   "  streams: 21 out, 22 in; fragmentation point 26 bytes\n"
                   "  rwnd 23 bytes; chunks: 24 unacked, 25 pending\n"
                   "  path                     state                srtt       rto      cwnd    "
                   "mtu\n"
                   "* 10.0.0.1                 active                  1      2 ms         3      "
                   "4\n"
                   "  2001:db8:1111:2222:3333::7\n"
                   "                           active                  1      2 ms         3      "
                   "4\n");
    no_path = true;
    enter("/status");
    assert_has_printed("\n  2001:db8:1111:2222:3333::7 Invalid argument\n");
    no_path = false;
}

/* ---- completion ------------------------------------------------------------------------------ */

/* Compares the words that complete the last word of `line`, which begins at `at`. */
static void assert_offered(const char *line, size_t at, const char *expected)
{
    struct unp_words words = {0};
    char all[2000] = "";

    assert_int_equal(console_complete(&c, line, &words), at);
    unp_words_keep(&words, line + at);
    for (size_t i = 0; i < words.count; i++)
        sprintf(all + strlen(all), "%s|", words.list[i]);
    unp_words_free(&words);
    assert_string_equal(all, expected);
}

UNIT_TEST(commands_and_their_words_are_offered)
{
    assert_offered("/h", 0, "/heartbeat |/help |");
    assert_offered("/p", 0, "/peerprimary |/peers|/ppid |/primary |");
    assert_offered("/help h", 6, "heartbeat |help |");
    assert_offered("/reset ", 7, "all |in |out |");
    assert_offered("/heartbeat ", 11, "now |off |on |");
    assert_offered("/heartbeat on ", 14, "");
    assert_offered("/unordered o", 11, "off |on |");
    assert_offered("/reset in ", 10, "");
    assert_offered("/heartbea ", 10, "");
    assert_offered("/heartbeats ", 12, "");
    assert_offered("x", 0, "");
    assert_offered("x y", 2, "");
    assert_offered("", 0, "");
}

UNIT_TEST(options_and_their_fields_are_offered)
{
    assert_offered("/opt disable_f", 5, "disable_fragments|");
    assert_offered("/opt rtoinfo.m", 5, "rtoinfo.max|rtoinfo.min|");
    assert_offered("/opt nodelay.", 5, "");
    assert_offered("/opt nonsense.", 5, "");
    assert_offered("/opt peer_addr_params.a", 5, ""); /* an address is a key, not a field */
    assert_offered("/opt nodelay r", 13, "");
}

UNIT_TEST(numbers_of_associations_are_offered)
{
    peer_up("127.0.0.1");
    peer_up("127.0.0.2");
    peer_up("127.0.0.3");
    change(peer_number(&c, 2), SCTP_COMM_LOST);
    assert_offered("/use ", 5, "1|3|");
    assert_offered("/use #", 5, "#1|#3|");
    assert_offered("/use 1 ", 7, "");
    assert_offered("[3@", 0, "[3@1] |[3@3] |");
    assert_offered("[65535@3", 0, "[65535@3] |");
    assert_offered("[3@1] x@", 6, "");
    assert_offered("x@", 0, "");
    assert_offered("[3", 0, "");
}

int main(void)
{
    return run_all_tests(start_console, stop_console);
}
