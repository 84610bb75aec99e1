/* The text of the socket options: lib/option/, without a socket. */
#include "blocks.h"
#include "unit.h"
#include "unpsctp.h"

#include "option/inside.h"
#include "option/option.h"

#include <errno.h>

#include "../tools/emulator.h"

/* ---- fields in memory --------------------------------------------------------------- */

UNIT_TEST(a_field_has_1_2_4_or_8_bytes_anywhere)
{
    static const size_t sizes[] = {1, 2, 4, 8};
    unsigned char bytes[10];

    for (size_t i = 0; i < COUNT(sizes); i++) {
        const uint64_t most = sizes[i] == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * sizes[i]) - 1;
        const struct unp_opt_field plain = {.size = sizes[i]}, with_max = {.size = 1, .max = 7};

        memset(bytes, 0x55, sizeof(bytes));
        unp_field_put(bytes + 1, sizes[i], most - 1);
        assert_true(unp_field_get(bytes + 1, sizes[i]) == most - 1);
        assert_int_equal(bytes[0], 0x55);
        assert_int_equal(bytes[1 + sizes[i]], 0x55);
        assert_true(unp_opt_max(&plain) == most);
        assert_int_equal(unp_opt_max(&with_max), 7);
    }
    assert_int_equal(unp_field_get(bytes, 3), 0); /* no such size */
}

UNIT_TEST(a_field_beyond_the_end_of_an_answer_is_0)
{
    unsigned char data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const struct unp_opt_field f = {.offset = 2, .size = 4};
    struct unp_opt_reading a = {.data = data, .len = 6};
    uint32_t n;

    memcpy(&n, data + 2, 4);
    assert_int_equal(unp_field_number(&a, &f), n);
    a.len = 5;
    assert_int_equal(unp_field_number(&a, &f), 0);
}

static char parts[200];

static void add_part(void *to, const char *text, uint64_t n, bool first)
{
    assert_ptr_equal(to, parts);
    snprintf(parts + strlen(parts), sizeof(parts) - strlen(parts), "%s%s%llu", first ? "" : ",",
             text, (unsigned long long)n);
}

/* The elements of a list with a count in two bytes, in an answer of `len` bytes. */
static const char *elements_of(uint16_t count, size_t len)
{
    static const struct unp_opt_word words[] = {{"two", 2}, {NULL, 0}};
    const struct unp_opt_field f = {
        .type = OPT_LIST, .offset = 4, .size = 2, .count = 0, .countsz = 2, .words = words};
    const uint16_t values[] = {count, 9, 1, 2, 3};
    unsigned char *data = exact_copy(values, len);
    const struct unp_opt_reading a = {.data = data, .len = len};

    parts[0] = '\0';
    unp_opt_each(&a, &f, add_part, parts);
    free(data);
    return parts;
}

UNIT_TEST(a_list_ends_with_its_count_or_the_answer)
{
    assert_string_equal(elements_of(3, 10), "1,two2,3");
    assert_string_equal(elements_of(2, 10), "1,two2");
    assert_string_equal(elements_of(0, 10), "");
    assert_string_equal(elements_of(99, 10), "1,two2,3");
    assert_string_equal(elements_of(3, 9), "1,two2");
    assert_string_equal(elements_of(3, 4), "");
    assert_string_equal(elements_of(3, 3), "");
    assert_string_equal(elements_of(3, 1), "");
    assert_string_equal(elements_of(3, 0), "");
}

UNIT_TEST(flags_are_listed_by_their_words)
{
    static const struct unp_opt_word words[] = {{"one", 1}, {"two", 2}, {"four", 4}, {NULL, 0}};
    const struct unp_opt_field f = {.type = OPT_FLAGS, .size = 1, .words = words};
    unsigned char data = 6;
    const struct unp_opt_reading a = {.data = &data, .len = 1};

    parts[0] = '\0';
    unp_opt_each(&a, &f, add_part, parts);
    assert_string_equal(parts, "two2,four4");
}

