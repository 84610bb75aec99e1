/* Numbers on a command line: lib/cmdline/number.c. */
#include "cmdline/cmdline.h"
#include "unit.h"
#include "unpsctp.h"

UNIT_TEST(a_decimal_number_within_its_bounds_is_accepted)
{
    assert_int_equal(unp_parse_number("0", 0, 65535), 0);
    assert_int_equal(unp_parse_number("1", 1, 65535), 1);
    assert_int_equal(unp_parse_number("9877", 1, 65535), 9877);
    assert_int_equal(unp_parse_number("65535", 1, 65535), 65535);
    assert_true(unp_parse_number("9223372036854775807", 0, INT64_MAX) == INT64_MAX);
}

UNIT_TEST(a_leading_zero_does_not_make_a_number_octal)
{
    assert_int_equal(unp_parse_number("010", 0, 100), 10);
    assert_int_equal(unp_parse_number("0009", 0, 100), 9);
}

UNIT_TEST(a_number_just_out_of_its_bounds_is_refused)
{
    assert_int_equal(unp_parse_number("0", 1, 65535), -1);
    assert_int_equal(unp_parse_number("65536", 1, 65535), -1);
}

UNIT_TEST(a_number_too_large_for_any_type_is_refused)
{
    assert_int_equal(unp_parse_number("9223372036854775808", 0, INT64_MAX), -1);
    assert_int_equal(unp_parse_number("18446744073709551617", 0, INT64_MAX), -1);
    assert_int_equal(unp_parse_number("99999999999999999999999999", 0, INT64_MAX), -1);
}

UNIT_TEST(text_other_than_digits_is_refused)
{
    static const char *const bad[] = {"",    " ",     "x",  "1x",  "x1",  " 1",   "1 ",
                                      "\t1", "1\n",   "-1", "+1",  "--1", "0x1f", "1e3",
                                      "1.0", "1,000", "1k", "1_0", "٣",   "- 1"};

    for (size_t i = 0; i < COUNT(bad); i++)
        if (unp_parse_number(bad[i], 0, INT64_MAX) != -1)
            fail_msg("\"%s\" is taken for a number", bad[i]);
}

UNIT_TEST(a_good_option_gives_its_number)
{
    assert_int_equal(Unp_parse_number("-p", "9877", 1, 65535), 9877);
    assert_int_equal(Unp_parse_number("-r", "0", 0, 65535), 0);
}

static void parse_port(void *text)
{
    Unp_parse_number("-p", text, 1, 65535);
}

UNIT_TEST(a_bad_option_ends_the_program_and_says_what_is_wrong)
{
    static const char *const bad[] = {"0", "65536", "x", ""};
    char err[512], quoted[32];

    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(in_child(parse_port, (void *)(uintptr_t)bad[i], err, sizeof(err)),
                         EXIT_USAGE);
        snprintf(quoted, sizeof(quoted), "-p \"%s\"", bad[i]);
        assert_contains(err, "number_test: ");
        assert_contains(err, quoted);
        assert_contains(err, "from 1 to 65535");
    }
}

UNIT_TEST(seconds_may_have_a_fraction)
{
    assert_int_equal(unp_parse_seconds("1", 0.001, 86400), 1000000);
    assert_int_equal(unp_parse_seconds("0.25", 0.001, 86400), 250000);
    assert_int_equal(unp_parse_seconds(".5", 0.001, 86400), 500000);
    assert_int_equal(unp_parse_seconds("0.001", 0.001, 86400), 1000);
    assert_int_equal(unp_parse_seconds("86400", 0.001, 86400), INT64_C(86400000000));
}

UNIT_TEST(malformed_seconds_are_refused)
{
    static const char *const bad[] = {"",    ".",    "1.2.3", "-1",  "+1",     "1e1",   "inf",
                                      "nan", "0x1p", " 1",    "1 s", "0.0009", "86401", "0"};

    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(unp_parse_seconds(bad[i], 0.001, 86400), -1);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
