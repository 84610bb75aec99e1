/* Shared by the decoders of notifications: text (notification.c) and JSON (json/fields.c). */
#ifndef NOTIFICATION_H
#define NOTIFICATION_H

#include "unpsctp.h"

#include <stddef.h>

/*
 * A row for each notification: its type, its name in sctp_events(7), its member of the union, the
 * association id in it, its least length (without the array at its end), and the name of the
 * function in each decoder that describes it.
 */
// clang-format off
#define NOTIFICATIONS(ROW) \
    ROW(SCTP_ASSOC_CHANGE, "assoc_change", sn_assoc_change, sac_assoc_id, offsetof(struct sctp_assoc_change, sac_info), assoc_change) \
    ROW(SCTP_PEER_ADDR_CHANGE, "peer_addr_change", sn_paddr_change, spc_assoc_id, sizeof(struct sctp_paddr_change), peer_addr_change) \
    ROW(SCTP_SEND_FAILED, "send_failed", sn_send_failed, ssf_assoc_id, offsetof(struct sctp_send_failed, ssf_data), old_send_failed) \
    ROW(SCTP_REMOTE_ERROR, "remote_error", sn_remote_error, sre_assoc_id, offsetof(struct sctp_remote_error, sre_data), remote_error) \
    ROW(SCTP_SHUTDOWN_EVENT, "shutdown", sn_shutdown_event, sse_assoc_id, sizeof(struct sctp_shutdown_event), shutdown_event) \
    ROW(SCTP_PARTIAL_DELIVERY_EVENT, "partial_delivery", sn_pdapi_event, pdapi_assoc_id, sizeof(struct sctp_pdapi_event), partial_delivery) \
    ROW(SCTP_ADAPTATION_INDICATION, "adaptation_indication", sn_adaptation_event, sai_assoc_id, sizeof(struct sctp_adaptation_event), adaptation) \
    ROW(SCTP_AUTHENTICATION_EVENT, "authentication", sn_authkey_event, auth_assoc_id, sizeof(struct sctp_authkey_event), authentication) \
    ROW(SCTP_SENDER_DRY_EVENT, "sender_dry", sn_sender_dry_event, sender_dry_assoc_id, sizeof(struct sctp_sender_dry_event), sender_dry) \
    ROW(SCTP_STREAM_RESET_EVENT, "stream_reset", sn_strreset_event, strreset_assoc_id, offsetof(struct sctp_stream_reset_event, strreset_stream_list), stream_reset) \
    ROW(SCTP_ASSOC_RESET_EVENT, "assoc_reset", sn_assocreset_event, assocreset_assoc_id, sizeof(struct sctp_assoc_reset_event), assoc_reset) \
    ROW(SCTP_STREAM_CHANGE_EVENT, "stream_change", sn_strchange_event, strchange_assoc_id, sizeof(struct sctp_stream_change_event), stream_change) \
    ROW(SCTP_SEND_FAILED_EVENT, "send_failed", sn_send_failed_event, ssf_assoc_id, offsetof(struct sctp_send_failed_event, ssf_data), send_failed)
// clang-format on

/* The notification's type if that is known and the notification is long enough for it.  Otherwise
 * 0: its members may not be read. */
uint16_t unp_notification_type(const union sctp_notification *n, size_t len);
/* The association of a notification; 0 where the type is 0. */
sctp_assoc_t unp_notification_assoc(const union sctp_notification *n, size_t len);

/* The name of a feature that the peer supports, from the sac_info of SCTP_COMM_UP; NULL: unknown.
 * RFC 6458, section 6.1.1.  (Linux reports none.) */
const char *unp_notification_feature(uint8_t feature);

#endif
