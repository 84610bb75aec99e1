/* The options of a program, and its help: lib/cmdline/options.c, lib/cmdline/usage.c. */
#include "cmdline/cmdline.h"
#include "unit.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sys/syscall.h>

static bool flag, given;
static uint16_t small = 7;
static uint32_t medium = 8, ppid, letterless = 9;
static int64_t large = 10, seconds;
static const char *text = "none";
static struct unp_addrs addresses;

static bool kernel_has_sctp;

/* socket() of the kernel */
long syscall(long number, ...)
{
    int args[3];
    va_list ap;

    va_start(ap, number);
    for (int i = 0; i < 3; i++)
        args[i] = va_arg(ap, int);
    va_end(ap);
    errno = EPROTONOSUPPORT;
    if (number != SYS_socket || args[0] != AF_INET || args[1] != (SOCK_SEQPACKET | SOCK_CLOEXEC) ||
        args[2] != IPPROTO_SCTP)
        errno = ENOSYS;
    return errno == EPROTONOSUPPORT && kernel_has_sctp ? open("/dev/null", O_RDONLY) : -1;
}

/* In the first row, the second word ends in the last column. */
#define FILLS_A_LINE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbb"

/* A word that is longer than a line stands beside its option nevertheless. */
#define LONG_WORD "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static void parse(int argc, char **argv)
{
    const struct unp_cmdline_option options[] = {
        {"flag", 'f', NULL, FILLS_A_LINE " c dd", UNP_FLAG(flag, true)},
        {"small", 's', "=NUMBER", "from %2$lld to %3$lld (default %1$lld)",
         UNP_NUMBER(small, 1, 65535), .given = &given},
        {"medium", 'm', "=NUMBER-OF-IT", "x", UNP_NUMBER(medium, 0, UINT32_MAX)},
        {"large", 'l', "=NUMBER", LONG_WORD, UNP_NUMBER(large, 0, INT64_MAX)},
        {"letterless", 0, "=NUMBER", "x", UNP_NUMBER(letterless, 1, 9)},
        {"wait", 'w', "=SECONDS", "x", UNP_SECONDS(seconds, 1000, 60000000)},
        {"text", 't', "[=TEXT]", "x", UNP_TEXT(text)},
        UNP_PPID_OPTION(ppid),
        UNP_BIND_OPTION(addresses),
        {0}};

    Unp_options(argc, argv, "Usage: it", options, "The end.\n");
}

/* Parses the arguments in a child, which writes the values to standard error. */
static void parse_all(void *arg)
{
    char *argv[20] = {(char[]){"it"}}, *rest = arg;
    int argc = 1;

    dup2(STDERR_FILENO, STDOUT_FILENO);
    while (rest && *rest && argc < 19)
        argv[argc++] = strsep(&rest, " ");
    parse(argc, argv);
    if (addresses.count)
        printf("port %u ",
               ntohs(((const struct sockaddr_in *)(const void *)addresses.packed)->sin_port));
    printf("%d %d %u %u %lld %u %lld %s %u %d, then %s\n", flag, given, small, medium,
           (long long)large, letterless, (long long)seconds, text, ntohl(ppid), addresses.count,
           argv[optind] ? argv[optind] : "nothing");
    fflush(stdout);
}

static const char *values(const char *arguments, int status)
{
    static char out[4000];
    char *copy = exact_copy(arguments, strlen(arguments) + 1);
    int got = in_child(parse_all, copy, out, sizeof(out));

    free(copy);
    if (got != status)
        fail_msg("\"%s\": status %d: %s", arguments, got, out);
    return out;
}

UNIT_TEST(without_options_the_values_are_the_defaults)
{
    assert_string_equal(values("", 0), "0 0 7 8 10 9 0 none 0 0, then nothing\n");
    assert_string_equal(values("host -f", 0), "1 0 7 8 10 9 0 none 0 0, then host\n");
}

UNIT_TEST(options_are_short_or_long)
{
    assert_string_equal(values("-f -s 1 -m 2 -l 3 -w 0.5 -tx -P 5 -B 127.0.0.1", 0),
                        "port 0 1 1 1 2 3 9 500000 x 5 1, then nothing\n");
    assert_string_equal(
        values("--flag --small=65535 --medium=4294967295 --letterless=1 "
               "--large=9223372036854775807 --wait=60 --text=x --ppid=ngap "
               "--bind=::1 -B ::2 host",
               0),
        "port 0 1 1 65535 4294967295 9223372036854775807 1 60000000 x 60 2, then host\n");
    assert_string_equal(values("-t -fs5 host", 0), "1 1 5 8 10 9 0  0 0, then host\n");
    assert_string_equal(values("-P 5 -P 0", 0), "0 0 7 8 10 9 0 none 0 0, then nothing\n");
    assert_string_equal(values("--small 6", 0), "0 1 6 8 10 9 0 none 0 0, then nothing\n");
}

