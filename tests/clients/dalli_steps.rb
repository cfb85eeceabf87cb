# frozen_string_literal: true

# The steps of dalli_test.py: ruby dalli_steps.rb PORT plain|sasl [USER PASSWORD]
# scripted.py describes its output.

require 'logger'

begin
  require 'dalli'
rescue LoadError => e
  abort "FAILED loading: #{e.message}; install ruby-dalli, as scripts/test does"
end

$stdout.sync = true
Dalli.logger = Logger.new(IO::NULL)

PORT = ARGV[0]
CREDENTIALS = ARGV[2..] || []
ADDRESS = "127.0.0.1:#{PORT}"
ITEM_SIZE_MAX = 1 << 20

class Failure < StandardError; end

def check(condition, message)
  raise Failure, message unless condition
end

def check_equal(actual, expected, what)
  check(actual == expected, "#{what}: expected #{expected.inspect}, got #{actual.inspect[0, 200]}")
end

def raised(kind)
  yield
  raise Failure, "#{kind} was not raised"
rescue kind => e
  e
end

def wait_until(what)
  deadline = Time.now + 5
  until yield
    check(Time.now < deadline, "#{what} did not happen")
    sleep 0.02
  end
end

# A client that logs in with `credentials`, by default those of the server if there are any.
def client(credentials = CREDENTIALS, **options)
  user, password = credentials
  Dalli::Client.new(ADDRESS, username: user, password: password, socket_timeout: 5, **options)
end

def stores_and_returns_values
  c = client
  check_equal(c.get('never'), nil, 'a key never set')
  # The flags contain the type.
  all_bytes = (0..255).to_a.pack('C*')
  ['text', '', "\r\n", all_bytes, 12, 2**70, 1.5, true, { a: [1, nil] }].each do |value|
    check(c.set('k', value), "set of #{value.inspect}")
    check_equal(c.get('k'), value, 'get')
  end
  c.set('k', 'abc' * 100_000, nil, compress: true)
  check(c.get('k') == 'abc' * 100_000, 'a compressed value came back changed')
  check_equal(c.fetch('fetched') { 'made' }, 'made', 'fetch of a missing key')
  check_equal(c.fetch('fetched') { 'made again' }, 'made', 'fetch of a present key')
end

def keeps_binary_keys
  c = client
  keys = ['with space', "line\r\nbreak", "\x00\x01\x7F", "schl\u00fcssel", ' ', 'x' * 250]
  # The client shortens this one itself.
  keys << 'y' * 300
  keys.each do |key|
    check(c.set(key, "of #{key}"), "set of #{key.inspect}")
    check_equal(c.get(key), "of #{key}", "get of #{key.inspect}")
    check_equal(c.delete(key), true, "delete of #{key.inspect}")
    check_equal(c.get(key), nil, "the deleted key #{key.inspect}")
  end
end

def conditional_writes_depend_on_the_item
  c = client
  # The client returns the CAS id of the reply; an error has none.
  check_equal(c.replace('r', '1'), 0, 'replace of a missing key')
  check(c.add('r', 'b', nil, raw: true), 'add of a missing key')
  check_equal(c.add('r', '3'), false, 'add of a present key')
  check_equal(c.append('missing', 'x'), false, 'append to a missing key')
  check_equal(c.prepend('missing', 'x'), false, 'prepend to a missing key')
  check_equal(c.append('r', 'c'), true, 'append')
  check_equal(c.prepend('r', 'a'), true, 'prepend')
  check_equal(c.get('r'), 'abc', 'the joined value')
  check(c.replace('r', 'new'), 'replace of a present key')
  check_equal(c.get('r'), 'new', 'the value after replace')
  check_equal(c.delete('r'), true, 'delete')
  check_equal(c.delete('r'), nil, 'delete of a missing key')
end

