/*
 * A client whose association is a script: what arrives, when it can send, when it is closed.
 *
 * It replaces lib/client/association.c and the clock.  run_script() calls the main() of the
 * program, in a child, and compares all that it does, one after the other: its output, and each
 * call as "[call]".
 */
#ifndef CLIENT_MODEL_H
#define CLIENT_MODEL_H

#include "client/association.h"
#include "client/interrupt.h"
#include "tty/terminal.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

enum { FD = 900, ID = 7, SCRIPT_ENDED = 99 };

/* Each wait takes one of these. */
enum what {
    END_OF_SCRIPT,
    PASS,       /* n ms pass */
    LINE,       /* a line of input, without its newline */
    END,        /* … and the end of the input */
    UNREADABLE, /* … and an input that cannot be read */
    COMPLETE,   /* this line is completed at the terminal */
    UP,         /* the association is up, with n streams each way */
    MESSAGE,    /* a message on stream n */
    FAILED,     /* notification: the message with context n was not sent */
    SIGNAL,     /* signal n */
    ROOM,       /* the send buffer has room */
    CLOSING,    /* the peer shuts down */
    CLOSED,     /* the association has ended: shut down by the peer */
    LOST,       /* … lost, for this reason; and signal n, if it is not 0 */
    ABORTED,    /* … aborted by the peer, with this reason */
    TOO_LARGE,  /* a message above service->max_message came */
    UNACKED,    /* n chunks are unacknowledged from now on; takes no wait */
    CAUGHT,     /* whether signal n is caught, and blocked, is printed */
    HANDLED,    /* signal n arrives, and is handled */
    REFUSED,    /* the association cannot start */
    STOPPED,    /* the program was stopped for n ms, and continues */
    NO_SPACE,   /* standard output is full from now on */
    /* These take no wait: they are executed right after the previous step. */
    SENDING, /* what the next sends return: errno n, or 0: success */
    OPENING, /* the exit status n of the next attempt to connect, and why */
};

struct step {
    enum what what;
    int n;
    const char *text;
};

/* The start and the end of the association, with -J. */
#define JSON_UP                                                                                    \
    "{\"event\":\"assoc_change\",\"state\":\"comm_up\",\"error\":0,\"outbound_streams\":10,"       \
    "\"inbound_streams\":10,\"assoc_id\":7,\"features\":[]}\n"
#define JSON_DOWN                                                                                  \
    "{\"event\":\"assoc_change\",\"state\":\"shutdown_comp\",\"error\":0,\"outbound_streams\":0,"  \
    "\"inbound_streams\":0,\"assoc_id\":7,\"causes\":[]}\n"

static const struct step *script;
static int64_t now;        /* us */
static int64_t open_takes; /* us of each attempt to connect */
static int send_error, open_status, input = -1, unacked;
static const char *open_why;
static bool has_terminal;
static int sndbuf = 1 << 21;

int program_main(int argc, char **argv);

/* ---- the clock ------------------------------------------------------------------- */

int64_t unp_now(void)
{
    return now / 1000;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    *ts = (struct timespec){.tv_sec = now / 1000000, .tv_nsec = now % 1000000 * 1000};
    return 0;
}

int gettimeofday(struct timeval *tv, void *zone)
{
    *tv = (struct timeval){.tv_sec = 1700000000, .tv_usec = 123456};
    return 0;
}

/* ---- completion -------------------------------------------------------------------- */

static unp_complete *completes;
static void *completer;

static void complete(const char *line)
{
    struct unp_words words = {0};

    completes(completer, line, &words);
    unp_words_free(&words);
}

/* ---- what happens ----------------------------------------------------------------- */

