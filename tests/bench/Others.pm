# What a user would take instead of sctp_chat_srv: servers on TCP, measured with the program audience
# beside our server and minimal loops on SCTP and on TCP.
package Others;

use strict;
use warnings;
use Bench;

my $tools = "$build/tests";

# ngircd would delay a client that says much, and limits the connections of one address.
my $ngircd_settings = <<'END';
[Global]
Name = irc.bench
Listen = 127.0.0.1
Ports = PORT
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
END

# Name, protocol, command.
my @loops = (
    ['bare loop, sendmmsg',    'chat',  "$tools/fanout", qw(mmsg PORT)],
    ['bare loop, bundles',     'chat',  "$tools/fanout", qw(bundle PORT)],
    ['bare loop, SENDALL',     'chat',  "$tools/fanout", qw(sendall PORT)],
    ['bare loop on TCP, poll', 'lines', "$tools/relay", 'PORT'],
);
my @others = (
    ['ngircd',                 'irc',   qw(ngircd --nodaemon --config), "$build/bench/ngircd.conf"],
    ['mosquitto, QoS 0',       'mqtt',  qw(mosquitto -p PORT)],
    ['nats-server',            'nats',  qw(nats-server -a 127.0.0.1 -p PORT)],
);

# Our server with each send buffer policy that can be set, these of the bare loops, and the others.
sub servers {
    my ($loops) = @_;
    my @ours = map { { name => with_policy('sctp_chat_srv', $_), protocol => 'chat', policy => $_,
        command => ["$build/sctp_chat_srv", qw(-r 0 -p PORT)] } } $quick ? $policies[0] : @policies;
    return @ours, map { my ($name, $protocol, @command) = @$_;
        { name => $name, protocol => $protocol, policy => $policies[0], command => \@command } }
        grep({ $_->[0] =~ $loops } @loops), @others;
}

my $settings = 'All on one host, over its loopback interface; all members but the speaker are one process, which'
    . ' batches its calls. NODELAY, except in mosquitto. SCTP: sndbuf_policy as given, in the bare loops 1, and'
    . ' buffers of 8 MB; net.core.netdev_max_backlog is 10000, with policy 0 1000. ngircd: no penalties, no limit of'
    . ' connections; mosquitto and nats-server: their defaults.';

# --- one cell ---------------------------------------------------------------------------------

my %counters = (SctpT3RtxExpireds => 'T3 time-outs', SctpT3Retransmits => 'chunks sent again after them',
    SctpFastRetransmits => 'fast retransmissions', SctpInPktDiscards => 'packets discarded',
    SctpInDataChunkDiscards => 'DATA chunks discarded');
my @counted = qw(SctpT3RtxExpireds SctpT3Retransmits SctpFastRetransmits SctpInPktDiscards SctpInDataChunkDiscards);

sub snmp { return { read_file('/proc/net/sctp/snmp') =~ /^(\w+)\s+(\d+)$/mg } }

# "T3 time-outs 2, ...", without those that have not grown; '' if none has.
sub growth {
    my ($before, $after) = @_;
    return join ', ', map { "$counters{$_} " . ($after->{$_} - $before->{$_}) }
        grep { ($after->{$_} // 0) > ($before->{$_} // 0) } @counted;
}

# Starts the server; returns its port, or undef and the reason.
sub start {
    my ($server) = @_;
    my @command = @{ $server->{command} };
    return (undef, "$command[0] is not installed: scripts/deps bench") if $command[0] !~ m{/} && !have($command[0]);
    set_policy($server->{policy});
    my $port = new_port() + 1;    # which serve() will take
    if ($command[0] eq 'ngircd') {
        open my $file, '>', $command[-1] or die "$command[-1]: $!\n";
        print $file $ngircd_settings =~ s/PORT/$port/r;
        close $file;
    }
    my ($pid, $why) = serve({}, @command);
    return $pid ? $port : (undef, $why);
}

# Runs audience against a server; returns what it prints and the growth of the counters, or undef and
# the reason.
sub heard {
    my ($what, $server, $n, $lines) = @_;
    my ($port, $not_started) = start($server);
    return (undef, $not_started) if !$port;
    my $before = snmp();
    my ($text, $why) = output_of({}, "$tools/audience", $what, $server->{protocol}, $port, $n, $lines);
    my $counts = $server->{protocol} eq 'chat' ? growth($before, snmp()) : '';
    end_all();
    return defined $text ? ($text, $counts) : (undef, $why);
}

# Measures a cell: the number in what the pattern matches, and remarks on what was lost or disconnected,
# and on the counters.
sub cell {
    my ($group, $pattern, $round, $what, $server, $n, $lines) = @_;
    my ($row, $cell) = ($server->{name}, "$n members");
    return if in_vain($group, $row, $cell);
    progress("round $round, $group->{group}: $row, $cell");
    my ($text, $counts) = heard($what, $server, $n, $lines);
    return missing($group, $row, $counts, $cell) if !defined $text;
    return missing($group, $row, 'no line was heard', $cell) if $text !~ $pattern;
    my $value = $1;
    my @remarks = $text =~ /(.* stopped members .*)/ ? $1 : ();
    if ($text =~ /^([1-9]\d*) of (\d+) lines lost/m) { push @remarks, sprintf '%.1f %% lost', 100 * $1 / $2 }
    push @remarks, $1 if $text =~ /([1-9]\d* of \d+ others disconnected)/;
    push @remarks, $counts if $counts ne '';
    value($group, $row, $cell, $round, $value, map { (remark => $_) } join('; ', @remarks) || ());
}

# --- groups -----------------------------------------------------------------------------------

sub reach {
    my ($round) = @_;
    my %group = (group => 'chat servers, time to all', unit => 'ms', note => 'milliseconds from when a speaker'
        . " says 50 bytes until they are there for all members to read; the median of 20 lines. $settings");
    for my $n ($quick ? 10 : (10, 100, 1000)) {
        cell(\%group, qr/all have it after ([\d.]+) ms/, $round, 'reach', $_, $n, 20)
            for servers($quick ? qr/TCP/ : qr/mmsg|SENDALL|TCP/);
    }
}

sub deliver {
    my ($round) = @_;
    my %group = (group => 'chat servers, deliveries', unit => '/s', better => 'higher', note => 'deliveries a'
        . ' second of lines of 16 bytes, which one speaker says as fast as the server takes them; every member receives'
        . ' every line, unless it is said here that some were lost. The bare loops show what SCTP costs: with bundles'
        . ' lines share packets, as they do on TCP.');
    for my $n ($quick ? (5, 100) : (5, 100, 1000)) {
        my $lines = $quick ? 2000 / $n : $n < 1000 ? 50_000 / $n : 100;
        cell(\%group, qr/(\d+) deliveries a second/, $round, 'deliver', $_, $n, $lines)
            for servers($quick ? qr/bundles|TCP/ : qr/mmsg|bundles|TCP/);
    }
}

# Bare loops on SCTP would block for ever.
sub stopped {
    my ($round) = @_;
    my %group = (group => 'chat servers, a tenth stopped', unit => 'ms', note => 'milliseconds within which 99 % of'
        . ' the lines are heard: 400 bytes every 10 ms, while a tenth of the members have joined and never read.');
    cell(\%group, qr/heard within ([\d.]+) ms/, $round, 'stopped', $_, 20, $quick ? 100 : 2000) for servers(qr/TCP/);
}

sub measure {
    my ($round) = @_;
    reach($round);
    deliver($round);
    stopped($round) if $stack eq 'kernel';    # it reads the kernel's tables of connections
    set_policy($default_policy);
}

1;
