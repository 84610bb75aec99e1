/*
 * A client of a chat server, and the lines that it says and hears.
 *
 * It makes few system calls for many lines: messages of SCTP are sent and received in batches.
 */
#include "member.h"
#include "cmdline/cmdline.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = OUT / MOST_LINE, READ = 65536, EACH = 1024 };

static const char mark[] = "line ";

void Join(struct member *m, const struct protocol *protocol, uint16_t port, int number, bool speaks)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    bool sctp = protocol->sctp;
    char text[MOST_JOIN];
    size_t len = protocol->join(text, number, speaks);

    m->protocol = protocol;
    m->fd = Socket(AF_INET, SOCK_STREAM, sctp ? IPPROTO_SCTP : IPPROTO_TCP);
    Setsockopt(m->fd, sctp ? IPPROTO_SCTP : IPPROTO_TCP, sctp ? SCTP_NODELAY : TCP_NODELAY, &on,
               sizeof(on));
    if (connect(m->fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
        err_sys("connect");
    if (len && send(m->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
        err_sys("send");
    if (fcntl(m->fd, F_SETFL, O_NONBLOCK) < 0)
        err_sys("fcntl");
}

/* ---- Hearing -------------------------------------------------------------- */

/* Messages of servers, such as greetings, have no mark and number. */
static void hear(struct member *m, const char *unit, size_t len,
                 void (*heard)(struct member *m, int number))
{
    const char *text = memmem(unit, len, mark, sizeof(mark) - 1);
    char digits[8] = "";
    int number;

    if (!m->here && memmem(unit, len, m->protocol->joined, strlen(m->protocol->joined)))
        m->here = true;
    if (!text || (size_t)(unit + len - text) < sizeof(mark) - 1 + 7)
        return;
    memcpy(digits, text + sizeof(mark) - 1, 7);
    number = (int)unp_parse_number(digits, 0, 9999999);
    if (number < m->next)
        return;
    m->next = number + 1;
    heard(m, number);
}

static void receive_messages(struct member *m, void (*heard)(struct member *m, int number))
{
    static char buf[BATCH][EACH];
    static struct iovec iov[BATCH];
    static struct mmsghdr msgs[BATCH];
    int n;

    for (int i = 0; i < BATCH; i++) {
        iov[i] = (struct iovec){buf[i], EACH};
        msgs[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
    }
    n = recvmmsg(m->fd, msgs, BATCH, MSG_DONTWAIT, NULL);
    m->gone = n < 0 && errno != EAGAIN;
    for (int i = 0; i < n; i++) {
        m->gone |= msgs[i].msg_len == 0;
        hear(m, buf[i], msgs[i].msg_len, heard);
    }
}

static void receive_bytes(struct member *m, void (*heard)(struct member *m, int number))
{
    static char buf[MOST_REST + READ];
    ssize_t n = recv(m->fd, buf + m->rest_len, READ, MSG_DONTWAIT);
    size_t at = 0, len, unit;

    m->gone = n == 0 || (n < 0 && errno != EAGAIN);
    if (n <= 0)
        return;
    memcpy(buf, m->rest, m->rest_len);
    len = m->rest_len + (size_t)n;
    while ((unit = m->protocol->unit(buf + at, len - at))) {
        hear(m, buf + at, unit, heard);
        at += unit;
    }
    m->rest_len = len - at;
    if (m->rest_len > MOST_REST)
        err_quit(EXIT_LOST, "a unit is longer than %d bytes: is this another protocol?", MOST_REST);
    memcpy(m->rest, buf + at, m->rest_len);
}

void receive(struct member *m, void (*heard)(struct member *m, int number))
{
    if (m->protocol->sctp)
        receive_messages(m, heard);
    else
        receive_bytes(m, heard);
}

/* ---- Speaking ------------------------------------------------------------- */

static size_t write_line(const struct speech *s, char *to, int number)
{
    char text[MOST_LINE];

    memset(text, 'x', s->size);
    memcpy(text + sprintf(text, "%s%07d", mark, number), "x", 1);
    return s->from->protocol->say(to, text, s->size);
}

static void check(ssize_t rc)
{
    if (rc < 0 && errno != EAGAIN)
        err_sys("the speaker: send");
}

static void speak_messages(struct speech *s, int end)
{
    struct iovec iov[BATCH];
    struct mmsghdr msgs[BATCH];
    int n = 0;

    for (; n < BATCH && s->next + n < end; n++) {
        char *to = s->out + n * MOST_LINE;

        iov[n] = (struct iovec){to, write_line(s, to, s->next + n)};
        msgs[n].msg_hdr = (struct msghdr){.msg_iov = &iov[n], .msg_iovlen = 1};
    }
    n = sendmmsg(s->from->fd, msgs, (unsigned)n, MSG_DONTWAIT | MSG_NOSIGNAL);
    check(n);
    s->next += n > 0 ? n : 0;
}

static void speak_bytes(struct speech *s, int end)
{
    ssize_t n;

    if (s->at == s->len)
        s->at = s->len = 0;
    while (s->next < end && s->len + MOST_LINE + MOST_FRAME <= OUT)
        s->len += write_line(s, s->out + s->len, s->next++);
    n = send(s->from->fd, s->out + s->at, s->len - s->at, MSG_DONTWAIT | MSG_NOSIGNAL);
    check(n);
    s->at += n > 0 ? (size_t)n : 0;
}

bool Speak(struct speech *s, int end)
{
    if (s->next < end || s->at < s->len)
        (s->from->protocol->sctp ? speak_messages : speak_bytes)(s, end);
    return s->next >= end && s->at == s->len;
}
