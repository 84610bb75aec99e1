/* Hosts on a command line, and advice when one cannot be resolved. */
#include "cmdline.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

/* Is it "name:port" or "[IPv6]:port"? */
static bool split_port(const char *host, char name[256], char port[6])
{
    int end = 0;

    return (sscanf(host, "[%255[^]]]:%5[0-9]%n", name, port, &end) == 2 ||
            sscanf(host, "%255[^:]:%5[0-9]%n", name, port, &end) == 2) &&
           !host[end];
}

/* Advice for error `rc` of getaddrinfo(3). */
static void what_to_do(int rc, const char *what, const char *host, char *help, size_t size)
{
    char name[256], port[6];

    if (!split_port(host, name, port))
        snprintf(help, size, "%s",
                 rc == EAI_AGAIN ? "does DNS work here? try its address"
                                 : "check the name, or give its address");
    else if (strcmp(what, "host") == 0)
        snprintf(help, size, "the port goes to -p: %s -p %s", name, port);
    else
        snprintf(help, size, "give it without a port: %s", name);
}

int unp_addrs_why(int rc, const char *what, const char *host, char *why, size_t size)
{
    char help[300];

    switch (rc) {
    case EAI_SYSTEM:
        snprintf(why, size, "%s \"%s\": %s", what, host, strerror(errno));
        return EXIT_SYSTEM;
    case EAI_MEMORY:
        snprintf(why, size, "%s \"%s\": %s", what, host, gai_strerror(rc));
        return EXIT_SYSTEM;
    default:
        what_to_do(rc, what, host, help, sizeof(help));
        snprintf(why, size, "%s \"%s\": %s; %s", what, host, gai_strerror(rc), help);
        return EXIT_NO_HOST;
    }
}

void Unp_addrs_add(struct unp_addrs *list, const char *what, const char *host, uint16_t port)
{
    int rc = unp_addrs_add(list, host, port);
    char why[600];

    if (rc) {
        int status = unp_addrs_why(rc, what, host, why, sizeof(why));

        err_quit(status, "%s", why);
    }
}