/* The address of an answer that begins with it, and has `len` bytes. */
static size_t address_in(const void *sa, size_t len, const char *expected)
{
    char text[SOCK_NTOP_SIZE] = "as it was", *data = exact_copy(sa, len);
    const struct unp_opt_reading a = {.data = (unsigned char *)data, .len = len};
    size_t size = unp_field_address(&a, 0, text, sizeof(text));

    assert_string_equal(text, expected);
    free(data);
    return size;
}

UNIT_TEST(an_address_is_as_long_as_its_family)
{
    struct sockaddr_storage four = {.ss_family = AF_INET}, six = {.ss_family = AF_INET6},
                            none = {.ss_family = AF_UNSPEC};
    unsigned char *data = calloc(1, 8 + 15), *behind = data + 8;
    const struct unp_opt_reading a = {.data = data, .len = 8 + 15};
    char text[SOCK_NTOP_SIZE];

    assert_int_equal(address_in(&four, sizeof(four), "0.0.0.0"), 16);
    assert_int_equal(address_in(&four, 16, "0.0.0.0"), 16);
    assert_int_equal(address_in(&four, 15, ""), 0);
    assert_int_equal(address_in(&six, sizeof(six), "::"), 28);
    assert_int_equal(address_in(&six, 28, "::"), 28);
    assert_int_equal(address_in(&six, 27, ""), 0);
    assert_int_equal(address_in(&none, sizeof(none), ""), 0);
    assert_int_equal(address_in(&four, 0, ""), 0);
    memcpy(behind, &four, 15); /* the last byte is missing */
    assert_int_equal(unp_field_address(&a, 8, text, sizeof(text)), 0);
    free(data);
}

/* ---- setting -------------------------------------------------------------- */

/* Parses text in memory of just its size, so that ASan sees reads beyond it. */
static int parse(int (*f)(struct unp_opt_request *, const char *, char *, size_t),
                 struct unp_opt_request *r, const char *text, char *why, size_t size)
{
    char *copy = exact_copy(text, strlen(text) + 1);
    int rc;

    *why = '\0';
    rc = f(r, copy, why, size);
    free(copy);
    return rc;
}

static const void *understood(struct unp_opt_request *r, const char *text)
{
    char why[600];

    if (parse(unp_opt_parse_set, r, text, why, sizeof(why)) != 0)
        fail_msg("\"%s\": %s", text, why);
    return r->value;
}

UNIT_TEST(fields_are_put_into_the_structure)
{
    struct unp_opt_request r;
    const struct sctp_rtoinfo *rto = understood(&r, "rtoinfo.initial=500,max=2000");
    const struct sctp_sndinfo *snd;
    const struct sctp_paddrparams *path;
    const struct sctp_event *event;

    assert_int_equal(rto->srto_initial, 500);
    assert_int_equal(rto->srto_max, 2000);
    assert_int_equal(rto->srto_min, 0);
    assert_int_equal(r.named, 3);
    assert_int_equal(r.len, sizeof(*rto));
    snd = understood(&r, "DEFAULT_SNDINFO.ppid=NGAP,flags=unordered,eof,context=0x10,sid=7");
    assert_int_equal(ntohl(snd->snd_ppid), 60);
    assert_int_equal(snd->snd_flags, SCTP_UNORDERED | SCTP_EOF);
    assert_int_equal(snd->snd_context, 16);
    assert_int_equal(snd->snd_sid, 7);
    path = understood(&r, "paddrparams.hbinterval=1000,flags=hb_enable,pmtud_disable@[::1]:9");
    assert_int_equal(path->spp_hbinterval, 1000);
    assert_int_equal(path->spp_flags, SPP_HB_ENABLE | SPP_PMTUD_DISABLE);
    assert_int_equal(path->spp_address.ss_family, AF_INET6);
    assert_true(unp_opt_needs_association(&r));
    event = understood(&r, "event[shutdown]=on");
    assert_int_equal(event->se_type, SCTP_SHUTDOWN_EVENT);
    assert_int_equal(event->se_on, 1);
    assert_false(unp_opt_needs_association(&r));
}

