#!/usr/bin/env bash
# freeDiameter: two Diameter peers that connect over SCTP, with and without TLS, and are stopped.
# (It blocks in accept and recv in threads that it cancels.)
. "${0%/*}/../lib.sh" 26500

if [ -z "$OTHERS" ]; then
    skip "freeDiameter" "it is made for the kernel's stack; the userland stack is tested"
    finish
fi

if [ -z "$(hostname -I)" ]; then
    skip "freeDiameter" "it needs an address other than loopback"
    finish
fi

# Certificates of both, which must have their names, by an authority of this test.
certificates() {
    local name
    [ ! -e "$DIR/two.pem" ] || return 0
    pushd "$DIR" >/dev/null || return
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=ca -keyout ca.key -out ca.pem &&
        openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out dh.pem || return
    for name in one two; do
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name.test" -keyout "$name.key" -out "$name.csr" &&
            openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out "$name.pem" || return
    done
    popd >/dev/null || return
}

# Each has a port for plain connections and one for TLS.
configure() { # NAME PORT PEER PEER-PORT [OPTION]
    printf '%s\n' "Identity = \"$1.test\"; Realm = \"test\"; Port = $2; SecPort = $(($2 + 1));" \
        "No_IPv6; No_TCP; AppServThreads = 1; SCTP_streams = 3; TcTimer = 1;" \
        "TLS_Cred = \"$DIR/$1.pem\", \"$DIR/$1.key\"; TLS_CA = \"$DIR/ca.pem\"; TLS_DH_File = \"$DIR/dh.pem\";" \
        "ConnectPeer = \"$3.test\" { ConnectTo = \"127.0.0.1\"; Port = $4; ${5-} };" >"$DIR/$1.conf"
}
declare -A DAEMON=()
start() { # NAME
    # shellcheck disable=SC2086 # words
    $OTHERS stdbuf -oL freeDiameterd -c "$DIR/$1.conf" </dev/null >"$DIR/$1.out" 2>&1 &
    DAEMON[$1]=$!
    PIDS+=("$!")
}
stop() { # NAME
    kill "${DAEMON[$1]}" && wait_for is_gone "${DAEMON[$1]}"
}

connected() { # plain|tls
    local option=No_TLS name status
    local -i tls=0
    [ "$1" = plain ] || option='' tls=1
    PORT=$((PORT + 4))
    certificates || return
    configure one "$PORT" two $((PORT + 2 + tls)) "${option:+$option;}"
    configure two $((PORT + 2)) one $((PORT + tls)) "${option:+$option;}"
    start one && start two
    for name in one two; do
        wait_for has_line "STATE_OPEN" "$DIR/$name.out" || break
    done
    status=$?
    cat "$DIR/one.out" "$DIR/two.out"
    stop one && stop two && return "$status"
}

try_with "freeDiameterd openssl" "two peers connect, and are stopped" connected plain
try_with "freeDiameterd openssl" "two peers connect with TLS, and are stopped" connected tls
finish
