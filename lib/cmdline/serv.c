/* The server's address in UNP's examples. */
#include "cmdline.h"

#include <stdlib.h>
#include <string.h>

static uint16_t serv_port(void)
{
    const char *text = getenv("SERV_PORT");
    int64_t port = text ? unp_parse_number(text, 1, 65535) : SERV_PORT;

    if (port < 0)
        err_quit(EXIT_USAGE, "SERV_PORT=\"%s\": not a number from 1 to 65535", text);
    return (uint16_t)port;
}

struct sockaddr_in Unp_serv_address(const char *host)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    struct unp_addrs found = {0};
    struct sockaddr *sa = NULL;
    uint16_t port = serv_port();
    char name[256];

    if (host && *host == '-') /* such as --help */
        err_quit(EXIT_USAGE, "\"%s\": not a host; book/README.md shows how to run this program",
                 host);
    if (host) {
        if (!unp_parse_host(host, name, sizeof(name), &port))
            err_quit(EXIT_USAGE, "host \"%s\": write HOST, HOST:PORT or [IPv6]:PORT", host);
        Unp_addrs_add(&found, "host", name, 0);
        while ((sa = unp_addrs_next(&found, sa)) && sa->sa_family != AF_INET)
            ;
        if (!sa)
            err_quit(EXIT_NO_HOST, "host \"%s\": it has no IPv4 address; try 127.0.0.1", host);
        memcpy(&at, sa, sizeof(at));
        unp_addrs_free(&found);
    }
    at.sin_port = htons(port);
    return at;
}