UNIT_TEST(a_value_alone_is_that_of_the_option)
{
    static const struct {
        const char *text;
        int value;
    } cases[] = {{"nodelay=1", 1},          {"nodelay=on", 1},    {"SCTP_NODELAY=TRUE", 1},
                 {"nodelay=yes", 1},        {"nodelay=0", 0},     {"nodelay=off", 0},
                 {"sctp_nodelay=false", 0}, {"autoclose=60", 60}, {"autoclose=0x10", 16},
                 {"so_sndbuf=1000", 1000},  {"rcvbuf=010", 10}};
    struct unp_opt_request r;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const int *n = understood(&r, cases[i].text);

        assert_int_equal(*n, cases[i].value);
    }
    assert_int_equal(
        ((const struct sctp_sack_info *)understood(&r, "delayed_ack_time=100"))->sack_delay, 100);
    assert_int_equal(r.named, 1);
}

UNIT_TEST(a_list_may_follow_and_precede_fields)
{
    struct unp_opt_request r;
    const struct sctp_reset_streams *reset;
    const struct sctp_hmacalgo *hmacs;
    const struct sctp_event_subscribe *events;
    const struct sctp_authkey *key;

    reset = understood(&r, "reset_streams.streams=1,2,65535,flags=incoming,outgoing");
    assert_int_equal(reset->srs_number_streams, 3);
    assert_int_equal(reset->srs_stream_list[2], 65535);
    assert_int_equal(reset->srs_flags, SCTP_STREAM_RESET_INCOMING | SCTP_STREAM_RESET_OUTGOING);
    assert_int_equal(r.len, sizeof(*reset) + 6);
    reset = understood(&r, "reset_streams=outgoing,streams=all");
    assert_int_equal(reset->srs_number_streams, 0);
    hmacs = understood(&r, "hmac_ident=sha256,1");
    assert_int_equal(hmacs->shmac_num_idents, 2);
    assert_int_equal(hmacs->shmac_idents[0], 3);
    events = understood(&r, "events=association,shutdown_event");
    assert_int_equal(events->sctp_association_event, 1);
    assert_int_equal(events->sctp_shutdown_event, 1);
    assert_int_equal(events->sctp_address_event, 0);
    assert_int_equal(r.named, 0x3fff);
    understood(&r, "events.association=on");
    assert_int_equal(r.named, 2);
    key = understood(&r, "auth_key.number=7,key=a@b,c");
    assert_int_equal(key->sca_keynumber, 7);
    assert_int_equal(key->sca_keylength, 5);
    assert_memory_equal(key->sca_key, "a@b,c", 5);
    key = understood(&r, "auth_key.key=a,=b");
    assert_int_equal(key->sca_keylength, 4);
    events = understood(&r, "events=all");
    for (size_t i = 0; i < sizeof(*events); i++)
        assert_int_equal(((const unsigned char *)events)[i], 1);
    events = understood(&r, "events=none");
    for (size_t i = 0; i < sizeof(*events); i++)
        assert_int_equal(((const unsigned char *)events)[i], 0);
    key = understood(&r, "auth_key.key=0x00fF");
    assert_int_equal(key->sca_keylength, 2);
    assert_memory_equal(key->sca_key, "\x00\xff", 2);
}

