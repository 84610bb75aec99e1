/*
 * libsctp_userland - SCTP sockets for programs whose kernel has none
 *
 * Interposition.  The library defines functions of the same names as libc's (socket, sendmsg, …).
 * The dynamic linker searches it before libc, so that the program's calls come here (entry*.c).  A
 * call on a descriptor that is not one of our SCTP sockets goes on to libc (libc.c).  The protocol
 * itself is libusrsctp, FreeBSD's SCTP stack as a library, whose threads receive packets and run
 * timers (threads.c).  It sends over UDP (RFC 6951), which needs no privileges.  The rest turns it
 * into Linux's SCTP sockets.
 *
 * The files, in rows from the top; a file uses no file of a row above its own.
 *
 *   entry*.c, stream.c, stack.c   which socket is it?  stdio on it; start, fork and exit
 *   socket.c, bind.c, connect.c, reconnect.c, close.c, socket_name.c, references.c, option*.c,
 *   subscription.c, send*.c, receive.c, epoll_watch.c, inline_poll.c   the system calls
 *   event.c, event_fragment.c  notifications, from libusrsctp's structures to Linux's
 *   call.c, wait.c             the frame of a call: the lock, and waiting
 *   inline_reader.c, spin.c, udp_feed.c   a thread that waits reads UDP itself
 *   threads.c, udp_receive.c, udp_send.c   what libusrsctp's threads call: packets and timers
 *   scheduler.c, lifetime.c    what its scheduler calls: a mend, and the lifetimes of messages
 *   icmp.c, path_mtu.c         what routers and hosts report: unreachable ports, the MTU of paths
 *   ready.c, shadow.c          after each packet: wake waiting calls, and what poll sees
 *   usock*.c, kept_option.c    the socket object and its associations
 *   association*.c, packet.c, udp_source.c, guardian.c   which packets the stack may see,
 *                              and where they go; a process that aborts the associations of a
 *                              killed one
 *   capture.c                  the packets, for Wireshark
 *   udp.c, udp_elsewhere.c, udp_notice.c, ip_options.c, local_address.c, reader_turn.c   ports,
 *                              addresses, whose turn to read
 *   choice.c                   the kernel's SCTP, or ours?
 *   descriptor.c, lock.c, libusrsctp.c, own_names.c, timers.c, flags.c, address.c, libc.c, say.c
 *
 * Three things to know before reading on:
 *
 * One lock.  libusrsctp has races of its own: two threads that receive on one socket corrupt its
 * heap, and accept races with the arrival of an association.  Here one thread at a time is inside
 * it: a call of the program's holds the lock, and libusrsctp's threads hold it while they work on a
 * packet or a timer.  libusrsctp's sockets are non-blocking, so no call sleeps with the lock.  The
 * lock also protects all our own data.
 *
 * Real descriptors.  The program gets a Unix socket that is never connected, so that a system call
 * that bypasses the library fails at once.  When the program polls it, the kernel gets another
 * descriptor in its place, the shadow, which is made readable or unwritable as the SCTP socket is.
 * Blocked calls use neither: they sleep on a futex, or read UDP themselves.
 *
 * libusrsctp is interposed as well.  Its calls of socket, sendmsg, recvmsg, nanosleep and
 * pthread_create also come here, and those of its own functions for timers and hash tables.  So its
 * one UDP socket becomes one for each SCTP port, its list of timers a wheel, and the lock is taken
 * around its threads' work, without a change to it.
 */
#ifndef USERLAND_H
#define USERLAND_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/sctp.h> /* Linux's names and layouts: struct sctp_…, SCTP_… */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifndef SCTP_REMOTE_UDP_ENCAPS_PORT /* before Linux 5.11 */
#define SCTP_REMOTE_UDP_ENCAPS_PORT 132
struct sctp_udpencaps {
    sctp_assoc_t sue_assoc_id;
    struct sockaddr_storage sue_address;
    uint16_t sue_port;
};
#endif

/* say.c: writes "libsctp_userland: …" to stderr; debug() does so if SCTP_USERLAND_DEBUG is set.
 * Neither changes errno. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern bool debugging;

/* choice.c: whether sockets of IPPROTO_SCTP are ours.  Decided once, at the first one.  -1 and
 * EINVAL: SCTP_STACK names no stack. */
int choice_userland(void);
/* Prints, once, that the userland stack has started, unless SCTP_STACK asked for it. */
void choice_announce(void);

/* For `return refuse(EINVAL);`. */
static inline int refuse(int error)
{
    errno = error;
    return -1;
}

#endif
