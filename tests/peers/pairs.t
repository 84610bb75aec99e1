#!/usr/bin/env bash
# Each SCTP program as the server of each other one: ours, ncat, socat, Erlang's gen_sctp, sctp_darn
# and sctp_test.  A message arrives, and one comes back.
. "${0%/*}/../lib.sh" 24300

theirs() { # NAME COMMAND...
    # shellcheck disable=SC2086 # words
    open_terminal "$1" $OTHERS "${@:2}"
}

serve_ours() { open_terminal server "$BUILD/sctp_echo_srv" -v -p "$PORT" 0 && shows server listening; }
call_ours() { open_terminal client "$BUILD/sctp_echo_cli" -p "$PORT" 127.0.0.1 && type_hello "[0] "; }
serve_ncat() { theirs server ncat -v --sctp -l 127.0.0.1 "$PORT" && shows server Listening; }
call_ncat() { theirs client ncat --sctp 127.0.0.1 "$PORT" && type_hello; }
serve_socat() {
    theirs server socat -d -d - "SCTP4-LISTEN:$PORT,bind=127.0.0.1" && shows server "listening on"
}
call_socat() { theirs client socat - "SCTP4-CONNECT:127.0.0.1:$PORT" && type_hello; }
serve_gen_sctp() { theirs server escript tests/peers/gen_sctp.escript server "$PORT" && shows server listening; }
call_gen_sctp() { theirs client escript tests/peers/gen_sctp.escript say "$PORT"; }
serve_sctp_darn() {
    theirs server stdbuf -oL sctp_darn -H 127.0.0.1 -P "$PORT" -l -e && shows server listening
}
call_sctp_darn() {
    theirs client sctp_darn -H 127.0.0.1 -P $((PORT + 40)) -h 127.0.0.1 -p "$PORT" -s && type_hello
}
serve_sctp_test() {
    theirs server stdbuf -oL sctp_test -H 127.0.0.1 -P "$PORT" -l && shows server "Receiving packets"
}
call_sctp_test() {
    local drain=
    case $1 in ours | gen_sctp | sctp_darn) drain=-D ;; esac
    # shellcheck disable=SC2086 # -D or nothing
    theirs client stdbuf -oL sctp_test -H 127.0.0.1 -P $((PORT + 40)) -h 127.0.0.1 -p "$PORT" -s -x 1 -c 1 $drain
}
# The dot is there because sctp_darn does not print the last character.
type_hello() { echo "${1-}hello." >&"${IN[client]}"; }

# The message arrived, and so did the server's reply.  Our server, and sctp_darn as a client, print no
# messages.  The server of sctp_test sends none, and its client waits only for a server that echoes.
talk() { # SERVER CLIENT
    local text=hello
    [ "$2" != sctp_test ] || text=0123456
    case $1 in
        ours) shows server " up: " || return ;;
        *) shows server "$text" || return ;;
    esac
    case $1 in
        ncat | socat) printf hello. >&"${IN[server]}" ;;
    esac
    case $1.$2 in
        sctp_test.* | *.sctp_darn | ncat.sctp_test | socat.sctp_test) ;;
        *.sctp_test) shows client "Data 1452 bytes. First 10 bytes: $text" ;;
        *) shows client hello ;;
    esac
}

pair() { # SERVER CLIENT
    local status
    new_port
    "serve_$1" && "call_$2" "$1" && talk "$@"
    status=$?
    cat "$DIR/server" "$DIR/client"
    close_terminal client
    close_terminal server
    return "$status"
}

program_of() {
    case $1 in
        ours) ;;
        gen_sctp) echo escript ;;
        *) echo "$1" ;;
    esac
}

for server in ours ncat socat gen_sctp sctp_darn sctp_test; do
    for client in ours ncat socat gen_sctp sctp_darn sctp_test; do
        # On the kernel's stack, a pair of two other programs tests none of our code.
        case $OTHERS.$server.$client in .*.ours | .ours.* | ?*.*.*) ;; *) continue ;; esac
        try_with "$(program_of $server) $(program_of $client)" "$server serves $client" pair $server $client
    done
done

finish
