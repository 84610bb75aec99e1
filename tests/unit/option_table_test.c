/* The table of the socket options: lib/option/table.c, words.c. */
#include "option/newer.h"
#include "option/option.h"
#include "unit.h"
#include "unpsctp.h"

#include <ctype.h>

/* ---- the table ------------------------------------------------------------ */

UNIT_TEST(names_are_found_and_lead_to_one_option_each)
{
    for (size_t i = 0; i < unp_opts_count; i++) {
        const struct unp_opt *o = &unp_opts[i];
        const char *constant = o->constant;
        char lower[80] = "";

        assert_ptr_equal(unp_opt_find(o->name, strlen(o->name)), o);
        if (strncmp(constant, "SCTP_SOCKOPT_", 13) != 0 && o->level == IPPROTO_SCTP) {
            for (size_t c = 0; c < sizeof(lower) - 1 && constant[c]; c++)
                lower[c] = (char)tolower((unsigned char)constant[c]);
            assert_ptr_equal(unp_opt_find(constant, strlen(constant)), o);
            assert_ptr_equal(unp_opt_find(lower, strlen(lower)), o);
            assert_ptr_equal(unp_opt_find(lower + 5, strlen(lower + 5)), o);
        }
        for (size_t j = 0; j < i; j++)
            assert_false(o->level == unp_opts[j].level && o->number == unp_opts[j].number);
    }
}

UNIT_TEST(aliases_are_those_of_one_option)
{
    for (size_t i = 0; i < unp_opts_count; i++) {
        char aliases[200], *rest = aliases, *a;

        snprintf(aliases, sizeof(aliases), "%s", unp_opts[i].aliases ? unp_opts[i].aliases : "");
        while (*aliases && (a = strsep(&rest, " ")))
            assert_ptr_equal(unp_opt_find(a, strlen(a)), &unp_opts[i]);
    }
}

UNIT_TEST(erlangs_names_are_known)
{
    static const char *const names[] = {"sctp_rtoinfo",
                                        "sctp_associnfo",
                                        "sctp_initmsg",
                                        "sctp_autoclose",
                                        "sctp_nodelay",
                                        "sctp_disable_fragments",
                                        "sctp_i_want_mapped_v4_addr",
                                        "sctp_maxseg",
                                        "sctp_primary_addr",
                                        "sctp_set_peer_primary_addr",
                                        "sctp_adaptation_layer",
                                        "sctp_peer_addr_params",
                                        "sctp_default_send_param",
                                        "sctp_events",
                                        "sctp_delayed_ack_time",
                                        "sctp_status",
                                        "sctp_get_peer_addr_info",
                                        "sndbuf",
                                        "recbuf",
                                        "reuseaddr",
                                        "ipv6_v6only",
                                        "tos",
                                        "priority",
                                        "dontroute",
                                        "linger"};

    for (size_t i = 0; i < COUNT(names); i++)
        if (!unp_opt_find(names[i], strlen(names[i])))
            fail_msg("%s is not known", names[i]);
}

/* All options of <linux/sctp.h> except those that are calls: peeloff, connectx, sendv. */
UNIT_TEST(the_table_has_every_option_of_the_header)
{
    static const int calls[] = {SCTP_SOCKOPT_PEELOFF,   SCTP_SOCKOPT_PEELOFF_FLAGS,
                                SCTP_SOCKOPT_CONNECTX,  SCTP_SOCKOPT_CONNECTX_OLD,
                                SCTP_SOCKOPT_CONNECTX3, SCTP_SENDMSG_CONNECT};

    for (int n = 0; n <= SCTP_PLPMTUD_PROBE_INTERVAL; n++) {
        bool found = n > SCTP_PEER_ADDR_THLDS_V2 && n < SCTP_SOCKOPT_BINDX_ADD;

        for (size_t i = 0; i < COUNT(calls); i++)
            found |= n == calls[i] || (n >= 103 && n <= 106); /* there is no such number */
        for (size_t i = 0; i < unp_opts_count; i++)
            found |= unp_opts[i].level == IPPROTO_SCTP && unp_opts[i].number == n;
        if (!found)
            fail_msg("option %d of the header is not in the table", n);
    }
}

