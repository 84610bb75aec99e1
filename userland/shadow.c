/*
 * The state of a socket as poll, select and epoll see it.
 *
 * The program's descriptor is a Unix socket that is never connected.  A system call that bypasses
 * the interposed functions, also one of another program that has inherited the descriptor, fails at
 * once: input and output with ENOTCONN, and poll(2) reports POLLHUP.
 *
 * The interposed poll and the like use another descriptor in its place, the shadow: a Unix datagram
 * socket.  Connected to itself it is writable, and readable after a datagram to itself.  Connected
 * to a socket whose queue is full it is not writable, and readable after a datagram from there.  No
 * other socket can send to it, because of its connection.  All this costs system calls, and so
 * begins when a call must wait in the kernel: inline_poll.c needs no shadow for poll and select.
 */
#include <sys/un.h>
#include <unistd.h>

#include "descriptor.h"
#include "libc.h"
#include "libusrsctp.h"
#include "ready.h"
#include "usock.h"

/* A name that the kernel gives to a Unix socket: a NUL and five digits. */
struct name {
    sa_family_t family;
    char text[6];
};

static int full = -1; /* a socket whose queue is full */

/* libusrsctp never reports a one-to-many socket as writable. */
bool usock_writable(struct usock *s)
{
    if (s->send_blocked)
        return false;
    if (s->type == SOCK_SEQPACKET)
        return true;
    return !s->listening && (usr.get_events(s->so) & (usr_SCTP_EVENT_WRITE | usr_SCTP_EVENT_ERROR));
}

static bool name_of(int fd, struct name *name)
{
    socklen_t size = sizeof(*name);
    return libc.getsockname(fd, (struct sockaddr *)name, &size) == 0 && size == sizeof(*name);
}

/* A Unix datagram socket, with a name.  -1 and errno. */
static int named_socket(void)
{
    const struct sockaddr any = {.sa_family = AF_UNIX};
    int fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || libc.bind(fd, &any, sizeof(any.sa_family)) == 0)
        return fd;
    libc.close(fd);
    return -1;
}

static void take_all(int fd)
{
    char byte;
    while (libc.recv(fd, &byte, 1, MSG_DONTWAIT) >= 0) {
    }
}

static void send_token(const struct usock *s)
{
    struct name self;
    char byte = 0;
    if (!s->shows_full)
        libc.send(s->shadow, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    else if (name_of(s->shadow, &self))
        libc.sendto(full, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&self,
                    sizeof(self));
}

static void show_in(struct usock *s, bool in)
{
    char byte;
    if (in == s->shows_in)
        return;
    s->shows_in = in;
    if (in)
        send_token(s);
    else
        libc.recv(s->shadow, &byte, 1, MSG_DONTWAIT); /* there is one token at most */
}

static int connect_to_itself(int fd)
{
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    struct name self;
    if (libc.connect(fd, &none, sizeof(none)) < 0 || !name_of(fd, &self) ||
        libc.connect(fd, (struct sockaddr *)&self, sizeof(self)) < 0)
        return -1;
    take_all(fd); /* before it was connected, any process could send to it */
    return 0;
}

/* A new connection empties the queue of the shadow. */
static void show_full(struct usock *s, bool is_full)
{
    struct name name;
    if (is_full == s->shows_full)
        return;
    s->shows_full = is_full;
    if (!is_full)
        connect_to_itself(s->shadow);
    else if (name_of(full, &name))
        libc.connect(s->shadow, (struct sockaddr *)&name, sizeof(name));
    if (s->shows_in)
        send_token(s);
}

void shadow_update(struct usock *s)
{
    bool in = usock_readable(s);
    show_full(s, !usock_writable(s));
    if (in && s->edge_triggered)
        show_in(s, false); /* so that new input is another edge */
    show_in(s, in);
    if (s->no_receive && s->no_send)
        libc.shutdown(s->shadow, SHUT_RDWR); /* POLLHUP */
}

/* ---- making the descriptors ----------------------------------------------- */

/* From the first poll on, a new socket gets its shadow at once: a program that has no descriptors
 * left gets EMFILE from accept(2), not an error of poll(2). */
static bool program_polls;

/* Each sender has a limit of its own, which may come before that of the queue. */
static bool fill_queue(const struct name *name)
{
    enum { SENDERS = 1000 };
    char byte = 0;
    for (int i = 0; i < SENDERS; i++) {
        int n = 0, sender = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (sender < 0)
            return false;
        while (libc.sendto(sender, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)name,
                           sizeof(*name)) > 0)
            n++;
        libc.close(sender);
        if (!n)
            return true;
    }
    return false;
}

static int make_full(void)
{
    struct name name;
    int fd = named_socket();
    if (fd < 0)
        return -1;
    if (!name_of(fd, &name) || !fill_queue(&name)) {
        libc.close(fd);
        return refuse(EMFILE);
    }
    full = descriptor_hide(fd);
    return 0;
}

static int make_shadow(struct usock *s)
{
    int fd = full >= 0 || make_full() == 0 ? named_socket() : -1;
    if (fd < 0)
        return -1;
    if (connect_to_itself(fd) < 0) {
        libc.close(fd);
        return refuse(EMFILE);
    }
    s->shadow = descriptor_hide(fd);
    return 0;
}

int shadow_polled(struct usock *s, bool edge_triggered)
{
    program_polls = true;
    if (s->shadow < 0 && make_shadow(s) < 0)
        return -1;
    s->polled = true;
    s->edge_triggered |= edge_triggered;
    if (!s->ready)
        shadow_update(s);
    return s->shadow;
}

int shadow_new(struct usock *s, int flags)
{
    int fd = libc.socket(AF_UNIX, SOCK_SEQPACKET | flags, 0);
    if (fd >= 0 && program_polls && make_shadow(s) < 0) {
        libc.close(fd);
        return -1;
    }
    return fd;
}

void shadow_close(struct usock *s)
{
    if (s->shadow < 0)
        return;
    descriptor_unhide(s->shadow);
    libc.shutdown(s->shadow, SHUT_RDWR); /* wakes threads that poll it */
    libc.close(s->shadow);
    s->shadow = -1;
}

void shadow_drop_inherited(void)
{
    full = -1;
}
