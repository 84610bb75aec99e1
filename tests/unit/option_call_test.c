/* The system calls for an option, and the explanation of their errors: lib/option/option.c. */
#include "blocks.h"
#include "option/option.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>

enum { FD = 1000, ID = 5 };

static struct {
    int set_error, get_error;      /* errno; 0: none */
    unsigned char value[OPT_ROOM]; /* the last that was set */
    socklen_t len;
    int level, name;
    unsigned sets, gets;
    unsigned char answer[200]; /* to a query */
    socklen_t answer_len;      /* 0: as long as it is asked for */
    socklen_t asked_len;
    unsigned char question[200];
    const char *peers, *locals; /* addresses, separated by blanks; NULL: there is no association */
    unsigned lists;             /* how many lists of addresses can still be read */
} os;

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    assert_int_equal(fd, FD);
    os.level = level;
    os.name = name;
    os.len = len;
    os.sets++;
    memcpy(os.value, value, len);
    errno = os.set_error;
    return os.set_error ? -1 : 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    struct sctp_status *status = value;

    assert_int_equal(fd, FD);
    if (level == IPPROTO_SCTP && name == SCTP_STATUS) {
        errno = ENOENT; /* the error that is explained must survive it */
        return os.peers && status->sstat_assoc_id == ID ? 0 : -1;
    }
    os.gets++;
    os.asked_len = *len;
    memcpy(os.question, value, *len < sizeof(os.question) ? *len : sizeof(os.question));
    memcpy(value, os.answer, *len < sizeof(os.answer) ? *len : sizeof(os.answer));
    if (os.answer_len)
        *len = os.answer_len;
    errno = os.get_error;
    return os.get_error ? -1 : 0;
}

static int addresses(const char *hosts, struct sockaddr **addrs)
{
    struct unp_addrs list = {0};
    char copy[200], *rest = copy, *host;

    if (!hosts || !os.lists)
        return -1;
    os.lists--;
    snprintf(copy, sizeof(copy), "%s", hosts);
    while (*copy && (host = strsep(&rest, " ")))
        assert_int_equal(unp_addrs_add(&list, host, 7), 0);
    *addrs = (struct sockaddr *)(void *)list.packed;
    return list.count;
}

int sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    assert_int_equal(fd, FD);
    return id == ID ? addresses(os.peers, addrs) : -1;
}

int sctp_getladdrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    assert_int_equal(fd, FD);
    return id == ID ? addresses(os.locals, addrs) : -1;
}

int sctp_freepaddrs(struct sockaddr *addrs)
{
    free(addrs);
    return 0;
}

static int start(void **state)
{
    memset(&os, 0, sizeof(os));
    os.lists = 100;
    os.peers = "10.0.0.1 ::ffff:10.0.0.2 2001:db8::3";
    os.locals = "10.0.0.9";
    blocks_before = blocks;
    return 0;
}

static char why[600];

static void set_of(sctp_assoc_t id, const char *text)
{
    if (unp_opt_set(FD, id, text, why, sizeof(why)) < 0)
        fail_msg("%s: %s", text, why);
}

static void set(const char *text)
{
    set_of(ID, text);
}

/* Fails to set the option, with this errno; returns why. */
static const char *refused(sctp_assoc_t id, const char *text, int err)
{
    why[0] = '\0';
    if (unp_opt_set(FD, id, text, why, sizeof(why)) == 0)
        fail_msg("%s is taken", text);
    if (errno != err)
        fail_msg("%s: %s", text, strerror(errno));
    return why;
}

/* ---- errors ------------------------------------------------------------------------ */

UNIT_TEST(an_extension_that_is_off_is_explained)
{
    static const int errors[] = {ENOPROTOOPT, EOPNOTSUPP, EACCES, EPERM};
    char expected[200];

    for (size_t i = 0; i < COUNT(errors); i++) {
        os.set_error = errors[i];
        snprintf(expected, sizeof(expected), "auth_key: %s; set auth_supported=on",
                 strerror(errors[i]));
        assert_contains(refused(ID, "auth_key.key=x", errors[i]), expected);
    }
    os.set_error = ENOMEM;
    assert_string_equal(refused(ID, "auth_key.key=x", ENOMEM), "auth_key: Cannot allocate memory");
}

UNIT_TEST(an_option_that_the_stack_does_not_have_is_explained)
{
    os.set_error = ENOPROTOOPT;
    assert_string_equal(refused(ID, "nodelay=on", ENOPROTOOPT),
                        "nodelay: this SCTP stack does not have it");
    os.set_error = EOPNOTSUPP;
    assert_string_equal(refused(ID, "nodelay=on", EOPNOTSUPP),
                        "nodelay: a socket of this kind does not have it");
    os.set_error = EACCES;
    assert_string_equal(refused(ID, "nodelay=on", EACCES), "nodelay: Permission denied");
}