static void check_field(const struct unp_opt *o, size_t i)
{
    const struct unp_opt_field *f = &o->fields[i];
    bool list = f->type == OPT_LIST || f->type == OPT_BYTES;

    if (list) {
        assert_int_equal(f->offset, o->size); /* what follows the structure */
        assert_true(f->count + f->countsz <= o->size && f->countsz > 0);
    } else if (f->type != OPT_ADDRESSES) {
        assert_true(f->size > 0 && f->offset + f->size <= o->size);
    }
    if (f->type == OPT_ADDRESS)
        assert_int_equal(f->size, sizeof(struct sockaddr_storage));
    if (f->type == OPT_PPID)
        assert_int_equal(f->size, 4);
    if (f->type == OPT_PORT)
        assert_int_equal(f->size, 2);
    if (f->type == OPT_ENUM || f->type == OPT_FLAGS)
        assert_non_null(f->words);
    assert_true(f->max == 0 || f->min <= f->max);
    for (size_t j = 0; j < i; j++) {
        const struct unp_opt_field *other = &o->fields[j];

        if (f->name && other->name)
            assert_string_not_equal(f->name, other->name);
        else
            assert_true(f->name || other->name);
        if (!list && f->type != OPT_ADDRESSES && other->type != OPT_LIST &&
            other->type != OPT_BYTES)
            assert_true(f->offset >= other->offset + other->size ||
                        other->offset >= f->offset + f->size);
    }
}

UNIT_TEST(fields_lie_within_their_structure_beside_each_other)
{
    for (size_t i = 0; i < unp_opts_count; i++) {
        const struct unp_opt *o = &unp_opts[i];

        assert_true(o->is & OPT_BOTH);
        assert_true(strlen(o->name) <= 58); /* name.c looks for names of two letters more */
        assert_true(o->count < 32 && o->size <= OPT_ROOM); /* a bit for each field */
        assert_true(o->id < 0 || (size_t)o->id + sizeof(sctp_assoc_t) <= o->size);
        for (size_t f = 0; f < o->count; f++) {
            check_field(o, f);
            if (o->id >= 0 && o->fields[f].type != OPT_ADDRESSES)
                assert_true(o->fields[f].offset >= (size_t)o->id + sizeof(sctp_assoc_t) ||
                            o->fields[f].offset + o->fields[f].size <= (size_t)o->id);
        }
    }
}

/* ---- a second copy, to detect accidental changes of the tables ------------------- */

/* A field is "name@offset/size", with "#offset/size" of its count, "!" what it is, and of a number
 * its limits, if it has some (0 at the end: those of its size), and its unit.  On i386, integers of
 * 64 bits and socket addresses are aligned to 4 bytes. */
