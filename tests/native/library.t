#!/usr/bin/env bash
# The installed library: its symbols, headers and manual pages, and doc/examples/ built against it.
. "${0%/*}/../lib.sh" 26000

what="libunpsctp"
if nm -D "$BUILD/sctp_echo_srv" | grep -q __asan_init; then
    skip "$what" "with ASan"
    finish
fi

export PKG_CONFIG_PATH=$DIR/usr/lib/pkgconfig
install_it() { make -s install BUILD="${BUILD#"$PWD"/}" PREFIX="$DIR/usr" && pkg-config --exists 'unpsctp >= 0.2'; }
try "make install installs a library that pkg-config finds" install_it

sed -n 's/^    \([A-Za-z].*\);$/\1/p' lib/unpsctp.map | LC_ALL=C sort >"$DIR/map"

exported() {
    nm -D --defined-only "$DIR/usr/lib/libunpsctp.so" | sed -n 's/.* [TDB] \(.*\)@@UNPSCTP_0.2$/\1/p' | LC_ALL=C sort >"$DIR/so"
    same_files "$DIR/map" "$DIR/so" || return
    same "" "$(nm -D --defined-only "$DIR/usr/lib/libunpsctp.so" | grep -v '@@UNPSCTP_0.2$\| A UNPSCTP_0.2$')"
}
try "the shared library exports the symbols of lib/unpsctp.map and no others" exported

in_archive() {
    nm -g --defined-only "$DIR/usr/lib/libunpsctp.a" | awk 'NF == 3 { print $3 }' | LC_ALL=C sort >"$DIR/a"
    same_files "$DIR/map" "$DIR/a"
}
try "the static library has the same global symbols" in_archive

# scripts/man3 reads the prototypes; unp_socket_of() is inline.
declared() {
    find "$DIR/usr/share/man/man3" -type f -exec sed -nE 's/^\.Fo |^\.Vt extern .* (\w+) ;$/\1/p' {} + |
        grep -vx unp_socket_of | LC_ALL=C sort >"$DIR/headers"
    same_files "$DIR/map" "$DIR/headers"
}
try "lib/unpsctp.map has every function and variable of the public headers" declared

soname() {
    readelf -d "$DIR/usr/lib/libunpsctp.so" >"$DIR/dynamic"
    has "Library soname: [libunpsctp.so.0]" "$DIR/dynamic" && same 0 "$(grep -c 'RUNPATH\|RPATH' "$DIR/dynamic")" &&
        same "libsctp.so.1 libc.so.6" "$(sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' "$DIR/dynamic" | grep -v ld-linux | xargs)"
}
try "the library has a soname, and needs libsctp and libc" soname

# Functions whose names are words have no page by that name.
pages() {
    local name
    grep -vxE 'Bind|Listen|Socket|[GS]etsockopt|unp_print_times' "$DIR/map" | while read -r name; do
        [ -e "$DIR/usr/share/man/man3/$name.3" ] || echo "there is no $name(3)"
    done >"$DIR/missing"
    same "" "$(<"$DIR/missing")" || return
    sed -n 's/^\.It Xr \(.*\) 3$/\1.3/p' lib/unpsctp.7 | LC_ALL=C sort >"$DIR/want"
    (cd "$DIR/usr/share/man/man3" && find . -type f -printf '%P\n') | LC_ALL=C sort >"$DIR/got"
    same_files "$DIR/want" "$DIR/got"
}
try "every function has a manual page, and unpsctp(7) lists the pages" pages

headers() { # COMPILER
    local header
    for header in unpsctp.h receive/receive.h receive/receiver.h server/server.h; do
        # shellcheck disable=SC2046 # words
        printf '#include <%s>\n' "$header" | "$1" -x "${2:-c}" - -fsyntax-only -Wall -Wextra -Werror $(pkg-config --cflags unpsctp) || return
    done
}
try "gcc compiles each public header by itself" headers gcc
try "clang compiles each public header by itself" headers clang
try "g++ compiles each public header by itself" headers g++ c++

# The tree is not used: the sources are the installed ones, with ports of this test.
cp -R "$DIR/usr/share/doc/onetomany/examples" "$DIR/examples"
sed -i "s/SERV_PORT/$PORT/" "$DIR"/examples/*/*.c
build() { # MAKE-ARGUMENT...
    local example
    for example in framework wrappers client; do
        make -s -C "$DIR/examples/$example" clean && make -s -C "$DIR/examples/$example" "$@" || return
    done
}
try "clang builds the examples" build CC=clang CFLAGS='-Werror -Wextra -Wno-missing-field-initializers'
try "g++ builds the examples as C++" build CC=g++ CFLAGS=-Werror
try "gcc builds the examples with the static library" build CC=gcc STATIC=--static CFLAGS=-static
try "gcc builds the examples" build CC=gcc CFLAGS='-Werror -Wextra'

export LD_LIBRARY_PATH=$DIR/usr/lib SCTP_STACK=userland
with=$DIR/usr/bin/withuserland
ask() { # EXAMPLE: its server and the client talk
    open_terminal srv "$with" "$DIR/examples/$1/upper" || return
    wait_for replies && same "A MESSAGE" "$(<"$DIR/reply")" || return
    close_terminal srv
    return 0
}
replies() { "$with" "$DIR/examples/client/say" 127.0.0.1 'a message' >"$DIR/reply" 2>"$DIR/say.err"; }
if [ -e "$BUILD/libsctp_userland.so" ]; then
    try "the server on the framework replies to the client" ask framework
    try "the server on the wrappers replies to the client" ask wrappers
else
    skip "the servers reply to the client" "no userland stack"
fi

# Both libraries have had names in common with programs of this tree.
cat >"$DIR/others.c" <<'EOF'
#include <event2/event.h>
#include <jansson.h>
#include <server/server.h>
#include <stdlib.h>

int main(void)
{
    struct unp_server srv = {.setup.port = 1};
    struct event_base *base = event_base_new();
    json_t *list = json_pack("[si]", unp_state_name(SCTP_ESTABLISHED), (int)unp_sender_weight(0));
    char *text = json_dumps(list, 0);

    if (!base || event_base_loop(base, EVLOOP_NONBLOCK) != 1 || !text)
        return 1;
    puts(text);
    free(text);
    json_decref(list);
    event_base_free(base);
    if (srv.fd) /* it is linked, and not called */
        Unp_server_start(&srv);
    return 0;
}
EOF
others() { # [--static]
    # shellcheck disable=SC2046 # words
    gcc -Wall -Werror ${1:+-static} "$DIR/others.c" -o "$DIR/others" $(pkg-config ${1:+"$1"} --cflags --libs unpsctp jansson libevent_core) &&
        "$DIR/others" >"$DIR/out" && has '["established", ' "$DIR/out"
}
for how in "" --static; do
    what="a program links with libunpsctp, jansson and libevent${how:+, statically}"
    if pkg-config --exists jansson libevent_core; then
        try "$what" others $how
    else
        skip "$what" "libjansson-dev or libevent-dev is not installed: scripts/deps check"
    fi
done

finish
