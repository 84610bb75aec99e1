#!/usr/bin/perl
# Checks each line of its input, a JSON value, with a schema, and reports fields that the schema does not
# list (unless additionalProperties is true):
#
#   tests/tools/schema.pl SCHEMA <LINES
#
# It knows the words of JSON Schema that doc/sctp_ping.schema.json has.
use strict;
use warnings;
use B ();
use JSON::PP;

my $json = JSON::PP->new->utf8;
my $root = $json->decode(do { local (@ARGV, $/) = shift; <> });

sub type_of {
    my ($value) = @_;
    return 'null' if !defined $value;
    return 'boolean' if JSON::PP::is_bool($value);
    return ref $value eq 'HASH' ? 'object' : 'array' if ref $value;
    return 'string' if B::svref_2object(\$value)->FLAGS & B::SVf_POK;
    return $value == int $value ? 'integer' : 'number';
}

sub errors; # (SCHEMA, VALUE, PLACE): a list of texts

sub errors_of_object {
    my ($schema, $value, $at) = @_;
    my $known = $schema->{properties} // {};
    return ((map { exists $value->{$_} ? () : "$at: no $_" } @{ $schema->{required} // [] }),
        (map { !$known->{$_} ? $schema->{additionalProperties} ? () : "$at: unknown field $_"
            : errors($known->{$_}, $value->{$_}, "$at.$_") } sort keys %$value));
}

sub errors_of_choice {
    my ($choices, $value, $at) = @_;
    my @results = sort { @$a <=> @$b } map { [errors($_, $value, $at)] } @$choices;
    my $fitting = grep { !@$_ } @results;
    return $fitting > 1 ? "$at: fits $fitting choices" : @{ $results[0] };
}

sub errors {
    my ($schema, $value, $at) = @_;
    return errors($root->{'$defs'}{ $1 }, $value, $at) if ($schema->{'$ref'} // '') =~ m{^#/\$defs/(.*)};
    return errors_of_choice($schema->{oneOf}, $value, $at) if $schema->{oneOf};
    my $type = type_of($value);
    my @types = ref $schema->{type} ? @{ $schema->{type} } : $schema->{type} // $type;
    my @values = exists $schema->{const} ? $schema->{const} : @{ $schema->{enum} // [] };
    return "$at: $type" if !grep { $_ eq $type || $_ eq 'number' && $type eq 'integer' } @types;
    return "$at: \"$value\"" if @values && !grep { $_ eq $value } @values;
    return "$at: $value" if defined $schema->{minimum} && $value < $schema->{minimum};
    return errors_of_object($schema, $value, $at) if $type eq 'object';
    return map { errors($schema->{items}, $value->[$_], "$at\[$_]") } 0 .. $#$value if $type eq 'array';
    return;
}

my $wrong = 0;
while (<STDIN>) {
    for my $error (errors($root, $json->decode($_), 'line')) {
        print "$error in $_";
        $wrong = 1;
    }
}
die "schema: no line\n" if !$.;
exit $wrong;