#ifdef __LP64__
#define BITS(on64, on32) on64
#else
#define BITS(on64, on32) on32
#endif
static const struct {
    const char *name;
    int number;
    size_t size;
    int id;
    unsigned is;
    const char *fields;
} rows[] = {
    {"rtoinfo", 0, 16, 0, 7, "initial@4/4(1..0 ms) max@8/4(1..0 ms) min@12/4(1..0 ms)"},
    {"associnfo", 1, 20, 0, 7,
     "asocmaxrxt@4/2(1..0) number_peer_destinations@6/2!2 peer_rwnd@8/4!2(bytes) "
     "local_rwnd@12/4!2(bytes) cookie_life@16/4(1..0 ms)"},
    {"initmsg", 2, 8, -1, 7,
     "num_ostreams@0/2(1..0) max_instreams@2/2(1..0) max_attempts@4/2(1..0) "
     "max_init_timeo@6/2(1..0 ms)"},
    {"nodelay", 3, 4, -1, 3, "@0/4"},
    {"autoclose", 4, 4, -1, 3, "@0/4(0..2147483647 s)"},
    {"set_peer_primary_addr", 5, 132, 0, 10, "@4/128!8"},
    {"primary_addr", 6, 132, 0, 11, "@4/128"},
    {"adaptation_layer", 7, 4, -1, 3, "@0/4"},
    {"disable_fragments", 8, 4, -1, 3, "@0/4"},
    {"peer_addr_params", 9, 156, 0, 7,
     "address@4/128!1 hbinterval@132/4(ms) pathmaxrxt@136/2(1..0) pathmtu@138/4(bytes) "
     "sackdelay@142/4(0..500 ms) flags@146/4 ipv6_flowlabel@150/4(0..1048575) dscp@154/1"},
    {"default_send_param", 10, 32, 28, 3,
     "stream@0/2 flags@4/2 ppid@8/4 context@12/4 timetolive@16/4(ms)"},
    {"events", 11, 14, -1, 35,
     "data_io@0/1 association@1/1 address@2/1 send_failure@3/1 peer_error@4/1 shutdown@5/1 "
     "partial_delivery@6/1 adaptation_layer@7/1 authentication@8/1 sender_dry@9/1 "
     "stream_reset@10/1 assoc_reset@11/1 stream_change@12/1 send_failed@13/1"},
    {"i_want_mapped_v4_addr", 12, 4, -1, 3, "@0/4"},
    {"maxseg", 13, 8, 0, 3, "@4/4(bytes)"},
    {"status", 14, 176, 0, 9,
     "state@4/4 rwnd@8/4(bytes) unackdata@12/2(chunks) penddata@14/2(chunks) instrms@16/2 "
     "outstrms@18/2 fragmentation_point@20/4(bytes) primary@28/128 primary_state@156/4 "
     "primary_cwnd@160/4(bytes) primary_srtt@164/4(ms (ticks on Linux)) primary_rto@168/4(ms) "
     "primary_mtu@172/4(bytes)"},
    {"get_peer_addr_info", 15, 152, 0, 25,
     "address@4/128!1 state@132/4 cwnd@136/4(bytes) srtt@140/4(ms (ticks on Linux)) rto@144/4(ms) "
     "mtu@148/4(bytes)"},
    {"delayed_sack", 16, 12, 0, 7, "delay@4/4!4(0..500 ms) freq@8/4(1..0 packets)"},
    {"context", 17, 8, 0, 3, "@4/4"},
    {"fragment_interleave", 18, 4, -1, 3, "@0/4(0..2147483647)"},
    {"partial_delivery_point", 19, 4, -1, 3, "@0/4(0..2147483647 bytes)"},
    {"max_burst", 20, 8, 0, 3, "@4/4(packets)"},
    {"auth_chunk", 21, 1, -1, 2, "@0/1"},
    {"hmac_ident", 22, 4, -1, 3, "@4/2#0/4"},
    {"auth_key", 23, 8, 0, 2, "number@4/2 key@8/1#6/2!16"},
    {"auth_active_key", 24, 8, 0, 3, "@4/2"},
    {"auth_delete_key", 25, 8, 0, 2, "@4/2"},
    {"peer_auth_chunks", 26, 8, 0, 9, "@8/1#4/4"},
    {"local_auth_chunks", 27, 8, 0, 1, "@8/1#4/4"},
    {"get_assoc_number", 28, 4, -1, 1, "@0/4(0..2147483647)"},
    {"get_assoc_id_list", 29, 4, -1, 1, "@4/4#0/4"},
    {"auto_asconf", 30, 4, -1, 3, "@0/4"},
    {"peer_addr_thlds", 31, BITS(144, 136), 0, 3,
     BITS("address@8/128!1 pathmaxrxt@136/2 pathpfthld@138/2",
          "address@4/128!1 pathmaxrxt@132/2 pathpfthld@134/2")},
    {"recvrcvinfo", 32, 4, -1, 3, "@0/4"},
    {"recvnxtinfo", 33, 4, -1, 3, "@0/4"},
    {"default_sndinfo", 34, 16, 12, 3, "sid@0/2 flags@2/2 ppid@4/4 context@8/4"},
    {"auth_deactivate_key", 35, 8, 0, 2, "@4/2"},
    {"reuse_port", 36, 4, -1, 3, "@0/4"},
    {"peer_addr_thlds_v2", 37, BITS(144, 140), 0, 3,
     BITS("address@8/128!1 pathmaxrxt@136/2 pathpfthld@138/2 pathcpthld@140/2",
          "address@4/128!1 pathmaxrxt@132/2 pathpfthld@134/2 pathcpthld@136/2")},
    {"bindx_add", 100, 0, -1, 2, "@0/0!8"},
    {"bindx_rem", 101, 0, -1, 2, "@0/0!8"},
    {"peer_addrs", 108, 8, 0, 9, "@8/0"},
    {"local_addrs", 109, 8, 0, 1, "@8/0"},
    {"assoc_stats", 112, BITS(256, 252), 0, 9,
     BITS("obs_rto_ipaddr@8/128 maxrto@136/8(ms) isacks@144/8 osacks@152/8 opackets@160/8 "
          "ipackets@168/8 rtxchunks@176/8 outofseqtsns@184/8 idupchunks@192/8 gapcnt@200/8 "
          "ouodchunks@208/8 iuodchunks@216/8 oodchunks@224/8 iodchunks@232/8 octrlchunks@240/8 "
          "ictrlchunks@248/8",
          "obs_rto_ipaddr@4/128 maxrto@132/8(ms) isacks@140/8 osacks@148/8 opackets@156/8 "
          "ipackets@164/8 rtxchunks@172/8 outofseqtsns@180/8 idupchunks@188/8 gapcnt@196/8 "
          "ouodchunks@204/8 iuodchunks@212/8 oodchunks@220/8 iodchunks@228/8 octrlchunks@236/8 "
          "ictrlchunks@244/8")},
    {"pr_supported", 113, 8, 0, 3, "@4/4"},
    {"default_prinfo", 114, 12, 0, 3, "policy@8/2 value@4/4"},
    {"pr_assoc_status", 115, 24, 0, 9,
     "policy@6/2!1 abandoned_unsent@8/8(messages) abandoned_sent@16/8(messages)"},
    {"pr_stream_status", 116, 24, 0, 9,
     "stream@4/2!1 policy@6/2!1 abandoned_unsent@8/8(messages) abandoned_sent@16/8(messages)"},
    {"reconfig_supported", 117, 8, 0, 3, "@4/4"},
    {"enable_stream_reset", 118, 8, 0, 3, "@4/4"},
    {"reset_streams", 119, 8, 0, 10, "flags@4/2!20 streams@8/2#6/2"},
    {"reset_assoc", 120, 4, 0, 10, ""},
    {"add_streams", 121, 8, 0, 10, "instrms@4/2 outstrms@6/2"},
    {"stream_scheduler", 123, 8, 0, 3, "@4/4"},
    {"stream_scheduler_value", 124, 8, 0, 11, "stream@4/2!1 @6/2"},
    {"interleaving_supported", 125, 8, 0, 3, "@4/4"},
    {"event", 127, 8, 0, 3, "type@4/2!1 @6/1"},
    {"asconf_supported", 128, 8, 0, 3, "@4/4"},
    {"auth_supported", 129, 8, 0, 3, "@4/4"},
    {"ecn_supported", 130, 8, 0, 3, "@4/4"},
    {"expose_potentially_failed_state", 131, 8, 0, 3, "@4/4"},
    {"remote_udp_encaps_port", 132, BITS(144, 136), 0, 3,
     BITS("address@8/128!1 @136/2", "address@4/128!1 @132/2")},
    {"plpmtud_probe_interval", 133, BITS(144, 136), 0, 3,
     BITS("address@8/128!1 @136/4(ms)", "address@4/128!1 @132/4(ms)")},
    {"sndbuf", 7, 4, -1, 3, "@0/4(0..2147483647 bytes)"},
    {"recbuf", 8, 4, -1, 3, "@0/4(0..2147483647 bytes)"},
    {"reuseaddr", 2, 4, -1, 3, "@0/4"},
    {"dontroute", 5, 4, -1, 3, "@0/4"},
    {"linger", 13, 8, -1, 3, "on@0/4 seconds@4/4(0..2147483647 s)"},
    {"priority", 12, 4, -1, 3, "@0/4(0..2147483647)"},
    {"tos", 1, 4, -1, 3, "@0/4(0..255)"},
    {"ipv6_v6only", 26, 4, -1, 3, "@0/4"},
};

