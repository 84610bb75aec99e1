#!/usr/bin/env bash
# tests/bench/report, given values whose medians and ratios are known.
. "${0%/*}/../lib.sh" 24050

PERL=$(command -v perl)
report() { # DIRECTORY
    "$PERL" tests/bench/report "$1" >"$DIR/out" 2>"$DIR/err"
    STATUS=$?
}

# Times with a disturbed round; rows without values, without a cell, without some rounds; rates; series.
cat >"$DIR/lines" <<'END'
{"fact":"compiler","value":"gcc 12"}
{"fact":"kernel","stack":"kernel","value":"Linux 6.1"}

{"group":"echo, 64 B","unit":"us","stack":"kernel","row":"other_srv","cell":"1 outstanding","round":0,"value":150,"remark":"3 lost"}
{"group":"echo, 64 B","unit":"us","stack":"kernel","row":"our_srv","cell":"1 outstanding","round":0,"value":100,"reference":true}
{"group":"rate","unit":"messages/s","stack":"userland","better":"higher","row":"all","cell":"10 members","value":40000}
{"group":"echo, 64 B","unit":"us","stack":"kernel","row":"other_srv","cell":"1 outstanding","round":1,"value":320,"remark":"5 lost"}
{"group":"echo, 64 B","unit":"us","stack":"kernel","row":"our_srv","cell":"1 outstanding","round":1,"value":200}
{"group":"echo, 64 B","unit":"us","stack":"kernel","row":"other_srv","cell":"1 outstanding","round":2,"value":210,"remark":"3 lost"}
{"group":"echo, 64 B","unit":"us","stack":"kernel","row":"our_srv","cell":"1 outstanding","round":2,"value":120}
{"group":"echo, 64 B","unit":"us","stack":"kernel","row":"our_srv","cell":"32 outstanding","round":0,"value":1234}
{"group":"echo, 64 B","stack":"kernel","row":"gen_sctp","missing":"escript is not installed"}
{"group":"echo, 64 B","stack":"kernel","row":"other_srv","cell":"32 outstanding","missing":"it hangs"}
{"group":"echo, 64 B","stack":"kernel","row":"it's <&>","cell":"1 outstanding","round":2,"value":12,"note":"A note."}
{"group":"rate","unit":"messages/s","stack":"userland","row":"one by one","cell":"10 members","value":10000}
{"series":"delivery","stack":"kernel","name":"one stream","unit":"ms","round":0,"values":[10,10,20,16,40]}
{"series":"delivery","stack":"kernel","name":"one stream","unit":"ms","round":1,"values":[10,10,10,10,10]}
{"series":"delivery","stack":"kernel","name":"unordered","unit":"ms","round":0,"values":[9,9,9,13.5,9,9,9,9,9,9]}
{"series":"failover","stack":"kernel","name":"defaults","unit":"ms","round":0,"points":[[-1,10],[0,1100],[2,10]],"longest_gap":1100}
{"series":"failover","stack":"kernel","name":"defaults","unit":"ms","round":1,"points":[[-1,10],[0,1300],[2,10]],"longest_gap":1300}
{"series":"failover","stack":"kernel","name":"tuned","missing":"no veth"}
{"series":"behind","stack":"kernel","name":"prio, DATA","unit":"ms","round":0,"values":[100,20,60],"chunks":"DATA","bulk":2.3,"window":106496,"lost":1}
{"series":"behind","stack":"kernel","name":"prio, DATA","unit":"ms","round":1,"values":[20],"chunks":"DATA","bulk":2.5,"window":106496,"lost":2}
{"series":"behind","stack":"userland","name":"prio, I-DATA","unit":"ms","round":0,"values":[25],"chunks":"I-DATA","bulk":2.25,"window":212992,"lost":0}
{"series":"behind","stack":"kernel","name":"fc","missing":"needs Linux 6.4"}
END

cat >"$DIR/want" <<'END'
Facts
  fact             value
  compiler         gcc 12
  kernel (kernel)  Linux 6.1

kernel stack, echo, 64 B: less is better, 3 rounds, reference our_srv
             1 outstanding         32 outstanding
  other_srv   1.60x   210 us ±40%  it hangs
  our_srv             120 us ±42%  1,230 us
  gen_sctp   escript is not installed
  it's <&>   0.100x  12.0 us       not measured
  our_srv, 32 outstanding: 1 of 3 rounds
  it's <&>, 1 outstanding: 1 of 3 rounds
  other_srv, 1 outstanding: 3 lost / 5 lost
  A note.

