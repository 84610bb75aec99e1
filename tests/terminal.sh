# shellcheck shell=bash
# For tests of programs on a terminal, to be read after lib.sh: a terminal in tmux, with keys and a
# screen.

if ! command -v tmux >/dev/null; then
    echo "1..0 # skip tmux is not installed: scripts/deps check"
    exit 0
fi

export LC_ALL=C.UTF-8 SHELL=$BASH # not dash, which a Ctrl-C ends before it can tell the status
unset NO_COLOR

# tmux in control mode takes its commands from a pipe and appends the answers to a file, so that neither
# a key nor reading the screen needs a process.  no-output keeps the program's output out of the file;
# refresh-client -F is -f since tmux 3.2, which still knows it.  Before 3.2, what runs in the terminal ignores the
# signals that tmux ignores, as a process in the background does.
make_fifo
exec {TMUX_IN}<>"$FIFO"
env --default-signal=INT,QUIT tmux -S "$DIR/tmux" -f /dev/null -C new-session -x 60 -y 24 cat <"$FIFO" >>"$DIR/tmux.out" 2>&1 &
TMUX_CLIENT=$!
PIDS+=("$!")
end_all() {
    printf 'kill-server\n' >&"$TMUX_IN"
    wait "$TMUX_CLIENT"
    cleanup
}
trap end_all EXIT

# Gives tmux a command and sets ANSWER to the answer.
tm() { # COMMAND ARG...
    local arg command=
    for arg; do command+="'${arg//\'/\'\\\'\'}' "; done
    : >"$DIR/tmux.out"
    printf '%s\n' "$command" >&"$TMUX_IN"
    wait_for has_answer && [ "$ENDED" = end ]
}
has_answer() { # a block from "%begin TIME NUMBER FLAGS" to "%end ..." or "%error ..."
    read_text "$DIR/tmux.out"
    ENDED='exit'
    [[ $'\n'$CONTENTS != *$'\n%exit'* ]] || return 0
    [[ $'\n'$CONTENTS =~ $'\n%begin '[^$'\n']*$'\n'(.*$'\n')?%(end|error)' ' ]] || return
    ANSWER=${BASH_REMATCH[1]} ENDED=${BASH_REMATCH[2]}
}
wait_for has_answer && tm refresh-client -F no-output || exit 1

# Runs the command in a new terminal of 60 columns.
new_terminal() { # COMMAND
    tm respawn-pane -k "$1; exec cat"
}
keys() { tm send-keys "$@"; }
type_keys() { tm send-keys -l "$1"; }
# Reads the screen into SCREEN, without empty lines and spaces at the end of a line.
read_screen() {
    local - IFS=$'\n' line
    set -f
    SCREEN=
    tm capture-pane -p || return
    for line in $ANSWER; do
        line=${line%"${line##*[! ]}"}
        [ -z "$line" ] || SCREEN+=$line$'\n'
    done
}
screen_shows() { # LINE: a whole one
    read_screen
    [[ $'\n'$SCREEN == *$'\n'"${1% }"$'\n'* ]] || { printf %s "$SCREEN"; false; }
}
screen_has() { # TEXT: even if it is broken over several lines
    read_screen
    [[ ${SCREEN//$'\n'/} == *"$1"* ]] || { printf %s "$SCREEN"; false; }
}
screen_has_lines() { # NUMBER REGEX
    read_screen
    printf %s "$SCREEN" >"$DIR/screen"
    has_lines "$1" "$2" "$DIR/screen"
}
last_lines() { # EXPECTED: these are the last lines of the screen
    read_screen
    [[ $'\n'$SCREEN == *$'\n'"$1"$'\n' ]] || { printf %s "$SCREEN"; false; }
}
