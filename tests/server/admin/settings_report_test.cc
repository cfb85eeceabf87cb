#include "server/admin/settings_report.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "server/options/options.h"

namespace larder::server {
namespace {

constexpr StoreFacts kStore{1.07, 32, 65536, "xxh3", 0};

std::string value_of(const std::vector<SettingRow>& rows, std::string_view name) {
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const SettingRow& each) { return each.name == name; });
  return row == rows.end() ? "absent" : row->value;
}

// Names, order and values of memcached 1.6.45 built with TLS and started with -l 127.0.0.1; where
// Larder differs by design, the value is Larder's.
TEST_CASE("the settings of a default start are the same as memcached's") {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"maxbytes", "67108864"},
      {"maxconns", "1024"},
      {"tcpport", "11211"},
      {"udpport", "0"},
      {"inter", "127.0.0.1"},
      {"verbosity", "0"},
      {"oldest", "0"},
      {"evictions", "on"},
      {"domain_socket", "NULL"},
      {"umask", "700"},
      {"shutdown_command", "no"},
      {"growth_factor", "1.07"},
      {"chunk_size", "32"},
      {"num_threads", "4"},
      {"num_threads_per_udp", "4"},
      {"stat_key_prefix", ":"},
      {"detail_enabled", "no"},
      {"reqs_per_event", "512"},
      {"cas_enabled", "yes"},
      {"tcp_backlog", "1024"},
      {"binding_protocol", "auto-negotiate"},
      {"auth_enabled_sasl", "no"},
      {"auth_enabled_ascii", "no"},
      {"item_size_max", "1048576"},
      {"maxconns_fast", "yes"},
      {"hashpower_init", "0"},
      {"slab_reassign", "yes"},
      {"slab_automove", "1"},
      {"slab_automove_ratio", "0.80"},
      {"slab_automove_window", "10"},
      {"slab_chunk_max", "65536"},
      {"lru_crawler", "yes"},
      {"lru_crawler_sleep", "100"},
      {"lru_crawler_tocrawl", "0"},
      {"tail_repair_time", "0"},
      {"flush_enabled", "yes"},
      {"dump_enabled", "yes"},
      {"hash_algorithm", "xxh3"},
      {"lru_maintainer_thread", "yes"},
      {"lru_segmented", "yes"},
      {"hot_lru_pct", "20"},
      {"warm_lru_pct", "40"},
      {"hot_max_factor", "0.20"},
      {"warm_max_factor", "2.00"},
      {"temp_lru", "no"},
      {"temporary_ttl", "61"},
      {"idle_timeout", "0"},
      {"watcher_logbuf_size", "262144"},
      {"worker_logbuf_size", "65536"},
      {"read_buf_mem_limit", "0"},
      {"track_sizes", "no"},
      {"inline_ascii_response", "no"},
      {"num_napi_ids", "0"},
      {"memory_file", "(null)"},
      {"client_flags_size", "4"},
  };
  Options options;
  options.interfaces = "127.0.0.1";
  options.worker_count = 4;
  auto rows = settings_rows(options, kStore);
  std::erase_if(rows, [](const SettingRow& row) { return row.name.starts_with("ssl_"); });
  REQUIRE(rows.size() == expected.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    CHECK(std::string(rows[i].name) == expected[i].first);
    CHECK(rows[i].value == expected[i].second);
  }
}

TEST_CASE("the settings of TLS are grouped, and are the same as memcached's") {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"inline_ascii_response", "no"}, {"ssl_enabled", "no"},    {"ssl_chain_cert", "(null)"},
      {"ssl_key", "(null)"},           {"ssl_verify_mode", "0"}, {"ssl_keyformat", "1"},
      {"ssl_ciphers", "NULL"},         {"ssl_ca_cert", "NULL"},  {"ssl_wbuf_size", "16384"},
      {"ssl_session_cache", "no"},     {"ssl_kernel_tls", "no"}, {"ssl_min_version", "tlsv1.2"},
      {"num_napi_ids", "0"},
  };
  const auto rows = settings_rows({}, kStore);
  auto row = std::ranges::find(rows, "inline_ascii_response", &SettingRow::name);
  for (const auto& [name, value] : expected) {
    REQUIRE(row != rows.end());
    CHECK(std::string(row->name) == name);
    CHECK((row++)->value == value);
  }
}

TEST_CASE("settings follow the options") {
  Options options;
  options.evicts = false;
  options.unix_socket_path = "/a";
  options.unix_socket_mode = 0777;
  options.uses_cas = false;
  options.protocol = WireProtocol::Ascii;
  options.prefix_delimiter = '/';
  options.has_lru_maintainer = false;
  options.idle_timeout_seconds = 30;
  options.hash_algorithm = "jenkins";  // accepted, but not used
  const auto rows = settings_rows(options, kStore);
  CHECK(value_of(rows, "inter") == "NULL");
  CHECK(value_of(rows, "evictions") == "off");
  CHECK(value_of(rows, "domain_socket") == "/a");
  CHECK(value_of(rows, "umask") == "777");
  CHECK(value_of(rows, "cas_enabled") == "no");
  CHECK(value_of(rows, "binding_protocol") == "ascii");
  CHECK(value_of(rows, "stat_key_prefix") == "/");
  CHECK(value_of(rows, "lru_segmented") == "no");
  CHECK(value_of(rows, "idle_timeout") == "30");
  CHECK(value_of(rows, "hash_algorithm") == "xxh3");
}

TEST_CASE("settings show a verify mode with OpenSSL's number") {
  constexpr const char* kShown[] = {"0", "1", "3", "7"};
  for (int mode = 0; mode < 4; ++mode) {
    Options options;
    options.uses_tls = true;
    options.tls_chain_file = "a.pem";
    options.tls_verify_mode = options.tls_min_version = mode;
    const auto rows = settings_rows(options, kStore);
    CHECK(value_of(rows, "ssl_enabled") == "yes");
    CHECK(value_of(rows, "ssl_chain_cert") == "a.pem");
    CHECK(value_of(rows, "ssl_verify_mode") == kShown[mode]);
    CHECK(value_of(rows, "ssl_min_version") == "tlsv1." + std::to_string(mode));
  }
}

}  // namespace
}  // namespace larder::server
