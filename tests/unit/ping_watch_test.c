/* The changes that sctp_ping --watch finds and prints: tools/ping/watch_changes.c, watch_print.c.
 */
#include "../../tools/ping/watch.h"
#include "output.h"
#include "unit.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

enum { FD = 951, ID = 7, SECOND = 1000000 };

static struct ping p;
static struct watch w;
static struct ping_path path[3];
static size_t paths;
static char primary[SOCK_NTOP_SIZE];
static uint32_t unacked;
static int64_t now;

int clock_gettime(clockid_t id, struct timespec *ts)
{
    *ts = (struct timespec){.tv_sec = now / SECOND, .tv_nsec = now % SECOND * 1000};
    return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    *tv = (struct timeval){1700000000, 123456};
    return 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    if (fd != FD || name != SCTP_STATUS)
        return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
    ((struct sctp_status *)value)->sstat_unackdata = unacked;
    return 0;
}

int ping_paths_ask(struct ping_paths *all, int fd, sctp_assoc_t id)
{
    assert_int_equal(fd, FD);
    assert_int_equal(id, ID);
    all->path = path;
    all->count = paths;
    strcpy(all->primary, primary);
    return 0;
}

const char *ping_path_state(const struct ping_path *one)
{
    return unp_address_state_name(one->info.spinfo_state);
}

static void set_path(size_t i, bool known, int state, uint32_t rto)
{
    path[i].known = known;
    path[i].info.spinfo_state = state;
    path[i].info.spinfo_rto = rto;
}

static int start(void **state)
{
    setenv("TZ", "UTC", 1);
    memset(&p, 0, sizeof(p));
    memset(path, 0, sizeof(path));
    free(w.path);
    w = (struct watch){.p = &p, .since = 100 * SECOND};
    p.began = 100 * SECOND;
    now = 110 * SECOND;
    paths = 2;
    strcpy(path[0].name, "10.1.1.2");
    strcpy(path[1].name, "10.1.2.2");
    strcpy(path[2].name, "10.1.3.2");
    set_path(0, true, SCTP_ACTIVE, 1000);
    set_path(1, true, SCTP_UNCONFIRMED, 0);
    strcpy(primary, "10.1.1.2");
    unacked = 0;
    p.a.fd = FD;
    p.a.id = ID;
    p.asked.client.host = "mme";
    p.asked.client.port = 36412;
    p.asked.interval = SECOND;
    return capture_output();
}

static int stop(void **state)
{
    free(w.path);
    w.path = NULL;
    release_output();
    return 0;
}

#define LINE(text) "22:13:20.123 " text "\n"

static void prints(const char *lines)
{
    Watch_look(&w);
    assert_printed(lines);
}

static void up(void)
{
    Watch_up(&w);
    assert_printed(LINE("association up: 10.1.1.2, 10.1.2.2 (unconfirmed) port 36412"));
}

UNIT_TEST(a_look_without_a_change_prints_nothing)
{
    up();
    prints("");
    prints("");
    assert_int_equal(w.changes, 0);
    assert_int_equal(w.associations, 1);
}

UNIT_TEST(states_of_paths_are_printed_when_they_change)
{
    up();
    set_path(1, true, SCTP_ACTIVE, 1000);
    prints(LINE("path 10.1.2.2 is confirmed"));
    set_path(1, true, SCTP_PF, 1000);
    prints(LINE("path 10.1.2.2 is potentially failed"));
    assert_int_equal(w.paths_down, 0);
    set_path(1, true, SCTP_INACTIVE, 1000);
    prints(LINE("path 10.1.2.2 is down"));
    assert_int_equal(w.paths_down, 1);
    set_path(1, true, SCTP_ACTIVE, 1000);
    strcpy(primary, "10.1.2.2");
    prints(LINE("path 10.1.2.2 is up again") LINE("primary path: 10.1.2.2, before 10.1.1.2"));
    assert_int_equal(w.changes, 5);
    prints("");
}

UNIT_TEST(addresses_that_the_server_adds_or_removes_are_printed)
{
    up();
    paths = 3;
    set_path(2, true, SCTP_UNCONFIRMED, 0);
    prints(LINE("path 10.1.3.2: the server has added the address"));
    set_path(2, true, SCTP_ACTIVE, 1000);
    prints(LINE("path 10.1.3.2 is confirmed"));
    set_path(0, false, SCTP_ACTIVE, 5000);
    prints(LINE("path 10.1.1.2: the server has removed the address"));
    prints("");
}

