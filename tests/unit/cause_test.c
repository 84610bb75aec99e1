/* The error causes of ABORT and ERROR chunks in words: lib/cause.c. */
#include "cause.h"
#include "unit.h"
#include "unpsctp.h"

/* The text of causes, in memory of just their size, so that ASan sees reads beyond it. */
static const char *text_of(const void *causes, size_t len)
{
    static char buf[1024];
    unsigned char *copy = exact_copy(causes, len);

    memset(buf, '#', sizeof(buf));
    assert_ptr_equal(unp_causes_text(copy, len, buf, sizeof(buf)), buf);
    free(copy);
    return buf;
}

#define TEXT(literal) text_of(literal, sizeof(literal) - 1)

/* As the RFCs name them. */
static const struct {
    uint16_t code;
    const char *name;
} known[] = {
    {1, "invalid stream identifier"},
    {2, "missing mandatory parameter"},
    {3, "stale cookie"},
    {4, "out of resource"},
    {5, "unresolvable address"},
    {6, "unrecognized chunk type"},
    {7, "invalid mandatory parameter"},
    {8, "unrecognized parameters"},
    {9, "no user data"},
    {10, "cookie received while shutting down"},
    {11, "restart of an association with new addresses"},
    {12, "user-initiated abort"},
    {13, "protocol violation"},
    {0xa0, "request to delete last remaining IP address"},
    {0xa1, "operation refused due to resource shortage"},
    {0xa2, "request to delete source IP address"},
    {0xa3, "association aborted due to illegal ASCONF-ACK"},
    {0xa4, "request refused: no authorization"},
    {0x105, "unsupported HMAC identifier"},
};

UNIT_TEST(every_cause_of_the_rfcs_has_its_name)
{
    for (size_t i = 0; i < COUNT(known); i++) {
        const unsigned char cause[] = {(unsigned char)(known[i].code >> 8),
                                       (unsigned char)known[i].code, 0, 4};

        assert_non_null(unp_cause_name(known[i].code));
        assert_string_equal(unp_cause_name(known[i].code), known[i].name);
        assert_string_equal(text_of(cause, sizeof(cause)), known[i].name);
    }
}

UNIT_TEST(all_other_codes_have_no_name)
{
    size_t named = 0;

    for (unsigned code = 0; code <= UINT16_MAX; code++)
        named += unp_cause_name((uint16_t)code) != NULL;
    assert_int_equal(named, COUNT(known));
}