def cas_stores_only_with_the_latest_id
  c = client
  other = client
  c.set('k', 'old')
  value, unique = c.get_cas('k')
  check_equal(value, 'old', 'the value of get_cas')
  other.set('k', 'between')
  check_equal(c.set_cas('k', 'new', unique), false, 'set_cas with an id of yesterday')
  check_equal(c.delete_cas('k', unique), false, 'delete_cas with an id of yesterday')
  check_equal(c.get('k'), 'between', 'the value after a refused set_cas')
  newer = c.set_cas('k', 'new', c.get_cas('k').last)
  check(newer.is_a?(Integer) && newer != unique, "set_cas with the id of now: #{newer}")
  check_equal(c.get_cas('k'), ['new', newer], 'the id that set_cas told')
  check_equal(c.cas('k') { |seen| other.set('k', "#{seen} and other") && 'lost' }, false, 'a race')
  check(c.cas('k') { |seen| "#{seen} again" }, 'cas by block')
  check_equal(c.get('k'), 'new and other again', 'the value after cas by block')
  check_equal(c.delete_cas('k', c.get_cas('k').last), true, 'delete_cas with the id of now')
  check_equal(c.cas('k') { 'never' }, nil, 'cas of a missing key')
  check_equal(c.replace_cas('k', 'never', newer), 0, 'replace_cas of a missing key')
  check(c.cas!('k') { |seen| [seen, 'new'] }, 'cas! of a missing key')
  check_equal(c.get('k'), [nil, 'new'], 'the value after cas!')
end

def increments_and_decrements
  c = client
  check_equal(c.incr('n'), nil, 'incr of a missing key')
  check_equal(c.decr('n'), nil, 'decr of a missing key')
  check_equal(c.incr('n', 1, nil, 9), 9, 'incr that creates')
  check_equal(c.incr('n'), 10, 'incr that adds a digit')
  check_equal(c.incr('n', 90), 100, 'incr')
  check_equal(c.decr('n', 1), 99, 'decr')
  check_equal(c.decr('n', 1000), 0, 'decr below zero')
  c.set('n', (2**64 - 1).to_s, nil, raw: true)
  check_equal(c.incr('n'), 0, 'incr beyond 64 bits')
  c.set('n', 'text', nil, raw: true)
  error = raised(Dalli::DalliError) { c.incr('n') }
  check(error.message.include?('error 6'), "the words of the error: #{error.message}")
  check_equal(c.get('n'), 'text', 'the value after a refused incr')
end

def gets_and_sets_many
  c = client
  values = (0...1000).to_h { |n| ["key#{n}", n.to_s * (n % 300)] }
  # Quiet: the errors that are received at the end are discarded.
  c.multi do
    values.each { |key, value| c.set(key, value) }
    c.add('key1', 'refused')
    c.replace('missing', 'refused')
    c.delete('missing')
  end
  check(c.get_multi(values.keys + ['missing']) == values, 'get_multi after 1000 quiet sets')
  with_ids = c.get_multi_cas('key7', 'missing')
  check_equal(with_ids, { 'key7' => c.get_cas('key7') }, 'get_multi_cas')
  c.multi { values.each_key { |key| c.delete(key) } }
  check_equal(c.get_multi(values.keys), {}, 'what is left after 1000 quiet deletes')
end

def expires
  c = client
  c.set('soon', 1, 1)
  c.set('touched', 1, 1)
  c.set('got', 1, 1)
  c.set('shortened', 1, 1000)
  # From 30 days on the client converts it to a Unix time.
  c.set('absolute', 1, 31 * 24 * 3600)
  check_equal(c.incr('count', 1, 1, 5), 5, 'incr that creates for 1 s')
  check_equal(c.touch('touched', 1000), true, 'touch')
  check_equal(c.touch('missing', 1000), nil, 'touch of a missing key')
  check_equal(c.gat('got', 1000), 1, 'gat')
  check_equal(c.gat('missing', 1000), nil, 'gat of a missing key')
  check_equal(c.gat('shortened', 2), 1, 'gat')
  check_equal(c.get('shortened'), 1, 'a value with 2 s left')
  wait_until('the end of a value with 1 s to live') { c.get('soon').nil? }
  wait_until('the end of a number with 1 s to live') { c.get('count').nil? }
  check_equal(c.get_multi('touched', 'got', 'absolute').size, 3, 'values that live on')
  wait_until('the end of a value touched to 2 s') { c.get('shortened').nil? }
end

def stores_large_values_up_to_the_limit
  c = client(value_max_bytes: 4 * ITEM_SIZE_MAX, compress: false)
  large = Random.new(1).bytes(900_000)
  c.set('large', large, nil, raw: true)
  check(c.get('large') == large, 'a value of 900 KB came back changed')
  error = raised(Dalli::DalliError) { c.set('large', 'x' * ITEM_SIZE_MAX, nil, raw: true) }
  check(error.message.include?('error 3'), "the words of the error: #{error.message}")
  check_equal(c.get('large'), nil, 'the old value after a set beyond the limit')
  c.set('large', 'small')
  check_equal(c.get('large'), 'small', 'a value after one beyond the limit')
