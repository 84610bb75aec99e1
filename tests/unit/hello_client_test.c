/* sctp_hello_cli with a model of its socket: a script says what connect() and recv() return. */
#include "hello_model.h"
#include "unit.h"
#include "unpsctp.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>

enum { FD = 900 };

struct step {
    enum what { END_OF_SCRIPT, CONNECT, RECEIVE, TERMINAL, NO_ROUTE } what;
    int err; /* errno; 0: success */
    const char *text;
    int ms; /* that it takes */
};

int program_main(int argc, char **argv);

static const struct step *script;
static int64_t now = 1000000; /* ms */
static bool terminal, no_route;

static void begin_script(const struct step *steps)
{
    setenv("SCTP_STACK", "kernel", 1);
    begin_transcript();
    script = steps;
    close(STDIN_FILENO); /* as a supervisor may start it */
    for (; script->what == TERMINAL || script->what == NO_ROUTE; script++)
        *(script->what == TERMINAL ? &terminal : &no_route) = true;
}

#include "run_script.h"

static int take(enum what what, const char **text)
{
    const struct step *s = script;

    if (s->what != what) {
        CALL("[the script has another step]\n");
        _exit(99);
    }
    script++;
    now += s->ms;
    *text = s->text;
    errno = s->err;
    return s->err ? -1 : 0;
}

int64_t unp_now(void)
{
    return now;
}

/* The route to an address is looked up with a UDP socket, once for each address. */
int socket(int family, int type, int protocol)
{
    if (protocol == IPPROTO_SCTP && type == SOCK_STREAM) {
        CALL("[socket: family %s%s]\n", family == AF_INET ? "4" : "6",
             fcntl(STDIN_FILENO, F_GETFD) < 0 ? ", in the place of standard input" : "");
        return FD;
    }
    errno = no_route && type == SOCK_DGRAM ? EAFNOSUPPORT : EPROTONOSUPPORT;
    no_route = no_route && type != SOCK_DGRAM;
    return -1;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    const struct timeval *limit = value;

    if (fd == FD && level == SOL_SOCKET && (name == SO_SNDTIMEO || name == SO_RCVTIMEO))
        CALL("[timeout of %s: %ld.%06ld]\n", name == SO_SNDTIMEO ? "connect" : "recv",
             (long)limit->tv_sec, (long)limit->tv_usec);
    return 0;
}

int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t len)
{
    char text[SOCK_NTOP_SIZE];
    const char *unused;

    CALL("[connect %s, %u]\n", sock_ntop(to.__sockaddr__, text, sizeof(text)), len);
    return take(CONNECT, &unused);
}

ssize_t recv(int fd, void *buf, size_t size, int flags)
{
    const char *text;

    CALL("[recv%s]\n", fd != FD || flags ? " otherwise" : "");
    if (take(RECEIVE, &text) < 0)
        return -1;
    if (text)
        memcpy(buf, text, strlen(text));
    return text ? (ssize_t)strlen(text) : 0;
}

int close(int fd)
{
    closed = fd == FD;
    if (fd == FD)
        CALL("[close]\n");
    return (int)syscall(SYS_close, fd);
}

int isatty(int fd)
{
    return fd == STDOUT_FILENO && terminal;
}

#define HELLO(...) ARGS("hello", __VA_ARGS__)
#define DIAL(wait, address)                                                                        \
    "[socket: family 4]\n[timeout of connect: " wait ".000000]\n[timeout of recv: " wait           \
    ".000000]\n[connect " address ", 16]\n"
#define LINE(text) "[recv]\n" text

UNIT_TEST(what_the_server_sends_is_printed_until_it_shuts_down)
{
    run_script(SCRIPT({CONNECT}, {RECEIVE, 0, "Test Data\n"}, {RECEIVE, 0, "a\033b"}, {RECEIVE}),
               HELLO("127.0.0.1"), EXIT_OK, DIAL("10", "127.0.0.1:9876"), LINE("Test Data\n"),
               LINE("a\033b"), "[recv]\n[close]\n");
}

UNIT_TEST(an_interrupted_call_is_repeated)
{
    run_script(
        SCRIPT({CONNECT, EINTR}, {CONNECT}, {RECEIVE, EINTR}, {RECEIVE, 0, "x\n"}, {RECEIVE}),
        HELLO("127.0.0.1"), EXIT_OK, DIAL("10", "127.0.0.1:9876"), "[close]\n",
        DIAL("10", "127.0.0.1:9876"), LINE(""), LINE("x\n"), "[recv]\n[close]\n");
}

