/*
 * The sockets that the program has registered with epoll(7).
 *
 * epoll gets the shadow of the socket (shadow.c), and the program's data.  Duplicates of a
 * descriptor can be registered side by side, and so need duplicates of the shadow.
 *
 * A thread that waits in epoll_wait(2), or in poll(2) or select(2) for an epoll instance, reads UDP
 * itself where it can (inline_poll.c).  Which instances have sockets of ours in them is not known,
 * because they can be duplicated and nested: from the first registration on, all waits are served.
 *
 * After a fork, parent and child share the epoll instance and the shadow, which is ready as the
 * parent's socket is.  In the child the socket does not work; epoll_wait(2) tells it by EPOLLERR.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "call.h"
#include "descriptor.h"
#include "epoll_watch.h"
#include "libc.h"
#include "lock.h"
#include "reader.h"
#include "ready.h"

struct watch {
    int epoll, fd; /* the program's */
    int polled;    /* the shadow, or a duplicate */
    epoll_data_t data;
    struct watch *next;
};

static bool used;               /* a socket was registered */
static bool forked;             /* this process is the child of a fork */
static struct watch *inherited; /* what was registered before */

static struct watch **find(struct watch **list, int epoll, int fd)
{
    while (*list && !((*list)->epoll == epoll && (*list)->fd == fd))
        list = &(*list)->next;
    return list;
}

static void close_duplicate(const struct usock *s, int fd)
{
    if (fd == s->shadow)
        return;
    descriptor_unhide(fd);
    libc.close(fd);
}

static void forget(const struct usock *s, struct watch **link)
{
    struct watch *w = *link;
    *link = w->next;
    close_duplicate(s, w->polled);
    free(w);
}

void watches_free(struct usock *s)
{
    while (s->watches)
        forget(s, &s->watches);
}

/* The shadow is in the set: did a duplicate of the set's descriptor register fd? */
static bool registered_by_duplicate(const struct usock *s, int epoll, int fd)
{
    bool found = false;
    for (const struct watch *w = s->watches; w; w = w->next)
        if (w->polled == s->shadow) {
            if (w->epoll == epoll)
                return false; /* a duplicate of fd was registered */
            found |= w->fd == fd;
        }
    return found;
}

