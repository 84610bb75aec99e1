/*
 * The table of socket options.
 *
 * It omits options behind functions of libsctp, such as sctp_peeloff() and sctp_connectx().  An
 * option that a stack does not have fails with ENOPROTOOPT.
 */
#include "inside.h"

#include <netinet/ip.h>

#define AT(type, member)                                                                           \
    .offset = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member)
/* An array at the end of a structure, and its element count. */
#define ARRAY(type, member, number)                                                                \
    .offset = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member[0]),        \
    .count = offsetof(struct type, number), .countsz = sizeof(((struct type *)0)->number)
#define RO .is = FIELD_READ_ONLY
/* Linux reports the round-trip time in ticks (jiffies), of 1 to 10 ms. */
#define SRTT_UNIT "ms (ticks on Linux)"

/* ---- parameters of associations ------------------------------------------ */

static const struct unp_opt_field rtoinfo[] = {
    {"initial", OPT_NUMBER, AT(sctp_rtoinfo, srto_initial), .unit = "ms", .min = 1},
    {"max", OPT_NUMBER, AT(sctp_rtoinfo, srto_max), .unit = "ms", .min = 1},
    {"min", OPT_NUMBER, AT(sctp_rtoinfo, srto_min), .unit = "ms", .min = 1},
};

static const struct unp_opt_field associnfo[] = {
    {"asocmaxrxt", OPT_NUMBER, AT(sctp_assocparams, sasoc_asocmaxrxt), .min = 1},
    {"number_peer_destinations", OPT_NUMBER, AT(sctp_assocparams, sasoc_number_peer_destinations),
     RO},
    {"peer_rwnd", OPT_NUMBER, AT(sctp_assocparams, sasoc_peer_rwnd), .unit = "bytes", RO},
    {"local_rwnd", OPT_NUMBER, AT(sctp_assocparams, sasoc_local_rwnd), .unit = "bytes", RO},
    {"cookie_life", OPT_NUMBER, AT(sctp_assocparams, sasoc_cookie_life), .unit = "ms", .min = 1},
};

static const struct unp_opt_field initmsg[] = {
    {"num_ostreams", OPT_NUMBER, AT(sctp_initmsg, sinit_num_ostreams), .min = 1},
    {"max_instreams", OPT_NUMBER, AT(sctp_initmsg, sinit_max_instreams), .min = 1},
    {"max_attempts", OPT_NUMBER, AT(sctp_initmsg, sinit_max_attempts), .min = 1},
    {"max_init_timeo", OPT_NUMBER, AT(sctp_initmsg, sinit_max_init_timeo), .unit = "ms", .min = 1},
};

static const struct unp_opt_field adaptation[] = {
    {NULL, OPT_NUMBER, AT(sctp_setadaptation, ssb_adaptation_ind)},
};

static const struct unp_opt_field send_param[] = {
    {"stream", OPT_NUMBER, AT(sctp_sndrcvinfo, sinfo_stream)},
    {"flags", OPT_FLAGS, AT(sctp_sndrcvinfo, sinfo_flags), .words = unp_opt_send_flags},
    {"ppid", OPT_PPID, AT(sctp_sndrcvinfo, sinfo_ppid)},
    {"context", OPT_NUMBER, AT(sctp_sndrcvinfo, sinfo_context)},
    {"timetolive", OPT_NUMBER, AT(sctp_sndrcvinfo, sinfo_timetolive), .unit = "ms"},
};

static const struct unp_opt_field sndinfo[] = {
    {"sid", OPT_NUMBER, AT(sctp_sndinfo, snd_sid)},
    {"flags", OPT_FLAGS, AT(sctp_sndinfo, snd_flags), .words = unp_opt_send_flags},
    {"ppid", OPT_PPID, AT(sctp_sndinfo, snd_ppid)},
    {"context", OPT_NUMBER, AT(sctp_sndinfo, snd_context)},
};

static const struct unp_opt_field prinfo[] = {
    {"policy", OPT_ENUM, AT(sctp_default_prinfo, pr_policy), .words = unp_opt_policies},
    {"value", OPT_NUMBER, AT(sctp_default_prinfo, pr_value)},
};

static const struct unp_opt_field sack[] = {
    {"delay", OPT_NUMBER, AT(sctp_sack_info, sack_delay), .unit = "ms", .max = 500,
     .is = FIELD_BARE},
    {"freq", OPT_NUMBER, AT(sctp_sack_info, sack_freq), .unit = "packets", .min = 1},
};

#define EVENT(name, member)                                                                        \
    {                                                                                              \
        name, OPT_BOOL, AT(sctp_event_subscribe, member)                                           \
    }
