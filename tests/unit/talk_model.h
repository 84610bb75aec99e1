/* The talk of a chat without a room: what it tells to all, and to single members, is noted. */
#ifndef TALK_MODEL_H
#define TALK_MODEL_H

#include "../../chat/log.h"
#include "../../chat/talk.h"
#include "blocks.h"
#include "server/inside.h"
#include "unit.h"

#include <stdlib.h>
#include <sys/queue.h>

static char logged[1000]; /* events that -J would print */

void log_member(const struct unp_server *s, const char *event, const struct member *m,
                const char *field, const char *value)
{
    if (field && value)
        sprintf(logged + strlen(logged), "%s %s %s=%s\n", event, m->name, field, value);
}
void log_said(const struct unp_server *s, const char *event, const struct member *m,
              uint16_t channel, const char *text, size_t len)
{
    if (len < 100)
        sprintf(logged + strlen(logged), "%s %s %u %.*s\n", event, m->name, channel, (int)len,
                text);
}

static struct unp_server srv;
static struct unp_sender *out;
static struct unp_memory memory;
static struct room room = {.srv = &srv};
static struct member_list members;
static struct talk talk;
static size_t longest;
static char told[1 << 20];                    /* the lines to all members and to a single one */
static struct line last;                      /* the last line to all */
static const struct unp_association *last_to; /* who was told the last line to one */
static unsigned said;                         /* lines to all */
static bool carries;                          /* what room_carries() returns */
static size_t carries_len;
static int eof_fd; /* the socket of the last shutdown; 0: none */
static sctp_assoc_t eof_id;

/* talk.c itself sends only shutdowns. */
ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    struct sctp_sndinfo snd;

    memcpy(&snd, CMSG_DATA(CMSG_FIRSTHDR(m)), sizeof(snd));
    assert_int_equal(snd.snd_flags, SCTP_EOF);
    eof_fd = fd;
    eof_id = snd.snd_assoc_id;
    return 0;
}

static void note(const char *line, size_t len)
{
    size_t used = strlen(told);

    assert_true(used + len < sizeof(told));
    memcpy(told + used, line, len);
    told[used + len] = '\0';
}

void room_say(struct room *r, const struct line *line)
{
    last = *line;
    said++;
    note(line->text, line->len);
}

void room_flush(struct room *r)
{
}

bool room_carries(struct room *r, struct voice *voice, size_t len)
{
    assert_null(voice);
    carries_len = len;
    return carries;
}

size_t room_longest(const struct room *r)
{
    return longest;
}

void room_tell(struct room *r, struct unp_association *to, uint16_t channel, const char *line,
               size_t len)
{
    assert_int_equal(channel, 0);
    last_to = to;
    note(line, len);
}

static inline int start(void **state)
{
    TAILQ_INIT(&members);
    memset(told, 0, sizeof(told));
    memset(&srv, 0, sizeof(srv));
    memset(&last, 0, sizeof(last));
    logged[0] = '\0';
    said = 0;
    carries = true;
    eof_fd = 0;
    srv.fd = 77;
    srv.max_queue = 100000;
    longest = 100000;
    talk = (struct talk){.room = &room, .members = &members};
    out = unp_sender_new(-1, 100000);
    return out ? 0 : -1;
}

static inline struct member *enter(const char *name)
{
    struct unp_association *a =
        unp_table_add(&srv.associations, (sctp_assoc_t)srv.associations.count + 1);
    struct member *m;

    assert_non_null(a);
    m = member_new(&members, a, 1, &memory);
    assert_non_null(m);
    snprintf(m->name, sizeof(m->name), "%s", name);
    return m;
}

static inline void leave(struct member *m)
{
    struct unp_association *a = m->a;

    talk_leave(&talk, m);
    member_free(&members, m);
    unp_table_remove(&srv.associations, out, a);
}

static inline int stop(void **state)
{
    struct member *m;

    while ((m = TAILQ_FIRST(&members)))
        leave(m);
    unp_sender_free(out);
    return 0;
}

static inline void say(struct member *m, const char *text, size_t len)
{
    struct unp_message msg = {.data = (unsigned char *)(uintptr_t)text, .len = len};

    talk_input(&talk, m, &msg);
}

/* A member whose arrival has been announced. */
static inline struct member *enter_announced(const char *name)
{
    struct member *m = enter(name);

    m->announced = true;
    return m;
}

static inline void assert_answer(struct member *m, const char *text, const char *expected)
{
    char *exact = exact_copy(text, strlen(text));

    told[0] = '\0';
    said = 0;
    say(m, exact, strlen(text));
    free(exact);
    assert_string_equal(told, expected);
    assert_int_equal(said, 0);
    assert_ptr_equal(last_to, m->a);
}

#endif
