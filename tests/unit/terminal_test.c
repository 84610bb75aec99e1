/* Line editing on a pseudo-terminal, on which the test types: lib/tty/terminal*.c. */
#include "blocks.h"
#include "client/interrupt.h"
#include "tty/terminal.h"
#include "tty/text.h"
#include "unit.h"
#include "unpsctp.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

#define LEFT  "\002"
#define HOME  "\001"
#define UP    "\020"
#define CLEAR "\025" /* Ctrl-U */
#define FIND  "\022" /* Ctrl-R */

enum { PATIENCE_MS = 20000 };

/* ---- the terminal ----------------------------------------------------------------- */

static int keyboard = -1; /* the side of the terminal's user */
static int standard[2];   /* the test's own input and output */
static struct termios before;
static struct unp_terminal *t;

static void set_width(unsigned short columns)
{
    const struct winsize size = {.ws_row = 24, .ws_col = columns};

    assert_int_equal(ioctl(STDIN_FILENO, TIOCSWINSZ, &size), 0);
}

static int start(void **state)
{
    int fd;

    setenv("TERM", "linux", 1); /* libtinfo leaks what it converts for others */
    keyboard = posix_openpt(O_RDWR | O_NOCTTY);
    if (keyboard < 0 || grantpt(keyboard) < 0 || unlockpt(keyboard) < 0)
        return -1;
    fd = open(ptsname(keyboard), O_RDWR | O_NOCTTY);
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        standard[i] = dup(i);
        dup2(fd, i);
    }
    close(fd);
    set_width(80);
    tcgetattr(STDIN_FILENO, &before);
    t = unp_terminal_open();
    unp_terminal_show(t, "> ");
    return 0;
}

static int stop(void **state)
{
    unp_terminal_close(t);
    t = NULL;
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        dup2(standard[i], i);
        close(standard[i]);
    }
    if (keyboard >= 0)
        close(keyboard);
    return 0;
}

/* What was written to the terminal since the last call. */
static const char *written(void)
{
    static char text[8192];
    size_t used = 0;

    fflush(stdout);
    assert_int_equal(write(STDOUT_FILENO, "\1", 1), 1);
    while (!used || text[used - 1] != '\1') {
        struct pollfd p = {.fd = keyboard, .events = POLLIN};
        ssize_t n;

        assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
        n = read(keyboard, text + used, sizeof(text) - used);
        assert_true(n > 0 && used + (size_t)n < sizeof(text));
        used += (size_t)n;
    }
    text[used - 1] = '\0';
    return text;
}

static void press_all(const char *keys, int len)
{
    int64_t end = unp_now() + PATIENCE_MS;
    int have = 0;

    assert_int_equal(write(keyboard, keys, (size_t)len), len);
    while (have < len && unp_now() < end) {
        assert_int_equal(ioctl(STDIN_FILENO, FIONREAD, &have), 0);
        poll(NULL, 0, have < len ? 1 : 0);
    }
    assert_int_equal(have, len);
}

static void press(const char *keys)
{
    press_all(keys, (int)strlen(keys));
}

static const char *rest; /* of an escape sequence, which arrives during the wait for it */

int poll(struct pollfd *fds, nfds_t n, int ms)
{
    const struct timespec limit = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    if (rest && n) {
        press(rest);
        rest = NULL;
        return 1;
    }
    return ppoll(fds, n, &limit, NULL);
}

static enum unp_line_status next(char **text, size_t *len)
{
    assert_int_equal(unp_terminal_fill(t), 0);
    return unp_terminal_next(t, text, len);
}

static void type(const char *keys)
{
    char *text;
    size_t len;

    if (!*keys)
        return;
    press(keys);
    assert_int_equal(next(&text, &len), LINE_MORE);
}

/* The keys and Enter make this line. */
static void assert_makes(const char *keys, const char *line)
{
    char all[300], *text;
    size_t len;

    snprintf(all, sizeof(all), "%s\r", keys);
    press(all);
    assert_int_equal(next(&text, &len), LINE_READY);
    assert_int_equal(len, strlen(line));
    assert_memory_equal(text, line, len);
}

static void restart(void)
{
    unp_terminal_close(t);
    t = unp_terminal_open();
    unp_terminal_show(t, "> ");
    written();
}

