/* sctp_hello_srv with a model of its sockets: a script says what accept() returns. */
#include "client/interrupt.h"
#include "hello_model.h"
#include "unit.h"
#include "unpsctp.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

enum { LISTENER = 900, CLIENT = 901, PROBE = 902 /* for IPv6 */, SNDBUF = 100, ENDED = -1 };

struct step {
    enum { END_OF_SCRIPT, ACCEPT, NO_IPV6 } what; /* at the end, a signal ends the server */
    int err;                                      /* errno; 0: a client */
    int unread; /* messages that the client has sent; ENDED: it has shut down */
};

int program_main(int argc, char **argv);

static const struct step *script;
static int unread, discarded;
static bool no_ipv6, probing;

volatile sig_atomic_t unp_pending_signal;

static void begin_script(const struct step *steps)
{
    tzset(); /* libc keeps the zone */
    begin_transcript();
    script = steps;
    close(STDIN_FILENO); /* as a supervisor may start it */
    for (; script->what == NO_IPV6; script++)
        no_ipv6 = true;
}

#include "run_script.h"

int clock_gettime(clockid_t clock, struct timespec *to)
{
    *to = (struct timespec){.tv_sec = 1700000000};
    return clock == CLOCK_REALTIME ? 0 : (int)syscall(SYS_clock_gettime, clock, to);
}

int socket(int family, int type, int protocol)
{
    if (protocol == IPPROTO_SCTP) {
        CALL("[socket: family %s%s%s%s]\n", family == AF_INET ? "4" : "6",
             type == (SOCK_STREAM | SOCK_NONBLOCK) ? "" : ", blocks",
             fcntl(STDIN_FILENO, F_GETFD) < 0 ? ", in the place of standard input" : "",
             probing ? ", beside the probe" : "");
        return LISTENER;
    }
    if (family != AF_INET6 || type != SOCK_DGRAM || protocol)
        CALL("[another socket]\n");
    errno = EAFNOSUPPORT;
    probing = !no_ipv6;
    return no_ipv6 ? -1 : PROBE;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    int n = *(const int *)value;

    if (fd == LISTENER && level == IPPROTO_IPV6 && name == IPV6_V6ONLY)
        CALL("[only IPv6: %d]\n", n);
    if (fd == LISTENER && level == SOL_SOCKET && name == SO_REUSEADDR)
        CALL("[reuse: %d]\n", n);
    return 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    if (fd != LISTENER || level != SOL_SOCKET || name != SO_SNDBUF)
        return -1;
    *(int *)value = SNDBUF;
    return 0;
}

int sctp_bindx(int fd, struct sockaddr *sa, int count, int flags)
{
    char text[SOCK_NTOP_SIZE];

    for (const char *at = (char *)sa; count > 0 && flags == SCTP_BINDX_ADD_ADDR; count--) {
        CALL("[bind %s]\n", sock_ntop((const struct sockaddr *)at, text, sizeof(text)));
        at += unp_sock_len((const struct sockaddr *)at);
    }
    return 0;
}

int listen(int fd, int backlog)
{
    CALL("[listen%s]\n", backlog == SOMAXCONN ? "" : ", with another backlog");
    return 0;
}

void unp_catch_signals(void)
{
    struct sigaction of_pipe;

    sigaction(SIGPIPE, NULL, &of_pipe);
    CALL("[catch signals%s]\n", of_pipe.sa_handler == SIG_IGN ? "" : ", and end by SIGPIPE");
}

void unp_poll(struct pollfd *fds, nfds_t n, int64_t ms)
{
    if (n)
        CALL("[wait%s]\n",
             fds->fd == LISTENER && fds->events == POLLIN && ms == -1 ? "" : " badly");
    else
        CALL("[pause %lld]\n", (long long)ms);
    unp_pending_signal = script->what == END_OF_SCRIPT ? SIGTERM : 0;
}

int accept4(int fd, __SOCKADDR_ARG from, socklen_t *len, int flags)
{
    errno = EAGAIN;
    if (script->what == END_OF_SCRIPT)
        return -1;
    errno = script->err;
    unread = script->unread;
    discarded = 0;
    script++;
    return errno ? -1 : flags == SOCK_NONBLOCK ? CLIENT : LISTENER;
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
    CALL("[send%s: %.*s]", fd != CLIENT || flags ? " otherwise" : "", (int)len, (const char *)data);
    return (ssize_t)len;
}

ssize_t recv(int fd, void *buf, size_t size, int flags)
{
    errno = EAGAIN;
    if (discarded == unread)
        return -1;
    if (unread == ENDED)
        return discarded++ ? CALL("[reads on]") : 0;
    discarded += flags == 0; /* MSG_PEEK would leave it there */
    return 1;
}

int close(int fd)
{
    if (fd == CLIENT)
        CALL("[close, %d discarded]\n", discarded);
    probing = probing && fd != PROBE;
    closed = fd == LISTENER;
    if (fd == LISTENER)
        CALL("[close the listener]\n");
    return (int)syscall(SYS_close, fd);
}

