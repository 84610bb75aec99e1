/*
 * Structures whose layout is the same in Linux and in libusrsctp, of the options and notifications
 * that option_table.c and event.c pass on as they are.  Nothing is compiled: on a machine where a
 * field has another place, the compiler stops here.
 */
#include "libusrsctp.h"

#define SIZE(type, field)  sizeof(((struct type *)0)->field)
#define PLACE(type, field) offsetof(struct type, field)
#define SAME(type, field)                                                                          \
    _Static_assert(PLACE(sctp_##type, field) == PLACE(usr_sctp_##type, field) &&                   \
                       SIZE(sctp_##type, field) == SIZE(usr_sctp_##type, field),                   \
                   #type "." #field)
/* The last field is a list. */
#define SAME_LIST(type, field)                                                                     \
    _Static_assert(PLACE(sctp_##type, field) == PLACE(usr_sctp_##type, field) &&                   \
                       SIZE(sctp_##type, field[0]) == SIZE(usr_sctp_##type, field[0]),             \
                   #type "." #field)
#define SAME_SIZE(type)                                                                            \
    _Static_assert(sizeof(struct sctp_##type) == sizeof(struct usr_sctp_##type), #type)

/* ---- options -------------------------------------------------------------- */

SAME(rtoinfo, srto_assoc_id);
SAME(rtoinfo, srto_initial);
SAME(rtoinfo, srto_max);
SAME(rtoinfo, srto_min);
SAME_SIZE(rtoinfo);
SAME(initmsg, sinit_num_ostreams);
SAME(initmsg, sinit_max_instreams);
SAME(initmsg, sinit_max_attempts);
SAME(initmsg, sinit_max_init_timeo);
SAME_SIZE(initmsg);
SAME(setadaptation, ssb_adaptation_ind);
SAME_SIZE(setadaptation);
SAME(assoc_value, assoc_id);
SAME(assoc_value, assoc_value);
SAME_SIZE(assoc_value);
SAME(sack_info, sack_assoc_id);
SAME(sack_info, sack_delay);
SAME(sack_info, sack_freq);
SAME_SIZE(sack_info);
SAME(stream_value, assoc_id);
SAME(stream_value, stream_id);
SAME(stream_value, stream_value);
SAME_SIZE(stream_value);
SAME(authchunk, sauth_chunk);
SAME_SIZE(authchunk);
SAME(hmacalgo, shmac_num_idents);
SAME_LIST(hmacalgo, shmac_idents);
SAME_SIZE(hmacalgo);
SAME(authkey, sca_assoc_id);
SAME(authkey, sca_keynumber);
SAME(authkey, sca_keylength);
SAME_LIST(authkey, sca_key);
SAME_SIZE(authkey);
SAME(authkeyid, scact_assoc_id);
SAME(authkeyid, scact_keynumber);
SAME_SIZE(authkeyid);
SAME(reset_streams, srs_assoc_id);
SAME(reset_streams, srs_flags);
SAME(reset_streams, srs_number_streams);
SAME_LIST(reset_streams, srs_stream_list);
SAME_SIZE(reset_streams);
SAME(add_streams, sas_assoc_id);
SAME(add_streams, sas_instrms);
SAME(add_streams, sas_outstrms);
SAME_SIZE(add_streams);

/* ---- notifications -------------------------------------------------------- */

SAME(shutdown_event, sse_type);
SAME(shutdown_event, sse_flags);
SAME(shutdown_event, sse_length);
SAME(shutdown_event, sse_assoc_id);
SAME_SIZE(shutdown_event);
SAME(adaptation_event, sai_adaptation_ind);
SAME(adaptation_event, sai_assoc_id);
SAME_SIZE(adaptation_event);
SAME(sender_dry_event, sender_dry_assoc_id);
SAME_SIZE(sender_dry_event);
SAME(stream_reset_event, strreset_assoc_id);
SAME_LIST(stream_reset_event, strreset_stream_list);
SAME_SIZE(stream_reset_event);
SAME(assoc_reset_event, assocreset_assoc_id);
SAME(assoc_reset_event, assocreset_local_tsn);
SAME(assoc_reset_event, assocreset_remote_tsn);
SAME_SIZE(assoc_reset_event);
SAME(stream_change_event, strchange_assoc_id);
SAME(stream_change_event, strchange_instrms);
SAME(stream_change_event, strchange_outstrms);
SAME_SIZE(stream_change_event);
