/*
 * Whose turn it is to read UDP: a thread of the program (inline_reader.c), or the stack's threads,
 * which are parked in the meantime.
 *
 * Between two calls of the program the packets wait in the UDP sockets, and the next call reads
 * them first.  If the program makes no call between two ticks of the timer (10 ms), the stack's
 * threads read until its next call.
 *
 * The stack's threads always read in a program with several threads, because one thread may wait in
 * a call while no thread reads, and in one that waits for SIGIO.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptor.h"
#include "inline_reader.h"
#include "libc.h"
#include "libusrsctp.h"
#include "lock.h"

struct reader reader;

static bool watch(int command, int fd, uint64_t epoll_key)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = epoll_key};
    return libc.epoll_ctl(reader.epoll, command, fd, &event) == 0;
}

int reader_watch_signals(int fd)
{
    sigset_t interrupting;
    sigfillset(&interrupting);
    for (int i = 1; i < NSIG; i++)
        if (sigismember(&reader.masked, i) == 1)
            sigdelset(&interrupting, i);
    return signalfd(fd, &interrupting, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool prepare(void)
{
    if (reader.ready || reader.never)
        return reader.ready;
    reader.masked = *lock_program_mask();
    int epoll = epoll_create1(EPOLL_CLOEXEC), wake_up = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int signals = reader_watch_signals(-1);
    if (epoll < 0 || wake_up < 0 || signals < 0 || !usr.input || !usr.get_mbuf || !usr.free_mbufs) {
        libc.close(epoll);
        libc.close(wake_up);
        libc.close(signals);
        reader.never = true;
        return false;
    }
    reader.epoll = descriptor_hide(epoll);
    reader.wake_up = descriptor_hide(wake_up);
    reader.signals = descriptor_hide(signals);
    reader.never = !watch(EPOLL_CTL_ADD, reader.wake_up, WAKE_UP) ||
                   !watch(EPOLL_CTL_ADD, reader.signals, SIGNALS);
    return reader.ready = true;
}

void reader_watch(int command, int fd, uint64_t epoll_key)
{
    if (prepare() && !watch(command, fd, epoll_key) && command == EPOLL_CTL_ADD && errno != EEXIST)
        reader_stop(); /* its packets would not wake the program's thread */
}

static void hand_back(void)
{
    if (__atomic_exchange_n(&reader.on, 0, __ATOMIC_SEQ_CST))
        libc.syscall(SYS_futex, &reader.on, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

bool reader_begin(void)
{
    if (stack_thread || reader.waiting || reader.never || !prepare())
        return false;
    reader.waiting = true;
    __atomic_store_n(&reader.on, 1, __ATOMIC_SEQ_CST);
    return true;
}

void reader_end(void)
{
    reader.waiting = false;
    reader.has_read = true;
}

void reader_tick(void)
{
    if (!reader.waiting && !reader.has_read)
        hand_back();
    reader.has_read = false;
}

void reader_stop(void)
{
    reader.never = true;
    hand_back();
}

bool reader_stopped(void)
{
    return reader.never;
}

void reader_park(void)
{
    while (__atomic_load_n(&reader.on, __ATOMIC_SEQ_CST))
        libc.syscall(SYS_futex, &reader.on, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
}

void reader_wake(void)
{
    uint64_t one = 1;
    if (reader.asleep) {
        ssize_t written = libc.write(reader.wake_up, &one, sizeof(one));
        (void)written;
    }
}

void reader_drop_inherited(void)
{
    reader.on = 0;
    reader.ready = reader.waiting = reader.asleep = false;
}