UNIT_TEST(every_code_has_words_for_the_api)
{
    for (size_t i = 0; i < COUNT(known); i++)
        assert_string_equal(unp_strerror(known[i].code), known[i].name);
    assert_string_equal(unp_strerror(0), "no error");
    assert_string_equal(unp_strerror(14), "unknown cause 14");
    assert_string_equal(unp_strerror(65535), "unknown cause 65535");
    assert_string_equal(unp_strerror(65536 + 12), "unknown cause 65548");
    assert_string_equal(unp_strerror(-1), "unknown cause -1");
}

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct {
    const char *causes;
    size_t len;
    const char *text;
} rows[] = {
    /* an unknown cause is shown by its number */
    {BYTES("\0\x0e\0\4"), "error cause 14"},
    {BYTES("\xff\xfe\0\x08what"), "error cause 65534"},
    /* no causes are no text */
    {BYTES(""), ""},
    /* a user-initiated abort is shown with its reason */
    {BYTES("\0\x0c\0\x0ctoo slow"), "user-initiated abort: too slow"},
    {BYTES("\0\x0c\0\4"), "user-initiated abort"},
    /* a protocol violation is shown with its explanation */
    {BYTES("\0\x0d\0\x09wrong\0\0\0"), "protocol violation: wrong"},
    /* the parameters of a cause are shown */
    {BYTES("\0\1\0\x08\x01\x02\0\0"), "invalid stream identifier: stream 258"},
    {BYTES("\0\1\0\6\1\2"), "invalid stream identifier: stream 258"},
    {BYTES("\0\6\0\5\xc1"), "unrecognized chunk type: type 0xc1"},
    {BYTES("\0\x08\0\6\xc0\6"), "unrecognized parameters: type 0xc006"},
    {BYTES("\0\3\0\x08\0\x0f\x42\x40"), "stale cookie: by 1000000 microseconds"},
    {BYTES("\0\6\0\x08\xc1\0\0\4"), "unrecognized chunk type: type 0xc1"},
    {BYTES("\0\x08\0\x08\xc0\6\0\4"), "unrecognized parameters: type 0xc006"},
    {BYTES("\0\x09\0\x08\xff\xff\xff\xff"), "no user data: TSN 4294967295"},
    /* a truncated cause is shown without parameters */
    {BYTES("\0\1\0\5\1"), "invalid stream identifier"},
    {BYTES("\0\3\0\7\1\1\1"), "stale cookie"},
    {BYTES("\0\6\0\4"), "unrecognized chunk type"},
    {BYTES("\0\x08\0\5\1"), "unrecognized parameters"},
    {BYTES("\0\x09\0\7\1\1\1"), "no user data"},
    /* the contents of other causes are not shown */
    {BYTES("\0\4\0\x08text"), "out of resource"},
    {BYTES("\0\x63\0\x08text"), "error cause 99"},
    /* several causes are shown in order */
    {BYTES("\0\4\0\4"
           "\0\x0c\0\x08"
           "full"
           "\0\x63\0\4"),
     "out of resource, user-initiated abort: full, error cause 99"},
    /* the padding of a cause is skipped */
    {BYTES("\0\x0c\0\5a\0\0\0"
           "\0\x0c\0\6bb\0\0"
           "\0\x0c\0\7ccc\0"
           "\0\x0c\0\x08"
           "dddd"
           "\0\3\0\4"),
     "user-initiated abort: a, user-initiated abort: bb, user-initiated abort: ccc, "
     "user-initiated abort: dddd, stale cookie"},
    /* the last cause may lack its padding */
    {BYTES("\0\x0c\0\5a"), "user-initiated abort: a"},
    {BYTES("\0\x0c\0\5a\0"), "user-initiated abort: a"},
    {BYTES("\0\x0c\0\5a\0\0"), "user-initiated abort: a"},
    /* a cause that is shorter than its header ends the text */
    {BYTES("\0\x0c\0\0"), ""},
    {BYTES("\0\x0c\0\3"), ""},
    {BYTES("\0\3\0\4\0\x0c\0\1aaaa"), "stale cookie"},
    /* a cause that is longer than the chunk ends the text */
    {BYTES("\0\x0c\0\5"), ""},
    {BYTES("\0\x0c\xff\xff"
           "abc"),
     ""},
    {BYTES("\0\3\0\4\0\x0c\0\x09"
           "abcd"),
     "stale cookie"},
    /* control characters are shown as numbers */
    {BYTES("\0\x0c\0\x0c\0\t\n\r\x7f\x80\xff "),
     "user-initiated abort: \\x00\\x09\\x0a\\x0d\\x7f\\x80\\xff "},
    /* escape sequences do not reach the terminal */
    {BYTES("\0\x0c\0\x12\x1b]0;owned\x07\x1b[2J"),
     "user-initiated abort: \\x1b]0;owned\\x07\\x1b[2J"},
    /* utf8 is shown as numbers too */
    {BYTES("\0\x0c\0\x06\xc3\xa9"), "user-initiated abort: \\xc3\\xa9"},
};

UNIT_TEST(causes_are_shown_with_what_is_known_of_them)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(text_of(rows[i].causes, rows[i].len), rows[i].text);
}

UNIT_TEST(causes_cut_at_any_byte_give_the_whole_ones_before_the_cut)
{
    static const char causes[] = "\0\3\0\4"
                                 "\0\x0c\0\7abc\0"
                                 "\0\4\0\4";

    for (size_t len = 0; len < sizeof(causes) - 1; len++)
        assert_string_equal(text_of(causes, len), len < 4    ? ""
                                                  : len < 11 ? "stale cookie"
                                                             : "stale cookie, user-initiated "
                                                               "abort: abc");
    assert_string_equal(TEXT(causes), "stale cookie, user-initiated abort: abc, out of resource");
}

