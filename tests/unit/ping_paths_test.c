/* Which of the peer's addresses answer: tools/ping/paths.c. */
#include "../../tools/ping/paths.h"
#include "blocks.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>

enum { FD = 99, ID = 7, PATHS = 2 };

/* The stack's view of the association. */
static struct {
    int count;        /* of addresses, 10.0.0.1 on */
    bool mapped;      /* as IPv4-mapped IPv6 addresses */
    bool lost[PATHS]; /* nothing is known of the path */
    struct sctp_paddrinfo info[PATHS];
    bool no_rto; /* RTOINFO cannot be read */
    bool no_status;
    uint32_t set_min; /* the minimum RTO that was set */
} stack;

static struct sockaddr_in6 mapped_address(int i)
{
    struct sockaddr_in6 sa = {.sin6_family = AF_INET6, .sin6_port = htons(9877)};
    char text[40];

    snprintf(text, sizeof(text), "::ffff:10.0.0.%d", i + 1);
    inet_pton(AF_INET6, text, &sa.sin6_addr);
    return sa;
}

static struct sockaddr_in address(int i)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(9877),
                                .sin_addr.s_addr = htonl(0x0a000001 + (uint32_t)i)};
}

int sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    char *at = calloc(PATHS, sizeof(struct sockaddr_in6));

    assert_int_equal(fd, FD);
    assert_int_equal(id, ID);
    *addrs = (struct sockaddr *)at;
    for (int i = 0; i < stack.count; i++) {
        struct sockaddr_in v4 = address(i);
        struct sockaddr_in6 v6 = mapped_address(i);

        memcpy(at, stack.mapped ? (void *)&v6 : (void *)&v4,
               stack.mapped ? sizeof(v6) : sizeof(v4));
        at += stack.mapped ? sizeof(v6) : sizeof(v4);
    }
    if (stack.count <= 0)
        free(at);
    return stack.count;
}

int sctp_freepaddrs(struct sockaddr *addrs)
{
    free(addrs);
    return 0;
}

int unp_get_path(int fd, sctp_assoc_t id, const struct sockaddr *peer, struct sctp_paddrinfo *path)
{
    char name[SOCK_NTOP_SIZE];
    int i;

    assert_int_equal(fd, FD);
    assert_int_equal(id, ID);
    sock_ntop_host(peer, name, sizeof(name));
    i = name[strlen(name) - 1] - '1';
    *path = stack.info[i];
    return stack.lost[i] ? -1 : 0;
}

int unp_get_status(int fd, sctp_assoc_t id, struct sctp_status *status)
{
    struct sockaddr_in primary = address(1);

    assert_int_equal(fd, FD);
    assert_int_equal(id, ID);
    memcpy(&status->sstat_primary.spinfo_address, &primary, sizeof(primary));
    return stack.no_status ? -1 : 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    struct sctp_rtoinfo *rto = value;

    if (name != SCTP_RTOINFO)
        return -1;
    assert_int_equal(fd, FD);
    assert_int_equal(rto->srto_assoc_id, ID);
    rto->srto_initial = 3000;
    rto->srto_max = 60000;
    rto->srto_min = 1002;
    return stack.no_rto ? -1 : 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    assert_int_equal(fd, FD);
    assert_int_equal(level, IPPROTO_SCTP);
    assert_int_equal(name, SCTP_RTOINFO);
    assert_int_equal(len, sizeof(struct sctp_rtoinfo));
    stack.set_min = ((const struct sctp_rtoinfo *)value)->srto_min;
    return 0;
}

static struct ping_paths paths;

static int start(void **state)
{
    memset(&stack, 0, sizeof(stack));
    stack.count = PATHS;
    for (int i = 0; i < PATHS; i++)
        stack.info[i] = (struct sctp_paddrinfo){
            .spinfo_state = SCTP_ACTIVE, .spinfo_rto = 3000, .spinfo_srtt = 5};
    memset(&paths, 0, sizeof(paths));
    blocks_before = blocks;
    return 0;
}

static int stop(void **state)
{
    ping_paths_free(&paths);
    assert_int_equal(paths.count, 0);
    assert_null(paths.path);
    return check_blocks(state);
}

