/* Hosts of a command line. */
#include "cmdline.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

static bool take_port(const char *text, uint16_t *port)
{
    int64_t n = unp_parse_number(text, 1, 65535);

    if (n > 0)
        *port = (uint16_t)n;
    return n > 0;
}

bool unp_parse_host(const char *text, char *host, size_t size, uint16_t *port)
{
    const char *colon = strchr(text, ':'), *end = text + strlen(text), *rest = "";

    if (*text == '[') {
        text++;
        end = strchr(text, ']');
        if (!end)
            return false;
        rest = end + 1;
    } else if (colon && !strchr(colon + 1, ':')) { /* several: it is an IPv6 address */
        end = rest = colon;
    }
    if (end == text || (size_t)(end - text) >= size)
        return false;
    memcpy(host, text, (size_t)(end - text));
    host[end - text] = '\0';
    /* getaddrinfo(3) takes "9877" for 0.0.38.149; it is more likely meant as a port. */
    if (unp_parse_number(host, 1, 65535) > 0)
        return false;
    return *rest == '\0' || (*rest == ':' && take_port(rest + 1, port));
}

char *Unp_host(char *text, uint16_t *port, bool port_given)
{
    uint16_t own = *port;
    char host[256];

    if (!unp_parse_host(text, host, sizeof(host), &own))
        Unp_usage_error("host \"%s\": write HOST, HOST:PORT or [IPv6]:PORT%s", text,
                        unp_port_hint(text));
    if (port_given && own != *port)
        Unp_usage_error("host \"%s\" has a port, and -p %u is another: give one of them", text,
                        *port);
    *port = own;
    return memcpy(text, host, strlen(host) + 1); /* never longer than the text */
}

/* Writes what to try next.  Only hosts have a port, not the addresses of -B and -C. */
static void what_to_do(int rc, const char *host, char *help, size_t size)
{
    char name[256];
    uint16_t port = 0;

    if (unp_parse_host(host, name, sizeof(name), &port) && port)
        snprintf(help, size, "give it without a port: %s", name);
    else if (strcmp(host, "localhost") == 0)
        snprintf(help, size, "is it in /etc/hosts? try 127.0.0.1");
    else
        snprintf(help, size, "%s",
                 rc == EAI_AGAIN ? "does DNS work here? try its address"
                                 : "check the name, or give its address");
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
        what_to_do(rc, host, help, sizeof(help));
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
