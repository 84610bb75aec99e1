/* Escaping the text of others: lib/tty/text.c, lib/printable.c. */
#include "tty/text.h"
#include "unit.h"
#include "unpsctp.h"

#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>

static void assert_escaped(const void *from, size_t len, const char *expected)
{
    void *exact = exact_copy(from, len);
    char *to = malloc(TEXT_GROWTH * len + 1);
    size_t n;

    assert_non_null(to);
    n = unp_text_escape(exact, len, to);
    assert_int_equal(unp_text_escaped_len(exact, len), n);
    assert_string_equal(to, expected);
    assert_int_equal(n, strlen(expected));
    free(to);
    free(exact);
}

#define ESCAPED(literal, expected) assert_escaped(literal, sizeof(literal) - 1, expected)

UNIT_TEST(plain_text_is_unchanged)
{
    ESCAPED("", "");
    ESCAPED("hello, world: ~", "hello, world: ~");
    ESCAPED("gr\303\274\303\237e \342\202\254 \360\237\230\200", "grüße € 😀");
    ESCAPED("a\tb", "a\tb");
}

UNIT_TEST(control_characters_are_escaped)
{
    ESCAPED("\033[31mred\007\0\b\r!", "\\x1b[31mred\\x07\\x00\\x08\\x0d!");
    ESCAPED("\177", "\\x7f");
    ESCAPED("\302\233", "<U+009B>"); /* CSI in one character */
}

UNIT_TEST(invalid_utf8_is_escaped_byte_by_byte)
{
    ESCAPED("\377\376", "\\xff\\xfe");
    ESCAPED("\200x", "\\x80x");
    ESCAPED("\303", "\\xc3");
    ESCAPED("\342\202", "\\xe2\\x82");
    ESCAPED("\342\202x", "\\xe2\\x82x");
    ESCAPED("\355\240\200", "\\xed\\xa0\\x80");          /* a surrogate */
    ESCAPED("\364\220\200\200", "\\xf4\\x90\\x80\\x80"); /* beyond U+10FFFF */
    ESCAPED("\370\210\200\200\200", "\\xf8\\x88\\x80\\x80\\x80");
}

UNIT_TEST(overlong_forms_are_invalid_utf8)
{
    ESCAPED("\300\200", "\\xc0\\x80");
    ESCAPED("\300\233", "\\xc0\\x9b"); /* ESC */
    ESCAPED("\301\277", "\\xc1\\xbf");
    ESCAPED("a\300\212b", "a\\xc0\\x8ab"); /* newline */
    ESCAPED("\340\202\233", "\\xe0\\x82\\x9b");
    ESCAPED("\360\200\200\233", "\\xf0\\x80\\x80\\x9b");
}

UNIT_TEST(each_length_of_a_character_has_exact_bounds)
{
    static const struct {
        const char *text;
        size_t len;
        uint32_t c;
    } rows[] = {
        {"\0", 1, 0},
        {"\177", 1, 0x7f},
        {"\302\200", 2, 0x80},
        {"\337\277", 2, 0x7ff},
        {"\340\240\200", 3, 0x800},
        {"\355\237\277", 3, 0xd7ff},
        {"\356\200\200", 3, 0xe000},
        {"\357\277\277", 3, 0xffff},
        {"\360\220\200\200", 4, 0x10000},
        {"\364\217\277\277", 4, 0x10ffff},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t c = 1;

        assert_int_equal(unp_text_character((const unsigned char *)rows[i].text, rows[i].len, &c),
                         rows[i].len);
        assert_int_equal(c, rows[i].c);
        assert_int_equal(
            unp_text_character((const unsigned char *)rows[i].text, rows[i].len - 1, &c), 0);
    }
}

UNIT_TEST(bidirectional_and_invisible_characters_are_escaped)
{
    ESCAPED("a\342\200\256b", "a<U+202E>b");
    ESCAPED("\342\201\246", "<U+2066>");
    ESCAPED("\342\200\217\342\200\213", "<U+200F><U+200B>");
    ESCAPED("\330\234", "<U+061C>");
    ESCAPED("\357\273\277", "<U+FEFF>");
    ESCAPED("\342\200\250", "<U+2028>");
    ESCAPED("\363\240\201\201", "<U+E0041>");
    ESCAPED("\357\277\277", "<U+FFFF>");
    ESCAPED("\364\217\277\277", "<U+10FFFF>"); /* the last one */
}

