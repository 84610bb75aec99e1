/*
 * call_states - makes each call in each state of a socket
 *
 *   call_states [NAME...]     all calls, or these
 *
 * A result is what the call returns, an error by its name, and what follows from it: what this end
 * or its peer receives.  Each call is made on sockets of its own.
 */
#include "notification.h"
#include "states.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

enum { SOON = 60000 /* ms */, TEXT = 5, STREAM = 3, PPID = 77777, TOO_LARGE = 50000000 };

struct call {
    const char *name;
    void (*make)(FILE *out, const struct sockets *s, const struct call *call);
    int flags;
    unsigned value; /* of the SCTP flags of a message, or what the name says */
};

/* ---- results ------------------------------------------------------------------ */

static volatile sig_atomic_t piped;

static void on_pipe(int sig)
{
    (void)sig;
    piped = 1;
}

static long result(FILE *out, long value)
{
    int error = errno;

    if (value < 0)
        fprintf(out, " %s", error_name());
    else
        fprintf(out, " %ld", value);
    if (piped)
        fprintf(out, " and SIGPIPE");
    piped = 0;
    errno = error;
    return value;
}

static void done(FILE *out, int value)
{
    if (value == 0)
        fprintf(out, " ok");
    else
        result(out, value);
}

static void flag_names(FILE *out, int flags)
{
    static const struct {
        int flag;
        const char *name;
    } names[] = {{MSG_EOR, "EOR"},
                 {MSG_NOTIFICATION, "NOTIFICATION"},
                 {MSG_TRUNC, "TRUNC"},
                 {MSG_CTRUNC, "CTRUNC"},
                 {MSG_OOB, "OOB"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (flags & names[i].flag)
            fprintf(out, " %s", names[i].name);
}

/* ---- the other end ------------------------------------------------------------ */

/* A socket to connect to, or to send to. */
static int target(struct sockaddr_storage *at)
{
    int fd = bound_socket(SOCK_SEQPACKET, false, at);

    Listen(fd, 5);
    return fd;
}

/* The same; or the address of a closed socket, which is no target: -1. */
static int target_or_nobody(struct sockaddr_storage *at, bool nobody)
{
    int fd = target(at);

    if (!nobody)
        return fd;
    close(fd);
    return -1;
}

static bool is_readable(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, ms) == 1;
}

/* What an end has received. */
static void heard(FILE *out, int fd, const char *who)
{
    struct sctp_sndrcvinfo info = {0};
    char text[100];
    int flags = 0;

    if (fd < 0)
        return;
    if (!is_readable(fd, SOON)) {
        fprintf(out, "; %s receives nothing", who);
        return;
    }
    ssize_t n = sctp_recvmsg(fd, text, sizeof(text), NULL, NULL, &info, &flags);

    fprintf(out, "; %s receives", who);
    result(out, n);
    flag_names(out, flags);
}

/* Has the peer send a message, and waits until it has arrived. */
static bool message_arrives(const struct sockets *s)
{
    struct sctp_sndrcvinfo info = {.sinfo_stream = STREAM, .sinfo_ppid = htonl(PPID)};
    int type = 0;
    socklen_t size = sizeof(type);

    if (s->other < 0)
        return false;
    Getsockopt(s->other, SOL_SOCKET, SO_TYPE, &type, &size);
    if (type == SOCK_SEQPACKET)
        info.sinfo_assoc_id = only_association(s->other);
    need(sctp_send(s->other, "hello", TEXT, &info, 0) == TEXT, "sctp_send");
    return is_readable(s->fd, SOON);
}

/* ---- addresses and connections ------------------------------------------------ */

static void make_bind(FILE *out, const struct sockets *s, const struct call *call)
{
    struct sockaddr_storage at = local();

    (void)call;
    done(out, bind(s->fd, (struct sockaddr *)&at, unp_sock_len((struct sockaddr *)&at)));
}

static void make_bindx(FILE *out, const struct sockets *s, const struct call *call)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    struct sockaddr_storage name;
    socklen_t size = sizeof(name);

    need(getsockname(s->fd, (struct sockaddr *)&name, &size) == 0, "getsockname");
    at.sin_port = ((struct sockaddr_in *)(void *)&name)->sin_port;
    at.sin_addr.s_addr = htonl(call->value);
    done(out, sctp_bindx(s->fd, (struct sockaddr *)&at, 1, call->flags));
}

