// The keys of -o.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "server/options/number.h"
#include "server/options/options_table.h"

namespace larder::server {
namespace {

// Memcached's, which the error texts mention.
constexpr uint64_t kSlabPageBytes = uint64_t{1} << 20;
constexpr int64_t kKilobyte = 1024;
constexpr int64_t kMegabyte = int64_t{1} << 20;
constexpr int64_t kIntMax = std::numeric_limits<int>::max();
constexpr int64_t kUint32Max = std::numeric_limits<uint32_t>::max();

constexpr std::string_view kOwnHash = "keys are hashed by seeded XXH3";
constexpr std::string_view kOwnPages = "pages move between size classes by Larder's own rule";
constexpr std::string_view kOwnQueues =
    "a hand sweeps each size class's pages; there are no hot, warm and temporary lists";
constexpr std::string_view kOwnExpiry = "expired items are collected by bounded background steps";
constexpr std::string_view kOwnChunks = "large items are always kept in pieces";
constexpr std::string_view kNoLeaks = "no item can stay referenced at the tail of a list";
constexpr std::string_view kOwnBuffers =
    "a worker shares one read buffer and one reply buffer among its connections";
constexpr std::string_view kProxy = "the proxy";
constexpr std::string_view kExtstore = "external storage, which is not planned";

Refusal set_hash_power(ParseState& state, std::string_view value) {
  int& power = state.command_line.options.hash_power_initial;
  constexpr SetInteger kAny{&Options::hash_power_initial, -kIntMax, kIntMax,
                            "Initial hashtable multiplier of {} is out of range"};
  if (Refusal refusal = apply_effect(kAny, "-o hashpower", value, state)) return refusal;
  if (power >= 12 && power <= 32) return {};
  return usage_error(fmt::format("Initial hashtable multiplier of {} is too {}", power,
                                 power < 12 ? "low" : "high"));
}

Refusal set_hash_algorithm(ParseState& state, std::string_view value) {
  if (value != "jenkins" && value != "murmur3" && value != "xxh3") {
    return usage_error("Unknown hash_algorithm option (jenkins, murmur3, xxh3)");
  }
  state.command_line.options.hash_algorithm = value;
  return {};
}

Refusal set_slab_automove(ParseState& state, std::string_view value) {
  constexpr SetInteger kMode{&Options::slab_automove, 0, 2,
                             "slab_automove must be between 0 and 2"};
  if (value.data() != nullptr) return apply_effect(kMode, "-o slab_automove", value, state);
  state.command_line.options.slab_automove = 1;
  return {};
}

Refusal set_slab_chunk_max(ParseState& state, std::string_view value) {
  const auto bytes = parse_size(value, kKilobyte);
  if (!bytes) return usage_error("could not parse argument to slab_chunk_max");
  if (*bytes <= 0) return usage_error("slab_chunk_max must be > 0");
  if (*bytes > static_cast<int64_t>(kSlabPageBytes)) {
    return usage_error("slab_chunk_max must be specified in kilobytes.");
  }
  state.command_line.options.slab_chunk_bytes_max = static_cast<uint64_t>(*bytes);
  state.slab_chunk_max_given = true;
  return {};
}

Refusal set_slab_sizes(ParseState& state, std::string_view value) {
  state.slab_sizes_text = value;
  state.has_slab_sizes = true;
  return {};
}

Refusal set_temporary_ttl(ParseState& state, std::string_view value) {
  constexpr SetInteger kSeconds{&Options::temporary_ttl_seconds, 0, kIntMax,
                                "larder: temporary_ttl takes 0 to 2147483647 seconds, not {}"};
  state.command_line.options.has_temporary_lru = true;
  return apply_effect(kSeconds, "-o temporary_ttl", value, state);
}

Refusal set_no_chunked_items(ParseState& state, std::string_view) {
  state.command_line.options.slab_chunk_bytes_max = kSlabPageBytes;
  return {};
}

template <bool on>
Refusal set_lru_maintainer(ParseState& state, std::string_view) {
  state.command_line.options.has_lru_maintainer = on;
  return {};
}

// The defaults of memcached 1.4.
Refusal set_no_modern(ParseState& state, std::string_view) {
  Options& options = state.command_line.options;
  if (!state.slab_chunk_max_given) options.slab_chunk_bytes_max = kSlabPageBytes;
  options.reassigns_slabs = false;
  options.slab_automove = 0;
  options.refuses_excess_connections = false;
  options.hash_algorithm = "jenkins";
  options.has_lru_crawler = false;
  options.has_lru_maintainer = false;
  return {};
}

Refusal warn_of_resp_obj_mem_limit(ParseState& state, std::string_view) {
  state.command_line.warnings.emplace_back(
      "DEPRECATED: resp_obj_mem_limit no longer used. See read_buf_mem_limit.");
  return {};
}

// A whole number of at most `max`; errors are in the wording of upstream.
Refusal set_number(ParseState& state, std::string_view key, std::string_view value,
                   int Options::*field, int64_t max) {
  const auto number = parse_number(value);
  if (!number || *number > kIntMax || *number < -kIntMax) {
    return usage_error(fmt::format("could not parse argument to {}", key));
  }
  if (*number < 0 || *number > max) {
    return usage_error(fmt::format("Invalid {}. Use help to see valid options.", key));
  }
  state.command_line.options.*field = static_cast<int>(*number);
  return {};
}

Refusal set_tls_key_format(ParseState& state, std::string_view value) {
  return set_number(state, "ssl_keyformat", value, &Options::tls_key_format, kIntMax);
}

Refusal set_tls_verify_mode(ParseState& state, std::string_view value) {
  return set_number(state, "ssl_verify_mode", value, &Options::tls_verify_mode, 3);
}

Refusal set_tls_min_version(ParseState& state, std::string_view value) {
  return set_number(state, "ssl_min_version", value, &Options::tls_min_version, 3);
}

Refusal set_tls_write_bytes(ParseState& state, std::string_view value) {
  const auto bytes = parse_size(value, kKilobyte);
  if (!bytes || *bytes < 1 || *bytes > kUint32Max) {
    return usage_error("could not parse argument to ssl_wbuf_size");
  }
  state.command_line.options.tls_write_bytes_max = static_cast<uint64_t>(*bytes);
  return {};
}

constexpr Argument kNone = Argument::None;
constexpr Argument kValue = Argument::Required;

constexpr SetSize kilobytes(uint64_t Options::*field, std::string_view refusal) {
  return {field, kKilobyte, 0, kUint32Max / kKilobyte, refusal};
}

constexpr ExtendedRow kExtendedRows[] = {
    {"maxconns_fast", kNone, SetFlag{&Options::refuses_excess_connections},
     "answer connections over the limit with an error and close them;\n"
     "no_maxconns_fast lets them wait (default: {})",
     ""},
    {"no_maxconns_fast", kNone, SetFlag{&Options::refuses_excess_connections, false}, "", ""},
    {"track_sizes", kNone, SetFlag{&Options::tracks_sizes},
     "count items by size for \"stats sizes\" (default: {})", ""},
    {"latency", kNone, SetFlag{&Options::measures_latency},
     "measure how long commands take, for \"stats latency\"; no_latency does\n"
     "not (default: {})",
     ""},
    {"no_latency", kNone, SetFlag{&Options::measures_latency, false}, "", ""},
    {"hot_keys", kNone, SetFlag{&Options::counts_hot_keys},
     "find the keys that are asked for most, for \"stats hotkeys\" (default: {})", ""},
    {"no_hot_keys", kNone, SetFlag{&Options::counts_hot_keys, false}, "", ""},
    {"miss_ratio_curve", kNone, SetFlag{&Options::estimates_curve},
     "estimate the hit ratio at a quarter to four times the memory, for\n"
     "\"stats curve\" (default: {})",
     ""},
    {"no_miss_ratio_curve", kNone, SetFlag{&Options::estimates_curve, false}, "", ""},
    {"hashpower", kValue, Call{set_hash_power},
     "room for 2^<num> items in the index at start, 12 to 32; it grows as needed", ""},
    {"no_hashexpand", kNone, SetFlag{&Options::expands_hash, false}, "the index keeps its size",
     ""},
    {"no_large_pages", kNone, SetFlag{&Options::avoids_large_pages},
     "no large memory pages even for a memory limit of 1 GB and more", ""},
    {"hash_algorithm", kValue, Call{set_hash_algorithm}, "", kOwnHash},
    {"slab_reassign", kNone, SetFlag{&Options::reassigns_slabs},
     "obey \"slabs reassign\"; no_slab_reassign does not (default: {})", ""},
    {"no_slab_reassign", kNone, SetFlag{&Options::reassigns_slabs, false}, "", ""},
    {"slab_automove", Argument::Optional, Call{set_slab_automove},
     "move pages to the classes they do more good in: 0 no, 1 yes, 2 for smaller\n"
     "differences too (default: 1)",
     ""},
    {"no_slab_automove", kNone, Call{[](ParseState& state, std::string_view) {
       state.command_line.options.slab_automove = 0;
       return Refusal();
     }},
     "", ""},
    {"slab_automove_ratio", kValue,
     SetDecimal{&Options::slab_automove_ratio, 0, 1, "slab_automove_ratio must be > 0 and <= 1"},
     "", kOwnPages},
    {"slab_automove_window", kValue,
     SetInteger{&Options::slab_automove_window, 3, 1800,
                "slab_automove_window must be > 2 and <= 1800"},
     "", kOwnPages},
    {"slab_automove_freeratio", kValue,
     SetDecimal{&Options::slab_automove_freeratio, -1e9, 1e9,
                "could not parse argument to slab_automove_freeratio"},
     "", kOwnPages},
    {"slab_sizes", kValue, Call{set_slab_sizes},
     "sizes of the classes instead of a growth factor: 100-200-400", ""},
    {"slab_chunk_max", kValue, Call{set_slab_chunk_max},
     "kilobytes in the largest piece of a large item; one page at most", ""},
    {"no_chunked_items", kNone, Call{set_no_chunked_items}, "", kOwnChunks},
    {"lru_crawler", kNone, SetFlag{&Options::has_lru_crawler},
     "look for expired items in the background, and obey lru_crawler;\n"
     "no_lru_crawler does neither (default: {})",
     ""},
    {"no_lru_crawler", kNone, SetFlag{&Options::has_lru_crawler, false}, "", ""},
    {"lru_crawler_sleep", kValue,
     SetInteger{&Options::lru_crawler_sleep_us, 0, 1'000'000,
                "LRU crawler sleep must be between 0 and 1 second"},
     "", kOwnExpiry},
    {"lru_crawler_tocrawl", kValue,
     SetInteger{&Options::lru_crawler_tocrawl, 0, kUint32Max,
                "lru_crawler_tocrawl takes a numeric 32bit value"},
     "", kOwnExpiry},
    {"lru_maintainer", kNone, Call{set_lru_maintainer<true>}, "", kOwnQueues},
    {"no_lru_maintainer", kNone, Call{set_lru_maintainer<false>}, "", kOwnQueues},
    {"hot_lru_pct", kValue,
     SetInteger{&Options::hot_lru_percent, 1, 79, "hot_lru_pct must be >= 1 and < 80"}, "",
     kOwnQueues},
    {"warm_lru_pct", kValue,
     SetInteger{&Options::warm_lru_percent, 1, 79, "warm_lru_pct must be >= 1 and < 80"}, "",
     kOwnQueues},
    {"hot_max_factor", kValue,
     SetDecimal{&Options::hot_max_factor, 0, 1e9, "hot_max_factor must be > 0"}, "", kOwnQueues},
    {"warm_max_factor", kValue,
     SetDecimal{&Options::warm_max_factor, 0, 1e9, "warm_max_factor must be > 0"}, "", kOwnQueues},
    {"temporary_ttl", kValue, Call{set_temporary_ttl}, "", kOwnQueues},
    {"tail_repair_time", kValue,
     SetInteger{&Options::tail_repair_seconds, 10, kIntMax,
                "Cannot set tail_repair_time to less than 10 seconds"},
     "", kNoLeaks},
    {"idle_timeout", kValue,
     SetInteger{&Options::idle_timeout_seconds, 0, kIntMax,
                "larder: idle_timeout takes 0 to 2147483647 seconds, not {}"},
     "seconds after which an idle TCP connection is closed; 0 is never\n(default: {})", ""},
    {"watcher_logbuf_size", kValue,
     kilobytes(&Options::watcher_log_bytes_max, "could not parse argument to watcher_logbuf_size"),
     "kilobytes queued for each watcher (default: {})", ""},
    {"worker_logbuf_size", kValue,
     kilobytes(&Options::worker_log_bytes_max, "could not parse argument to worker_logbuf_size"),
     "kilobytes of log lines queued by each worker (default: {})", ""},
    {"read_buf_mem_limit", kValue,
     SetSize{&Options::read_buffer_bytes_max, kMegabyte, 0, kUint32Max >> 20,
             "could not parse argument to read_buf_mem_limit"},
     "", kOwnBuffers},
    {"resp_obj_mem_limit", Argument::Optional, Call{warn_of_resp_obj_mem_limit}, "", ""},
    {"modern", kNone, NoMeaning{}, "", ""},
    {"no_modern", kNone, Call{set_no_modern}, "defaults of memcached 1.4", ""},
    {"inline_ascii_resp", kNone, NoMeaning{}, "", ""},
    {"no_inline_ascii_resp", kNone, NoMeaning{}, "", ""},
    {"relaxed_privileges", kNone, SetFlag{&Options::relaxes_privileges}, "", ""},
    {"drop_privileges", kNone, NotBuilt{"a system call filter"}, "", ""},
    {"no_drop_privileges", kNone, NoMeaning{}, "", ""},
    {"config_set", kNone, SetFlag{&Options::has_config_set},
     "obey \"config set\", \"config delete\" and \"config get\" without a name\n(default: {})", ""},
    {"no_config_set", kNone, SetFlag{&Options::has_config_set, false}, "", ""},
    {"sock_cookie_id", kNone, NotBuilt{"socket cookies"}, "", ""},
    {"ssl_chain_cert", kValue, SetText{&Options::tls_chain_file},
     "certificate chain file in PEM format", ""},
    {"ssl_key", kValue, SetText{&Options::tls_key_file},
     "private key file, if the key is not in ssl_chain_cert", ""},
    {"ssl_keyformat", kValue, Call{set_tls_key_format},
     "1 if the key is in PEM format, 2 if in DER (default: 1)", ""},
    {"ssl_verify_mode", kValue, Call{set_tls_verify_mode},
     "whether clients need a certificate: 0 no, 1 it is checked if there is\none, 2 and 3 yes "
     "(default: 0)",
     ""},
    {"ssl_ciphers", kValue, SetText{&Options::tls_ciphers},
     "ciphers up to TLS 1.2, in OpenSSL's notation", ""},
    {"ssl_ca_cert", kValue, SetText{&Options::tls_ca_file},
     "PEM file of those who may vouch for clients", ""},
    {"ssl_wbuf_size", kValue, Call{set_tls_write_bytes},
     "kilobytes encrypted at once; over 16 is as 16 (default: 16)", ""},
    {"ssl_session_cache", kNone, SetFlag{&Options::has_tls_session_cache},
     "keep sessions, so that clients without tickets can resume theirs", ""},
    {"ssl_kernel_tls", kNone, SetFlag{&Options::uses_kernel_tls},
     "let the kernel encrypt where it can", ""},
    {"ssl_min_version", kValue, Call{set_tls_min_version},
     "oldest version of TLS: 0 is 1.0, 1 is 1.1, 2 is 1.2, 3 is 1.3\n(default: 2)", ""},
    {"proxy_config", kNone, NotBuilt{kProxy}, "", ""},
    {"proxy_arg", kNone, NotBuilt{kProxy}, "", ""},
    {"proxy_uring", kNone, NotBuilt{kProxy}, "", ""},
    {"proxy_memprofile", kNone, NotBuilt{kProxy}, "", ""},
    {"ext_path", kNone, NotBuilt{kExtstore}, "", ""},
    {"ext_page_size", kNone, NotBuilt{kExtstore}, "", ""},
    {"ext_wbuf_size", kNone, NotBuilt{kExtstore}, "", ""},
    {"ext_threads", kNone, NotBuilt{kExtstore}, "", ""},
    {"ext_io_depth", kNone, NotBuilt{kExtstore}, "", ""},
    {"ext_item_size", kNone, NotBuilt{kExtstore}, "", ""},
    {"ext_item_age", kNone, NotBuilt{kExtstore}, "", ""},
    {"ext_low_ttl", kNone, NotBuilt{kExtstore}, "", ""},
    {"ext_recache_rate", kNone, NotBuilt{kExtstore}, "", ""},
    {"ext_compact_under", kNone, NotBuilt{kExtstore}, "", ""},
    {"ext_drop_under", kNone, NotBuilt{kExtstore}, "", ""},
    {"ext_max_sleep", kNone, NotBuilt{kExtstore}, "", ""},
    {"ext_max_frag", kNone, NotBuilt{kExtstore}, "", ""},
    {"ext_drop_unread", kNone, NotBuilt{kExtstore}, "", ""},
};

}  // namespace

std::span<const ExtendedRow> extended_rows() { return kExtendedRows; }

}  // namespace larder::server