UNIT_TEST(each_range_of_escaped_characters_has_exact_bounds)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x600, 0x605},
                  {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
                  {0x8e2, 0x8e2},     {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180e, 0x180e},
                  {0x200b, 0x200b},   {0x200e, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},
                  {0x3164, 0x3164},   {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},
                  {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd},
                  {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
                  {0xe0000, 0x10ffff}};

    for (size_t i = 0; i < COUNT(ranges); i++) {
        if (ranges[i].first > 0)
            assert_true(unp_text_is_printable(ranges[i].first - 1));
        assert_false(unp_text_is_printable(ranges[i].first));
        assert_false(unp_text_is_printable(ranges[i].last));
        assert_true(ranges[i].last == 0x10ffff || unp_text_is_printable(ranges[i].last + 1));
    }
}

UNIT_TEST(joiners_are_not_escaped)
{
    ESCAPED("\331\205\333\214\342\200\214\330\256\331\210\330\247\331\207\331\205",
            "می‌خواهم");
    ESCAPED("\340\244\225\340\245\215\342\200\215\340\244\267", "क्‍ष");
    ESCAPED("\360\237\221\251\342\200\215\360\237\222\273", "👩‍💻");
    ESCAPED("\342\200\213\342\200\216", "<U+200B><U+200E>"); /* not joiners, but their neighbours */
}

UNIT_TEST(right_to_left_text_is_unchanged)
{
    ESCAPED("\327\251\327\234\327\225\327\235", "שלום");
}

UNIT_TEST(a_newline_is_followed_by_a_tab)
{
    ESCAPED("a\nbob: b", "a\n\tbob: b");
    ESCAPED("a\n\n*** c", "a\n\t\n\t*** c");
    ESCAPED("\nx", "\n\tx");
}

UNIT_TEST(newlines_at_the_end_are_removed)
{
    ESCAPED("a\n", "a");
    ESCAPED("a\r\n\n", "a");
    ESCAPED("\n", "");
    ESCAPED("a\n b \n", "a\n\t b ");
}

UNIT_TEST(escaped_text_fits_in_its_buffer)
{
    unsigned char from[4];

    for (unsigned i = 0; i < 0x10000; i++) {
        char to[TEXT_GROWTH * sizeof(from) + 1];

        for (size_t len = 1; len <= sizeof(from); len++) {
            from[0] = (unsigned char)(i >> 8);
            from[1] = (unsigned char)i;
            from[2] = 0x80 | (i & 0x3f);
            from[3] = 0x80;
            assert_true(unp_text_escape(from, len, to) <= TEXT_GROWTH * len);
        }
    }
}

UNIT_TEST(escaped_text_is_not_escaped_again)
{
    char once[200], twice[800];
    size_t n;

    n = unp_text_escape("\033x\342\200\256\377 y", 8, once);
    assert_int_equal(unp_text_escape(once, n, twice), n);
    assert_string_equal(once, twice);
}

UNIT_TEST(a_printable_line_is_ascii)
{
    char line[64];

    assert_int_equal(unp_printable("a\tb\x7f\xc3\xa9\n~ ", 9, line, sizeof(line)), 24);
    assert_string_equal(line, "a\\x09b\\x7f\\xc3\\xa9\\x0a~ ");
    assert_int_equal(unp_printable("", 0, line, sizeof(line)), 0);
    assert_string_equal(line, "");
}

UNIT_TEST(a_line_is_cut_between_its_characters)
{
    for (size_t size = 1; size < 12; size++) {
        char *line = guarded(size);

        assert_int_equal(unp_printable("ab\x1b\x1b", 4, line, size), size < 3    ? size - 1
                                                                     : size < 7  ? 2
                                                                     : size < 11 ? 6
                                                                                 : 10);
        assert_int_equal(strncmp(line, "ab\\x1b\\x1b", strlen(line)), 0);
        free_guarded(line, size);
    }
}

/* ---- the locale ---------------------------------------------------------------- */

static const char *users; /* the character set of the user's locale */
static char locale[40];   /* the one that was set last */

char *setlocale(int category, const char *name)
{
    assert_int_equal(category, LC_CTYPE);
    assert_non_null(name);
    snprintf(locale, sizeof(locale), "%s", *name ? name : "the user's");
    return locale;
}

char *nl_langinfo(nl_item item)
{
    static char charset[40];

    assert_int_equal(item, CODESET);
    snprintf(charset, sizeof(charset), "%s",
             strcmp(locale, "the user's") == 0 ? users : "ANSI_X3.4-1968");
    return charset;
}

UNIT_TEST(text_is_utf8_in_the_users_locale_if_possible)
{
    static const char *const sets[][2] = {
        {"UTF-8", "the user's"}, {"ISO-8859-1", "C.UTF-8"}, {"ANSI_X3.4-1968", "C.UTF-8"}};

    for (size_t i = 0; i < COUNT(sets); i++) {
        locale[0] = '\0';
        users = sets[i][0];
        unp_text_use_utf8();
        assert_string_equal(locale, sets[i][1]);
    }
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