kernel stack, delivery: time until the echo is back, 2 % of the packets to the server lost
              late  in each round  p50      p90      p99      messages
  one stream  30%   60% 0.0%       10.0 ms  20.0 ms  40.0 ms  10
  unordered   0.0%  0.0%           9.00 ms  9.00 ms  13.5 ms  10
  late: after more than 13.5 ms, which is 1.5 times the p50 of the fastest, unordered

kernel stack, failover: the longest time without a reply, after a link was cut
            longest gap   in each round
  defaults  1,200 ms ±8%  1,100 1,300
  tuned     no veth

kernel stack, behind: how long a small message takes behind large ones on other streams of its
association
              mean     95%     longest  large ones, MB/s  messages  window   packets lost
  prio, DATA  50.0 ms  100 ms  100 ms   2.40              4         106,496  3
  fc          needs Linux 6.4

userland stack, rate: more is better, 1 round, reference all
              10 members
  all                40,000 messages/s
  one by one  4.00x  10,000 messages/s

userland stack, behind: how long a small message takes behind large ones on other streams of its
association
                mean     95%      longest  large ones, MB/s  messages  window   packets lost
  prio, I-DATA  25.0 ms  25.0 ms  25.0 ms  2.25              1         212,992  0

END
tables() {
    report "$DIR/made" <"$DIR/lines"
    same 0 "$STATUS" && sed '/^1.53x: /,$d' "$DIR/out" >"$DIR/tables" && same_files "$DIR/want" "$DIR/tables" &&
        has "the ratio within each round" "$DIR/out"
}
try "tables show ratios within a round, medians, spreads, and missing values" tables

wide() {
    local i
    for i in {1..9}; do
        echo '{"group":"g","stack":"kernel","row":"a name of more than thirty-two characters","cell":"cell '"$i"'","value":'"$i"'}'
        echo '{"group":"g","stack":"kernel","row":"b","missing":"'"$(printf 'word %.0s' {1..40})"'"}'
    done | report "$DIR/wide"
    same 0 "$STATUS" && same "" "$(grep -E '.{101}' "$DIR/out")" && has "cell 9" "$DIR/out"
}
try "tables are at most 100 columns wide" wide

markdown() {
    has "| other_srv | 1.60x 210 us ±40% | it hangs |" "$DIR/made/bench.md" &&
        has "| gen_sctp | escript is not installed |  |" "$DIR/made/bench.md" &&
        has "| compiler | gcc 12 |" "$DIR/made/bench.md" &&
        has "$(date -u +%Y-)" "$DIR/made/bench.md"
}
try "bench.md has the tables, the facts of the machine, and the date" markdown

all_values() {
    perl -MJSON::PP -0777 -ne '
        my $all = JSON::PP->new->utf8->decode($_);
        my ($echo) = grep { $_->{group} eq "echo, 64 B" } @{ $all->{groups} };
        my %row = map { $_->{row} => $_ } @{ $echo->{rows} };
        my $cell = $row{other_srv}{cells}{"1 outstanding"};
        my ($delivery, $failover) = map { my $s = $_; grep { $_->{series} eq $s } @{ $all->{series} } } qw(delivery failover);
        print "$all->{facts}[0]{value}, $echo->{reference}\n";
        print join(" ", map { "$cell->{rounds}{$_} $cell->{ratios}{$_}" } 0 .. 2), " $cell->{median} $cell->{ratio}\n";
        print "@{ $row{gen_sctp}{missing} }\n";
        print "@{ $delivery->{rounds}[0]{values} }, $delivery->{late_percent}\n"; ' "$DIR/made/bench.json" >"$DIR/values"
    same "gcc 12, our_srv
150 1.5 320 1.6 210 1.75 210 1.6
escript is not installed
10 10 20 16 40, 30" "$(cat "$DIR/values")"
}
try "bench.json has all values, medians and ratios" all_values

