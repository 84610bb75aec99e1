#!/usr/bin/env bash
# The folders of the tree depend on each other in one direction (HACKING.md, "Folders").
. "${0%/*}/../lib.sh" 24400

# $DIR/arrows: "FOLDER FOLDER" for each folder that includes a header of another.
find lib book echo chat hello tools userland -name '*.[ch]' >"$DIR/files"
# shellcheck disable=SC2016 # perl's
xargs perl -nle 'next unless /^#include "(.*)"/ && $1 ne "usrsctp_renamed.h";
    my $to = $1;
    my ($from) = $ARGV =~ m{(.*)/};
    $to = -f "$from/$to" ? "$from/$to" : "lib/$to";
    1 while $to =~ s{[^/.]+/\.\./}{};
    $to =~ s{/[^/]*$}{};
    print "$from $to" if $from ne $to' <"$DIR/files" | sort -u >"$DIR/arrows"

lowest() {
    same "" "$(grep -E '^lib ' "$DIR/arrows")" && has_line "lib/server lib" "$DIR/arrows"
}
try "lib/ includes no header of its subfolders or of a program" lowest

try "the includes between folders have no cycle" tsort "$DIR/arrows"

apart() {
    same "" "$(grep -E '(^|/| )userland( |$)' "$DIR/arrows")" &&
        same "" "$(grep -v '^userland/' "$DIR/files" | xargs grep -l 'usrsctp.*\.h[>"]')"
}
try "userland/ includes no header of other folders, and no other folder includes its headers" apart

symbols_of() { # FOLDER...: writes the symbols that they define to $DIR/symbols
    local folder
    for folder; do
        nm --defined-only -g "$BUILD/$folder"/*.o
    done | awk '$2 ~ /[TDB]/ { print $3 }' >"$DIR/symbols"
}
# Prints those of these symbols that the programs contain.
parts() { # PROGRAM...
    nm -A --defined-only "$@" | awk 'NR == FNR { wanted[$0]; next } $NF in wanted' "$DIR/symbols" -
}

small() {
    local file programs=("$BUILD/sctp_hello_srv" "$BUILD/sctp_hello_cli")
    for file in book/*.c; do programs+=("$BUILD/${file%.c}"); done
    symbols_of lib/server lib/option lib/json
    same "" "$(parts "${programs[@]}")" || return
    symbols_of lib/server lib/option && parts "$BUILD/sctp_echo_srv" >"$DIR/echo"
    has "unp_sender_flush" "$DIR/echo" && has "unp_opt_set" "$DIR/echo"
}
try "the one-to-one pair and the book link neither a send queue nor the options by name" small

# The head comment of userland/userland.h lists the files in rows; "name*.c" are all that begin so.
rows() {
    perl -e 'my ($row, $more, %row, %home, %uses) = 0;
        open my $in, "<", "userland/userland.h" or die;
        while (<$in>) {
            next unless /^ \* The files/ .. /^ \* Three things/;
            my $was = $more;
            $more = /,$/;
            my @names = /([a-z_]+\*?)\.c\b/g or next;
            $row++ unless $was;
            $row{$_} = $row for @names;
        }
        sub row {
            my ($head) = $_[0] =~ /^([a-z]+)/;
            return $row{$_[0]} // $row{"$head*"} // die "userland.h does not list $_[0].c\n";
        }
        for my $file (map m{userland/(.*)\.c$}, glob "userland/*.c") {
            for (`nm "$ENV{BUILD}/userland/$file.o"`) {
                $home{$1} = $file if / [TDBRC] (\S+)/;
                $uses{$file}{$1} = 1 if / U (\S+)/;
            }
        }
        for my $file (sort keys %uses) {
            for (grep $home{$_}, sort keys %{$uses{$file}}) {
                print "$file.c uses $_ of $home{$_}.c\n" if row($home{$_}) < row($file);
            }
        }
        print "rows: $row\n"' >"$DIR/rows" 2>&1
    same "rows: 15" "$(cat "$DIR/rows")"
}
if [ -e "$BUILD/libsctp_userland.so" ]; then
    try "no file of userland/ uses one of a row above its own in userland.h" rows
else
    skip "no file of userland/ uses one of a row above its own in userland.h" "no userland stack"
fi

# HACKING.md, "Names".
names() {
    nm -g --defined-only "$BUILD"/lib/wrappers.a "$BUILD"/lib/rooms.a | awk 'NF == 3 { print $3 }' | sort -u |
        grep -vE '^(unp_|Unp_|__)' >"$DIR/symbols"
    grep -vxE 'err_(msg|quit|sys)|sock_ntop(_host)?|sctp_(address_to_associd|get_no_strms)|(Socket|Bind|Listen)|[SG]etsockopt|Sctp_(bindx|connectx|peeloff|getpaddrs|getladdrs|opt_info|send|sendmsg|sendv|recvmsg|recvv)' \
        "$DIR/symbols" >"$DIR/others"
    same "" "$(cat "$DIR/others")" && has Sctp_recvmsg "$DIR/symbols"
}
try "public symbols of the library begin with unp_, or are UNP's" names

# Headers with this pragma are internal to their folder, or to lib/.
hidden() {
    mapfile -t internal < <(grep -l 'visibility push(hidden)' lib/*.h lib/*/*.h)
    mapfile -t public < <(grep -L 'visibility push(hidden)' lib/*.h lib/*/*.h)
    same "" "$(for header in "${internal[@]#lib/}"; do grep -rlF "\"$header\"" book echo chat hello tools; done)" || return
    grep -ohE '\w+' "${public[@]}" | sort -u >"$DIR/public"
    readelf -sW "$BUILD"/lib/wrappers.a "$BUILD"/lib/rooms.a |
        awk '$5 == "GLOBAL" && $7 ~ /^[0-9]+$/ && $8 !~ /^__/ { print $8, $6 }' | sort -u >"$DIR/symbols"
    # A visible symbol is in a public header.
    same "" "$(grep -v ' HIDDEN$' "$DIR/symbols" | join -v 1 - "$DIR/public")" &&
        has "unp_sender_batch_add HIDDEN" "$DIR/symbols" && has "Sctp_recvmsg DEFAULT" "$DIR/symbols"
}
try "functions that the public headers declare are exported, and no others" hidden

finish
