/* Socket options by name, on real sockets and associations: lib/option/option.c. */
#include "unit_sctp.h"

#include "option/option.h"

#include <errno.h>
#include <poll.h>

#include "../tools/emulator.h"

/* ---- an association -------------------------------------------------------- */

/* Two endpoints and the association between them; b has a second address, 127.0.0.2. */
static struct {
    int a, b; /* -1: no sockets */
    struct sockaddr_storage at_a, at_b;
    sctp_assoc_t id; /* at a */
} c = {.a = -1, .b = -1};

static void set_on(int fd, sctp_assoc_t id, const char *text)
{
    char why[600];

    if (unp_opt_set(fd, id, text, why, sizeof(why)) < 0)
        fail_msg("%s: %s", text, why);
}

static const char *get_from(int fd, sctp_assoc_t id, const char *text)
{
    static char buf[4096];
    char why[600];

    if (unp_opt_get(fd, id, text, buf, sizeof(buf), why, sizeof(why)) < 0)
        fail_msg("%s: %s", text, why);
    return buf;
}

static void assert_gets(int fd, sctp_assoc_t id, const char *text, const char *answer)
{
    assert_string_equal(get_from(fd, id, text), answer);
}

/* `options` are set at both ends before they associate. */
static void join(const char *const *options)
{
    struct sockaddr_storage second;

    c.a = open_endpoint("127.0.0.1", 10, 100, &c.at_a);
    c.b = open_endpoint("127.0.0.1", 10, 100, &c.at_b);
    second = address("127.0.0.2", port_of(&c.at_b));
    assert_int_equal(sctp_bindx(c.b, sockaddr_of(&second), 1, SCTP_BINDX_ADD_ADDR), 0);
    for (; options && *options; options++) {
        set_on(c.a, SCTP_FUTURE_ASSOC, *options);
        set_on(c.b, SCTP_FUTURE_ASSOC, *options);
    }
    c.id = associate(c.a, &c.at_b);
}

static int part(void **state)
{
    close(c.a);
    close(c.b);
    c.a = c.b = -1;
    return 0;
}

/* Of the association at a. */
static void set(const char *text)
{
    set_on(c.a, c.id, text);
}

static const char *get(const char *text)
{
    return get_from(c.a, c.id, text);
}

static void assert_got(const char *text, const char *answer)
{
    assert_gets(c.a, c.id, text, answer);
}

/* Waits until a query has this answer. */
static void await_answer(int fd, sctp_assoc_t id, const char *text, const char *answer)
{
    int64_t deadline = unp_now() + PATIENCE * 1000;

    while (strcmp(get_from(fd, id, text), answer) != 0 && unp_now() < deadline)
        poll(NULL, 0, 1);
    assert_gets(fd, id, text, answer);
}

/* libusrsctp accepts as primary only an address that a heartbeat has confirmed. */
static void confirm_second(void)
{
    if (userland())
        await_answer(c.a, c.id, "get_peer_addr_info.state@127.0.0.2",
                     "get_peer_addr_info.state=active@127.0.0.2");
}

/* Waits for a notification of this type, of a. */
static void await(uint16_t type)
{
    union sctp_notification n;

    do
        if (recv(c.a, &n, sizeof(n), 0) < 0)
            fail_msg("no notification 0x%x comes: %s", type, strerror(errno));
    while (n.sn_header.sn_type != type);
}

/* ---- every option is read and written back ---------------------------------- */

/* An option that a stack refuses, and the message then. */
enum stacks { KERNEL = 1, USERLAND = 2, EACH = KERNEL | USERLAND };
struct exception {
    const char *name;
    enum stacks on;
    const char *why;
};

static const struct exception on_socket[] = {
    {"hmac_ident", EACH, "Permission denied; set auth_supported=on"},
    {"auth_active_key", EACH, "Permission denied; set auth_supported=on"},
    {"local_auth_chunks", EACH, "Permission denied; set auth_supported=on"},
    {"expose_potentially_failed_state", USERLAND, "this SCTP stack does not have it"},
    {"plpmtud_probe_interval", USERLAND, "this SCTP stack does not have it"},
    {"ipv6_v6only", EACH, "only an IPv6 socket has it"},
};

