/*
 * Processing sockets that were marked ready, after each packet, each tick of the timer and most
 * calls of the program's (call.c): wakes waiting calls, updates the state that poll sees, and frees
 * closed sockets whose associations have shut down.
 *
 * libusrsctp calls back (usock.c) for most events; those without a callback are found here.
 */
#include "ready.h"
#include "lock.h"
#include "reader.h"
#include "usock.h"

static bool waiting_for_packet; /* whether any socket is send_blocked or connecting */

static void wake(struct usock *s)
{
    __atomic_add_fetch(&s->event_sequence, 1, __ATOMIC_SEQ_CST);
    if (s->awaited)
        lock_wake(&s->event_sequence);
    s->awaited = false;
    if (s->read_inline)
        reader_wake();
}

void ready_process(void)
{
    for (struct usock *s; (s = usock_next_ready());) {
        if (!s->so)
            continue;
        wake(s);
        usock_note_established(s);
        if (s->closed) {
            if (usock_finished(s))
                usock_free(s);
        } else if (s->polled) {
            shadow_update(s);
        }
    }
}

void ready_send_blocked(struct usock *s)
{
    s->send_blocked = waiting_for_packet = true;
}

void ready_connecting(struct usock *s)
{
    s->connecting = waiting_for_packet = true;
}

/* A packet may have brought room in the send buffer or the end of a handshake.  libusrsctp does not
 * call back for either on one-to-many sockets. */
void ready_after_packet(void)
{
    if (!waiting_for_packet)
        return;
    waiting_for_packet = false;
    for (struct usock *s = usocks; s; s = s->next)
        if (s->send_blocked || s->connecting) {
            s->send_blocked = s->connecting = false;
            usock_mark_ready(s);
        }
}

static void check(struct usock *s)
{
    if (s->closed || s->send_blocked || s->connecting ||
        ((s->awaited || s->read_inline || (s->polled && !s->shows_in)) && usock_readable(s))) {
        s->send_blocked = s->connecting = false;
        usock_mark_ready(s);
    }
}

/* A timer may fail an association or expire a message.  libusrsctp calls back for neither.  To keep
 * a tick short, it checks some of the sockets, in turn: each of 5000 every 200 ms. */
void ready_tick(void)
{
    enum { AT_A_TICK = 256 };
    struct usock *first = NULL, *s;
    reader_tick();
    for (int i = 0; i < AT_A_TICK && (s = usock_in_turn()) != first; i++) {
        check(s);
        if (!first)
            first = s;
    }
}
