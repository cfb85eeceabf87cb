<?php
// The steps of php_memcached_test.py: php php_memcached_steps.php PORT text|binary|sasl [USER PASSWORD]
// scripted.py describes its output.

declare(strict_types=1);
error_reporting(E_ALL);
ini_set('log_errors', '0');

if (!extension_loaded('memcached')) {
    exit("FAILED loading: install php-memcached, as scripts/test does\n");
}

const WRONG_PASSWORD = 'wrong';
const ITEM_SIZE_MAX = 1 << 20;

[, $port, $mode] = $argv;
define('PORT', (int) $port);
define('IS_BINARY', $mode !== 'text');
define('CREDENTIALS', array_slice($argv, 3));

// Not with `echo`, after which no session can be started.
function say(string $line): void
{
    fwrite(STDOUT, "$line\n");
}

function check(bool $condition, string $message): void
{
    if (!$condition) {
        throw new Exception($message);
    }
}

function check_equal(mixed $actual, mixed $expected, string $what): void
{
    $found = substr(var_export($actual, true), 0, 200);
    check($actual === $expected, "$what: expected " . var_export($expected, true) . ", got $found");
}

function wait_until(callable $condition, string $what): void
{
    $deadline = microtime(true) + 5;
    while (!$condition()) {
        check(microtime(true) < $deadline, "$what did not happen");
        usleep(20000);
    }
}

// A client that uses the dialect of this run, with additional `options`.
function client(array $options = [], ?array $credentials = null): Memcached
{
    $client = new Memcached();
    $client->setOptions($options + [
        Memcached::OPT_BINARY_PROTOCOL => IS_BINARY,
        Memcached::OPT_TCP_NODELAY => true,
    ]);
    $client->addServer('127.0.0.1', PORT);
    $credentials ??= CREDENTIALS;
    if ($credentials) {
        $client->setSaslAuthData(...$credentials);
    }
    return $client;
}

function check_code(Memcached $client, int $code, string $what): void
{
    $said = $client->getResultMessage();
    check_equal($client->getResultCode(), $code, "result code of $what ($said)");
}

function stores_and_returns_values(): void
{
    $c = client();
    check_equal($c->get('never'), false, 'a key never set');
    check_code($c, Memcached::RES_NOTFOUND, 'a get of a missing key');
    $all_bytes = implode('', array_map('chr', range(0, 255)));
    $values = ['text', '', "\r\n", $all_bytes, 12, -5, 1.5, true, false, null, ['a' => [1, 'b']]];
    foreach ($values as $value) {
        // The flags contain types other than strings, and the compression of the last value.
        check_equal($c->set('k', $value), true, 'set');
        check_equal($c->get('k'), $value, 'get');
    }
    $long = str_repeat('abc', 100000);
    $c->set('k', $long);
    check($c->get('k') === $long, 'a compressed value came back changed');
    // The client's own flags are the upper 16 of 32 bits.
    $c->setOption(Memcached::OPT_USER_FLAGS, 65535);
    $c->set('k', 'flagged');
    check_equal($c->get('k', null, Memcached::GET_EXTENDED)['flags'], 65535, 'user flags');
}

function keeps_binary_keys(): void
{
    $c = client();
    // In the text protocol the client itself refuses all others.
    $keys = ['!#$%&()*+,-./:;<=>?@[]^_`{|}~', str_repeat('x', 249)];
    if (IS_BINARY) {
        array_push($keys, 'with space', "\x01\x7f\xff", "nul\0nul", ' ', "schl\u{fc}ssel");
    }
    foreach ($keys as $key) {
        check_equal($c->set($key, "of $key"), true, 'set of the key ' . urlencode($key));
        check_equal($c->get($key), "of $key", 'get of the key ' . urlencode($key));
        check_equal($c->delete($key), true, 'delete of the key ' . urlencode($key));
    }
}