#define HELLO(...)      ARGS("hello", __VA_ARGS__)
#define ON(port)        "sctp_hello_srv: listening on port " port "; Ctrl-C ends it\n"
#define OPEN_FROM(type) "[catch signals]\n[socket: family " type "]\n"
#define OPEN            OPEN_FROM("6") "[only IPv6: 0]\n[reuse: 1]\n[bind [::]:9876]\n[listen]\n" ON("9876")
#define GREET(count)    "[wait]\n[send: Test Data\n][close, " #count " discarded]\n"
#define END             "[wait]\n[close the listener]\n"

UNIT_TEST(each_client_gets_the_line)
{
    run_script(SCRIPT({ACCEPT}, {ACCEPT}), HELLO(NULL), EXIT_OK, OPEN, GREET(0), GREET(0), END);
}

/* With unread data close() would abort the association, and the line might be lost. */
UNIT_TEST(what_a_client_sends_is_discarded_up_to_a_limit)
{
    run_script(SCRIPT({ACCEPT, 0, 3}, {ACCEPT, 0, ENDED}, {ACCEPT, 0, 100000}), HELLO(NULL),
               EXIT_OK, OPEN, GREET(3), GREET(1), GREET(1000), END);
}

UNIT_TEST(a_client_that_leaves_before_it_is_accepted_is_no_error)
{
    run_script(SCRIPT({ACCEPT, EAGAIN}, {ACCEPT, EINTR}, {ACCEPT, ECONNABORTED}, {ACCEPT}),
               HELLO(NULL), EXIT_OK, OPEN, "[wait]\n[wait]\n[wait]\n", GREET(0), END);
}

#define FULL "hello: accept: Too many open files; trying again each second\n"

UNIT_TEST(a_failing_accept_is_reported_once_and_tried_again)
{
    run_script(
        SCRIPT({ACCEPT, EMFILE}, {ACCEPT, EMFILE}, {ACCEPT}, {ACCEPT, EMFILE}, {ACCEPT, ENFILE}),
        HELLO(NULL), EXIT_OK, OPEN, "[wait]\n" FULL "[pause 1000]\n[wait]\n[pause 1000]\n",
        GREET(0), "[wait]\n" FULL "[pause 1000]\n",
        "[wait]\nhello: accept: Too many open files in system; trying again each second\n"
        "[pause 1000]\n[close the listener]\n");
}

UNIT_TEST(each_failure_of_accept_is_reported)
{
    run_script(SCRIPT({ACCEPT, EPERM}, {ACCEPT}, {ACCEPT, EPERM}), HELLO(NULL), EXIT_OK, OPEN,
               "[wait]\nhello: accept: Operation not permitted; trying again each second\n",
               "[pause 1000]\n", GREET(0),
               "[wait]\nhello: accept: Operation not permitted; trying again each second\n",
               "[pause 1000]\n[close the listener]\n");
}

UNIT_TEST(with_t_lines_begin_with_the_time)
{
    run_script(SCRIPT({END_OF_SCRIPT}), HELLO("-t", "-B", "127.0.0.1"), EXIT_OK, OPEN_FROM("4"),
               "[reuse: 1]\n[bind 127.0.0.1:9876]\n[listen]\n",
               "2023-11-14T22:13:20.000+00:00 " ON("9876"), END);
}

UNIT_TEST(the_options_set_the_port_the_addresses_and_the_line)
{
    run_script(SCRIPT({ACCEPT}), HELLO("-p", "7", "-B", "127.0.0.1", "-B", "127.0.0.2", "-m", "hi"),
               EXIT_OK, OPEN_FROM("4"), "[reuse: 1]\n[bind 127.0.0.1:7]\n[bind 127.0.0.2:7]\n",
               "[listen]\n", ON("7"), "[wait]\n[send: hi\n][close, 0 discarded]\n", END);
    run_script(SCRIPT({NO_IPV6}), HELLO(NULL), EXIT_OK, OPEN_FROM("4"),
               "[reuse: 1]\n[bind 0.0.0.0:9876]\n[listen]\n", ON("9876"), END);
}

UNIT_TEST(a_wrong_command_line_is_refused)
{
    char text[SNDBUF + 1] = {0};

    run_script(SCRIPT({END_OF_SCRIPT}), HELLO("x"), EXIT_USAGE,
               "hello: too many arguments: \"x\"\nhello: try \"hello --help\"\n");
    refuses("hello", "-p", "0", "1 to 65535");
    refuses("hello", "-p", "65536", "1 to 65535");
    memset(text, 'x', SNDBUF);
    run_script(SCRIPT({END_OF_SCRIPT}), HELLO("-B", "127.0.0.1", "-m", text), EXIT_USAGE,
               OPEN_FROM("4"), "[reuse: 1]\n[bind 127.0.0.1:9876]\n[listen]\n",
               "hello: -m: the text is too long: at most 99 bytes can be sent\n");
    text[SNDBUF - 1] = '\0'; /* with the newline it fits */
    run_script(SCRIPT({END_OF_SCRIPT}), HELLO("-B", "127.0.0.1", "-m", text), EXIT_OK,
               OPEN_FROM("4"), "[reuse: 1]\n[bind 127.0.0.1:9876]\n[listen]\n", ON("9876"), END);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
