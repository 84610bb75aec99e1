/*
 * A second copy of the table of socket options, to detect accidental changes: lib/option/table.c.
 * option_test.c has the limits, units and words.
 */
#include "option/option.h"
#include "unit.h"

/* A field is "name@offset/size", with "#offset/size" of its count and "!" what it is. */
static const struct {
    const char *name;
    int number;
    size_t size;
    int id;
    unsigned is;
    const char *fields;
} rows[] = {
    {"rtoinfo", 0, 16, 0, 7, "initial@4/4 max@8/4 min@12/4"},
    {"associnfo", 1, 20, 0, 7,
     "asocmaxrxt@4/2 number_peer_destinations@6/2!2 peer_rwnd@8/4!2 local_rwnd@12/4!2 "
     "cookie_life@16/4"},
    {"initmsg", 2, 8, -1, 7,
     "num_ostreams@0/2 max_instreams@2/2 max_attempts@4/2 max_init_timeo@6/2"},
    {"nodelay", 3, 4, -1, 3, "@0/4"},
    {"autoclose", 4, 4, -1, 3, "@0/4"},
    {"set_peer_primary_addr", 5, 132, 0, 10, "@4/128!8"},
    {"primary_addr", 6, 132, 0, 11, "@4/128"},
    {"adaptation_layer", 7, 4, -1, 3, "@0/4"},
    {"disable_fragments", 8, 4, -1, 3, "@0/4"},
    {"peer_addr_params", 9, 156, 0, 7,
     "address@4/128!1 hbinterval@132/4 pathmaxrxt@136/2 pathmtu@138/4 sackdelay@142/4 flags@146/4 "
     "ipv6_flowlabel@150/4 dscp@154/1"},
    {"default_send_param", 10, 32, 28, 3,
     "stream@0/2 flags@4/2 ppid@8/4 context@12/4 timetolive@16/4"},
    {"events", 11, 14, -1, 35,
     "data_io@0/1 association@1/1 address@2/1 send_failure@3/1 peer_error@4/1 shutdown@5/1 "
     "partial_delivery@6/1 adaptation_layer@7/1 authentication@8/1 sender_dry@9/1 "
     "stream_reset@10/1 assoc_reset@11/1 stream_change@12/1 send_failed@13/1"},
    {"i_want_mapped_v4_addr", 12, 4, -1, 3, "@0/4"},
    {"maxseg", 13, 8, 0, 3, "@4/4"},
    {"status", 14, 176, 0, 9,
     "state@4/4 rwnd@8/4 unackdata@12/2 penddata@14/2 instrms@16/2 outstrms@18/2 "
     "fragmentation_point@20/4 primary@28/128 primary_state@156/4 primary_cwnd@160/4 "
     "primary_srtt@164/4 primary_rto@168/4 primary_mtu@172/4"},
    {"get_peer_addr_info", 15, 152, 0, 25,
     "address@4/128!1 state@132/4 cwnd@136/4 srtt@140/4 rto@144/4 mtu@148/4"},
    {"delayed_sack", 16, 12, 0, 7, "delay@4/4!4 freq@8/4"},
    {"context", 17, 8, 0, 3, "@4/4"},
    {"fragment_interleave", 18, 4, -1, 3, "@0/4"},
    {"partial_delivery_point", 19, 4, -1, 3, "@0/4"},
    {"max_burst", 20, 8, 0, 3, "@4/4"},
    {"auth_chunk", 21, 1, -1, 2, "@0/1"},
    {"hmac_ident", 22, 4, -1, 3, "@4/2#0/4"},
    {"auth_key", 23, 8, 0, 2, "number@4/2 key@8/1#6/2!16"},
    {"auth_active_key", 24, 8, 0, 3, "@4/2"},
    {"auth_delete_key", 25, 8, 0, 2, "@4/2"},
    {"peer_auth_chunks", 26, 8, 0, 9, "@8/1#4/4"},
    {"local_auth_chunks", 27, 8, 0, 1, "@8/1#4/4"},
    {"get_assoc_number", 28, 4, -1, 1, "@0/4"},
    {"get_assoc_id_list", 29, 4, -1, 1, "@4/4#0/4"},
    {"auto_asconf", 30, 4, -1, 3, "@0/4"},
    {"peer_addr_thlds", 31, 144, 0, 3, "address@8/128!1 pathmaxrxt@136/2 pathpfthld@138/2"},
    {"recvrcvinfo", 32, 4, -1, 3, "@0/4"},
    {"recvnxtinfo", 33, 4, -1, 3, "@0/4"},
    {"default_sndinfo", 34, 16, 12, 3, "sid@0/2 flags@2/2 ppid@4/4 context@8/4"},
    {"auth_deactivate_key", 35, 8, 0, 2, "@4/2"},
    {"reuse_port", 36, 4, -1, 3, "@0/4"},
    {"peer_addr_thlds_v2", 37, 144, 0, 3,
     "address@8/128!1 pathmaxrxt@136/2 pathpfthld@138/2 pathcpthld@140/2"},
    {"bindx_add", 100, 0, -1, 2, "@0/0!8"},
    {"bindx_rem", 101, 0, -1, 2, "@0/0!8"},
    {"peer_addrs", 108, 8, 0, 9, "@8/0"},
    {"local_addrs", 109, 8, 0, 1, "@8/0"},
    {"assoc_stats", 112, 256, 0, 9,
     "obs_rto_ipaddr@8/128 maxrto@136/8 isacks@144/8 osacks@152/8 opackets@160/8 ipackets@168/8 "
     "rtxchunks@176/8 outofseqtsns@184/8 idupchunks@192/8 gapcnt@200/8 ouodchunks@208/8 "
     "iuodchunks@216/8 oodchunks@224/8 iodchunks@232/8 octrlchunks@240/8 ictrlchunks@248/8"},
    {"pr_supported", 113, 8, 0, 3, "@4/4"},
    {"default_prinfo", 114, 12, 0, 3, "policy@8/2 value@4/4"},
    {"pr_assoc_status", 115, 24, 0, 9, "policy@6/2!1 abandoned_unsent@8/8 abandoned_sent@16/8"},
    {"pr_stream_status", 116, 24, 0, 9,
     "stream@4/2!1 policy@6/2!1 abandoned_unsent@8/8 abandoned_sent@16/8"},
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
    {"remote_udp_encaps_port", 132, 144, 0, 3, "address@8/128!1 @136/2"},
    {"plpmtud_probe_interval", 133, 144, 0, 3, "address@8/128!1 @136/4"},
    {"sndbuf", 7, 4, -1, 3, "@0/4"},
    {"recbuf", 8, 4, -1, 3, "@0/4"},
    {"reuseaddr", 2, 4, -1, 3, "@0/4"},
    {"dontroute", 5, 4, -1, 3, "@0/4"},
    {"linger", 13, 8, -1, 3, "on@0/4 seconds@4/4"},
    {"priority", 12, 4, -1, 3, "@0/4"},
    {"tos", 1, 4, -1, 3, "@0/4"},
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
        }
        assert_string_equal(o->name, rows[i].name);
        assert_int_equal(o->number, rows[i].number);
        assert_int_equal(o->size, rows[i].size);
        assert_int_equal(o->id, rows[i].id);
        assert_int_equal(o->is, rows[i].is);
        assert_string_equal(fields, rows[i].fields);
    }
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