static const struct unp_opt_field events[] = {
    EVENT("data_io", sctp_data_io_event),
    EVENT("association", sctp_association_event),
    EVENT("address", sctp_address_event),
    EVENT("send_failure", sctp_send_failure_event),
    EVENT("peer_error", sctp_peer_error_event),
    EVENT("shutdown", sctp_shutdown_event),
    EVENT("partial_delivery", sctp_partial_delivery_event),
    EVENT("adaptation_layer", sctp_adaptation_layer_event),
    EVENT("authentication", sctp_authentication_event),
    EVENT("sender_dry", sctp_sender_dry_event),
    EVENT("stream_reset", sctp_stream_reset_event),
    EVENT("assoc_reset", sctp_assoc_reset_event),
    EVENT("stream_change", sctp_stream_change_event),
    EVENT("send_failed", sctp_send_failure_event_event),
};

static const struct unp_opt_field event[] = {
    {"type", OPT_ENUM, AT(sctp_event, se_type), .words = unp_opt_events, .is = FIELD_KEY},
    {NULL, OPT_BOOL, AT(sctp_event, se_on)},
};

/* ---- paths --------------------------------------------------------------- */

#define KEY_ADDRESS(type, member)                                                                  \
    {                                                                                              \
        "address", OPT_ADDRESS, AT(type, member), .is = FIELD_KEY                                  \
    }

static const struct unp_opt_field prim[] = {
    {NULL, OPT_ADDRESS, AT(sctp_prim, ssp_addr)},
};

static const struct unp_opt_field peer_prim[] = {
    {NULL, OPT_ADDRESS, AT(sctp_setpeerprim, sspp_addr), .is = FIELD_OURS},
};

static const struct unp_opt_field paddrparams[] = {
    KEY_ADDRESS(sctp_paddrparams, spp_address),
    {"hbinterval", OPT_NUMBER, AT(sctp_paddrparams, spp_hbinterval), .unit = "ms",
     .implies = SPP_HB_ENABLE, .implies0 = SPP_HB_ENABLE | SPP_HB_TIME_IS_ZERO, .unless = SPP_HB},
    {"pathmaxrxt", OPT_NUMBER, AT(sctp_paddrparams, spp_pathmaxrxt), .min = 1},
    {"pathmtu", OPT_NUMBER, AT(sctp_paddrparams, spp_pathmtu), .unit = "bytes",
     .implies = SPP_PMTUD_DISABLE, .implies0 = SPP_PMTUD_ENABLE, .unless = SPP_PMTUD},
    {"sackdelay", OPT_NUMBER, AT(sctp_paddrparams, spp_sackdelay), .unit = "ms", .max = 500,
     .implies = SPP_SACKDELAY_ENABLE, .implies0 = SPP_SACKDELAY_DISABLE, .unless = SPP_SACKDELAY},
    {"flags", OPT_FLAGS, AT(sctp_paddrparams, spp_flags), .words = unp_opt_path_flags},
    {"ipv6_flowlabel", OPT_NUMBER, AT(sctp_paddrparams, spp_ipv6_flowlabel), .max = 0xfffff,
     .implies = SPP_IPV6_FLOWLABEL, .implies0 = SPP_IPV6_FLOWLABEL},
    {"dscp", OPT_NUMBER, AT(sctp_paddrparams, spp_dscp), .implies = SPP_DSCP, .implies0 = SPP_DSCP},
};

static const struct unp_opt_field paddrinfo[] = {
    KEY_ADDRESS(sctp_paddrinfo, spinfo_address),
    {"state", OPT_ENUM, AT(sctp_paddrinfo, spinfo_state), .words = unp_opt_path_states},
    {"cwnd", OPT_NUMBER, AT(sctp_paddrinfo, spinfo_cwnd), .unit = "bytes"},
    {"srtt", OPT_NUMBER, AT(sctp_paddrinfo, spinfo_srtt), .unit = SRTT_UNIT},
    {"rto", OPT_NUMBER, AT(sctp_paddrinfo, spinfo_rto), .unit = "ms"},
    {"mtu", OPT_NUMBER, AT(sctp_paddrinfo, spinfo_mtu), .unit = "bytes"},
};

static const struct unp_opt_field thresholds[] = {
    KEY_ADDRESS(sctp_paddrthlds, spt_address),
    {"pathmaxrxt", OPT_NUMBER, AT(sctp_paddrthlds, spt_pathmaxrxt)},
    {"pathpfthld", OPT_NUMBER, AT(sctp_paddrthlds, spt_pathpfthld)},
};

