/*
 * option_states - reads, sets and reads each socket option in each state of a socket
 *
 *   option_states [-6] [NAME...]     all options, or these; -6: of IPv6 sockets at ::ffff:127.0.0.1
 *
 * A line for each option and result: the value that a socket has, the result of setting another
 * value, where the option can be set, and the value after that; then the kinds and states of the
 * sockets that have this result.  An error is printed by its name.  Each option is set on sockets
 * of its own, so that no option changes the result of another.
 */
#include "option/option.h"
#include "unpsctp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { ONE_TO_ONE, ONE_TO_MANY, KINDS };
enum state { CLOSED, BOUND, BOUND_TO_ALL, LISTENING, CONNECTED, ACCEPTED, STATES };

static const char *const kind_names[] = {"one-to-one", "one-to-many"};
static const char *const state_names[] = {"closed",    "bound",     "bound_to_all",
                                          "listening", "connected", "accepted"};
static int family = AF_INET;

/* ---- sockets ------------------------------------------------------------------ */

struct sockets {
    int fd; /* the one in the state */
    int other, listener;
    sctp_assoc_t id;
};

static void need(bool done, const char *call)
{
    if (!done)
        err_sys("%s", call);
}

static struct sockaddr_storage local(void)
{
    struct sockaddr_storage ss = {.ss_family = (sa_family_t)family};

    inet_pton(family, family == AF_INET ? "127.0.0.1" : "::ffff:127.0.0.1",
              family == AF_INET ? (void *)&((struct sockaddr_in *)(void *)&ss)->sin_addr
                                : (void *)&((struct sockaddr_in6 *)(void *)&ss)->sin6_addr);
    return ss;
}

static int bound_socket(int type, bool to_all, struct sockaddr_storage *at)
{
    socklen_t size = sizeof(*at);
    int fd = Socket(family, type, IPPROTO_SCTP);

    *at = local();
    if (to_all)
        *at = (struct sockaddr_storage){.ss_family = (sa_family_t)family};
    Bind(fd, (struct sockaddr *)at, unp_sock_len((struct sockaddr *)at));
    need(getsockname(fd, (struct sockaddr *)at, &size) == 0, "getsockname");
    return fd;
}

static sctp_assoc_t only_association(int fd)
{
    uint32_t list[8] = {0};
    socklen_t size = sizeof(list);

    Getsockopt(fd, IPPROTO_SCTP, SCTP_GET_ASSOC_ID_LIST, list, &size);
    return (sctp_assoc_t)list[1];
}

static struct sockets open_sockets(enum kind kind, enum state state)
{
    int type = kind == ONE_TO_ONE ? SOCK_STREAM : SOCK_SEQPACKET;
    struct sockets s = {.other = -1, .listener = -1};
    struct sockaddr_storage at;

    if (state == CLOSED) {
        s.fd = Socket(family, type, IPPROTO_SCTP);
        return s;
    }
    s.fd = bound_socket(type, state == BOUND_TO_ALL, &at);
    if (state >= LISTENING)
        Listen(s.fd, 5);
    if (state < CONNECTED)
        return s;
    s.listener = s.fd;
    s.fd = bound_socket(type, false, &(struct sockaddr_storage){0});
    need(connect(s.fd, (struct sockaddr *)&at, unp_sock_len((struct sockaddr *)&at)) == 0,
         "connect");
    s.other = kind == ONE_TO_ONE ? accept(s.listener, NULL, NULL) : dup(s.listener);
    need(s.other >= 0, "accept");
    if (state == ACCEPTED) {
        int fd = s.fd;

        s.fd = s.other;
        s.other = fd;
    }
    s.id = kind == ONE_TO_ONE ? 0 : only_association(s.fd);
    return s;
}

static void close_sockets(const struct sockets *s)
{
    close(s->fd);
    if (s->other >= 0)
        close(s->other);
    if (s->listener >= 0)
        close(s->listener);
}

/* ---- options ------------------------------------------------------------------ */

/* Another value than the default. */
static const char *const values[] = {
    "rtoinfo.initial=500,max=2000,min=100",
    "associnfo.asocmaxrxt=4,cookie_life=5000",
    "initmsg.num_ostreams=5,max_instreams=6,max_attempts=3,max_init_timeo=4000",
    "nodelay=on",
    "autoclose=60",
    "set_peer_primary_addr=127.0.0.1:9",
    "adaptation_layer=4711",
    "disable_fragments=on",
    "peer_addr_params.hbinterval=1000,pathmaxrxt=3",
    "default_send_param.stream=3,flags=unordered,ppid=77777,context=9,timetolive=0",
    "default_sndinfo.sid=4,flags=none,ppid=77777,context=8",
    "events=association,shutdown,send_failed",
    "i_want_mapped_v4_addr=off",
    "maxseg=1000",
    "delayed_sack.delay=100,freq=3",
    "context=5",
    "fragment_interleave=1",
    "partial_delivery_point=20000",
    "max_burst=9",
    "auth_chunk=data",
    "hmac_ident=sha1",
    "auth_key.number=3,key=secret",
    "auto_asconf=on",
    "peer_addr_thlds.pathmaxrxt=3,pathpfthld=2",
    "peer_addr_thlds_v2.pathmaxrxt=4,pathpfthld=2,pathcpthld=65535",
    "recvrcvinfo=on",
    "recvnxtinfo=on",
    "reuse_port=on",
    "pr_supported=off",
    "default_prinfo.policy=ttl,value=1500",
    "reconfig_supported=on",
    "enable_stream_reset=streams,change",
    "reset_streams=outgoing",
    "reset_assoc",
    "add_streams.outstrms=2",
    "stream_scheduler=prio",
    "stream_scheduler_value[3]=7",
    "interleaving_supported=on",
    "event[address]=on",
    "asconf_supported=on",
    "auth_supported=on",
    "ecn_supported=off",
    "remote_udp_encaps_port=9899",
    "reuseaddr=on",
    "sndbuf=30000",
    "recbuf=30000",
    "priority=3",
    "linger.on=on,seconds=2",
    "tos=16",
    "ipv6_v6only=on",
};

