/*
 * addrs host - client that shows the addresses of both ends: UNP 23.7 and 23.8, sctp_print_addrs.c,
 * sctp_addr_to_associd.c
 *
 * An association has a set of addresses at either end; sctp_getpaddrs() and sctp_getladdrs() list
 * them.  On a one-to-many socket each of the peer's addresses identifies the association.
 *
 * To see: the client was given one address of the server and learnt the other.  All of them give
 * the same association id.
 *
 * Try it:   terminal 1   build/book/bindx 127.0.0.1 127.0.0.2
 *           terminal 2   build/book/addrs 127.0.0.1
 *
 * A production program must also                                       (see)
 *   - follow the state of each path                                    tools/ping/paths.c
 *   - learn of new and lost addresses: SCTP_PEER_ADDR_CHANGE           lib/notification.c
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

/* The addresses are packed: the family of each tells where the next begins. */
static void print_addresses(int fd, const char *whose, const struct sockaddr *sa, int count)
{
    char name[SOCK_NTOP_SIZE];

    for (; count > 0; count--) {
        sctp_assoc_t id = sctp_address_to_associd(fd, sa, unp_sock_len(sa));

        printf("%s %s", whose, sock_ntop(sa, name, sizeof(name)));
        if (id >= 0)
            printf(", of association %d", id);
        putchar('\n');
        sa = (const struct sockaddr *)(const void *)((const char *)sa + unp_sock_len(sa));
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in to;
    struct sockaddr *addrs;
    sctp_assoc_t id;
    int fd, count;

    if (argc != 2)
        err_quit(EXIT_USAGE, "usage: addrs host");
    to = Unp_serv_address(argv[1]);
    fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    Sctp_connectx(fd, (struct sockaddr *)&to, 1, &id);
    count = Sctp_getpaddrs(fd, id, &addrs);
    print_addresses(fd, "peer ", addrs, count);
    sctp_freepaddrs(addrs);
    count = Sctp_getladdrs(fd, id, &addrs);
    print_addresses(fd, "local", addrs, count);
    sctp_freeladdrs(addrs);
}
