// An Admin with a small store and counters set by the test.
//
// Threads: one.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/admin/admin.h"
#include "server/options/options.h"

namespace larder::server {

inline constexpr int64_t kUnixStart = 1'700'000'000;

struct AdminFixture {
  explicit AdminFixture(Options chosen = {}, size_t memory_bytes = size_t{16} << 20)
      : options(std::move(chosen)),
        store({.memory_bytes_max = memory_bytes,
               .chunk_sizes = {},
               .chunk_size_max = 16 << 10,
               .hash_power = 12}),
        cache(store.make_thread_cache()),
        tls(options.uses_tls ? std::move(*TlsContext::load(options)) : nullptr),
        admin(options) {
    admin.open({.options = options,
                .clock = clock,
                .clock_driver = clock_driver,
                .store = store,
                .log = log,
                .discovery = discovery,
                .workers = {&workers[0], &workers[1]},
                .connections = {&lists[0], &lists[1]},
                .accept_totals = [this] { return accepts; },
                .log_totals = [this] { return logs; },
                .listening_sockets = [this] { return listening; },
                .request_stop = [this](bool is_graceful) { stop = is_graceful; },
                .request_drain = [this] { ++drains; },
                .reload_files = [this] { return reload_outcome; },
                .event_library_version = "2.1.12-stable",
                .tls = tls.get()});
  }

  base::Outcome reload_outcome{base::Done{}};

  std::string ask(const protocol::Stats& question) {
    Outbox out(0);
    admin.stats(question, protocol::ReplyStyle{}, now, out);
    return std::string(out.bytes().owned());
  }
  std::string ask(protocol::StatsTopic topic) { return ask(protocol::Stats{.topic = topic}); }

  // The lines from the first to the one before END, as names and values.
  using Rows = std::vector<std::pair<std::string, std::string>>;
  Rows rows(protocol::StatsTopic topic = protocol::StatsTopic::General) {
    Rows found;
    const std::string answer = ask(topic);
    std::string_view rest = answer;
    while (rest.starts_with("STAT ")) {
      const std::string_view line = rest.substr(5, rest.find("\r\n") - 5);
      const size_t space = line.find(' ');
      found.emplace_back(line.substr(0, space), line.substr(space + 1));
      rest.remove_prefix(5 + line.size() + 2);
    }
    if (rest != "END\r\n") found.emplace_back("<not END>", rest);
    return found;
  }
  std::vector<std::string> names(protocol::StatsTopic topic = protocol::StatsTopic::General) {
    std::vector<std::string> found;
    for (const auto& [name, value] : rows(topic)) found.push_back(name);
    return found;
  }
  std::string value(std::string_view wanted,
                    protocol::StatsTopic topic = protocol::StatsTopic::General) {
    for (const auto& [name, value] : rows(topic)) {
      if (name == wanted) return value;
    }
    return "<none>";
  }

  slab::WriteOutcome put(std::string_view key, std::string_view bytes, base::Time exptime = 0,
                         uint32_t flags = 0) {
    return store.write(cache, store.key(key), {.flags = flags, .exptime = exptime}, bytes, now);
  }
  bool has(std::string_view key) {
    return store.read(cache, store.key(key), now, [](const slab::ItemView&) {}) ==
           slab::ReadOutcome::Hit;
  }
  slab::ClassId class_of(std::string_view key, size_t value_size) {
    return store.sizes().class_of(key.size(), 0, value_size);
  }
  // The class id that clients see.
  uint32_t shown_class_of(std::string_view key, size_t value_size) {
    return store.shown_classes().id_of(class_of(key, value_size));
  }
  void drop(std::string_view key) { store.remove(cache, store.key(key), now, nullptr); }

  Options options;
  base::Clock clock{kUnixStart};
  ClockDriver clock_driver{clock, start_moment_now()};
  slab::Store store;
  slab::ThreadCache& cache;
  std::array<WorkerCounters, 2> workers;
  std::array<ConnectionList, 2> lists;
  WatchTotals logs;
  Watchers watchers{options};
  AcceptTotals accepts;
  std::vector<ListeningSocket> listening;
  std::optional<bool> stop;  // the requested stop, if any
  int drains = 0;            // number of requested drains
  base::Time now = 100;
  std::unique_ptr<TlsContext> tls;  // from the files that the options name
  Log log;                          // writes nothing
  Discovery discovery{options, clock, log};
  Admin admin;
};

}  // namespace larder::server
