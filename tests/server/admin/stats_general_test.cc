#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "tests/server/admin/admin_fixture.h"
#include "tests/server/net/tls_fixture.h"

namespace larder::server {
namespace {

// The keys of memcached 1.6.45 in its order; those that only some options show are in brackets.
constexpr const char* kKeys = R"(
  pid uptime time version libevent pointer_size rusage_user rusage_system max_connections
  curr_connections total_connections [fast rejected_connections ] connection_structures
  response_obj_oom response_obj_count response_obj_bytes read_buf_count read_buf_bytes
  read_buf_bytes_free read_buf_oom reserved_fds cmd_get cmd_set cmd_flush cmd_touch cmd_meta
  get_hits get_misses get_expired get_flushed delete_misses delete_hits incr_misses incr_hits
  decr_misses decr_hits cas_misses cas_hits cas_badval touch_hits touch_misses store_too_large
  store_no_memory auth_cmds auth_errors [idle idle_kicks ] bytes_read bytes_written limit_maxbytes
  accepting_conns listen_disabled_num time_in_listen_disabled_us threads conn_yields
  hash_power_level hash_bytes hash_is_expanding [reassign slab_reassign_rescues
  slab_reassign_chunk_rescues slab_reassign_inline_reclaim slab_reassign_busy_items
  slab_reassign_busy_deletes slab_reassign_busy_nomem slab_reassign_last_busy_status
  slab_reassign_running slabs_moved ] [crawler lru_crawler_running lru_crawler_starts ] [maintainer
  lru_maintainer_juggles ] malloc_fails log_worker_dropped log_worker_written log_watcher_skipped
  log_watcher_sent log_watchers [sessions ssl_new_sessions ] [tls ssl_handshake_errors
  ssl_proto_errors time_since_server_cert_refresh ] unexpected_napi_ids round_robin_fallback bytes
  curr_items
  total_items slab_global_page_pool expired_unfetched evicted_unfetched [maintainer evicted_active ]
  evictions reclaimed crawler_reclaimed crawler_items_checked lrutail_reflocked [maintainer
  moves_to_cold moves_to_warm moves_within_lru direct_reclaims lru_bumps_dropped ])";

std::vector<std::string> expected_keys(const std::set<std::string>& shown) {
  std::istringstream words(kKeys);
  std::vector<std::string> keys;
  bool is_shown = true;
  for (std::string word; words >> word;) {
    if (word[0] == '[') {
      is_shown = shown.contains(word.substr(1));
    } else if (word == "]") {
      is_shown = true;
    } else if (is_shown) {
      keys.push_back(word);
    }
  }
  return keys;
}

TEST_CASE("stats has memcached's keys in memcached's order") {
  AdminFixture fixture;
  CHECK(fixture.names() == expected_keys({"fast", "reassign", "crawler", "maintainer"}));
  CHECK(fixture.names().size() == 93);
}

TEST_CASE("with TLS stats has three additional keys, and one more with a session cache") {
  const TlsFiles files;
  AdminFixture fixture(options_of(files.command_line()));
  CHECK(fixture.names() == expected_keys({"fast", "reassign", "crawler", "maintainer", "tls"}));
  CHECK(fixture.names().size() == 96);
  fixture.now = base::Clock::kStartSeconds + 40;
  CHECK(fixture.value("time_since_server_cert_refresh") == "40");
  AdminFixture keeping(options_of(files.command_line("ssl_session_cache")));
  CHECK(keeping.names() ==
        expected_keys({"fast", "reassign", "crawler", "maintainer", "tls", "sessions"}));
  keeping.workers[0].tls_new_sessions.add(3);
  keeping.workers[1].tls_handshake_errors.add(4);
  keeping.workers[1].tls_protocol_errors.add(5);
  CHECK(keeping.value("ssl_new_sessions") == "3");
  CHECK(keeping.value("ssl_handshake_errors") == "4");
  CHECK(keeping.value("ssl_proto_errors") == "5");
  keeping.ask(protocol::StatsTopic::Reset);
  CHECK(keeping.value("ssl_handshake_errors") == "0");
}

TEST_CASE("without the crawler and the maintainer stats has 84 keys") {
  Options options;
  options.has_lru_crawler = false;
  options.has_lru_maintainer = false;
  AdminFixture fixture(options);
  CHECK(fixture.names() == expected_keys({"fast", "reassign"}));
  CHECK(fixture.names().size() == 84);
}

TEST_CASE("stats omits the keys of disabled features") {
  Options options;
  options.refuses_excess_connections = false;
  options.reassigns_slabs = false;
  AdminFixture fixture(options);
  CHECK(fixture.names() == expected_keys({"crawler", "maintainer"}));
  options.idle_timeout_seconds = 1;
  AdminFixture kicking(options);
  CHECK(kicking.names() == expected_keys({"idle", "crawler", "maintainer"}));
}

// Digits, a point, six digits: exporters split at the point.
bool is_seconds_with_microseconds(const std::string& text) {
  const size_t point = text.find('.');
  return point != std::string::npos && point > 0 && text.size() == point + 7 &&
         text.find_first_not_of("0123456789.") == std::string::npos &&
         text.find('.', point + 1) == std::string::npos;
}

TEST_CASE("stats shows the process, its start time and its versions") {
  AdminFixture fixture;
  fixture.now = base::Clock::kStartSeconds + 40;
  CHECK(fixture.value("pid") == std::to_string(::getpid()));
  CHECK(fixture.value("uptime") == "40");
  CHECK(fixture.value("time") == std::to_string(kUnixStart + 40));
  CHECK(fixture.value("version") == "1.6.45");
  CHECK(fixture.value("libevent") == "2.1.12-stable");
  CHECK(fixture.value("pointer_size") == "64");
  CHECK(is_seconds_with_microseconds(fixture.value("rusage_user")));
  CHECK(is_seconds_with_microseconds(fixture.value("rusage_system")));
}

TEST_CASE("a new server has counters of zero") {
  AdminFixture fixture;
  for (const char* name :
       {"curr_items", "total_items", "bytes", "cmd_get", "cmd_set", "get_hits", "evictions",
        "get_misses", "get_expired", "get_flushed", "bytes_written", "delete_hits", "incr_hits",
        "listen_disabled_num", "store_too_large", "store_no_memory", "lrutail_reflocked"}) {
    CAPTURE(name);
    CHECK(fixture.value(name) == "0");
  }
  CHECK(fixture.value("accepting_conns") == "1");
  CHECK(fixture.value("slab_reassign_last_busy_status") == "none");
}

TEST_CASE("stats sums over workers and classes") {
  AdminFixture fixture;
  fixture.workers[0].classes[1].get_hits.add(3);
  fixture.workers[1].classes[7].get_hits.add(4);
  fixture.workers[1].get_misses.add(5);
  fixture.workers[0].classes[2].touch_hits.add(6);
  fixture.workers[0].touch_misses.add(1);
  fixture.workers[1].classes[3].sets.add(9);
  fixture.workers[0].classes[3].cas_bad_values.add(2);
  fixture.workers[0].bytes_read.add(1000);
  fixture.workers[1].bytes_read.add(24);
  CHECK(fixture.value("get_hits") == "7");
  CHECK(fixture.value("get_misses") == "5");
  CHECK(fixture.value("cmd_get") == "12");
  CHECK(fixture.value("touch_hits") == "6");
  CHECK(fixture.value("cmd_touch") == "7");
  CHECK(fixture.value("cmd_set") == "9");
  CHECK(fixture.value("cas_badval") == "2");
  CHECK(fixture.value("bytes_read") == "1024");
}

TEST_CASE("stats reset resets the watcher counters, but not the number of watchers") {
  AdminFixture fixture;
  fixture.logs = {.worker_written = 10,
                  .worker_dropped = 20,
                  .watcher_sent = 30,
                  .watcher_skipped = 40,
                  .watcher_count = 5};
  CHECK(fixture.value("log_worker_written") == "10");
  CHECK(fixture.value("log_worker_dropped") == "20");
  CHECK(fixture.value("log_watcher_sent") == "30");
  CHECK(fixture.value("log_watcher_skipped") == "40");
  CHECK(fixture.value("log_watchers") == "5");
  fixture.ask(protocol::StatsTopic::Reset);
  fixture.logs.worker_written += 1;
  CHECK(fixture.value("log_worker_written") == "1");
  CHECK(fixture.value("log_worker_dropped") == "0");
  CHECK(fixture.value("log_watcher_sent") == "0");
  CHECK(fixture.value("log_watcher_skipped") == "0");
  CHECK(fixture.value("log_watchers") == "5");
}

TEST_CASE("each counter of a worker is shown under its own key") {
  const std::pair<const char*, base::OwnedCounter WorkerCounters::*> of_workers[] = {
      {"get_misses", &WorkerCounters::get_misses},
      {"get_expired", &WorkerCounters::get_expired},
      {"get_flushed", &WorkerCounters::get_flushed},
      {"touch_misses", &WorkerCounters::touch_misses},
      {"delete_misses", &WorkerCounters::delete_misses},
      {"incr_misses", &WorkerCounters::incr_misses},
      {"decr_misses", &WorkerCounters::decr_misses},
      {"cas_misses", &WorkerCounters::cas_misses},
      {"cmd_flush", &WorkerCounters::flush_commands},
      {"store_too_large", &WorkerCounters::store_too_large},
      {"store_no_memory", &WorkerCounters::store_no_memory},
      {"bytes_read", &WorkerCounters::bytes_read},
      {"bytes_written", &WorkerCounters::bytes_written},
      {"conn_yields", &WorkerCounters::connection_yields},
      {"idle_kicks", &WorkerCounters::idle_kicks},
      {"response_obj_bytes", &WorkerCounters::backlog_bytes},
      {"read_buf_bytes", &WorkerCounters::tail_bytes},
      {"read_buf_count", &WorkerCounters::tail_count}};
  const std::pair<const char*, base::OwnedCounter ClassTraffic::*> of_classes[] = {
      {"get_hits", &ClassTraffic::get_hits},     {"cmd_set", &ClassTraffic::sets},
      {"touch_hits", &ClassTraffic::touch_hits}, {"delete_hits", &ClassTraffic::delete_hits},
      {"incr_hits", &ClassTraffic::incr_hits},   {"decr_hits", &ClassTraffic::decr_hits},
      {"cas_hits", &ClassTraffic::cas_hits},     {"cas_badval", &ClassTraffic::cas_bad_values}};
  Options options;
  options.idle_timeout_seconds = 1;
  AdminFixture fixture(options);
  uint64_t amount = 1'000'000;  // a different value for each
  for (const auto& [name, counter] : of_workers) (fixture.workers[1].*counter).add(++amount);
  for (const auto& [name, counter] : of_classes) {
    (fixture.workers[0].classes[5].*counter).add(++amount);
  }
  amount = 1'000'000;
  for (const auto& [name, counter] : of_workers) {
    CAPTURE(name);
    CHECK(fixture.value(name) == std::to_string(++amount));
  }
  for (const auto& [name, counter] : of_classes) {
    CAPTURE(name);
    CHECK(fixture.value(name) == std::to_string(++amount));
  }
}

TEST_CASE("a gauge is the sum over workers, some of which may be negative") {
  AdminFixture fixture;
  fixture.workers[0].backlog_bytes.add(100);
  fixture.workers[1].backlog_bytes.subtract(40);
  CHECK(fixture.value("response_obj_bytes") == "60");
}

TEST_CASE("stats counts items and their bytes as memcached does") {
  AdminFixture fixture;
  REQUIRE(fixture.put("a:1", "xx") == slab::WriteOutcome::Stored);
  CHECK(fixture.value("bytes") == "64");  // 48 and 8 for the CAS, key and NUL, value and line end
  REQUIRE(fixture.put("b:2", std::string(100, 'y'), 0, 5) == slab::WriteOutcome::Stored);
  CHECK(fixture.value("bytes") == "230");
  CHECK(fixture.value("curr_items") == "2");
  fixture.drop("a:1");
  CHECK(fixture.value("bytes") == "166");
  CHECK(fixture.value("curr_items") == "1");
  CHECK(fixture.value("total_items") == "2");
}

TEST_CASE("stats counts connections and the acceptor's events") {
  AdminFixture fixture;
  ConnectionInfo infos[3];
  fixture.lists[0].add(infos[0]);
  fixture.lists[1].add(infos[1]);
  fixture.lists[1].add(infos[2]);
  fixture.listening = {{5}, {6}};
  fixture.accepts = {.total_connections = 11,
                     .rejected_connections = 12,
                     .listen_disabled_count = 13,
                     .listen_disabled_us = 14,
                     .is_accepting = false};
  CHECK(fixture.value("curr_connections") == "3");
  CHECK(fixture.value("connection_structures") == "5");
  CHECK(fixture.value("total_connections") == "11");
  CHECK(fixture.value("rejected_connections") == "12");
  CHECK(fixture.value("listen_disabled_num") == "13");
  CHECK(fixture.value("time_in_listen_disabled_us") == "14");
  CHECK(fixture.value("accepting_conns") == "0");
}

TEST_CASE("hash_power_level is the initial size of the index") {
  AdminFixture fixture;
  CHECK(fixture.value("hash_power_level") == "12");
  CHECK(fixture.value("hash_bytes") ==
        std::to_string(fixture.store.inspect().index().memory_bytes()));
}

}  // namespace
}  // namespace larder::server
