#include "tests/bench/load/options.h"

#include <getopt.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

namespace larder::bench {
namespace {

// Bounds that keep one run within a machine's means.
constexpr uint64_t kConnectionsMax = 10'000;
constexpr uint64_t kDepthMax = 4096;
constexpr uint64_t kThreadsMax = 64;
constexpr uint64_t kKeysMax = 1'000'000'000;
constexpr uint64_t kKeySizeMax = 250;
constexpr uint64_t kValueSizeMax = 64 << 20;
constexpr uint64_t kKeysPerRequestMax = 100'000;
constexpr double kSecondsMax = 3600;
constexpr double kRateMax = 1e8;

constexpr uint64_t kAnyMax = std::numeric_limits<uint64_t>::max();

enum Flag : int {
  kServer = 1,
  kWorkload,
  kConnections,
  kDepth,
  kThreads,
  kKeys,
  kKeySize,
  kValueSize,
  kDistribution,
  kSeconds,
  kWarmupSeconds,
  kRate,
  kReconnectEvery,
  kSilenceSeconds,
  kOperations,
  kSeed,
  kFill,
  kAllowMisses,
  kUnchecked,
  kHold,
  kHelp,
};

constexpr option kFlags[] = {
    {"server", required_argument, nullptr, kServer},
    {"workload", required_argument, nullptr, kWorkload},
    {"connections", required_argument, nullptr, kConnections},
    {"depth", required_argument, nullptr, kDepth},
    {"threads", required_argument, nullptr, kThreads},
    {"keys", required_argument, nullptr, kKeys},
    {"key-size", required_argument, nullptr, kKeySize},
    {"value-size", required_argument, nullptr, kValueSize},
    {"distribution", required_argument, nullptr, kDistribution},
    {"seconds", required_argument, nullptr, kSeconds},
    {"warmup-seconds", required_argument, nullptr, kWarmupSeconds},
    {"rate", required_argument, nullptr, kRate},
    {"reconnect-every", required_argument, nullptr, kReconnectEvery},
    {"silence-seconds", required_argument, nullptr, kSilenceSeconds},
    {"operations", required_argument, nullptr, kOperations},
    {"seed", required_argument, nullptr, kSeed},
    {"fill", no_argument, nullptr, kFill},
    {"allow-misses", no_argument, nullptr, kAllowMisses},
    {"unchecked", no_argument, nullptr, kUnchecked},
    {"hold", no_argument, nullptr, kHold},
    {"help", no_argument, nullptr, kHelp},
    {nullptr, 0, nullptr, 0},
};

template <class Number>
bool read_number(std::string_view text, Number low, Number high, Number* number) {
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, *number);
  return code == std::errc() && stop == end && *number >= low && *number <= high;
}

bool read_count(std::string_view text, uint64_t low, uint64_t high, uint32_t* number) {
  uint64_t wide = 0;
  if (!read_number<uint64_t>(text, low, high, &wide)) return false;
  *number = static_cast<uint32_t>(wide);
  return true;
}

bool read_workload(std::string_view text, Options* options) {
  struct Name {
    std::string_view text;
    Workload workload;
  };
  constexpr Name kNames[] = {{"get", Workload::Get},          {"gets", Workload::Gets},
                             {"mg", Workload::MetaGet},       {"set", Workload::Set},
                             {"setget", Workload::SetGet},    {"mix90", Workload::Mix90},
                             {"binget", Workload::BinaryGet}, {"binset", Workload::BinarySet}};
  constexpr std::string_view kMultiGet = "mget:";
  if (text.starts_with(kMultiGet)) {
    options->workload = Workload::MultiGet;
    return read_count(text.substr(kMultiGet.size()), 1, kKeysPerRequestMax,
                      &options->keys_per_request);
  }
  for (const Name& name : kNames) {
    if (name.text != text) continue;
    options->workload = name.workload;
    options->keys_per_request = 1;
    return true;
  }
  return false;
}

bool read_distribution(std::string_view text, Options* options) {
  constexpr std::string_view kZipf = "zipf:";
  options->zipf_exponent = 0;
  if (text == "uniform") return true;
  return text.starts_with(kZipf) &&
         read_number(text.substr(kZipf.size()), 0.01, 5.0, &options->zipf_exponent);
}

bool read_server(std::string_view text, Options* options, std::string* reason) {
  const client::Result<client::Address> address = client::parse_address(text);
  if (!address) {
    *reason = address.error().text;
    return false;
  }
  options->server = *address;
  return true;
}

// False when `text` is no good value for `flag`; `reason` may say why.
bool read_flag(int flag, std::string_view text, Options* options, std::string* reason) {
  switch (flag) {
    case kServer: return read_server(text, options, reason);
    case kWorkload: return read_workload(text, options);
    case kConnections: return read_count(text, 1, kConnectionsMax, &options->connections);
    case kDepth: return read_count(text, 1, kDepthMax, &options->depth);
    case kThreads: return read_count(text, 1, kThreadsMax, &options->threads);
    case kKeys: return read_number<uint64_t>(text, 1, kKeysMax, &options->keys);
    case kKeySize: return read_count(text, 1, kKeySizeMax, &options->key_size);
    case kValueSize: return read_count(text, 0, kValueSizeMax, &options->value_size);
    case kDistribution: return read_distribution(text, options);
    case kSeconds: return read_number(text, 0.0, kSecondsMax, &options->seconds);
    case kWarmupSeconds: return read_number(text, 0.0, kSecondsMax, &options->warmup_seconds);
    case kRate: return read_number(text, 0.1, kRateMax, &options->rate);
    case kReconnectEvery: return read_number<uint64_t>(text, 1, kAnyMax, &options->reconnect_every);
    case kSilenceSeconds: return read_number(text, 0.1, kSecondsMax, &options->silence_seconds);
    case kOperations: return read_number<uint64_t>(text, 1, kAnyMax, &options->operations);
    case kSeed: return read_number<uint64_t>(text, 0, kAnyMax, &options->seed);
    case kFill: return options->fill = true;
    case kAllowMisses: return options->misses_allowed = true;
    case kUnchecked: return options->unchecked = true;
    case kHold: return options->hold = true;
    case kHelp: return options->help = true;
    default: return false;
  }
}

std::optional<base::Error> contradiction(const Options& options) {
  if (options.server.host.empty() && options.server.path.empty()) {
    return base::fail("--server is missing");
  }
  if (std::to_string(options.keys - 1).size() > options.key_size) {
    return base::fail("--key-size is too small to tell --keys keys apart");
  }
  if (options.unchecked && options.workload == Workload::Gets) {
    return base::fail("--unchecked cannot know the size of a reply to gets");
  }
  if (options.threads > options.connections) {
    return base::fail("--threads is more than --connections");
  }
  return std::nullopt;
}

}  // namespace