function conditional_writes_depend_on_the_item(): void
{
    $c = client([Memcached::OPT_COMPRESSION => false]);
    check_equal($c->replace('r', '1'), false, 'replace of a missing key');
    $code = IS_BINARY ? Memcached::RES_NOTFOUND : Memcached::RES_NOTSTORED;
    check_code($c, $code, 'replace of a missing key');
    check_equal($c->add('r', '2'), true, 'add of a missing key');
    check_equal($c->add('r', '3'), false, 'add of a present key');
    check_equal($c->get('r'), '2', 'the value after a refused add');
    check_equal($c->replace('r', 'b'), true, 'replace of a present key');
    check_equal($c->append('missing', 'x'), false, 'append to a missing key');
    check_code($c, Memcached::RES_NOTSTORED, 'append to a missing key');
    $c->append('r', 'c');
    $c->prepend('r', 'a');
    check_equal($c->get('r'), 'abc', 'the joined value');
    check_equal($c->delete('r'), true, 'delete');
    check_equal($c->delete('r'), false, 'delete of a missing key');
}

function cas_stores_only_with_the_latest_id(): void
{
    $c = client();
    $other = client();
    $c->set('k', 'old');
    $seen = $c->get('k', null, Memcached::GET_EXTENDED);
    check_equal($seen['value'], 'old', 'the value');
    $other->set('k', 'between');
    check_equal($c->cas($seen['cas'], 'k', 'new'), false, 'cas with an id of yesterday');
    check_code($c, Memcached::RES_DATA_EXISTS, 'cas with an id of yesterday');
    $seen = $c->get('k', null, Memcached::GET_EXTENDED);
    check_equal($seen['value'], 'between', 'the value after a refused cas');
    check_equal($c->cas($seen['cas'], 'k', 'new'), true, 'cas with the id of now');
    check_equal($c->get('k'), 'new', 'the value after cas');
    $c->delete('k');
    check_equal($c->cas($seen['cas'], 'k', 'x'), false, 'cas of a missing key');
    check_code($c, Memcached::RES_NOTFOUND, 'cas of a missing key');
}

function increments_and_decrements(): void
{
    $c = client();
    check_equal($c->increment('n'), false, 'increment of a missing key');
    $c->set('n', 9);
    check_equal($c->increment('n'), 10, 'increment that adds a digit');
    check_equal($c->increment('n', 90), 100, 'increment');
    check_equal($c->decrement('n', 1), 99, 'decrement');
    check_equal($c->decrement('n', 1000), 0, 'decrement below zero');
    $c->set('n', 'text');
    check_equal($c->increment('n'), false, 'increment of a text');
    check_equal($c->get('n'), 'text', 'the value after a refused increment');
    if (IS_BINARY) {
        check_equal($c->increment('created', 1, 7, 100), 7, 'increment that creates');
        check_equal($c->decrement('created', 2, 7, 100), 5, 'decrement of what was created');
    }
}

function gets_and_sets_many(): void
{
    $c = client();
    $values = [];
    for ($n = 0; $n < 1000; $n++) {
        $values["key$n"] = str_repeat((string) $n, $n % 300);
    }
    check_equal($c->setMulti($values), true, 'setMulti');
    // As a text command this is a line of several KB.
    check($c->getMulti([...array_keys($values), 'missing']) == $values, 'getMulti');
    $c->getDelayed(['key7', 'missing', 'key8'], true);
    $found = array_column($c->fetchAll(), 'value', 'key');
    ksort($found);
    $expected = ['key7' => $values['key7'], 'key8' => $values['key8']];
    check_equal($found, $expected, 'what getDelayed found');
    $deleted = $c->deleteMulti(['key7', 'key8']);
    check_equal($deleted, ['key7' => true, 'key8' => true], 'deleteMulti');
    check_equal($c->getMulti(['key7', 'key8']), [], 'what is left after deleteMulti');
}

function expires(): void
{
    $c = client();
    $c->set('soon', 1, 1);
    $c->set('touched', 1, 1);
    $c->set('shortened', 1, 1000);
    $c->set('absolute', 1, time() + 1000);
    check_equal($c->touch('touched', 1000), true, 'touch');
    check_equal($c->touch('missing', 1000), false, 'touch of a missing key');
    check_equal($c->touch('shortened', 2), true, 'touch');
    check_equal($c->get('shortened'), 1, 'a value with 2 s left');
    wait_until(fn () => $c->get('soon') === false, 'the end of a value with 1 s to live');
    check_equal($c->get('touched'), 1, 'a value whose life was prolonged');
    check_equal($c->get('absolute'), 1, 'a value that lives to a point in time');
    wait_until(fn () => $c->get('shortened') === false, 'the end of a value touched to 2 s');
}

