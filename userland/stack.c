/*
 * libusrsctp: loading and starting it, the lock around it, its threads.
 *
 * It is loaded when the first socket is made, with dlopen: a program whose kernel has SCTP never
 * sees it, and its 600 global names stay out of the program's way.
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "userland.h"

struct usrsctp usr;
__thread bool stack_thread, stack_starting;

static void *library; /* of dlopen */
static bool running, ending;
static bool inherited; /* in the child of a fork: what is here is still that of the parent */
static bool stale;     /* … and no longer, but libusrsctp's variables are */
static pthread_mutex_t lock;
static __thread sigset_t program_mask;
static uint32_t *to_wake[16]; /* futexes */
static unsigned n_to_wake;
static unsigned n_threads;           /* libusrsctp's own … */
static unsigned n_begun;             /* … that have come to their first wait */
static bool exiting;                 /* the process is in exit(3) … */
static __thread bool exiting_thread; /* … and it is this thread that called it */

/* --- the lock -------------------------------------------------------------------------------- */

__attribute__((constructor)) static void lock_init(void)
{
    /* Spins a little before it sleeps: it is held for microseconds. */
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(&lock, &attr);
    pthread_mutexattr_destroy(&attr);
}

/* What the program's other threads find when the process ends: no stack, and no errors of its
 * going away either.  A thread in a system call of the kernel's would not return from it. */
static void block_forever(const sigset_t *mask)
{
    pthread_mutex_unlock(&lock);
    pthread_sigmask(SIG_SETMASK, mask, NULL);
    for (;;)
        pause();
}

static void drop_inherited(void);

bool stack_exiting(void)
{
    return exiting;
}

/* Of a thread of the program's. */
static void take_lock(void)
{
    /* A signal handler may call close, or exit: not while we are inside. */
    sigset_t all;
    sigfillset(&all);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    pthread_mutex_lock(&lock);
    if (exiting && !exiting_thread)
        block_forever(&mask);
    program_mask = mask;
}

void stack_lock(void)
{
    if (stack_thread) {
        pthread_mutex_lock(&lock);
        return;
    }
    take_lock();
    if (inherited)
        drop_inherited();
}

