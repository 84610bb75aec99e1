/* Hosts of a command line: lib/cmdline/host.c. */
#include "cmdline/cmdline.h"
#include "unit.h"
#include "unpsctp.h"

#include <errno.h>
#include <netdb.h>

static void is_host(const char *text, const char *host, uint16_t port)
{
    char buf[40];
    uint16_t at = 9877;

    if (!unp_parse_host(text, buf, sizeof(buf), &at))
        fail_msg("\"%s\" is no host", text);
    assert_string_equal(buf, host);
    assert_int_equal(at, port);
}

UNIT_TEST(a_host_may_have_a_port)
{
    is_host("localhost", "localhost", 9877);
    is_host("localhost:1", "localhost", 1);
    is_host("10.0.0.1:65535", "10.0.0.1", 65535);
    is_host("::1", "::1", 9877);
    is_host("fe80::1%eth0", "fe80::1%eth0", 9877);
    is_host("[::1]", "::1", 9877);
    is_host("[::1]:80", "::1", 80);
    is_host("[localhost]:80", "localhost", 80);
    is_host("a-name-of-39-bytes-and-thus-not-too-lon", "a-name-of-39-bytes-and-thus-not-too-lon",
            9877);
}

UNIT_TEST(a_malformed_host_is_refused)
{
    static const char *const texts[] = {
        "",       ":80",        "[]:80",
        "[::1",   "[::1]80",    "localhost:",
        "host:0", "host:65536", "host:x",
        "[::1]:", "[::1]:-1",   "[::1]:80 ",
        "9877",   "1:80",       "a-name-of-40-bytes-and-so-just-too-long-"};
    char buf[40];
    uint16_t port = 9877;

    for (size_t i = 0; i < COUNT(texts); i++)
        if (unp_parse_host(texts[i], buf, sizeof(buf), &port))
            fail_msg("\"%s\" is a host", texts[i]);
    assert_int_equal(port, 9877);
}

static void take(char *text, bool port_given, const char *host, uint16_t port)
{
    uint16_t at = 9877;

    assert_ptr_equal(Unp_host(text, &at, port_given), text);
    assert_string_equal(text, host);
    assert_int_equal(at, port);
}

UNIT_TEST(the_argument_is_cut_down_to_its_host)
{
    char *text;

    take((char[]){"localhost"}, false, "localhost", 9877);
    take((char[]){"localhost:9900"}, false, "localhost", 9900);
    take((char[]){"[::1]:9900"}, false, "::1", 9900);
    take((char[]){"[::1]"}, true, "::1", 9877);
    take((char[]){"localhost:9877"}, true, "localhost", 9877);
    text = guarded(sizeof("h"));
    take(strcpy(text, "h"), false, "h", 9877);
    free_guarded(text, sizeof("h"));
}

static void with_port_9877(void *text)
{
    uint16_t port = 9877;

    Unp_host(text, &port, true);
}

UNIT_TEST(two_different_ports_end_the_program)
{
    char err[512];

    assert_int_equal(in_child(with_port_9877, (char[]){"[::1]:9900"}, err, sizeof(err)),
                     EXIT_USAGE);
    assert_contains(err, "host \"[::1]:9900\" has a port, and -p 9877 is another");
    assert_int_equal(in_child(with_port_9877, (char[]){"localhost:http"}, err, sizeof(err)),
                     EXIT_USAGE);
    assert_contains(err, "host \"localhost:http\": write HOST, HOST:PORT or [IPv6]:PORT");
}

UNIT_TEST(the_message_about_an_unknown_host_says_what_to_do)
{
    char why[600];

    errno = EMFILE;
    assert_int_equal(unp_addrs_why(EAI_SYSTEM, "host", "a", why, sizeof(why)), EXIT_SYSTEM);
    assert_string_equal(why, "host \"a\": Too many open files");
    assert_int_equal(unp_addrs_why(EAI_MEMORY, "-B", "a", why, sizeof(why)), EXIT_SYSTEM);
    assert_string_equal(why, "-B \"a\": Memory allocation failure");
    assert_int_equal(unp_addrs_why(EAI_AGAIN, "host", "a", why, sizeof(why)), EXIT_NO_HOST);
    assert_contains(why, "; does DNS work here? try its address");
    assert_int_equal(unp_addrs_why(EAI_NONAME, "host", "a", why, sizeof(why)), EXIT_NO_HOST);
    assert_contains(why, "; check the name, or give its address");
    assert_int_equal(unp_addrs_why(EAI_AGAIN, "host", "localhost", why, sizeof(why)), EXIT_NO_HOST);
    assert_contains(why, "; is it in /etc/hosts? try 127.0.0.1");
    assert_int_equal(unp_addrs_why(EAI_NONAME, "-B", "a:1", why, sizeof(why)), EXIT_NO_HOST);
    assert_contains(why, "; give it without a port: a");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