UNIT_TEST(an_invalid_argument_may_mean_that_there_is_no_such_association)
{
    os.set_error = EINVAL;
    assert_string_equal(refused(9, "rtoinfo.max=5", EINVAL), "rtoinfo: there is no association 9");
    assert_contains(refused(ID, "rtoinfo.max=5", EINVAL), "rtoinfo: refused; min may not exceed");
    assert_contains(refused(SCTP_ALL_ASSOC, "rtoinfo.max=5", EINVAL), "rtoinfo: refused; min");
    assert_string_equal(refused(9, "nodelay=on", EINVAL), "nodelay: Invalid argument");
    assert_string_equal(refused(0, "reset_assoc", EINVAL),
                        "reset_assoc: it needs an association, and there is none");
    assert_string_equal(refused(ID, "reset_assoc", EINVAL), "reset_assoc: Invalid argument");
    os.set_error = ENOMEM;
    assert_string_equal(refused(9, "rtoinfo.max=5", ENOMEM), "rtoinfo: Cannot allocate memory");
    assert_string_equal(refused(0, "reset_assoc", ENOMEM), "reset_assoc: Cannot allocate memory");
}

/* ---- setting ------------------------------------------------------------------------- */

UNIT_TEST(an_option_is_set_with_its_id_and_length)
{
    const struct sctp_rtoinfo *rto = (const void *)os.value;

    set("rtoinfo.max=2000");
    assert_int_equal(os.level, IPPROTO_SCTP);
    assert_int_equal(os.name, SCTP_RTOINFO);
    assert_int_equal(os.len, sizeof(*rto));
    assert_int_equal(rto->srto_assoc_id, ID);
    assert_int_equal(rto->srto_max, 2000);
    assert_int_equal(rto->srto_initial, 0); /* 0 keeps what is there */
    assert_int_equal(os.gets, 0);
    set("nodelay=on");
    assert_int_equal(os.len, sizeof(int));
    assert_int_equal(*(const int *)(const void *)os.value, 1); /* no id */
    set("hmac_ident=sha1,sha256");
    assert_int_equal(os.len, sizeof(struct sctp_hmacalgo) + 4);
    assert_int_equal(os.gets, 0);
}

UNIT_TEST(fields_that_are_not_named_keep_their_values)
{
    const struct sctp_sndinfo now = {
        .snd_sid = 3, .snd_flags = SCTP_UNORDERED, .snd_ppid = 7, .snd_context = 9};
    const struct sctp_sndinfo *snd = (const void *)os.value;

    memcpy(os.answer, &now, sizeof(now));
    set("default_sndinfo.context=4");
    assert_int_equal(os.gets, 1);
    assert_int_equal(snd->snd_sid, 3);
    assert_int_equal(snd->snd_flags, SCTP_UNORDERED);
    assert_int_equal(snd->snd_ppid, 7);
    assert_int_equal(snd->snd_context, 4);
    assert_int_equal(snd->snd_assoc_id, ID);
    set("default_sndinfo.sid=1,flags=none,ppid=2,context=3"); /* nothing to keep */
    assert_int_equal(os.gets, 1);
    os.get_error = ENOMEM;
    assert_string_equal(refused(ID, "default_sndinfo.context=4", ENOMEM),
                        "default_sndinfo: Cannot allocate memory");
    assert_int_equal(os.sets, 2);
    set("adaptation_layer=4");    /* its only field */
    set("add_streams.instrms=4"); /* cannot be read */
    assert_int_equal(os.gets, 2);
}

UNIT_TEST(an_option_with_a_key_is_set_without_reading_it)
{
    set("stream_scheduler_value[3]=10");
    assert_int_equal(os.gets, 0);
}

/* The flags of peer_addr_params for these fields. */
static uint32_t flags_of(const char *fields)
{
    const struct sctp_paddrparams *p = (const void *)os.value;
    char text[200];

    snprintf(text, sizeof(text), "peer_addr_params.%s", fields);
    set(text);
    return p->spp_flags;
}