function stores_large_values_up_to_the_limit(): void
{
    $c = client([Memcached::OPT_COMPRESSION => false]);
    $large = random_bytes(900000);
    check_equal($c->set('large', $large), true, 'set of 900 KB');
    check($c->get('large') === $large, 'a value of 900 KB came back changed');
    check_equal($c->set('large', str_repeat('x', ITEM_SIZE_MAX)), false, 'set beyond the limit');
    check_code($c, Memcached::RES_E2BIG, 'a set beyond the limit');
    check_equal(client()->get('large'), false, 'the old value after a set beyond the limit');
    $c->set('large', 'small');
    check_equal($c->get('large'), 'small', 'a value after one beyond the limit');
}

function quiet_commands_are_silent(): void
{
    $c = client([Memcached::OPT_NOREPLY => true]);
    for ($n = 0; $n < 100; $n++) {
        $c->set('k', $n);
    }
    // An unexpected reply would be read instead of this one.
    check_equal($c->get('k'), 99, 'the value after 100 sets without reply');
    $c = client([Memcached::OPT_BUFFER_WRITES => true]);
    for ($n = 0; $n < 100; $n++) {
        $c->set("buffered$n", $n);
    }
    check_equal($c->get('buffered99'), 99, 'a value after 100 buffered sets');
    check_equal(client()->get('buffered0'), 0, 'the first of 100 buffered sets');
}

function flushes(): void
{
    $c = client();
    $c->set('before', 1);
    check_equal($c->flush(), true, 'flush');
    check_equal($c->get('before'), false, 'a value from before the flush');
    $c->set('after', 1);
    check_equal($c->get('after'), 1, 'a value set right after the flush');
    check_equal($c->flush(2), true, 'flush to come');
    check_equal($c->get('after'), 1, 'a value before the flush came');
    wait_until(fn () => $c->get('after') === false, 'the delayed flush');
}

function shows_stats_and_version(): void
{
    $c = client();
    $server = '127.0.0.1:' . PORT;
    $before = $c->getStats()[$server];
    $c->set('k', 1);
    $c->get('k');
    $c->get('missing');
    $after = $c->getStats()[$server];
    foreach (['cmd_set', 'get_hits', 'get_misses'] as $name) {
        check_equal($after[$name], $before[$name] + 1, "growth of $name");
    }
    check($after['pid'] > 0 && $after['uptime'] >= 0, 'pid and uptime');
    $version = $c->getVersion()[$server];
    // libmemcached returns 255.255.255 if it cannot parse the three numbers.
    check(preg_match('/^1\.\d+\.\d+$/', $version) === 1, "version $version");
    check_equal($after['version'], $version, 'version in stats');
    foreach (['settings' => 'tcpport', 'items' => null, 'slabs' => 'active_slabs'] as $of => $row) {
        $rows = $c->getStats($of)[$server];
        check($rows && ($row === null || isset($rows[$row])), "stats $of");
    }
    if (!IS_BINARY) {
        lists_keys_of_all_sizes($c);
    }
}

// Sends `stats cachedump` for the classes 1 to 63; memcached would omit the newest items.
function lists_keys_of_all_sizes(Memcached $c): void
{
    $c->flush();
    $names = [];
    for ($size = 10; $size <= 900_000; $size = (int) ($size * 1.3) + 1) {
        $names[] = "size$size";
        check_equal($c->set("size$size", str_repeat('v', $size)), true, "set of $size bytes");
    }
    $found = $c->getAllKeys();
    check(is_array($found), 'getAllKeys');
    sort($names);
    sort($found);
    check_equal($found, $names, 'getAllKeys');
}

