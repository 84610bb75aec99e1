/* The server's lines to the members of a chat, and their order: chat/talk.c. */
#include "../../chat/log.h"
#include "../../chat/talk.h"
#include "receive/receive.h"
#include "unit.h"

#include <stdlib.h>
#include <sys/queue.h>

/* Without -J these print nothing. */
void log_member(const struct unp_server *s, const char *event, const struct member *m,
                const char *field, const char *value)
{
}
void log_said(const struct unp_server *s, const char *event, const struct member *m,
              uint16_t channel, const char *text, size_t len)
{
}

static struct unp_server srv;
static struct unp_sender *out;
static struct unp_memory memory;
static struct room room = {.srv = &srv};
static struct member_list members;
static struct talk talk;
static size_t longest;
static char told[1 << 20]; /* the lines to all members and to a single one */

static void note(const char *line, size_t len)
{
    size_t used = strlen(told);

    assert_true(used + len < sizeof(told));
    memcpy(told + used, line, len);
}

void room_say(struct room *r, const struct line *line)
{
    (void)r;
    note(line->text, line->len);
}

bool room_carries(struct room *r, struct voice *voice, size_t len)
{
    (void)r;
    (void)voice;
    (void)len;
    return true;
}

size_t room_longest(const struct room *r)
{
    (void)r;
    return longest;
}

void room_tell(struct room *r, struct unp_association *to, uint16_t channel, const char *line,
               size_t len)
{
    (void)r;
    (void)to;
    (void)channel;
    note(line, len);
}

static int start(void **state)
{
    TAILQ_INIT(&members);
    memset(told, 0, sizeof(told));
    memset(&srv, 0, sizeof(srv));
    srv.max_queue = 100000;
    longest = 100000;
    talk = (struct talk){.room = &room, .members = &members};
    out = unp_sender_new(-1, 100000);
    return out ? 0 : -1;
}

static struct member *enter(const char *name)
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

static void leave(struct member *m)
{
    struct unp_association *a = m->a;

    talk_leave(&talk, m);
    member_free(&members, m);
    unp_table_remove(&srv.associations, out, a);
}

static int stop(void **state)
{
    struct member *m;

    while ((m = TAILQ_FIRST(&members)))
        leave(m);
    unp_sender_free(out);
    return 0;
}

static void a_member_that_reconnects_leaves_before_it_joins(void **state)
{
    struct member *alice = enter("alice");

    talk_arrive(&talk, alice);
    talk_news(&talk);
    leave(alice);
    talk_arrive(&talk, enter("alice"));
    talk_news(&talk);
    assert_string_equal(told, "*** alice has joined\n*** alice has left\n*** alice has joined\n");
}

static void say(struct member *m, const char *text, size_t len)
{
    struct unp_message msg = {.data = (unsigned char *)(uintptr_t)text, .len = len};

    talk_understand(&talk, m, &msg);
}

static void all_members_are_listed_in_lines_of_a_thousand_bytes(void **state)
{
    struct member *m = NULL;
    unsigned listed = 0, lines = 0;
    char name[NAME_SIZE];

    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof(name), "member-%d-of-five-thousand", i);
        m = enter(name);
    }
    say(m, "/who", 4);
    for (const char *line = told, *end; (end = strchr(line, '\n')); line = end + 1, lines++)
        assert_true(end - line <= 1030);
    for (const char *at = told; (at = strstr(at, " member-")); at++)
        listed++;
    assert_int_equal(listed, 5000);
    assert_in_range(lines, 100, 200);
    assert_false(m->listing);
}

static void the_list_of_members_waits_while_the_queue_is_half_full(void **state)
{
    struct member *m = enter("alice");

    m->a->out.queued = srv.max_queue / 2;
    say(m, "/who", 4);
    assert_string_equal(told, "");
    assert_true(m->listing);
    m->a->out.queued = 0;
    talk_list(&talk, m);
    assert_string_equal(told, "*** 1 here: alice\n");
}

static void a_message_that_is_too_long_once_escaped_is_refused_with_the_reason(void **state)
{
    struct member *m = enter("alice");
    char text[1000];

    longest = sizeof(text) * 4;
    memset(text, 1, sizeof(text));
    say(m, text, sizeof(text));
    assert_string_equal(told, "*** message not sent: it has 4008 bytes once escaped, and a "
                              "line may have 4000 here\n");
    told[0] = '\0';
    memset(text, 'x', sizeof(text));
    say(m, text, sizeof(text));
    assert_contains(told, "alice: xxx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_member_that_reconnects_leaves_before_it_joins, start,
                                        stop),
        cmocka_unit_test_setup_teardown(all_members_are_listed_in_lines_of_a_thousand_bytes, start,
                                        stop),
        cmocka_unit_test_setup_teardown(the_list_of_members_waits_while_the_queue_is_half_full,
                                        start, stop),
        cmocka_unit_test_setup_teardown(
            a_message_that_is_too_long_once_escaped_is_refused_with_the_reason, start, stop),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