end

def flushes
  c = client
  c.set('before', 1)
  check_equal(c.flush, [true], 'flush')
  check_equal(c.get('before'), nil, 'a value from before the flush')
  c.set('after', 1)
  check_equal(c.get('after'), 1, 'a value set right after the flush')
  # A delay applies only to further servers; the first one is flushed at once.
  check_equal(c.flush(2), [true], 'flush with a delay')
  check_equal(c.get('after'), nil, 'a value from before the second flush')
end

def shows_stats_and_version
  c = client
  c.alive!
  before = c.stats[ADDRESS]
  c.set('k', 1)
  c.get('k')
  c.get('missing')
  after = c.stats[ADDRESS]
  %w[cmd_set get_hits get_misses].each do |name|
    check_equal(after[name].to_i, before[name].to_i + 1, "growth of #{name}")
  end
  version = c.version[ADDRESS]
  check(version.match?(/\A1\.\d+\.\d+\z/), "version #{version}")
  check_equal(after['version'], version, 'version in stats')
  check_equal(c.stats(:settings)[ADDRESS]['tcpport'], PORT, 'tcpport in stats settings')
  check(!c.stats(:items)[ADDRESS].empty? && c.stats(:slabs)[ADDRESS].key?('active_slabs'),
        'stats of items and slabs')
  check_equal(c.reset_stats, [true], 'reset_stats')
  check_equal(c.stats[ADDRESS]['get_hits'], '0', 'get_hits after reset_stats')
end

def continues_after_a_restart
  c = client
  c.set('k', 1)
  c.close
  check_equal(c.get('k'), 1, 'a get after close')
  puts 'restart'
  $stdin.gets
  # The client retries over a new connection.
  check_equal(c.get('k'), nil, 'a value from before the restart')
  check(c.set('k', 2), 'a set after the restart')
  check_equal(c.get('k'), 2, 'a value set after the restart')
end

def accepts_credentials_that_are_not_required
  # The reply to LIST MECHS is "unknown command", and the client continues without it.
  c = client(%w[user wrong])
  check(c.set('k', 1), 'set')
  check_equal(c.get('k'), 1, 'get')
end

def refuses_a_wrong_password
  c = client
  c.set('k', 1)
  stranger = client([CREDENTIALS[0], 'wrong'])
  error = raised(Dalli::DalliError) { stranger.set('k', 2) }
  check_equal(error.message, 'Error authenticating: 0x20', 'the words of the error')
  # The client continues to use the connection on which the login failed.
  error = raised(Dalli::DalliError) { stranger.set('k', 2) }
  check(error.message.include?('Authentication required'), "the error: #{error.message}")
  check_equal(c.get('k'), 1, 'a value after a set with a wrong password')
end

def refuses_without_a_password
  c = client
  c.set('k', 1)
  [
    ->(stranger) { stranger.get('k') },
    ->(stranger) { stranger.set('k', 2) },
    ->(stranger) { stranger.delete('k') },
    ->(stranger) { stranger.flush }
  ].each do |action|
    error = raised(Dalli::DalliError) { action.call(client([])) }
    check(error.message.include?('Authentication required'), "the error: #{error.message}")
  end
  check_equal(c.get('k'), 1, 'a value after commands without a password')
end

STEPS = %i[
  stores_and_returns_values keeps_binary_keys conditional_writes_depend_on_the_item
  cas_stores_only_with_the_latest_id increments_and_decrements gets_and_sets_many
  stores_large_values_up_to_the_limit shows_stats_and_version continues_after_a_restart
].freeze
PLAIN = %i[accepts_credentials_that_are_not_required expires flushes].freeze
SASL = %i[refuses_a_wrong_password refuses_without_a_password].freeze

(STEPS + (CREDENTIALS.empty? ? PLAIN : SASL)).each do |step|
  name = step.to_s.tr('_', ' ')
  begin
    send(step)
    puts "ok #{name}"
  rescue StandardError => e
    puts "FAILED #{name}: #{e.class}: #{e.message}"
  end
end
puts 'done'
