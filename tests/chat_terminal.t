#!/usr/bin/env bash
# sctp_chat_cli on a terminal: messages leave the line that is being typed intact.
. "${0%/*}/lib.sh" 28000

. tests/terminal.sh

new_port
"$BUILD/sctp_chat_srv" -p "$PORT" >"$DIR/srv.out" 2>"$DIR/srv.err" </dev/null &
PIDS+=("$!")
wait_for has listening "$DIR/srv.out" || exit 1

# Another member, bob, that sends the lines given to `say`.
make_fifo
"$BUILD/sctp_chat_cli" -p "$PORT" -n bob localhost <"$FIFO" >"$DIR/bob.out" 2>"$DIR/bob.err" &
PIDS+=("$!")
exec {CLI_IN}>"$FIFO"
wait_for has_line '^\*\*\* you are bob$' "$DIR/bob.out" || exit 1

# Starts the client in a new terminal, with WORD... as a prefix of its command.
open_client() { # WORD...
    new_terminal "$* '$BUILD/sctp_chat_cli' -p $PORT alice@localhost; echo status \$?" &&
        wait_for screen_shows '[0] alice> '
}

try "the prompt shows channel and nickname" open_client

whole_line() {
    type_keys 'half a sen'
    wait_for last_lines '[0] alice> half a sen' && say 'hello' && say 'again' &&
        wait_for last_lines $'bob: hello\nbob: again\n[0] alice> half a sen' &&
        type_keys 'tence' && keys Enter &&
        wait_for has 'alice: half a sentence' "$DIR/bob.out" &&
        wait_for last_lines $'[0] alice> half a sentence\n[0] alice>'
}
try "a message is printed above the line that is being typed, which stays intact" whole_line

LONG='this line is longer than the window is wide, so that it takes more rows than one, and more than two of them'
# Sets WRAPPED to the line as it is on the screen, without the spaces at the end of a row.
wrap() { # WIDTH
    local rest="[0] alice> $LONG" row
    WRAPPED=
    while [ -n "$rest" ]; do
        row=${rest:0:$1} rest=${rest:$1}
        WRAPPED+=$'\n'${row% }
    done
}
wrapped_line() {
    wrap 60
    type_keys "$LONG"
    wait_for last_lines "${WRAPPED#?}" && say one && say two &&
        wait_for last_lines $'bob: one\nbob: two'"$WRAPPED" && screen_has_lines 1 'this line is'
}
try "a message above a line that wraps leaves that line intact" wrapped_line

in_the_middle() {
    keys Home && say three && wait_for last_lines $'bob: two\nbob: three'"$WRAPPED" &&
        keys End && say four && wait_for last_lines $'bob: three\nbob: four'"$WRAPPED"
}
try "a message leaves a wrapped line intact while the cursor is on its first row" in_the_middle

# Waits for the new width: tmux sets it on the terminal shortly after its command has ended.
resize() { # WIDTH
    local tty
    wrap "$1"
    tm display-message -p '#{pane_tty}' && tty=${ANSWER%$'\n'} && tm resize-window -x "$1" &&
        wait_for has_width "$1" "$tty"
}
has_width() { same "24 $1" "$(stty size <"$2")"; } # WIDTH TERMINAL
window() {
    resize 45 && wait_for last_lines $'bob: four'"$WRAPPED" && say five &&
        wait_for last_lines $'bob: four\nbob: five'"$WRAPPED" && resize 60 &&
        wait_for last_lines $'bob: five'"$WRAPPED" && keys Enter &&
        wait_for has "alice: $LONG" "$DIR/bob.out"
}
try "a change of the window's size leaves the typed line intact" window

edge() { # the line ends where the window does
    local fill
    printf -v fill 'x%.0s' {1..49}
    type_keys "$fill" && say edge && wait_for last_lines $'bob: edge\n[0] alice> '"$fill" && keys C-u
}
try "a line that exactly fills the window stays intact" edge

wide() {
    type_keys 'grüße 你好' && say wide && wait_for last_lines $'bob: wide\n[0] alice> grüße 你好' &&
        keys BSpace && keys Enter && wait_for has 'alice: grüße 你' "$DIR/bob.out"
}
try "characters of several bytes, and of two columns, are edited as characters" wide

history() {
    keys Up && wait_for last_lines '[0] alice> grüße 你' && keys Up &&
        wait_for last_lines "${WRAPPED#?}" && keys C-u
}
try "the up key recalls lines of the history" history

search() {
    keys C-r && wait_for last_lines "(reverse-i-search)\`':" && type_keys 'hal' &&
        wait_for last_lines "(reverse-i-search)\`hal': half a sentence" && say 'in between' &&
        wait_for last_lines $'bob: in between\n'"(reverse-i-search)\`hal': half a sentence" &&
        keys Enter && wait_for last_lines $'[0] alice> half a sentence\n[0] alice>' &&
        wait_for has_lines 2 'alice: half a sentence' "$DIR/bob.out"
}
try "Ctrl-R finds a line of the history while others send lines, and Enter sends it" search

