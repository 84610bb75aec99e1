# shellcheck shell=bash
# For tests of programs on a terminal, after lib.sh: one of tmux, with keys and a screen.

if ! command -v tmux >/dev/null; then
    echo "1..0 # skip tmux is not installed: scripts/deps check"
    exit 0
fi

export LC_ALL=C.UTF-8
unset NO_COLOR
TERMINALS=0
tm() { tmux -S "$DIR/tmux$TERMINALS" -f /dev/null "$@"; }
# A new terminal, of 60 columns, that runs the command.
new_terminal() { # COMMAND
    tm kill-server 2>/dev/null # one that is ending would take no new session
    TERMINALS=$((TERMINALS + 1))
    tm new-session -d -x 60 -y 24 "$1; exec cat"
}
end_all() {
    tm kill-server 2>/dev/null
    cleanup
}
trap end_all EXIT
keys() { tm send-keys "$@"; }
type_keys() { tm send-keys -l "$1"; }
# Reads the screen into SCREEN, without empty lines and spaces at the end of a line.
look() {
    local line
    SCREEN=
    while IFS= read -r line; do
        line=${line%"${line##*[! ]}"}
        [ -z "$line" ] || SCREEN+=$line$'\n'
    done < <(tm capture-pane -p)
}
screen() { look && printf %s "$SCREEN"; }
screen_shows() { # LINE: a whole one
    look
    [[ $'\n'$SCREEN == *$'\n'"${1% }"$'\n'* ]] || { printf %s "$SCREEN"; false; }
}
screen_has() { # TEXT: wherever the lines are broken
    look
    [[ ${SCREEN//$'\n'/} == *"$1"* ]] || { printf %s "$SCREEN"; false; }
}
last_lines() { # EXPECTED: the last lines of the screen, when all has come
    look
    [[ $'\n'$SCREEN == *$'\n'"$1"$'\n' ]] || { printf %s "$SCREEN"; false; }
}
