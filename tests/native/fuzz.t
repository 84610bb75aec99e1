#!/usr/bin/env bash
# Runs each fuzz target briefly; `make fuzz` runs them for longer.
. "${0%/*}/../lib.sh" 21850

RUNS=8000

echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n); int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return n && p ? 0 : 0; }' >"$DIR/probe.c"
if ! clang -fsanitize=fuzzer,address,undefined -o "$DIR/probe" "$DIR/probe.c" >"$DIR/probe.out" 2>&1; then
    for source in tests/fuzz/*_fuzz.c; do
        skip "$(basename "$source" _fuzz.c): $RUNS inputs cause no crash" "no clang with libFuzzer: apt-get install clang libclang-rt-dev"
    done
    finish
fi

build() { make -s fuzz-targets SANITIZE=fuzzer; }
try "the fuzz targets build" build

# New inputs go to a temporary directory, not to the corpus of the tree.
run() { # TARGET
    mkdir -p "$DIR/corpus/$1"
    "build/fuzzer/$1_fuzz" -runs="$RUNS" -seed=1 -timeout=60 -artifact_prefix="$DIR/" "$DIR/corpus/$1" \
        "tests/fuzz/corpus/$1" >"$DIR/log" 2>&1 && return
    tail -n 30 "$DIR/log"
    for found in "$DIR"/crash-* "$DIR"/timeout-* "$DIR"/leak-* "$DIR"/oom-*; do
        [ ! -e "$found" ] || od -An -tx1 "$found" | head -n 20
    done
    return 1
}
for source in tests/fuzz/*_fuzz.c; do
    target=$(basename "$source" _fuzz.c)
    try "$target: $RUNS inputs cause no crash" run "$target"
done

finish
