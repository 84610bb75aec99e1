#!/usr/bin/env bash
# sctp_echo_cli on a terminal: a prompt, line editing, and a hint after a line without a stream.
. "${0%/*}/lib.sh" 25200

. tests/terminal.sh

start_server || exit 1

open_client() {
    new_terminal "'$BUILD/sctp_echo_cli' -p $PORT 127.0.0.1; echo status \$?" &&
        wait_for last_lines '>'
}
greeted() {
    open_client && screen_has "connected to 127.0.0.1 port $PORT; type [n] text, for streams 0 to 9"
}
try "a prompt follows the greeting" greeted

# The screen ends with these lines, once association ids are removed.
screen_ends() { # EXPECTED
    read_screen
    printf %s "$SCREEN" | sed 's/ (assoc:0x[0-9a-f]*)//' >"$DIR/screen"
    read_text "$DIR/screen"
    [[ $'\n'$CONTENTS == *$'\n'"$1" ]] || { printf '%s\n' "$CONTENTS"; false; }
}

edited() {
    type_keys '[0] helo' && keys Left && type_keys l && keys Enter &&
        wait_for screen_ends $'> [0] hello\nFrom str:1 seq:0:[0] hello\n>'
}
try "a line can be edited, and its echo is printed above the next prompt" edited

forgotten() {
    type_keys 'no stream' && keys Enter && wait_for screen_has \
        '> no streamsctp_echo_cli: not sent: begin with the stream, as in [0] hello; the up key recalls the line' &&
        wait_for last_lines '>' && type_keys 'nor here' && keys Enter &&
        wait_for last_lines $'sctp_echo_cli: not sent: begin with the stream, as in [0] he\nllo\n>' &&
        screen_has_lines 1 'the up key'
}
try "a line without [n] is answered by what to type; the up key is named once" forgotten

recalled() {
    keys Up && wait_for last_lines '> nor here' && keys Home && type_keys '[9] ' && keys Enter &&
        wait_for screen_ends $'From str:0 seq:0:[9] nor here\n>'
}
try "the up key recalls a line without [n]" recalled

wrong() {
    type_keys '[3 y' && keys Enter && wait_for screen_has '"[3 y" has no ] after its [: write [n] text' &&
        type_keys '[x] y' && keys Enter && wait_for screen_has 'has no stream number between' &&
        type_keys '[10] y' && keys Enter &&
        wait_for screen_has 'stream 10 is out of range: this association has 10 outbound streams' &&
        wait_for last_lines '>' && screen_has_lines 0 'line [0-9]|skipped'
}
try "a wrong stream is reported without a line number" wrong

tab() {
    type_keys '[1] a' && keys Tab && type_keys b && keys Enter &&
        wait_for screen_has_lines 1 '^From str:2 .*:\[1] a +b$'
}
try "TAB is inserted as a character" tab

searched() {
    keys C-r && type_keys 'wrap' && wait_for screen_has "(failed reverse-i-search)\`wrap':" && keys C-c &&
        wait_for last_lines '>' && keys C-r && type_keys 'hel' && wait_for last_lines "(reverse-i-search)\`hel': [0] hello" && keys Enter &&
        wait_for screen_ends $'> [0] hello\nFrom str:1 seq:1:[0] hello\n>'
}
try "Ctrl-R searches the history, Ctrl-C ends the search" searched

# The peer is a chat server, because it can send while a line is being typed.
whole_line() {
    keys C-d && wait_for last_lines 'status 0' || return
    local server=$PORT status
    new_port
    make_fifo
    "$BUILD/sctp_chat_srv" -p "$PORT" >"$DIR/chat.out" 2>&1 &
    PIDS+=("$!")
    wait_for has listening "$DIR/chat.out" || return
    "$BUILD/sctp_chat_cli" -p "$PORT" -n bob 127.0.0.1 <"$FIFO" >"$DIR/bob.out" 2>"$DIR/bob.err" &
    PIDS+=("$!")
    exec {CLI_IN}>"$FIFO"
    wait_for has_line '^\*\*\* you are bob$' "$DIR/bob.out" && new_terminal "'$BUILD/sctp_echo_cli' -v -p $PORT 127.0.0.1" &&
        wait_for screen_has 'no echo of a message sent' && type_keys '[0] half a' && wait_for last_lines '> [0] half a' &&
        say hello && wait_for screen_has 'bob: hello> [0] half a' && type_keys ' line' && keys Enter &&
        wait_for has 'half a line' "$DIR/bob.out" && keys C-c && exec {CLI_IN}>&-
    status=$?
    PORT=$server
    return "$status"
}
try "a reply leaves the typed line intact; Ctrl-D ends the client, exit status 0" whole_line

one_stream() {
    new_terminal "'$BUILD/sctp_echo_cli' -p $PORT -o 1 127.0.0.1" && wait_for screen_has "type [n] text, for stream 0; Ctrl-D ends" &&
        keys C-d
}
try "with one stream the greeting names stream 0" one_stream

all_streams() {
    new_terminal "'$BUILD/sctp_echo_cli' -p $PORT -s 2 127.0.0.1 echo; echo status \$?" && wait_for last_lines '>' &&
        type_keys 'any text' && keys Enter && wait_for screen_has 'any text.msg.1>' &&
        screen_has_lines 1 ':any text\.msg\.0$' && keys C-c && wait_for last_lines 'status 130'
}
try "with echo any text is sent; Ctrl-C ends the client, exit status 130" all_streams

restored() {
    new_terminal "stty -a >$DIR/before; '$BUILD/sctp_echo_cli' -p $PORT 127.0.0.1; stty -a >$DIR/after" &&
        wait_for last_lines '>' && keys C-d && wait_for test -s "$DIR/after" &&
        same_files "$DIR/before" "$DIR/after"
}
try "the client restores the terminal's settings when it ends" restored

server_ends() {
    new_terminal "stty -a >$DIR/before; '$BUILD/sctp_echo_cli' -p $PORT 127.0.0.1; echo status \$?; stty -a >$DIR/lost" &&
        wait_for last_lines '>' && type_keys '[0] unfinished' && wait_for last_lines '> [0] unfinished' &&
        stop_server && wait_for last_lines 'status 7' && screen_has_lines 0 'unfinished' &&
        wait_for test -s "$DIR/lost" && same_files "$DIR/before" "$DIR/lost"
}
try "the end of the server is reported in place of the prompt, exit status 7" server_ends

finish
