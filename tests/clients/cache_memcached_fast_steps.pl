# The steps of cache_memcached_fast_test.py: perl cache_memcached_fast_steps.pl PORT text
# scripted.py describes its output.

use strict;
use warnings;
use utf8;
use Time::HiRes qw(sleep time);

BEGIN {
    eval { require Cache::Memcached::Fast; 1 }
        or die "FAILED loading: install libcache-memcached-fast-perl, as scripts/test does\n$@";
}

$| = 1;
binmode STDOUT, ':utf8';

my $port = $ARGV[0];
my $item_size_max = 1 << 20;

sub check {
    my ($condition, $message) = @_;
    die "$message\n" unless $condition;
}

sub shown {
    my ($value) = @_;
    return 'undef' unless defined $value;
    return join ',', map { "$_=" . shown($value->{$_}) } sort keys %$value if ref $value eq 'HASH';
    return join ',', map { shown($_) } @$value if ref $value eq 'ARRAY';
    return "'" . substr($value, 0, 200) . "'";
}

# Compares the printed forms; the second argument may be undef, a text, a list or a hash.
# The prototype gives scalar context: in list context a miss would be an empty list.
sub check_equal($$$) {
    my ($actual, $expected, $what) = @_;
    my ($found, $wanted) = (shown($actual), shown($expected));
    check($found eq $wanted, "$what: expected $wanted, got $found");
}

sub wait_until {
    my ($condition, $what) = @_;
    my $deadline = time + 5;
    until ($condition->()) {
        check(time < $deadline, "$what did not happen");
        sleep 0.02;
    }
}

# `noreply` is set for the server: commands in void context are then sent with it.
sub client {
    my ($noreply, %options) = @_;
    my $server = { address => "127.0.0.1:$port", noreply => $noreply };
    return Cache::Memcached::Fast->new({ servers => [$server], io_timeout => 5, %options });
}

sub stores_and_returns_values {
    my $c = client(0, compress_threshold => 10_000);
    check_equal($c->get('never'), undef, 'a key never set');
    my $all_bytes = join '', map { chr } 0 .. 255;
    # The flags mark structures and compressed values.
    for my $value ('text', '', "\r\n", $all_bytes, 12, { a => [1, 'b'] }, 'abc' x 100_000) {
        check_equal($c->set('k', $value), 1, 'set');
        check_equal($c->get('k'), $value, 'get');
    }
    check(length $c->get('k') == 300_000, 'a compressed value came back shorter');
    my $u = client(0, utf8 => 1);
    $u->set('u', "\x{fc}\x{20ac}");
    check_equal($u->get('u'), "\x{fc}\x{20ac}", 'a text beyond ASCII');
    for my $key ('x' x 250, "tab\tkey", "\x01\x7f", "schl\x{fc}ssel\x{20ac}") {
        check_equal($u->set($key, $key), 1, 'set of an odd key');
        check_equal($u->get($key), $key, 'get of an odd key');
    }
    my $n = client(0, namespace => 'ns:');
    $n->set('k', 'in it');
    check_equal($c->get('ns:k'), 'in it', 'a value of a namespace');
}

sub conditional_writes_depend_on_the_item {
    my $c = client(0);
    check_equal($c->replace('r', '1'), '', 'replace of a missing key');
    check_equal($c->add('r', 'b'), 1, 'add of a missing key');
    check_equal($c->add('r', '3'), '', 'add of a present key');
    check_equal($c->append('missing', 'x'), '', 'append to a missing key');
    check_equal($c->prepend('missing', 'x'), '', 'prepend to a missing key');
    check_equal($c->append('r', 'c'), 1, 'append');
    check_equal($c->prepend('r', 'a'), 1, 'prepend');
    check_equal($c->get('r'), 'abc', 'the joined value');
    check_equal($c->replace('r', 'new'), 1, 'replace of a present key');
    check_equal($c->delete('r'), 1, 'delete');
    check_equal($c->delete('r'), '', 'delete of a missing key');
}

sub cas_stores_only_with_the_latest_id {
    my ($c, $other) = (client(0), client(0));
    check_equal($c->gets('missing'), undef, 'gets of a missing key');
    $c->set('k', 'old');
    my $seen = $c->gets('k');
    check_equal($seen->[1], 'old', 'the value of gets');
    $other->set('k', 'between');
    check_equal($c->cas('k', $seen->[0], 'new'), '', 'cas with an id of yesterday');
    check_equal($c->get('k'), 'between', 'the value after a refused cas');
    check_equal($c->cas('k', $c->gets('k')->[0], 'new'), 1, 'cas with the id of now');
    check_equal($c->get('k'), 'new', 'the value after cas');
    my $many = $c->gets_multi('k', 'missing');
    check_equal([keys %$many], ['k'], 'the keys of gets_multi');
    my $id = $many->{k}[0];
    check_equal($c->cas_multi(['k', $id, 'newer']), { k => 1 }, 'cas_multi');
    $c->delete('k');
    check_equal($c->cas('k', $id, 'x'), '', 'cas of a missing key');
}

sub increments_and_decrements {
    my $c = client(0);
    check_equal($c->incr('n'), '', 'incr of a missing key');
    check_equal($c->decr('n'), '', 'decr of a missing key');
    $c->set('n', 9);
    check_equal($c->incr('n'), 10, 'incr that adds a digit');
    check_equal($c->incr('n', 90), 100, 'incr');
    check_equal($c->decr('n', 100), '0E0', 'decr to zero, told in a true way');
    $c->set('n', '18446744073709551615');
    check_equal($c->incr('n'), '0E0', 'incr beyond 64 bits');
    $c->set('n', 'text');
    check_equal($c->incr('n'), undef, 'incr of a text');
    check_equal($c->get('n'), 'text', 'the value after a refused incr');
    $c->set_multi(['a', 1], ['b', 2]);
    my $sums = $c->incr_multi(['a', 5], ['b', 5], 'missing');
    check_equal($sums, { a => 6, b => 7, missing => '' }, 'incr_multi');
}