UNIT_TEST(a_wrong_value_is_named_with_its_option)
{
    static const struct {
        const char *arguments, *message;
    } cases[] = {
        {"-s 0", "options_test: -s \"0\": not a number from 1 to 65535\n"
                 "options_test: try \"options_test --help\"\n"},
        {"--small=65536", "-s \"65536\": not a number from 1 to 65535\n"},
        {"--letterless=10", "options_test: --letterless \"10\": not a number from 1 to 9\n"},
        {"-w 0.0009", "-w \"0.0009\": not seconds, from 0.001 to 60\n"},
        {"-w 60.1", "-w \"60.1\": not seconds, from 0.001 to 60\n"},
        {"-P nothing", "-P \"nothing\": not a PPID; give a number"},
        {"-x", "options_test --help\"\n"},
        {"-s", "options_test --help\"\n"},
        {"--flag=1", "options_test --help\"\n"},
        {"--no-such-option", "options_test --help\"\n"},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_contains(values(cases[i].arguments, EXIT_USAGE), cases[i].message);
    assert_contains(values("-B ::1::", EXIT_NO_HOST), "-B \"::1::\": ");
}

UNIT_TEST(zero_seconds_may_be_allowed)
{
    int64_t us = 7;
    const struct unp_cmdline_option o = {UNP_SECONDS(us, 0, 1000000)};

    Unp_take_seconds(&o, "-w", "0");
    assert_int_equal(us, 0);
    Unp_take_seconds(&o, "-w", "1");
    assert_int_equal(us, 1000000);
}

/* As many options as there may be: each sets its number. */
static void parse_many(void *arg)
{
    static char names[32][16];
    uint32_t numbers[32] = {0};
    struct unp_cmdline_option options[33] = {{0}};
    char *argv[] = {(char[]){"it"}, (char[]){"--o31=5"}, (char[]){"-A7"}, arg, NULL};

    for (int i = 0; i < 32; i++) {
        snprintf(names[i], sizeof(names[i]), "o%d", i);
        options[i] = (struct unp_cmdline_option){.name = names[i],
                                                 .letter = (char)(i < 20   ? 'A' + i
                                                                  : i < 26 ? 'i' + i - 20
                                                                           : 0),
                                                 .value = "=N",
                                                 .help = "x",
                                                 .take = Unp_take_number,
                                                 .to = &numbers[i],
                                                 .size = sizeof(numbers[i]),
                                                 .max = 9};
    }
    Unp_options(4, argv, "Usage: it", options, "The end.\n");
    _exit((int)(10 * numbers[0] + numbers[31]));
}

UNIT_TEST(a_program_may_have_32_options)
{
    char err[500];

    assert_int_equal(in_child(parse_many, (char[]){"-A8"}, err, sizeof(err)), 85);
    assert_int_equal(in_child(parse_many, (char[]){"--o30=x"}, err, sizeof(err)), EXIT_USAGE);
    assert_contains(err, "--o30 \"x\": not a number from 0 to 9");
}

UNIT_TEST(help_has_all_options_in_columns)
{
    static const char *const calls[] = {"-h", "--help", "-f -h -s 0"};
    static const char help[] =
        "Usage: it\n"
        "  -f, --flag           " FILLS_A_LINE "\n"
        "                       c dd\n"
        "  -s, --small=NUMBER   from 1 to 65535 (default 7)\n"
        "  -m, --medium=NUMBER-OF-IT x\n"
        "  -l, --large=NUMBER   " LONG_WORD "\n"
        "      --letterless=NUMBER x\n"
        "  -w, --wait=SECONDS   x\n"
        "  -t, --text[=TEXT]    x\n"
        "  -P, --ppid=PPID      payload protocol identifier: a number or an IANA name\n"
        "                       such as ngap\n"
        "  -B, --bind=ADDR      bind to this local address; repeat for multi-homing\n"
        "  -h, --help           print this help\n"
        "  -V, --version        print the version\n"
        "\nThe end.\n";

    for (size_t i = 0; i < COUNT(calls); i++)
        assert_string_equal(values(calls[i], EXIT_OK), help);
}

UNIT_TEST(the_version_has_the_libraries_and_stacks)
{
    char *out = strdup(values("-V", EXIT_OK));
    void *stack = dlopen("libsctp_userland.so", RTLD_LAZY | RTLD_NOLOAD);
    void *engine = dlopen("libusrsctp.so." USRSCTP_ABI, RTLD_LAZY);

    assert_ptr_equal(strstr(out, "options_test (onetomany) " UNPSCTP_VERSION "\nlibsctp: "
                                 "libsctp.so.1"),
                     out);
    assert_contains(out, "\nkernel: no SCTP (Protocol not supported)\n");
    assert_contains(out, !stack   ? "\nuserland: none\n"
                         : engine ? "\nuserland: libsctp_userland.so, libusrsctp.so." USRSCTP_ABI
                                  : "\nuserland: libsctp_userland.so, no libusrsctp.so." USRSCTP_ABI
                                    " installed");
    if (stack)
        dlclose(stack);
    if (engine)
        dlclose(engine);
    assert_string_equal(values("--version", EXIT_OK), out);
    free(out);
    kernel_has_sctp = true;
    assert_contains(values("-V", EXIT_OK), "\nkernel: has SCTP\nuserland: ");
}

static void print_version_to_a_full_device(void *arg)
{
    if (freopen("/dev/full", "w", stdout))
        Unp_print_version();
}

UNIT_TEST(a_version_that_cannot_be_written_is_a_failure)
{
    char err[512];

    assert_int_equal(in_child(print_version_to_a_full_device, NULL, err, sizeof(err)), EXIT_SYSTEM);
    assert_contains(err, "options_test: write the version: No space left on device\n");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