# Each tag is closed, in order, and nothing else begins with < or &.
well_formed() { # FILE
    perl -0777 -ne '
        s/<\?.*?\?>|<!--.*?-->//gs;
        my @open;
        while (/(<[^<>]*>)|([<>&])/g) {
            if (defined $2) { my $rest = substr $_, pos() - 1, 40; $rest =~ /^(&(amp|lt|gt|quot|apos|#\d+);|>)/ or die "stray: $rest\n" }
            elsif ($1 =~ m{^</([\w:]+)}) { (pop @open // "") eq $1 or die "$1 closes nothing\n" }
            elsif ($1 !~ m{/>$}) { push @open, $1 =~ /^<([\w:]+)/ or die "no tag: $1\n" }
        }
        die "not closed: @open\n" if @open || !/<svg/;' "$1"
}
pictures() {
    local file
    same "behind.svg delivery.svg echo-kernel.svg failover.svg " "$(cd "$DIR/made" && printf '%s ' *.svg)" || return
    for file in "$DIR"/made/*.svg; do
        well_formed "$file" && has 'fill="#ffffff"' "$file" && has "](${file##*/})" "$DIR/made/bench.md" || return
    done
    has "one stream: 30% late" "$DIR/made/delivery.svg" && has "defaults: longest gap 1,100 ms" "$DIR/made/failover.svg" &&
        has "it's &lt;&amp;" "$DIR/made/echo-kernel.svg" && has "escript is not installed" "$DIR/made/echo-kernel.svg" &&
        has "50.0 / 100 / 100" "$DIR/made/behind.svg"
}
try_with gnuplot "the pictures are well-formed SVG with a white background and a description" pictures

small() {
    perl -e 'print qq({"series":"delivery","stack":"kernel","name":"n$_","values":[), join(",", map { 10 + rand 90 } 1 .. 8000), "]}\n" for 1 .. 3;
        print qq({"series":"failover","stack":"kernel","name":"n$_","longest_gap":1,"points":[), join(",", map { "[$_," . (1 + rand 90) . "]" } 1 .. 8000), "]}\n" for 1 .. 2;' |
        report "$DIR/small"
    same 0 "$STATUS" && same "" "$(find "$DIR/small" -name '*.svg' -size +40k)" && ls "$DIR"/small/{delivery,failover}.svg
}
try_with gnuplot "pictures of many values are small" small

no_gnuplot() {
    mkdir -p "$DIR/none"
    PATH=$DIR/none report "$DIR/made" <"$DIR/lines"
    same 0 "$STATUS" && has "report: no pictures: gnuplot is not installed" "$DIR/err" &&
        has "There are no pictures: gnuplot" "$DIR/made/bench.md" && ! ls "$DIR"/made/*.svg
}
try "without gnuplot the report says that there are no pictures, and removes old ones" no_gnuplot

bad_gnuplot() {
    mkdir -p "$DIR/bad" && printf '#!/bin/sh\ncat >/dev/null; exit 3\n' >"$DIR/bad/gnuplot" && chmod +x "$DIR/bad/gnuplot"
    PATH=$DIR/bad:$PATH report "$DIR/made" <"$DIR/lines"
    same 1 "$STATUS" && has "report: gnuplot could not draw" "$DIR/err" && ! grep -F .svg "$DIR/made/bench.md"
}
try "the report fails when gnuplot fails, and refers to no missing picture" bad_gnuplot

fails() { # MESSAGE LINE...
    printf '%s\n' "${@:2}" | report "$DIR/none"
    same 1 "$STATUS" && same "report: $1" "$(cat "$DIR/err")" && same "" "$(cat "$DIR/out")"
}
errors() {
    local value='{"group":"g","stack":"kernel","row":"r","cell":"c","value":1}'
    fails "there is not a single value in the input: did anything run?" "" &&
        fails "there is not a single value in the input: did anything run?" '{"fact":"f","value":1}' \
            '{"group":"g","stack":"kernel","row":"r","missing":"all"}' &&
        fails 'line 3 is not a JSON object: {"group":"g' "$value" "" '{"group":"g' &&
        fails "line 2 is not a JSON object: [1]" "$value" "[1]" &&
        fails "line 1: it is no fact, group or series" '{"grup":"g"}' &&
        fails "line 2: a value is not a number" "$value" '{"group":"g","stack":"kernel","row":"r","cell":"c","value":"nan"}' &&
        fails "line 1: a group has no stack or no row" '{"group":"g","stack":"../x","row":"r","cell":"c","value":1}' &&
        fails "line 1: there is no series x" '{"series":"x","stack":"kernel","name":"n","values":[1]}' &&
        fails "line 1: points are not pairs of numbers" \
            '{"series":"failover","stack":"kernel","name":"n","points":[[1]],"longest_gap":1}'
}
try "input without values, or with a malformed line, is an error that names the line" errors

unwritable() {
    : >"$DIR/file"
    report "$DIR/file" <"$DIR/lines"
    same 1 "$STATUS" && has "report: cannot make $DIR/file: File exists; name another directory" "$DIR/err"
}
try "an output directory that cannot be made is an error" unwritable

finish
