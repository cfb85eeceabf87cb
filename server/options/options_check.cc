// Checks that need all options, in memcached's order and with its exit status.
#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"
#include "server/options/listen_addresses.h"
#include "server/options/number.h"
#include "server/options/options_table.h"

namespace larder::server {
namespace {

constexpr int kUsageStatus = 64;  // EX_USAGE

// The page size from which memcached derives its classes.  Larder's pages differ, but it refuses
// the same values, so that command lines are valid for both.
constexpr uint64_t kSlabPageBytes = uint64_t{1} << 20;
constexpr uint64_t kChunkBytesMaxDefault = kSlabPageBytes / 2;
constexpr int kChunkBytesMinDefault = 48;
constexpr uint64_t kItemBytesLeast = 1024;
constexpr uint64_t kItemBytesMost = uint64_t{1} << 30;
constexpr uint32_t kChunkAlignBytes = 8;
constexpr size_t kSlabClassCountMax = 63;
constexpr int kHotAndWarmPercentMax = 80;
constexpr int kVerbosityOfDebug = 2;  // -vv

Refusal usage(std::string line) { return usage_error(std::move(line), kUsageStatus); }

uint64_t chunk_bytes_max(const Options& options) {
  return options.slab_chunk_bytes_max != 0 ? options.slab_chunk_bytes_max : kChunkBytesMaxDefault;
}

Refusal check_item_size(ParseState& state) {
  Options& options = state.command_line.options;
  const uint64_t item = options.item_bytes_max;
  if (item < kItemBytesLeast) return usage("Item max size cannot be less than 1024 bytes.");
  if (item > options.memory_bytes_max / 2) {
    return usage("Cannot set item size limit higher than 1/2 of memory max.");
  }
  if (item > kItemBytesMost) return usage("Cannot set item size limit higher than a gigabyte.");
  if (item > kSlabPageBytes && !state.slab_chunk_max_given) options.slab_chunk_bytes_max = 0;
  const uint64_t chunk = chunk_bytes_max(options);
  if (chunk > item) {
    return usage(fmt::format(
        "slab_chunk_max (bytes: {}) cannot be larger than -I (item_size_max {})", chunk, item));
  }
  if (item % chunk != 0) {
    return usage(
        fmt::format("-I (item_size_max: {}) must be evenly divisible by slab_chunk_max (bytes: {})",
                    item, chunk));
  }
  if (kSlabPageBytes % chunk != 0) {
    return usage(
        fmt::format("slab_chunk_max (bytes: {}) must divide evenly into {} (slab_page_size)", chunk,
                    kSlabPageBytes));
  }
  return {};
}

// Format: "100-200-400", ascending sizes between -n and slab_chunk_max.
Refusal check_slab_sizes(ParseState& state) {
  Options& options = state.command_line.options;
  const int64_t least =
      options.slab_chunk_bytes_min != 0 ? options.slab_chunk_bytes_min : kChunkBytesMinDefault;
  const auto most = static_cast<int64_t>(chunk_bytes_max(options));
  std::string_view text = state.slab_sizes_text;
  options.slab_sizes.clear();
  while (!text.empty()) {
    const std::string_view word = base::take_word(text, "-");
    if (word.empty()) continue;
    const auto bytes = parse_size(word, 1);
    if (!bytes || *bytes < least || *bytes > most) {
      return usage(fmt::format("slab size {} is out of valid range", word));
    }
    const auto size = static_cast<uint32_t>(*bytes);
    const uint32_t last = options.slab_sizes.empty() ? 0 : options.slab_sizes.back();
    if (size <= last) {
      return usage(
          fmt::format("slab size {} cannot be lower than or equal to a previous class size", size));
    }
    if (size <= last + kChunkAlignBytes) {
      return usage(fmt::format("slab size {} must be at least {} bytes larger than previous class",
                               size, kChunkAlignBytes));
    }
    options.slab_sizes.push_back(size);
    if (options.slab_sizes.size() >= kSlabClassCountMax) {
      return usage("too many slab classes specified");
    }
  }
  if (options.slab_sizes.empty())
    return usage("larder: slab_sizes needs sizes such as 100-200-400");
  return {};
}

Refusal check_lists(const Options& options) {
  if (options.hot_lru_percent + options.warm_lru_percent > kHotAndWarmPercentMax) {
    return usage("hot_lru_pct + warm_lru_pct cannot be more than 80% combined");
  }
  if (options.has_temporary_lru && !options.has_lru_maintainer) {
    return usage("temporary_ttl requires lru_maintainer to be enabled");
  }
  return {};
}

// Each authentication method requires one of the protocols.
Refusal check_authentication(ParseState& state) {
  Options& options = state.command_line.options;
  if (options.uses_sasl && !options.auth_file.empty()) {
    return usage("ERROR: -S and -Y use different protocols and cannot be combined.");
  }
  if (options.uses_sasl) {
    if (!state.has_protocol) options.protocol = WireProtocol::Binary;
    if (options.protocol != WireProtocol::Binary) {
      return usage("ERROR: You cannot allow the ASCII protocol while using SASL.");
    }
    if (options.udp_port != 0) {
      return usage("ERROR: Cannot enable UDP while using binary SASL authentication.");
    }
  }
  if (!options.auth_file.empty()) {
    if (!state.has_protocol) options.protocol = WireProtocol::Ascii;
    if (options.protocol != WireProtocol::Ascii) {
      return usage(
          "ERROR: You cannot allow the BINARY protocol while using ascii authentication tokens.");
    }
    if (options.udp_port != 0) {
      return usage("Cannot use UDP with ascii authentication enabled (-U 0 to disable)");
    }
  }
  return {};
}

// In the format of -l.
std::string text_of(const ListenAddress& address) {
  const bool needs_brackets = address.host.find(':') != std::string::npos;
  std::string text = address.host.empty() ? "*"
                     : needs_brackets     ? "[" + address.host + "]"
                                          : address.host;
  if (address.port != 0) text += ":" + std::to_string(address.port);
  return text;
}

// The same check for listeners with a protocol of their own: with the wrong one no client could log
// in.
Refusal check_protocols_of_listeners(const Options& options) {
  const bool uses_file = !options.auth_file.empty();
  if (!options.uses_sasl && !uses_file) return {};
  const WireProtocol wrong = uses_file ? WireProtocol::Binary : WireProtocol::Ascii;
  const auto& addresses = options.listen_addresses;
  const auto found = std::ranges::find(addresses, wrong, &ListenAddress::protocol);
  if (found == addresses.end()) return {};
  return usage(fmt::format("ERROR: You cannot allow the {}: -l proto[{}]:{}",
                           uses_file ? "BINARY protocol while using ascii authentication tokens"
                                     : "ASCII protocol while using SASL",
                           wire_protocol_name(wrong), text_of(*found)));
}

Refusal check_snapshots(const Options& options) {
  if (options.snapshot_every_seconds != 0 && options.snapshot_at_minute >= 0) {
    return usage("larder: --snapshot-every and --snapshot-at cannot be combined");
  }
  if (!options.snapshot_key_file.empty() && !options.snapshot_key_command.empty()) {
    return usage("larder: --snapshot-key-file and --snapshot-key-command cannot be combined");
  }
  if (!options.snapshot_folder.empty()) return {};
  if (options.snapshot_every_seconds != 0 || options.snapshot_at_minute >= 0) {
    return usage("larder: a schedule for snapshots needs --snapshot-dir");
  }
  if (options.starts_warm) return usage("larder: --warm-start needs --snapshot-dir");
  return {};
}

Refusal check_cluster(Options& options) {
  const bool has_cluster = !options.cluster.empty();
  if (has_cluster && options.etcd_endpoints.empty()) return usage("larder: --cluster needs --etcd");
  if (has_cluster && !options.advertised_node) return usage("larder: --cluster needs --advertise");
  if (!has_cluster && !options.etcd_endpoints.empty()) {
    return usage("larder: --etcd needs --cluster");
  }
  const bool has_list = !options.cluster_nodes.empty() || !options.cluster_nodes_file.empty();
  if (has_cluster && has_list) return usage("larder: --cluster has its list from etcd alone");
  if (has_cluster && options.has_config_set) {
    return usage("larder: -o config_set cannot be had with --cluster");
  }
  if (options.etcd_certificate_file.empty() != options.etcd_key_file.empty()) {
    return usage("larder: --etcd-cert and --etcd-key go together");
  }
  constexpr int kClusterDrainSeconds = 5;
  if (options.drain_seconds < 0) options.drain_seconds = has_cluster ? kClusterDrainSeconds : 0;
  return {};
}

// With -s, network addresses are bound only if -p or -l is given.
Refusal resolve_listen_addresses(CommandLine& command_line) {
  Options& options = command_line.options;
  const auto is_given = [&](std::string_view name) {
    return std::ranges::find(command_line.given, name) != command_line.given.end();
  };
  // As in upstream, -U alone also sets the TCP port.
  if (is_given("-U") && options.udp_port != 0 && !is_given("-p")) {
    options.tcp_port = options.udp_port;
  }
  if (!options.unix_socket_path.empty() && !is_given("-p") && !is_given("-l")) {
    return {};
  }
  const std::string list = options.interfaces.empty() ? "*" : options.interfaces;
  const auto resolve = [&](int port, std::vector<ListenAddress>* addresses) -> Refusal {
    if (port == 0) return {};
    auto parsed = parse_listen_addresses(list, port, options.protocol, options.uses_tls);
    if (auto* error = std::get_if<UsageError>(&parsed)) return std::move(*error);
    *addresses = std::get<std::vector<ListenAddress>>(std::move(parsed));
    return {};
  };
  if (Refusal refusal = resolve(options.tcp_port, &options.listen_addresses)) return refusal;
  return resolve(options.udp_port, &options.udp_addresses);
}

// Only a warning, because memcached starts with such options, and its own tests use them.
void warn_of_unknown_clients(CommandLine& command_line) {
  constexpr int kVerifiesClients = 2;
  const Options& options = command_line.options;
  if (!options.uses_tls || !options.tls_ca_file.empty()) return;
  const auto wants_certificate = [&](const ListenAddress& address) {
    return address.tls == TlsMode::KnownClient ||
           (address.tls == TlsMode::AsSet && options.tls_verify_mode >= kVerifiesClients);
  };
  if (std::ranges::none_of(options.listen_addresses, wants_certificate)) return;
  command_line.warnings.emplace_back(
      "WARNING: a listener that requires client certificates accepts no client without "
      "-o ssl_ca_cert=<file>");
}

}  // namespace

Refusal check_together(ParseState& state, const ProcessFacts& facts) {
  Options& options = state.command_line.options;
  if (Refusal refusal = check_item_size(state)) return refusal;
  if (state.has_slab_sizes) {
    if (Refusal refusal = check_slab_sizes(state)) return refusal;
  }
  if (Refusal refusal = check_lists(options)) return refusal;
  if (Refusal refusal = check_authentication(state)) return refusal;
  if (options.uses_tls && options.tcp_port == 0) {
    return usage("ERROR: You cannot enable SSL without a TCP port.");
  }
  if (options.slow_milliseconds != 0 && !options.measures_latency) {
    return usage("larder: --slow-ms cannot be had with -o no_latency");
  }
  if (!options.cluster_nodes.empty() && !options.cluster_nodes_file.empty()) {
    return usage("larder: --nodes and --nodes-file exclude each other");
  }
  if (Refusal refusal = check_cluster(options)) return refusal;
  if (Refusal refusal = check_snapshots(options)) return refusal;
  options.quiet_log_level = options.log_level;
  if (!state.has_log_level && options.verbosity >= kVerbosityOfDebug) {
    options.log_level = LogLevel::Debug;
  }
  if (facts.is_root && options.user.empty()) return usage("must add '-u root' to start as root");
  if (Refusal refusal = resolve_listen_addresses(state.command_line)) return refusal;
  if (Refusal refusal = check_protocols_of_listeners(options)) return refusal;
  warn_of_unknown_clients(state.command_line);
  return {};
}

}  // namespace larder::server
