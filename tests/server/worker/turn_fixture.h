// A worker without a thread: the test runs its turns and can examine its state.
//
// Threads: one.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assertions.h"
#include "server/server.h"
#include "server/worker/connection_set.h"
#include "server/worker/turn.h"
#include "tests/server/options/command_lines.h"
#include "tests/server/worker/answers.h"
#include "tests/support/sockets.h"

namespace larder::server {

class TurnFixture {
 public:
  static constexpr int64_t kUnixStart = 1'700'000'000;
  static constexpr uint16_t kTcpPort = 11211;

  // Both ends of one connection.
  struct Client {
    base::UniqueFd fd;
    Connection* connection;  // null once the server has closed it
    bool has_ended = false;  // the server has closed its end
  };

  explicit TurnFixture(const std::string& command_line = "")
      : options(options_of(command_line)),
        store(store_options(options)),
        admin(options),
        authentication(std::move(*Authentication::start(options))),
        log(options.log_file.empty() ? std::make_unique<Log>() : std::move(*Log::open(options))),
        executor_(store, store.make_thread_cache(), counters, clock, admin, watchers),
        connections_({.loop = loop_,
                      .counters = counters,
                      .watch_writer = executor_.watch_writer(),
                      .authentication = *authentication,
                      .gate = gate_,
                      .tls = nullptr}),
        turn_({.executor = executor_,
               .clock = clock_follower_,
               .counters = counters,
               .authentication = *authentication,
               .inbox = inbox_,
               .log = *log,
               .requests_max = static_cast<uint32_t>(options.requests_per_turn_max),
               .measures_latency = options.measures_latency}) {
    inbox_.start(loop_, on_answers, this);
    ASSERT(discovery.map().open());
    discovery.set_tcp_port(kTcpPort);
    admin.open({.options = options,
                .clock = clock,
                .clock_driver = clock_driver,
                .store = store,
                .log = *log,
                .discovery = discovery,
                .workers = {&counters},
                .connections = {&connections_.list()},
                .accept_totals = [] { return AcceptTotals{}; },
                .log_totals = [this] { return watchers.totals(); },
                .listening_sockets = [] { return std::vector<ListeningSocket>{}; },
                .request_stop = [this](bool is_graceful) { stop = is_graceful; },
                .request_drain = [] {},
                .reload_files = [this] { return authentication->reload(); },
                .event_library_version = "2"});
  }
  TurnFixture(const TurnFixture&) = delete;
  TurnFixture& operator=(const TurnFixture&) = delete;
  ~TurnFixture() {
    authentication->stop();
    watchers.stop();
    inbox_.stop();
    connections_.forget_ready();
    for (const auto& client : clients_) {
      if (client->connection != nullptr) close(*client->connection);
    }
    store.verify();
  }

  // `buffer_size` is the approximate amount that either end accepts before it blocks; 0: the
  // system's default.  With the `type` SOCK_SEQPACKET each send is received separately, so sends
  // can be counted.  The client is valid as long as the fixture.
  Client& connect(int buffer_size = 0, int type = SOCK_STREAM) {
    support::SocketPair pair = support::socket_pair(type);
    if (buffer_size != 0) {
      ::setsockopt(pair.ours.get(), SOL_SOCKET, SO_SNDBUF, &buffer_size, sizeof buffer_size);
    }
    ASSERT(gate_.admit());
    ++connections_.count();
    connections_.open({.fd = std::move(pair.ours), .protocol = options.protocol}, clock.now());
    auto* connection = static_cast<Connection*>(connections_.first());
    clients_.push_back(
        std::make_unique<Client>(Client{.fd = std::move(pair.theirs), .connection = connection}));
    return *clients_.back();
  }

  // Advances the clock; the control thread has ticked it.
  void pass_seconds(base::Time seconds) {
    clock.tick(clock.now() + seconds);
    while (store.maintain(control_cache_, clock.now())) {
    }
    admin.maintain(control_cache_, clock.now());
  }

