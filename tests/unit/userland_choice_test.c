/* The choice between the kernel's stack and ours: userland/choice.c.  It is made once in a process,
 * so each choice has a process of its own, which prints what was called and said. */
#include "unit.h"

#include <sys/socket.h>

#include "../../userland/libc.h"

bool debugging;

static void print(const char *prefix, const char *format, va_list args)
{
    char text[300];

    vsnprintf(text, sizeof(text), format, args);
    dprintf(STDERR_FILENO, "%s%s\n", prefix, text);
}

void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print("", format, args);
    va_end(args);
}

void debug(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (debugging)
        print("debug: ", format, args);
    va_end(args);
}

struct choice {
    const char *stack, *debug; /* the environment; NULL: not set */
    int error, error6;         /* of a socket of IPv4, of IPv6; 0: there is one */
    const char *expected;
};

static const struct choice *now;

static int socket_of_kernel(int domain, int type, int protocol)
{
    dprintf(STDERR_FILENO, "[%s socket]\n", domain == AF_INET6 ? "IPv6" : "IPv4");
    errno = domain == AF_INET6 ? now->error6 : now->error;
    return errno || type != SOCK_SEQPACKET || protocol != IPPROTO_SCTP ? -1 : 0;
}

static int close_in_kernel(int fd)
{
    dprintf(STDERR_FILENO, "[close %d]\n", fd);
    return 0;
}

static void set_or_not(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static void choose(void *arg)
{
    now = arg;
    libc.socket = socket_of_kernel;
    libc.close = close_in_kernel;
    set_or_not("SCTP_STACK", now->stack);
    set_or_not("SCTP_USERLAND_DEBUG", now->debug);
    for (int i = 0; i < 2; i++) {
        int ours = choice_userland();

        dprintf(STDERR_FILENO, "%s\n",
                ours > 0          ? "userland"
                : ours == 0       ? "kernel"
                : errno == EINVAL ? "invalid"
                                  : "another error");
        if (ours > 0)
            choice_announce();
    }
}

#define NOTE                                                                                       \
    "note: this kernel has no SCTP; using the userland stack, over UDP (set SCTP_STACK=userland "  \
    "to suppress this note)\n"
#define BOTH_LACK "[IPv4 socket]\n[IPv6 socket]\nuserland\n" NOTE "userland\n"

UNIT_TEST(the_stack_is_that_of_SCTP_STACK_or_else_the_kernel_s_if_there_is_one)
{
    static const struct choice cases[] = {
        {NULL, NULL, 0, 0, "[IPv4 socket]\n[close 0]\nkernel\nkernel\n"},
        {"", NULL, 0, 0, "[IPv4 socket]\n[close 0]\nkernel\nkernel\n"},
        {"auto", NULL, EAFNOSUPPORT, 0,
         "[IPv4 socket]\n[IPv6 socket]\n[close 0]\nkernel\nkernel\n"},
        {"auto", NULL, EPROTONOSUPPORT, EPROTONOSUPPORT, BOTH_LACK},
        {NULL, NULL, EPROTONOSUPPORT, ESOCKTNOSUPPORT, BOTH_LACK},
        {NULL, NULL, ESOCKTNOSUPPORT, EAFNOSUPPORT, BOTH_LACK},
        {NULL, NULL, EMFILE, EMFILE, "[IPv4 socket]\n[IPv6 socket]\nkernel\nkernel\n"},
        {"kernel", NULL, EPROTONOSUPPORT, EPROTONOSUPPORT, "kernel\nkernel\n"},
        {"userland", NULL, 0, 0, "userland\nuserland\n"},
        {"Kernel", NULL, 0, 0,
         "SCTP_STACK=Kernel is not a stack; set it to auto, kernel or "
         "userland\ninvalid\ninvalid\n"},
        {"userland", "0", 0, 0, "userland\nuserland\n"},
        {"userland", "1", 0, 0, "debug: userland stack\nuserland\nuserland\n"},
        {"kernel", "1", 0, 0, "debug: kernel stack\nkernel\nkernel\n"},
    };
    char got[1000];

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(in_child(choose, (void *)(uintptr_t)&cases[i], got, sizeof(got)), 0);
        assert_string_equal(got, cases[i].expected);
    }
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