static size_t name_length(const char *text)
{
    return strcspn(text, ".[=@");
}

static const char *value_for(const char *name)
{
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
        if (name_length(values[i]) == strlen(name) && strncmp(values[i], name, strlen(name)) == 0)
            return values[i];
    return NULL;
}

static const char *error_name(void)
{
    static char text[20];
    const char *name = strerrorname_np(errno);

    if (name)
        return name;
    snprintf(text, sizeof(text), "errno %d", errno);
    return text;
}

/* Of options whose value changes while the socket is open: the part that does not. */
static const char *const asked[] = {"status.primary", "assoc_stats.obs_rto_ipaddr"};

static const char *query_for(const char *name)
{
    for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++)
        if (name_length(asked[i]) == strlen(name) && strncmp(asked[i], name, strlen(name)) == 0)
            return asked[i];
    return name;
}

/* The text without "name=" and, as the value may have several lines, without line ends. */
static void print_value(FILE *out, const struct sockets *s, enum state state, const char *name)
{
    /* Of this machine. */
    bool all = state == BOUND_TO_ALL && strcmp(name, "local_addrs") == 0;
    char text[4096], why[600];
    const char *query = query_for(name);
    size_t n = strlen(name);

    if (unp_opt_get(s->fd, s->id, query, text, sizeof(text), why, sizeof(why)) < 0) {
        fprintf(out, " %s", error_name());
        return;
    }
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
        const char *value = strncmp(line, name, n) == 0 ? line + n : line;
        bool id = strcmp(name, "get_assoc_id_list") == 0 && strpbrk(value, "0123456789");

        fprintf(out, " %s", id ? "=ID" : all ? "=ALL" : value);
    }
}

static void try_option(FILE *out, enum kind kind, enum state state, const struct unp_opt *o)
{
    const char *value = o->is & OPT_SET ? value_for(o->name) : NULL;
    struct sockets s = open_sockets(kind, state);
    char why[600];

    if (o->is & OPT_GET)
        print_value(out, &s, state, o->name);
    if (value) {
        bool done = unp_opt_set(s.fd, s.id, value, why, sizeof(why)) == 0;

        fprintf(out, " | set %s: %s", value + name_length(value), done ? "ok" : error_name());
        if (o->is & OPT_GET) {
            fprintf(out, " |");
            print_value(out, &s, state, o->name);
        }
    }
    close_sockets(&s);
}

/* ---- the lines ---------------------------------------------------------------- */

static char *results[KINDS][STATES];

static void print_who(const char *result, enum kind kind)
{
    int n = 0;

    for (enum state state = 0; state < STATES; state++)
        n += strcmp(results[kind][state], result) == 0;
    if (n == 0)
        return;
    printf(" %s:", kind_names[kind]);
    for (enum state state = 0; state < STATES && n < STATES; state++)
        if (strcmp(results[kind][state], result) == 0)
            printf(" %s", state_names[state]);
    printf("%s;", n == STATES ? " all" : "");
}

static bool is_first(enum kind kind, enum state state)
{
    for (enum kind k = 0; k <= kind; k++)
        for (enum state st = 0; st < (k == kind ? state : STATES); st++)
            if (strcmp(results[k][st], results[kind][state]) == 0)
                return false;
    return true;
}

static void print_option(const struct unp_opt *o)
{
    size_t size;

    for (enum kind kind = 0; kind < KINDS; kind++)
        for (enum state state = 0; state < STATES; state++) {
            FILE *out = open_memstream(&results[kind][state], &size);

            try_option(out, kind, state, o);
            fclose(out);
        }
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (enum state state = 0; state < STATES; state++)
            if (is_first(kind, state)) {
                printf("%s%s  --", o->name, results[kind][state]);
                for (enum kind k = 0; k < KINDS; k++)
                    print_who(results[kind][state], k);
                printf("\n");
            }
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (enum state state = 0; state < STATES; state++)
            free(results[kind][state]);
}

static bool is_named(const char *name, char **names)
{
    if (!*names)
        return true;
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names;
}

int main(int argc, char **argv)
{
    char **names = argv + 1;

    if (argc > 1 && strcmp(argv[1], "-6") == 0) {
        family = AF_INET6;
        names++;
    }
    for (size_t i = 0; i < unp_opts_count; i++)
        if (is_named(unp_opts[i].name, names))
            print_option(&unp_opts[i]);
    return 0;
}
