/* Which nicknames are valid: chat/name.c. */
#include "../../chat/name.h"
#include "unit.h"

UNIT_TEST(valid_nicknames_are_accepted)
{
    static const char *const good[] = {
        "a", "alice", "Jürgen", "名前", "a/b", "x*", "o'neill", "12345678901234567890123456789012"};

    for (size_t i = 0; i < COUNT(good); i++)
        assert_null(name_fault(good[i]));
}

UNIT_TEST(invalid_nicknames_are_refused)
{
    static const struct {
        const char *name, *why;
    } bad[] = {{"", "at least one"},
               {"a b", "white space"},
               {"a\302\240b", "white space"},
               {"a\343\200\200b", "white space"},
               {"a:", "colon"},
               {"*a", "begins"},
               {"/a", "begins"},
               {"[a", "begins"},
               {"a\tb", "printable"},
               {"a\nb", "printable"},
               {"a\033", "printable"},
               {"a\377", "printable"},
               {"a\342\200\256", "printable"},
               {"a\342\200\213", "printable"},
               {"a\357\270\217", "printable"},
               {"a\315\217", "printable"},
               {"a\341\240\213", "printable"},
               {"a\342\200\214", "printable"},
               {"a\342\200\215b", "printable"},
               {"a\342\240\200", "white space"},
               {"123456789012345678901234567890123", "at most 32"}};

    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *fault = name_fault(bad[i].name);

        assert_non_null(fault);
        assert_contains(fault, bad[i].why);
    }
}

UNIT_TEST(a_name_of_32_long_characters_fits)
{
    char name[NAME_SIZE] = "";

    for (int i = 0; i < NAME_CHARS; i++)
        strcat(name, "\360\237\230\200");
    assert_int_equal(strlen(name), NAME_SIZE - 1);
    assert_null(name_fault(name));
}

/* Why a name with this character is refused; NULL: it is not. */
static const char *fault_of(uint32_t c)
{
    char name[8] = "a";

    if (c < 0x80)
        sprintf(name + 1, "%c", (int)c);
    else if (c < 0x800)
        sprintf(name + 1, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
    else
        sprintf(name + 1, "%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3f)),
                (int)(0x80 | (c & 0x3f)));
    return name_fault(name);
}

UNIT_TEST(names_have_no_white_space_and_nothing_invisible)
{
    static const struct {
        uint32_t first, last;
    } blank[] = {{' ', ' '},       {':', ':'},       {0xa0, 0xa0},
                 {0x1680, 0x1680}, {0x2000, 0x200a}, {0x202f, 0x202f},
                 {0x205f, 0x205f}, {0x2800, 0x2800}, {0x3000, 0x3000}},
      unseen[] = {{0x34f, 0x34f}, {0x200c, 0x200d}, {0x180b, 0x180f}, {0xfe00, 0xfe0f}};
    static const uint32_t good[] = {'!',    '9',    ';',        0xa1,   0x167f, 0x1681, 0x1fff,
                                    0x2010, 0x2030, 0x2800 - 1, 0x2801, 0x2fff, 0x3001, 0x34e,
                                    0x350,  0x180a, 0x1810,     0xfdff, 0xfe10};

    for (size_t i = 0; i < COUNT(blank); i++)
        for (uint32_t c = blank[i].first; c <= blank[i].last; c++)
            assert_string_equal(fault_of(c), "a name has no white space and no colon");
    for (size_t i = 0; i < COUNT(unseen); i++)
        for (uint32_t c = unseen[i].first; c <= unseen[i].last; c++)
            assert_string_equal(fault_of(c), "a name has printable UTF-8 characters only");
    for (size_t i = 0; i < COUNT(good); i++)
        if (fault_of(good[i]))
            fail_msg("U+%04X is refused: %s", good[i], fault_of(good[i]));
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