static const struct exception on_association[] = {
    {"peer_auth_chunks", EACH, "Permission denied; set auth_supported=on"},
    {"local_auth_chunks", EACH, "Permission denied; set auth_supported=on"},
    {"auth_active_key", EACH, "Permission denied; set auth_supported=on"},
    {"assoc_stats", USERLAND, "this SCTP stack does not have it"},
    {"expose_potentially_failed_state", USERLAND, "this SCTP stack does not have it"},
    {"plpmtud_probe_interval", USERLAND, "this SCTP stack does not have it"},
    {"stream_scheduler_value", USERLAND, "the scheduler has to be prio"},
    {"pr_stream_status", USERLAND, "the stack counts all policies together"},
};

/* Options that can be read but not set. */
static const struct exception not_set[] = {
    {"reuse_port", EACH, "a socket of this kind does not have it"},
    {"interleaving_supported", KERNEL, "net.sctp.intl_enable=1"},
};

static const char *exception(const struct exception *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].on & (userland() ? USERLAND : KERNEL) && strcmp(list[i].name, name) == 0)
            return list[i].why;
    return NULL;
}

/* Queries an option and, if it can be set, sets each line of the answer and queries it again. */
static void ask_and_set(int fd, sctp_assoc_t id, const char *text, const struct unp_opt *o,
                        const char *expected_why)
{
    const char *no_set = exception(not_set, COUNT(not_set), o->name);
    char buf[4096], again[4096], why[600], *line, *rest = buf;

    if (unp_opt_get(fd, id, text, buf, sizeof(buf), why, sizeof(why)) < 0) {
        if (!expected_why)
            fail_msg("get %s: %s", text, why);
        assert_contains(why, expected_why);
        return;
    }
    if (expected_why)
        fail_msg("%s should fail: %s", text, expected_why);
    if (!(o->is & OPT_SET) || o->number == SO_SNDBUF || o->number == SO_RCVBUF)
        return; /* Linux doubles the buffers */
    while ((line = strsep(&rest, "\n"))) {
        int rc = unp_opt_set(fd, id, line, why, sizeof(why));

        if ((rc < 0) != (no_set != NULL))
            fail_msg("set %s: %s", line, rc ? why : "is taken");
        if (no_set)
            assert_contains(why, no_set);
    }
    assert_int_equal(unp_opt_get(fd, id, text, buf, sizeof(buf), why, sizeof(why)), 0);
    assert_int_equal(unp_opt_get(fd, id, text, again, sizeof(again), why, sizeof(why)), 0);
    assert_string_equal(again, buf);
}

UNIT_TEST(each_option_of_a_socket_is_read_and_written_back)
{
    int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    struct sockaddr_storage local = address("127.0.0.1", 0);

    assert_int_equal(bind(fd, sockaddr_of(&local), sizeof(struct sockaddr_in)), 0);
    for (size_t i = 0; i < unp_opts_count; i++) {
        const struct unp_opt *o = &unp_opts[i];

        if (o->is & OPT_GET && !(o->is & (OPT_ASSOC_ONLY | OPT_ADDR_NEEDED)))
            ask_and_set(fd, SCTP_FUTURE_ASSOC, o->name, o,
                        exception(on_socket, COUNT(on_socket), o->name));
    }
    close(fd);
}

UNIT_TEST(each_option_of_an_association_is_read_and_written_back)
{
    join(NULL);
    for (size_t i = 0; i < unp_opts_count; i++) {
        const struct unp_opt *o = &unp_opts[i];
        const char *why = exception(on_association, COUNT(on_association), o->name);
        char text[100];

        if (!(o->is & OPT_GET) || o->id < 0)
            continue;
        if (strcmp(o->name, "interleaving_supported") == 0 || strstr(o->name, "_supported"))
            assert_non_null(get_from(c.a, c.id, o->name)); /* negotiated, and fixed */
        else if (!(o->is & OPT_ADDR_NEEDED))
            ask_and_set(c.a, c.id, o->name, o, why);
        for (int n = 1; n <= 2 && unp_opt_address(o); n++) {
            snprintf(text, sizeof(text), "%s@127.0.0.%d", o->name, n);
            ask_and_set(c.a, c.id, text, o, why);
        }
    }
}

/* ---- values ---------------------------------------------------------------- */