static bool same_modes(const struct termios *modes)
{
    struct termios now;

    assert_int_equal(tcgetattr(STDIN_FILENO, &now), 0);
    return now.c_lflag == modes->c_lflag && now.c_iflag == modes->c_iflag &&
           now.c_oflag == modes->c_oflag && memcmp(now.c_cc, modes->c_cc, sizeof(now.c_cc)) == 0;
}

/* ---- which terminals -------------------------------------------------------------- */

UNIT_TEST(a_terminal_is_there_if_both_ends_are_one_that_moves_its_cursor)
{
    int null = open("/dev/null", O_RDWR);

    assert_true(unp_terminal_is_there());
    for (int i = 0; i < 2; i++) {
        int kept = dup(i);

        dup2(null, i);
        assert_false(unp_terminal_is_there());
        dup2(kept, i);
        close(kept);
    }
    close(null);
    setenv("TERM", "dumb", 1);
    assert_false(unp_terminal_is_there());
    setenv("TERM", "", 1);
    assert_false(unp_terminal_is_there());
    unsetenv("TERM");
    assert_false(unp_terminal_is_there());
}

UNIT_TEST(without_a_terminal_nothing_happens)
{
    written();
    unp_terminal_show(NULL, "> ");
    unp_terminal_hide(NULL);
    unp_terminal_close(NULL);
    assert_string_equal(written(), "");
}

/* ---- lines ------------------------------------------------------------------------ */

UNIT_TEST(keys_become_lines)
{
    char *text;
    size_t len;

    type("hal");
    assert_makes("f", "half");
    assert_makes("", "");
    assert_makes("helo" LEFT "l", "hello");
    assert_makes("a\tb", "a\tb");
    assert_makes("\xe4\xbd\xa0\xc3\xbc", "\xe4\xbd\xa0\xc3\xbc");
    press("one\rtwo\rthr");
    assert_int_equal(next(&text, &len), LINE_READY);
    assert_memory_equal(text, "one", len);
    assert_int_equal(unp_terminal_next(t, &text, &len), LINE_READY);
    assert_int_equal(len, 3);
    assert_memory_equal(text, "two", len);
    assert_int_equal(unp_terminal_next(t, &text, &len), LINE_MORE);
    assert_makes("ee", "three");
}

UNIT_TEST(a_character_may_arrive_in_parts_and_bytes_that_are_none_are_skipped)
{
    type("a\xe4\xbd");
    assert_makes("\xa0.", "a\xe4\xbd\xa0.");
    assert_makes("\xff\xc3(b", "(b");
}

/* The rest of the sequence comes in the time that a terminal needs, or never. */
UNIT_TEST(an_escape_sequence_may_arrive_in_parts_or_not_at_all)
{
    assert_makes("helo\033[D\033[Dx", "hexlo");
    rest = "[D";
    type("helo\033");
    assert_makes("x", "helxo");
    type("a\033");
    assert_makes("b", "ab");
}

UNIT_TEST(control_keys_without_a_meaning_wait_for_no_other_key)
{
    struct termios modes;

    char *text;
    size_t len;

    assert_makes("a\026b\033xc", "abc");
    press_all("a\0b\r", 4);
    assert_int_equal(next(&text, &len), LINE_READY);
    assert_int_equal(len, 2);
    assert_memory_equal(text, "ab", 2);
    tcgetattr(STDIN_FILENO, &modes);
    modes.c_iflag &= ~(tcflag_t)IXON; /* Ctrl-Q is a key then */
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    assert_makes("a\021b", "ab");
}

UNIT_TEST(the_up_key_recalls_lines_but_no_empty_one)
{
    assert_makes("one", "one");
    assert_makes("two", "two");
    assert_makes("two", "two");
    assert_makes("", "");
    assert_makes(UP UP, "one"); /* a repeated line is kept once */
    assert_makes(UP UP, "two");
    assert_makes(UP UP UP UP UP UP, "one"); /* there is no older one */
}

UNIT_TEST(five_hundred_lines_are_kept)
{
    char line[20], ups[501];

    for (int i = 0; i <= 500; i++) {
        snprintf(line, sizeof(line), "line %d", i);
        assert_makes(line, line);
        written();
    }
    memset(ups, *UP, 499);
    strcpy(ups + 499, UP);
    type(ups);
    written();
    assert_makes("", "line 1");
}