static const struct unp_opt_field thresholds2[] = {
    KEY_ADDRESS(sctp_paddrthlds_v2, spt_address),
    {"pathmaxrxt", OPT_NUMBER, AT(sctp_paddrthlds_v2, spt_pathmaxrxt)},
    {"pathpfthld", OPT_NUMBER, AT(sctp_paddrthlds_v2, spt_pathpfthld)},
    {"pathcpthld", OPT_NUMBER, AT(sctp_paddrthlds_v2, spt_pathcpthld)},
};

static const struct unp_opt_field encaps[] = {
    KEY_ADDRESS(sctp_udpencaps, sue_address),
    {NULL, OPT_PORT, AT(sctp_udpencaps, sue_port)},
};

static const struct unp_opt_field probe_interval[] = {
    KEY_ADDRESS(sctp_probeinterval, spi_address),
    {NULL, OPT_NUMBER, AT(sctp_probeinterval, spi_interval), .unit = "ms"},
};

static const struct unp_opt_field addresses[] = {
    {NULL, OPT_ADDRESSES, .is = FIELD_OURS},
};

static const struct unp_opt_field got_addresses[] = {
    {NULL, OPT_ADDRESSES, .offset = offsetof(struct sctp_getaddrs, addrs)},
};

/* ---- state of an association ---------------------------------------------- */

#define PRIMARY(name, type, member) name, type, AT(sctp_status, sstat_primary.member)
static const struct unp_opt_field status[] = {
    {"state", OPT_ENUM, AT(sctp_status, sstat_state), .words = unp_opt_states},
    {"rwnd", OPT_NUMBER, AT(sctp_status, sstat_rwnd), .unit = "bytes"},
    {"unackdata", OPT_NUMBER, AT(sctp_status, sstat_unackdata), .unit = "chunks"},
    {"penddata", OPT_NUMBER, AT(sctp_status, sstat_penddata), .unit = "chunks"},
    {"instrms", OPT_NUMBER, AT(sctp_status, sstat_instrms)},
    {"outstrms", OPT_NUMBER, AT(sctp_status, sstat_outstrms)},
    {"fragmentation_point", OPT_NUMBER, AT(sctp_status, sstat_fragmentation_point),
     .unit = "bytes"},
    {PRIMARY("primary", OPT_ADDRESS, spinfo_address)},
    {PRIMARY("primary_state", OPT_ENUM, spinfo_state), .words = unp_opt_path_states},
    {PRIMARY("primary_cwnd", OPT_NUMBER, spinfo_cwnd), .unit = "bytes"},
    {PRIMARY("primary_srtt", OPT_NUMBER, spinfo_srtt), .unit = SRTT_UNIT},
    {PRIMARY("primary_rto", OPT_NUMBER, spinfo_rto), .unit = "ms"},
    {PRIMARY("primary_mtu", OPT_NUMBER, spinfo_mtu), .unit = "bytes"},
};

static const struct unp_opt_field stats[] = {
    {"obs_rto_ipaddr", OPT_ADDRESS, AT(sctp_assoc_stats, sas_obs_rto_ipaddr)},
    {"maxrto", OPT_NUMBER, AT(sctp_assoc_stats, sas_maxrto), .unit = "ms"},
    {"isacks", OPT_NUMBER, AT(sctp_assoc_stats, sas_isacks)},
    {"osacks", OPT_NUMBER, AT(sctp_assoc_stats, sas_osacks)},
    {"opackets", OPT_NUMBER, AT(sctp_assoc_stats, sas_opackets)},
    {"ipackets", OPT_NUMBER, AT(sctp_assoc_stats, sas_ipackets)},
    {"rtxchunks", OPT_NUMBER, AT(sctp_assoc_stats, sas_rtxchunks)},
    {"outofseqtsns", OPT_NUMBER, AT(sctp_assoc_stats, sas_outofseqtsns)},
    {"idupchunks", OPT_NUMBER, AT(sctp_assoc_stats, sas_idupchunks)},
    {"gapcnt", OPT_NUMBER, AT(sctp_assoc_stats, sas_gapcnt)},
    {"ouodchunks", OPT_NUMBER, AT(sctp_assoc_stats, sas_ouodchunks)},
    {"iuodchunks", OPT_NUMBER, AT(sctp_assoc_stats, sas_iuodchunks)},
    {"oodchunks", OPT_NUMBER, AT(sctp_assoc_stats, sas_oodchunks)},
    {"iodchunks", OPT_NUMBER, AT(sctp_assoc_stats, sas_iodchunks)},
    {"octrlchunks", OPT_NUMBER, AT(sctp_assoc_stats, sas_octrlchunks)},
    {"ictrlchunks", OPT_NUMBER, AT(sctp_assoc_stats, sas_ictrlchunks)},
};