UNIT_TEST(control_characters_are_escaped_for_a_terminal)
{
    run_script(SCRIPT({TERMINAL}, {CONNECT}, {RECEIVE, 0, "a\033b\nc\td\n\ne"}, {RECEIVE, 0, "\n"},
                      {RECEIVE}),
               HELLO("127.0.0.1"), EXIT_OK, DIAL("10", "127.0.0.1:9876"),
               LINE("a\\x1bb\nc\td\n\ne"), LINE("\n"), "[recv]\n[close]\n");
}

UNIT_TEST(the_options_set_the_port_and_the_wait)
{
    run_script(SCRIPT({CONNECT}, {RECEIVE}), HELLO("-p", "7", "-w", "3", "127.0.0.1"), EXIT_OK,
               DIAL("3", "127.0.0.1:7"), "[recv]\n[close]\n");
    run_script(SCRIPT({CONNECT}, {RECEIVE}), HELLO("127.0.0.1:8"), EXIT_OK,
               DIAL("10", "127.0.0.1:8"), "[recv]\n[close]\n");
    run_script(SCRIPT({CONNECT}, {RECEIVE}), HELLO("::1"), EXIT_OK,
               "[socket: family 6]\n[timeout of connect: 10.000000]\n"
               "[timeout of recv: 10.000000]\n[connect [::1]:9876, 28]\n[recv]\n[close]\n");
}

UNIT_TEST(a_wrong_command_line_is_refused)
{
    run_script(SCRIPT({END_OF_SCRIPT}), HELLO(NULL), EXIT_USAGE,
               "hello: no host given\nhello: try \"hello --help\"\n");
    run_script(SCRIPT({END_OF_SCRIPT}), HELLO("127.0.0.1", "b"), EXIT_USAGE,
               "hello: argument \"b\": only one host can be given\nhello: try \"hello --help\"\n");
    refuses("hello", "-p", "0", "1 to 65535");
    refuses("hello", "-p", "65536", "1 to 65535");
    refuses("hello", "-w", "0", "1 to 86400");
    refuses("hello", "-w", "86401", "1 to 86400");
}

#define NOT_CONNECTED(error, took)                                                                 \
    {                                                                                              \
        CONNECT, error, NULL, took                                                                 \
    }

UNIT_TEST(a_server_that_cannot_be_reached_sets_the_exit_status)
{
    run_script(SCRIPT(NOT_CONNECTED(ECONNREFUSED, 0)), HELLO("127.0.0.1"), EXIT_REFUSED,
               DIAL("10", "127.0.0.1:9876"),
               "[close]\nhello: connect to 127.0.0.1 port 9876: refused; is the server running "
               "there, on this port, and does its kernel have SCTP?\n");
    run_script(SCRIPT(NOT_CONNECTED(EINPROGRESS, 3000)), HELLO("-w", "3", "127.0.0.1"),
               EXIT_NO_ANSWER, DIAL("3", "127.0.0.1:9876"),
               "[close]\nhello: connect to 127.0.0.1 port 9876: no answer in 3 s; is the server "
               "stopped or stuck, or does a firewall here drop SCTP (IP protocol 132)?\n");
    run_script(SCRIPT({NO_ROUTE}), HELLO("127.0.0.1"), EXIT_NO_ANSWER,
               "hello: connect to 127.0.0.1 port 9876: Network is unreachable; is there a route "
               "('ip route get')?\n");
}

UNIT_TEST(a_server_that_sends_nothing_or_is_lost_sets_the_exit_status)
{
    run_script(SCRIPT({CONNECT}, {RECEIVE, EAGAIN}), HELLO("-w", "3", "127.0.0.1"), EXIT_NO_ANSWER,
               DIAL("3", "127.0.0.1:9876"),
               "[recv]\nhello: received nothing for 3 s; does this server send first? -w waits "
               "longer\n");
    run_script(SCRIPT({CONNECT}, {RECEIVE, 0, "one\n"}, {RECEIVE, ECONNRESET}), HELLO("127.0.0.1"),
               EXIT_LOST, DIAL("10", "127.0.0.1:9876"), LINE("one\n"),
               "[recv]\nhello: the association was lost: Connection reset by peer; was the server "
               "killed, or the network cut?\n");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