static void append(char *text, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void append(char *text, size_t size, const char *fmt, ...)
{
    size_t used = strlen(text);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text + used, size - used, fmt, ap);
    va_end(ap);
}

static void append_limits(char *text, size_t size, const struct unp_opt_field *f)
{
    bool limits = f->min || f->max;

    if (f->type != OPT_NUMBER || (!limits && !f->unit))
        return;
    append(text, size, "(");
    if (limits)
        append(text, size, "%llu..%llu%s", (unsigned long long)f->min, (unsigned long long)f->max,
               f->unit ? " " : "");
    append(text, size, "%s)", f->unit ? f->unit : "");
}

UNIT_TEST(each_option_has_its_number_structure_and_fields)
{
    assert_int_equal(unp_opts_count, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct unp_opt *o = &unp_opts[i];
        char fields[1000] = "";

        for (size_t k = 0; k < o->count; k++) {
            const struct unp_opt_field *f = &o->fields[k];

            append(fields, sizeof(fields), "%s%s@%zu/%zu", k ? " " : "", f->name ? f->name : "",
                   f->offset, f->size);
            if (f->countsz)
                append(fields, sizeof(fields), "#%zu/%zu", f->count, f->countsz);
            if (f->is)
                append(fields, sizeof(fields), "!%u", f->is);
            append_limits(fields, sizeof(fields), f);
        }
        assert_string_equal(o->name, rows[i].name);
        assert_int_equal(o->number, rows[i].number);
        assert_int_equal(o->size, rows[i].size);
        assert_int_equal(o->id, rows[i].id);
        assert_int_equal(o->is, rows[i].is);
        assert_string_equal(fields, rows[i].fields);
    }
}