/* The descriptor that epoll gets for a new registration.  -1 and errno. */
static int register_fd(const struct usock *s, int epoll, int fd, struct epoll_event *event)
{
    if (libc.epoll_ctl(epoll, EPOLL_CTL_ADD, s->shadow, event) == 0)
        return s->shadow;
    if (errno != EEXIST || registered_by_duplicate(s, epoll, fd))
        return -1;
    int copy = libc.fcntl(s->shadow, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return -1;
    copy = descriptor_hide(copy);
    if (libc.epoll_ctl(epoll, EPOLL_CTL_ADD, copy, event) == 0)
        return copy;
    int error = errno;
    close_duplicate(s, copy);
    return refuse(error);
}

static struct watch *new_watch(struct usock *s, int epoll, int fd, struct epoll_event *event)
{
    struct watch *w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    *w = (struct watch){.epoll = epoll, .fd = fd, .next = s->watches};
    w->polled = register_fd(s, epoll, fd, event);
    if (w->polled < 0) {
        free(w);
        return NULL;
    }
    s->watches = w;
    return w;
}

static int add(struct usock *s, int epoll, int fd, struct epoll_event *event)
{
    struct watch *w = *find(&s->watches, epoll, fd);
    if (w && libc.epoll_ctl(epoll, EPOLL_CTL_ADD, w->polled, event) < 0)
        return -1; /* otherwise w is of an epoll instance that was closed */
    if (!w && !(w = new_watch(s, epoll, fd, event)))
        return -1;
    w->data = event->data;
    used = true;
    return 0;
}

/* A duplicate of the set's descriptor may have registered fd.  *w: where. */
static int change_by_duplicate(struct usock *s, int epoll, int command, int fd,
                               struct epoll_event *event, struct watch ***w)
{
    for (*w = &s->watches; **w; *w = &(**w)->next)
        if ((**w)->fd == fd) {
            int result = libc.epoll_ctl(epoll, command, (**w)->polled, event);
            if (result == 0 || errno != ENOENT)
                return result;
        }
    return refuse(ENOENT);
}

static int change(struct usock *s, int epoll, int command, int fd, struct epoll_event *event)
{
    struct watch **w = find(&s->watches, epoll, fd);
    int result = libc.epoll_ctl(epoll, command, *w ? (*w)->polled : s->fd, event);
    if (result < 0 && errno == ENOENT && !*w)
        result = change_by_duplicate(s, epoll, command, fd, event, &w);
    if (result == 0 && *w && command == EPOLL_CTL_DEL)
        forget(s, w);
    else if (result == 0 && *w)
        (*w)->data = event->data;
    return result;
}

static int control(int epoll, int command, int fd, struct epoll_event *event)
{
    if (command != EPOLL_CTL_DEL && call_polled(fd, event->events & EPOLLET) < 0)
        return -1;
    struct usock *s = call_enter(fd);
    if (!s)
        return -1;
    int result = command == EPOLL_CTL_ADD && s->shadow >= 0 ? add(s, epoll, fd, event)
                                                            : change(s, epoll, command, fd, event);
    call_leave(s);
    return result;
}

/* ---- in the child of a fork ----------------------------------------------- */

void watches_after_fork(void)
{
    forked = true;
    used = false;
}

void watches_drop_inherited(void)
{
    for (struct usock *s = usocks; s; s = s->next) {
        struct watch **last = &s->watches;
        while (*last)
            last = &(*last)->next;
        *last = inherited;
        inherited = s->watches;
    }
}

/* The parent's registration stays. */
static bool forget_inherited(int epoll, int fd)
{
    lock_take();
    struct watch **w = find(&inherited, epoll, fd);
    bool found = *w && descriptor_get(fd) == &descriptor_inherited;
    if (found)
        *w = (*w)->next;
    lock_release();
    return found;
}

static int inherited_events(int epoll, struct epoll_event *events, int most)
{
    int n = 0;
    lock_take();
    for (const struct watch *w = inherited; w && n < most; w = w->next)
        if (w->epoll == epoll && descriptor_get(w->fd) == &descriptor_inherited)
            events[n++] = (struct epoll_event){.events = EPOLLERR, .data = w->data};
    lock_release();
    return n;
}

/* ---- epoll_wait ----------------------------------------------------------- */

/* An instance that has answered: only the kernel can tell that arguments are wrong. */
static int known = -1;

bool watch_inline(void)
{
    return used && !reader_stopped();
}

static int wait_inline(int epoll, struct epoll_event *events, int most, struct patience p)
{
    int errno_before = errno;
    pthread_testcancel();
    if (epoll != known) {
        call_settle();
        int n = libc.epoll_wait(epoll, events, most, 0);
        if (n)
            return n;
        known = epoll;
    }
    int n = inline_epoll(epoll, events, most, p);
    if (n == -1)
        known = -1;
    else
        errno = errno_before;
    return n;
}

int watch_wait(int epoll, struct epoll_event *events, int most, struct patience p)
{
    int n = forked && most > 0 ? inherited_events(epoll, events, most) : 0;
    if (n) {
        call_settle();
        int others = n < most ? libc.epoll_pwait(epoll, events + n, most - n, 0, p.mask) : 0;
        return others < 0 ? n : n + others;
    }
    if (!watch_inline() || most <= 0 || !events)
        return INLINE_NOT;
    n = wait_inline(epoll, events, most, p);
    if (n == INLINE_NOT)
        call_stop_reading();
    return n;
}

void watch_epoll_closed(int epoll)
{
    if (epoll == known)
        known = -1;
    if (!forked || !inherited)
        return;
    lock_take();
    for (struct watch **w = &inherited; *w;)
        if ((*w)->epoll == epoll)
            *w = (*w)->next;
        else
            w = &(*w)->next;
    lock_release();
}

/* ---- the program's call --------------------------------------------------- */

int watch_control(int epoll, int command, int fd, struct epoll_event *event)
{
    int errno_before = errno;
    int result = forked && command == EPOLL_CTL_DEL && forget_inherited(epoll, fd)
                     ? 0
                     : control(epoll, command, fd, event);
    if (result == 0)
        errno = errno_before;
    return result;
}