UNIT_TEST(a_field_sets_the_flags_that_the_stack_needs)
{
    assert_int_equal(flags_of("hbinterval=1000"), SPP_HB_ENABLE);
    assert_int_equal(flags_of("hbinterval=0"), SPP_HB_ENABLE | SPP_HB_TIME_IS_ZERO);
    assert_int_equal(flags_of("hbinterval=1000,flags=hb_disable"), SPP_HB_DISABLE);
    assert_int_equal(flags_of("hbinterval=1000,flags=pmtud_enable"),
                     SPP_HB_ENABLE | SPP_PMTUD_ENABLE);
    assert_int_equal(flags_of("pathmtu=1200"), SPP_PMTUD_DISABLE);
    assert_int_equal(flags_of("pathmtu=0"), SPP_PMTUD_ENABLE);
    assert_int_equal(flags_of("sackdelay=100"), SPP_SACKDELAY_ENABLE);
    assert_int_equal(flags_of("sackdelay=0"), SPP_SACKDELAY_DISABLE);
    assert_int_equal(flags_of("dscp=4,ipv6_flowlabel=0"), SPP_DSCP | SPP_IPV6_FLOWLABEL);
    assert_int_equal(flags_of("pathmaxrxt=4"), 0);
    assert_int_equal(flags_of("hbinterval=1000,pathmtu=0"), SPP_HB_ENABLE | SPP_PMTUD_ENABLE);
}

/* ---- addresses -------------------------------------------------------------------------- */

static const char *address_set(size_t offset)
{
    static char text[SOCK_NTOP_SIZE];
    struct sockaddr_storage ss;

    memcpy(&ss, os.value + offset, sizeof(ss));
    return sock_ntop((struct sockaddr *)&ss, text, sizeof(text));
}

UNIT_TEST(an_address_without_a_port_gets_the_port_of_the_association)
{
    const size_t prim = offsetof(struct sctp_prim, ssp_addr);
    sa_family_t family;

    set("primary_addr=10.0.0.1");
    assert_string_equal(address_set(prim), "10.0.0.1:7");
    set("primary_addr=10.0.0.2"); /* the association has it mapped into IPv6 */
    assert_string_equal(address_set(prim), "10.0.0.2:7");
    memcpy(&family, os.value + prim, sizeof(family));
    assert_int_equal(family, AF_INET6);
    set("primary_addr=2001:db8::3");
    assert_string_equal(address_set(prim), "[2001:db8::3]:7");
    set("primary_addr=10.0.0.8:9"); /* with a port it need not be known */
    assert_string_equal(address_set(prim), "10.0.0.8:9");
    set("primary_addr=10.0.0.8:1");
    assert_string_equal(address_set(prim), "10.0.0.8:1");
    set("primary_addr=[2001:db8::9]:9877");
    assert_string_equal(address_set(prim), "[2001:db8::9]:9877");
    set("primary_addr=[2001:db8::3]");
    assert_string_equal(address_set(prim), "[2001:db8::3]:7");
    os.peers = "10.0.0.1";
    set("primary_addr=::ffff:10.0.0.1"); /* asked for as IPv6, and the association has IPv4 */
    assert_string_equal(address_set(prim), "10.0.0.1:7");
    for (size_t i = sizeof(struct sockaddr_in); i < sizeof(struct sockaddr_storage); i++)
        assert_int_equal(os.value[prim + i], 0);
    set("set_peer_primary_addr=10.0.0.9"); /* ours */
    assert_string_equal(address_set(offsetof(struct sctp_setpeerprim, sspp_addr)), "10.0.0.9:7");
    set("peer_addr_params.hbinterval=1");
    assert_int_equal(os.value[offsetof(struct sctp_paddrparams, spp_address)], 0);
}

UNIT_TEST(an_address_that_is_not_found_is_explained)
{
    os.peers = "10.0.0.1";
    assert_string_equal(
        refused(ID, "primary_addr=10.0.0.9", EADDRNOTAVAIL),
        "primary_addr: 10.0.0.9 is not among the peer's addresses: 10.0.0.1 port 7");
    assert_string_equal(
        refused(ID, "set_peer_primary_addr=10.0.0.1", EADDRNOTAVAIL),
        "set_peer_primary_addr: 10.0.0.1 is not among our addresses: 10.0.0.9 port 7");
    assert_string_equal(refused(9, "primary_addr=10.0.0.1", EINVAL),
                        "primary_addr: there is no association 9");
    assert_string_equal(refused(SCTP_ALL_ASSOC, "primary_addr=10.0.0.1", EINVAL),
                        "primary_addr: 10.0.0.1: of which association? give the port too, as in "
                        "10.0.0.1:9877");
    os.locals = "";
    assert_string_equal(refused(ID, "set_peer_primary_addr=10.0.0.9", EINVAL),
                        "set_peer_primary_addr: there is no association 5");
    os.lists = 1;
    assert_string_equal(refused(ID, "primary_addr=10.0.0.9", EADDRNOTAVAIL),
                        "primary_addr: 10.0.0.9 is not one of its addresses");
    assert_int_equal(os.sets, 0);
}

