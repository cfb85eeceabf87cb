// The table of options with a letter.
#include "server/options/options_table.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <limits>

#include "base/words.h"
#include "server/options/interval.h"
#include "server/options/listen_addresses.h"
#include "server/options/number.h"

namespace larder::server {
namespace {

constexpr int kUsageStatus = 64;  // EX_USAGE
constexpr int64_t kIntMax = std::numeric_limits<int>::max();
constexpr int64_t kIntMin = std::numeric_limits<int>::min();
constexpr int64_t kMegabyte = int64_t{1} << 20;
constexpr size_t kUnixPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;

Refusal set_unix_socket(ParseState& state, std::string_view value) {
  if (value.empty()) return usage_error("larder: -s needs a path");
  if (value.size() > kUnixPathBytesMax) {
    return usage_error(
        fmt::format("larder: -s takes a path of at most {} bytes", kUnixPathBytesMax));
  }
  state.command_line.options.unix_socket_path = value;
  return {};
}

Refusal set_unix_mask(ParseState& state, std::string_view value) {
  const auto mode = parse_octal(value);
  if (!mode || *mode > 0777) {
    return usage_error(
        fmt::format("larder: -a needs an octal mode such as 700, not \"{}\"", value));
  }
  state.command_line.options.unix_socket_mode = static_cast<int>(*mode);
  return {};
}

// A repeated -l adds to the list; an argument that is given twice is added once.
Refusal add_interfaces(ParseState& state, std::string_view value) {
  if (value.empty()) return usage_error("larder: -l needs an address");
  std::string& interfaces = state.command_line.options.interfaces;
  if (fmt::format(",{},", interfaces).find(fmt::format(",{},", value)) != std::string::npos) {
    return {};
  }
  if (!interfaces.empty()) interfaces += ',';
  interfaces += value;
  return {};
}

Refusal add_verbosity(ParseState& state, std::string_view) {
  ++state.command_line.options.verbosity;
  return {};
}

Refusal set_threads(ParseState& state, std::string_view value) {
  constexpr SetInteger kCount{&Options::worker_count, 1, kIntMax,
                              "Number of threads must be greater than 0"};
  if (Refusal refusal = apply_effect(kCount, "-t", value, state)) return refusal;
  if (state.command_line.options.worker_count > 64) {
    state.command_line.warnings.emplace_back(
        "WARNING: more than 64 worker threads are not recommended; "
        "the number of cores or less serves best");
  }
  return {};
}

Refusal set_auth_file(ParseState& state, std::string_view value) {
  if (value.empty()) return usage_error("larder: -Y needs a file");
  state.command_line.options.auth_file = value;
  return {};
}

Refusal set_prefix_delimiter(ParseState& state, std::string_view value) {
  if (value.empty()) return usage_error("No delimiter specified");
  state.command_line.options.prefix_delimiter = value.front();
  state.command_line.options.counts_prefixes = true;
  return {};
}

Refusal set_protocol(ParseState& state, std::string_view value) {
  Options& options = state.command_line.options;
  if (value != "auto" && value != "ascii" && value != "binary") {
    return usage_error(fmt::format("Invalid value for binding protocol: {}"
                                   " -- should be one of auto, binary, or ascii",
                                   value),
                       kUsageStatus);
  }
  options.protocol = value == "auto"    ? WireProtocol::Auto
                     : value == "ascii" ? WireProtocol::Ascii
                                        : WireProtocol::Binary;
  state.has_protocol = true;
  return {};
}

// The range is checked later, together with options that depend on it.
Refusal set_item_size(ParseState& state, std::string_view value) {
  constexpr SetSize kBytes{&Options::item_bytes_max,
                           1,
                           0,
                           kNumberMax,
                           "Item max size cannot be less than 1024 bytes.",
                           kUsageStatus};
  return apply_effect(kBytes, "-I", value, state);
}

template <Action action>
Refusal show(ParseState& state, std::string_view) {
  state.command_line.action = action;
  return {};
}

Refusal set_http_address(ParseState& state, std::string_view value) {
  state.command_line.options.http_address = parse_http_address(value);
  if (state.command_line.options.http_address) return {};
  return usage_error(fmt::format("larder: --http needs [<host>:]<port>, not \"{}\"", value));
}

Refusal set_log_level(ParseState& state, std::string_view value) {
  for (const LogLevel level :
       {LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error, LogLevel::Off}) {
    if (value != name_of(level)) continue;
    state.command_line.options.log_level = level;
    state.has_log_level = true;
    return {};
  }
  return usage_error(
      fmt::format("larder: --log-level is debug, info, warning, error or off, not \"{}\"", value));
}

Refusal set_log_format(ParseState& state, std::string_view value) {
  for (const LogFormat format : {LogFormat::Text, LogFormat::Json}) {
    if (value != name_of(format)) continue;
    state.command_line.options.log_format = format;
    return {};
  }
  return usage_error(fmt::format("larder: --log-format is text or json, not \"{}\"", value));
}

Refusal set_log_file(ParseState& state, std::string_view value) {
  if (value.empty()) return usage_error("larder: --log-file needs a path");
  state.command_line.options.log_file = value;
  return {};
}

Refusal set_advertised_node(ParseState& state, std::string_view value) {
  auto node = base::parse_cluster_node(value);
  if (!node) return usage_error("larder: --advertise: " + node.error().text);
  state.command_line.options.advertised_node = std::move(*node);
  return {};
}

// A repeated --nodes adds to the list.
Refusal add_cluster_nodes(ParseState& state, std::string_view value) {
  base::ClusterNodes nodes = std::move(state.command_line.options.cluster_nodes);
  bool has_more = true;
  while (has_more) {
    has_more = value.find(',') != std::string_view::npos;  // a trailing comma gives an empty node
    auto node = base::parse_cluster_node(base::take_word(value, ","));
    if (!node) return usage_error("larder: --nodes: " + node.error().text);
    nodes.push_back(std::move(*node));
  }
  auto arranged = base::arrange_cluster_nodes(std::move(nodes));
  if (!arranged) return usage_error("larder: --nodes: " + arranged.error().text);
  state.command_line.options.cluster_nodes = std::move(*arranged);
  return {};
}

Refusal set_cluster_nodes_file(ParseState& state, std::string_view value) {
  if (value.empty()) return usage_error("larder: --nodes-file needs a path");
  state.command_line.options.cluster_nodes_file = value;
  return {};
}

Refusal set_cluster_state_file(ParseState& state, std::string_view value) {
  if (value.empty()) return usage_error("larder: --cluster-state needs a path");
  state.command_line.options.cluster_state_file = value;
  return {};
}

// Characters that are valid in an etcd key and in a log line without escaping.
Refusal set_cluster(ParseState& state, std::string_view value) {
  constexpr size_t kSizeMax = 64;
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  if (value.empty() || value.size() > kSizeMax || !std::ranges::all_of(value, is_plain)) {
    return usage_error(fmt::format(
        "larder: --cluster is 1 to {} letters, digits, \"-\", \"_\" and \".\", not \"{}\"",
        kSizeMax, value));
  }
  state.command_line.options.cluster = value;
  return {};
}

Refusal set_etcd(ParseState& state, std::string_view value) {
  std::vector<std::string> endpoints;
  while (!value.empty()) {
    const std::string_view word = base::take_word(value, ",");
    std::string_view url = word;
    if (url.ends_with('/')) url.remove_suffix(1);
    const size_t host = url.starts_with("http://") ? 7 : url.starts_with("https://") ? 8 : 0;
    if (host == 0 || host == url.size() || url.find_first_of("/@?# ", host) != url.npos) {
      return usage_error(
          fmt::format("larder: --etcd needs URLs such as http://10.0.0.1:2379, not \"{}\"", word));
    }
    endpoints.emplace_back(url);
  }
  if (endpoints.empty()) return usage_error("larder: --etcd needs a URL");
  state.command_line.options.etcd_endpoints = std::move(endpoints);
  return {};
}

Refusal set_snapshot_interval(ParseState& state, std::string_view value) {
  const auto seconds = parse_interval(value);
  if (!seconds) {
    return usage_error(fmt::format(
        "larder: --snapshot-every takes an interval such as 30m, 6h or 1d, not \"{}\"", value));
  }
  state.command_line.options.snapshot_every_seconds = *seconds;
  return {};
}

Refusal set_snapshot_time(ParseState& state, std::string_view value) {
  const auto minute = parse_time_of_day(value);
  if (!minute) {
    return usage_error(
        fmt::format("larder: --snapshot-at takes a time of day such as 03:00, not \"{}\"", value));
  }
  state.command_line.options.snapshot_at_minute = *minute;
  return {};
}

constexpr Argument kNone = Argument::None;
constexpr Argument kValue = Argument::Required;

constexpr OptionRow kOptionRows[] = {
    {'p', "port", kValue,
     SetInteger{&Options::tcp_port, -1, 65535, "ERROR: Invalid port number {}.", kUsageStatus},
     "<num>", "TCP port; 0 is off, -1 lets the system choose (default: {})", ""},
    {'U', "udp-port", kValue,
     SetInteger{&Options::udp_port, -1, 65535, "ERROR: Invalid port number {}.", kUsageStatus},
     "<num>", "UDP port; 0 is off, -1 lets the system choose (default: {})", ""},
    {'s', "unix-socket", kValue, Call{set_unix_socket}, "<file>",
     "Unix socket to listen on: instead of the network, or in\n"
     "addition to it with -p or -l",
     ""},
    {'a', "unix-mask", kValue, Call{set_unix_mask}, "<mask>",
     "permissions of the Unix socket, in octal (default: 700)", ""},
    {'A', "enable-shutdown", kNone, SetFlag{&Options::has_shutdown_command}, "",
     "enable the \"shutdown\" command", ""},
    {'l', "listen", kValue, Call{add_interfaces}, "<addr>",
     "addresses to listen on (default: every interface), separated by commas\n"
     "or in several -l: <host>, <host>:<port>, [<IPv6 address>]:<port> or *,\n"
     "each after an optional proto[ascii]:, proto[binary]: or\n"
     "proto[negotiating]:, and with -Z, before that, an optional notls:,\n"
     "btls: (asks clients for no certificate) or mtls: (requires one)",
     ""},
    {'d', "daemon", kNone, SetFlag{&Options::runs_as_daemon}, "", "run as a daemon", ""},
    {'r', "enable-coredumps", kNone, SetFlag{&Options::writes_core_dump}, "",
     "raise the core file limit as far as possible", ""},
    {'u', "user", kValue, SetText{&Options::user}, "<user>",
     "user to become; required when started as root", ""},
    {'m', "memory-limit", kValue,
     SetSize{&Options::memory_bytes_max, kMegabyte, 0, kIntMax,
             "larder: -m takes 0 to 2147483647 megabytes, not {}", kUsageStatus},
     "<num>",
     "memory for items and their index, in megabytes (default: {}),\n"
     "or with a unit: 512m, 10g",
     ""},
    {'M', "disable-evictions", kNone, SetFlag{&Options::evicts, false}, "",
     "answer with an error when memory is full, instead of evicting", ""},
    {'c', "conn-limit", kValue,
     SetInteger{&Options::connection_count_max, 1, kIntMax,
                "Maximum connections must be greater than 0"},
     "<num>", "connections at the same time (default: {})", ""},
    {'k', "lock-memory", kNone, SetFlag{&Options::locks_memory}, "",
     "lock all memory, so that none is swapped out", ""},
    {'v', "verbose", Argument::Optional, Call{add_verbosity}, "",
     "say more on standard error; with -vv the log is of level debug\n"
     "(commands and replies are what the command watch shows)",
     ""},
    {'h', "help", kNone, Call{show<Action::ShowHelp>}, "", "print this help and exit", ""},
    {'i', "license", kNone, Call{show<Action::ShowLicense>}, "", "print the license and exit", ""},
    {'V', "version", kNone, Call{show<Action::ShowVersion>}, "", "print the version and exit", ""},
    {'P', "pidfile", kValue, SetText{&Options::pid_file}, "<file>",
     "write the process id to <file>", ""},
    {'f', "slab-growth-factor", kValue,
     SetDecimal{&Options::slab_growth_factor, 1.0, 1e9, "Factor must be greater than 1"}, "<num>",
     "growth factor of the size classes (default: {})", ""},
    {'n', "slab-min-size", kValue,
     SetSize{&Options::slab_chunk_bytes_min, 1, 1, kIntMax, "Chunk size must be greater than 0"},
     "<num>", "bytes of key, value and flags that the smallest chunk holds (default: 16)", ""},
    {'L', "enable-largepages", kNone, SetFlag{&Options::uses_large_pages}, "",
     "use large memory pages where the system has them\n"
     "(default for a memory limit of 1 GB and more)",
     ""},
    {'D', nullptr, kValue, Call{set_prefix_delimiter}, "<char>",
     "end of the prefix of a key in \"stats detail\" (default: \":\");\n"
     "counting by prefix is on from the start when given",
     ""},
    {'t', "threads", kValue, Call{set_threads}, "<num>", "worker threads (default: one per core)",
     ""},
    {'R', "max-reqs-per-event", kValue,
     SetInteger{&Options::requests_per_turn_max, 1, kIntMax,
                "Number of requests per event must be greater than 0"},
     "<num>", "requests of one connection before others have their turn (default: {})", ""},
    {'C', "disable-cas", kNone, SetFlag{&Options::uses_cas, false}, "", "disable CAS", ""},
    {'b', "listen-backlog", kValue,
     SetInteger{&Options::listen_backlog, kIntMin, kIntMax, "larder: -b is too large: {}"}, "<num>",
     "connections the system queues before they are accepted (default: {})", ""},
    {'B', "protocol", kValue, Call{set_protocol}, "<name>", "auto, ascii or binary (default: auto)",
     ""},
    {'I', "max-item-size", kValue, Call{set_item_size}, "<num>",
     "largest item in bytes, or with k, m or g; at most half of -m (default: 1m, max: 1024m);\n"
     "a multiple of 512k, or of -o slab_chunk_max if that is given",
     ""},
    {'S', "enable-sasl", kNone, SetFlag{&Options::uses_sasl}, "",
     "clients log in by SASL; they speak binary then", ""},
    {'F', "disable-flush-all", kNone, SetFlag{&Options::has_flush_all, false}, "",
     "disable flush_all", ""},
    {'X', "disable-dumping", kNone, SetFlag{&Options::has_dumps, false}, "",
     "disable stats cachedump, stats detail and lru_crawler metadump", ""},
    {'W', "disable-watch", kNone, SetFlag{&Options::has_watch, false}, "", "disable watch commands",
     ""},
    {'Y', "auth-file", kValue, Call{set_auth_file}, "<file>",
     "clients log in with one of the lines user:password in <file>;\n"
     "they speak text then; read again on SIGHUP",
     ""},
    {'e', "memory-file", kValue, NotBuilt{"warm restart"}, "", "", ""},
    {'Z', "enable-ssl", kNone, SetFlag{&Options::uses_tls}, "",
     "TCP clients speak TLS; see the ssl_ options, and notls:, btls: and mtls:\n"
     "of -l",
     ""},
    {'N', "napi-ids", kValue, NotBuilt{"NAPI ids"}, "", "", ""},
    {kHttpCode, "http", kValue, Call{set_http_address}, "<addr>",
     "serve a dashboard at /, and /metrics, /stats.json, /healthz and /readyz,\n"
     "by HTTP (default: off)\n"
     "at <host>:<port>, [<IPv6 address>]:<port>, *:<port>, or at <port> of\n"
     "127.0.0.1; anyone who can connect can read the pages",
     ""},
    {kLogLevelCode, "log-level", kValue, Call{set_log_level}, "<name>",
     "lowest logged level: debug, info, warning, error or off\n"
     "(default: info; with -vv debug)",
     ""},
    {kLogFormatCode, "log-format", kValue, Call{set_log_format}, "<name>",
     "lines of the log are text or json (default: text)", ""},
    {kLogFileCode, "log-file", kValue, Call{set_log_file}, "<file>",
     "append the log to <file>, opened again on SIGHUP\n(default: standard error)", ""},
    {kSlowCode, "slow-ms", kValue,
     SetInteger{&Options::slow_milliseconds, 0, kIntMax,
                "larder: --slow-ms takes 0 to 2147483647 milliseconds, not {}"},
     "<num>", "log requests that take longer than that; 0 is off (default: {})", ""},
    {kAdvertiseCode, "advertise", kValue, Call{set_advertised_node}, "<addr>",
     "what clients are to call this server: <host>:<port> or <host>:<port>|<IP>\n"
     "(default: the address by which each of them has come)",
     ""},
    {kNodesCode, "nodes", kValue, Call{add_cluster_nodes}, "<list>",
     "nodes that \"config get cluster\" names, each as above, separated by commas", ""},
    {kNodesFileCode, "nodes-file", kValue, Call{set_cluster_nodes_file}, "<file>",
     "the same from a file, one node a line, read again on SIGHUP", ""},
    {kClusterStateCode, "cluster-state", kValue, Call{set_cluster_state_file}, "<file>",
     "keep the version of that list in <file>, so that it rises across restarts", ""},
    {kClusterCode, "cluster", kValue, Call{set_cluster}, "<name>",
     "be a node of that cluster, whose list of nodes etcd has", ""},
    {kEtcdCode, "etcd", kValue, Call{set_etcd}, "<urls>",
     "where etcd is, such as http://10.0.0.1:2379, separated by commas", ""},
    {kEtcdTtlCode, "etcd-ttl", kValue,
     SetInteger{&Options::etcd_ttl_seconds, 2, 3600,
                "larder: --etcd-ttl takes 2 to 3600 seconds, not {}"},
     "<num>", "seconds without a sign of life until a node is off the list (default: {})", ""},
    {kEtcdCaCode, "etcd-ca", kValue, SetText{&Options::etcd_ca_file}, "<file>",
     "certificates that vouch for etcd's (default: those of the system)", ""},
    {kEtcdCertificateCode, "etcd-cert", kValue, SetText{&Options::etcd_certificate_file}, "<file>",
     "certificate to show etcd", ""},
    {kEtcdKeyCode, "etcd-key", kValue, SetText{&Options::etcd_key_file}, "<file>",
     "key of that certificate", ""},
    {kEtcdUserCode, "etcd-user-file", kValue, SetText{&Options::etcd_user_file}, "<file>",
     "one line user:password, to log in to etcd with", ""},
    {kDrainCode, "drain-seconds", kValue,
     SetInteger{&Options::drain_seconds, 0, 3600,
                "larder: --drain-seconds takes 0 to 3600, not {}"},
     "<num>",
     "go on serving for that long after SIGTERM, when /readyz says no already\n"
     "and the node is off the list (default: 5 with --cluster, else 0)",
     ""},
    {kSnapshotFolderCode, "snapshot-dir", kValue, SetText{&Options::snapshot_folder}, "<dir>",
     "directory for snapshots: files with all items, taken while serving", ""},
    {kSnapshotEveryCode, "snapshot-every", kValue, Call{set_snapshot_interval}, "<time>",
     "take a snapshot in that interval, such as 30m, 6h or 1d", ""},
    {kSnapshotAtCode, "snapshot-at", kValue, Call{set_snapshot_time}, "<hh:mm>",
     "take a snapshot once a day at that local time", ""},
    {kSnapshotKeepCode, "snapshot-keep", kValue,
     SetInteger{&Options::snapshot_keep_count, 1, 100000,
                "larder: --snapshot-keep takes 1 to 100000 files, not {}"},
     "<num>", "number of snapshots to keep in the directory (default: {})", ""},
    {kSnapshotRateCode, "snapshot-rate", kValue,
     SetSize{&Options::snapshot_bytes_per_second, kMegabyte, 0, kIntMax,
             "larder: --snapshot-rate takes 0 to 2147483647 megabytes a second, not {}"},
     "<num>",
     "limit for writing a snapshot, in megabytes a second or with a unit;\n"
     "0 is no limit (default: {})",
     ""},
    {kSnapshotCompressCode, "snapshot-compress", kNone, SetFlag{&Options::compresses_snapshots}, "",
     "compress snapshots with zstd", ""},
    {kSnapshotKeyFileCode, "snapshot-key-file", kValue, SetText{&Options::snapshot_key_file},
     "<file>",
     "encrypt snapshots with the key in <file>: 32 bytes, or lines of 64\n"
     "hexadecimal digits, the first for new snapshots, the others for old ones",
     ""},
    {kSnapshotKeyCommandCode, "snapshot-key-command", kValue,
     SetText{&Options::snapshot_key_command}, "<cmd>",
     "the same with the keys that <cmd> prints on its standard output", ""},
    {kWarmStartCode, "warm-start", kNone, SetFlag{&Options::starts_warm}, "",
     "load the newest snapshot at the start, and take one at the end", ""},
    {'o', "extended", kValue,
     Call{[](ParseState& state, std::string_view list) { return apply_extended(list, state); }},
     "<list>", "extended options, separated by commas:", ""},
};

}  // namespace

std::span<const OptionRow> option_rows() { return kOptionRows; }

}  // namespace larder::server
