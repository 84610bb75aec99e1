/* The candidates of TAB completion: lib/tty/words.c, chat/present.c. */
#include "../../chat/present.h"
#include "blocks.h"
#include "tty/words.h"
#include "unit.h"
#include "unpsctp.h"

/* ---- Candidates ----------------------------------------------------------- */

static struct unp_words words_of(const char *prefix, const char *const *list)
{
    struct unp_words w = {0};

    for (; *list; list++)
        Unp_words_add(&w, *list);
    unp_words_keep(&w, prefix);
    return w;
}
#define WORDS(prefix, ...) words_of(prefix, (const char *const[]){__VA_ARGS__, NULL})

/* The candidates, each followed by a blank, and their common beginning. */
static void assert_words(struct unp_words w, const char *expected, const char *common)
{
    char text[4000] = "";

    for (size_t i = 0; i < w.count; i++) {
        strcat(text, w.list[i]);
        strcat(text, " ");
    }
    assert_string_equal(text, expected);
    assert_int_equal(unp_words_common(&w), strlen(common));
    if (w.count)
        assert_memory_equal(w.list[0], common, strlen(common));
    unp_words_free(&w);
}

UNIT_TEST(words_with_the_prefix_are_kept_in_order_each_once)
{
    assert_words(WORDS("/", "/who", "bob", "/quit", "/who", ""), "/quit /who ", "/");
    assert_words(WORDS("", "b", "a"), "a b ", "");
    assert_words(WORDS("c", "b", "a"), "", "");
    assert_words(WORDS("/w", "/who", "/q"), "/who ", "/who");
}

UNIT_TEST(the_common_beginning_is_of_whole_characters)
{
    assert_words(WORDS("", "alice", "albert", "alan"), "alan albert alice ", "al");
    assert_words(WORDS("", "al", "alice"), "al alice ", "al");
    assert_words(WORDS("",
                       "gr\xc3\xb6\xc3\x9f"
                       "e",
                       "gr\xc3\xbc\xc3\x9f"
                       "e"),
                 "gr\xc3\xb6\xc3\x9f"
                 "e gr\xc3\xbc\xc3\x9f"
                 "e ",
                 "gr");
}

static void assert_printed(struct unp_words w, unsigned width, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    assert_non_null(to);
    unp_words_print(&w, width, to);
    fclose(to);
    assert_string_equal(text, expected);
    free(text);
    unp_words_free(&w);
}

UNIT_TEST(words_are_printed_in_columns)
{
    assert_printed(WORDS("", "a", "bb", "ccc", "d", "e"), 15, "a    ccc  e\nbb   d\n");
    assert_printed(WORDS("", "a", "bb", "ccc"), 14, "a    ccc\nbb\n");
    assert_printed(WORDS("", "a", "long"), 3, "a\nlong\n");
    assert_printed(WORDS("", "\xc3\xa4", "b"), 6, "b  \xc3\xa4\n");
}

UNIT_TEST(more_words_than_a_screen_shows_are_counted)
{
    struct unp_words w = {0};
    char word[12], *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    for (int i = 0; i < 203; i++) {
        sprintf(word, "%03d", i);
        Unp_words_add(&w, word);
    }
    assert_non_null(to);
    unp_words_print(&w, 3, to);
    fclose(to);
    assert_contains(text, "199\n... and 3 more\n");
    free(text);
    unp_words_free(&w);
}

static void add_without_memory(void *words)
{
    fail_in = 1;
    Unp_words_add(words, "word");
}

UNIT_TEST(without_memory_for_a_word_the_program_ends)
{
    struct unp_words w = {0};
    char err[200];

    if (!CAN_FAIL)
        skip();
    for (int i = 0; i < 2; i++) { /* the list, and a word */
        assert_int_equal(in_child(add_without_memory, &w, err, sizeof(err)), EXIT_SYSTEM);
        assert_string_equal(err, "words_test: complete a word: Cannot allocate memory\n");
        Unp_words_add(&w, "first");
    }
    unp_words_free(&w);
}

static int start(void **state)
{
    blocks_before = blocks;
    return 0;
}

/* ---- Who is present ------------------------------------------------------- */

static void hear(struct present *p, const char *line)
{
    char *exact = exact_copy(line, strlen(line));

    Present_hear(p, exact, strlen(line));
    free(exact);
}

static void assert_present(const struct present *p, const char *expected)
{
    struct unp_words w = {0};

    Present_offer(p, "me", "", &w);
    unp_words_keep(&w, "");
    assert_words(w, expected, w.count == 1 ? w.list[0] : "");
}

UNIT_TEST(names_of_the_list_are_known)
{
    struct present p = {0};

    hear(&p, "eve: hi\n");
    assert_false(p.listed);
    hear(&p, "*** 3 here: alice me bob\n");
    assert_true(p.listed);
    assert_present(&p, "alice bob ");
    hear(&p, "*** and: carol dave\n");
    assert_present(&p, "alice bob carol dave ");
    hear(&p, "*** 3 here; /help lists the commands\n");
    assert_present(&p, "alice bob carol dave ");
    present_clear(&p);
    assert_present(&p, "");
    assert_false(p.listed);
}

UNIT_TEST(a_member_that_joins_or_speaks_is_known_until_it_leaves)
{
    struct present p = {0};

    hear(&p, "*** alice has joined\n");
    hear(&p, "*** bob, carol, dave have joined\n");
    hear(&p, "*** x, y and 7 more have joined\n");
    hear(&p, "eve: hi\n");
    hear(&p, "* frank waves\n");
    assert_present(&p, "alice bob carol dave eve frank x y ");
    hear(&p, "*** alice has left\n");
    hear(&p, "*** bob, carol have left\n");
    hear(&p, "*** dave has left: no answer\n");
    hear(&p, "*** eve was disconnected: you send too much too fast\n");
    hear(&p, "*** x, y and 7 more have left\n");
    hear(&p, "*** frank is now zoe\n");
    hear(&p, "*** zoe has reconnected\n");
    assert_present(&p, "zoe ");
    present_clear(&p);
}

UNIT_TEST(other_lines_change_nothing)
{
    struct present p = {0};
    static const char *const lines[] = {
        "*** you are bob\n",
        "*** bob has left: x has joined\n",
        "*** the server is leaving\n",
        "*** \n",
        "*** and:\n",
        "***",
        "no such line\n",
        "*** the name bob is taken; you are still me\n",
        "*** , has joined\n",
        "*** alice has joined us\n",
        "\n",

    };

    for (size_t i = 0; i < COUNT(lines); i++)
        hear(&p, lines[i]);
    assert_present(&p, "");
    present_clear(&p);
}

int main(void)
{
    return run_all_tests(start, check_blocks);
}