static void notify(struct unp_client_assoc *a, int type, int state, int n)
{
    union sctp_notification event = {.sn_header.sn_type = (uint16_t)type};
    size_t len = sizeof(event.sn_shutdown_event);

    if (type == SCTP_ASSOC_CHANGE) {
        len = sizeof(event.sn_assoc_change);
        event.sn_assoc_change.sac_state = (uint16_t)state;
        event.sn_assoc_change.sac_outbound_streams = (uint16_t)n;
        event.sn_assoc_change.sac_inbound_streams = (uint16_t)n;
        event.sn_assoc_change.sac_assoc_id = ID;
    } else if (type == SCTP_SEND_FAILED_EVENT) {
        len = sizeof(event.sn_send_failed_event);
        event.sn_send_failed_event.ssfe_info.snd_context = (uint32_t)n;
        event.sn_send_failed_event.ssfe_info.snd_sid = 2;
    } else {
        event.sn_shutdown_event.sse_assoc_id = ID;
    }
    event.sn_header.sn_length = (uint32_t)len;
    if (a->service->notification)
        a->service->notification(a->user, &event, len);
}

static void message(struct unp_client_assoc *a, int stream, const char *text)
{
    const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a000001)};
    unsigned char *exact = exact_copy(text, strlen(text));
    const struct unp_message msg = {.data = exact,
                                    .len = strlen(text),
                                    .rcv = {.rcv_sid = (uint16_t)stream, .rcv_assoc_id = ID}};

    a->received = true;
    a->service->message(a->user, &msg, (const struct sockaddr *)&from);
    free(exact);
}

static void close_association(struct unp_client_assoc *a, int state, const char *reason)
{
    a->closed = true;
    a->lost = state != SCTP_SHUTDOWN_COMP;
    snprintf(a->reason, sizeof(a->reason), "%s", reason ? reason : "");
    snprintf(a->close_text, sizeof(a->close_text), "closed: %s", reason ? reason : "shut down");
    notify(a, SCTP_ASSOC_CHANGE, state, 0);
}

static void end_association(struct unp_client_assoc *a, const struct step *s)
{
    a->aborted = s->what == ABORTED;
    unp_pending_signal = s->n ? s->n : unp_pending_signal;
    if (s->what == CLOSED) {
        close_association(a, SCTP_SHUTDOWN_COMP, NULL);
    } else if (s->what == REFUSED) {
        close_association(a, SCTP_CANT_STR_ASSOC, NULL);
    } else if (s->what != TOO_LARGE) {
        close_association(a, SCTP_COMM_LOST, s->text);
    } else {
        if (!a->service->reconnects)
            err_quit(EXIT_LOST, "too large");
        a->closed = a->lost = true;
        snprintf(a->reason, sizeof(a->reason), "more than %zu bytes; is it %s?",
                 a->service->max_message, a->service->server);
    }
}

static void settings(void)
{
    for (;; script++)
        if (script->what == SENDING) {
            send_error = script->n;
        } else if (script->what == UNACKED) {
            unacked = script->n;
        } else if (script->what == OPENING) {
            open_status = script->n;
            open_why = script->text;
        } else {
            return;
        }
}

