#!/usr/bin/env bash
# make install and uninstall, scripts/deps, scripts/demo, and the bash completion.
. "${0%/*}/../lib.sh" 21850

install_all() {
    make -s install BUILD="${BUILD#"$PWD"/}" DESTDIR="$DIR/root" PREFIX=/usr >"$DIR/out" 2>&1 || return
    (cd "$DIR/root" && find . -type f -printf '%m %P\n' | grep -v '/man3/' | sort) >"$DIR/got"
    cat >"$DIR/want" <<EOF
644 usr/include/unpsctp/receive/receive.h
644 usr/include/unpsctp/receive/receiver.h
644 usr/include/unpsctp/server/server.h
644 usr/include/unpsctp/unpsctp.h
644 usr/lib/libunpsctp.a
644 usr/lib/libunpsctp.so.$version
644 usr/lib/onetomany/libsctp_userland.so
644 usr/lib/pkgconfig/unpsctp.pc
644 usr/lib/systemd/system/sctp-chat.service
644 usr/lib/systemd/system/sctp-echo.service
644 usr/share/bash-completion/completions/onetomany
644 usr/share/doc/onetomany/book/README.md
644 usr/share/doc/onetomany/book/abortcli.c
644 usr/share/doc/onetomany/book/addrs.c
644 usr/share/doc/onetomany/book/autoclose.c
644 usr/share/doc/onetomany/book/bindx.c
644 usr/share/doc/onetomany/book/chatcli.c
644 usr/share/doc/onetomany/book/chatserv.c
644 usr/share/doc/onetomany/book/eofserv.c
644 usr/share/doc/onetomany/book/heartbeat.c
644 usr/share/doc/onetomany/book/notify.c
644 usr/share/doc/onetomany/book/partial.c
644 usr/share/doc/onetomany/book/peeloff.c
644 usr/share/doc/onetomany/book/streamcli.c
644 usr/share/doc/onetomany/book/streamserv.c
644 usr/share/doc/onetomany/book/streamserv_n.c
644 usr/share/doc/onetomany/book/unordered.c
644 usr/share/doc/onetomany/examples/client/Makefile
644 usr/share/doc/onetomany/examples/client/say.c
644 usr/share/doc/onetomany/examples/framework/Makefile
644 usr/share/doc/onetomany/examples/framework/upper.c
644 usr/share/doc/onetomany/examples/sysctl/50-onetomany.conf
644 usr/share/doc/onetomany/examples/wrappers/Makefile
644 usr/share/doc/onetomany/examples/wrappers/upper.c
644 usr/share/man/man1/sctp_chat_cli.1
644 usr/share/man/man1/sctp_chat_srv.1
644 usr/share/man/man1/sctp_console.1
644 usr/share/man/man1/sctp_echo_cli.1
644 usr/share/man/man1/sctp_echo_srv.1
644 usr/share/man/man1/sctp_hello_cli.1
644 usr/share/man/man1/sctp_hello_srv.1
644 usr/share/man/man1/sctp_opts.1
644 usr/share/man/man1/sctp_ping.1
644 usr/share/man/man1/withuserland.1
644 usr/share/man/man7/libsctp_userland.7
644 usr/share/man/man7/sctp_events.7
644 usr/share/man/man7/unpsctp.7
755 usr/bin/sctp_chat_cli
755 usr/bin/sctp_chat_srv
755 usr/bin/sctp_console
755 usr/bin/sctp_echo_cli
755 usr/bin/sctp_echo_srv
755 usr/bin/sctp_hello_cli
755 usr/bin/sctp_hello_srv
755 usr/bin/sctp_opts
755 usr/bin/sctp_ping
755 usr/bin/withuserland
755 usr/share/doc/onetomany/examples/prometheus_sctp
EOF
    same_files "$DIR/want" "$DIR/got" && env ${ASAN:+LD_PRELOAD="$ASAN"} "$DIR/root/usr/bin/withuserland" true
}
read -r _ _ version < <("$BUILD/sctp_echo_srv" --version)
try "make install installs programs, libraries, man pages, examples and the book's programs under DESTDIR and PREFIX" install_all