UNIT_TEST(options_of_a_list_are_set_in_turn)
{
    const char *texts[] = {"nodelay=on", "autoclose=5", NULL};

    Unp_opt_list_set(FD, ID, texts);
    assert_int_equal(os.sets, 2);
    assert_int_equal(os.name, SCTP_AUTOCLOSE);
    Unp_opt_list_set(FD, ID, NULL);
    assert_int_equal(os.sets, 2);
}

/* ---- reading ----------------------------------------------------------------------------- */

static int get(sctp_assoc_t id, const char *text, char *buf, size_t size)
{
    return unp_opt_get(FD, id, text, buf, size, why, sizeof(why));
}

UNIT_TEST(an_option_is_read_with_its_id_and_length)
{
    const struct sctp_rtoinfo rto = {.srto_initial = 1, .srto_max = 2, .srto_min = 3};
    const struct sctp_rtoinfo *asked = (const void *)os.question;
    char buf[100];

    memcpy(os.answer, &rto, sizeof(rto));
    assert_int_equal(get(ID, "rtoinfo", buf, sizeof(buf)), 0);
    assert_string_equal(buf, "rtoinfo.initial=1,max=2,min=3");
    assert_int_equal(os.asked_len, sizeof(rto));
    assert_int_equal(asked->srto_assoc_id, ID);
    os.answer_len = offsetof(struct sctp_rtoinfo, srto_min); /* an older kernel */
    assert_int_equal(get(ID, "rtoinfo.min", buf, sizeof(buf)), 0);
    assert_string_equal(buf, "rtoinfo.min=0");
    buf[14] = '#';
    assert_int_equal(get(ID, "rtoinfo.min", buf, 14), 0); /* with its NUL */
    assert_int_equal(buf[14], '#');
    assert_int_equal(get(ID, "rtoinfo.min", buf, 13), -1);
    assert_int_equal(errno, ENOSPC);
    assert_string_equal(why, "rtoinfo: No space left on device");
    os.get_error = ENOPROTOOPT;
    assert_int_equal(get(ID, "rtoinfo", buf, sizeof(buf)), -1);
    assert_int_equal(errno, ENOPROTOOPT);
    assert_string_equal(why, "rtoinfo: this SCTP stack does not have it");
}

UNIT_TEST(a_list_is_read_whole)
{
    char buf[200];
    const struct sockaddr_in sa = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const uint32_t ids[] = {2, 7, 8};

    memcpy(os.answer, ids, sizeof(ids));
    os.answer_len = sizeof(ids);
    assert_int_equal(get(0, "get_assoc_id_list", buf, sizeof(buf)), 0);
    assert_string_equal(buf, "get_assoc_id_list=7,8");
    assert_int_equal(os.asked_len, 65536);
    /* Of addresses, Linux returns a length without the header. */
    memset(os.answer, 0, sizeof(os.answer));
    memcpy(os.answer + offsetof(struct sctp_getaddrs, addrs), &sa, sizeof(sa));
    os.answer_len = sizeof(sa);
    assert_int_equal(get(ID, "peer_addrs", buf, sizeof(buf)), 0);
    assert_string_equal(buf, "peer_addrs=127.0.0.1");
}

UNIT_TEST(a_path_is_asked_for_by_its_address)
{
    char buf[200];

    os.answer_len = sizeof(struct sctp_paddrinfo);
    assert_int_equal(get(ID, "get_peer_addr_info.rto@10.0.0.1", buf, sizeof(buf)), 0);
    memcpy(os.value, os.question, sizeof(struct sctp_paddrinfo));
    assert_string_equal(address_set(offsetof(struct sctp_paddrinfo, spinfo_address)), "10.0.0.1:7");
    assert_int_equal(get(ID, "get_peer_addr_info.rto@10.9.9.9", buf, sizeof(buf)), -1);
    assert_int_equal(os.gets, 1);
}

UNIT_TEST(without_memory_nothing_is_read)
{
    char buf[200];

    if (!CAN_FAIL)
        skip();
    fail_in = 3; /* after the stream in memory */
    assert_int_equal(get(ID, "rtoinfo", buf, sizeof(buf)), -1);
    fail_in = 0;
    assert_contains(why, "rtoinfo: Cannot allocate memory");
}

int main(void)
{
    return run_all_tests(start, check_blocks);
}