// The default options of Symfony's cache; Laravel requests the version.
function serves_a_framework(): void
{
    $c = client([
        Memcached::OPT_BINARY_PROTOCOL => true,
        Memcached::OPT_NO_BLOCK => true,
        Memcached::OPT_LIBKETAMA_COMPATIBLE => true,
        Memcached::OPT_SERIALIZER => Memcached::SERIALIZER_PHP,
    ]);
    check_equal(array_keys($c->getVersion()), ['127.0.0.1:' . PORT], 'who tells a version');
    $values = ['a:b' => ['x' => 1], 'c' => new ArrayObject([2])];
    check_equal($c->setMulti($values, 1000), true, 'setMulti');
    check($c->getMulti(array_keys($values)) == $values, 'getMulti');
    check_equal($c->checkKey('c'), true, 'checkKey');
    check_equal(array_values($c->deleteMulti(array_keys($values))), [true, true], 'deleteMulti');
}

function keeps_sessions(): void
{
    ini_set('session.save_handler', 'memcached');
    ini_set('session.save_path', '127.0.0.1:' . PORT);
    ini_set('session.use_cookies', '0');
    ini_set('session.cache_limiter', '');
    ini_set('memcached.sess_binary_protocol', IS_BINARY ? '1' : '0');
    if (CREDENTIALS) {
        ini_set('memcached.sess_sasl_username', CREDENTIALS[0]);
        ini_set('memcached.sess_sasl_password', CREDENTIALS[1]);
    }
    $id = session_create_id();
    session_id($id);
    check_equal(session_start(), true, 'a new session');
    $_SESSION['visits'] = 1;
    check_equal(session_write_close(), true, 'the end of the first visit');
    $_SESSION = [];
    session_id($id);
    check_equal(session_start(), true, 'the same session');
    check_equal($_SESSION, ['visits' => 1], 'what was kept');
    check_equal(session_destroy(), true, 'the end of the session');
}

function continues_after_a_restart(): void
{
    $c = client();
    $c->set('k', 1);
    say('restart');
    fgets(STDIN);
    // libmemcached notices with the first command, and reconnects for one of the next.
    wait_until(fn () => $c->set('k', 2), 'a set after the restart');
    check_equal($c->get('k'), 2, 'a value set after the restart');
}

function refuses_a_wrong_password(): void
{
    $c = client();
    $c->set('k', 1);
    $stranger = client([], [CREDENTIALS[0], WRONG_PASSWORD]);
    check_equal($stranger->set('k', 2), false, 'set with a wrong password');
    check($stranger->getLastErrorMessage() !== '', 'no error message');
    $said = $stranger->getResultMessage();
    check(str_contains($said, 'AUTHENTICATION FAILURE'), "the words of the error: $said");
    check_equal($stranger->get('k'), false, 'get with a wrong password');
    check_equal($c->get('k'), 1, 'a value after a set with a wrong password');
}

function refuses_without_a_password(): void
{
    $c = client();
    $c->set('k', 1);
    $stranger = client([], []);
    check_equal($stranger->set('k', 2), false, 'set without a password');
    check_equal($stranger->get('k'), false, 'get without a password');
    // The client does not wait for the reply to this, but the server refuses it.
    $stranger->flush();
    usleep(20000);
    check_equal($c->get('k'), 1, 'a value after commands without a password');
}

$steps = [
    'stores_and_returns_values', 'keeps_binary_keys', 'conditional_writes_depend_on_the_item',
    'cas_stores_only_with_the_latest_id', 'increments_and_decrements', 'gets_and_sets_many',
    'stores_large_values_up_to_the_limit', 'quiet_commands_are_silent', 'shows_stats_and_version',
    'keeps_sessions', 'continues_after_a_restart',
];
if (CREDENTIALS) {
    array_unshift($steps, 'refuses_a_wrong_password', 'refuses_without_a_password');
} else {
    if (IS_BINARY) {
        $steps[] = 'serves_a_framework';
    }
    // A delayed flush may also remove later writes of its second, so it is the last step.
    array_push($steps, 'expires', 'flushes');
}
foreach ($steps as $step) {
    $name = str_replace('_', ' ', $step);
    try {
        $step();
        say("ok $name");
    } catch (Throwable $error) {
        say("FAILED $name: {$error->getMessage()}");
    }
}
say('done');