static void make_listen(FILE *out, const struct sockets *s, const struct call *call)
{
    done(out, listen(s->fd, call->flags));
}

static void make_accept(FILE *out, const struct sockets *s, const struct call *call)
{
    (void)call;
    need(fcntl(s->fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    done(out, accept(s->fd, NULL, NULL) < 0 ? -1 : 0);
}

static void make_connect(FILE *out, const struct sockets *s, const struct call *call)
{
    struct sockaddr_storage at;
    sctp_assoc_t id;
    int fd = target_or_nobody(&at, call->value);

    if (call->flags)
        done(out, sctp_connectx(s->fd, (struct sockaddr *)&at, 1, &id));
    else
        done(out, connect(s->fd, (struct sockaddr *)&at, unp_sock_len((struct sockaddr *)&at)));
    if (fd >= 0)
        close(fd);
}

static void make_peeloff(FILE *out, const struct sockets *s, const struct call *call)
{
    int fd = sctp_peeloff(s->fd, call->value ? (sctp_assoc_t)call->value : s->id);

    done(out, fd < 0 ? -1 : 0);
    if (fd >= 0)
        close(fd);
}

static void make_name(FILE *out, const struct sockets *s, const struct call *call)
{
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof(at);
    int value = call->flags ? getpeername(s->fd, (struct sockaddr *)&at, &size)
                            : getsockname(s->fd, (struct sockaddr *)&at, &size);

    if (value < 0) {
        result(out, value);
        return;
    }
    const struct sockaddr_in *in = (struct sockaddr_in *)(void *)&at;

    fprintf(out, " %s, %s port", inet_ntoa(in->sin_addr), in->sin_port ? "a" : "no");
}

static void make_addresses(FILE *out, const struct sockets *s, const struct call *call)
{
    struct sockaddr *list = NULL;
    int n = call->flags ? sctp_getpaddrs(s->fd, s->id, &list) : sctp_getladdrs(s->fd, s->id, &list);

    if (n < 0) {
        result(out, n);
        return;
    }
    fprintf(out, n ? " addresses" : " none");
    free(list); /* as sctp_freepaddrs() does */
}

static void make_shutdown(FILE *out, const struct sockets *s, const struct call *call)
{
    char text[10];

    done(out, shutdown(s->fd, call->flags));
    if (s->other < 0)
        return;
    fprintf(out, "; recv");
    need(fcntl(s->fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    if (call->flags != SHUT_RD && s->id == 0)
        await_end(s->fd, 0);
    result(out, recv(s->fd, text, sizeof(text), 0));
    fprintf(out, ", send");
    result(out, send(s->fd, "hello", TEXT, 0));
}

/* ---- sending ------------------------------------------------------------------ */

static void make_send(FILE *out, const struct sockets *s, const struct call *call)
{
    struct sctp_sndrcvinfo info = {
        .sinfo_flags = (uint16_t)call->value, .sinfo_assoc_id = s->id, .sinfo_ppid = htonl(PPID)};

    if (result(out, sctp_send(s->fd, "hello", TEXT, &info, call->flags)) > 0)
        heard(out, s->other, "the peer");
}

static void make_plain_send(FILE *out, const struct sockets *s, const struct call *call)
{
    if (result(out, send(s->fd, "hello", call->value, call->flags)) > 0)
        heard(out, s->other, "the peer");
}

static void make_write(FILE *out, const struct sockets *s, const struct call *call)
{
    struct iovec parts[] = {{(void *)"hel", 3}, {(void *)"lo", 2}};

    if (result(out, call->flags ? writev(s->fd, parts, 2) : write(s->fd, "hello", TEXT)) > 0)
        heard(out, s->other, "the peer");
}

/* To an address that this socket has no association with. */
static void make_sendto(FILE *out, const struct sockets *s, const struct call *call)
{
    struct sockaddr_storage at;
    int fd = target(&at);

    if (result(out, sctp_sendmsg(s->fd, "hello", TEXT, (struct sockaddr *)&at,
                                 unp_sock_len((struct sockaddr *)&at), 0, call->value, 0, 0, 0)) >
        0)
        heard(out, fd, "the target");
    close(fd);
}

static void make_stream(FILE *out, const struct sockets *s, const struct call *call)
{
    struct sctp_sndrcvinfo info = {.sinfo_stream = (uint16_t)call->value, .sinfo_assoc_id = s->id};

    result(out, sctp_send(s->fd, "hello", TEXT, &info, 0));
}

static void make_large(FILE *out, const struct sockets *s, const struct call *call)
{
    char *text = calloc(1, TOO_LARGE);
    struct sctp_sndrcvinfo info = {.sinfo_assoc_id = s->id};

    (void)call;
    need(text != NULL, "calloc");
    result(out, sctp_send(s->fd, text, TOO_LARGE, &info, 0));
    free(text);
}

static struct cmsghdr *put(struct cmsghdr *c, int type, const void *data, size_t size)
{
    *c =
        (struct cmsghdr){.cmsg_len = CMSG_LEN(size), .cmsg_level = IPPROTO_SCTP, .cmsg_type = type};
    memcpy(CMSG_DATA(c), data, size);
    return (struct cmsghdr *)(void *)((char *)c + CMSG_SPACE(size));
}

/* As sctp_sendv(3) does, which in libsctp 1.0.19 writes beyond its buffer. */
static void make_policy(FILE *out, const struct sockets *s, const struct call *call)
{
    const struct sctp_sndinfo info = {.snd_assoc_id = s->id};
    const struct sctp_prinfo policy = {(uint16_t)call->value, 1000};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(info)) + CMSG_SPACE(sizeof(policy))];
    struct iovec part = {(void *)"hello", TEXT};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};

    memset(control, 0, sizeof(control));
    put(put((void *)control, SCTP_SNDINFO, &info, sizeof(info)), SCTP_PRINFO, &policy,
        sizeof(policy));
    if (result(out, sendmsg(s->fd, &m, 0)) > 0)
        heard(out, s->other, "the peer");
}

static void make_wrong_id(FILE *out, const struct sockets *s, const struct call *call)
{
    struct sctp_sndrcvinfo info = {.sinfo_assoc_id = 4711};

    (void)call;
    result(out, sctp_send(s->fd, "hello", TEXT, &info, 0));
}

/* ---- receiving ---------------------------------------------------------------- */

static void make_recv(FILE *out, const struct sockets *s, const struct call *call)
{
    char text[100];
    struct iovec part = {text, call->value};
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
    int times = message_arrives(s) ? 2 : 1;

    need(fcntl(s->fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    for (int i = 0; i < times; i++) {
        msg.msg_flags = 0;
        fprintf(out, i ? "; again" : "");
        result(out, recvmsg(s->fd, &msg, call->flags));
        flag_names(out, msg.msg_flags);
    }
}

static void make_read(FILE *out, const struct sockets *s, const struct call *call)
{
    char text[100];
    struct iovec parts[] = {{text, 2}, {text + 2, sizeof(text) - 2}};

    message_arrives(s);
    need(fcntl(s->fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    result(out, call->flags ? readv(s->fd, parts, 2) : read(s->fd, text, sizeof(text)));
}

static void make_recvfrom(FILE *out, const struct sockets *s, const struct call *call)
{
    char text[100];
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof(at);

    (void)call;
    message_arrives(s);
    need(fcntl(s->fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    if (result(out, recvfrom(s->fd, text, sizeof(text), 0, (struct sockaddr *)&at, &size)) > 0)
        fprintf(out, " from family %d, %u bytes", at.ss_family, size);
}

/* As sctp_recvv(3) does, which libsctp has since 1.0.19. */
static void make_recvv(FILE *out, const struct sockets *s, const struct call *call)
{
    int on = 1;
    char text[100];
    struct sctp_rcvinfo info = {0};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(info))];
    struct iovec part = {text, sizeof(text)};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    const struct cmsghdr *c = (void *)control;

    (void)call;
    Setsockopt(s->fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof(on));
    message_arrives(s);
    need(fcntl(s->fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    if (result(out, recvmsg(s->fd, &m, 0)) <= 0)
        return;
    need(m.msg_controllen >= CMSG_LEN(sizeof(info)) && c->cmsg_type == SCTP_RCVINFO,
         "SCTP_RCVINFO");
    memcpy(&info, CMSG_DATA(c), sizeof(info));
    fprintf(out, " stream %u, PPID %u", info.rcv_sid, ntohl(info.rcv_ppid));
}

static void make_ioctl(FILE *out, const struct sockets *s, const struct call *call)
{
    int n = -1;

    message_arrives(s);
    if (ioctl(s->fd, (unsigned long)call->flags, &n) < 0)
        result(out, -1);
    else
        fprintf(out, " %d bytes", n);
}

static void make_poll(FILE *out, const struct sockets *s, const struct call *call)
{
    static const struct {
        short event;
        const char *name;
    } names[] = {
        {POLLIN, "IN"}, {POLLOUT, "OUT"}, {POLLERR, "ERR"}, {POLLHUP, "HUP"}, {POLLRDHUP, "RDHUP"}};
    struct pollfd p = {.fd = s->fd, .events = POLLIN | POLLOUT | POLLRDHUP};

    if (call->flags)
        message_arrives(s);
    poll(&p, 1, 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (p.revents & names[i].event)
            fprintf(out, " %s", names[i].name);
    if (!p.revents)
        fprintf(out, " none");
}

/* ---- notifications ------------------------------------------------------------ */

static void subscribe(int fd)
{
    static const uint16_t types[] = {SCTP_ASSOC_CHANGE, SCTP_SHUTDOWN_EVENT, SCTP_SEND_FAILED_EVENT,
                                     SCTP_REMOTE_ERROR, SCTP_STREAM_RESET_EVENT};

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        struct sctp_event event = {
            .se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = types[i], .se_on = 1};

        Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof(event));
        event.se_assoc_id = SCTP_ALL_ASSOC;
        setsockopt(fd, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof(event));
    }
}

static const char *notification_name(uint16_t type)
{
#define NAME(type, name, ...) {type, name},
    static const struct {
        uint16_t type;
        const char *name;
    } names[] = {NOTIFICATIONS(NAME)};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].type == type)
            return names[i].name;
    return "unknown";
}

/* Prints what is received until an association is up, or lost, or a stream was reset. */
static void notifications(FILE *out, int fd)
{
    static const char *const changes[] = {"COMM_UP", "COMM_LOST", "RESTART", "SHUTDOWN_COMP",
                                          "CANT_STR_ASSOC"};
    union sctp_notification n;
    ssize_t size;
    int flags;

    while (is_readable(fd, SOON)) {
        flags = 0;
        size = sctp_recvmsg(fd, &n, sizeof(n), NULL, NULL, NULL, &flags);
        if (size <= 0 || !(flags & MSG_NOTIFICATION)) {
            fprintf(out, " recv:");
            result(out, size);
            return;
        }
        uint16_t type = unp_notification_type(&n, (size_t)size);

        if (type != SCTP_ASSOC_CHANGE) {
            fprintf(out, " %s", notification_name(type));
            if (type == SCTP_STREAM_RESET_EVENT)
                return;
            continue;
        }
        fprintf(out, " %s", changes[n.sn_assoc_change.sac_state]);
        if (n.sn_assoc_change.sac_error)
            fprintf(out, " (error %u)", n.sn_assoc_change.sac_error);
        return;
    }
}

static void make_connect_events(FILE *out, const struct sockets *s, const struct call *call)
{
    struct sockaddr_storage at;
    int fd = target_or_nobody(&at, call->value);

    subscribe(s->fd);
    bool tried = connect(s->fd, (struct sockaddr *)&at, unp_sock_len((struct sockaddr *)&at)) == 0;

    done(out, tried ? 0 : -1);
    tried |= errno == ECONNREFUSED;
    if (tried)
        notifications(out, s->fd);
    if (fd >= 0)
        close(fd);
}

static void make_end_events(FILE *out, const struct sockets *s, const struct call *call)
{
    struct linger now = {.l_onoff = 1};

    if (s->other < 0) {
        fprintf(out, " -");
        return;
    }
    subscribe(s->fd);
    if (call->flags)
        Setsockopt(s->other, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(s->other);
    if (s->listener != s->fd)
        close(s->listener);
    notifications(out, s->fd);
}

static void make_own_end_events(FILE *out, const struct sockets *s, const struct call *call)
{
    struct sctp_sndrcvinfo info = {.sinfo_flags = (uint16_t)call->value, .sinfo_assoc_id = s->id};

    if (s->other < 0) {
        fprintf(out, " -");
        return;
    }
    subscribe(s->fd);
    if (result(out, sctp_send(s->fd, NULL, 0, &info, 0)) == 0)
        notifications(out, s->fd);
}

/* ---- the calls ---------------------------------------------------------------- */

enum { HELLO = 100, LOOPBACK2 = 0x7f000002 };

static const struct call calls[] = {
    {"bind", make_bind, 0, 0},
    {"listen", make_listen, 5, 0},
    {"listen 0", make_listen, 0, 0},
    {"accept", make_accept, 0, 0},
    {"connect", make_connect, 0, 0},
    {"connect, no server", make_connect, 0, 1},
    {"sctp_connectx", make_connect, 1, 0},
    {"sctp_connectx, no server", make_connect, 1, 1},
    {"sctp_bindx ADD", make_bindx, SCTP_BINDX_ADD_ADDR, LOOPBACK2},
    {"sctp_bindx REM, the only address", make_bindx, SCTP_BINDX_REM_ADDR, INADDR_LOOPBACK},
    {"sctp_bindx REM, another address", make_bindx, SCTP_BINDX_REM_ADDR, LOOPBACK2},
    {"sctp_peeloff", make_peeloff, 0, 0},
    {"sctp_peeloff, unknown id", make_peeloff, 0, 4711},
    {"getsockname", make_name, 0, 0},
    {"getpeername", make_name, 1, 0},
    {"sctp_getladdrs", make_addresses, 0, 0},
    {"sctp_getpaddrs", make_addresses, 1, 0},
    {"shutdown RD", make_shutdown, SHUT_RD, 0},
    {"shutdown WR", make_shutdown, SHUT_WR, 0},
    {"shutdown RDWR", make_shutdown, SHUT_RDWR, 0},
    {"send", make_plain_send, 0, TEXT},
    {"send 0 bytes", make_plain_send, 0, 0},
    {"send MSG_NOSIGNAL", make_plain_send, MSG_NOSIGNAL, TEXT},
    {"send MSG_DONTWAIT", make_plain_send, MSG_DONTWAIT, TEXT},
    {"send MSG_OOB", make_plain_send, MSG_OOB, TEXT},
    {"send MSG_EOR", make_plain_send, MSG_EOR, TEXT},
    {"send MSG_DONTROUTE", make_plain_send, MSG_DONTROUTE, TEXT},
    {"send MSG_CONFIRM", make_plain_send, MSG_CONFIRM, TEXT},
    {"write", make_write, 0, 0},
    {"writev", make_write, 1, 0},
    {"sctp_send", make_send, 0, 0},
    {"sctp_send, unordered", make_send, 0, SCTP_UNORDERED},
    {"sctp_send, SACK immediately", make_send, 0, SCTP_SACK_IMMEDIATELY},
    {"sctp_send, SENDALL", make_send, 0, SCTP_SENDALL},
    {"sctp_send, ADDR_OVER without address", make_send, 0, SCTP_ADDR_OVER},
    {"sctp_send, EOF and data", make_send, 0, SCTP_EOF},
    {"sctp_send, unknown flag", make_send, 0, 0x4000},
    {"sctp_send, unknown id", make_wrong_id, 0, 0},
    {"sctp_send, stream 9", make_stream, 0, 9},
    {"sctp_send, stream 60000", make_stream, 0, 60000},
    {"sctp_send, 50 MB", make_large, 0, 0},
    {"sctp_sendmsg to another peer", make_sendto, 0, 0},
    {"sctp_sendmsg to another peer, unordered", make_sendto, 0, SCTP_UNORDERED},
    {"sctp_sendmsg to another peer, EOF", make_sendto, 0, SCTP_EOF},
    {"sctp_sendv, PR TTL", make_policy, 0, SCTP_PR_SCTP_TTL},
    {"sctp_sendv, PR RTX", make_policy, 0, SCTP_PR_SCTP_RTX},
    {"sctp_sendv, PR PRIO", make_policy, 0, SCTP_PR_SCTP_PRIO},
    {"sctp_sendv, unknown PR policy", make_policy, 0, 0x70},
    {"recvmsg", make_recv, 0, HELLO},
    {"recvmsg, 3 bytes", make_recv, 0, 3},
    {"recvmsg, 0 bytes", make_recv, 0, 0},
    {"recvmsg MSG_PEEK", make_recv, MSG_PEEK, HELLO},
    {"recvmsg MSG_TRUNC, 3 bytes", make_recv, MSG_TRUNC, 3},
    {"recvmsg MSG_WAITALL", make_recv, MSG_WAITALL, HELLO},
    {"recvmsg MSG_DONTWAIT", make_recv, MSG_DONTWAIT, HELLO},
    {"recvmsg MSG_OOB", make_recv, MSG_OOB, HELLO},
    {"recvmsg MSG_ERRQUEUE", make_recv, MSG_ERRQUEUE, HELLO},
    {"recvfrom", make_recvfrom, 0, 0},
    {"sctp_recvv", make_recvv, 0, 0},
    {"read", make_read, 0, 0},
    {"readv", make_read, 1, 0},
    {"ioctl FIONREAD", make_ioctl, FIONREAD, 0},
    {"ioctl TIOCOUTQ", make_ioctl, TIOCOUTQ, 0},
    {"poll", make_poll, 0, 0},
    {"poll, a message", make_poll, 1, 0},
    {"notifications: connect", make_connect_events, 0, 0},
    {"notifications: connect, no server", make_connect_events, 0, 1},
    {"notifications: the peer closes", make_end_events, 0, 0},
    {"notifications: the peer aborts", make_end_events, 1, 0},
    {"notifications: send EOF", make_own_end_events, 0, SCTP_EOF},
    {"notifications: send ABORT", make_own_end_events, 0, SCTP_ABORT},
};

static void try_call(FILE *out, enum kind kind, enum state state, const void *what)
{
    const struct call *call = what;
    struct sockets s = open_sockets(kind, state);

    call->make(out, &s, call);
    close_sockets(&s);
}

int main(int argc, char **argv)
{
    (void)argc;
    n_states = ALL_STATES;
    setlinebuf(stdout);
    signal(SIGPIPE, on_pipe);
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
        if (is_named(calls[i].name, argv + 1))
            print_results(calls[i].name, &calls[i], try_call);
    return 0;
}