static void wake(uint32_t *futex)
{
    syscall(SYS_futex, futex, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void stack_wake(uint32_t *futex)
{
    if (n_to_wake < sizeof to_wake / sizeof *to_wake)
        to_wake[n_to_wake++] = futex;
    else
        wake(futex);
}

/* Without the signals. */
static void release_lock(void)
{
    uint32_t *woken[sizeof to_wake / sizeof *to_wake];
    unsigned n = n_to_wake;
    for (unsigned i = 0; i < n; i++)
        woken[i] = to_wake[i];
    n_to_wake = 0;
    pthread_mutex_unlock(&lock);
    for (unsigned i = 0; i < n; i++)
        wake(woken[i]);
}

void stack_unlock(void)
{
    sigset_t mask = program_mask;
    release_lock();
    if (!stack_thread)
        pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

const sigset_t *stack_program_mask(void)
{
    return &program_mask;
}

int stack_wait(int epoll, struct epoll_event *event, int ms)
{
    sigset_t mask = program_mask;
    release_lock();
    /* Not by libc's function, in which a thread can be cancelled. */
    int n = (int)syscall(SYS_epoll_pwait, epoll, event, 1, ms, NULL, 0), error = errno;
    pthread_mutex_lock(&lock);
    if (exiting && !exiting_thread)
        block_forever(&mask);
    program_mask = mask;
    errno = error;
    return n;
}

/* --- loading --------------------------------------------------------------------------------- */

#define LIBRARY "libusrsctp.so.2"

static bool find_functions(void)
{
#define X(name)                                                                                    \
    if (!(*(void **)&usr.name = dlsym(library, "usrsctp_" #name))) {                               \
        say("cannot use " LIBRARY ": it has no usrsctp_" #name "; install version 0.9.5");         \
        return false;                                                                              \
    }
    USRSCTP_FUNCTIONS(X)
#undef X
    *(void **)&usr.add_address = dlsym(library, "sctp_add_addr_to_vrf");
    *(void **)&usr.get_mbuf = dlsym(library, "sctp_get_mbuf_for_msg");
    *(void **)&usr.free_mbufs = dlsym(library, "m_freem");
    *(void **)&usr.input = dlsym(library, "sctp_common_input_processing");
    return true;
}

/* libusrsctp's variables, as they are before its start: for the child of a fork. */
static struct {
    char *at, *kept;
    size_t size;
} variables;

/* They are the last of its segments that can be written to, but for what the loader has protected
 * since. */
static int find_variables(struct dl_phdr_info *info, size_t info_size, void *map)
{
    ElfW(Addr) from = 0, to = 0, protected = 0;
    (void)info_size;
    if (info->dlpi_addr != ((struct link_map *)map)->l_addr)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type == PT_LOAD && p->p_flags & PF_W) {
            from = info->dlpi_addr + p->p_vaddr;
            to = from + p->p_memsz;
        } else if (p->p_type == PT_GNU_RELRO) {
            protected = (info->dlpi_addr + p->p_vaddr + p->p_memsz) & -(ElfW(Addr))getpagesize();
        }
    }
    if (from < protected && protected < to)
        from = protected;
    variables.at = (char *)from;
    variables.size = to - from;
    return 1;
}

static bool keep_variables(void)
{
    struct link_map *map;
    if (dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && dl_iterate_phdr(find_variables, map) &&
        (variables.kept = malloc(variables.size))) {
        memcpy(variables.kept, variables.at, variables.size);
        return true;
    }
    say("cannot use " LIBRARY ": no copy of its variables can be made, which the child of a fork "
        "needs; is there memory left?");
    return false;
}

static bool load(void)
{
    static bool loaded;
    if (!library)
        library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        say("cannot load " LIBRARY ": %s; install Debian's libusrsctp2", dlerror());
    else if (!loaded)
        loaded = find_functions() && keep_variables();
    return loaded;
}

/* --- fork ------------------------------------------------------------------------------------ */

/* The child has the stack's memory and none of its threads, and locks of the stack's that they held
 * will never be released.  Of the stack the child uses nothing, then, and begins with its variables
 * as they were before the parent started it.  It does so when it first makes a call on an SCTP
 * socket: most children execute another program at once.  Where the parent has threads, they may
 * have held any lock of the C library's, so up to there only that is called which a signal handler
 * may call (fork(2)); memory of the parent's stack is not freed, but forgotten. */
static void drop_inherited(void)
{
    int error = errno;
    inherited = false;
    stale = true;
    descriptor_drop_inherited();
    usock_drop_inherited();
    udp_drop_inherited();
    association_drop_inherited();
    reader_drop_inherited();
    address_drop_inherited();
    errno = error;
}

/* That a fork leaves the child nothing half done: of our tables, or of the allocator's. */
static void before_fork(void)
{
    take_lock();
}

static void after_fork_parent(void)
{
    stack_unlock();
}

static void after_fork_child(void)
{
    if (library) {
        inherited |= running;
        running = false;
        descriptor_after_fork();
        guardian_after_fork();
    }
    /* Not the mutex alone: the child, and what it executes, is to get its signals. */
    stack_unlock();
}

__attribute__((constructor)) static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

/* --- starting -------------------------------------------------------------------------------- */

static void print_debug(const char *format, ...)
{
    char line[400];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    line[strcspn(line, "\n")] = '\0';
    debug("stack: %s", line);
}

/* What a Linux kernel does by default. */
static void set_defaults(void)
{
    /* A packet for a port that nobody has is answered with an ABORT. */
    usr.sysctl_set_sctp_blackhole(0);
    /* The default of 512 is less than a window of small messages. */
    usr.sysctl_set_sctp_max_chunks_on_queue(STACK_MAX_CHUNKS);
    usr.sysctl_set_sctp_auth_enable(0);
    usr.sysctl_set_sctp_asconf_enable(0);
    /* UDP sockets do not tell a packet's ECN bits. */
    usr.sysctl_set_sctp_ecn_enable(0);
    /* First come, first served.  The default scheduler of this version never ends when a
     * message goes to another than the primary address (SCTP_ADDR_OVER). */
    usr.sysctl_set_sctp_default_ss_module(usr_SCTP_SS_FIRST_COME);
    /* A one-to-one listener whose backlog is full refuses. */
    usr.sysctl_set_sctp_abort_if_one_2_one_hits_limit(1);
}

/* What the start needs of descriptors: without them the stack would begin, and stay, deaf. */
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

void stack_thread_begins(void)
{
    static __thread bool begun;
    if (!begun)
        __atomic_add_fetch(&n_begun, 1, __ATOMIC_SEQ_CST);
    begun = true;
}

/* Until they have come to where they take the lock: a fork would leave to the child what they were
 * in the middle of, such as a lock of the allocator's.  The one for iterators just waits. */
static void wait_for_threads(void)
{
    enum { NAPS = 20000, ITERATOR = 1 };
    const struct timespec nap = {.tv_nsec = 50000};
    for (int i = 0; i < NAPS && __atomic_load_n(&n_begun, __ATOMIC_SEQ_CST) + ITERATOR < n_threads;
         i++)
        libc.nanosleep(&nap, NULL);
}

int stack_start(void)
{
    int error = EPROTONOSUPPORT;
    stack_lock(); /* blocks all signals: the threads inherit that */
    if (!running && !descriptors_left()) {
        error = errno;
    } else if (!running && load()) {
        if (stale)
            memcpy(variables.at, variables.kept, variables.size);
        stale = false;
        stack_starting = true;
        n_threads = n_begun = 0;
        usr.init(udp_peer_port(), NULL, print_debug);
        stack_starting = false;
        wait_for_threads();
        set_defaults();
        guardian_start();
        running = true;
        debug("started");
    }
    bool ok = running;
    stack_unlock();
    if (!ok)
        errno = error;
    return ok ? 0 : -1;
}

/* --- what libusrsctp asks of libc ------------------------------------------------------------ */

int stack_socket(int domain, int type, int protocol)
{
    if (type == SOCK_DGRAM && protocol == IPPROTO_UDP)
        return udp_handle(domain);
    if (type == SOCK_RAW) { /* as it would be without root: SCTP only ever goes over UDP here */
        errno = EPERM;
        return -1;
    }
    return libc.socket(domain, type, protocol);
}

struct thread_start {
    void *(*start)(void *);
    void *arg;
};

static void *run_thread(void *arg)
{
    struct thread_start t = *(struct thread_start *)arg;
    free(arg);
    stack_thread = true;
    return t.start(t.arg);
}

int stack_thread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                        void *arg)
{
    struct thread_start *t = malloc(sizeof *t);
    if (!t)
        return ENOMEM;
    *t = (struct thread_start){start, arg};
    int error = libc.pthread_create(thread, attr, run_thread, t);
    if (error)
        free(t);
    else
        n_threads++;
    return error;
}

/* The timer thread sleeps 10 ms, adds 10 ms to its clock, runs what is due, again and again. */
int stack_nanosleep(const struct timespec *duration)
{
    static struct timespec next;
    static __thread bool locked;

    stack_thread_begins();
    if (locked) {
        ready_tick();
        ready_process();
        stack_unlock();
    }
    /* To a cadence, so that its clock does not fall behind. */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    next.tv_nsec += duration->tv_nsec;
    if (next.tv_nsec >= 1000000000) {
        next.tv_nsec -= 1000000000;
        next.tv_sec++;
    }
    if (next.tv_sec + 1 < now.tv_sec)
        next = now; /* the machine slept, or we begin */
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    locked = !__atomic_load_n(&ending, __ATOMIC_SEQ_CST);
    if (locked)
        stack_lock();
    return 0;
}

/* --- the end ----------------------------------------------------------------------------- */

__attribute__((destructor)) static void stack_end(void)
{
    if (!running)
        return;
    stream_flush();
    stack_lock();
    exiting = exiting_thread = true;
    reader_stop();
    stack_unlock();
    usock_drain();
    guardian_end();
    __atomic_store_n(&ending, true, __ATOMIC_SEQ_CST);
    usr.finish(); /* joins its threads */
    running = false;
}
