/* The start of the stack, fork, and exit: userland/stack.c.  Each test runs in a child, which
 * prints the calls. */
#include "unit.h"

#include <sys/socket.h>

#include "../../userland/address.h"
#include "../../userland/association.h"
#include "../../userland/descriptor.h"
#include "../../userland/epoll_watch.h"
#include "../../userland/guardian.h"
#include "../../userland/libc.h"
#include "../../userland/libusrsctp.h"
#include "../../userland/lock.h"
#include "../../userland/reader.h"
#include "../../userland/ready.h"
#include "../../userland/socket.h"
#include "../../userland/stack.h"
#include "../../userland/timers.h"
#include "../../userland/udp.h"

static bool printing, loads = true, loaded;
static int descriptors = 10; /* how many can be opened */
static void (*first)(void);  /* of lock_next_in_child() */

static void call(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (printing)
        vdprintf(STDERR_FILENO, format, args);
    va_end(args);
}

/* ---- stubs ------------------------------------------------------------------------ */

bool debugging;
struct usrsctp usr;

#define STUB(name)                                                                                 \
    void name(void)                                                                                \
    {                                                                                              \
        call(#name "\n");                                                                          \
    }
STUB(lock_exit)
STUB(scheduler_start)
STUB(threads_prepare)
STUB(threads_wait)
STUB(threads_end)
STUB(guardian_start)
STUB(capture_open)
STUB(capture_drop_inherited)
STUB(path_mtu_drop_inherited)
STUB(guardian_end)
STUB(guardian_after_fork)
STUB(choice_announce)
STUB(descriptor_own_process)
STUB(watches_after_fork)
STUB(watches_drop_inherited)
STUB(shadow_drop_inherited)
STUB(usock_drop_inherited)
STUB(udp_drop_inherited)
STUB(association_drop_inherited)
STUB(reader_drop_inherited)
STUB(local_address_drop_inherited)
STUB(timers_drop_inherited)
STUB(reader_stop)
STUB(usock_drain)
STUB(stream_flush)
STUB(lock_take_in_program)
STUB(libusrsctp_reset)

void descriptor_drop_inherited(void)
{
    call("descriptor_drop_inherited\n");
    errno = EBADF;
}

/* Of the parent of a fork, which runs at the same time as the child, they are only counted. */
static pid_t parent;
static int releases;

void lock_release(void)
{
    if (getpid() == parent)
        releases++;
    else
        call("lock_release\n");
}

void lock_take(void)
{
    void (*now)(void) = first;

    call("lock_take\n");
    first = NULL;
    if (now)
        now();
}

void lock_next_in_child(void (*f)(void))
{
    first = f;
}

bool libusrsctp_load(void)
{
    return loaded = loads;
}

bool libusrsctp_loaded(void)
{
    return loaded;
}

uint16_t udp_peer_port(void)
{
    return 77;
}

void debug(const char *format, ...)
{
    char text[500];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    call("debug: %s\n", text);
}

static void init(uint16_t port, int (*output)(void *, void *, size_t, uint8_t, uint8_t),
                 void (*print)(const char *, ...))
{
    call("init %u%s\n", port, stack_starting ? ", starting" : "");
    print("of %d\nlines", 2);
}

static int finish(void)
{
    call("finish\n");
    return 0;
}

#define SETTING(name)                                                                              \
    static int set_##name(uint32_t n)                                                              \
    {                                                                                              \
        call(#name " %u\n", n);                                                                    \
        return 1;                                                                                  \
    }
SETTING(blackhole)
SETTING(max_chunks_on_queue)
SETTING(auth_enable)
SETTING(asconf_enable)
SETTING(auto_asconf)
SETTING(reconfig_enable)
SETTING(ecn_enable)
SETTING(rto_initial_default)
SETTING(default_ss_module)
SETTING(abort_if_one_2_one_hits_limit)

static int opened;

static int socket_of_libc(int domain, int type, int protocol)
{
    errno = EMFILE;
    return opened == descriptors ? -1 : 100 + opened++;
}

static int close_of_libc(int fd)
{
    opened--;
    errno = EIO;
    return 0;
}

/* ---- tests ------------------------------------------------------------------------ */

/* Starts the stack; prints the result, if it is a failure or descriptors are left open. */
static void start(void)
{
    errno = 0;
    if (stack_start() < 0)
        call("failed: %s\n", strerror(errno));
    if (opened)
        call("%d descriptors are open\n", opened);
}

static void begin(void)
{
    printing = true;
    libc.socket = socket_of_libc;
    libc.close = close_of_libc;
    usr.init = init;
    usr.finish = finish;
#define SET(name) usr.sysctl_set_sctp_##name = set_##name
    SET(blackhole);
    SET(max_chunks_on_queue);
    SET(auth_enable);
    SET(asconf_enable);
    SET(auto_asconf);
    SET(reconfig_enable);
    SET(ecn_enable);
    SET(rto_initial_default);
    SET(default_ss_module);
    SET(abort_if_one_2_one_hits_limit);
}

static void start_twice_and_exit(void *arg)
{
    begin();
    start();
    start();
    exit(0);
}

static void assert_calls(void (*f)(void *), const char *expected)
{
    char calls[3000];

    assert_int_equal(in_child(f, NULL, calls, sizeof(calls)), 0);
    assert_string_equal(calls, expected);
}

#define START                                                                                      \
    "scheduler_start\nthreads_prepare\ninit 77, starting\ndebug: stack: of "                       \
    "2\nthreads_wait\nblackhole 0\n"                                                               \
    "max_chunks_on_queue 65536\nauth_enable 0\nasconf_enable 0\nauto_asconf 0\n"                   \
    "reconfig_enable 0\necn_enable 0\nrto_initial_default 3000\n"                                  \
    "default_ss_module 5\nabort_if_one_2_one_hits_limit 1\nguardian_start\ncapture_open\n"         \
    "choice_announce\n"                                                                            \
    "debug: started\nlock_release\n"
#define END                                                                                        \
    "stream_flush\nlock_take\nlock_exit\nreader_stop\nlock_release\nusock_drain\nguardian_end\n"   \
    "threads_end\nfinish\n"

UNIT_TEST(the_stack_is_started_once_with_the_defaults_of_linux_and_ends_at_exit)
{
    assert_calls(start_twice_and_exit, "lock_take\n" START "lock_take\nlock_release\n" END);
}

UNIT_TEST(without_libusrsctp_or_ten_descriptors_the_stack_does_not_start)
{
    loads = false;
    assert_calls(start_twice_and_exit, "lock_take\nlock_release\nfailed: Protocol not supported\n"
                                       "lock_take\nlock_release\nfailed: Protocol not supported\n");
    loads = true;
    descriptors = 9;
    assert_calls(start_twice_and_exit, "lock_take\nlock_release\nfailed: Too many open files\n"
                                       "lock_take\nlock_release\nfailed: Too many open files\n");
    descriptors = 10;
}

/* Forks; returns in the child, and in the parent when the child has ended. */
static void fork_one(void)
{
    pid_t pid;

    call("[fork]\n");
    parent = getpid();
    pid = fork();
    if (pid == 0) {
        call("[child]\n");
        return;
    }
    waitpid(pid, NULL, 0);
    parent = 0;
    call("[parent: %d]\n", releases);
}

/* The child has a stack of its own, once it uses one; the parent's goes on. */
static void start_fork_and_start(void *arg)
{
    begin();
    start();
    fork_one();
    start();
    if (!parent)
        _exit(0);
    exit(0);
}

static void fork_and_start(void *arg)
{
    begin();
    fork_one();
    if (parent)
        exit(0);
    start();
    _exit(0);
}

UNIT_TEST(the_child_of_a_fork_has_a_stack_of_its_own)
{
    assert_calls(start_fork_and_start,
                 "lock_take\n" START "[fork]\nlock_take_in_program\n"
                 "watches_after_fork\ndescriptor_own_process\nguardian_after_fork\nlock_release\n"
                 "[child]\nlock_take\ndescriptor_drop_inherited\nwatches_drop_inherited\n"
                 "shadow_drop_inherited\nusock_drop_inherited\n"
                 "udp_drop_inherited\nassociation_drop_inherited\nreader_drop_inherited\n"
                 "local_address_drop_inherited\ntimers_drop_inherited\n"
                 "capture_drop_inherited\npath_mtu_drop_inherited\nlibusrsctp_reset\n" START END
                 "[parent: 1]\nlock_take\nlock_release\n");
    assert_calls(fork_and_start, "[fork]\nlock_take_in_program\nlock_release\n[child]\n"
                                 "[parent: 1]\nlock_take\n" START);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
