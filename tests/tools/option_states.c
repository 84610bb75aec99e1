/*
 * option_states - reads, sets and reads each socket option in each state of a socket
 *
 *   option_states [-6] [NAME...]     all options, or these; -6: of IPv6 sockets at ::ffff:127.0.0.1
 *
 * A result is the value that a socket has, the result of setting another value, where the option
 * can be set, and the value after that.  An error is printed by its name.  Each option is set on
 * sockets of its own, so that no option changes the result of another.
 */
#include "option/option.h"
#include "states.h"

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

static void try_option(FILE *out, enum kind kind, enum state state, const void *what)
{
    const struct unp_opt *o = what;
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

int main(int argc, char **argv)
{
    char **names = argv + 1;

    if (argc > 1 && strcmp(argv[1], "-6") == 0) {
        family = AF_INET6;
        names++;
    }
    for (size_t i = 0; i < unp_opts_count; i++)
        if (is_named(unp_opts[i].name, names))
            print_results(unp_opts[i].name, &unp_opts[i], try_option);
    return 0;
}
