#!/usr/bin/env bash
# The documents: the files, links, pages and versions that they name exist.
. "${0%/*}/../lib.sh" 0

DOCS=(README.md HACKING.md SECURITY.md CHANGES.md doc/*.md book/README.md)

# Paths in backquotes, links and commands; `book/NAME` is a source file without its ending.
paths() {
    local doc dir path
    for doc in "${DOCS[@]}"; do
        dir=${doc%"${doc##*/}"}
        grep -ohE '\b(lib|echo|chat|hello|tools|book|userland|tests|scripts|doc)/[A-Za-z0-9_./-]*[A-Za-z0-9_]' "$doc" |
            while read -r path; do
                [[ $path != */NAME* ]] || continue
                [ -e "$path" ] || [ -e "$dir$path" ] || [ -e "build/$path" ] || echo "$doc: there is no $path"
            done
        grep -oE '\]\([^)#:]+\)' "$doc" | tr -d '()]' | while read -r path; do
            [ -e "$dir$path" ] || echo "$doc: its link $path leads nowhere"
        done
    done >"$DIR/missing"
    same "" "$(sort -u "$DIR/missing")"
}
try "every file that a document names exists, and every link leads to one" paths

short() {
    local lines
    lines=$(wc -l <README.md)
    echo "README.md has $lines lines"
    [ "$lines" -le 200 ]
}
try "the README has 200 lines at most" short

verdicts() {
    local status verdict
    sed -n '/^| exit status/,/^$/p' README.md | grep '^|' | sed 1,2d | while IFS='|' read -r _ status verdict _; do
        read -r status <<<"$status"
        read -r verdict <<<"$verdict"
        [ "$status" = 0 ] || grep -qF ".It $verdict ($status)" tools/ping/sctp_ping.1 ||
            echo "sctp_ping(1) has no \"$verdict ($status)\""
        grep -qF "\"$verdict\"" tools/ping/*.c || echo "sctp_ping has no verdict \"$verdict\""
    done >"$DIR/missing"
    same "" "$(cat "$DIR/missing")"
}
try "every verdict of the README's table is in sctp_ping(1) and in the program" verdicts

# In the README's order.  The first three are run by tests/native/install.t and make check, the others
# by tests/readme.t.
COMMANDS='./scripts/demo
make check
scripts/deps build; make
build/sctp_echo_srv -v
build/sctp_echo_cli localhost
build/sctp_hello_srv
build/sctp_hello_cli localhost
build/sctp_ping --check 10.1.1.2
build/sctp_opts rtoinfo
build/sctp_chat_srv
build/sctp_chat_cli alice@localhost
scripts/withuserland ncat --sctp localhost 9877'
all_run() { same "$COMMANDS" "$(sed -nE 's/ +#.*//; s/^    (\$ |(\.\/|make ))/\2/p' README.md)"; }
try "a test runs every command line of the README" all_run

# CHANGES.md and debian/changelog may name the version, because they name all of them.
version() {
    local version others
    read -r _ _ version < <("$BUILD/sctp_echo_srv" --version)
    same "$version" "$(sed -n 's/^## //p' CHANGES.md | head -n 1)" || return
    same "$version" "$(sed -nE '1s/.*\((.*)\).*/\1/p' debian/changelog)" || return
    others=$(git grep -lwF -e "\"$version\"" -e "version $version" -e "onetomany $version" 2>/dev/null || grep -rlwF "\"$version\"" lib)
    same lib/unpsctp.h "$others"
}
try "the version is that of CHANGES.md and debian/changelog, and is written in one file only" version

manuals() {
    local page
    grep -ohE 'man \./[a-z_/]+\.[17]' "${DOCS[@]}" | while read -r _ page; do
        [ -e "$page" ] || echo "there is no $page"
    done >"$DIR/missing"
    same "" "$(cat "$DIR/missing")"
}
try "the man pages that documents name exist" manuals

# mdoc would take "In a pipe" for the macro In.
try "no heading of a man page has a word that is a macro" same "" \
    "$(grep -nE '^\.S[hs] (.* )?(In|At|No|An|Do) ' ./*/*.[17] ./*/*/*.[17])"
# Prints the code of doc/server.md from the line that begins with a comment to the next "}".
function_of_page() { sed -n "/^    .. $1/,/^    }\$/p" doc/server.md | sed 's/^    //'; } # COMMENT
rest_of_page() { sed -n '/^    int main/,/^    }$/p' doc/server.md | sed 's/^    //'; }
# Compiles "$DIR/NAME.c"; tests/native/library.t uses pkg-config as the page shows.
compile() { # NAME
    sed -i "s/SERV_PORT/$SERVER_PORT/" "$DIR/$1.c"
    gcc -Wall -Werror -Ilib "$DIR/$1.c" -o "$DIR/$1" "$BUILD/libunpsctp.a" -lsctp -pthread
}
server() {
    { function_of_page "upper - " && echo && rest_of_page; } >"$DIR/upper.c"
    same_files doc/examples/framework/upper.c "$DIR/upper.c" && compile upper
}
own_reply() {
    {
        printf '#include "%s"\n' server/server.h stdio.h stdlib.h
        function_of_page "Replies with" && rest_of_page | sed 's/= shout/= count/'
    } >"$DIR/count.c"
    compile count && open_terminal srv scripts/withuserland "$DIR/count" && shows srv listening || return
    SCTP_STACK=userland "$BUILD/sctp_console" "localhost:$SERVER_PORT" <<<'[3] hello' >"$DIR/out"
    close_terminal srv
    has_line ' \[0\]: 5 bytes$' "$DIR/out"
}
# The lines that the page shows after the command, typed or printed.
shown() { # COMMAND
    sed -n "/^    \\$ ${1//\//\\/}\$/,/^\$/p" doc/server.md | sed '1d; s/^    //; /^$/d'
}
typed() { shown "$1" | sed -n 's/^#1 localhost:9877> //p'; }
printed() { shown "$1" | grep -v '^#1 localhost:9877> ' | plain_numbers; }
# The page tells that the userland stack adds lines about confirmed addresses.
plain_numbers() { sed -E "s/$SERVER_PORT/9877/; s/association [0-9]+ up/association N up/; s/10 in, .*/10 in, .../"; }
talk() {
    export SCTP_STACK=userland
    open_terminal srv scripts/withuserland "$DIR/upper" && shows srv listening &&
        open_terminal con "$BUILD/sctp_console" "localhost:$SERVER_PORT" && shows con " up: " || return
    type_in con "$(typed 'build/sctp_console localhost')" && shows con HELLO && end_terminal con || return
    close_terminal srv
    same "$(printed ./upper)" "$(head -n 1 "$DIR/srv" | plain_numbers)" &&
        same "$(printed 'build/sctp_console localhost')" "$(grep -v ' is confirmed$' "$DIR/con" | head -n 2 | plain_numbers)"
}
SERVER_PORT=24850
if [ -e "$BUILD/libsctp_userland.so" ] && ! nm -D "$BUILD/sctp_echo_srv" | grep -q __asan_init; then
    try "the server of doc/server.md is that of doc/examples, and compiles" server
    try "doc/server.md starts its server and talks to it as shown" talk
    try "the callback of doc/server.md with a reply of its own sends that reply" own_reply
else
    skip "the server of doc/server.md compiles, and answers as shown" "no userland stack, or with ASan"
fi

finish
