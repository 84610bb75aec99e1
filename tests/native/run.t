#!/usr/bin/env bash
# tests/run: the names of tests that it is given.
. "${0%/*}/../lib.sh" 0

no_such_file() {
    tests/run tests/hello.t tests/nonsuch.t >"$DIR/out" 2>"$DIR/err"
    same 2 $? && is_empty "$DIR/out" &&
        same "tests/run: tests/nonsuch.t: No such file or directory; name files such as tests/hello.t" "$(cat "$DIR/err")"
}
try "a file that does not exist is named, and no test runs" no_such_file

finish
