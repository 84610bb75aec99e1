#!/usr/bin/env bash
# -J prints valid JSON for all events and all bytes, as read by perl's JSON::PP.
. "${0%/*}/../lib.sh" 21850

parse() {
    "$BUILD/tests/random_events" 500 >"$DIR/out" || return
    is_long 1000 "$DIR/out" && perl -MJSON::PP -ne '
        BEGIN { $json = JSON::PP->new->utf8 }
        my $event = eval { $json->decode($_) } or die "line $.: $@ $_";
        ref $event eq "HASH" && $event->{event} or die "line $.: no event: $_";
        $n{$event->{event}}++;
        END { print "$_\n" for sort keys %n }' "$DIR/out" >"$DIR/types" || return
    same "adaptation_indication assoc_change assoc_reset authentication message partial_delivery peer_addr_change remote_error send_failed sender_dry shutdown stream_change stream_reset unknown" \
        "$(tr '\n' ' ' <"$DIR/types" | sed 's/ $//')"
}
try "1000 events of all types, with random bytes, are printed as valid JSON" parse

printable() {
    ! LC_ALL=C grep -nP '[\x00-\x1f\x7f]' "$DIR/out" && iconv -f utf-8 -t utf-8 "$DIR/out" >/dev/null
}
try "events as JSON have no control characters, and are UTF-8" printable

documented() {
    local type
    while read -r type; do
        grep -q "^\.It Cm $type" lib/sctp_events.7 || echo "sctp_events(7) has no $type"
    done <"$DIR/types" >"$DIR/missing"
    same "" "$(cat "$DIR/missing")"
}
try "sctp_events(7) documents all types of events" documented

fields() {
    local field
    perl -MJSON::PP -ne '
        BEGIN { $json = JSON::PP->new->utf8 }
        sub names { my ($v) = @_;
            if (ref $v eq "HASH") { $n{$_} = 1, names($v->{$_}) for keys %$v }
            elsif (ref $v eq "ARRAY") { names($_) for @$v } }
        names($json->decode($_));
        END { print "$_\n" for sort keys %n }' "$DIR/out" |
        while read -r field; do
            grep -qE "^\.It (Va|Cm) (.* )?$field( |\$)|^\.Va $field( |\$)" lib/sctp_events.7 ||
                echo "sctp_events(7) has no field $field"
        done >"$DIR/missing"
    same "" "$(cat "$DIR/missing")"
}
try "sctp_events(7) documents all fields of events" fields

finish
