# The tables of report: their contents, and their form as text of at most WIDTH columns and as
# Markdown.
#
# A table is { title, head => [CELL...], rows => [[CELL...]...], notes => [TEXT...] }.  A row may be
# [CELL, \TEXT]: then the text takes the place of all other cells.
package Tables;

use strict;
use warnings;
use List::Util qw(max uniq);

use constant { WIDTH => 100, CELL => 32, INDENT => 2, GAP => 2 };

# --- numbers ----------------------------------------------------------------------------------

# With three significant digits: 0.0123, 1.23, 123, 12,300.
sub number {
    my ($mantissa, $exponent) = split /e/, sprintf '%.2e', $_[0];
    return whole(sprintf '%.*f', max(0, 2 - $exponent), "${mantissa}e$exponent");
}
sub whole { my ($text) = @_; 1 while $text =~ s/^(-?\d+)(\d{3})/$1,$2/; return $text }
sub with_unit { my ($value, $unit) = @_; return number($value) . (defined $unit ? " $unit" : '') }
sub percent { my ($value) = @_; return sprintf $value < 9.95 ? '%.1f%%' : '%.0f%%', $value }
sub plus_minus { my ($value) = @_; return defined $value ? sprintf("\x{b1}%.0f%%", $value) : '' }
sub times_better { my ($value) = @_; return defined $value ? number($value) . 'x' : '' }

# --- contents ---------------------------------------------------------------------------------

sub facts {
    my @rows = map {
        [$_->{stack} eq '' ? $_->{fact} : "$_->{fact} ($_->{stack})", \"$_->{value}"]
    } @_;
    return { title => 'Facts', head => ['fact', 'value'], rows => \@rows, notes => [] };
}

sub is_measured { my ($cell) = @_; return $cell && defined $cell->{median} }

# A column with ratio, value and spread.
sub parts {
    my ($group, $cell) = @_;
    my $value = with_unit($cell->{median}, $group->{unit});
    return [times_better($cell->{ratio}), $value, plus_minus($cell->{spread_percent})];
}

sub column {
    my ($group, $name) = @_;
    my @cells = map { $_->{cells}{$name} } @{ $group->{rows} };
    my @all = map { parts($group, $_) } grep { is_measured($_) } @cells;
    my @width = map { my $i = $_; max(0, map { length $_->[$i] } @all) } 0 .. 2;
    my $format = ($width[0] ? "%$width[0]s  " : '%s') . "%$width[1]s %-$width[2]s";
    return map {
        is_measured($_) ? sprintf($format, @{ parts($group, $_) })
            : $_ && join('; ', @{ $_->{missing} }) || 'not measured'
    } @cells;
}

# Notes for comparisons: which rounds are missing, and why.
sub gaps {
    my ($group) = @_;
    my @notes;
    for my $row (@{ $group->{rows} }) {
        for my $name (grep { is_measured($row->{cells}{$_}) } @{ $group->{cells} }) {
            my $cell = $row->{cells}{$name};
            my $rounds = keys %{ $cell->{rounds} };
            my $why = join '; ', @{ $cell->{missing} }, @{ $row->{missing} };
            push @notes, "$row->{row}, $name: $rounds of $group->{round_count} rounds"
                . ($why ne '' ? ": $why" : '') if $rounds < $group->{round_count} || $why ne '';
        }
    }
    return @notes;
}