static void take_step(struct unp_client_assoc *a)
{
    const struct step *s = script;
    struct sigaction act;
    sigset_t blocked;

    a->received = false;
    switch (s->what) {
    case PASS:
        now += s->n * (int64_t)1000;
        break;
    case LINE:
        if (dprintf(input, "%s\n", s->text) < 0)
            _exit(SCRIPT_ENDED);
        break;
    case END:
        close(input);
        break;
    case UNREADABLE:
        dup2(open("/", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
        break;
    case COMPLETE:
        complete(s->text);
        break;
    case UP:
        a->ostreams = a->istreams = (uint16_t)s->n;
        a->progressed = true;
        notify(a, SCTP_ASSOC_CHANGE, SCTP_COMM_UP, s->n);
        break;
    case MESSAGE:
        message(a, s->n, s->text);
        break;
    case FAILED:
        a->undelivered++;
        notify(a, SCTP_SEND_FAILED_EVENT, 0, s->n);
        break;
    case SIGNAL:
        unp_pending_signal = s->n;
        break;
    case CAUGHT:
        sigaction(s->n, NULL, &act);
        sigprocmask(SIG_BLOCK, NULL, &blocked);
        printf("[%s is %s%s]\n", strsignal(s->n),
               act.sa_handler == SIG_DFL ? "not caught" : "caught",
               sigismember(&blocked, s->n) ? ", but blocked" : "");
        break;
    case HANDLED:
        sigaction(s->n, NULL, &act);
        act.sa_handler(s->n);
        break;
    case ROOM:
        a->full = false;
        break;
    case CLOSING:
        a->closing = true;
        notify(a, SCTP_SHUTDOWN_EVENT, 0, 0);
        break;
    case CLOSED:
    case LOST:
    case ABORTED:
    case REFUSED:
    case TOO_LARGE:
        end_association(a, s);
        break;
    case STOPPED:
        now += s->n * (int64_t)1000;
        a->continued = unp_now();
        a->progressed = true;
        if (a->service->continued)
            a->service->continued(a->user);
        break;
    case NO_SPACE:
        dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
        break;
    default:
        puts("[the script has ended]");
        fflush(stdout);
        _exit(SCRIPT_ENDED);
    }
    script++;
    settings();
}

/* ---- lib/client/association.c ------------------------------------------------------ */

int unp_client_assoc_open(struct unp_client_assoc *a, const struct unp_client_service *service,
                          void *user, const struct unp_client *asked, char *why, size_t size)
{
    const char *const *option = asked->setup.set_options ? asked->setup.options : NULL;

    printf("[open %s:%u, wait %u", asked->host, asked->port, asked->wait);
    if (asked->setup.ostreams != DEFAULT_OSTREAMS)
        printf(", %u streams", asked->setup.ostreams);
    if (asked->setup.until)
        printf(", until %lld", (long long)asked->setup.until);
    for (; option && *option; option++)
        printf(", option %s", *option);
    puts("]");
    now += open_takes;
    *a = (struct unp_client_assoc){
        .service = service, .user = user, .wait = (int64_t)asked->wait * 1000, .progressed = true};
    a->fd = open_status ? -1 : FD;
    a->closed = open_status != 0;
    a->id = ID;
    snprintf(why, size, "%s", open_why ? open_why : "");
    return open_status;
}

void unp_client_assoc_close(struct unp_client_assoc *a)
{
    if (a->fd >= 0)
        puts("[close]");
    a->fd = -1;
    a->closing = false;
}

bool unp_client_assoc_ready(const struct unp_client_assoc *a)
{
    return a->ostreams && !a->full && !a->closing && !a->closed;
}

bool unp_client_assoc_send(struct unp_client_assoc *a, const void *data, size_t len,
                           struct sctp_sndinfo *snd, const struct sctp_prinfo *pr)
{
    a->error = 0;
    if (a->closed || a->closing)
        return false;
    printf("[send %u", snd->snd_sid);
    if (snd->snd_ppid)
        printf(" ppid %u", ntohl(snd->snd_ppid));
    if (snd->snd_flags)
        printf(" flags %u", snd->snd_flags);
    if (snd->snd_context)
        printf(" context %u", snd->snd_context);
    if (pr)
        printf(" lifetime %u/%u", pr->pr_policy, pr->pr_value);
    printf(": %.*s]\n", (int)len, (const char *)data);
    if (!send_error)
        return true;
    a->full = send_error == EAGAIN;
    a->closing = send_error == EPIPE;
    a->error = a->full || a->closing ? 0 : send_error;
    return false;
}

int64_t unp_client_assoc_time_left(struct unp_client_assoc *a)
{
    int64_t left;

    if (a->progressed)
        a->last_progress = unp_now();
    a->progressed = false;
    left = a->last_progress + a->wait - unp_now();
    return left > 0 ? left : 0;
}

bool Unp_client_assoc_wait(struct unp_client_assoc *a, int fd, int64_t ms)
{
    bool readable;

    printf("[wait %lld%s%s%s]\n", (long long)ms, fd >= 0 ? ", reads" : "", a->full ? ", full" : "",
           unp_pending_signal ? ", a signal is pending" : "");
    take_step(a);
    if (fd < 0)
        return false;
    readable = poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) > 0;
    return readable;
}

bool Unp_client_assoc_take(struct unp_client_assoc *a)
{
    if (script->what != FAILED && script->what != MESSAGE)
        return false;
    take_step(a);
    return true;
}

bool Unp_client_assoc_await_end(struct unp_client_assoc *a, int64_t ms, bool extend)
{
    int64_t end = unp_now() + ms;

    printf("[await the end %lld%s]\n", (long long)ms, extend ? ", extended" : "");
    unp_pending_signal = 0;
    while (!a->closed && !unp_pending_signal && unp_now() < end)
        take_step(a);
    if (!a->closed)
        puts("[abort: no answer]");
    return a->closed;
}

const char *unp_client_event_text(int fd, const union sctp_notification *n, size_t len, char *buf,
                                  size_t size)
{
    return fd == FD ? unp_notification_text(n, len, buf, size) : "another socket";
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    struct sctp_sndinfo snd;

    memcpy(&snd, CMSG_DATA(CMSG_FIRSTHDR(m)), sizeof(snd));
    if (snd.snd_flags & SCTP_ABORT)
        printf("[abort %d %d: %.*s]\n", fd, snd.snd_assoc_id, (int)m->msg_iov->iov_len,
               (char *)m->msg_iov->iov_base);
    else if (snd.snd_flags & SCTP_EOF)
        printf("[eof %d %d]\n", fd, snd.snd_assoc_id);
    else
        printf("[send %u to %d: %.*s]\n", snd.snd_sid, snd.snd_assoc_id, (int)m->msg_iov->iov_len,
               (char *)m->msg_iov->iov_base);
    errno = send_error;
    return send_error ? -1 : 0;
}

/* As without SCTP in the kernel, and without the userland stack. */
int socket(int family, int type, int protocol)
{
    errno = EPROTONOSUPPORT;
    return -1;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    if (level == IPPROTO_SCTP && name == SCTP_STATUS) {
        ((struct sctp_status *)value)->sstat_unackdata = (uint16_t)unacked;
        return 0;
    }
    if (level != SOL_SOCKET || name != SO_SNDBUF)
        return -1;
    *(int *)value = sndbuf;
    return 0;
}

/* ---- a terminal ---------------------------------------------------------------------- */

static struct unp_line_reader typed;

bool unp_terminal_is_there(void)
{
    return has_terminal;
}

struct unp_terminal *unp_terminal_open(void)
{
    puts("[terminal]");
    unp_line_init(&typed, STDIN_FILENO, 100000);
    return (struct unp_terminal *)&typed;
}

void unp_terminal_close(struct unp_terminal *t)
{
    if (t)
        puts("[terminal closed]");
}

void unp_terminal_hide(struct unp_terminal *t)
{
    if (t)
        puts("[hide]");
}

void unp_terminal_show(struct unp_terminal *t, const char *prompt)
{
    if (t)
        printf("[show %s]\n", prompt);
}

int unp_terminal_fill(struct unp_terminal *t)
{
    return unp_line_fill((struct unp_line_reader *)t);
}

enum unp_line_status unp_terminal_next(struct unp_terminal *t, char **text, size_t *len)
{
    return unp_line_next((struct unp_line_reader *)t, text, len);
}

void unp_terminal_complete(struct unp_terminal *t, unp_complete *f, void *user)
{
    completes = f;
    completer = user;
    if (t && f)
        puts("[completes]");
}

/* ---- a run ------------------------------------------------------------------------------ */

/* The input comes from the script. */
static void begin_script(const struct step *steps)
{
    const time_t epoch = 0;
    struct tm tm;
    int fds[2];

    localtime_r(&epoch, &tm); /* it allocates memory at its first call */
    if (pipe2(fds, O_CLOEXEC) < 0 || dup2(fds[0], STDIN_FILENO) < 0)
        _exit(SCRIPT_ENDED);
    close(fds[0]);
    input = fds[1];
    setvbuf(stdout, NULL, _IONBF, 0);
    now = 1000000000;
    script = steps;
    settings();
}

#include "run_script.h"

#endif