UNIT_TEST(addresses_are_with_and_without_a_port)
{
    struct unp_opt_request r;
    const struct sctp_prim *prim = understood(&r, "primary_addr=10.0.0.1");
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    memcpy(&v4, &prim->ssp_addr, sizeof(v4));
    assert_int_equal(v4.sin_family, AF_INET);
    assert_int_equal(v4.sin_port, 0);
    prim = understood(&r, "primary_addr=10.0.0.1:9877");
    memcpy(&v4, &prim->ssp_addr, sizeof(v4));
    assert_int_equal(ntohs(v4.sin_port), 9877);
    prim = understood(&r, "primary_addr=::1");
    memcpy(&v6, &prim->ssp_addr, sizeof(v6));
    assert_int_equal(v6.sin6_family, AF_INET6);
    understood(&r, "bindx_add=10.0.0.1,::1");
    assert_int_equal(r.len, sizeof(v4) + sizeof(v6));
    memcpy(&v6, r.value + sizeof(v4), sizeof(v6));
    assert_int_equal(v6.sin6_family, AF_INET6);
    understood(&r, "reset_assoc");
    assert_int_equal(r.len, sizeof(sctp_assoc_t));
    assert_true(unp_opt_needs_association(&r));
}

static const struct {
    const char *text, *why;
} wrong[] = {
    {"rtoinf.max=1", "unknown option \"rtoinf\"; did you mean rtoinfo?"},
    {"burst=1", "did you mean max_burst?"},
    {"nodleay=1", "did you mean nodelay?"},
    {"nodelayxx=1", "did you mean nodelay?"},
    {"nodelayxxx=1", "unknown option \"nodelayxxx\"; 'sctp_opts'"},
    {"atoclse=1", "did you mean autoclose?"},
    {"atclse=1", "unknown option \"atclse\"; 'sctp_opts'"},
    {"rtoi=1", "did you mean rtoinfo?"},
    {"rtoifno.max=1", "did you mean rtoinfo?"},
    {"evnt=1", "; did you mean event?"},
    {"evt=1", "unknown option \"evt\"; 'sctp_opts'"},
    {"ent=1", "; did you mean disable_fragments, events, fragment_interleave, hmac_ident, event, "
              "expose_potentially_failed_state?"},
    {"contxet=1", "; did you mean context?"},
    {"cXntXXt=1", "; did you mean context?"},
    {"cQntQQt=1", "; 'sctp_opts' lists"},
    {"SCTP_NODELY=1", "unknown option \"SCTP_NODELY\"; did you mean nodelay?"},
    {"SCTP_=1", "unknown option \"SCTP_\"; 'sctp_opts'"},
    {"li=1", "unknown option \"li\"; 'sctp_opts'"},
    {"add=1", "; did you mean set_peer_primary_addr, primary_addr, peer_addr_params, "
              "i_want_mapped_v4_addr, get_peer_addr_info, peer_addr_thlds, peer_addr_thlds_v2, "
              "bindx_add?"},
    {"a_name_of_an_option_that_is_much_longer_than_those_that_there_a=1",
     "unknown option \"a_name_of_an_option_that_is_much_longer_than_those_that_ther\"; "
     "'sctp_opts'"},
    {"nonsense=1", "unknown option \"nonsense\"; 'sctp_opts' lists all"},
    {"", "unknown option \"\""},
    {"=1", "unknown option \"\""},
    {"rtoinfo.maximum=1", "\"maximum\" is none of its fields, which are initial, max, min"},
    {"rtoinfo=1", "it has fields: write rtoinfo.initial=..."},
    {"nodelay.on=1", "it has no fields, only a value"},
    {"rtoinfo", "rtoinfo: no value is given"},
    {"rtoinfo.max", "rtoinfo: no value is given; write .max=..."},
    {"rtoinfo.max=x", "rtoinfo.max: \"x\" is not a number from 1 to 4294967295 (ms)"},
    {"rtoinfo.max=-1", "\"-1\" is not a number"},
    {"rtoinfo.max=0", "\"0\" is not a number from 1"},
    {"rtoinfo.max=4294967296", "is not a number from 1 to 4294967295"},
    {"rtoinfo.max=99999999999999999999999", "is not a number"},
    {"rtoinfo.max=0000000000000000000000000000000000000000001", "is not a number"},
    {"rtoinfo.max=1,max=2", "rtoinfo.max: it is given twice"},
    {"rtoinfo.max=1,2", "\"1,2\" is not a number"},
    {"rtoinfo[1].max=1", "it takes no value in brackets"},
    {"initmsg.num_ostreams=65536", "is not a number from 1 to 65535"},
    {"nodelay=2", "\"2\" is neither on nor off"},
    {"autoclose=2147483648", "from 0 to 2147483647 (s)"},
    {"delayed_sack.delay=501", "from 0 to 500 (ms)"},
    {"status.state=closed", "status: it can only be read"},
    {"associnfo.peer_rwnd=1", "associnfo.peer_rwnd: it can only be read"},
    {"stream_scheduler=best", "\"best\" is none of fcfs, prio, rr, fc, wfq"},
    {"paddrparams.flags=hb_on", "\"hb_on\" is none of hb_enable, hb_disable"},
    {"default_sndinfo.ppid=none", "\"none\" is not a PPID; give a number"},
    {"primary_addr=localhost", "\"localhost\" is not an address such as 10.0.0.1"},
    {"primary_addr=10.0.0.1:0", "is not an address"},
    {"primary_addr=[::1", "is not an address"},
    {"paddrparams.hbinterval=1@", "peer_addr_params.address: \"\" is not an address"},
    {"events=association,nothing", "\"nothing\" is none of its fields, which are data_io"},
    {"event=on", "event: of which type? write event[type]=..."},
    {"event[shutdown]=", "\"\" is neither on nor off"},
    {"event[shutdown=on", "there is no ] after its ["},
    {"event[data_io,1]=on", "too many values in its brackets"},
    {"event[7]=on", "event.type: \"7\" is none of data_io, association"},
    {"stream_scheduler_value[65536]=1", "is not a number from 0 to 65535"},
    {"auth_key.number=1", "auth_key: auth_key.key=... is required too"},
    {"auth_key.key=0x1", "bytes have two hexadecimal digits each"},
    {"auth_key.key=0xzz", "bytes have two hexadecimal digits each"},
    {"auth_chunk=x", "nor a number up to 255"},
    {"reset_streams.streams=1", "reset_streams.flags=... is required too"},
    {"reset_streams=outgoing,streams=1,x", "\"x\" is not a number from 0 to 65535"},
    {"reset_assoc=1", "reset_assoc: it takes no value"},
    {"remote_udp_encaps_port=65536", "from 0 to 65535"},
};