UNIT_TEST(each_address_is_a_path)
{
    struct sockaddr_in first = address(0);

    assert_int_equal(ping_paths_ask(&paths, FD, ID), 0);
    assert_int_equal(paths.count, 2);
    assert_string_equal(paths.path[0].name, "10.0.0.1");
    assert_string_equal(paths.path[1].name, "10.0.0.2");
    assert_string_equal(paths.primary, "10.0.0.2");
    assert_int_equal(paths.path[1].info.spinfo_rto, 3000);
    assert_memory_equal(&paths.path[0].addr, &first, sizeof(first));
    assert_int_equal(paths.path[1].replies, 0);
    stack.mapped = true; /* the same addresses */
    stack.no_status = true;
    paths.primary[0] = '\0';
    assert_int_equal(ping_paths_ask(&paths, FD, ID), 0);
    assert_int_equal(paths.count, 2);
    assert_string_equal(paths.primary, "");
}

UNIT_TEST(an_address_that_left_the_association_is_unknown)
{
    ping_paths_ask(&paths, FD, ID);
    assert_string_equal(ping_path_state(&paths.path[1]), "active");
    stack.count = 1;
    assert_int_equal(ping_paths_ask(&paths, FD, ID), 0);
    assert_true(paths.path[0].known);
    assert_false(paths.path[1].known);
    assert_string_equal(ping_path_state(&paths.path[1]), "not in the association");
    stack.lost[0] = true;
    ping_paths_ask(&paths, FD, ID);
    assert_false(paths.path[0].known);
    stack.lost[0] = false;
    ping_paths_ask(&paths, FD, ID);
    stack.count = 0; /* the association has ended: the last state stays */
    assert_int_equal(ping_paths_ask(&paths, FD, ID), -1);
    assert_true(paths.path[0].known);
    stack.count = -1;
    assert_int_equal(ping_paths_ask(&paths, FD, ID), -1);
    assert_true(paths.path[0].known);
}

UNIT_TEST(a_watch_lowers_the_minimum_rto_by_a_quarter)
{
    assert_int_equal(ping_paths_watch(&paths, FD, ID), 0);
    assert_int_equal(stack.set_min, 752);
    assert_int_equal(paths.count, 2);
    stack.no_rto = true;
    assert_int_equal(ping_paths_watch(&paths, FD, ID), -1);
    stack.no_rto = false;
    stack.count = 0;
    stack.set_min = 0;
    assert_int_equal(ping_paths_watch(&paths, FD, ID), -1);
    assert_int_equal(stack.set_min, 0);
}

/* Does this change of the RTO and of the round-trip time count as an answer? */
static bool answers(uint32_t before, uint32_t after, uint32_t srtt_before, uint32_t srtt_after)
{
    bool answered;

    ping_paths_free(&paths);
    stack.info[0].spinfo_rto = before;
    stack.info[0].spinfo_srtt = srtt_before;
    ping_paths_watch(&paths, FD, ID);
    assert_false(paths.path[0].answers);
    stack.info[0].spinfo_rto = after;
    stack.info[0].spinfo_srtt = srtt_after;
    ping_paths_ask(&paths, FD, ID);
    answered = paths.path[0].answers;
    ping_paths_ask(&paths, FD, ID);
    assert_int_equal(paths.path[0].answers, answered);
    return answered;
}

UNIT_TEST(a_small_change_of_the_rto_is_an_answer_and_a_doubled_rto_is_not)
{
    assert_false(answers(3000, 3000, 5, 5));
    assert_true(answers(3000, 3000, 5, 6));
    assert_true(answers(3000, 2999, 5, 5));
    assert_true(answers(3000, 3001, 5, 5));
    assert_true(answers(3000, 4499, 5, 5));
    assert_false(answers(3000, 4500, 5, 5));
    assert_false(answers(3000, 6000, 5, 5));
    assert_false(answers(45000, 60000, 5, 5)); /* the maximum */
    assert_true(answers(45000, 59999, 5, 5));
    assert_false(answers(0, 3000, 5, 5)); /* not yet measured: the initial one */
    assert_true(answers(0, 2000, 5, 5));
    assert_true(answers(2001, 0, 5, 5));
    assert_false(answers(2000, 0, 5, 5));
}

UNIT_TEST(an_address_that_the_association_does_not_have_answers_nothing)
{
    ping_paths_watch(&paths, FD, ID);
    stack.lost[0] = true;
    stack.info[0].spinfo_rto = 100;
    ping_paths_ask(&paths, FD, ID);
    assert_false(paths.path[0].answers);
    assert_int_equal(paths.path[0].rto_before, 3000);
}

int main(void)
{
    return run_all_tests(start, stop);
}