UNIT_TEST(a_socket_option_reads_back_as_set)
{
    static const char *const texts[] = {
        "rtoinfo.initial=500,max=2000,min=100",
        "associnfo.asocmaxrxt=7,cookie_life=5000",
        "initmsg.num_ostreams=5,max_instreams=6,max_attempts=3,max_init_timeo=4000",
        "nodelay=on",
        "autoclose=60",
        "adaptation_layer=4711",
        "disable_fragments=on",
        "default_send_param.stream=3,flags=unordered,ppid=ngap,context=9,timetolive=0",
        "default_sndinfo.sid=4,flags=none,ppid=77777,context=8",
        "events=association,shutdown,send_failed",
        "delayed_sack.delay=100,freq=3",
        "context=5",
        "fragment_interleave=1",
        "partial_delivery_point=20000",
        "max_burst=9",
        "peer_addr_thlds.pathmaxrxt=3,pathpfthld=2",
        "peer_addr_thlds_v2.pathmaxrxt=4,pathpfthld=2,pathcpthld=65535",
        "recvrcvinfo=on",
        "recvnxtinfo=on",
        "pr_supported=off",
        "default_prinfo.policy=ttl,value=1500",
        "reconfig_supported=on",
        "enable_stream_reset=streams,change",
        "stream_scheduler=prio",
        "stream_scheduler=rr",
        "event[address]=on",
        "auth_supported=on",
        "asconf_supported=on",
        "ecn_supported=on",
        "hmac_ident=sha1",
        "reuseaddr=on",
        "priority=3",
        "linger.on=on,seconds=2",
    };
    int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);

    for (size_t i = 0; i < COUNT(texts); i++) {
        char name[100];

        snprintf(name, sizeof(name), "%.*s", (int)strcspn(texts[i], ".="), texts[i]);
        set_on(fd, SCTP_FUTURE_ASSOC, texts[i]);
        assert_gets(fd, SCTP_FUTURE_ASSOC, name, texts[i]);
    }
    assert_gets(fd, SCTP_FUTURE_ASSOC, "rtoinfo.max", "rtoinfo.max=2000");
    close(fd);
}

UNIT_TEST(a_field_that_is_not_named_keeps_its_value)
{
    int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);

    set_on(fd, 0, "rtoinfo.initial=500,max=2000,min=100");
    set_on(fd, 0, "rtoinfo.min=200");
    assert_gets(fd, 0, "rtoinfo", "rtoinfo.initial=500,max=2000,min=200");
    set_on(fd, 0, "initmsg.max_attempts=3");
    set_on(fd, 0, "initmsg.num_ostreams=5");
    assert_gets(fd, 0, "initmsg.max_attempts", "initmsg.max_attempts=3");
    set_on(fd, 0, "default_sndinfo.sid=4,ppid=ngap");
    set_on(fd, 0, "default_sndinfo.context=8");
    assert_gets(fd, 0, "default_sndinfo", "default_sndinfo.sid=4,flags=none,ppid=ngap,context=8");
    set_on(fd, 0, "events=association,shutdown");
    set_on(fd, 0, "events.address=on,shutdown=off");
    assert_gets(fd, 0, "events", "events=association,address");
    set_on(fd, 0, "linger.on=on,seconds=2");
    set_on(fd, 0, "linger.seconds=3");
    assert_gets(fd, 0, "linger", "linger.on=on,seconds=3");
    close(fd);
}

UNIT_TEST(a_path_has_parameters_of_its_own)
{
    join(NULL);
    set("peer_addr_params.hbinterval=1000,pathmaxrxt=3@127.0.0.2");
    assert_got("paddrparams.hbinterval@127.0.0.2", "peer_addr_params.hbinterval=1000@127.0.0.2");
    assert_got("paddrparams.pathmaxrxt@127.0.0.2", "peer_addr_params.pathmaxrxt=3@127.0.0.2");
    assert_got("paddrparams.hbinterval@127.0.0.1", "peer_addr_params.hbinterval=30000@127.0.0.1");
    assert_contains(get("get_peer_addr_info@127.0.0.1"), ".state=active,cwnd=");
}