UNIT_TEST(a_wrong_option_is_refused_with_what_is_allowed)
{
    struct unp_opt_request r;
    char why[600];

    for (size_t i = 0; i < COUNT(wrong); i++) {
        errno = 0;
        if (parse(unp_opt_parse_set, &r, wrong[i].text, why, sizeof(why)) != -1)
            fail_msg("\"%s\" is taken", wrong[i].text);
        assert_int_equal(errno, EINVAL);
        assert_contains(why, wrong[i].why);
        for (size_t size = 1; size < 60; size++) { /* and it is truncated to its buffer */
            char cut[64];

            memset(cut, '#', sizeof(cut));
            assert_int_equal(parse(unp_opt_parse_set, &r, wrong[i].text, cut, size), -1);
            assert_non_null(memchr(cut, '\0', size));
            assert_int_equal(cut[size], '#');
        }
    }
}

UNIT_TEST(a_value_that_is_too_long_is_refused)
{
    static char text[3 * OPT_ROOM];
    struct unp_opt_request r;
    char why[600];
    size_t n = (size_t)snprintf(text, sizeof(text), "auth_key.key=");

    memset(text + n, 'k', OPT_ROOM);
    text[n + OPT_ROOM - sizeof(struct sctp_authkey)] = '\0';
    understood(&r, text);
    assert_int_equal(r.len, OPT_ROOM);
    text[n + OPT_ROOM - sizeof(struct sctp_authkey)] = 'k';
    assert_int_equal(parse(unp_opt_parse_set, &r, text, why, sizeof(why)), -1);
    assert_contains(why, "it is longer than 4096 bytes");
}

