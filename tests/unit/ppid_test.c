/* Payload protocol identifiers by name and number: lib/ppid.c. */
#include "unit.h"
#include "unpsctp.h"

#include <ctype.h>
#include <errno.h>

/* A second copy of the registry, to detect accidental changes of lib/ppid.c. */
static const struct {
    uint32_t ppid;
    const char *name;
} registry[] = {{1, "iua"},
                {2, "m2ua"},
                {3, "m3ua"},
                {4, "sua"},
                {5, "m2pa"},
                {6, "v5ua"},
                {7, "h248"},
                {8, "bicc"},
                {9, "tali"},
                {10, "dua"},
                {11, "asap"},
                {12, "enrp"},
                {13, "h323"},
                {14, "qipc"},
                {15, "simco"},
                {16, "ddp-segment"},
                {17, "ddp-control"},
                {18, "s1ap"},
                {19, "rua"},
                {20, "hnbap"},
                {21, "forces-hp"},
                {22, "forces-mp"},
                {23, "forces-lp"},
                {24, "sbc-ap"},
                {25, "nbap"},
                {27, "x2ap"},
                {28, "ircp"},
                {29, "lcs-ap"},
                {30, "mpich2"},
                {31, "sabp"},
                {32, "fgp"},
                {33, "ppp"},
                {34, "calcapp"},
                {35, "ssp"},
                {36, "npmp-control"},
                {37, "npmp-data"},
                {38, "echo"},
                {39, "discard"},
                {40, "daytime"},
                {41, "chargen"},
                {42, "rna"},
                {43, "m2ap"},
                {44, "m3ap"},
                {45, "ssh"},
                {46, "diameter"},
                {47, "diameter-dtls"},
                {48, "r14p"},
                {50, "webrtc-dcep"},
                {51, "webrtc-string"},
                {52, "webrtc-binary-partial"},
                {53, "webrtc-binary"},
                {54, "webrtc-string-partial"},
                {55, "pua"},
                {56, "webrtc-string-empty"},
                {57, "webrtc-binary-empty"},
                {58, "xwap"},
                {59, "xw-control-plane"},
                {60, "ngap"},
                {61, "xnap"},
                {62, "f1ap"},
                {63, "http"},
                {64, "e1ap"},
                {65, "ele2"},
                {66, "ngap-dtls"},
                {67, "xnap-dtls"},
                {68, "f1ap-dtls"},
                {69, "e1ap-dtls"},
                {70, "e2-cp"},
                {71, "e2-up"},
                {72, "e2-du"},
                {73, "w1ap"}};

UNIT_TEST(names_of_the_registry_are_known_both_ways)
{
    for (size_t i = 0; i < COUNT(registry); i++) {
        assert_non_null(unp_ppid_name(registry[i].ppid));
        assert_string_equal(unp_ppid_name(registry[i].ppid), registry[i].name);
        assert_int_equal(unp_ppid_parse(registry[i].name), registry[i].ppid);
    }
}

UNIT_TEST(every_name_is_lower_case_and_means_its_number_again)
{
    for (uint32_t ppid = 0; ppid < 1000; ppid++) {
        const char *name = unp_ppid_name(ppid);

        if (!name)
            continue;
        assert_int_equal(unp_ppid_parse(name), ppid);
        assert_true(isalpha((unsigned char)name[0])); /* else it could be a number */
        for (; *name; name++)
            assert_false(isupper((unsigned char)*name) || isspace((unsigned char)*name));
    }
}

UNIT_TEST(unassigned_numbers_have_no_name)
{
    static const uint32_t none[] = {0, 26, 49, 65536, 0x3c000000, UINT32_MAX};

    for (size_t i = 0; i < COUNT(none); i++)
        assert_null(unp_ppid_name(none[i]));
}

UNIT_TEST(upper_case_names_are_accepted)
{
    assert_int_equal(unp_ppid_parse("NGAP"), 60);
    assert_int_equal(unp_ppid_parse("WebRTC-String"), 51);
}

UNIT_TEST(decimal_numbers_are_accepted)
{
    assert_int_equal(unp_ppid_parse("0"), 0);
    assert_int_equal(unp_ppid_parse("9"), 9);
    errno = ERANGE; /* of an earlier call */
    assert_int_equal(unp_ppid_parse("60"), 60);
    assert_int_equal(unp_ppid_parse("4294967295"), 4294967295);
}

UNIT_TEST(hexadecimal_numbers_are_accepted)
{
    assert_int_equal(unp_ppid_parse("0x3c"), 60);
    assert_int_equal(unp_ppid_parse("0X3C"), 60);
    assert_int_equal(unp_ppid_parse("0xffffffff"), 4294967295);
}

UNIT_TEST(a_leading_zero_does_not_make_a_number_octal)
{
    assert_int_equal(unp_ppid_parse("010"), 10);
    assert_int_equal(unp_ppid_parse("08"), 8);
}

UNIT_TEST(text_that_is_neither_number_nor_name_is_refused)
{
    static const char *const bad[] = {
        "",    " ",          "x",           "nga",   "ngapp",
        "-1",  "+1",         " 1",          "1 ",    "1x",
        "0x",  "0xg",        "0x ",         "0x-",   "0x-1",
        "1e3", "4294967296", "0x100000000", "1.0",   "ff",
        "0b1", "\n60",       "60\n",        "ngap ", "99999999999999999999999"};

    for (size_t i = 0; i < COUNT(bad); i++)
        if (unp_ppid_parse(bad[i]) != -1)
            fail_msg("\"%s\" is taken for %lld", bad[i], (long long)unp_ppid_parse(bad[i]));
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
