/* What the members of a chat are told, and in which order: chat/talk.c. */
#include "../../chat/talk.h"
#include "unit.h"

#include <stdlib.h>

static struct sctp_server srv;
static struct sctp_outbox *out;
static struct sctp_memory memory;
static struct room room = {.srv = &srv};
static struct member_list members;
static struct talk talk;
static char told[10000]; /* what all were told, and the one who asked */

static void note(const char *line, size_t len)
{
    size_t used = strlen(told);

    assert_true(used + len < sizeof(told));
    memcpy(told + used, line, len);
}

void room_say(struct room *r, struct sctp_association *from, bool echo_ok, uint16_t channel,
              const char *line, size_t len)
{
    (void)r;
    (void)from;
    (void)echo_ok;
    (void)channel;
    note(line, len);
}

void room_tell(struct room *r, struct sctp_association *to, uint16_t channel, const char *line,
               size_t len)
{
    (void)r;
    (void)to;
    (void)channel;
    note(line, len);
}

static int start(void **state)
{
    (void)state;
    TAILQ_INIT(&members);
    talk = (struct talk){.room = &room, .members = &members};
    out = sctp_outbox_new(-1, 100000);
    return out ? 0 : -1;
}

static struct member *enter(const char *name)
{
    struct sctp_association *a =
        sctp_table_add(&srv.associations, (sctp_assoc_t)srv.associations.count + 1);
    struct member *m;

    assert_non_null(a);
    m = member_new(&members, a, 1, &memory);
    assert_non_null(m);
    snprintf(m->name, sizeof(m->name), "%s", name);
    return m;
}

static void leave(struct member *m)
{
    struct sctp_association *a = m->a;

    talk_leave(&talk, m);
    member_free(&members, m);
    sctp_table_remove(&srv.associations, out, a);
}

static int stop(void **state)
{
    struct member *m;

    (void)state;
    while ((m = TAILQ_FIRST(&members)))
        leave(m);
    sctp_outbox_free(out);
    return 0;
}

static void one_who_reconnects_has_left_before_she_has_joined(void **state)
{
    struct member *alice = enter("alice");

    (void)state;
    talk_arrive(&talk, alice);
    talk_news(&talk);
    leave(alice);
    talk_arrive(&talk, enter("alice"));
    talk_news(&talk);
    assert_string_equal(told, "*** alice has joined\n*** alice has left\n*** alice has joined\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_who_reconnects_has_left_before_she_has_joined, start,
                                        stop),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
