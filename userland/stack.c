/* The life of the stack: its start with the first socket, fork, and its end at exit. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "association.h"
#include "capture.h"
#include "descriptor.h"
#include "epoll_watch.h"
#include "guardian.h"
#include "libc.h"
#include "libusrsctp.h"
#include "lock.h"
#include "path_mtu.h"
#include "reader.h"
#include "ready.h"
#include "socket.h"
#include "stack.h"
#include "timers.h"
#include "udp.h"
#include "userland.h"

__thread bool stack_starting;

static bool running;
static bool stale; /* in the child of a fork: libusrsctp's variables are still the parent's */

/* ---- start ---------------------------------------------------------------- */

static void print_debug(const char *format, ...)
{
    char line[400];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    line[strcspn(line, "\n")] = '\0';
    debug("stack: %s", line);
}

/* The defaults of a Linux kernel. */
static void set_defaults(void)
{
    /* Answer packets for a closed port with an ABORT. */
    usr.sysctl_set_sctp_blackhole(0);
    /* The default of 512 is less than a window of small messages needs. */
    usr.sysctl_set_sctp_max_chunks_on_queue(STACK_MAX_CHUNKS);
    usr.sysctl_set_sctp_auth_enable(0);
    usr.sysctl_set_sctp_asconf_enable(0);
    usr.sysctl_set_sctp_auto_asconf(0);
    usr.sysctl_set_sctp_reconfig_enable(0);
    /* The ECN bits of packets are not read from the UDP sockets. */
    usr.sysctl_set_sctp_ecn_enable(0);
    usr.sysctl_set_sctp_rto_initial_default(3000); /* ms; 1000 in later versions than 0.9.5 */
    /* First come, first served.  The default scheduler of this version loops forever on a message
     * to an address other than the primary one (SCTP_ADDR_OVER). */
    usr.sysctl_set_sctp_default_ss_module(usr_SCTP_SS_FIRST_COME);
    /* Refuse associations when the backlog of a one-to-one socket is full. */
    usr.sysctl_set_sctp_abort_if_one_2_one_hits_limit(1);
}

/* Without all the descriptors that it needs, libusrsctp would start and never receive anything. */
static bool descriptors_left(void)
{
    enum { NEEDED = 10 };
    int fds[NEEDED], n = 0;
    while (n < NEEDED && (fds[n] = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) >= 0)
        n++;
    int error = errno;
    for (int i = 0; i < n; i++)
        libc.close(fds[i]);
    errno = error;
    return n == NEEDED;
}

int stack_start(void)
{
    int error = EPROTONOSUPPORT;
    lock_take(); /* blocks all signals, which libusrsctp's threads inherit */
    if (!running && !descriptors_left()) {
        error = errno;
    } else if (!running && libusrsctp_load()) {
        if (stale)
            libusrsctp_reset();
        stale = false;
        stack_starting = true;
        scheduler_start();
        threads_prepare();
        usr.init(udp_peer_port(), NULL, print_debug);
        stack_starting = false;
        threads_wait();
        set_defaults();
        guardian_start();
        capture_open();
        running = true;
        choice_announce();
        debug("started");
    }
    bool ok = running;
    lock_release();
    if (!ok)
        errno = error;
    return ok ? 0 : -1;
}

/* ---- fork ----------------------------------------------------------------- */

/* The child has the stack's memory but none of its threads, and the locks that they held will never
 * be released.  So the child uses nothing of the parent's stack, and starts its own with
 * libusrsctp's variables as they were before the parent started it.  This is deferred until the
 * child makes a call on an SCTP socket, because most children execute another program at once.
 * Another thread of the parent may have held any lock of the C library, so that until then only
 * async-signal-safe functions are called (fork(2)); memory of the parent's stack is not freed, but
 * forgotten. */
static void drop_inherited(void)
{
    int error = errno;
    stale = true;
    descriptor_drop_inherited();
    watches_drop_inherited();
    shadow_drop_inherited();
    usock_drop_inherited();
    udp_drop_inherited();
    association_drop_inherited();
    reader_drop_inherited();
    local_address_drop_inherited();
    timers_drop_inherited();
    capture_drop_inherited();
    path_mtu_drop_inherited();
    errno = error;
}

/* Holding the lock keeps the child from inheriting half-made changes to our tables or to the
 * allocator's. */
static void before_fork(void)
{
    lock_take_in_program();
}

static void after_fork_parent(void)
{
    lock_release();
}

static void after_fork_child(void)
{
    if (running) {
        lock_next_in_child(drop_inherited);
        running = false;
        watches_after_fork();
    }
    if (libusrsctp_loaded()) {
        descriptor_own_process();
        guardian_after_fork();
    }
    /* Restores the signal mask as well, which the child and any program it executes inherit. */
    lock_release();
}

__attribute__((constructor)) static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

/* ---- exit ----------------------------------------------------------------- */

__attribute__((destructor)) static void stack_end(void)
{
    if (!running)
        return;
    stream_flush();
    lock_take();
    lock_exit();
    reader_stop();
    lock_release();
    usock_drain();
    guardian_end();
    threads_end();
    usr.finish(); /* joins its threads */
    running = false;
}
