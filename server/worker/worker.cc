#include "server/worker/worker.h"

#include <pthread.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/assertions.h"

namespace larder::server {

Worker::Worker(Context context)
    : context_(std::move(context)),
      clock_(context_.clock_driver),
      acceptor_(
          loop_, context_.gate, context_.dispatcher, std::move(context_.listeners), context_.number,
          [this](AcceptedSocket socket) {
            clock_.catch_up();
            executor_.watch_writer().begin_turn();  // who watches sees a client from the beginning
            welcome(std::move(socket));
          }),
      executor_(context_.store, context_.store.make_thread_cache(), counters_,
                context_.clock_driver.clock(), context_.admin, context_.watchers, context_.insight),
      turn_({.executor = executor_,
             .clock = clock_,
             .counters = counters_,
             .authentication = context_.authentication,
             .inbox = inbox_,
             .log = context_.log,
             .requests_max = static_cast<uint32_t>(context_.options.requests_per_turn_max),
             .measures_latency = context_.options.measures_latency}),
      datagrams_(executor_, clock_, counters_, context_.authentication.access_at_first(),
                 std::move(context_.datagram_sockets)) {}

Worker::~Worker() { ASSERT(!thread_.joinable()); }

void Worker::start() {
  thread_ = std::thread([this] {
    const std::string name = "worker-" + std::to_string(context_.number);
    ::pthread_setname_np(::pthread_self(), name.c_str());
    run();
  });
}

void Worker::open() noexcept {
  is_open_.store(true, std::memory_order_release);
  inbox_.notify();
}

void Worker::request_stop() noexcept {
  is_stopping_.store(true, std::memory_order_release);
  inbox_.notify();
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::run() {
  inbox_.start(loop_, on_arrival, this);
  datagrams_.start(loop_);
  Timer second;
  second.start_periodic(loop_, 1000, on_second, this);
  last_second_ns_ = monotonic_nanoseconds();
  while (!is_stopping_.load(std::memory_order_acquire)) {
    if (ready_.empty()) {
      loop_.run_turn();
    } else {
      loop_.poll_turn();  // somebody waits for another turn already
    }
    serve();
  }
  second.stop();
  datagrams_.stop();
  inbox_.stop();
  acceptor_.stop();
  inbox_.close();
  take_in();  // so that every socket is counted that was handed over
  drain();
  close_all();
}

// Replies half sent are worth a moment, but for dumps; nothing is read any more.
void Worker::drain() {
  for (Connection* connection : ready_) connection->is_queued = false;
  ready_.clear();
  for (ConnectionInfo* info = connections_.first(); info != nullptr;) {
    auto& connection = static_cast<Connection&>(*info);
    info = info->next;
    connection.close_when_sent();
    if (!connection.has_cut_multiget()) connection.cut_request.reset();
    if (connection.backlog != nullptr) continue;
    connection.cut_request != nullptr ? enqueue(connection) : close(connection);
  }
  bool is_over = false;
  Timer deadline;
  deadline.start_once(
      loop_, kDrainMilliseconds, [](void* flag) noexcept { *static_cast<bool*>(flag) = true; },
      &is_over);
  const auto goes_on = [this] { return ready_.empty() ? loop_.run_turn() : loop_.poll_turn(); };
  while (!is_over && connections_.first() != nullptr && goes_on()) serve();
}

// An idle worker too must give back chunks of pages that are to leave their class.
void Worker::on_second(void* context) noexcept {
  auto* worker = static_cast<Worker*>(context);
  const int64_t now_ns = monotonic_nanoseconds();
  worker->ticked_at_us_.store(now_ns / 1000, std::memory_order_relaxed);
  worker->clock_.catch_up(now_ns);
  worker->executor_.begin_turn();
  worker->excuse(worker->take_missed_seconds(now_ns));
  worker->close_idle(worker->executor_.now());
  if (worker->counters_.backlog_bytes.get() > 0) {
    worker->close_stalled_dumps(worker->executor_.now());
  }
  if (worker->counters_.tls_handshakes.get() > 0) {
    worker->close_stalled_handshakes(worker->executor_.now());
  }
}

// For how long this thread has not run though it should have, rounded up: the process was stopped,
// or the host slept.
base::Time Worker::take_missed_seconds(int64_t monotonic_ns) {
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t late_ns = monotonic_ns - std::exchange(last_second_ns_, monotonic_ns) - kSecond;
  return late_ns < kSecond ? 0 : static_cast<base::Time>((late_ns + kSecond - 1) / kSecond);
}

// What a client sends while nobody runs is read later, so that time is left out of all limits on
// how long clients may be silent.  Otherwise a stop would disconnect all of them at once.
void Worker::excuse(base::Time seconds) {
  if (seconds == 0) return;
  const base::Time now = executor_.now();
  const auto later = [&](base::Time time) { return now - time < seconds ? now : time + seconds; };
  for (ConnectionInfo* info = connections_.first(); info != nullptr; info = info->next) {
    auto& connection = static_cast<Connection&>(*info);
    const base::Time last = connection.last_request_at.load(std::memory_order_relaxed);
    connection.last_request_at.store(later(last), std::memory_order_relaxed);
    if (connection.cut_request != nullptr) {
      connection.cut_request->moved_at = later(connection.cut_request->moved_at);
    }
  }
}

// Unix sockets are for this machine's own clients, whom upstream lets idle for ever, too.
void Worker::close_idle(base::Time now) {
  const auto seconds_max = static_cast<base::Time>(context_.options.idle_timeout_seconds);
  if (seconds_max == 0 || now < next_idle_at_) return;
  base::Time oldest = now;
  for (ConnectionInfo* info = connections_.first(); info != nullptr;) {
    auto& connection = static_cast<Connection&>(*info);
    info = info->next;
    if (connection.transport != Transport::Tcp || !connection.awaits_request()) continue;
    const base::Time last = connection.last_request_at.load(std::memory_order_relaxed);
    if (now - last > seconds_max) {
      counters_.idle_kicks.add();
      connection.close_reason = CloseReason::IdleTimeout;
      close(connection);
    } else {
      oldest = std::min(oldest, last);
    }
  }
  next_idle_at_ = oldest + seconds_max + 1;
}

void Worker::close_stalled_dumps(base::Time now) {
  for (ConnectionInfo* info = connections_.first(); info != nullptr;) {
    auto& connection = static_cast<Connection&>(*info);
    info = info->next;
    if (connection.has_stalled_dump(now)) close(connection);
  }
}

void Worker::close_stalled_handshakes(base::Time now) {
  for (ConnectionInfo* info = connections_.first(); info != nullptr;) {
    auto& connection = static_cast<Connection&>(*info);
    info = info->next;
    if (connection.tls == nullptr || connection.tls->is_established() || connection.is_queued) {
      continue;
    }
    const base::Time begun_at = connection.last_request_at.load(std::memory_order_relaxed);
    if (now - begun_at <= kHandshakeSecondsMax) continue;
    connection.tls->give_up();
    close(connection);
  }
}

void Worker::on_arrival(void* worker) noexcept { static_cast<Worker*>(worker)->take_in(); }

void Worker::take_in() {
  inbox_.drain(arrived_);
  clock_.catch_up();
  executor_.watch_writer().begin_turn();
  for (LoginAnswer& answer : arrived_.answers) {
    auto& connection = *static_cast<Connection*>(answer.connection);
    Turn::answer_login(connection, std::move(answer.reply));
    enqueue(connection);
  }
  for (void* departed : arrived_.departed) close(*static_cast<Connection*>(departed));
  for (AcceptedSocket& socket : arrived_.sockets) welcome(std::move(socket));
  arrived_.clear();
  if (is_open_.load(std::memory_order_acquire) && !is_stopping_.load(std::memory_order_acquire) &&
      !std::exchange(has_begun_to_accept_, true)) {
    acceptor_.start();
  }
}

void Worker::welcome(AcceptedSocket socket) {
  const TlsMode tls = socket.tls;
  auto* connection = new Connection(std::move(socket), this);
  connection->access = context_.authentication.access_at_first();
  connection->last_request_at.store(clock_.now(), std::memory_order_relaxed);
  connections_.add(*connection);
  if (executor_.watch_writer().wants(protocol::watch::kConnections)) {
    executor_.watch_writer().connected(connection->descriptor, connection->peer);
  }
  if (tls != TlsMode::Off) {
    connection->tls = context_.tls->start_session(connection->fd.get(), tls, counters_);
    if (connection->tls == nullptr) {
      counters_.tls_handshake_errors.add();
      return close(*connection);
    }
  }
  connection->watch.start(loop_, connection->fd.get(), Interest::Readable, on_ready, connection);
}

void Worker::on_ready(void* context) noexcept {
  auto* connection = static_cast<Connection*>(context);
  static_cast<Worker*>(connection->worker)->enqueue(*connection);
}

void Worker::enqueue(Connection& connection) {
  if (std::exchange(connection.is_queued, true)) return;
  ready_.push_back(&connection);
}

void Worker::serve() {
  if (ready_.empty()) return;
  serving_.swap(ready_);
  // A busy worker has few turns, and clients that come are not to wait for many of them.
  acceptor_.set_batch(static_cast<uint32_t>(serving_.size() / kServedPerAccept));
  for (Connection* connection : serving_) connection->is_queued = false;
  turn_.serve(serving_);
  serving_.clear();
  for (Connection* connection : turn_.unfinished()) enqueue(*connection);
  turn_.unfinished().clear();
  for (Connection* connection : turn_.finished()) close(*connection);
  turn_.finished().clear();
}

void Worker::close(Connection& connection) {
  DEBUG_ASSERT(!connection.is_queued);
  connections_.remove(connection);
  if (executor_.watch_writer().wants(protocol::watch::kConnections)) {
    if (connection.tls != nullptr && connection.tls->has_failed()) {
      executor_.watch_writer().tls_failed(connection.descriptor, connection.tls->failure());
    }
    executor_.watch_writer().closed(connection.descriptor, connection.peer,
                                    connection.close_reason);
  }
  if (connection.backlog != nullptr) {
    counters_.backlog_bytes.subtract(connection.backlog->unsent());
  }
  if (connection.input.tail.capacity() != 0) {
    counters_.tail_bytes.subtract(connection.input.tail.capacity());
    counters_.tail_count.subtract();
  }
  delete &connection;
  connection_count_.fetch_sub(1, std::memory_order_relaxed);
  context_.gate.depart();
}

void Worker::close_all() {
  ready_.clear();
  while (ConnectionInfo* info = connections_.first()) {
    auto& connection = static_cast<Connection&>(*info);
    connection.is_queued = false;
    close(connection);
  }
}

}  // namespace larder::server
