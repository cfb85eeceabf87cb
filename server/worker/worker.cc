#include "server/worker/worker.h"

#include <pthread.h>

#include <span>
#include <string>
#include <utility>

#include "base/assertions.h"

namespace larder::server {

Worker::Worker(Context context)
    : context_(std::move(context)),
      clock_(context_.clock_driver),
      acceptor_(loop_, context_.gate, context_.dispatcher, std::move(context_.listeners),
                context_.number,
                [this](AcceptedSocket socket) {
                  clock_.catch_up();
                  // So that watchers see the client from its beginning.
                  executor_.watch_writer().begin_turn();
                  connections_.open(std::move(socket), clock_.now());
                }),
      executor_(context_.store, context_.store.make_thread_cache(), counters_,
                context_.clock_driver.clock(), context_.admin, context_.watchers, context_.insight),
      connections_({.loop = loop_,
                    .counters = counters_,
                    .watch_writer = executor_.watch_writer(),
                    .authentication = context_.authentication,
                    .gate = context_.gate,
                    .tls = context_.tls}),
      timeouts_(connections_, counters_,
                static_cast<base::Time>(context_.options.idle_timeout_seconds)),
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
  timeouts_.start(monotonic_nanoseconds());
  while (!is_stopping_.load(std::memory_order_acquire)) {
    if (connections_.has_ready()) {
      loop_.poll_turn();  // another turn is already pending
    } else {
      loop_.run_turn();
    }
    serve();
  }
  second.stop();
  datagrams_.stop();
  inbox_.stop();
  acceptor_.stop();
  inbox_.close();
  take_in();  // so that every socket that was handed over is counted
  drain();
  connections_.close_all();
}

// Waits briefly for partially sent replies, except for dumps; reads nothing more.
void Worker::drain() {
  connections_.forget_ready();
  for (ConnectionInfo* info = connections_.first(); info != nullptr;) {
    auto& connection = static_cast<Connection&>(*info);
    info = info->next;
    connection.close_when_sent();
    if (!connection.has_cut_multiget()) connection.cut_request.reset();
    if (connection.backlog != nullptr) continue;
    connection.cut_request != nullptr ? connections_.enqueue(connection)
                                      : connections_.close(connection);
  }
  bool is_over = false;
  Timer deadline;
  deadline.start_once(
      loop_, kDrainMilliseconds, [](void* flag) noexcept { *static_cast<bool*>(flag) = true; },
      &is_over);
  const auto goes_on = [this] {
    return connections_.has_ready() ? loop_.poll_turn() : loop_.run_turn();
  };
  while (!is_over && !connections_.is_empty() && goes_on()) serve();
}

// Even an idle worker must return chunks of pages that are to leave their class.
void Worker::on_second(void* context) noexcept {
  auto* worker = static_cast<Worker*>(context);
  const int64_t now_ns = monotonic_nanoseconds();
  worker->ticked_at_us_.store(now_ns / 1000, std::memory_order_relaxed);
  worker->clock_.catch_up(now_ns);
  worker->executor_.begin_turn();
  worker->timeouts_.check(now_ns, worker->executor_.now());
}

void Worker::on_arrival(void* worker) noexcept { static_cast<Worker*>(worker)->take_in(); }

void Worker::take_in() {
  inbox_.drain(arrived_);
  clock_.catch_up();
  executor_.watch_writer().begin_turn();
  for (LoginAnswer& answer : arrived_.answers) {
    auto& connection = *static_cast<Connection*>(answer.connection);
    Turn::answer_login(connection, std::move(answer.reply));
    connections_.enqueue(connection);
  }
  for (void* departed : arrived_.departed) {
    connections_.close(*static_cast<Connection*>(departed));
  }
  for (AcceptedSocket& socket : arrived_.sockets) {
    connections_.open(std::move(socket), clock_.now());
  }
  arrived_.clear();
  if (is_open_.load(std::memory_order_acquire) && !is_stopping_.load(std::memory_order_acquire) &&
      !std::exchange(has_begun_to_accept_, true)) {
    acceptor_.start();
  }
}

void Worker::serve() {
  if (!connections_.has_ready()) return;
  const std::span<Connection* const> ready = connections_.take_ready();
  // A busy worker has long turns, and new clients should not wait for many of them.
  acceptor_.set_batch(static_cast<uint32_t>(ready.size() / kServedPerAccept));
  turn_.serve(ready);
  for (Connection* connection : turn_.unfinished()) connections_.enqueue(*connection);
  turn_.unfinished().clear();
  for (Connection* connection : turn_.finished()) connections_.close(*connection);
  turn_.finished().clear();
}

}  // namespace larder::server
