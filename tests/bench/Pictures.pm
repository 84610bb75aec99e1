# The pictures of report, drawn by gnuplot.  White background, so that they are readable in light
# and dark mode; colours of Okabe and Ito, which the colour-blind tell apart, and dashes.
package Pictures;

use strict;
use warnings;
use List::Util qw(max min uniq);
use POSIX qw(floor log10);
use Tables ();

use constant { WIDTH => 800, HEIGHT => 420, MOST => 400 };    # pixels; points of a line

my @colours = map { "#$_" } qw(0072B2 D55E00 009E73 CC79A7 E69F00 56B4E9 000000);
my $failed;

sub why_not {
    return if grep { -x "$_/gnuplot" } split /:/, $ENV{PATH} // '';
    return 'gnuplot is not installed; run scripts/deps check, then make bench again';
}
sub failed { return $failed }

# In single quotes gnuplot interprets only these.
sub quote { my ($text) = @_; return "'" . $text =~ s/[\0-\x1f]/ /gr =~ s/'/''/gr . "'" }

sub draw {
    my ($file, $height, @commands) = @_;
    my $width = WIDTH;
    local $SIG{PIPE} = 'IGNORE';
    # Without settings of the user's.
    open my $gnuplot, '|-:utf8', 'gnuplot', '-d' or return !($failed = 1);
    print $gnuplot map { "$_\n" } 'set encoding utf8',
        "set terminal svg noenhanced size $width,$height font 'sans-serif,13' background 'white'",
        'set output ' . quote($file), "set border 3 lc rgb '#404040'", 'set tics nomirror',
        "set grid lt 1 lc rgb '#d8d8d8'", @commands;
    return 1 if close $gnuplot;
    unlink $file;
    return !($failed = 1);
}

# The labelled values of a logarithmic axis.
sub log_tics {
    my ($low, $high) = @_;
    my $decades = log10($high / $low);
    my @steps = $decades > 3 ? (1) : $decades > 1 ? (1, 2, 5) : (1, 1.5, 2, 3, 4, 5, 7);
    my @powers = map { 10**$_ } floor(log10($low)) .. floor(log10($high));
    my @all = map { my $power = $_; map { $_ * $power } @steps } @powers;
    my @tics = grep { $_ >= $low && $_ <= $high } @all;
    @tics = ($low, $high) if @tics < 2;
    my @labels = map { Tables::whole(sprintf $_ < 1000 ? '%.3g' : '%.0f', $_) } @tics;
    return '(' . join(', ', map { quote($labels[$_]) . " $tics[$_]" } 0 .. $#tics) . ')';
}

# Draws lines, each { title, points => [[X, Y]...] }, after some gnuplot commands.
sub draw_lines {
    my ($file, $commands, @lines) = @_;
    my (@data, @plots);
    for my $i (0 .. $#lines) {
        push @data, "\$line$i << EOD", map({ "@$_" } @{ $lines[$i]{points} }), 'EOD';
        my $look = 'lw 2.5 dt ' . ($i % 5 + 1) . " lc rgb '$colours[$i % @colours]'";
        push @plots, "\$line$i with lines $look title " . quote($lines[$i]{title});
    }
    return draw($file, HEIGHT, @$commands, @data, 'plot ' . join ', ', @plots);
}

# The title, with the stack if there are several.
sub name_in {
    my ($one, @all) = @_;
    return uniq(map { $_->{stack} } @all) > 1 ? "$one->{name}, $one->{stack}" : $one->{name};
}

sub title {
    my ($what, @all) = @_;
    my @stacks = uniq map { $_->{stack} } @all;
    return 'set title ' . quote("$what, " . join(' and ', @stacks) . ' stack');
}

# --- delivery ---------------------------------------------------------------------------------

# Points of the distribution function, at equal intervals of the share.
sub distribution {
    my ($sorted) = @_;
    my @ranks = uniq(1, map { POSIX::ceil($_ * @$sorted / MOST) } 1 .. MOST);
    return [map { [$sorted->[$_ - 1], 100 * $_ / @$sorted] } @ranks];
}

sub delivery {
    my ($file, @all) = @_;
    my @values = grep { $_ > 0 } map { @{ $_->{all} } } @all or return;
    my ($low, $high) = (0.9 * min(@values), 1.02 * max(@values));
    my @lines = map {
        my $late = Tables::percent($_->{late_percent});
        { title => name_in($_, @all) . ": $late late", points => distribution($_->{all}) }
    } @all;
    my @limits = map {
        my $late = quote('late: after ' . Tables::with_unit($_, $all[0]{unit}));
        ("set arrow from $_, 0 to $_, 100 nohead dt 2 lc rgb '#606060'",
            "set label $late at $_, 4 offset 0.7, 0 textcolor rgb '#606060'")
    } uniq map { $_->{late_limit} } @all;
    return draw_lines($file, [
        title('How long an echo takes, 2 % of the packets to the server lost', @all),
        'set xlabel ' . quote(($all[0]{unit} // '') . ' until the echo is back (logarithmic)'),
        'set logscale x', "set xrange [$low:$high]", 'set xtics ' . log_tics($low, $high),
        "set ylabel '% of the echoes that are back by then'", "set yrange [0:100]",
        "set format y '%g%%'", 'set key bottom right', @limits,
    ], @lines);
}

# --- failover ---------------------------------------------------------------------------------

# The least and the largest value of each interval, so that no peak is lost.
sub thin {
    my (@points) = sort { $a->[0] <=> $b->[0] } @_;
    return \@points if @points <= MOST;
    my @thin;
    my $size = POSIX::ceil(2 * @points / MOST);
    while (my @part = splice @points, 0, $size) {
        my @by_value = sort { $a->[1] <=> $b->[1] } @part;
        push @thin, sort { $a->[0] <=> $b->[0] } uniq @by_value[0, -1];
    }
    return \@thin;
}

sub failover {
    my ($file, @all) = @_;
    my @points = map { @{ $_->{drawn}{points} } } @all;
    my @values = grep { $_ > 0 } map { $_->[1] } @points or return;
    my ($low, $high) = (0.7 * min(@values), 1.5 * max(@values));
    my @lines = map {
        my $gap = Tables::with_unit($_->{drawn}{longest_gap}, $_->{unit});
        my $points = thin(@{ $_->{drawn}{points} });
        { title => name_in($_, @all) . ": longest gap $gap", points => $points }
    } @all;
    my @seconds = map { $_->[0] } @points;
    return draw_lines($file, [
        title('A link is cut: how long replies take, in the round of the median gap', @all),
        "set xlabel 'seconds since the link was cut, when the message was sent'",
        'set xrange [' . min(@seconds) . ':' . max(@seconds) . ']',
        'set ylabel ' . quote(($all[0]{unit} // '') . ' until the reply came (logarithmic)'),
        'set logscale y', "set yrange [$low:$high]", 'set ytics ' . log_tics($low, $high),
        'set key top right',
    ], @lines);
}

# --- echo -------------------------------------------------------------------------------------

use constant { BAR => 22, AROUND => 90, LONGEST => 70 };    # pixels; characters

# A bar is { row, length, text, colour }; one that was not measured has length 0, and its text is the
# reason.
sub bar {
    my ($group, $row, $name) = @_;
    my $cell = $row->{cells}{$name} // { missing => [] };
    my %bar = (row => $row->{row}, length => $cell->{ratio} // 0, colour => 0xE69F00);
    if (!defined $cell->{median}) {
        my ($why) = (@{ $cell->{missing} }, @{ $row->{missing} }, 'not measured');
        $bar{text} = substr $why, 0, LONGEST;
        return \%bar;
    }
    my $value = Tables::with_unit($cell->{median}, $group->{unit});
    $bar{text} = join '  ', grep { length } Tables::times_better($cell->{ratio}), $value;
    @bar{qw(length colour)} = (1, 0x0072B2) if $row == $group->{reference};
    return \%bar;
}

# The rows from top to bottom: empty, a heading, or bars.
sub slots {
    my ($group) = @_;
    return map {
        my $name = $_;
        my @bars = map { bar($group, $_, $name) } @{ $group->{rows} };
        ({}, { text => "$group->{group}, $name" }, @bars);
    } @{ $group->{cells} };
}

# Bars from top to bottom, with headings.  A slot is empty, { text } or { row, length, text, colour };
# with `marks`, two greater values, a line leads from the bar's end to them.
sub draw_bars {
    my ($file, $commands, @slots) = @_;
    my (@tics, @labels, @data);
    my $line = "nohead front lc rgb '#404040'";
    for my $i (0 .. $#slots) {
        my ($y, $bar) = (-$i, $slots[$i]);
        my ($end, @marks) = ($bar->{length} // 0, @{ $bar->{marks} // [] });
        push @labels, "set arrow from $end, $y to $marks[-1], $y $line" if @marks;
        push @labels, map { sprintf 'set arrow from %s, %s to %s, %s %s', $_, $y - 0.25, $_, $y + 0.25, $line } @marks;
        my $place = ' at ' . ($marks[-1] // $end) . ", $y offset 0.7, 0";
        push @labels, 'set label ' . quote($bar->{text}) . $place if defined $bar->{text};
        next if !defined $bar->{row};
        push @tics, quote(substr $bar->{row}, 0, LONGEST / 2) . " $y";
        push @data, join ' ', 0, $y, 0, $end, $y - 0.38, $y + 0.38, $bar->{colour};
    }
    my $most = max(1, map { $_->{length} // (), @{ $_->{marks} // [] } } @slots);
    return draw($file, AROUND + BAR * @slots, @$commands,
        'set xrange [0:' . 1.35 * $most . ']', 'set yrange [' . (0.2 - @slots) . ':0.7]',
        'set ytics (' . join(', ', @tics) . ') scale 0', 'set grid noytics', 'unset key', @labels,
        '$bars << EOD', @data, 'EOD',
        'plot $bars using 1:2:3:4:5:6:7 with boxxyerror fill solid lc rgb variable');
}

sub echo {
    my ($file, @groups) = @_;
    my (undef, @slots) = map { slots($_) } @groups;
    my ($reference, $another) = uniq map { $_->{reference}{row} } @groups;
    $reference = 'the reference' if defined $another;
    return draw_bars($file, [title('Echo', @groups), 'set xlabel ' . quote("times as slow as $reference")], @slots);
}

# --- behind -----------------------------------------------------------------------------------

sub behind_bar {
    my ($one) = @_;
    my $text = join ' / ', map { Tables::number($one->{$_}) } qw(mean p95 max);
    return { row => $one->{name}, length => $one->{mean}, marks => [@$one{qw(p95 max)}], text => $text,
        colour => $one->{chunks} eq 'I-DATA' ? 0x0072B2 : 0xE69F00 };
}

sub behind {
    my ($file, @all) = @_;
    my @slots;
    for my $stack (uniq map { $_->{stack} } @all) {
        push @slots, @slots ? {} : (), { text => "$stack stack" };
        push @slots, map { behind_bar($_) } grep { $_->{stack} eq $stack } @all;
    }
    return draw_bars($file, [
        title('A small message behind large ones on one association', @all),
        'set xlabel ' . quote(($all[0]{unit} // '') . ' until it has arrived: mean (bar) / 95% / longest'),
    ], @slots);
}

1;