UNIT_TEST(ctrl_d_on_an_empty_line_is_the_end)
{
    char *text;
    size_t len;

    type("ab" LEFT "\004");
    assert_makes("", "a");
    press("\004more");
    assert_int_equal(next(&text, &len), LINE_END);
    assert_int_equal(unp_terminal_next(t, &text, &len), LINE_END);
}

UNIT_TEST(a_terminal_that_has_gone_is_the_end)
{
    char *text;
    size_t len;

    close(keyboard);
    keyboard = -1;
    assert_int_equal(next(&text, &len), LINE_END);
}

UNIT_TEST(a_read_that_fails_is_an_error)
{
    int null = open("/dev/null", O_WRONLY), kept = dup(STDIN_FILENO);

    dup2(null, STDIN_FILENO);
    close(null);
    assert_fails(unp_terminal_fill(t), EBADF);
    dup2(kept, STDIN_FILENO);
    close(kept);
    assert_makes("a", "a");
}

/* ---- show and hide ---------------------------------------------------------------- */

UNIT_TEST(the_line_is_drawn_once_and_again_after_other_output)
{
    assert_contains(written(), "> ");
    type("typed");
    written();
    unp_terminal_show(t, "> ");
    assert_string_equal(written(), "");
    unp_terminal_hide(t);
    assert_string_equal(written(), "\r\033[J");
    unp_terminal_hide(t);
    assert_string_equal(written(), "");
    unp_terminal_show(t, "> ");
    assert_contains(written(), "> typed");
    unp_terminal_show(t, "new> ");
    assert_contains(written(), "\r\033[J");
    unp_terminal_hide(t);
    unp_terminal_show(t, "new> ");
    assert_contains(written(), "new> typed");
    assert_makes("", "typed");
    written();
    unp_terminal_hide(t); /* a line that was taken stays */
    assert_string_equal(written(), "");
    unp_terminal_show(t, "new> ");
    assert_contains(written(), "new> ");
    assert_makes("x", "x");
}

#define X17 "xxxxxxxxxxxxxxxxx"

/* After these keys, in a window of 20 columns, the cursor is `rows` rows below the prompt. */
static const struct {
    const char *prompt, *keys;
    unsigned rows;
} places[] = {
    {"> ", "", 0},
    {"> ", X17, 0},
    {"> ", X17 "x", 1},
    {"> ", X17 "x" X17 "xx", 1},
    {"> ", X17 "x" X17 "xxx", 2},
    {"> ", X17 "x" LEFT, 0},
    {"> ", X17 "x" HOME, 0},
    {"> ", X17 "\xe4\xbd\xa0", 1},     /* two columns do not fit into the last one */
    {"> ", X17 "\xe4\xbd\xa0" X17, 1}, /* 19 columns of the second row */
    {"> ", X17 "\xe4\xbd\xa0" X17 "x", 2},
    {"> ", "\txxxxxxxxxxx", 0}, /* a tab, to the eighth column */
    {"> ", "\txxxxxxxxxxxx", 1},
    {"> ", "xxxxxx\txxx", 0}, /* eight columns, to the sixteenth */
    {"> ", "xxxxxx\txxxx", 1},
    {"> ", "xxxxx\txxxxxxxxxxx", 0}, /* one column */
    {"\001> ", X17 "x" HOME, 0},     /* ^A */
    {"\001> ", X17 "x" X17 "xxxxx" LEFT, 2},
    {"\001> ", "xxxxxxxxxxxxxxx", 0},
    {"\001> ", "xxxxxxxxxxxxxxxx", 1},
    {"\xc3\xbc> ", "xxxxxxxxxxxxxxxx", 0}, /* one column */
    {"\xc3\xbc> ", "xxxxxxxxxxxxxxxxx", 1},
    {"12345678901234567890", "", 1},
    {"12345678901234567890> ", X17, 1},
};