older() {
    type_keys draft && keys C-r && type_keys 'l' && wait_for screen_has "search)\`l': half a" &&
        keys C-r && wait_for screen_has "search)\`l': this line" && keys C-r &&
        wait_for last_lines "(reverse-i-search)\`l': half a sentence" && keys C-r &&
        wait_for last_lines "(failed reverse-i-search)\`l': half a sentence" && type_keys 'o' &&
        wait_for last_lines "(failed reverse-i-search)\`lo': half a sentence" && keys BSpace &&
        wait_for last_lines "(reverse-i-search)\`l': half a sentence" && keys C-g &&
        wait_for last_lines '[0] alice> draft' && keys C-u
}
try "further Ctrl-R find older lines, and Ctrl-G returns to the typed line" older

# Ctrl-C reaches the program as a key there, and is a signal again afterwards: see ctrl_c.
cancelled() {
    type_keys 'draft' && keys C-r && type_keys 'sent' && wait_for screen_has "\`sent': half" && keys C-c &&
        wait_for last_lines '[0] alice> draft' && type_keys 's' && wait_for last_lines '[0] alice> drafts' && keys C-u
}
try "Ctrl-C ends the search and returns to the line that was typed" cancelled

escaped() {
    keys C-r && type_keys 'sent' && wait_for screen_has "\`sent': half" && keys Escape &&
        wait_for last_lines '[0] alice> half a sentence' && say 'during' &&
        wait_for last_lines $'bob: during\n[0] alice> half a sentence' && keys End && type_keys ' more' &&
        wait_for last_lines '[0] alice> half a sentence more' && keys C-u
}
try "the escape key ends the search with the line that was found" escaped

edit_found() {
    keys C-r && type_keys 'sent' && wait_for screen_has "\`sent': half" && keys C-a && type_keys 'a ' &&
        wait_for last_lines '[0] alice> a half a sentence' && keys C-u
}
try "other keys edit the line that Ctrl-R found" edit_found

complete() {
    type_keys '/jo' && keys Tab && wait_for last_lines '[0] alice> /join' && keys C-u &&
        type_keys '/' && keys Tab &&
        wait_for last_lines $'/help    /leave   /nick    /who\n/join    /me      /quit\n[0] alice> /' &&
        keys C-u
}
try "TAB completes a command, or lists all that are possible" complete

complete_name() {
    type_keys 'carl' && keys Tab && wait_for last_lines $'*** 2 here: bob alice\n[0] alice> carl' &&
        keys C-u && type_keys 'b' && keys Tab && wait_for last_lines '[0] alice> bob:' &&
        type_keys 'and b' && keys Tab && type_keys . && wait_for last_lines '[0] alice> bob: and bob .' &&
        keys C-u && type_keys '[2] b' && keys Tab && wait_for last_lines '[0] alice> [2] bob:' && keys C-u
}
try "TAB completes names; the first one asks the server who is present" complete_name

lone_escape() {
    keys Escape && say 'after escape' && wait_for last_lines $'bob: after escape\n[0] alice>' &&
        keys C-u
}
try "the escape key alone does not block the input" lone_escape

many() {
    type_keys 'steady'
    for n in {1..200}; do say "line $n"; done
    wait_for last_lines $'bob: line 199\nbob: line 200\n[0] alice> steady' &&
        screen_has_lines 1 steady && keys C-u
}
try "two hundred messages leave the typed line intact" many

join() {
    type_keys '/join 3' && keys Enter && wait_for last_lines '[3] alice>' && type_keys 'in three' &&
        keys Enter && wait_for has '[3] alice: in three' "$DIR/bob.out"
}
try "/join changes the current channel, and the prompt shows it" join

mistyped() {
    type_keys '[3 unsent' && keys Enter && wait_for screen_has 'not sent: write [n] text for channel n' &&
        type_keys '[3]unsent' && keys Enter && wait_for screen_has_lines 2 '^sctp_chat_cli: not sent' &&
        type_keys '[3] [1/2] sent' && keys Enter && wait_for has '[3] alice: [1/2] sent' "$DIR/bob.out" &&
        has_lines 0 unsent "$DIR/bob.out" && type_keys '[a] sent' && keys Enter &&
        wait_for has '[3] alice: [a] sent' "$DIR/bob.out"
}
try "a bracket and a digit that are no channel are refused at a terminal" mistyped

leave() {
    say '[3] seen' && wait_for screen_shows '[3] bob: seen' && type_keys '/leave 3' && keys Enter &&
        wait_for last_lines '[0] alice>' && say '[3] hidden' && say '[4] shown' &&
        wait_for screen_shows '[4] bob: shown' && screen_has_lines 0 'hidden$'
}
try "/leave hides a channel" leave