# They find the userland stack by its path, with no search path.
programs_run() {
    local file
    make -s install BUILD="${BUILD#"$PWD"/}" PREFIX="$DIR/prefix" LIBDIR="$DIR/prefix/lib/sub" >"$DIR/out" 2>&1 || return
    for file in "$DIR"/prefix/bin/sctp_* "$DIR"/prefix/lib/sub/*.so "$DIR"/prefix/lib/sub/onetomany/*.so; do
        readelf -d "$file" >"$DIR/dynamic"
        has_lines 0 'RPATH|RUNPATH' "$DIR/dynamic" || return
    done
    "$DIR/prefix/bin/sctp_echo_cli" -V >"$DIR/out" && has_line '^userland: libsctp_userland.so' "$DIR/out" &&
        env ${ASAN:+LD_PRELOAD="$ASAN"} "$DIR/prefix/bin/withuserland" printenv LD_PRELOAD >"$DIR/out" &&
        has "$DIR/prefix/bin/../lib/sub/onetomany/libsctp_userland.so" "$DIR/out"
}
if [ -e "$BUILD/libsctp_userland.so" ]; then
    try "installed programs find the userland stack without a RUNPATH" programs_run
else
    skip "installed programs find the userland stack without a RUNPATH" "no userland stack"
fi

# A build with a sanitizer is not hardened.
hardened() {
    local file
    for file in "$DIR"/prefix/bin/sctp_* "$DIR"/prefix/lib/sub/*.so "$DIR"/prefix/lib/sub/onetomany/*.so; do
        readelf -hldW "$file" >"$DIR/elf" && readelf -sW "$file" >"$DIR/symbols" || return
        if ! { has_line 'Type: +DYN' "$DIR/elf" && has_line 'GNU_RELRO' "$DIR/elf" && has_line 'FLAGS.* NOW' "$DIR/elf" &&
            has_line '__stack_chk_fail' "$DIR/symbols" && has_line '__[a-z]+_chk(@| )' "$DIR/symbols"; }; then
            echo "$file is not hardened"
            return 1
        fi
    done
}
what="what make installs is PIE, has full RELRO, a stack protector and FORTIFY"
case $BUILD in
*/address | */undefined) skip "$what" "built with a sanitizer" ;;
*) try "$what" hardened ;;
esac

# In a mount namespace in which /usr/include is empty.
no_headers() {
    unshare -rm sh -c 'mount -t tmpfs none /usr/include && make -n' >"$DIR/out" 2>&1
    has_line "libsctp is not in /usr/include: scripts/deps build installs it$" "$DIR/out" &&
        has_line "libusrsctp is not in /usr/include: scripts/deps build installs it, make USERLAND=no does without$" "$DIR/out"
}
what="make without the headers of libsctp and libusrsctp says which command installs them"
if unshare -rm true 2>/dev/null; then try "$what" no_headers; else skip "$what" "no mount namespace here"; fi

uninstall_all() {
    make -s uninstall BUILD="${BUILD#"$PWD"/}" DESTDIR="$DIR/root" PREFIX=/usr >"$DIR/out" 2>&1 || return
    same "" "$(find "$DIR/root" -type f -o -type l)"
}
try "make uninstall removes all installed files" uninstall_all

dist() {
    make -s dist || return
    tar -tzf "build/onetomany-$version.tar.gz" | sed "s,^onetomany-$version/,,; /\/\$/d; /^\$/d" | LC_ALL=C sort >"$DIR/got"
    git ls-tree -r --name-only HEAD | LC_ALL=C sort >"$DIR/want"
    same_files "$DIR/want" "$DIR/got"
}
if git rev-parse HEAD >/dev/null 2>&1; then
    try "make dist makes a tarball of all files of the last commit" dist
else
    skip "make dist makes a tarball of all files of the last commit" "this is not a clone"
fi

deps_quiet() { same "" "$(scripts/deps check 2>&1)"; }
try "scripts/deps does nothing if no package is missing" deps_quiet

# Otherwise tests are skipped on a fresh machine, whose user is told to run scripts/deps.
deps_complete() {
    local program file package packages
    packages=$(sed -n "s/^[a-z]*='\(.*\)'$/ \1 /p" scripts/deps)
    # shellcheck disable=SC2086 # a list
    packages+=$(dpkg-query -W -f ' ${Pre-Depends} ${Depends} ' $packages 2>/dev/null | tr -d ,)
    grep -rhoE 'try_with ("[a-z0-9_ -]+"|[a-z0-9_-]+)' tests | tr -d '"' | tr ' ' '\n' | grep -vx try_with | sort -u |
        while read -r program; do
            # Debian's own, even where others are first in PATH; one that is missing has its tests skipped.
            file=$(PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v "$program") || continue
            package=$(dpkg -S "$(readlink -f "$file")" 2>&1)
            package=${package%%:*}
            [[ $packages == *" $package "* ]] || [ "$(dpkg-query -W -f '${Essential}' "$package" 2>&1)" = yes ] ||
                echo "$program is in no package of scripts/deps: $package"
        done >"$DIR/missing"
    same "" "$(<"$DIR/missing")"
}
try_with dpkg "scripts/deps installs every program that a test needs" deps_complete

deps_usage() {
    scripts/deps nonsense >"$DIR/out" 2>"$DIR/err"
    same 2 $? && has $'\n  scripts/deps build    to build the programs\n' "$DIR/err" || return
    scripts/deps --help >"$DIR/out"
    same 0 $? && same_files "$DIR/err" "$DIR/out" && has_lines 0 '.{80}' "$DIR/out"
}
try "scripts/deps with wrong arguments prints its usage, exit status 2; --help prints it" deps_usage

