#!/usr/bin/env bash
# The tables of doc/api.md: what they name exists, and no function of libsctp or gen_sctp is missing.
. "${0%/*}/../lib.sh" 23990

grep '^| ' doc/api.md >"$DIR/rows"

# Prints the words in backquotes of a column of the rows.
words() { # COLUMN [FILE]
    awk -F'|' -v n=$(($1 + 1)) '{ print $n }' "${2-$DIR/rows}" | awk -F'`' '{ for (i = 2; i <= NF; i += 2) print $i }' | sort -u
}

functions() {
    words 2 | grep -x '[A-Za-z_]*()' >"$DIR/functions"
    {
        printf '#include "%s"\n' option/option.h server/server.h client/client.h client/interrupt.h json/event.h fcntl.h poll.h unistd.h
        echo "void use(void (*f)(void));"
        echo "void all(void) {"
        sed 's/\(.*\)()/use((void (*)(void))\1);/' "$DIR/functions"
        words 2 | grep -x '[A-Z]*_[A-Z]*' | sed 's/.*/(void)&;/'
        echo "}"
    } >"$DIR/all.c"
    [ "$(wc -l <"$DIR/functions")" -gt 40 ] && "${CC:-cc}" -D_GNU_SOURCE -Ilib -fsyntax-only -Wno-cast-function-type "$DIR/all.c"
}
try "the functions and constants of doc/api.md are declared" functions

switches() {
    local program switch
    words 2 | grep -E '^(sctp_[a-z_]+ )?--?[a-zA-Z]+$' >"$DIR/switches"
    while read -r program switch; do
        [ -n "$switch" ] || read -r program switch <<<"sctp_echo_cli $program"
        sed 's/\\-/-/g; s/Fl /&-/g' ./*/"$program.1" | grep -qE "Fl $switch( |\$)" || echo "$program has no $switch"
    done <"$DIR/switches" >"$DIR/missing"
    [ "$(wc -l <"$DIR/switches")" -gt 10 ] && same "" "$(cat "$DIR/missing")"
}
try "the programs of doc/api.md have the switches that it names" switches

# sctp_opts knows the names, even if the stack here does not have the option.
# It stops at a name that it refuses; after one that can only be set it is called with the rest.
known() { # NAME...
    local said
    while said=$("$BUILD/sctp_opts" "${@/#/-n}" 2>&1) || true; [[ $said =~ ^'sctp_opts: -n "'([^\"]+)'": '.*'can only be set' ]]; do
        while [ "$1" != "${BASH_REMATCH[1]}" ]; do shift; done
        shift
    done
    [[ $said != *'sctp_opts: -n '* ]] || { echo "$said" && return 1; }
}
options() {
    local theirs here fields field names=() count=0
    sed -n '/^| option of/,/^| call of/p' "$DIR/rows" | grep -v '^| [oc][pa]' | tr -d ' `' >"$DIR/options"
    while IFS='|' read -r _ theirs here fields; do
        case $here in none*) continue ;; esac
        names+=("$theirs" "${here%%;*}")
        for field in ${fields//[|,]/ }; do names+=("${here%%;*}.$field"); done
        count=$((count + 1))
    done <"$DIR/options"
    ((count > 20)) && known "${names[@]}"
}
try "the options of doc/api.md and their fields are known, also by gen_sctp's names" options

events() {
    local event
    sed -n '/^| event of/,/^| option of/p' "$DIR/rows" | sed 1d >"$DIR/events"
    words 2 "$DIR/events" | tee "$DIR/ours" | while read -r event; do
        grep -qE "^\.It Cm $event( |\$)" lib/sctp_events.7 || echo "sctp_events(7) has no $event"
    done >"$DIR/missing"
    [ "$(wc -l <"$DIR/ours")" -gt 10 ] && same "" "$(cat "$DIR/missing")"
}
try "the events of doc/api.md are in sctp_events(7)" events

tests_named() {
    local name
    words 3 | grep -E '(\.t|_test)$' >"$DIR/tests"
    while read -r name; do
        [ -n "$(find tests -name "$name" -o -name "$name.c")" ] || echo "there is no $name"
    done <"$DIR/tests" >"$DIR/missing"
    [ "$(wc -l <"$DIR/tests")" -gt 10 ] && same "" "$(cat "$DIR/missing")"
}
try "the tests of doc/api.md exist" tests_named

libsctp() {
    local name
    grep -oE '\bsctp_[a-z]+ ?\(' <(echo '#include <netinet/sctp.h>' | "${CC:-cc}" -E -) | tr -d ' (' | sort -u >"$DIR/theirs"
    words 1 >"$DIR/column"
    [ "$(wc -l <"$DIR/theirs")" -gt 10 ] && same "" "$(comm -23 "$DIR/theirs" "$DIR/column")"
}
try "doc/api.md has every function of libsctp" libsctp

gen_sctp() {
    cat >"$DIR/list.escript" <<'END'
main(_) -> [io:format("~s~n", [F]) || {F, _} <- gen_sctp:module_info(exports), F =/= module_info].
END
    sed -i '1i #!/usr/bin/env escript' "$DIR/list.escript"
    escript "$DIR/list.escript" | sort -u >"$DIR/theirs"
    words 1 >"$DIR/column"
    [ "$(wc -l <"$DIR/theirs")" -gt 10 ] && same "" "$(comm -23 "$DIR/theirs" "$DIR/column")"
}
try_with escript "doc/api.md has every function of gen_sctp" gen_sctp


finish