nick() {
    type_keys '/nick al' && keys Enter && wait_for last_lines '[0] al>' && type_keys 'mine' && keys Enter &&
        wait_for has 'al: mine' "$DIR/bob.out" && screen_has_lines 0 '^al: '
}
try "/nick changes the prompt, and own messages are not printed again" nick

escapes() {
    say $'\e[2J\e]0;title\a\u202ebad\r*** x' &&
        wait_for screen_shows 'bob: \x1b[2J\x1b]0;title\x07<U+202E>bad\x0d*** x'
}
try "escape sequences in messages are printed escaped" escapes

colours() {
    tm capture-pane -p -e && printf %s "$ANSWER" >"$DIR/colours" &&
        has_line $'\e\\[[0-9;]*m*bob' "$DIR/colours" && has $'\e[2m' "$DIR/colours"
}
try "nicknames have colours, and announcements are dim" colours

out_of_range() {
    type_keys '/join 10' && keys Enter && wait_for screen_shows \
        'sctp_chat_cli: channel 10 is out of range: this association' && wait_for last_lines '[0] al>'
}
try "a channel that does not exist is reported, and the prompt stays" out_of_range

ctrl_d() {
    keys C-d && wait_for last_lines 'status 0'
}
try "Ctrl-D ends the client, exit status 0" ctrl_d

ctrl_c() {
    open_client && type_keys 'unfinished' && keys C-r && wait_for last_lines "(reverse-i-search)\`': unfinished" &&
        keys C-c && wait_for last_lines '[0] alice> unfinished' && keys C-c &&
        wait_for last_lines 'status 130' && screen_has_lines 0 unfinished
}
try "Ctrl-C ends the client, even after a search; exit status 130" ctrl_c

quit() {
    open_client && type_keys '/quit' && keys Enter && wait_for last_lines 'status 0'
}
try "/quit ends the client, exit status 0" quit

restored() {
    new_terminal "stty -a >$DIR/before; '$BUILD/sctp_chat_cli' -p $PORT alice@localhost; stty -a >$DIR/after" &&
        wait_for screen_shows '[0] alice>' && keys C-d && wait_for test -s "$DIR/after" &&
        same_files "$DIR/before" "$DIR/after"
}
try "the client restores the terminal's settings when it ends" restored

# The shell has to survive the signal.  The server may take a while to notice that this member has left.
quits() {
    new_terminal "trap : QUIT; stty -a >$DIR/before; '$BUILD/sctp_chat_cli' -p $PORT carol@localhost; stty -a >$DIR/quit" &&
        wait_for screen_shows '[0] carol>' && keys -H 1c && wait_for test -s "$DIR/quit" &&
        same_files "$DIR/before" "$DIR/quit"
}
try "Ctrl-\\ ends the client, which restores the terminal's settings" quits

suspended() {
    new_terminal "bash --norc --noprofile" && type_keys "PS1='shell: '" && keys Enter &&
        type_keys "'$BUILD/sctp_chat_cli' -p $PORT alice@localhost" && keys Enter &&
        wait_for last_lines '[0] alice>' && type_keys 'wait' && wait_for last_lines '[0] alice> wait' &&
        keys C-z && wait_for last_lines 'shell:' && type_keys fg && keys Enter &&
        wait_for last_lines '[0] alice> wait' && keys C-r && wait_for last_lines "(reverse-i-search)\`': wait" &&
        keys C-z && wait_for last_lines 'shell:' && type_keys fg && keys Enter &&
        wait_for last_lines '[0] alice> wait' && keys C-c && wait_for last_lines 'shell:'
}
try "Ctrl-Z stops the client and ends a search; after fg the typed line is there again" suspended

no_colours() { # WORD...
    open_client "$@" && say plain && wait_for screen_shows 'bob: plain' &&
        tm capture-pane -p -e && printf %s "$ANSWER" >"$DIR/colours" &&
        has_lines 0 $'\e\\[[0-9;]*[1-9]' "$DIR/colours" && keys C-d
}
try "with NO_COLOR the client prints no colours" no_colours env NO_COLOR=1

dumb() {
    new_terminal "env TERM=dumb '$BUILD/sctp_chat_cli' -p $PORT dora@localhost >$DIR/dumb"
    wait_for has '*** you are dora' "$DIR/dumb" && type_keys 'from dumb' && keys Enter &&
        wait_for has 'dora: from dumb' "$DIR/bob.out" && say 'to dumb' &&
        wait_for has 'bob: to dumb' "$DIR/dumb" && has_lines 0 $'\e' "$DIR/dumb"
}
try "with TERM=dumb the client writes no escape codes to a file" dumb

finish
