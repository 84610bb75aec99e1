/* Writing JSON: lib/json/json.c. */
#include "unit.h"
#include "unpsctp.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *written;
static size_t size;
static struct unp_json j;

static int setup(void **state)
{
    j = (struct unp_json){.f = open_memstream(&written, &size)};
    return j.f ? 0 : -1;
}

static int teardown(void **state)
{
    free(written);
    return 0;
}

static void assert_written(const char *expected)
{
    fclose(j.f);
    assert_string_equal(written, expected);
}

UNIT_TEST(an_object_has_names_values_and_commas)
{
    unp_json_open(&j, NULL, '{');
    unp_json_number(&j, "a", -9223372036854775807);
    unp_json_bool(&j, "b", true);
    unp_json_real(&j, "c", 1.5, 3);
    unp_json_string(&j, "d", "x");
    unp_json_close(&j, '}');
    assert_written("{\"a\":-9223372036854775807,\"b\":true,\"c\":1.500,\"d\":\"x\"}");
}

UNIT_TEST(brackets_nest_and_may_be_empty)
{
    unp_json_open(&j, NULL, '{');
    unp_json_open(&j, "list", '[');
    unp_json_number(&j, NULL, 1);
    unp_json_number(&j, NULL, 2);
    unp_json_open(&j, NULL, '{');
    unp_json_close(&j, '}');
    unp_json_close(&j, ']');
    unp_json_bool(&j, "after", false);
    unp_json_close(&j, '}');
    assert_written("{\"list\":[1,2,{}],\"after\":false}");
}

UNIT_TEST(quotes_and_backslashes_are_escaped)
{
    unp_json_bytes(&j, NULL, "\"\\\n\x1b\x7f\0/", 7);
    assert_written("\"\\\"\\\\\\u000a\\u001b\\u007f\\u0000/\"");
}

UNIT_TEST(characters_stay_and_other_bytes_become_the_replacement)
{
    unp_json_string(&j, NULL,
                    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xff\xc0\xaf\xed\xa0\x80\xe2\x82");
    assert_written("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd"
                   "\\ufffd\\ufffd\\ufffd\"");
}

UNIT_TEST(a_character_that_the_end_cuts_is_the_replacement)
{
    unp_json_bytes(&j, NULL, "a\xe2\x82\xac", 3);
    assert_written("\"a\\ufffd\\ufffd\"");
}

UNIT_TEST(characters_that_a_terminal_might_obey_are_escaped)
{
    unp_json_string(&j, NULL,
                    "\xc2\x9b"
                    "1m\xe2\x80\xae\xef\xbf\xbf\xf3\xa0\x80\x81");
    assert_written("\"\\u009b1m\\u202e\\uffff\\udb40\\udc01\"");
}

UNIT_TEST(infinity_and_nan_are_null)
{
    unp_json_open(&j, NULL, '[');
    unp_json_real(&j, NULL, 0.0 / 0.0, 2);
    unp_json_real(&j, NULL, 1.0 / 0.0, 2);
    unp_json_close(&j, ']');
    assert_written("[null,null]");
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    assert_int_equal(id, CLOCK_REALTIME);
    *ts = (struct timespec){.tv_sec = 1000000000, .tv_nsec = 250001000};
    return 0;
}

UNIT_TEST(the_time_is_in_seconds_if_it_is_asked_for)
{
    unp_json_open(&j, NULL, '{');
    unp_json_time(&j);
    unp_print_times = true;
    unp_json_time(&j);
    unp_print_times = false;
    unp_json_close(&j, '}');
    assert_written("{\"time\":1000000000.250001}");
}

int main(void)
{
    return run_all_tests(setup, teardown);
}