UNIT_TEST(a_field_of_a_path_sets_the_flags_that_it_needs_and_no_other)
{
    static const char flags[] = "peer_addr_params.flags@127.0.0.1";

    join(NULL);
    set("peer_addr_params.flags=hb_disable,pmtud_disable@127.0.0.1");
    set("peer_addr_params.pathmaxrxt=4@127.0.0.1");
    assert_contains(get(flags), "hb_disable,pmtud_disable,sackdelay_enable");
    set("peer_addr_params.hbinterval=2000@127.0.0.1");
    assert_contains(get(flags), "hb_enable,pmtud_disable");
    set("peer_addr_params.pathmtu=0@127.0.0.1");
    assert_contains(get(flags), "hb_enable,pmtud_enable");
    set("peer_addr_params.pathmtu=1200@127.0.0.1");
    assert_contains(get(flags), "hb_enable,pmtud_disable");
    assert_contains(get("peer_addr_params.pathmtu@127.0.0.1"), "=1200@");
    set("peer_addr_params.sackdelay=0@127.0.0.1");
    assert_contains(get(flags), "sackdelay_disable");
    set("peer_addr_params.hbinterval=3000,flags=hb_disable@127.0.0.1");
    assert_contains(get(flags), "hb_disable");
    set("peer_addr_params.hbinterval=0@127.0.0.1");
    assert_contains(get(flags), "hb_enable");
    assert_contains(get("peer_addr_params.hbinterval@127.0.0.1"), "=0@");
    set("peer_addr_params.flags=hb_demand@127.0.0.2");
}

UNIT_TEST(an_association_has_values_of_its_own)
{
    join(NULL);
    assert_got("peer_addrs", "peer_addrs=127.0.0.1,127.0.0.2");
    assert_got("local_addrs", "local_addrs=127.0.0.1");
    set("rtoinfo.max=3000");
    assert_got("rtoinfo.max", "rtoinfo.max=3000");
    assert_gets(c.a, SCTP_FUTURE_ASSOC, "rtoinfo.max", "rtoinfo.max=60000");
    confirm_second();
    set("primary_addr=127.0.0.2");
    assert_got("primary_addr", "primary_addr=127.0.0.2");
    assert_got("status.primary", "status.primary=127.0.0.2");
    assert_got("status.state", "status.state=established");
    assert_gets(c.a, 0, "get_assoc_number", "get_assoc_number=1");
    set("stream_scheduler=prio");
    set("stream_scheduler_value[3]=7");
    assert_got("stream_scheduler_value[3]", "stream_scheduler_value[3]=7");
    set_on(c.a, 0, "bindx_add=127.0.0.9,127.0.0.10");
    assert_contains(get_from(c.a, 0, "local_addrs"), "127.0.0.9");
    assert_contains(get_from(c.a, 0, "local_addrs"), "127.0.0.10");
    set_on(c.a, 0, "bindx_rem=127.0.0.9,127.0.0.10");
    await_answer(c.a, 0, "local_addrs", "local_addrs=127.0.0.1");
}

