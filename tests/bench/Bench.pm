# Shared by the measurements of tests/bench/measure: starting programs, and printing the results.
package Bench;

use strict;
use warnings;
use Exporter 'import';
use JSON::PP ();
use POSIX    ();
use Time::HiRes qw(time sleep);

our @EXPORT = qw($build $quick $stack $default_policy @policies as_root fact value missing in_vain series
    progress have begin serve stop stop_all end_all output_of sysctl set_policy with_policy wait_for_ends
    new_port read_file lines_of);

our $build = $ENV{BUILD} || 'build';
our $quick = $ENV{QUICK};
our $stack = '';             # kernel or userland: measure sets it
our ($default_policy, @policies);    # of the send buffer, see set_policy(): measure sets them

my $json = JSON::PP->new->canonical;
my $dir  = "$build/bench";
my $port = 27000;
my (%running, %told);        # pid => its output file; what has been told as missing

mkdir $dir;
STDOUT->autoflush(1);
STDERR->autoflush(1);

sub as_root  { $> == 0 && $ENV{SCTP_LAB} }    # then this machine is ours: sysctl, namespaces
sub new_port { ++$port }

# --- results, as tests/bench/report reads them ------------------------------------------------

sub emit { print $json->encode({stack => $stack, @_}), "\n" }

sub fact { my ($name, $value) = @_; emit(fact => $name, value => $value) }

# Prints a value of a group (name, unit and other fields) in one round.
sub value {
    my ($group, $row, $cell, $round, $value, %more) = @_;
    emit(%$group, row => $row, cell => $cell, round => $round, value => 0 + $value, %more);
}

# Prints why a cell, or without one the whole row, is missing; once, however often it was tried.
sub missing {
    my ($group, $row, $why, $cell) = @_;
    return if $told{join "\0", $group->{group}, $row, $cell // ''}++;
    emit(%$group, row => $row, missing => $why, $cell ? (cell => $cell) : ());
}

# A failed measurement is not repeated: it may have taken minutes.
sub in_vain { my ($group, $row, $cell) = @_; return $told{join "\0", $group->{group}, $row, $cell} }

sub series {
    my ($series, $name, $round, %values) = @_;
    emit(series => $series, name => $name, unit => 'ms', round => $round, %values);
}

# Prints the progress; on a terminal it overwrites the previous line.
sub progress {
    my $text = "bench: $stack, @_";
    printf STDERR -t STDERR ? "\r\e[K%s" : "%s\n", $text;
}

# --- programs ---------------------------------------------------------------------------------

sub have { my ($program) = @_; grep { -x "$_/$program" } split /:/, $ENV{PATH} }

sub read_file {
    my ($path) = @_;
    open my $file, '<', $path or return '';
    local $/;
    return scalar <$file> // '';
}

sub lines_of { my $file = read_file($_[0]); return () = $file =~ /\n/g }

# Starts a program in the background, with its output in a file.  Options before the command:
# env => {...}, in => handle, wait => a pattern that its output matches when it is ready.  Returns its
# process id, or 0 and the reason.
sub begin {
    my ($options, @command) = @_;
    my $out = "$dir/$stack.$$." . new_port() . '.out';
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        local @ENV{keys %{ $options->{env} || {} }} = values %{ $options->{env} || {} };
        open STDIN, '<&', $options->{in} if $options->{in};
        open STDIN, '<', '/dev/null' if !$options->{in};
        open STDOUT, '>', $out or POSIX::_exit(126);
        open STDERR, '>&', \*STDOUT;
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    $running{$pid} = $out;
    return $pid if !$options->{wait};
    my $end = time + 20;
    while (time < $end && kill(0, $pid) && waitpid($pid, POSIX::WNOHANG()) == 0) {
        return $pid if read_file($out) =~ $options->{wait};
        sleep 0.02;
    }
    my $why = (read_file($out) =~ /([^\n]+)\n?\z/)[0] // 'it did not begin to listen';
    stop($pid);
    return (0, $why);
}

# The output of a program up to now.
sub said { my ($pid) = @_; return read_file($running{$pid}) }

# Starts a server on a port of its own, which replaces PORT in the command, and waits until it says that
# it listens (mosquitto: that it runs).
sub serve {
    my ($env, @command) = @_;
    my $at = new_port();
    s/\bPORT\b/$at/ for @command;
    my ($pid, $why) = begin({env => $env, wait => qr/listening|mosquitto .* running/i}, @command);
    return ($pid, $pid ? $at : $why);
}

sub stop {
    my ($pid) = @_;
    my $out = delete $running{$pid} // return;
    kill KILL => $pid;
    waitpid $pid, 0;
    unlink $out;
}
sub stop_all { stop($_) for keys %running }
END { my $status = $?; stop_all(); $? = $status }
$SIG{INT} = $SIG{TERM} = sub { exit 130 };

# Runs a program; returns its standard output, or undef and the last line of its standard error.
sub output_of {
    my ($env, @command) = @_;
    my $errors = "$dir/$stack.$$.err";
    my $pid = open(my $out, '-|') // die "fork: $!\n";
    if (!$pid) {
        local @ENV{keys %$env} = values %$env;
        open STDIN, '<', '/dev/null';
        open STDERR, '>', $errors or POSIX::_exit(126);
        exec 'timeout', '-k', '5', '120', @command or POSIX::_exit(127);
    }
    my $text = do { local $/; <$out> } // '';
    close $out;
    my ($status, $said) = ($? >> 8, read_file($errors));
    unlink $errors;
    return $text if $status == 0;
    return (undef, $status == 124 ? 'no end after 120 s' : ($said =~ /([^\n]+)\n?\z/)[0] // "exit status $status");
}

# --- the stack --------------------------------------------------------------------------------

sub sysctl { system('sysctl', '-qw', @_) == 0 or die "sysctl @_ failed\n" }

# Sets whether all associations of a socket share one send buffer (0, Linux's default) or each has its
# own (1); new sockets inherit it.  With 1 the network's queue is made long as well.  undef: there is no
# such setting, or it cannot be changed.
sub set_policy {
    my ($policy) = @_;
    return if !as_root() || $stack ne 'kernel' || !defined $policy;
    sysctl("net.sctp.sndbuf_policy=$policy", "net.sctp.rcvbuf_policy=$policy",
        'net.core.netdev_max_backlog=' . ($policy ? 10000 : 1000));
}
sub with_policy { defined $_[1] ? "$_[0], policy $_[1]" : $_[0] }

# Waits until no association is left, which takes a while with thousands.
sub wait_for_ends {
    my $end = time + 30;
    sleep 0.05 while $stack eq 'kernel' && lines_of('/proc/net/sctp/assocs') > 1 && time < $end;
}
sub end_all { stop_all(); wait_for_ends() }

1;
