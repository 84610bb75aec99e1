/* The UDP side of SCTP ports: see udp.c.  All locked, except udp_sendmsg() and udp_recvmsg(). */
#ifndef UDP_H
#define UDP_H

#include <sys/socket.h>

#include "address.h"
#include "ip_options.h"

struct udp_port;

/* Opens, or shares, the UDP side of an SCTP port.  address: what the SCTP socket is bound to;
 * ephemeral: the port is not put behind SCTP_UDP_PORT.  NULL and errno on failure. */
struct udp_port *udp_open(const union address *address, bool ephemeral,
                          const struct ip_options *options);
/* The same at the alternative UDP port (udp_notice.c), which is announced to the user. */
struct udp_port *udp_open_elsewhere(const union address *address, const struct ip_options *options);
/* Whether the SCTP port of this number is at its alternative in this process. */
bool udp_is_elsewhere(uint16_t number);
/* Whether this process has the SCTP port at the UDP port of its number, and there is an
 * alternative; moves it there.  False: that is in use. */
bool udp_can_move(uint16_t number);
bool udp_move_elsewhere(uint16_t number);
/* Tells other processes where the port is, if that was not done yet.  -1 and errno. */
int udp_announce(struct udp_port *port);
void udp_set_options(struct udp_port *port, const struct ip_options *options);
struct udp_port *udp_share(struct udp_port *port);
void udp_close(struct udp_port *port);
uint16_t udp_common_port(void);               /* SCTP_UDP_PORT; 0: each SCTP port has its own */
bool udp_is_own(const struct udp_port *port); /* not behind SCTP_UDP_PORT */
uint16_t udp_port_number(const struct udp_port *port); /* SCTP's, host byte order */
bool udp_is_at(const struct udp_port *port, const union address *address); /* ignores the port */
uint64_t udp_aborts(struct udp_port **ports, int n); /* how many ABORTs these ports have received */
/* A sharer that has removed the port's address from its socket retires the port.  When all sharers
 * have retired it, nothing is sent from the address, and packets to it are dropped.  A sharer that
 * has retired the port must call udp_unretire() before udp_close(). */
void udp_retire(struct udp_port *port);
void udp_unretire(struct udp_port *port);
/* The UDP port that libusrsctp is told for peers that have sent nothing yet. */
uint16_t udp_peer_port(void);

/* The handles, which libusrsctp takes for its UDP sockets. */
int udp_handle(int family); /* makes one; -1 and errno */
bool udp_is_handle(int fd);
ssize_t udp_sendmsg(int fd, const struct msghdr *msg);
ssize_t udp_recvmsg(int fd, struct msghdr *msg);
int udp_close_handle(int fd);

/* Reads the packets for the port that epoll reports, and gives them to the stack: udp_feed.c. */
void udp_give(uint64_t epoll_key);
/* Whether packets that this process has sent to itself have not been given to the stack. */
bool udp_own_waiting(void);
/* Makes a UDP message leave from an address of ours.  control: of UDP_SOURCE_ROOM bytes. */
#define UDP_SOURCE_ROOM CMSG_SPACE(sizeof(struct in6_pktinfo))
void udp_set_source(struct msghdr *msg, const union address *from, void *control);
void udp_drop_inherited(void);

#endif