UNIT_TEST(all_rows_of_the_line_above_the_cursor_are_erased)
{
    char expected[40];

    for (size_t i = 0; i < COUNT(places); i++) {
        set_width(20);
        restart();
        unp_terminal_show(t, places[i].prompt);
        type(places[i].keys);
        written();
        unp_terminal_hide(t);
        snprintf(expected, sizeof(expected), "\r%.*s\033[J", 3 * (int)places[i].rows,
                 "\033[A\033[A\033[A");
        if (strcmp(written(), expected) != 0)
            fail_msg("row %zu", i);
    }
}

/* Of a width that the terminal does not know, 80 columns are assumed. */
UNIT_TEST(a_terminal_without_a_width_has_eighty_columns)
{
    set_width(0);
    restart();
    type(X17 X17 X17 X17 "123456789");
    written();
    unp_terminal_hide(t);
    assert_string_equal(written(), "\r\033[J");
    unp_terminal_show(t, "> ");
    type("x");
    written();
    unp_terminal_hide(t);
    assert_string_equal(written(), "\r\033[A\033[J");
}

UNIT_TEST(a_new_width_draws_the_line_again)
{
    type("typed");
    written();
    set_width(40);
    kill(getpid(), SIGWINCH); /* noticed during a wait */
    unp_terminal_show(t, "> ");
    assert_string_equal(written(), "");
    unp_poll(NULL, 0, 0);
    unp_terminal_show(t, "> ");
    assert_contains(written(), "\r\033[J");
    unp_terminal_show(t, "> ");
    assert_string_equal(written(), "");
}

/* ---- signals ---------------------------------------------------------------------- */

static struct {
    int signo;
    bool unblocked, by_default, modes_of_before, in_foreground;
} raised;

pid_t tcgetpgrp(int fd)
{
    return raised.in_foreground ? getpgrp() : 0;
}

/* In place of a shell that stops the program. */
int raise(int signo)
{
    struct sigaction act;
    sigset_t blocked;

    sigprocmask(SIG_BLOCK, NULL, &blocked);
    sigaction(signo, NULL, &act);
    raised.signo = signo;
    raised.unblocked = !sigismember(&blocked, signo);
    raised.by_default = act.sa_handler == SIG_DFL;
    raised.modes_of_before = same_modes(&before);
    return 0;
}

UNIT_TEST(ctrl_z_gives_the_shell_its_terminal_until_the_program_continues)
{
    struct termios ours;
    sigset_t blocked;

    tcgetattr(STDIN_FILENO, &ours);
    assert_makes("found", "found");
    unp_terminal_show(t, "> ");
    type("typed" FIND "f");
    written();
    kill(getpid(), SIGTSTP);
    unp_poll(NULL, 0, 0);
    memset(&raised, 0, sizeof(raised));
    unp_terminal_show(t, "> ");
    assert_int_equal(raised.signo, SIGTSTP);
    assert_true(raised.unblocked && raised.by_default && raised.modes_of_before);
    assert_true(same_modes(&ours));
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    assert_true(sigismember(&blocked, SIGTSTP) && sigismember(&blocked, SIGWINCH));
    assert_contains(written(), "> typed"); /* the search has ended */
    raised.signo = 0;
    unp_terminal_show(t, "> ");
    assert_int_equal(raised.signo, 0);
    assert_makes("", "typed");
}

UNIT_TEST(a_fatal_signal_gives_the_shell_its_terminal)
{
    static const int fatal[] = {SIGHUP, SIGQUIT};

    for (size_t i = 0; i < COUNT(fatal); i++)
        for (int foreground = 0; foreground < 2; foreground++) {
            struct sigaction after;

            restart();
            memset(&raised, 0, sizeof(raised));
            raised.in_foreground = foreground;
            kill(getpid(), fatal[i]);
            assert_int_equal(raised.signo, fatal[i]);
            assert_true(raised.by_default);
            assert_int_equal(raised.modes_of_before, foreground);
            sigaction(fatal[i], NULL, &after);
            assert_true(after.sa_handler == SIG_DFL);
        }
}

UNIT_TEST(an_ignored_signal_stays_ignored)
{
    unp_terminal_close(t);
    signal(SIGHUP, SIG_IGN); /* by nohup(1) */
    t = unp_terminal_open();
    unp_terminal_show(t, "> ");
    raised.signo = 0;
    kill(getpid(), SIGHUP);
    assert_int_equal(raised.signo, 0);
    signal(SIGHUP, SIG_DFL);
}

