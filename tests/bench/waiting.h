/* Ways to wait for input before a receive call: in the call itself, in poll(), in epoll_wait(). */
#ifndef BENCH_WAITING_H
#define BENCH_WAITING_H

#include "unpsctp.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

static enum { IN_RECV, IN_POLL, IN_EPOLL } waiting;

static inline void choose_waiting(const char *name)
{
    static const char *const names[] = {"recv", "poll", "epoll"};

    while (strcmp(name, names[waiting]) != 0)
        if (++waiting > IN_EPOLL)
            err_quit(EXIT_USAGE, "-w %s: recv, poll or epoll", name);
}

static inline void wait_for_input(int fd)
{
    static int epoll = -1;
    struct epoll_event event = {.events = EPOLLIN};
    struct pollfd input = {.fd = fd, .events = POLLIN};

    if (waiting == IN_RECV)
        return;
    if (waiting == IN_EPOLL && epoll < 0 &&
        ((epoll = epoll_create1(0)) < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0))
        err_sys("epoll");
    if ((waiting == IN_POLL ? poll(&input, 1, -1) : epoll_wait(epoll, &event, 1, -1)) < 0)
        err_sys("waiting for input");
}

#endif