sub gets_and_sets_many {
    my $c = client(0);
    my %values = map { ("key$_" => "$_" x ($_ % 300)) } 0 .. 999;
    my $stored = $c->set_multi(map { [$_, $values{$_}] } keys %values);
    check_equal(scalar(grep { $_ } values %$stored), 1000, 'what set_multi stored');
    # A line of several KB.
    check_equal($c->get_multi(keys %values, 'missing'), \%values, 'get_multi');
    my $deleted = $c->delete_multi('key7', 'key8', 'missing');
    check_equal($deleted, { key7 => 1, key8 => 1, missing => '' }, 'delete_multi');
    check_equal($c->get_multi('key7', 'key8'), {}, 'what is left after delete_multi');
}

sub stores_large_values_up_to_the_limit {
    my $c = client(0, max_size => 4 * $item_size_max);
    my $large = join '', map { pack 'N', $_ * 2_654_435_761 % 2**32 } 1 .. 225_000;
    check_equal($c->set('large', $large), 1, 'set of 900 KB');
    check($c->get('large') eq $large, 'a value of 900 KB came back changed');
    my $too_large = 'x' x $item_size_max;
    check_equal($c->set('large', $too_large), undef, 'set beyond the limit');
    check_equal($c->get('large'), undef, 'the old value after a set beyond the limit');
    check_equal($c->set('large', 'small'), 1, 'a set after one beyond the limit');
    check_equal($c->get('large'), 'small', 'a value after one beyond the limit');
}

sub noreply_is_silent {
    my $c = client(1, nowait => 1);
    for my $n (0 .. 99) {
        $c->set('k', $n);
        $c->add('k', 'refused');
        $c->replace('missing', 'refused');
        $c->append('k', '!');
        $c->touch('missing', 5);
        $c->delete('missing');
        $c->incr('missing', 1);
    }
    $c->nowait_push;
    # An unexpected reply would be read instead of this one.
    check_equal($c->get('k'), '99!', 'the value after 700 commands without reply');
    $c->flush_all;
    $c->nowait_push;
    check_equal($c->get('k'), undef, 'a value after flush_all without reply');
}

sub shows_versions {
    my $c = client(0);
    my $versions = $c->server_versions;
    check_equal([keys %$versions], ["127.0.0.1:$port"], 'who tells a version');
    my ($version) = values %$versions;
    check($version =~ /^1\.\d+\.\d+$/, "version $version");
}

sub continues_after_a_restart {
    my $c = client(0);
    $c->set('k', 1);
    $c->disconnect_all;
    check_equal($c->get('k'), 1, 'a get after a disconnect');
    print "restart\n";
    <STDIN>;
    # The client notices with the first command, and reconnects for the next one.
    wait_until(sub { $c->set('k', 2) }, 'a set after the restart');
    check_equal($c->get('k'), 2, 'a value set after the restart');
}

sub expires {
    my $c = client(0);
    $c->set('soon', 1, 1);
    $c->set('touched', 1, 1);
    $c->set('got', 1, 1);
    $c->set('shortened', 1, 1000);
    $c->set('past', 1, -1);
    check_equal($c->get('past'), undef, 'a value that was expired when it was stored');
    check_equal($c->touch('touched', 1000), 1, 'touch');
    check_equal($c->touch('missing', 1000), '', 'touch of a missing key');
    check_equal($c->gat(1000, 'got'), 1, 'gat');
    check_equal($c->gat_multi(2, 'shortened', 'missing'), { shortened => 1 }, 'gat_multi');
    my $with_id = $c->gats(2, 'shortened');
    check_equal($with_id, $c->gets('shortened'), 'gats, and a value with 2 s left');
    wait_until(sub { !defined $c->get('soon') }, 'the end of a value with 1 s to live');
    check_equal($c->get_multi('touched', 'got'), { touched => 1, got => 1 }, 'what lives on');
    wait_until(sub { !defined $c->get('shortened') }, 'the end of a value touched to 2 s');
}

sub flushes {
    my $c = client(0);
    $c->set('before', 1);
    check_equal($c->flush_all, { "127.0.0.1:$port" => 1 }, 'flush_all');
    check_equal($c->get('before'), undef, 'a value from before flush_all');
    $c->set('after', 1);
    check_equal($c->get('after'), 1, 'a value set right after flush_all');
    $c->flush_all(2);
    check_equal($c->get('after'), 1, 'a value before the flush came');
    wait_until(sub { !defined $c->get('after') }, 'the delayed flush');
}

# A delayed flush may also remove later writes of its second, so it is the last step.
my @steps = qw(
    stores_and_returns_values conditional_writes_depend_on_the_item cas_stores_only_with_the_latest_id
    increments_and_decrements gets_and_sets_many stores_large_values_up_to_the_limit noreply_is_silent
    shows_versions continues_after_a_restart expires flushes
);
for my $step (@steps) {
    (my $name = $step) =~ tr/_/ /;
    if (eval { no strict 'refs'; &$step(); 1 }) {
        print "ok $name\n";
    } else {
        print "FAILED $name: $@";
    }
}
print "done\n";
