/* The address of the server of UNP's examples: lib/cmdline/serv.c. */
#include "blocks.h"
#include "cmdline/cmdline.h"
#include "unit.h"

#include <arpa/inet.h>

UNIT_TEST(without_a_host_the_server_is_the_wildcard_address_at_the_port_of_the_book)
{
    struct sockaddr_in at;

    unsetenv("SERV_PORT");
    at = Unp_serv_address(NULL);
    assert_int_equal(at.sin_family, AF_INET);
    assert_int_equal(ntohl(at.sin_addr.s_addr), INADDR_ANY);
    assert_int_equal(ntohs(at.sin_port), 9877);
}

UNIT_TEST(the_environment_can_set_another_port)
{
    struct sockaddr_in at;
    long before;

    setenv("SERV_PORT", "9900", 1);
    at = Unp_serv_address("127.0.0.2");
    before = blocks; /* with what the resolver keeps */
    at = Unp_serv_address("127.0.0.2");
    assert_int_equal(blocks, before);
    assert_string_equal(inet_ntoa(at.sin_addr), "127.0.0.2");
    assert_int_equal(ntohs(at.sin_port), 9900);
}

/* HOST=PORT */
static void ask(void *arg)
{
    const char *port = strchr(arg, '=') + 1;
    char host[100];

    snprintf(host, sizeof(host), "%.*s", (int)(port - 1 - (char *)arg), (char *)arg);
    setenv("SERV_PORT", port, 1);
    Unp_serv_address(host);
}

UNIT_TEST(a_bad_port_or_host_ends_the_program_and_says_what_is_wrong)
{
    static const struct {
        const char *arg, *message;
        int status;
    } bad[] = {
        {"127.0.0.1=0", "SERV_PORT=\"0\": not a number from 1 to 65535", EXIT_USAGE},
        {"127.0.0.1=65536", "SERV_PORT=\"65536\": not a number", EXIT_USAGE},
        {"127.0.0.1=x", "SERV_PORT=\"x\": not a number", EXIT_USAGE},
        {"[::1=9877", "host \"[::1\": write HOST, HOST:PORT or [IPv6]:PORT", EXIT_USAGE},
        {"::1=9877", "host \"::1\": it has no IPv4 address; try 127.0.0.1", EXIT_NO_HOST},
        {"no-such-host.invalid=9877", "host \"no-such-host.invalid\": ", EXIT_NO_HOST},
    };
    char err[512];

    for (size_t i = 0; i < COUNT(bad); i++) {
        int status = in_child(ask, (void *)(uintptr_t)bad[i].arg, err, sizeof(err));

        assert_contains(err, bad[i].message);
        assert_int_equal(status, bad[i].status);
    }
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
