/* The words for values of options. */
#include "inside.h"

const struct unp_opt_word unp_opt_send_flags[] = {{"unordered", SCTP_UNORDERED},
                                                  {"addr_over", SCTP_ADDR_OVER},
                                                  {"abort", SCTP_ABORT},
                                                  {"sack_immediately", SCTP_SACK_IMMEDIATELY},
                                                  {"eof", SCTP_EOF},
                                                  {NULL, 0}};

const struct unp_opt_word unp_opt_path_flags[] = {{"hb_enable", SPP_HB_ENABLE},
                                                  {"hb_disable", SPP_HB_DISABLE},
                                                  {"hb_demand", SPP_HB_DEMAND},
                                                  {"pmtud_enable", SPP_PMTUD_ENABLE},
                                                  {"pmtud_disable", SPP_PMTUD_DISABLE},
                                                  {"sackdelay_enable", SPP_SACKDELAY_ENABLE},
                                                  {"sackdelay_disable", SPP_SACKDELAY_DISABLE},
                                                  {"hb_time_is_zero", SPP_HB_TIME_IS_ZERO},
                                                  {"ipv6_flowlabel", SPP_IPV6_FLOWLABEL},
                                                  {"dscp", SPP_DSCP},
                                                  {NULL, 0}};

/* Partial reliability, RFC 3758 and RFC 7496. */
const struct unp_opt_word unp_opt_policies[] = {{"none", SCTP_PR_SCTP_NONE},
                                                {"ttl", SCTP_PR_SCTP_TTL},
                                                {"rtx", SCTP_PR_SCTP_RTX},
                                                {"prio", SCTP_PR_SCTP_PRIO},
                                                {NULL, 0}};

const struct unp_opt_word unp_opt_policies_of[] = {{"all", SCTP_PR_SCTP_ALL},
                                                   {"ttl", SCTP_PR_SCTP_TTL},
                                                   {"rtx", SCTP_PR_SCTP_RTX},
                                                   {"prio", SCTP_PR_SCTP_PRIO},
                                                   {NULL, 0}};

const struct unp_opt_word unp_opt_events[] = {{"data_io", SCTP_DATA_IO_EVENT},
                                              {"association", SCTP_ASSOC_CHANGE},
                                              {"address", SCTP_PEER_ADDR_CHANGE},
                                              {"send_failure", SCTP_SEND_FAILED},
                                              {"peer_error", SCTP_REMOTE_ERROR},
                                              {"shutdown", SCTP_SHUTDOWN_EVENT},
                                              {"partial_delivery", SCTP_PARTIAL_DELIVERY_EVENT},
                                              {"adaptation_layer", SCTP_ADAPTATION_INDICATION},
                                              {"authentication", SCTP_AUTHENTICATION_EVENT},
                                              {"sender_dry", SCTP_SENDER_DRY_EVENT},
                                              {"stream_reset", SCTP_STREAM_RESET_EVENT},
                                              {"assoc_reset", SCTP_ASSOC_RESET_EVENT},
                                              {"stream_change", SCTP_STREAM_CHANGE_EVENT},
                                              {"send_failed", SCTP_SEND_FAILED_EVENT},
                                              {NULL, 0}};

const struct unp_opt_word unp_opt_states[] = {{"empty", SCTP_EMPTY},
                                              {"closed", SCTP_CLOSED},
                                              {"cookie_wait", SCTP_COOKIE_WAIT},
                                              {"cookie_echoed", SCTP_COOKIE_ECHOED},
                                              {"established", SCTP_ESTABLISHED},
                                              {"shutdown_pending", SCTP_SHUTDOWN_PENDING},
                                              {"shutdown_sent", SCTP_SHUTDOWN_SENT},
                                              {"shutdown_received", SCTP_SHUTDOWN_RECEIVED},
                                              {"shutdown_ack_sent", SCTP_SHUTDOWN_ACK_SENT},
                                              {NULL, 0}};

const struct unp_opt_word unp_opt_path_states[] = {
    {"inactive", SCTP_INACTIVE}, {"potentially_failed", SCTP_POTENTIALLY_FAILED},
    {"active", SCTP_ACTIVE},     {"unconfirmed", SCTP_UNCONFIRMED},
    {"unknown", SCTP_UNKNOWN},   {NULL, 0}};

/* IANA's registry "Chunk Types". */
const struct unp_opt_word unp_opt_chunks[] = {
    {"data", 0x00},      {"init", 0x01},          {"init_ack", 0x02},
    {"sack", 0x03},      {"heartbeat", 0x04},     {"heartbeat_ack", 0x05},
    {"abort", 0x06},     {"shutdown", 0x07},      {"shutdown_ack", 0x08},
    {"error", 0x09},     {"cookie_echo", 0x0A},   {"cookie_ack", 0x0B},
    {"ecne", 0x0C},      {"cwr", 0x0D},           {"shutdown_complete", 0x0E},
    {"auth", 0x0F},      {"i_data", 0x40},        {"asconf_ack", 0x80},
    {"re_config", 0x82}, {"pad", 0x84},           {"forward_tsn", 0xC0},
    {"asconf", 0xC1},    {"i_forward_tsn", 0xC2}, {NULL, 0}};

const struct unp_opt_word unp_opt_hmacs[] = {
    {"sha1", SCTP_AUTH_HMAC_ID_SHA1}, {"sha256", SCTP_AUTH_HMAC_ID_SHA256}, {NULL, 0}};

const struct unp_opt_word unp_opt_directions[] = {
    {"incoming", SCTP_STREAM_RESET_INCOMING}, {"outgoing", SCTP_STREAM_RESET_OUTGOING}, {NULL, 0}};

const struct unp_opt_word unp_opt_resets[] = {{"streams", SCTP_ENABLE_RESET_STREAM_REQ},
                                              {"assoc", SCTP_ENABLE_RESET_ASSOC_REQ},
                                              {"change", SCTP_ENABLE_CHANGE_ASSOC_REQ},
                                              {NULL, 0}};

/* fc and wfq need Linux 6.4. */
const struct unp_opt_word unp_opt_schedulers[] = {{"fcfs", SCTP_SS_FCFS},  {"prio", SCTP_SS_PRIO},
                                                  {"rr", SCTP_SS_RR},      {"fc", SCTP_SS_RR + 1},
                                                  {"wfq", SCTP_SS_RR + 2}, {NULL, 0}};

/* RFC 7829, section 7.3.  0 is Linux's SCTP_PF_EXPOSE_UNSET. */
const struct unp_opt_word unp_opt_expose[] = {{"default", 0}, {"off", 1}, {"on", 2}, {NULL, 0}};
