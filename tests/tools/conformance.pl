#!/usr/bin/perl
# Makes the table of the differences between the stacks from tests/conformance/:
#
#   tests/tools/conformance.pl FILE       prints FILE with the table in place of its present one
#   tests/tools/conformance.pl -w FILE    changes FILE
#
# The table stands between the lines "<!-- conformance -->" and "<!-- end -->".  Fails if a difference has
# no reason, or a reason no difference.
use strict;
use warnings;

my $write = @ARGV && $ARGV[0] eq '-w' && shift @ARGV;
my ($file) = @ARGV;

# The results by name, in the order of the file: "result<TAB>sockets" in each line.
sub results {
    my ($name) = @_;
    my (%of, @names);
    open my $in, '<', "tests/conformance/$name" or die "conformance: $name: $!\n";
    while (<$in>) {
        chomp;
        my ($what, $rest) = split /\t/, $_, 2;
        push @names, $what if !$of{$what};
        push @{ $of{$what} }, $rest;
    }
    return \%of, @names;
}

sub reasons {
    my ($name) = @_;
    my %why;
    open my $in, '<', "tests/conformance/$name" or die "conformance: $name: $!\n";
    while (<$in>) {
        $why{$1} = $2 if /^([^#\t]+)\t(.+)/;
    }
    return \%why;
}

# A result of one stack that the other does not have, as Markdown.
sub cell {
    my ($mine, $others) = @_;
    my %theirs = map { $_ => 1 } @$others;
    return join '<br>', map {
        my ($result, $who) = split /\t/;
        $result =~ s/^ +| +$//g;
        $result =~ s/\|/\\|/g;
        $who =~ s/^ +|;$//g;
        $who =~ s/_/ /g;
        "`$result`: $who";
    } grep { !$theirs{$_} } @$mine;
}

my (@rows, %same, @errors);
for my $kind ('calls', 'options') {
    my ($kernel, @names) = results("$kind.kernel");
    my ($userland) = results("$kind.userland");
    my $why = reasons("$kind.reasons");
    for my $name (@names) {
        my ($k, $u) = map { $_->{$name} || [] } $kernel, $userland;
        if ("@$k" eq "@$u") {
            push @{ $same{$kind} }, $name;
            push @errors, "no difference, but a reason: $name" if $why->{$name};
            next;
        }
        push @errors, "no reason: $name" if !$why->{$name};
        push @rows, sprintf '| %s | %s | %s | %s |', $name, cell($k, $u), cell($u, $k), $why->{$name} // '';
    }
}
die map { "conformance: $_\n" } @errors if @errors;

my $table = join '', map { "$_\n" }
    'Calls with the same results on both stacks (' . @{ $same{calls} } . '): ' . join('; ', @{ $same{calls} }) . '.',
    '',
    'Options with the same results on both stacks (' . @{ $same{options} } . '): '
        . join(', ', map { "`$_`" =~ s/` \(IPv6\)`/` (IPv6)/r } @{ $same{options} }) . '.',
    '',
    '| call or option | kernel | userland | reason |',
    '|---|---|---|---|',
    @rows;

open my $in, '<', $file or die "conformance: $file: $!\n";
my $text = do { local $/; <$in> };
$text =~ s/(<!-- conformance -->\n\n).*?(\n<!-- end -->)/$1$table$2/s or die "conformance: no place for the table in $file\n";
if ($write) {
    open my $out, '>', $file or die "conformance: $file: $!\n";
    print $out $text;
} else {
    print $text;
}
