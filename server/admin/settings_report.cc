#include "server/admin/settings_report.h"

#include <fmt/format.h>

#include <utility>

#include "server/options/options.h"

namespace larder::server {
namespace {

class Rows {
 public:
  void text(std::string_view name, std::string value) { rows_.push_back({name, std::move(value)}); }
  // memcached prints a missing name like this.
  void text_or_none(std::string_view name, const std::string& value) {
    text(name, value.empty() ? "(null)" : value);
  }
  void text_or_null(std::string_view name, const std::string& value) {
    text(name, value.empty() ? "NULL" : value);
  }
  template <class Number>
  void number(std::string_view name, Number value) {
    text(name, std::to_string(value));
  }
  void decimal(std::string_view name, double value) { text(name, fmt::format("{:.2f}", value)); }
  void yes_or_no(std::string_view name, bool value) { text(name, value ? "yes" : "no"); }

  std::vector<SettingRow> take() { return std::move(rows_); }

 private:
  std::vector<SettingRow> rows_;
};

void add_process_rows(Rows& rows, const Options& options, const StoreFacts& store) {
  rows.number("maxbytes", options.memory_bytes_max);
  rows.number("maxconns", options.connection_count_max);
  rows.number("tcpport", options.tcp_port);
  rows.number("udpport", options.udp_port);
  rows.text_or_null("inter", options.interfaces);
  rows.number("verbosity", options.verbosity);
  rows.number("oldest", store.flushed_before_seconds);
  rows.text("evictions", options.evicts ? "on" : "off");
  rows.text_or_null("domain_socket", options.unix_socket_path);
  rows.text("umask", fmt::format("{:o}", options.unix_socket_mode));
  rows.yes_or_no("shutdown_command", options.has_shutdown_command);
  rows.decimal("growth_factor", store.growth_factor);
  rows.number("chunk_size", store.chunk_bytes_min);
  rows.number("num_threads", options.worker_count);
  rows.number("num_threads_per_udp", options.worker_count);
  rows.text("stat_key_prefix", std::string(1, options.prefix_delimiter));
  rows.yes_or_no("detail_enabled", options.counts_prefixes);
  rows.number("reqs_per_event", options.requests_per_turn_max);
  rows.yes_or_no("cas_enabled", options.uses_cas);
  rows.number("tcp_backlog", options.listen_backlog);
  rows.text("binding_protocol", std::string(wire_protocol_name(options.protocol)));
  rows.yes_or_no("auth_enabled_sasl", options.uses_sasl);
  rows.text("auth_enabled_ascii", options.auth_file.empty() ? "no" : options.auth_file);
}

void add_memory_rows(Rows& rows, const Options& options, const StoreFacts& store) {
  rows.number("item_size_max", options.item_bytes_max);
  rows.yes_or_no("maxconns_fast", options.refuses_excess_connections);
  rows.number("hashpower_init", options.hash_power_initial);
  rows.yes_or_no("slab_reassign", options.reassigns_slabs);
  rows.number("slab_automove", options.slab_automove);
  rows.decimal("slab_automove_ratio", options.slab_automove_ratio);
  rows.number("slab_automove_window", options.slab_automove_window);
  rows.number("slab_chunk_max", store.chunk_bytes_max);
  rows.yes_or_no("lru_crawler", options.has_lru_crawler);
  rows.number("lru_crawler_sleep", options.lru_crawler_sleep_us);
  rows.number("lru_crawler_tocrawl", options.lru_crawler_tocrawl);
  rows.number("tail_repair_time", options.tail_repair_seconds);
  rows.yes_or_no("flush_enabled", options.has_flush_all);
  rows.yes_or_no("dump_enabled", options.has_dumps);
  rows.text("hash_algorithm", std::string(store.hash_algorithm));
}

void add_list_rows(Rows& rows, const Options& options) {
  rows.yes_or_no("lru_maintainer_thread", options.has_lru_maintainer);
  rows.yes_or_no("lru_segmented", options.has_lru_maintainer && options.has_segmented_lru);
  rows.number("hot_lru_pct", options.hot_lru_percent);
  rows.number("warm_lru_pct", options.warm_lru_percent);
  rows.decimal("hot_max_factor", options.hot_max_factor);
  rows.decimal("warm_max_factor", options.warm_max_factor);
  rows.yes_or_no("temp_lru", options.has_temporary_lru);
  rows.number("temporary_ttl", options.temporary_ttl_seconds);
  rows.number("idle_timeout", options.idle_timeout_seconds);
  rows.number("watcher_logbuf_size", options.watcher_log_bytes_max);
  rows.number("worker_logbuf_size", options.worker_log_bytes_max);
  rows.number("read_buf_mem_limit", options.read_buffer_bytes_max);
  rows.yes_or_no("track_sizes", options.tracks_sizes);
  rows.yes_or_no("inline_ascii_response", false);  // has no function in memcached either
}

// memcached shows OpenSSL's number for the mode, the sum of these.
int openssl_verify_mode(int mode) {
  constexpr int kPeer = 1;
  constexpr int kFailIfNone = 2;
  constexpr int kOnce = 4;
  constexpr int kModes[] = {0, kPeer, kPeer | kFailIfNone, kPeer | kFailIfNone | kOnce};
  return kModes[mode];
}

void add_tls_rows(Rows& rows, const Options& options) {
  rows.yes_or_no("ssl_enabled", options.uses_tls);
  rows.text_or_none("ssl_chain_cert", options.tls_chain_file);
  rows.text_or_none("ssl_key", options.tls_key_file);
  rows.number("ssl_verify_mode", openssl_verify_mode(options.tls_verify_mode));
  rows.number("ssl_keyformat", options.tls_key_format);
  rows.text_or_null("ssl_ciphers", options.tls_ciphers);
  rows.text_or_null("ssl_ca_cert", options.tls_ca_file);
  rows.number("ssl_wbuf_size", options.tls_write_bytes_max);
  rows.yes_or_no("ssl_session_cache", options.has_tls_session_cache);
  rows.yes_or_no("ssl_kernel_tls", options.uses_kernel_tls);
  rows.text("ssl_min_version", fmt::format("tlsv1.{}", options.tls_min_version));
}

}  // namespace

std::vector<SettingRow> settings_rows(const Options& options, const StoreFacts& store) {
  Rows rows;
  add_process_rows(rows, options, store);
  add_memory_rows(rows, options, store);
  add_list_rows(rows, options);
  add_tls_rows(rows, options);
  rows.number("num_napi_ids", 0);
  rows.text_or_none("memory_file", {});
  rows.number("client_flags_size", sizeof(uint32_t));
  return rows.take();
}

}  // namespace larder::server