/* ---- close ------------------------------------------------------------------------ */

static void end_with_it_open(void *arg)
{
    exit(0);
}

UNIT_TEST(the_end_erases_the_line_and_restores_the_terminal)
{
    struct sigaction act;
    sigset_t blocked;
    char err[200];

    assert_false(same_modes(&before));
    type("unfinished" FIND);
    written();
    assert_int_equal(in_child(end_with_it_open, NULL, err, sizeof(err)), 0);
    assert_string_equal(written(), "\r\033[J");
    assert_true(same_modes(&before));
    unp_terminal_close(t);
    t = NULL;
    assert_string_equal(written(), "\r\033[J");
    assert_true(same_modes(&before));
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    assert_false(sigismember(&blocked, SIGTSTP) || sigismember(&blocked, SIGWINCH));
    sigaction(SIGTSTP, NULL, &act);
    assert_true(act.sa_handler == SIG_DFL);
    sigaction(SIGWINCH, NULL, &act);
    assert_true(act.sa_handler == SIG_DFL);
}

/* ---- search ----------------------------------------------------------------------- */

#define P40 "1234567890123456789012345678901234567890"

/* After the lines "one", "two", "one more", "three", keys and Enter make this line. */
static const struct {
    const char *keys, *line;
} found[] = {
    {FIND "one", "one more"},
    {FIND "one" FIND, "one"},
    {FIND "one" FIND FIND, "one"},
    {FIND "o", "one more"},
    {FIND "o" FIND, "two"},
    {FIND "o" FIND "n", "one"}, /* a longer pattern searches from the line that was found */
    {FIND FIND, ""},
    {FIND "zzz", ""},
    {FIND "onez", "one more"},
    {FIND "one" FIND "\177", "one more"}, /* a shorter one searches from the newest */
    {FIND "onex\010", "one more"},
    {FIND "x\177\177th", "three"},
    {"draft" FIND "one\007", "draft"},
    {"draft" FIND "one\003", "draft"},
    {"draft" LEFT FIND "one\007X", "drafXt"},
    {"draft" LEFT FIND "\007X", "drafXt"},
    {"draft" LEFT FIND "\003X", "drafXt"},
    {FIND "more\006X", "one mXore"}, /* the cursor is where the pattern begins */
    {FIND "one" HOME "X", "Xone more"},
    {FIND "more" FIND "\006X", "one mXore"},
    {"draft" FIND HOME "X", "Xdraft"},
    {FIND "th\007" FIND "tw", "two"}, /* each search begins anew */
    {FIND "t\xc3\xbc\177w", "two"},
    {FIND P40, P40 "5"},
    {FIND P40 "x", P40 "5"}, /* a pattern has 40 characters */
};

UNIT_TEST(ctrl_r_searches_the_lines_that_were_typed)
{
    for (size_t i = 0; i < COUNT(found); i++) {
        struct termios ours;
        const char *find;
        char first[20];

        restart();
        tcgetattr(STDIN_FILENO, &ours);
        assert_makes(P40 "5", P40 "5");
        assert_makes("one", "one");
        assert_makes("two", "two");
        assert_makes("one more", "one more");
        assert_makes("three", "three");
        find = strchr(found[i].keys, *FIND) + 1;
        snprintf(first, sizeof(first), "%.*s", (int)(find - found[i].keys), found[i].keys);
        type(first); /* from here on Ctrl-C is a key */
        assert_makes(find, found[i].line);
        written();
        assert_true(same_modes(&ours)); /* Ctrl-C is a signal again */
    }
}

static void assert_prompt(const char *keys, const char *prompt)
{
    written();
    type(keys);
    if (*keys == *FIND || !keys[1])
        unp_terminal_hide(t);
    unp_terminal_show(t, "> ");
    assert_contains(written(), prompt);
}