#define ABANDONED                                                                                  \
    {"policy", OPT_ENUM, AT(sctp_prstatus, sprstat_policy), .words = unp_opt_policies_of,          \
     .is = FIELD_KEY},                                                                             \
        {"abandoned_unsent", OPT_NUMBER, AT(sctp_prstatus, sprstat_abandoned_unsent),              \
         .unit = "messages"},                                                                      \
    {                                                                                              \
        "abandoned_sent", OPT_NUMBER, AT(sctp_prstatus, sprstat_abandoned_sent),                   \
            .unit = "messages"                                                                     \
    }
static const struct unp_opt_field assoc_abandoned[] = {ABANDONED};
static const struct unp_opt_field stream_abandoned[] = {
    {"stream", OPT_NUMBER, AT(sctp_prstatus, sprstat_sid), .is = FIELD_KEY}, ABANDONED};

static const struct unp_opt_field ids[] = {
    {NULL, OPT_LIST, ARRAY(sctp_assoc_ids, gaids_assoc_id, gaids_number_of_ids)},
};

/* ---- authentication ------------------------------------------------------ */

static const struct unp_opt_field auth_chunk[] = {
    {NULL, OPT_ENUM, AT(sctp_authchunk, sauth_chunk), .words = unp_opt_chunks, .max = 255},
};

static const struct unp_opt_field auth_chunks[] = {
    {NULL, OPT_LIST, ARRAY(sctp_authchunks, gauth_chunks, gauth_number_of_chunks),
     .words = unp_opt_chunks},
};

static const struct unp_opt_field hmacs[] = {
    {NULL, OPT_LIST, ARRAY(sctp_hmacalgo, shmac_idents, shmac_num_idents), .words = unp_opt_hmacs},
};

static const struct unp_opt_field auth_key[] = {
    {"number", OPT_NUMBER, AT(sctp_authkey, sca_keynumber)},
    {"key", OPT_BYTES, ARRAY(sctp_authkey, sca_key, sca_keylength), .is = FIELD_NEEDED},
};

static const struct unp_opt_field key_number[] = {
    {NULL, OPT_NUMBER, AT(sctp_authkeyid, scact_keynumber)},
};

/* ---- streams ------------------------------------------------------------- */

static const struct unp_opt_field reset_streams[] = {
    {"flags", OPT_FLAGS, AT(sctp_reset_streams, srs_flags), .words = unp_opt_directions,
     .is = FIELD_BARE | FIELD_NEEDED},
    {"streams", OPT_LIST, ARRAY(sctp_reset_streams, srs_stream_list, srs_number_streams),
     .empty = "all"},
};

static const struct unp_opt_field add_streams[] = {
    {"instrms", OPT_NUMBER, AT(sctp_add_streams, sas_instrms)},
    {"outstrms", OPT_NUMBER, AT(sctp_add_streams, sas_outstrms)},
};

static const struct unp_opt_field stream_value[] = {
    {"stream", OPT_NUMBER, AT(sctp_stream_value, stream_id), .is = FIELD_KEY},
    {NULL, OPT_NUMBER, AT(sctp_stream_value, stream_value)},
};

/* ---- options with one value, of a socket or an association ---------------- */

#define INT(type, ...)                                                                             \
    {                                                                                              \
        {                                                                                          \
            NULL, type, .size = sizeof(int), __VA_ARGS__                                           \
        }                                                                                          \
    }
#define VALUE(type, ...)                                                                           \
    {                                                                                              \
        {                                                                                          \
            NULL, type, AT(sctp_assoc_value, assoc_value), __VA_ARGS__                             \
        }                                                                                          \
    }
static const struct unp_opt_field on_off[] = INT(OPT_BOOL, .unit = NULL);
static const struct unp_opt_field plain[] = INT(OPT_NUMBER, .max = INT32_MAX);
static const struct unp_opt_field bytes[] = INT(OPT_NUMBER, .unit = "bytes", .max = INT32_MAX);
static const struct unp_opt_field seconds[] = INT(OPT_NUMBER, .unit = "s", .max = INT32_MAX);
static const struct unp_opt_field tos[] = INT(OPT_NUMBER, .max = 255);
static const struct unp_opt_field value[] = VALUE(OPT_NUMBER, .unit = NULL);
static const struct unp_opt_field value_on_off[] = VALUE(OPT_BOOL, .unit = NULL);
static const struct unp_opt_field maxseg[] = VALUE(OPT_NUMBER, .unit = "bytes");
static const struct unp_opt_field max_burst[] = VALUE(OPT_NUMBER, .unit = "packets");
static const struct unp_opt_field resets[] = VALUE(OPT_FLAGS, .words = unp_opt_resets);
static const struct unp_opt_field scheduler[] = VALUE(OPT_ENUM, .words = unp_opt_schedulers);
static const struct unp_opt_field expose[] = VALUE(OPT_ENUM, .words = unp_opt_expose);