deps_other() {
    # A PATH with the shell's own tools, and no dpkg-query.
    mkdir "$DIR/bin" && ln -s /bin/sh /usr/bin/cat "$DIR/bin/"
    PATH=$DIR/bin scripts/deps build >"$DIR/out" 2>"$DIR/err"
    same 1 $? && has "not a Debian system: install the equivalents of: gcc" "$DIR/err"
}
try "scripts/deps on a system without dpkg lists the packages to install" deps_other

# A user without sudo gets the command that scripts/deps would run.
deps_user() {
    mkdir "$DIR/user" && ln -s /bin/sh /usr/bin/grep "$DIR/user/" && printf '#!/bin/sh\nexit 1\n' >"$DIR/user/dpkg-query" &&
        printf '#!/bin/sh\necho 1000\n' >"$DIR/user/id" && chmod +x "$DIR"/user/{dpkg-query,id} || return
    PATH=$DIR/user scripts/deps build >"$DIR/out" 2>"$DIR/err"
    same 1 $? && has_line '^deps: as root, run:  apt-get update && apt-get install -y --no-install-recommends gcc .* make  then run this again$' "$DIR/err"
}
try "scripts/deps of a user without sudo prints the command for root" deps_user

demo() {
    printf '[4] from a pipe\n' | BUILD=build PORT=21850 timeout "$HANG" scripts/demo >"$DIR/out" 2>"$DIR/err"
    same 0 $? && has ":[0] hello" "$DIR/out" && has ":[9] the last stream" "$DIR/out" &&
        same "From str:5 seq:0:[4] from a pipe" "$(plain "$DIR/out" | tail -n 1)"
}
try "scripts/demo shows replies at once, then sends its standard input" demo

# shellcheck disable=SC2094 # it waits for what the demo writes
chat_demo() { # a server that is late does not answer a client that has left
    : >"$DIR/out"
    { echo "/who" && wait_for has "*** 3 here: " "$DIR/out"; } | BUILD=build PORT=21851 timeout "$HANG" scripts/demo chat >"$DIR/out" 2>"$DIR/err"
    same 0 $? && has " bob" "$DIR/out" && has " carol" "$DIR/out"
}
try "scripts/demo chat opens a room with two other members" chat_demo

taken() {
    SCTP_STACK=userland "$BUILD/sctp_echo_srv" -p 21852 >"$DIR/srv.out" 2>&1 &
    PIDS+=($!)
    wait_for has listening "$DIR/srv.out" || return
    SCTP_STACK=userland BUILD=none scripts/demo -p 21852 >"$DIR/out" 2>"$DIR/err"
    same 8 $? && same "demo: port 21852 is in use by another program; choose one with -p PORT" "$(cat "$DIR/err")" &&
        [ ! -e none ]
}
try "scripts/demo reports a port in use before it builds anything" taken

wrong() { # STATUS MESSAGE ARGUMENT...
    local status=$1 message=$2
    shift 2
    scripts/demo "$@" >"$DIR/out" 2>"$DIR/err"
    same "$status" $? && has "$message" "$DIR/err" && [ ! -s "$DIR/out" ]
}
demo_options() {
    scripts/demo -h >"$DIR/out" && has "-p PORT" "$DIR/out" && same "$(cat "$DIR/out")" "$(scripts/demo --help)" &&
        wrong 2 "demo: there is no option -x; try scripts/demo -h" -x && wrong 2 "demo: -p needs a port" -p &&
        wrong 2 'no demo "tea"' tea && wrong 2 "-p x: not a port" -p x &&
        wrong 2 "-p 0: not a port" -p 0 && wrong 2 "-p 65536: not a port" -p 65536 &&
        wrong 2 "-p 99999999999999999999: not a port" -p 99999999999999999999
}
try "scripts/demo -h prints the usage; wrong arguments are refused" demo_options

complete_with() { # PROGRAM PREVIOUS CURRENT
    COMP_WORDS=("$@") COMP_CWORD=2
    _onetomany "$BUILD/$1" "$3" "$2"
    printf '%s\n' "${COMPREPLY[@]}" >"$DIR/completed"
}
completion() {
    . scripts/completion.bash
    complete_with sctp_echo_cli "" --pp && has "--ppid=" "$DIR/completed" || return
    complete_with sctp_echo_cli -P nga && has ngap "$DIR/completed" && has ngap-dtls "$DIR/completed" || return
    SCTP_STACK=${SCTP_STACK-userland} complete_with sctp_echo_srv -O rtoi && same rtoinfo "$(cat "$DIR/completed")" || return
    SCTP_STACK=${SCTP_STACK-userland} complete_with sctp_opts "" rtoi && same rtoinfo "$(cat "$DIR/completed")" || return
    grep -oE '\{[0-9]+, "[a-z0-9.-]+"\}' lib/ppid.c | sed 's/.*"\(.*\)".*/\1/' >"$DIR/names"
    same "$(cat "$DIR/names")" "$(tr -s ' ' '\n' <<<"$_onetomany_ppids")"
}
try "bash completes options, option names and PPIDs" completion

finish