static const struct {
    const char *name, *words;
} all_words[] = {
    {"peer_addr_params.flags",
     "hb_enable=1 hb_disable=2 hb_demand=4 pmtud_enable=8 pmtud_disable=16 sackdelay_enable=32 "
     "sackdelay_disable=64 hb_time_is_zero=128 ipv6_flowlabel=256 dscp=512 "},
    {"default_send_param.flags", "unordered=1 addr_over=2 abort=4 sack_immediately=8 eof=512 "},
    {"status.state", "empty=0 closed=1 cookie_wait=2 cookie_echoed=3 established=4 "
                     "shutdown_pending=5 shutdown_sent=6 shutdown_received=7 shutdown_ack_sent=8 "},
    {"status.primary_state",
     "inactive=0 potentially_failed=1 active=2 unconfirmed=3 unknown=65535 "},
    {"auth_chunk", "data=0 init=1 init_ack=2 sack=3 heartbeat=4 heartbeat_ack=5 abort=6 shutdown=7 "
                   "shutdown_ack=8 error=9 cookie_echo=10 cookie_ack=11 ecne=12 cwr=13 "
                   "shutdown_complete=14 auth=15 i_data=64 asconf_ack=128 re_config=130 pad=132 "
                   "forward_tsn=192 asconf=193 i_forward_tsn=194 "},
    {"hmac_ident", "sha1=1 sha256=3 "},
    {"default_prinfo.policy", "none=0 ttl=16 rtx=32 prio=48 "},
    {"pr_assoc_status.policy", "all=128 ttl=16 rtx=32 prio=48 "},
    {"enable_stream_reset", "streams=1 assoc=2 change=4 "},
    {"reset_streams.flags", "incoming=1 outgoing=2 "},
    {"stream_scheduler", "fcfs=0 prio=1 rr=2 fc=3 wfq=4 "},
    {"event.type", "data_io=32768 association=32769 address=32770 send_failure=32771 "
                   "peer_error=32772 shutdown=32773 partial_delivery=32774 adaptation_layer=32775 "
                   "authentication=32776 sender_dry=32777 stream_reset=32778 assoc_reset=32779 "
                   "stream_change=32780 send_failed=32781 "},
    {"expose_potentially_failed_state", "default=0 off=1 on=2 "},
};

UNIT_TEST(each_word_has_its_value)
{
    for (size_t i = 0; i < COUNT(all_words); i++) {
        const char *dot = strchr(all_words[i].name, '.');
        const struct unp_opt *o = unp_opt_find(
            all_words[i].name, dot ? (size_t)(dot - all_words[i].name) : strlen(all_words[i].name));
        char text[600] = "";

        assert_non_null(o);
        for (size_t k = 0; k < o->count; k++) {
            const struct unp_opt_field *f = &o->fields[k];

            if (dot ? f->name && strcmp(f->name, dot + 1) == 0 : !f->name)
                for (const struct unp_opt_word *w = f->words; w->word; w++)
                    snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s=%u ", w->word,
                             w->value);
        }
        assert_string_equal(text, all_words[i].words);
    }
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