static const struct unp_opt_field linger[] = {
    {"on", OPT_BOOL, AT(linger, l_onoff)},
    {"seconds", OPT_NUMBER, AT(linger, l_linger), .unit = "s", .max = INT32_MAX},
};

/* ---- the table ----------------------------------------------------------- */

#define FIELDS(array)   .fields = (array), .count = sizeof(array) / sizeof((array)[0])
#define SCTP(NAME)      .constant = "SCTP_" #NAME, .level = IPPROTO_SCTP, .number = SCTP_##NAME
#define SOCKET(NAME)    .constant = #NAME, .level = SOL_SOCKET, .number = NAME
#define OF(type)        .size = sizeof(struct type)
#define OF_INT          .size = sizeof(int), .id = -1
#define ID(type, where) OF(type), .id = offsetof(struct type, where)

/* Advice for extensions that are off by default.  They are negotiated when an association is set
 * up. */
#define AUTH                                                                                       \
    .off =                                                                                         \
        "set auth_supported=on before associating, at both ends (on the kernel's SCTP, 'sysctl "   \
        "-w net.sctp.auth_enable=1' sets it for all sockets)"
#define ASCONF                                                                                     \
    .off = "set asconf_supported=on and auth_supported=on before associating, at both ends (on "   \
           "the kernel's SCTP, 'sysctl -w net.sctp.addip_enable=1 net.sctp.auth_enable=1' sets "   \
           "them for all sockets)"
#define RECONF                                                                                     \
    .off = "set reconfig_supported=on and enable_stream_reset before associating, at both ends "   \
           "(on the kernel's SCTP, 'sysctl -w net.sctp.reconf_enable=1' sets reconfig_supported "  \
           "for all sockets)"
#define INTERLEAVING                                                                               \
    .off = "set fragment_interleave=1 first, and on the kernel's SCTP run 'sysctl -w "             \
           "net.sctp.intl_enable=1'"

