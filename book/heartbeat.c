/*
 * heartbeat host [ms] - client that controls heartbeats: UNP 23.9, sctp_modify_hb.c
 *
 * The stack sends a HEARTBEAT to each idle address of the peer, by default every 30 seconds plus
 * about one RTO, to learn whether it can be reached.  SCTP_PEER_ADDR_PARAMS changes the interval,
 * disables heartbeats, or sends one at once, as spp_flags says.  Without a flag Linux changes
 * nothing (UNP sets none).
 *
 * To see: the interval before and after, and the heartbeats until Ctrl-D.  With the kernel's stack,
 * SctpOutCtrlChunks in /proc/net/sctp/snmp counts them; with userland, SCTP_USERLAND_DEBUG=1 prints
 * them.
 *
 * Try it:   terminal 1   build/book/streamserv
 *           terminal 2   build/book/heartbeat 127.0.0.1 500
 *
 * A production program must also                                       (see)
 *   - decide how soon a dead path must be noticed (RTO, retransmits)   tools/ping/sctp_ping.1
 *   - tell "off" from "as often as possible"                           lib/option/table.c
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

static int fd;
static sctp_assoc_t id;
static struct sockaddr_in to;

static void print_interval(const char *when)
{
    struct sctp_paddrparams params = {.spp_assoc_id = id};
    socklen_t len = sizeof(params);
    char name[SOCK_NTOP_SIZE];

    *(struct sockaddr_in *)(void *)&params.spp_address = to;
    Sctp_opt_info(fd, id, SCTP_PEER_ADDR_PARAMS, &params, &len);
    printf("%s: heartbeats to %s ", when,
           sock_ntop((const struct sockaddr *)&to, name, sizeof(name)));
    if (params.spp_flags & SPP_HB_ENABLE)
        printf("every %u ms\n", params.spp_hbinterval);
    else
        printf("off\n");
}

static void set_heartbeats(uint32_t flags, uint32_t ms)
{
    struct sctp_paddrparams params = {.spp_assoc_id = id, .spp_flags = flags, .spp_hbinterval = ms};

    *(struct sockaddr_in *)(void *)&params.spp_address = to;
    Setsockopt(fd, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &params, sizeof(params));
}

int main(int argc, char **argv)
{
    const int64_t ms = argc > 2 ? unp_parse_number(argv[2], 0, 3600000) : 1000;

    if (argc < 2 || argc > 3 || ms < 0)
        err_quit(EXIT_USAGE, "usage: heartbeat host [ms]");
    to = Unp_serv_address(argv[1]);
    fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    Sctp_connectx(fd, (struct sockaddr *)&to, 1, &id);
    setlinebuf(stdout);
    print_interval("before");
    set_heartbeats(ms ? SPP_HB_ENABLE : SPP_HB_DISABLE, (uint32_t)ms);
    print_interval("after");
    if (ms) {
        set_heartbeats(SPP_HB_DEMAND, 0);
        printf("and one at once\n");
    }
    while (getchar() != EOF)
        ;
}