UNIT_TEST(options_are_the_same_over_ipv6)
{
    struct sockaddr_storage at_a, at_b, by_four;
    int unbound = socket(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
    int a = open_endpoint("::", 5, 5, &at_a), b = open_endpoint("::", 5, 5, &at_b);
    sctp_assoc_t id = 0;

    by_four = address("::ffff:127.0.0.1", port_of(&at_b));
    assert_int_equal(sctp_connectx(a, sockaddr_of(&by_four), 1, &id), 0);
    set_on(a, id, "peer_addr_params.hbinterval=1000@127.0.0.1");
    assert_gets(a, id, "paddrparams.hbinterval@127.0.0.1",
                "peer_addr_params.hbinterval=1000@127.0.0.1");
    set_on(a, id, "primary_addr=127.0.0.1");
    assert_gets(a, id, "primary_addr", "primary_addr=127.0.0.1");
    set_on(unbound, SCTP_FUTURE_ASSOC, "ipv6_v6only=on");
    assert_gets(unbound, SCTP_FUTURE_ASSOC, "ipv6_v6only", "ipv6_v6only=on");
    close(unbound);
    close(a);
    close(b);
}

/* ---- actions ---------------------------------------------------------------- */

UNIT_TEST(streams_are_reset_and_added)
{
    static const char *const options[] = {
        "reconfig_supported=on",   "enable_stream_reset=streams,assoc,change",
        "event[stream_reset]=on",  "event[assoc_reset]=on",
        "event[stream_change]=on", NULL};

    join(options);
    set("reset_streams=outgoing,streams=1,2");
    await(SCTP_STREAM_RESET_EVENT);
    set("reset_streams=outgoing"); /* all of them */
    await(SCTP_STREAM_RESET_EVENT);
    set("reset_streams=outgoing,streams=0,3");
    await(SCTP_STREAM_RESET_EVENT);
    set("add_streams.outstrms=2");
    await(SCTP_STREAM_CHANGE_EVENT);
    assert_got("status.outstrms", "status.outstrms=12");
    set("add_streams.outstrms=3");
    await(SCTP_STREAM_CHANGE_EVENT);
    assert_got("status.outstrms", "status.outstrms=15");
    set("reset_assoc");
    await(SCTP_ASSOC_RESET_EVENT);
}

/* Sets an option that sends a request.  A peer on the same machine has answered when the call
 * returns, or a little later where the kernel is busy. */
static void request(const char *text)
{
    char why[600];

    for (int tries = 0; !userland() && tries < 1000; tries++) {
        if (unp_opt_set(c.a, c.id, text, why, sizeof(why)) == 0)
            return;
        assert_int_equal(errno, EINPROGRESS);
        poll(NULL, 0, 10);
    }
    set(text);
}

UNIT_TEST(streams_are_added_straight_after_a_reset)
{
    static const char *const options[] = {"reconfig_supported=on",
                                          "enable_stream_reset=streams,assoc,change", NULL};

    join(options);
    request("reset_streams=outgoing");
    request("add_streams.outstrms=2");
    request("reset_streams=outgoing");
    assert_got("status.outstrms", "status.outstrms=12");
}

UNIT_TEST(extensions_are_set_in_any_order)
{
    static const char *const texts[] = {"asconf_supported=on", "auth_supported=on",
                                        "asconf_supported=on", "auth_supported=off"};
    int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);

    for (size_t i = 0; i < COUNT(texts); i++) {
        set_on(fd, 0, texts[i]);
        assert_gets(fd, 0, "asconf_supported", "asconf_supported=on");
    }
    assert_gets(fd, 0, "auth_supported", "auth_supported=off");
    set_on(fd, 0, "auth_supported=on");
    set_on(fd, 0, "asconf_supported=off");
    assert_gets(fd, 0, "auth_supported", "auth_supported=on");
    assert_gets(fd, 0, "asconf_supported", "asconf_supported=off");
    close(fd);
}

