// The command line: memcached 1.6.45's options, their defaults and their refusals.
//
// parse_command_line() turns argv into Options and reads nothing else: it opens no file, binds no
// socket, looks up no user and never exits; main() does what it returns.
// Threads: called once, before any other thread exists (getopt_long keeps its place in globals).
// Options are const once the server runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/cluster_text.h"
#include "slab/options.h"

namespace larder::server {

// Which dialects a listener speaks.  Auto: what a client's first byte says.
enum class WireProtocol { Auto, Ascii, Binary };

// "auto-negotiate", "ascii" or "binary", as `stats settings` calls them.
std::string_view wire_protocol_name(WireProtocol protocol);

// Whether a listener's clients speak TLS, and who has to show a certificate.  Only TCP listeners
// may.
enum class TlsMode : uint8_t {
  Off,          // notls:, and everything without -Z
  AsSet,        // what -o ssl_verify_mode says
  AnyClient,    // btls: clients are asked for nothing
  KnownClient,  // mtls: every client needs a certificate that ssl_ca_cert vouches for
};

// One place to listen on, from -l; or all interfaces when -l is not given.
struct ListenAddress {
  std::string host;   // a name or a numeric address without brackets; empty: every interface
  uint16_t port = 0;  // 0: the system chooses
  WireProtocol protocol = WireProtocol::Auto;
  TlsMode tls = TlsMode::Off;

  bool operator==(const ListenAddress&) const = default;
};

// How much a line of the log matters; the least that is written, or Off.
enum class LogLevel : uint8_t { Debug, Info, Warning, Error, Off };
enum class LogFormat : uint8_t { Text, Json };

// As --log-level and --log-format call them.
std::string_view name_of(LogLevel level) noexcept;
std::string_view name_of(LogFormat format) noexcept;

struct Options {
  // Where to listen.
  int tcp_port = 11211;                         // -p; -1: the system chooses; 0: no TCP
  int udp_port = 0;                             // -U; -1: the system chooses; 0: no UDP
  std::string interfaces;                       // -l as given, joined by commas; empty: not given
  std::vector<ListenAddress> listen_addresses;  // what to bind; empty with -p 0 or -s alone
  std::vector<ListenAddress> udp_addresses;     // the same for -U
  std::string unix_socket_path;                 // -s; listen there, and by itself nowhere else
  int unix_socket_mode = 0700;                  // -a, the permission bits of the socket file
  int listen_backlog = 1024;                    // -b
  WireProtocol protocol = WireProtocol::Auto;   // -B, for listeners that do not name their own
  std::optional<ListenAddress> http_address;    // --http; none: no HTTP

  // Connections and threads.
  int connection_count_max = 1024;         // -c
  bool refuses_excess_connections = true;  // -o maxconns_fast: answer and close, do not wait
  int idle_timeout_seconds = 0;            // -o idle_timeout; 0: connections may idle for ever
  int worker_count = 1;                    // -t; parse_command_line: one per usable core
  bool measures_latency = true;            // not -o no_latency
  bool counts_hot_keys = false;            // -o hot_keys, for `stats hotkeys`
  bool estimates_curve = false;            // -o miss_ratio_curve, for `stats curve`
  int requests_per_turn_max = 512;         // -R; upstream's 20 would cut deep pipelines

  // The process.
  bool runs_as_daemon = false;      // -d
  bool writes_core_dump = false;    // -r
  bool locks_memory = false;        // -k
  bool uses_large_pages = false;    // -L
  bool avoids_large_pages = false;  // -o no_large_pages
  std::string user;                 // -u; to become when started as root
  std::string pid_file;             // -P
  int verbosity = 0;                // number of -v
  // -o relaxed_privileges: known to memcached's debug builds; test harnesses pass it always.
  bool relaxes_privileges = false;

  // The log.
  LogLevel log_level = LogLevel::Info;     // --log-level; -vv: Debug
  LogFormat log_format = LogFormat::Text;  // --log-format
  std::string log_file;                    // --log-file; empty: standard error
  int slow_milliseconds = 0;               // --slow-ms; 0: slow requests are not logged

  // The cluster that clients are told of by `config get cluster`: see docs/cluster.md.
  std::optional<base::ClusterNode> advertised_node;  // --advertise: this server, to others
  base::ClusterNodes cluster_nodes;                  // --nodes; empty: not given
  std::string cluster_nodes_file;                    // --nodes-file; empty: not given
  std::string cluster_state_file;                    // --cluster-state; empty: nothing is kept
  bool has_config_set = false;                       // -o config_set: clients may change it
  std::string cluster;                               // --cluster: etcd has it; empty: none
  std::vector<std::string> etcd_endpoints;           // --etcd, as URLs
  int etcd_ttl_seconds = 5;                          // --etcd-ttl
  std::string etcd_ca_file;                          // --etcd-ca; empty: what the system trusts
  std::string etcd_certificate_file;                 // --etcd-cert; empty: none
  std::string etcd_key_file;                         // --etcd-key
  std::string etcd_user_file;                        // --etcd-user-file; empty: no login
  int drain_seconds = -1;                            // -1: 5 with --cluster, else 0

  // What clients may do.
  bool has_shutdown_command = false;  // -A
  bool has_flush_all = true;          // not -F
  bool has_dumps = true;              // not -X: cachedump, stats detail, metadump
  bool has_watch = true;              // not -W
  bool uses_sasl = false;             // -S: every client has to log in, in binary
  std::string auth_file;              // -Y: every client has to log in, in text; empty: not given
  bool uses_cas = true;               // not -C
  char prefix_delimiter = ':';        // -D
  bool counts_prefixes = false;       // -D turns `stats detail` on
  bool tracks_sizes = false;          // -o track_sizes, for `stats sizes`