const struct unp_opt unp_opts[] = {
    {"rtoinfo", SCTP(RTOINFO), ID(sctp_rtoinfo, srto_assoc_id), FIELDS(rtoinfo),
     .is = OPT_BOTH | OPT_ZERO_KEEPS,
     .refuse = "min may not exceed max, and a stack may want initial between them: set all three"},
    {"associnfo", SCTP(ASSOCINFO), ID(sctp_assocparams, sasoc_assoc_id), FIELDS(associnfo),
     .is = OPT_BOTH | OPT_ZERO_KEEPS, .aliases = "assocparams",
     .refuse = "asocmaxrxt may not exceed the sum of pathmaxrxt of all addresses of the peer"},
    {"initmsg", SCTP(INITMSG), OF(sctp_initmsg), .id = -1, FIELDS(initmsg),
     .is = OPT_BOTH | OPT_ZERO_KEEPS},
    {"nodelay", SCTP(NODELAY), OF_INT, FIELDS(on_off), .is = OPT_BOTH},
    {"autoclose", SCTP(AUTOCLOSE), OF_INT, FIELDS(seconds), .is = OPT_BOTH},
    {"set_peer_primary_addr", SCTP(SET_PEER_PRIMARY_ADDR), ID(sctp_setpeerprim, sspp_assoc_id),
     FIELDS(peer_prim), .is = OPT_SET | OPT_ASSOC_ONLY, ASCONF,
     .refuse = "both ends need asconf_supported=on and auth_supported=on before they associate"},
    {"primary_addr", SCTP(PRIMARY_ADDR), ID(sctp_prim, ssp_assoc_id), FIELDS(prim),
     .is = OPT_BOTH | OPT_ASSOC_ONLY,
     .refuse =
         "a stack may want the address to be confirmed first, by a heartbeat that comes back"},
    {"adaptation_layer", SCTP(ADAPTATION_LAYER), OF(sctp_setadaptation), .id = -1,
     FIELDS(adaptation), .is = OPT_BOTH},
    {"disable_fragments", SCTP(DISABLE_FRAGMENTS), OF_INT, FIELDS(on_off), .is = OPT_BOTH},
    {"peer_addr_params", SCTP(PEER_ADDR_PARAMS), ID(sctp_paddrparams, spp_assoc_id),
     FIELDS(paddrparams), .is = OPT_BOTH | OPT_ZERO_KEEPS, .aliases = "paddrparams",
     .refuse = "hb_enable and hb_disable, and so on, exclude each other; pathmtu is at least 512; "
               "hb_demand needs an association"},
    {"default_send_param", SCTP(DEFAULT_SEND_PARAM), ID(sctp_sndrcvinfo, sinfo_assoc_id),
     FIELDS(send_param), .is = OPT_BOTH},
    {"events", SCTP(EVENTS), OF(sctp_event_subscribe), .id = -1, FIELDS(events),
     .is = OPT_BOTH | OPT_SET_OF},
    {"i_want_mapped_v4_addr", SCTP(I_WANT_MAPPED_V4_ADDR), OF_INT, FIELDS(on_off), .is = OPT_BOTH,
     .refuse = "only an IPv6 socket has it"},
    {"maxseg", SCTP(MAXSEG), ID(sctp_assoc_value, assoc_id), FIELDS(maxseg), .is = OPT_BOTH},
    {"status", SCTP(STATUS), ID(sctp_status, sstat_assoc_id), FIELDS(status),
     .is = OPT_GET | OPT_ASSOC_ONLY},
    {"get_peer_addr_info", SCTP(GET_PEER_ADDR_INFO), ID(sctp_paddrinfo, spinfo_assoc_id),
     FIELDS(paddrinfo), .is = OPT_GET | OPT_ASSOC_ONLY | OPT_ADDR_NEEDED,
     .aliases = "paddrinfo peer_addr_info",
     .refuse = "name an address of the peer: get_peer_addr_info@ADDRESS"},
    {"delayed_sack", SCTP(DELAYED_SACK), ID(sctp_sack_info, sack_assoc_id), FIELDS(sack),
     .is = OPT_BOTH | OPT_ZERO_KEEPS, .aliases = "delayed_ack_time delayed_ack sack_info"},
    {"context", SCTP(CONTEXT), ID(sctp_assoc_value, assoc_id), FIELDS(value), .is = OPT_BOTH},
    {"fragment_interleave", SCTP(FRAGMENT_INTERLEAVE), OF_INT, FIELDS(plain), .is = OPT_BOTH},
    {"partial_delivery_point", SCTP(PARTIAL_DELIVERY_POINT), OF_INT, FIELDS(bytes), .is = OPT_BOTH,
     .refuse = "the kernel's SCTP takes no more than half of recbuf"},
    {"max_burst", SCTP(MAX_BURST), ID(sctp_assoc_value, assoc_id), FIELDS(max_burst),
     .is = OPT_BOTH},
    {"auth_chunk", SCTP(AUTH_CHUNK), OF(sctp_authchunk), .id = -1, FIELDS(auth_chunk),
     .is = OPT_SET, AUTH,
     .refuse = "init, init_ack, shutdown_complete and auth cannot be authenticated"},
    {"hmac_ident", SCTP(HMAC_IDENT), OF(sctp_hmacalgo), .id = -1, FIELDS(hmacs), .is = OPT_BOTH,
     AUTH, .refuse = "sha1 has to be among them, and the stack has to have the others"},
    {"auth_key", SCTP(AUTH_KEY), ID(sctp_authkey, sca_assoc_id), FIELDS(auth_key), .is = OPT_SET,
     AUTH},
    {"auth_active_key", SCTP(AUTH_ACTIVE_KEY), ID(sctp_authkeyid, scact_assoc_id),
     FIELDS(key_number), .is = OPT_BOTH, AUTH, .refuse = "set auth_key of that number first"},
    {"auth_delete_key", SCTP(AUTH_DELETE_KEY), ID(sctp_authkeyid, scact_assoc_id),
     FIELDS(key_number), .is = OPT_SET, AUTH,
     .refuse = "the key has to exist, and cannot be the active one"},
    {"peer_auth_chunks", SCTP(PEER_AUTH_CHUNKS), ID(sctp_authchunks, gauth_assoc_id),
     FIELDS(auth_chunks), .is = OPT_GET | OPT_ASSOC_ONLY, AUTH},
    {"local_auth_chunks", SCTP(LOCAL_AUTH_CHUNKS), ID(sctp_authchunks, gauth_assoc_id),
     FIELDS(auth_chunks), .is = OPT_GET, AUTH},
    {"get_assoc_number", SCTP(GET_ASSOC_NUMBER), OF_INT, FIELDS(plain), .is = OPT_GET,
     .aliases = "assoc_number"},
    {"get_assoc_id_list", SCTP(GET_ASSOC_ID_LIST), OF(sctp_assoc_ids), .id = -1, FIELDS(ids),
     .is = OPT_GET, .aliases = "assoc_id_list"},
    {"auto_asconf", SCTP(AUTO_ASCONF), OF_INT, FIELDS(on_off), .is = OPT_BOTH,
     .refuse = "the socket has to be bound to all addresses"},
    {"peer_addr_thlds", SCTP(PEER_ADDR_THLDS), ID(sctp_paddrthlds, spt_assoc_id),
     FIELDS(thresholds), .is = OPT_BOTH, .aliases = "paddrthlds"},
    {"recvrcvinfo", SCTP(RECVRCVINFO), OF_INT, FIELDS(on_off), .is = OPT_BOTH},
    {"recvnxtinfo", SCTP(RECVNXTINFO), OF_INT, FIELDS(on_off), .is = OPT_BOTH},
    {"default_sndinfo", SCTP(DEFAULT_SNDINFO), ID(sctp_sndinfo, snd_assoc_id), FIELDS(sndinfo),
     .is = OPT_BOTH},
    {"auth_deactivate_key", SCTP(AUTH_DEACTIVATE_KEY), ID(sctp_authkeyid, scact_assoc_id),
     FIELDS(key_number), .is = OPT_SET, AUTH,
     .refuse = "the key has to exist, and cannot be the active one"},
    {"reuse_port", SCTP(REUSE_PORT), OF_INT, FIELDS(on_off), .is = OPT_BOTH,
     .refuse = "only a one-to-one socket that is not bound yet has it"},
    {"peer_addr_thlds_v2", SCTP(PEER_ADDR_THLDS_V2), ID(sctp_paddrthlds_v2, spt_assoc_id),
     FIELDS(thresholds2), .is = OPT_BOTH, .aliases = "paddrthlds_v2",
     .refuse = "pathpfthld may not exceed pathcpthld, which must be 65535 on a stack without "
               "RFC 7829's primary path switchover"},
    {"bindx_add", SCTP(SOCKOPT_BINDX_ADD), .size = 0, .id = -1, FIELDS(addresses), .is = OPT_SET,
     .aliases = "bindx"},
    {"bindx_rem", SCTP(SOCKOPT_BINDX_REM), .size = 0, .id = -1, FIELDS(addresses), .is = OPT_SET,
     .refuse = "each address has to be bound, and the last one cannot be removed"},
    {"peer_addrs", SCTP(GET_PEER_ADDRS), ID(sctp_getaddrs, assoc_id), FIELDS(got_addresses),
     .is = OPT_GET | OPT_ASSOC_ONLY, .aliases = "get_peer_addrs"},
    {"local_addrs", SCTP(GET_LOCAL_ADDRS), ID(sctp_getaddrs, assoc_id), FIELDS(got_addresses),
     .is = OPT_GET, .aliases = "get_local_addrs"},
    {"assoc_stats", SCTP(GET_ASSOC_STATS), ID(sctp_assoc_stats, sas_assoc_id), FIELDS(stats),
     .is = OPT_GET | OPT_ASSOC_ONLY, .aliases = "get_assoc_stats"},
    {"pr_supported", SCTP(PR_SUPPORTED), ID(sctp_assoc_value, assoc_id), FIELDS(value_on_off),
     .is = OPT_BOTH},
    {"default_prinfo", SCTP(DEFAULT_PRINFO), ID(sctp_default_prinfo, pr_assoc_id), FIELDS(prinfo),
     .is = OPT_BOTH},
    {"pr_assoc_status", SCTP(PR_ASSOC_STATUS), ID(sctp_prstatus, sprstat_assoc_id),
     FIELDS(assoc_abandoned), .is = OPT_GET | OPT_ASSOC_ONLY},
    {"pr_stream_status", SCTP(PR_STREAM_STATUS), ID(sctp_prstatus, sprstat_assoc_id),
     FIELDS(stream_abandoned), .is = OPT_GET | OPT_ASSOC_ONLY,
     .refuse = "there is no such stream, or the stack counts all policies together: write [n,all]"},
    {"reconfig_supported", SCTP(RECONFIG_SUPPORTED), ID(sctp_assoc_value, assoc_id),
     FIELDS(value_on_off), .is = OPT_BOTH},
    {"enable_stream_reset", SCTP(ENABLE_STREAM_RESET), ID(sctp_assoc_value, assoc_id),
     FIELDS(resets), .is = OPT_BOTH, .aliases = "enable_strreset", RECONF},
    {"reset_streams", SCTP(RESET_STREAMS), ID(sctp_reset_streams, srs_assoc_id),
     FIELDS(reset_streams), .is = OPT_SET | OPT_ASSOC_ONLY, RECONF,
     .refuse = "streams have to be below instrms or outstrms of status"},
    {"reset_assoc", SCTP(RESET_ASSOC), .size = sizeof(sctp_assoc_t), .id = 0,
     .is = OPT_SET | OPT_ASSOC_ONLY, RECONF},
    {"add_streams", SCTP(ADD_STREAMS), ID(sctp_add_streams, sas_assoc_id), FIELDS(add_streams),
     .is = OPT_SET | OPT_ASSOC_ONLY, RECONF, .refuse = "at most 65535 streams in each direction"},
    {"stream_scheduler", SCTP(STREAM_SCHEDULER), ID(sctp_assoc_value, assoc_id), FIELDS(scheduler),
     .is = OPT_BOTH, .refuse = "fc and wfq need the kernel's SCTP, of Linux 6.4 or newer"},
    {"stream_scheduler_value", SCTP(STREAM_SCHEDULER_VALUE), ID(sctp_stream_value, assoc_id),
     FIELDS(stream_value), .is = OPT_BOTH | OPT_ASSOC_ONLY,
     .refuse = "the scheduler has to be prio, and the stream one of this association"},
    {"interleaving_supported", SCTP(INTERLEAVING_SUPPORTED), ID(sctp_assoc_value, assoc_id),
     FIELDS(value_on_off), .is = OPT_BOTH, INTERLEAVING},
    {"event", SCTP(EVENT), ID(sctp_event, se_assoc_id), FIELDS(event), .is = OPT_BOTH},
    {"asconf_supported", SCTP(ASCONF_SUPPORTED), ID(sctp_assoc_value, assoc_id),
     FIELDS(value_on_off), .is = OPT_BOTH},
    {"auth_supported", SCTP(AUTH_SUPPORTED), ID(sctp_assoc_value, assoc_id), FIELDS(value_on_off),
     .is = OPT_BOTH},
    {"ecn_supported", SCTP(ECN_SUPPORTED), ID(sctp_assoc_value, assoc_id), FIELDS(value_on_off),
     .is = OPT_BOTH},
    {"expose_potentially_failed_state", SCTP(EXPOSE_POTENTIALLY_FAILED_STATE),
     ID(sctp_assoc_value, assoc_id), FIELDS(expose), .is = OPT_BOTH,
     .aliases = "expose_pf_state expose_pf"},
    {"remote_udp_encaps_port", SCTP(REMOTE_UDP_ENCAPS_PORT), ID(sctp_udpencaps, sue_assoc_id),
     FIELDS(encaps), .is = OPT_BOTH},
    {"plpmtud_probe_interval", SCTP(PLPMTUD_PROBE_INTERVAL), ID(sctp_probeinterval, spi_assoc_id),
     FIELDS(probe_interval), .is = OPT_BOTH, .refuse = "it is 0, for off, or at least 5000"},
    {"sndbuf", SOCKET(SO_SNDBUF), OF_INT, FIELDS(bytes), .is = OPT_BOTH},
    {"recbuf", SOCKET(SO_RCVBUF), OF_INT, FIELDS(bytes), .is = OPT_BOTH, .aliases = "rcvbuf"},
    {"reuseaddr", SOCKET(SO_REUSEADDR), OF_INT, FIELDS(on_off), .is = OPT_BOTH},
    {"dontroute", SOCKET(SO_DONTROUTE), OF_INT, FIELDS(on_off), .is = OPT_BOTH},
    {"linger", SOCKET(SO_LINGER), OF(linger), .id = -1, FIELDS(linger), .is = OPT_BOTH},
    {"priority", SOCKET(SO_PRIORITY), OF_INT, FIELDS(plain), .is = OPT_BOTH,
     .off = "only root may set it above 6"},
    {"tos", .constant = "IP_TOS", .level = IPPROTO_IP, .number = IP_TOS, OF_INT, FIELDS(tos),
     .is = OPT_BOTH},
    {"ipv6_v6only", .constant = "IPV6_V6ONLY", .level = IPPROTO_IPV6, .number = IPV6_V6ONLY, OF_INT,
     FIELDS(on_off), .is = OPT_BOTH, .off = "only an IPv6 socket has it",
     .refuse = "the socket may not be bound yet"},
};

const size_t unp_opts_count = sizeof(unp_opts) / sizeof(unp_opts[0]);