UNIT_TEST(all_bytes_a_peer_may_write_come_out_printable)
{
    unsigned char cause[4 + 256] = {0, 12, 1, 4};
    const char *text;

    for (unsigned i = 0; i < 256; i++)
        cause[4 + i] = (unsigned char)i;
    text = text_of(cause, sizeof(cause));
    assert_int_equal(strlen(text), strlen("user-initiated abort: ") + 95 + 161 * 4);
    for (; *text; text++)
        assert_in_range(*text, ' ', '~');
}

UNIT_TEST(a_buffer_of_any_size_is_not_overrun_and_terminated)
{
    static const char causes[] = "\0\3\0\4"
                                 "\0\x63\0\4"
                                 "\0\x0c\0\x0f"
                                 "ab\x1b[1mc\0\0d\xff\0"
                                 "\0\x0d\0\x05z\0\0\0"
                                 "\0\4\0\4";
    char whole[256];

    unp_causes_text((const unsigned char *)causes, sizeof(causes) - 1, whole, sizeof(whole));
    assert_string_equal(whole, "stale cookie, error cause 99, user-initiated abort: "
                               "ab\\x1b[1mc\\x00\\x00d\\xff, protocol violation: z, "
                               "out of resource");
    for (size_t size = 1; size <= sizeof(whole); size++) {
        char *buf = guarded(size);

        unp_causes_text((const unsigned char *)causes, sizeof(causes) - 1, buf, size);
        assert_non_null(memchr(buf, '\0', size));
        if (size > strlen(whole))
            assert_string_equal(buf, whole);
        free_guarded(buf, size);
    }
}

UNIT_TEST(the_longest_reason_is_cut_where_the_buffer_ends)
{
    unsigned char *cause = malloc(65535);
    char *buf = malloc(512);

    assert_true(cause && buf);
    memcpy(cause, "\0\x0c\xff\xff", 4);
    memset(cause + 4, 'x', 65531);
    unp_causes_text(cause, 65535, buf, 512);
    assert_true(strlen(buf) > 500);
    memset(cause + 4, '\x1b', 65531);
    unp_causes_text(cause, 65535, buf, 512);
    assert_true(strlen(buf) > 500);
    free(cause);
    free(buf);
}

static const char *reason_of(const char *causes, size_t len)
{
    static char buf[20];
    unsigned char *copy = exact_copy(causes, len);
    bool has;

    strcpy(buf, "as it was");
    has = unp_cause_abort_reason(copy, len, buf, sizeof(buf));
    free(copy);
    return has ? buf : strcmp(buf, "as it was") == 0 ? NULL : "changed";
}
#define REASON(literal) reason_of(literal, sizeof(literal) - 1)

UNIT_TEST(the_reason_of_an_abort_is_the_text_of_the_peers_program)
{
    assert_string_equal(REASON("\0\x0c\0\x0c"
                               "too slow"),
                        "too slow");
    assert_string_equal(REASON("\0\3\0\4\0\x0c\0\5a\0\0\0"), "a");
    assert_string_equal(REASON("\0\x0c\0\6\x1b\n"), "\\x1b\\x0a");
    assert_string_equal(REASON("\0\x0c\0\x20"
                               "0123456789012345678901234567"),
                        "0123456789012345678");
    assert_string_equal(REASON("\0\x0c\0\4\0\x0c\0\5b"), "b");
}

UNIT_TEST(other_causes_give_no_reason)
{
    assert_null(REASON(""));
    assert_null(REASON("\0\3\0\4"));
    assert_null(REASON("\0\x0c\0\4"));
    assert_null(REASON("\0\x0d\0\5z"));
    assert_null(REASON("\0\x0c\0\6a"));
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