  // Runs one turn over all ready connections.  False if there are none.
  bool turn() {
    loop_.poll_turn();
    if (!connections_.has_ready()) return false;
    turn_.serve(connections_.take_ready());
    for (Connection* connection : std::exchange(turn_.unfinished(), {})) {
      connections_.enqueue(*connection);
    }
    for (Connection* connection : std::exchange(turn_.finished(), {})) close(*connection);
    ++turn_count;
    return true;
  }

  // Runs turns until no connection is ready and none waits for a login; returns their number.
  int settle() {
    constexpr int kTurnsMax = 100'000;
    int count = 0;
    while (turn() || waits_for_login()) ASSERT(++count < kTurnsMax);
    return count;
  }

  // Sends as much as the client's socket accepts at once, and returns the size.
  size_t send_some(Client& client, std::string_view bytes) {
    const ssize_t size = ::send(client.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return size < 0 ? 0 : static_cast<size_t>(size);
  }

  // Receives what has arrived, in one read of at most `size_max` bytes.
  std::string receive_some(Client& client, size_t size_max = 1 << 20) {
    received_.resize(std::max(received_.size(), size_max));
    const ssize_t size = ::read(client.fd.get(), received_.data(), size_max);
    if (size == 0) client.has_ended = true;
    return {received_.data(), size < 0 ? 0 : static_cast<size_t>(size)};
  }

  // Receives everything that is available without another turn.
  std::string receive(Client& client) {
    std::string bytes;
    for (std::string some; !(some = receive_some(client)).empty();) bytes += some;
    return bytes;
  }

  // Sends, and receives replies, until neither makes progress.
  std::string ask(Client& client, std::string_view bytes) {
    std::string answer;
    for (bool goes_on = true; goes_on;) {
      const size_t sent = bytes.empty() ? 0 : send_some(client, bytes);
      bytes.remove_prefix(sent);
      const int turns = settle();
      const std::string some = receive(client);
      answer += some;
      goes_on = sent > 0 || turns > 0 || !some.empty();
    }
    return answer;
  }

  void set(Client& client, const std::string& key, std::string_view value) {
    const std::string head = "set " + key + " 0 0 " + std::to_string(value.size()) + "\r\n";
    const std::string answer = ask(client, head + std::string(value) + "\r\n");
    ASSERT(answer == "STORED\r\n");
  }

  const Options options;
  base::Clock clock{kUnixStart};
  ClockDriver clock_driver{clock, start_moment_now()};
  slab::Store store;
  WorkerCounters counters;
  Admin admin;
  const std::unique_ptr<Authentication> authentication;
  const std::unique_ptr<Log> log;
  Discovery discovery{options, clock, *log};
  Watchers watchers{options};
  std::optional<bool> stop;  // requested by `shutdown`
  int turn_count = 0;

 private:
  static void on_answers(void* context) noexcept {
    auto* fixture = static_cast<TurnFixture*>(context);
    InboxContents arrived;
    fixture->inbox_.drain(arrived);
    for (void* connection : arrived.departed) fixture->close(*static_cast<Connection*>(connection));
    for (LoginAnswer& answer : arrived.answers) {
      auto* connection = static_cast<Connection*>(answer.connection);
      Turn::answer_login(*connection, std::move(answer.reply));
      fixture->connections_.enqueue(*connection);
    }
  }
  bool waits_for_login() const {
    for (const auto& client : clients_) {
      if (client->connection != nullptr && client->connection->is_waiting_for_login()) {
        ::usleep(1000);
        return true;
      }
    }
    return false;
  }
  void close(Connection& connection) {
    for (const auto& client : clients_) {
      if (client->connection == &connection) client->connection = nullptr;
    }
    connections_.close(connection);
  }

  AcceptGate gate_{AcceptLimits{}};
  slab::ThreadCache& control_cache_{store.make_thread_cache()};
  EventLoop loop_;
  Inbox inbox_;
  ClockFollower clock_follower_{clock_driver};
  Executor executor_;
  ConnectionSet connections_;
  Turn turn_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<char> received_;  // room to read into
};

}  // namespace larder::server
