/*
 * same_names - an SCTP program that has functions and variables of the same names as libusrsctp
 *
 *   same_names
 *
 * It is linked with -rdynamic, so that they are visible to libraries, as those of a program with
 * plugins are.  It connects to itself, sends a message and receives it.  If libusrsctp uses one of
 * its names, it says so and exits with 1.
 */
#include "unpsctp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define FUNCTIONS(X) \
    X(m_free) X(m_freem) X(m_get) X(m_copym) X(wakeup) X(sbwait) X(solisten) X(socreate) \
    X(sctp_listen) \
    X(sctp_bind) X(sctp_connect) X(sctp_close) X(sctp_init) X(sctp_finish) X(sctp_input) \
    X(sctp_shutdown) X(sctp_abort) X(sctp_sendm) X(sctp_output) X(sctp_timer_start) \
    X(sctp_timer_stop) X(sctp_lower_sosend) X(sctp_sorecvmsg) X(sctp_free_assoc) \
    X(sctp_calculate_cksum) X(sctp_addr_mgmt_ep_sa) X(sctp_inpcb_alloc) X(sctp_chunk_output)
/* clang-format on */

#define X(name)                                                                                    \
    void name(void);                                                                               \
    void name(void)                                                                                \
    {                                                                                              \
        fputs("libusrsctp has called the program's " #name "()\n", stderr);                        \
        _Exit(1);                                                                                  \
    }
FUNCTIONS(X)
#undef X

/* Far smaller than libusrsctp's, or of another type. */
extern char hz, ip_id, max_linkhdr, max_protohdr, sb_max, system_base_info, zone_mbuf;
char hz = 'h', ip_id = 'i', max_linkhdr = 'l', max_protohdr = 'p', sb_max = 's',
     system_base_info = 'b', zone_mbuf = 'z';

int main(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);
    char text[10] = "";
    int l = Socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), fd, peer;

    Bind(l, (struct sockaddr *)&at, size);
    Listen(l, 5);
    if (getsockname(l, (struct sockaddr *)&at, &size) < 0)
        err_sys("getsockname");
    fd = Socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    if (connect(fd, (struct sockaddr *)&at, size) < 0 || (peer = accept(l, NULL, NULL)) < 0)
        err_sys("connect");
    if (send(fd, "hello", 5, 0) != 5 || recv(peer, text, sizeof(text), 0) != 5)
        err_sys("send");
    printf("%s\n", text);
    return hz == 'h' && ip_id == 'i' && max_linkhdr == 'l' && max_protohdr == 'p' &&
                   sb_max == 's' && system_base_info == 'b' && zone_mbuf == 'z'
               ? 0
               : 1;
}