UNIT_TEST(an_rto_that_doubles_is_printed_and_its_return_once)
{
    static const struct {
        uint32_t rto;
        const char *printed;
    } rows[] = {
        {1999, ""}, /* RTTs vary */
        {1000, ""},
        {2000, LINE("path 10.1.1.2: RTO doubled to 2000 ms")},
        {4000, LINE("path 10.1.1.2: RTO doubled to 4000 ms")},
        {3000, ""},
        {1500, LINE("path 10.1.1.2: RTO back to 1500 ms")},
        {400, ""},
        {700, ""},
        {1400, LINE("path 10.1.1.2: RTO doubled to 1400 ms")},
    };

    up();
    for (size_t i = 0; i < COUNT(rows); i++) {
        path[0].info.spinfo_rto = rows[i].rto;
        prints(rows[i].printed);
    }
    set_path(1, true, SCTP_UNCONFIRMED, 3000); /* the first measurement */
    prints("");
}

UNIT_TEST(data_without_progress_is_printed_once_and_its_progress)
{
    up();
    unacked = 1;
    prints(""); /* nothing was sent */
    w.stalled = now;
    now += 3 * SECOND;
    prints("");
    now += 1;
    prints(LINE("no data progress: a message is unacknowledged for 3.000 s"));
    now += 10 * SECOND;
    prints("");
    unacked = 0;
    prints(LINE("data is acknowledged again, after 13.000 s"));
    assert_int_equal(w.stalls, 1);
    assert_int_equal(w.stalled, 0);
    p.asked.interval = 10 * SECOND;
    w.stalled = now;
    unacked = 1;
    now += 30 * SECOND;
    prints("");
    unacked = 0;
    prints("");
    assert_int_equal(w.stalled, 0);
}

UNIT_TEST(after_a_loss_the_association_is_back)
{
    up();
    path[0].info.spinfo_rto = 60000;
    w.losses = 1;
    w.since = now;
    w.stalled = 1;
    now += 2500000;
    p.restarts = 3;
    Watch_up(&w);
    assert_printed(
        LINE("association back after 2.500 s: 10.1.1.2, 10.1.2.2 (unconfirmed) port 36412"));
    prints("");
    assert_int_equal(w.changes, 1);
    p.restarts++;
    prints(LINE("the server has restarted the association: messages may be lost"));
    assert_int_equal(w.losses, 2);
    watch_print_summary(&w, EXIT_LOST);
    assert_printed("\n--- mme port 36412, watched for 12.500 s ---\n"
                   "up for 0.000 s, 2 associations, 2 lost, 0 failures of a path, 0 stalls of "
                   "data\n");
}

UNIT_TEST(with_J_changes_are_objects)
{
    p.asked.json = true;
    paths = 1;
    Watch_up(&w);
    assert_printed("{\"event\":\"change\",\"time\":1700000000.123456,\"what\":\"up\",\"host\":"
                   "\"mme\",\"port\":36412,\"text\":\"association up: 10.1.1.2 port "
                   "36412\",\"paths\":[{\"addr\":"
                   "\"10.1.1.2\",\"state\":\"active\",\"primary\":true,\"replies\":0,\"srtt\":0,"
                   "\"rto\":1000,\"cwnd\":0,\"mtu\":0}]}\n");
    set_path(0, true, SCTP_INACTIVE, 2000);
    prints("{\"event\":\"change\",\"time\":1700000000.123456,\"what\":\"path\",\"host\":\"mme\","
           "\"port\":36412,\"addr\":\"10.1.1.2\",\"state\":\"inactive\",\"text\":\"path 10.1.1.2 "
           "is down\"}\n"
           "{\"event\":\"change\",\"time\":1700000000.123456,\"what\":\"rto\",\"host\":\"mme\","
           "\"port\":36412,\"addr\":\"10.1.1.2\",\"ms\":2000,\"text\":\"path 10.1.1.2: RTO doubled "
           "to 2000 "
           "ms\"}\n");
    now += SECOND;
    watch_print_summary(&w, EXIT_SOME_PATHS);
    assert_printed("{\"event\":\"watched\",\"time\":1700000000.123456,\"host\":\"mme\",\"port\":"
                   "36412,\"status\":11,\"seconds\":11.000,\"up_seconds\":1.000,\"associations\":"
                   "1,\"lost\":0,\"paths_down\":1,\"stalls\":0}\n");
}

int main(void)
{
    return run_all_tests(start, stop);
}