UNIT_TEST(keys_are_set_and_activated)
{
    static const char *const options[] = {"auth_supported=on", "auth_chunk=data",
                                          "auth_key.number=3,key=secret", "auth_active_key=3",
                                          NULL};
    char data[16], why[600];

    join(options);
    assert_got("auth_active_key", "auth_active_key=3");
    assert_got("peer_auth_chunks", "peer_auth_chunks=data");
    assert_gets(c.a, SCTP_FUTURE_ASSOC, "local_auth_chunks", "local_auth_chunks=data");
    set("auth_key.number=7,key=other");
    set("auth_active_key=7");
    assert_got("auth_active_key", "auth_active_key=7");
    set("auth_active_key=3");
    assert_int_equal(unp_opt_set(c.a, c.id, "auth_active_key=99", why, sizeof(why)), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(send_on(c.a, c.id, 0, "signed", 6), 0);
    assert_int_equal(recv(c.b, data, sizeof(data), 0), 6);
    set("auth_delete_key=7");
}

UNIT_TEST(the_primary_path_is_chosen_at_both_ends)
{
    static const char *const options[] = {"auth_supported=on", "asconf_supported=on", NULL};
    char why[600];

    join(options);
    confirm_second();
    set("primary_addr=127.0.0.2");
    assert_got("primary_addr", "primary_addr=127.0.0.2");
    assert_int_equal(unp_opt_set(c.a, c.id, "primary_addr=127.0.0.3", why, sizeof(why)), -1);
    set("set_peer_primary_addr=127.0.0.1");
}

UNIT_TEST(heartbeats_follow_the_interval)
{
    static const char asked[] = "peer_addr_params@127.0.0.2";

    join(NULL);
    set("peer_addr_params.hbinterval=1500@127.0.0.2");
    assert_contains(get(asked), "hbinterval=1500");
    set("peer_addr_params.flags=hb_disable@127.0.0.2");
    assert_contains(get(asked), "flags=hb_disable");
    assert_contains(get("peer_addr_params.flags@127.0.0.1"), "flags=hb_enable");
    set("peer_addr_params.hbinterval=0");
    assert_contains(get(asked), "flags=hb_enable");
    assert_contains(get(asked), "hbinterval=0");
    set("peer_addr_params.flags=hb_demand@127.0.0.2");
    set("peer_addr_params.flags=hb_demand");
}

/* ---- refusals --------------------------------------------------------------- */

static void assert_refused(int fd, sctp_assoc_t id, const char *text, int err, const char *part_of)
{
    char why[600] = "";

    errno = 0;
    if (unp_opt_set(fd, id, text, why, sizeof(why)) == 0)
        fail_msg("%s is taken", text);
    assert_contains(why, part_of);
    assert_int_equal(errno, err);
}

UNIT_TEST(an_option_that_the_stack_refuses_is_explained)
{
    char why[600], buf[10];

    join(NULL);
    assert_refused(c.a, 0, "rtoinfo.min=5000,max=4000", EINVAL, "min may not exceed max");
    assert_refused(c.a, 9999, "rtoinfo.min=500", EINVAL, "there is no association 9999");
    assert_refused(c.a, 9999, "primary_addr=127.0.0.1", EINVAL, "there is no association 9999");
    assert_refused(c.a, 0, "primary_addr=127.0.0.1", EINVAL, "give the port too");
    assert_refused(c.a, c.id, "primary_addr=127.0.0.7", EADDRNOTAVAIL,
                   "127.0.0.7 is not among the peer's addresses: 127.0.0.1, 127.0.0.2 port");
    assert_refused(c.a, c.id, "set_peer_primary_addr=127.0.0.7", EADDRNOTAVAIL,
                   "127.0.0.7 is not among our addresses: 127.0.0.1 port");
    assert_refused(c.a, c.id, "peer_addr_params.pathmtu=1200@10.0.0.1", EADDRNOTAVAIL,
                   "is not among the peer's addresses");
    assert_refused(c.a, c.id, "peer_addr_params.flags=hb_enable,hb_disable", EINVAL,
                   "exclude each other");
    if (!unp_is_kernel_socket(c.a)) /* a kernel may have them */
        assert_refused(c.a, 0, "stream_scheduler=fc", EINVAL, "fc and wfq need the kernel's SCTP");
    assert_int_equal(unp_opt_get(c.a, 0, "status", buf, sizeof(buf), why, sizeof(why)), -1);
    assert_contains(why, "status: it needs an association, and there is none");
    assert_int_equal(
        unp_opt_get(c.a, c.id, "get_peer_addr_info", buf, sizeof(buf), why, sizeof(why)), -1);
    assert_contains(why, "refused; name an address of the peer: get_peer_addr_info@ADDRESS");
    assert_int_equal(unp_opt_get(c.a, 0, "rtoinfo", buf, sizeof(buf), why, sizeof(why)), -1);
    assert_int_equal(errno, ENOSPC);
}

UNIT_TEST(an_option_of_no_descriptor_is_EBADF)
{
    skip_because(lacks_sctp_options());
    assert_refused(-1, 0, "nodelay=1", EBADF, "nodelay: Bad file descriptor");
}

UNIT_TEST(a_disabled_extension_is_reported_with_its_sysctl)
{
    static const char *const options[] = {"reconfig_supported=off", NULL};
    char why[600];

    join(options);
    assert_int_equal(unp_opt_set(c.a, c.id, "reset_streams=outgoing", why, sizeof(why)), -1);
    assert_contains(why, "reconfig_supported=on");
    assert_contains(why, "net.sctp.reconf_enable=1");
    assert_int_equal(unp_opt_set(c.a, c.id, "set_peer_primary_addr=127.0.0.1", why, sizeof(why)),
                     -1);
    assert_contains(why, "asconf_supported=on");
    assert_refused(c.a, 0, "auth_key.key=x", EACCES, "net.sctp.auth_enable=1");
}

int main(void)
{
    return run_all_tests(NULL, part);
}
