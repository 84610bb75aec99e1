#!/usr/bin/env bash
# sctp_opts: sets and lists the options of a socket and of an association.
. "${0%/*}/lib.sh" 23900

opts() {
    ${MEMCHECK-} "$BUILD/sctp_opts" "$@" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
}

# Prints the value of an option of the list.
value_of() { awk -v name="$1" '$1 == name { sub(/^[^ ]+ +/, ""); print }' "$DIR/out"; }

lists() {
    opts || return
    same 0 "$STATUS" || return
    same "3000 ms" "$(value_of rtoinfo.initial)" || return
    same "10" "$(value_of initmsg.num_ostreams)" || return
    same off "$(value_of 'event[shutdown]')" || return
    same "- (can only be set)" "$(value_of auth_key)" || return
    same "- (of an association only)" "$(value_of status)"
}
try "a new socket's options are listed with value and unit" lists

every_option() {
    opts
    perl -e '
        open my $table, "<", "lib/option/table.c" or die $!;
        open my $list, "<", shift or die $!;
        my %listed = map { /^(\w+)/ ? ($1 => 1) : () } <$list>;
        my @names = map { /^ {4}\{"(\w+)", (?:SCTP|SOCKET|\.constant)/ ? $1 : () } <$table>;
        my @missing = grep { !$listed{$_} } @names;
        print "not listed: @missing\n";
        exit(@missing || @names < 60)' "$DIR/out"
}
try "every option is listed" every_option

sets() {
    opts -O rtoinfo.initial=500,max=2000,min=200 -O nodelay=on -O events=association,shutdown \
        -O default_sndinfo.ppid=ngap -n rtoinfo -n nodelay -n events.shutdown -n default_sndinfo.ppid
    same 0 "$STATUS" || return
    printf '%-42s %s\n' rtoinfo.initial '500 ms' rtoinfo.max '2000 ms' rtoinfo.min '200 ms' \
        nodelay on events.shutdown on default_sndinfo.ppid ngap >"$DIR/expected"
    same_files "$DIR/expected" "$DIR/out"
}
try "-O sets options, -n lists only the named ones" sets

arguments() {
    opts rtoinfo.initial SCTP_NODELAY=on rtoinfo.initial=500,max=2000,min=200
    same 0 "$STATUS" || return
    printf '%-42s %s\n' rtoinfo.initial '500 ms' nodelay on rtoinfo.initial '500 ms' rtoinfo.max '2000 ms' \
        rtoinfo.min '200 ms' >"$DIR/expected"
    same_files "$DIR/expected" "$DIR/out"
}
try "an argument that names an option lists it, or sets and lists it" arguments

misspelt() { # ARGUMENT MESSAGE
    opts "$1"
    same 4 "$STATUS" && has "host \"$1\": " "$DIR/err" && has "; as an option: $2" "$DIR/err"
}
try "an argument that is neither host nor option: the message names the nearest option" misspelt rtinfo.invalid 'unknown option "rtinfo"; did you mean rtoinfo?'
try "an argument with a field that the option does not have: the message lists its fields" misspelt rtoinfo.invalid 'rtoinfo: "invalid" is none of its fields'

constants() {
    opts -v -n rtoinfo.max -n status
    same "60000 ms  SCTP_RTOINFO" "$(value_of rtoinfo.max)" &&
        same "- (of an association only)  SCTP_STATUS" "$(value_of status)"
}
try "-v prints the constants of the API" constants

as_json() {
    opts -J || return
    same 0 "$STATUS" && perl -MJSON::PP -0777 -ne '
        my %o = map { $_->{name} => $_ } @{ decode_json($_) };
        exit 1 if $o{rtoinfo}{value}{max} != 60000 || $o{rtoinfo}{units}{max} ne "ms"
            || $o{rtoinfo}{constant} ne "SCTP_RTOINFO" || $o{nodelay}{value}
            || $o{auth_key}{missing} ne "can only be set" || $o{"event[shutdown]"}{value}' "$DIR/out"
}
try "-J prints JSON" as_json

usage() { # MESSAGE ARG...
    local message=$1
    shift
    opts "$@"
    same 2 "$STATUS" && has "$message" "$DIR/err" && is_empty "$DIR/out"
}
try "an unknown option of -O is refused with the nearest name" usage '-O "rtoinf.max=1": unknown option "rtoinf"; did you mean rtoinfo?' \
    -O rtoinf.max=1
try "a value out of range is refused" usage 'is not a number from 1 to 65535' -O initmsg.num_ostreams=0
try "an unknown name after -n is refused" usage '-n "what": unknown option "what"' -n what
try "an unknown option that is near to no other is refused" usage "unknown option \"foo\"; 'sctp_opts' lists all" -O foo=1
try "a value after -n is refused" usage '-n "rtoinfo.max=3": -n names an option, -O sets it' -n rtoinfo.max=3
try "an unknown name with a value after -n is refused" usage 'unknown option "foo"' -n foo=3
try "an option of an association is refused without a host" usage "it needs an association: name a host" \
    -O primary_addr=127.0.0.1
try "too many arguments are refused" usage 'too many arguments: "more"' localhost more
try "a port after the host is refused, and the message says how to give it" usage \
    'too many arguments: "9877"; if it is the port, write it after -p' localhost 9877
try "a misspelt option after the host is refused with the nearest name" usage 'unknown option "rtinfo"; did you mean rtoinfo?' localhost rtinfo
try "a wrong value of an option without -O is refused" usage 'option "rtoinfo.mx=1": rtoinfo: "mx" is none of its fields' rtoinfo.mx=1
try "an unknown switch is refused" usage 'try "sctp_opts --help"' --nonsense

refused() {
    opts -O rtoinfo.min=5000,max=4000
    same 8 "$STATUS" && has "rtoinfo: refused; min may not exceed max" "$DIR/err" || return
    opts rtoinfo.max=500
    same 8 "$STATUS" && has 'sctp_opts: option "rtoinfo.max=500": rtoinfo: refused' "$DIR/err"
}
try "an option that the stack refuses: exit status 8, and why" refused

unreadable() {
    opts -n nodelay -n status
    same 1 "$STATUS" && same off "$(value_of nodelay)" && has "of an association only" "$DIR/out"
}
try "an option of -n that cannot be read: exit status 1" unreadable

start_server -B 127.0.0.1 || exit 1 # otherwise the peer has all addresses of this host

of_association() {
    opts -p "$PORT" 127.0.0.1
    same 0 "$STATUS" || return
    same established "$(value_of status.state)" || return
    same "30000 ms" "$(value_of peer_addr_params.hbinterval@127.0.0.1)" || return
    same active "$(value_of get_peer_addr_info.state@127.0.0.1)" || return
    same 127.0.0.1 "$(value_of peer_addrs)" || return
    same "" "$(value_of nodelay)" # not an option of an association
}
try "with a host, the options of an association and its path are listed" of_association

json_of_association() {
    opts -p "$PORT" -J -n peer_addr_params -n rtoinfo 127.0.0.1
    same 0 "$STATUS" && perl -MJSON::PP -0777 -ne '
        my @o = @{ decode_json($_) };
        exit 1 if @o != 2 || $o[0]{address} ne "127.0.0.1" || $o[0]{value}{hbinterval} != 30000
            || exists $o[1]{address} || $o[1]{name} ne "rtoinfo"' "$DIR/out"
}
try "-J with a host: a path option has the address of the path" json_of_association

set_of_association() {
    opts -p "$PORT" -O rtoinfo.max=7000 -O peer_addr_params.hbinterval=1000@127.0.0.1 \
        -n rtoinfo.max -n peer_addr_params.hbinterval@127.0.0.1 -n paddrparams.flags@127.0.0.1 127.0.0.1
    same 0 "$STATUS" || return
    same "7000 ms" "$(value_of rtoinfo.max)" || return
    same "1000 ms" "$(value_of peer_addr_params.hbinterval@127.0.0.1)" || return
    has hb_enable,pmtud_enable "$DIR/out"
}
try "-O sets options of the association and its paths" set_of_association

host_and_names() {
    opts -p "$PORT" peer_addr_params.hbinterval=1000@127.0.0.1 127.0.0.1 status.state
    same 0 "$STATUS" && same established "$(value_of status.state)" &&
        same "1000 ms" "$(value_of peer_addr_params.hbinterval@127.0.0.1)" && has_lines 0 '^(rtoinfo|nodelay)' "$DIR/out"
}
try "names of options, and values, before and after the host" host_and_names

not_the_peers() {
    opts -p "$PORT" -O peer_addr_params.hbinterval=1000@127.0.0.7 127.0.0.1
    same 8 "$STATUS" && has "127.0.0.7 is not among the peer's addresses: 127.0.0.1 port $PORT" "$DIR/err"
}
try "a path address that the peer does not have is refused" not_the_peers
stop_server

start_server -B 127.0.0.1 -B 127.0.0.2 || exit 1
both_paths() {
    opts -p "$PORT" 127.0.0.1
    same 5 "$(value_of peer_addr_params.pathmaxrxt@127.0.0.1)" &&
        same 5 "$(value_of peer_addr_params.pathmaxrxt@127.0.0.2)"
}
try "each path of the peer has its own options" both_paths

of_each_path() {
    opts -p "$PORT" -O peer_addr_params.hbinterval=1000@127.0.0.2 -n peer_addr_params.hbinterval \
        -n get_peer_addr_info.mtu -n get_peer_addr_info.mtu@127.0.0.1 127.0.0.1
    same 0 "$STATUS" && is_long 5 "$DIR/out" &&
        same "30000 ms" "$(value_of peer_addr_params.hbinterval@127.0.0.1)" &&
        same "1000 ms" "$(value_of peer_addr_params.hbinterval@127.0.0.2)" &&
        same 2 "$(value_of get_peer_addr_info.mtu@127.0.0.1 | grep -c bytes)" &&
        same 1 "$(value_of get_peer_addr_info.mtu@127.0.0.2 | grep -c bytes)"
}
try "a path option that -n names without an address is listed for each path" of_each_path
stop_server

nobody() {
    opts -p 23999 127.0.0.1
    same 5 "$STATUS" && has "connect to 127.0.0.1 port 23999: refused" "$DIR/err"
}
try "without a server the connection is refused, exit status 5" nobody

full() {
    ${MEMCHECK-} "$BUILD/sctp_opts" >/dev/full 2>"$DIR/err"
    same 8 $? && has "write the options: No space left on device" "$DIR/err"
}
try "output that cannot be written: exit status 8" full

finish