/* ---- queries -------------------------------------------------------------- */

UNIT_TEST(a_query_has_no_value)
{
    static const struct {
        const char *text, *why;
    } cases[] = {{"rtoinfo.max=1", "rtoinfo: unexpected \"=1\" after it"},
                 {"rtoinfo.what", "\"what\" is none of its fields"},
                 {"rtoinfo@10.0.0.1", "unexpected \"@10.0.0.1\" after it"},
                 {"auth_key", "auth_key: it can only be set"},
                 {"what", "unknown option"},
                 {"paddrparams.what@::1", "peer_addr_params: \"what\" is none of its fields"},
                 {"status@", "unexpected \"@\" after it"}};
    struct unp_opt_request r;
    char why[600];

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(parse(unp_opt_parse_get, &r, cases[i].text, why, sizeof(why)), -1);
        assert_contains(why, cases[i].why);
    }
    assert_int_equal(parse(unp_opt_parse_get, &r, "SCTP_RTOINFO.max", why, sizeof(why)), 0);
    assert_int_equal(r.named, 2);
}

UNIT_TEST(a_query_without_a_key_asks_for_each_key)
{
    struct unp_opt_request r;
    char why[600];
    int n = 1;

    assert_int_equal(parse(unp_opt_parse_get, &r, "event", why, sizeof(why)), 0);
    while (unp_opt_next_key(&r))
        n++;
    assert_int_equal(n, 14);
    assert_int_equal(parse(unp_opt_parse_get, &r, "event[address]", why, sizeof(why)), 0);
    assert_false(unp_opt_next_key(&r));
    assert_int_equal(parse(unp_opt_parse_get, &r, "rtoinfo", why, sizeof(why)), 0);
    assert_false(unp_opt_next_key(&r));
}

/* ---- text and JSON -------------------------------------------------------- */

/* The output for the structure that `text` sets, as if the stack had returned it. */
static char *printed(const char *text, bool json)
{
    struct unp_opt_request r;
    struct unp_opt_reading a;
    char *out = NULL;
    size_t size;
    FILE *f = open_memstream(&out, &size);
    struct unp_json j = {.f = f};

    understood(&r, text);
    a = (struct unp_opt_reading){.opt = r.opt, .data = exact_copy(r.value, r.len), .len = r.len};
    if (unp_opt_address(r.opt))
        a.named = r.named & 1;
    if (json)
        unp_opt_json(&j, NULL, &a);
    else
        unp_opt_print(f, &a);
    fclose(f);
    free(a.data);
    return out;
}

