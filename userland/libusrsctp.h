/* libusrsctp's functions and structures; all its own names begin with usr_. */
#ifndef LIBUSRSCTP_H
#define LIBUSRSCTP_H

#include "userland.h"

#include "usrsctp_renamed.h" /* made of usrsctp.h by the Makefile */

/* In libusrsctp 0.9.5, but not in its header. */
enum {
    usr_SCTP_PEER_ADDR_THLDS = 0x23,
    usr_SCTP_GET_SNDBUF_USE = 0x1101,
    usr_SCTP_INTERLEAVING_SUPPORTED = 0x1206,
    usr_SCTP_PR_SCTP_ALL = 0xf,
    usr_M_NOWAIT = 1,
    usr_MT_DATA = 1,
    usr_CHUNK_HEADER = 4,
    usr_HEADERS = 12 + usr_CHUNK_HEADER, /* the common one, and that of the first chunk */
};
struct usr_mbuf {
    struct usr_mbuf *next, *next_packet;
    char *data;
    int len, flags;
    short type;
    void *interface, *header;
    int packet_len; /* of the first in a chain: of all */
};
/* The first fields of a socket and of its protocol control block, which have IPV6_V6ONLY. */
struct usr_socket {
    int count;
    short type, options, linger, state;
    int queue_state;
    struct usr_inpcb *pcb;
};
struct usr_inpcb {
    void *lists[4], *protocol, *info;
    struct socket *socket;
    uint32_t flow;
    int flags;
};
enum { usr_IN6P_IPV6_V6ONLY = 0x8000 };
struct usr_sctp_sockstat {
    usr_sctp_assoc_t ss_assoc_id;
    uint32_t ss_total_sndbuf;
    uint32_t ss_total_recv_buf;
};
struct usr_sctp_paddrthlds {
    struct sockaddr_storage spt_address;
    usr_sctp_assoc_t spt_assoc_id;
    uint16_t spt_pathmaxrxt;
    uint16_t spt_pathpfthld;
    uint16_t spt_pathcpthld;
};

/* clang-format off */
#define USRSCTP_FUNCTIONS(X) \
    X(init) X(socket) X(setsockopt) X(getsockopt) X(getpaddrs) X(freepaddrs) X(getladdrs) \
    X(freeladdrs) X(sendv) X(recvv) X(bind) X(bindx) X(listen) X(accept) X(peeloff) X(connect) \
    X(connectx) X(close) X(getassocid) X(finish) X(shutdown) X(set_non_blocking) X(set_upcall) \
    X(get_events) X(crc32c) X(sysctl_set_sctp_blackhole) X(sysctl_set_sctp_max_chunks_on_queue) X(sysctl_set_sctp_ecn_enable) \
    X(sysctl_set_sctp_auth_enable) X(sysctl_set_sctp_asconf_enable) X(sysctl_set_sctp_auto_asconf) X(sysctl_set_sctp_reconfig_enable) \
    X(sysctl_set_sctp_rto_initial_default) X(sysctl_set_sctp_default_ss_module) X(sysctl_set_sctp_abort_if_one_2_one_hits_limit) \
    X(sysctl_set_sctp_sendspace) X(sysctl_set_sctp_recvspace)
/* clang-format on */

#define X(name) __typeof__(usrsctp_##name) *name;
/* Filled by libusrsctp_load().  The functions after USRSCTP_FUNCTIONS may be NULL. */
extern struct usrsctp {
    USRSCTP_FUNCTIONS(X)
    /* Makes an address known that the machine did not have when the stack was started. */
    void *(*add_address)(uint32_t vrf, void *ifn, uint32_t index, uint32_t type, const char *name,
                         void *ifa, struct sockaddr *address, uint32_t flags, int dynamic);
    void *(*find_address)(struct sockaddr *address, uint32_t vrf, int locked);
    /* The functions by which its receive threads give it a packet. */
    struct usr_mbuf *(*get_mbuf)(unsigned space, int header, int how, int one, int type);
    void (*free_mbufs)(struct usr_mbuf *m);
    void (*input)(struct usr_mbuf **packet, int ip_header, int offset, int length,
                  struct sockaddr *from, struct sockaddr *to, void *header, void *chunk,
                  uint8_t compute_crc, uint8_t ecn, uint32_t vrf, uint16_t udp_port);
    uint32_t (*checksum)(struct usr_mbuf *m, uint32_t offset);
    bool later;       /* a version after 0.9.5, with other structures */
    void *schedulers; /* for scheduler.c; the others are for lifetime.c */
    void (*notify)(uint32_t what, void *control_block, uint32_t error, void *data, int so_locked);
    void (*start_timer)(int type, void *endpoint, void *control_block, void *path);
} usr;
#undef X

/* The least number of lists in the hash tables that it makes: entry_usrsctp.c. */
extern int least_lists;

bool libusrsctp_load(void);   /* once; false: a message was printed */
bool libusrsctp_loaded(void); /* even if it lacks functions, so that libusrsctp_load() failed */
void libusrsctp_reset(void);  /* sets its variables to what they were before it was started */

/* own_names.c: to be called before any function of the library. */
struct link_map;
void own_names_bind(const struct link_map *map);

#endif