UNIT_TEST(the_prompt_shows_the_pattern_and_whether_it_was_found)
{
    assert_makes("one", "one");
    assert_makes("two", "two");
    unp_terminal_show(t, "> ");
    assert_prompt(FIND, "(reverse-i-search)`': ");
    assert_prompt("o", "(reverse-i-search)`o': two");
    assert_prompt("\177", "(reverse-i-search)`': ");
    assert_prompt("n", "(reverse-i-search)`n': one");
    assert_prompt("x", "(failed reverse-i-search)`nx': one");
    assert_prompt("\177", "(reverse-i-search)`n': one");
    assert_prompt(FIND, "(failed reverse-i-search)`n': one");
    assert_prompt("\177", "(reverse-i-search)`': one");
    assert_prompt("\007", "> ");
    assert_makes("", "");
}

UNIT_TEST(ctrl_g_outside_a_search_is_no_key_of_it)
{
    assert_makes("one\007two", "onetwo");
    assert_makes("a\177b", "b");
}

/* ---- completion ------------------------------------------------------------------- */

static const char *const words[] = {"/join",
                                    "/joker",
                                    "/quit",
                                    "broken\xc3",
                                    "\xc3\xbc"
                                    "ber",
                                    NULL};
static char asked[100];

static size_t complete(void *user, const char *line, struct unp_words *list)
{
    const char *space = strrchr(line, ' ');

    assert_ptr_equal(user, words);
    snprintf(asked, sizeof(asked), "%s", line);
    for (const char *const *w = words; *w; w++)
        Unp_words_add(list, *w);
    return space ? (size_t)(space + 1 - line) : 0;
}

UNIT_TEST(tab_completes_the_word_before_the_cursor)
{
    unp_terminal_complete(t, complete, (void *)(uintptr_t)words);
    assert_makes("/q\t", "/quit");
    assert_makes("/j\t", "/jo");
    assert_makes("/jok\t", "/joker");
    assert_makes("a /q\t b", "a /quit b");
    assert_makes("/q"
                 "x" LEFT "\t",
                 "/quitx");
    assert_string_equal(asked, "/q");
    assert_makes("\xe4\xbd\xa0 \xc3\xbc\t", "\xe4\xbd\xa0 \xc3\xbc"
                                            "ber");
    assert_string_equal(asked, "\xe4\xbd\xa0 \xc3\xbc");
    assert_makes("none\t", "none");
    assert_makes("bro\t", "broken"); /* no half character */
}

static void press_without_memory(void *keys)
{
    char *text;
    size_t len;

    press(keys);
    fail_in = 1;
    next(&text, &len);
}

UNIT_TEST(without_memory_for_a_line_the_program_ends)
{
    char err[200], *keys[] = {"\r", "\t"};

    if (!CAN_FAIL)
        skip();
    for (size_t i = 0; i < COUNT(keys); i++) {
        unp_terminal_complete(t, complete, (void *)(uintptr_t)words);
        assert_int_equal(in_child(press_without_memory, keys[i], err, sizeof(err)), EXIT_SYSTEM);
        assert_string_equal(err, "terminal_test: take the line: Cannot allocate memory\n");
        restart(); /* the child has restored the terminal */
    }
}

UNIT_TEST(tab_lists_the_words_or_beeps_where_it_completes_nothing)
{
    const char *text;

    unp_terminal_complete(t, complete, (void *)(uintptr_t)words);
    type("/jo");
    written();
    type("\t");
    assert_contains(written(), "\r\033[J/join   /joker\r\n");
    set_width(10);
    type("\t");
    assert_contains(written(), "/join\r\n/joker\r\n");
    set_width(0);
    type("\t");
    assert_contains(written(), "/join   /joker\r\n");
    assert_makes(CLEAR "none\t", "none");
    assert_contains(written(), "\007");
    assert_makes("/quit\t", "/quit");
    text = written();
    assert_null(strchr(text, '\007'));
    assert_null(strstr(text, "\033[J/quit")); /* nor is the only one listed */
}

UNIT_TEST(a_closed_terminal_holds_no_memory)
{
    long held;

    unp_terminal_close(t);
    held = blocks;
    t = unp_terminal_open();
    unp_terminal_show(t, "> ");
    assert_makes("line", "line");
    assert_makes("another", "another");
    unp_terminal_complete(t, complete, (void *)(uintptr_t)words);
    type("/j\t");
    type("typed" FIND "l");
    unp_terminal_close(t);
    t = NULL;
    assert_int_equal(blocks, held);
}

int main(void)
{
    unp_text_use_utf8();
    return run_all_tests(start, stop);
}
