/*
 * The state of a socket as poll, select and epoll see it.
 *
 * The program's descriptor is one end of a socketpair, and the shadow the other.  A byte written
 * to the shadow makes the program's end readable; filling the send buffer of the program's end
 * makes it unwritable.  This costs system calls, and so begins when the program first polls.
 */
#include <unistd.h>

#include "descriptor.h"
#include "libc.h"
#include "libusrsctp.h"
#include "reader.h"
#include "ready.h"
#include "usock.h"

/* libusrsctp never reports a one-to-many socket as writable. */
static bool writable(struct usock *s)
{
    if (s->send_blocked)
        return false;
    if (s->type == SOCK_SEQPACKET)
        return true;
    return !s->listening && (usr.get_events(s->so) & (usr_SCTP_EVENT_WRITE | usr_SCTP_EVENT_ERROR));
}

static void show_in(struct usock *s, bool in)
{
    char byte = 0;
    if (in == s->shows_in)
        return;
    s->shows_in = in;
    if (in)
        libc.send(s->shadow, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    else
        libc.recv(s->fd, &byte, 1, MSG_DONTWAIT);
}

static void show_full(struct usock *s, bool full)
{
    static char filling[4096];
    if (full == s->shows_full)
        return;
    s->shows_full = full;
    if (full)
        while (libc.send(s->fd, filling, 3000, MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
        }
    else
        while (libc.recv(s->shadow, filling, sizeof(filling), MSG_DONTWAIT) > 0) {
        }
}

void shadow_update(struct usock *s)
{
    bool in = usock_readable(s);
    if (in && s->edge_triggered)
        show_in(s, false); /* so that new input is another edge */
    show_in(s, in);
    show_full(s, !writable(s));
    if (s->no_receive && s->no_send)
        libc.shutdown(s->shadow, SHUT_RDWR); /* POLLHUP */
}

void shadow_polled(struct usock *s, bool edge_triggered)
{
    reader_stop();
    s->polled = true;
    s->edge_triggered |= edge_triggered;
    if (!s->ready)
        shadow_update(s);
}

int shadow_pair(int flags, int *shadow)
{
    int pair[2], smallest = 1;
    if (socketpair(AF_UNIX, SOCK_STREAM | (flags & SOCK_CLOEXEC), 0, pair) < 0)
        return -1;
    if (libc.setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &smallest, sizeof(smallest)) < 0 ||
        (flags & SOCK_NONBLOCK && libc.fcntl(pair[0], 4 /* F_SETFL */, SOCK_NONBLOCK) < 0)) {
        libc.close(pair[0]);
        libc.close(pair[1]);
        return -1;
    }
    *shadow = descriptor_hide(pair[1]);
    return pair[0];
}