# The remarks on the values of a cell, each once.
sub remarks {
    my ($group) = @_;
    my @notes;
    for my $row (@{ $group->{rows} }) {
        for my $name (grep { $row->{cells}{$_} } @{ $group->{cells} }) {
            my @remarks = uniq @{ $row->{cells}{$name}{remarks} // [] };
            push @notes, "$row->{row}, $name: " . join ' / ', @remarks if @remarks;
        }
    }
    return @notes;
}

sub group {
    my ($group) = @_;
    my $better = $group->{better} eq 'higher' ? 'more is better' : 'less is better';
    my $rounds = $group->{round_count} == 1 ? '1 round' : "$group->{round_count} rounds";
    my @cells = @{ $group->{cells} // [] };
    my @columns = map { [column($group, $_)] } @cells;
    my @rows;
    for my $i (0 .. $#{ $group->{rows} }) {
        my $row = $group->{rows}[$i];
        my $none = @{ $row->{missing} } && !grep { is_measured($_) } values %{ $row->{cells} };
        push @rows,
            [$row->{row}, $none ? \join('; ', @{ $row->{missing} }) : map { $_->[$i] } @columns];
    }
    return {
        title => "$group->{stack} stack, $group->{group}: $better, $rounds, "
            . "reference $group->{reference}{row}",
        head => ['', @cells ? @cells : ''], rows => \@rows,
        notes => [gaps($group), remarks($group), @{ $group->{notes} }],
    };
}

# One row for each series, made by the function; for a missing one, the reason.
sub series_table {
    my ($title, $head, $cells, @series) = @_;
    my %notes = map { $_ => 1 } map { @{ $_->{notes} } } @series;
    my (@rows, @partly);
    for my $one (@series) {
        my $why = join '; ', @{ $one->{missing} };
        push @rows, [$one->{name}, @{ $one->{rounds} } ? $cells->($one) : \$why];
        push @partly, "$one->{name}: $why" if @{ $one->{rounds} } && $why ne '';
    }
    return {
        title => "$series[0]{stack} stack, $title", head => ['', @$head], rows => \@rows,
        notes => [@partly, sort keys %notes],
    };
}

sub delivery {
    my $cells = sub {
        my ($one) = @_;
        my ($late, @late) = map { percent($_->{late_percent}) } $one, @{ $one->{rounds} };
        my @quantiles = map { with_unit($one->{$_}, $one->{unit}) } qw(p50 p90 p99);
        return ($late, "@late", @quantiles, whole(scalar @{ $one->{all} }));
    };
    my $table = series_table('delivery: time until the echo is back, 2 % of the packets to the server lost',
        ['late', 'in each round', qw(p50 p90 p99 messages)], $cells, @_);
    my ($measured) = grep { @{ $_->{rounds} } } @_;
    return $table if !$measured;
    unshift @{ $table->{notes} }, 'late: after more than '
        . with_unit($measured->{late_limit}, $measured->{unit})
        . ", which is 1.5 times the p50 of the fastest, $measured->{best}";
    return $table;
}

sub failover {
    my $cells = sub {
        my ($one) = @_;
        return (with_unit($one->{median}, $one->{unit}) . ' ' . plus_minus($one->{spread_percent}),
            join(' ', map { number($_->{longest_gap}) } @{ $one->{rounds} }));
    };
    my $title = 'failover: the longest time without a reply, after a link was cut';
    return series_table($title, ['longest gap', 'in each round'], $cells, @_);
}

sub behind {
    my $cells = sub {
        my ($one) = @_;
        my @times = map { with_unit($one->{$_}, $one->{unit}) } qw(mean p95 max);
        my @counts = map { whole($_) } scalar @{ $one->{all} }, @$one{qw(window lost)};
        return (@times, number($one->{bulk}), @counts);
    };
    my $title = 'behind: how long a small message takes behind large ones on other streams of its association';
    return series_table($title, ['mean', '95%', 'longest', 'large ones, MB/s', 'messages', 'window', 'packets lost'],
        $cells, @_);
}

sub legend {
    my $text = '1.53x: the reference is 1.53 times better (the ratio within each round, and the '
        . "median of these). After it the median of the values of all rounds, and \x{b1} half of "
        . 'the difference between the least and the largest of them, in per cent of that median.';
    return join("\n", fold(WIDTH, $text)) . "\n";
}

# --- as text ----------------------------------------------------------------------------------

# Breaks text at spaces into lines of at most this width.
sub fold {
    my ($width, $text) = @_;
    return $text if length $text <= $width;
    my @lines = ('');
    for my $word (split ' ', $text) {
        if ($lines[-1] eq '') { $lines[-1] = $word }
        elsif (length("$lines[-1] $word") <= $width) { $lines[-1] .= " $word" }
        else { push @lines, $word }
    }
    return @lines;
}

sub widths {
    my ($table) = @_;
    my @rows = ($table->{head}, @{ $table->{rows} });
    return map {
        my $i = $_;
        my @cells = grep { defined && !ref } map { $_->[$i] } @rows;
        max(0, map { length } map { fold(CELL, $_) } @cells);
    } 0 .. $#{ $table->{head} };
}

# Splits a wide table: lists of the columns that fit beside the first one.
sub blocks {
    my ($first, @widths) = @_;
    my ($room, @blocks) = (0, []);
    for my $i (0 .. $#widths) {
        push @blocks, [] if @{ $blocks[-1] } && $room < $widths[$i] + GAP;
        $room = WIDTH - INDENT - $first if !@{ $blocks[-1] };
        push @{ $blocks[-1] }, $i + 1;
        $room -= $widths[$i] + GAP;
    }
    return @blocks;
}

sub text_row {
    my ($row, $width, @columns) = @_;
    my @cells = ([fold(CELL, $row->[0])]);
    if (ref $row->[1]) { push @cells, [fold(WIDTH - INDENT - $width->[0] - GAP, ${ $row->[1] })] }
    else               { push @cells, map { [fold(CELL, $row->[$_])] } @columns }
    my $text = '';
    for my $line (0 .. max(map { $#$_ } @cells)) {
        my @parts = map {
            sprintf '%-*s', $width->[(0, @columns)[$_] // 0], $cells[$_][$line] // ''
        } 0 .. $#cells;
        $text .= (' ' x INDENT . join ' ' x GAP, @parts) =~ s/ +$//r . "\n";
    }
    return $text;
}

sub text {
    my ($table) = @_;
    my @width = widths($table);
    my $text = join("\n", fold(WIDTH, $table->{title})) . "\n";
    for my $columns (blocks(@width)) {
        $text .= text_row($_, \@width, @$columns) for $table->{head}, @{ $table->{rows} };
    }
    $text =~ s/^ *\n//mg;
    $text .= ' ' x INDENT . "$_\n" for map { fold(WIDTH - INDENT, $_) } @{ $table->{notes} };
    return $text;
}

# --- as Markdown ------------------------------------------------------------------------------

sub markdown_row {
    my ($columns, $first, @rest) = @_;
    my @cells = map { ref ? $$_ : $_ } $first, @rest, ('') x ($columns - 1 - @rest);
    # Escapes Markdown's own characters, and removes the alignment of numbers.
    @cells = map { s/\s+/ /gr =~ s/^ | $//gr =~ s/([|<*\\])/\\$1/gr } @cells;
    return '| ' . join(' | ', @cells) . " |\n";
}

sub markdown {
    my ($table) = @_;
    my $columns = @{ $table->{head} };
    my ($head, @rows) = map { markdown_row($columns, @$_) } $table->{head}, @{ $table->{rows} };
    return join '', "## $table->{title}\n\n", $head, '|', '---|' x $columns, "\n", @rows,
        map { "\n$_\n" } @{ $table->{notes} };
}

1;
