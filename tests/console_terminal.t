#!/usr/bin/env bash
# sctp_console on a terminal: output leaves the line that is being typed intact, and the prompt names
# the association that gets it.
. "${0%/*}/lib.sh" 28550

. tests/terminal.sh

start_server -B 127.0.0.1 || exit 1 # otherwise the confirmation of ::1 is printed at any time
HERE=127.0.0.1:$PORT

open_console() {
    new_terminal "'$BUILD/sctp_console' $HERE; echo status \$?" && wait_for last_lines "#1 $HERE>"
}
try "the prompt names the current association" open_console

whole_line() {
    type_keys '[1] half a sen' && wait_for last_lines "#1 $HERE> [1] half a sen" &&
        type_keys 'tence' && keys Enter &&
        wait_for last_lines "#1 $HERE [2]: half a sentence"$'\n'"#1 $HERE>"
}
try "the reply to a line is printed above the next prompt" whole_line

# While a line is being typed, a server shuts its association down.
between() {
    new_port
    "$BUILD/tests/peer" "$PORT" serve eof >"$DIR/peer.out" 2>&1 &
    PIDS+=($!)
    wait_for has listening "$DIR/peer.out" && type_keys "/connect 127.0.0.1:$PORT" && keys Enter &&
        wait_for screen_has "#2 127.0.0.1:$PORT: association" || return
    type_keys '[0@2] x' && keys Enter && type_keys 'not yet sent' &&
        wait_for shut_down && wait_for last_lines "#1 $HERE> not yet sent" &&
        screen_has_lines 1 'not yet' && keys C-u
}
shut_down() { read_screen && [[ ${SCREEN//$'\n'/} =~ "#2 127.0.0.1:$PORT: association "[0-9]*" shut down" ]]; }
try "an event leaves the line that is being typed intact" between

refused() {
    type_keys '/nonsense' && keys Enter &&
        wait_for screen_has 'no such command: "/nonsense"' && wait_for last_lines "#1 $HERE>" &&
        keys Up && wait_for last_lines "#1 $HERE> /nonsense" && keys C-u
}
try "a wrong command is reported without a line number, and the up key recalls it" refused

complete() { # LINE EXPECTED
    type_keys "$1" && keys Tab && type_keys '|' && wait_for last_lines "#1 $HERE> $2|" && keys C-u
}
completed() {
    complete /hea '/heartbeat ' && complete '/heartbeat n' '/heartbeat now ' && complete /quit /quit &&
        complete '/opt disable_f' '/opt disable_fragments' && complete '/opt rtoinfo.ma' '/opt rtoinfo.max' &&
        complete '/help unb' '/help unbind ' && complete '/nonsense x' '/nonsense x' &&
        complete '/use ' '/use 1' && complete '/use #' '/use #1' && complete '[3@' '[3@1] ' &&
        type_keys '/reset ' && keys Tab && wait_for last_lines $'all   in    out\n'"#1 $HERE> /reset" && keys C-u
}
try "TAB completes commands, their words, options and their fields, numbers of associations" completed

search() {
    keys C-r && type_keys 'half' && wait_for last_lines "(reverse-i-search)\`half': [1] half a sentence" &&
        keys C-e && type_keys ' more' && keys Enter && wait_for last_lines \
        "#1 $HERE [2]: half a sentence more"$'\n'"#1 $HERE>"
}
try "Ctrl-R searches the history" search

used() {
    type_keys '/use #1' && keys Enter && wait_for last_lines "#1 $HERE is the current association"$'\n'"#1 $HERE>"
}
try "/use accepts an association's number as it is printed, with #" used

none() {
    type_keys '/eof' && keys Enter && wait_for last_lines '(none)>'
}
try "the prompt says that no association is left" none

ctrl_d() {
    keys C-d && wait_for last_lines 'status 0'
}
try "Ctrl-D ends the console, exit status 0 even after failed commands" ctrl_d

connecting() {
    new_port
    start_silence "$PORT" && new_terminal "'$BUILD/sctp_console' -w 30 127.0.0.1:$PORT; echo status \$?" &&
        wait_for last_lines "#1 127.0.0.1:$PORT>" && type_keys 'x' && keys Enter && wait_for screen_has 'not up yet' &&
        type_keys "/connect $HERE" && keys Enter && wait_for screen_has "#2 $HERE: association" &&
        type_keys '/abort' && keys Enter && wait_for last_lines "#1 127.0.0.1:$PORT: connecting abandoned"$'\n'"#2 $HERE>" &&
        keys C-d && wait_for last_lines 'status 0'
}
if [ "${SCTP_STACK-}" = userland ]; then
    try "while an association is connecting, others can be made, and it can be aborted" connecting
else
    skip "while an association is connecting, others can be made, and it can be aborted" "on the kernel all local ports answer"
fi
finish