  // TLS.
  bool uses_tls = false;                              // -Z
  std::string tls_chain_file;                         // -o ssl_chain_cert
  std::string tls_key_file;                           // -o ssl_key; empty: in tls_chain_file
  int tls_key_format = 1;                             // -o ssl_keyformat: 1 is PEM, 2 is DER
  std::string tls_ca_file;                            // -o ssl_ca_cert; empty: not given
  int tls_verify_mode = 0;                            // -o ssl_verify_mode, 0..3
  std::string tls_ciphers;                            // -o ssl_ciphers; empty: OpenSSL's own
  int tls_min_version = 2;                            // -o ssl_min_version: TLS 1.0 plus so much
  uint64_t tls_write_bytes_max = uint64_t{16} << 10;  // -o ssl_wbuf_size: of one SSL_write()
  bool has_tls_session_cache = false;                 // -o ssl_session_cache
  bool uses_kernel_tls = false;                       // -o ssl_kernel_tls

  // Memory.
  uint64_t memory_bytes_max = uint64_t{64} << 20;             // -m
  bool evicts = true;                                         // not -M
  uint64_t item_bytes_max = uint64_t{1} << 20;                // -I
  double slab_growth_factor = slab::Options{}.growth_factor;  // -f
  int slab_chunk_bytes_min = 0;      // -n: key, value and flags that the smallest chunk holds
  std::vector<uint32_t> slab_sizes;  // -o slab_sizes, rising; empty: by growth factor
  // -o slab_chunk_max, up to 1 MB; no_chunked_items asks for 1 MB.  0: the store decides.
  uint64_t slab_chunk_bytes_max = 0;
  int hash_power_initial = 0;          // -o hashpower, 12..32; 0: the store decides
  bool expands_hash = true;            // not -o no_hashexpand
  uint64_t read_buffer_bytes_max = 0;  // -o read_buf_mem_limit; 0: no limit
  uint64_t watcher_log_bytes_max = uint64_t{256} << 10;  // -o watcher_logbuf_size
  uint64_t worker_log_bytes_max = uint64_t{64} << 10;    // -o worker_logbuf_size

  // Accepted, validated and shown in `stats settings`; Larder's design replaces what they tune,
  // and options_without_effect() says so.
  std::string hash_algorithm = "xxh3";   // -o hash_algorithm, as asked for
  bool reassigns_slabs = true;           // -o slab_reassign
  int slab_automove = 1;                 // -o slab_automove, 0..2
  double slab_automove_ratio = 0.8;      // -o slab_automove_ratio
  int slab_automove_window = 10;         // -o slab_automove_window
  double slab_automove_freeratio = .01;  // -o slab_automove_freeratio
  bool has_lru_crawler = true;           // -o lru_crawler
  int lru_crawler_sleep_us = 100;        // -o lru_crawler_sleep
  uint64_t lru_crawler_tocrawl = 0;      // -o lru_crawler_tocrawl; 0: no limit
  bool has_lru_maintainer = true;        // -o lru_maintainer
  bool has_segmented_lru = true;         // with a maintainer, unless `lru mode flat` said otherwise
  int hot_lru_percent = 20;              // -o hot_lru_pct
  int warm_lru_percent = 40;             // -o warm_lru_pct
  double hot_max_factor = 0.2;           // -o hot_max_factor
  double warm_max_factor = 2.0;          // -o warm_max_factor
  bool has_temporary_lru = false;        // -o temporary_ttl given
  int temporary_ttl_seconds = 61;        // -o temporary_ttl
  int tail_repair_seconds = 0;           // -o tail_repair_time; 0: off
};

enum class Action { Serve, ShowHelp, ShowVersion, ShowLicense };

struct CommandLine {
  Action action = Action::Serve;
  Options options;
  std::vector<std::string> warnings;  // whole lines for stderr, to be printed whatever -v says
  std::vector<std::string> given;     // "-f", "-o hashpower": each option once, in order
};

// Why there is nothing to start.
struct UsageError {
  int exit_status = 0;  // never 0: 64 (EX_USAGE), 71 (EX_OSERR, a bad -l) or 1
  std::string line;     // one line for stderr, without its newline
};

// What the command line depends on besides itself.
struct ProcessFacts {
  bool is_root = false;  // real or effective
  int core_count = 1;    // cores this process may run on
};
ProcessFacts facts_of_this_process();

// Reads options left to right; the first of -h, -i and -V ends reading, as does the first error.
// `argv` is permuted: words that are no options move to its end.
std::variant<CommandLine, UsageError> parse_command_line(int argc, char* const* argv,
                                                         const ProcessFacts& facts);

// Splits a -l list at commas and semicolons:
// [notls:|btls:|mtls:][proto[ascii|binary|negotiating]:]host[:port], with an IPv6 address in
// brackets when a port follows, and `*` for every interface.  `port_default` as Options::tcp_port,
// without its 0; `uses_tls`: whether the first prefix may be there and what it is when it is not.
std::variant<std::vector<ListenAddress>, UsageError> parse_listen_addresses(std::string_view list,
                                                                            int port_default,
                                                                            WireProtocol protocol,
                                                                            bool uses_tls);

// What --http takes: host:port, with an IPv6 address in brackets and `*` for every interface; or
// only a port, with or without its colon, of 127.0.0.1.  Nothing if it is none of these.
std::optional<ListenAddress> parse_http_address(std::string_view text);

// Which of the options given have no effect in Larder, and why: one line per reason, for stderr
// when -v is given.  Empty when every option given has its effect.
std::vector<std::string> options_without_effect(const CommandLine& command_line);

// What -h, -V and -i print, whole, with the last newline.
std::string help_text();
std::string version_text();
std::string_view license_text();

}  // namespace larder::server