const char kUsage[] =
    "usage: larder-load --server host:port|/path [options]\n"
    "  --workload W         get gets mget:K mg set setget mix90 binget binset (get);\n"
    "                       setget is a set and then a get of the same key, in turn\n"
    "  --connections N      open at a time (50)\n"
    "  --reconnect-every N  close a connection after N operations and open a new one\n"
    "  --depth N            requests sent as one batch before their replies are read (1)\n"
    "  --threads N          each with its own share of the connections (1)\n"
    "  --keys N --key-size N --value-size N   (100000, 13, 100)\n"
    "  --distribution D     uniform or zipf:EXPONENT (uniform)\n"
    "  --seconds S          length of the measured part (3)\n"
    "  --warmup-seconds S   the same work before it, not measured (1)\n"
    "  --rate OPS           begin so many operations per second in all, at even distances,\n"
    "                       instead of each batch when the one before is answered.  Latency\n"
    "                       counts from when a batch was due, so that what a stall holds up\n"
    "                       counts in full; what the server is too slow for is a failure\n"
    "  --silence-seconds S  without any reply, after which the rest is given up (10)\n"
    "  --operations N       ends the measured part after N operations instead of by time\n"
    "  --seed N             of the choice of keys (1)\n"
    "  --fill               set every key first\n"
    "  --allow-misses       a miss is not a failure\n"
    "  --unchecked          replies only have to be as large as hits; for larder-floor\n"
    "  --hold               print 'ready' and 'done' around the measured part, and wait\n"
    "                       for a line on stdin after each\n"
    "Every reply is compared byte by byte, but for --unchecked.  Prints one JSON object.\n"
    "Exit status: 0 all replies as expected, 1 cannot run, 2 usage, 3 failures.\n";

base::Result<Options> parse_options(int argc, char** argv) {
  Options options;
  optind = 1;
  opterr = 0;
  for (;;) {
    int index = -1;
    const int flag = ::getopt_long(argc, argv, "", kFlags, &index);
    if (flag == -1) break;
    if (flag == '?' || index < 0) {
      return base::fail(std::string("bad option ") + argv[optind - 1]);
    }
    std::string reason;
    const std::string_view text = optarg != nullptr ? optarg : "";
    if (!read_flag(flag, text, &options, &reason)) {
      return base::fail(std::string("bad value for --") + kFlags[index].name + ": " +
                        (reason.empty() ? std::string(text) : reason));
    }
  }
  if (options.help) return options;
  if (optind != argc) return base::fail(std::string("what is ") + argv[optind] + "?");
  if (const auto error = contradiction(options)) return *error;
  return options;
}

}  // namespace larder::bench
