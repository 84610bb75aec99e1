/* The time of day as text: lib/time.c. */
#include "unit.h"
#include "unpsctp.h"

#include <sys/syscall.h>
#include <time.h>

static void is_written_in(const char *zone, const char *offset, long seconds)
{
    char text[UNP_TIME_SIZE];
    struct tm tm = {0};
    time_t before, after, told;
    int end = 0;

    setenv("TZ", zone, 1);
    tzset();
    before = time(NULL);
    unp_time_text(text, sizeof(text));
    after = time(NULL);
    assert_int_equal(strlen(text), strlen("2026-11-28T17:05:12.123+01:00"));
    assert_string_equal(text + 23, offset);
    assert_int_equal(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%*3d%n", &tm.tm_year, &tm.tm_mon,
                            &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end),
                     6);
    assert_int_equal(end, 23);
    tm.tm_year -= 1900;
    tm.tm_mon--;
    told = timegm(&tm) - seconds;
    assert_in_range(told, before, after + 1); /* the clock of time() may be a tick late */
}

static struct timespec fixed; /* 0: the real time */

int clock_gettime(clockid_t clock, struct timespec *to)
{
    if (clock != CLOCK_REALTIME || !fixed.tv_sec)
        return (int)syscall(SYS_clock_gettime, clock, to);
    *to = fixed;
    return 0;
}

UNIT_TEST(the_time_has_whole_milliseconds)
{
    static const struct {
        long ns;
        const char *text;
    } cases[] = {{0, "2023-11-14T22:13:20.000+00:00"},
                 {999999, "2023-11-14T22:13:20.000+00:00"},
                 {1000000, "2023-11-14T22:13:20.001+00:00"},
                 {999000000, "2023-11-14T22:13:20.999+00:00"},
                 {999999999, "2023-11-14T22:13:20.999+00:00"}};
    char text[UNP_TIME_SIZE];

    setenv("TZ", "UTC0", 1);
    tzset();
    for (size_t i = 0; i < COUNT(cases); i++) {
        fixed = (struct timespec){1700000000, cases[i].ns};
        assert_string_equal(unp_time_text(text, sizeof(text)), cases[i].text);
    }
    fixed.tv_sec = 0;
}

UNIT_TEST(the_time_is_local_with_its_offset)
{
    is_written_in("UTC0", "+00:00", 0);
    is_written_in("EAST-5:30", "+05:30", 19800);
    is_written_in("WEST+3", "-03:00", -10800);
}

UNIT_TEST(a_line_begins_with_the_time_if_requested)
{
    char *line = NULL;
    size_t len;
    FILE *f = open_memstream(&line, &len);

    assert_non_null(f);
    unp_print_time(f);
    fflush(f);
    assert_int_equal(len, 0);
    unp_print_times = true;
    unp_print_time(f);
    fclose(f);
    assert_int_equal(len, 30);
    assert_int_equal(line[29], ' ');
    free(line);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