UNIT_TEST(printed_options_can_be_set_again)
{
    static const struct {
        const char *text, *json;
    } cases[] = {
        {"rtoinfo.initial=500,max=2000,min=7", "{\"initial\":500,\"max\":2000,\"min\":7}"},
        {"nodelay=on", "true"},
        {"hmac_ident=sha256,sha1", "[\"sha256\",\"sha1\"]"},
        {"hmac_ident=none", "[]"},
        {"hmac_ident=9", "[9]"},
        {"event[shutdown]=off", "false"},
        {"events=association,send_failed", NULL},
        {"events=none", NULL},
        {"default_sndinfo.sid=1,flags=unordered,ppid=ngap,context=2",
         "{\"sid\":1,\"flags\":[\"unordered\"],\"ppid\":60,\"context\":2}"},
        {"default_prinfo.policy=ttl,value=5", "{\"policy\":\"ttl\",\"value\":5}"},
        {"remote_udp_encaps_port=9899@10.0.0.1", "9899"},
        {"peer_addr_thlds.pathmaxrxt=3,pathpfthld=0@::1", "{\"pathmaxrxt\":3,\"pathpfthld\":0}"},
        {"primary_addr=10.0.0.1", "\"10.0.0.1\""},
        {"auth_chunk=asconf", "\"asconf\""},
        {"auth_chunk=200", "200"},
        {"stream_scheduler_value[3]=10", "10"},
        {"reset_streams.flags=outgoing,streams=1,2",
         "{\"flags\":[\"outgoing\"],\"streams\":[1,2]}"},
        {"reset_streams.flags=incoming,streams=all", NULL},
        {"bindx_add=10.0.0.1,::1", "[\"10.0.0.1\",\"::1\"]"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = printed(cases[i].text, false), *json = printed(cases[i].text, true);

        assert_string_equal(text, cases[i].text);
        if (cases[i].json)
            assert_string_equal(json, cases[i].json);
        free(text);
        free(json);
    }
}

/* Older kernels know fewer fields, and may return fewer bytes. */
UNIT_TEST(an_answer_that_is_too_short_is_not_read_beyond_its_end)
{
    unsigned char data[64];
    char *out = NULL;
    size_t size;

    memset(data, 0xff, sizeof(data));
    for (size_t i = 0; i < unp_opts_count; i++)
        for (size_t len = 0; len < sizeof(data); len++) {
            struct unp_opt_reading a = {
                .opt = &unp_opts[i], .data = exact_copy(data, len), .len = len, .named = 0};
            FILE *f = open_memstream(&out, &size);
            struct unp_json j = {.f = f};

            unp_opt_print(f, &a);
            unp_opt_json(&j, NULL, &a);
            fclose(f);
            free(out);
            free(a.data);
        }
}

/* ---- the options of a command line -------------------------------------------------- */

static struct unp_opt_list list;

static void take(const char *text)
{
    const struct unp_cmdline_option o = {.to = &list};

    Unp_take_opt(&o, "-O", text);
}

UNIT_TEST(options_are_set_before_or_after_an_association)
{
    long before = blocks;

    take("nodelay=on");
    take("primary_addr=10.0.0.1");
    take("rtoinfo.max=2000");
    take("reset_assoc");
    take("peer_addr_params.hbinterval=1000@10.0.0.1");
    take("autoclose=5");
    assert_int_equal(list.before_count, 3);
    assert_string_equal(list.before[0], "nodelay=on");
    assert_string_equal(list.before[1], "rtoinfo.max=2000");
    assert_string_equal(list.before[2], "autoclose=5");
    assert_null(list.before[3]);
    assert_int_equal(list.after_count, 3);
    assert_string_equal(list.after[1], "reset_assoc");
    assert_null(list.after[3]);
    unp_opt_list_free(&list);
    list = (struct unp_opt_list){0};
    unp_opt_list_free(&list);
    assert_int_equal(blocks, before);
}

static void take_in_child(void *text)
{
    take(text);
}

static void set_in_child(void *texts)
{
    Unp_opt_list_set_future(-1, texts);
}

UNIT_TEST(a_wrong_option_of_the_command_line_ends_the_program)
{
    const char *texts[] = {"nodelay=on", NULL}, *none[] = {NULL};
    char err[600];

    assert_int_equal(in_child(take_in_child, (char[]){"nodelay=2"}, err, sizeof(err)), EXIT_USAGE);
    assert_contains(err, "option_test: -O \"nodelay=2\": nodelay: \"2\" is neither on nor off");
    assert_int_equal(in_child(set_in_child, none, err, sizeof(err)), 0);
    assert_int_equal(in_child(set_in_child, NULL, err, sizeof(err)), 0);
    skip_because(lacks_sctp_options());
    assert_int_equal(in_child(set_in_child, texts, err, sizeof(err)), EXIT_SYSTEM);
    assert_string_equal(err, "option_test: option \"nodelay=on\": nodelay: Bad file descriptor\n");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
