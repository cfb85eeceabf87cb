#include "larderctl/ring_options.h"

#include <algorithm>
#include <optional>

#include "larderctl/options.h"

namespace larder::ctl {
namespace {

constexpr uint64_t kSampleMax = 1'000'000'000;

constexpr OptionRow kRows[] = {
    {"hash", "KIND",
     "how keys are mapped to nodes (ketama):\n"
     "  ketama        libmemcached's KETAMA_WEIGHTED, pylibmc's and PHP's; also\n"
     "                twemproxy's ketama with the hash md5\n"
     "  ketama-plain  libmemcached's KETAMA without weights\n"
     "  twemproxy     twemproxy's ketama with the hash fnv1a_64\n"
     "  spymemcached  spymemcached's ketama\n"
     "  rendezvous    pymemcache's HashClient\n"
     "  jump          jump hash of XXH3, as memcached's proxy has it"},
    {"servers", "LIST",
     "host:port[:weight], with commas between them and brackets around IPv6;\n"
     "hosts as configured in the clients: names are not looked up"},
    {"add", "NODE", "host:port[:weight]: what moves when this node is added; repeatable"},
    {"remove", "NODE", "host:port: what moves when this node is removed; repeatable"},
    {"plot", "FILE", "draw the shares, as SVG; needs gnuplot"},
    {"keys", "FILE", "print the node of each key of a file, a line each; - is standard input"},
    {"sample", "N",
     "number of sample keys where shares cannot be exact: rendezvous, jump (1000000)"},
    {"seed", "N", "random seed of these keys (1)"},
    {"help", "", "this text"},
};

base::Outcome read_kind(const GivenOption& option, RingOptions& options) {
  const auto kind = client::ring_kind_of(option.value);
  if (!kind) return base::fail("unknown --hash " + option.value);
  options.kind = *kind;
  return base::Done{};
}

base::Outcome read_node(const GivenOption& option, std::vector<client::RingNode>& nodes) {
  const auto node = client::parse_ring_node(option.value);
  if (!node) return base::fail("--" + option.name + ": " + node.error().text);
  nodes.push_back(*node);
  return base::Done{};
}

base::Outcome read_servers(const GivenOption& option, RingOptions& options) {
  auto nodes = client::parse_ring_nodes(option.value);
  if (!nodes) return base::fail("--servers: " + nodes.error().text);
  options.servers = std::move(*nodes);
  return base::Done{};
}

base::Outcome read_file(const GivenOption& option, std::string& file) {
  if (option.value.empty()) return base::fail("--" + option.name + " needs a file's name");
  file = option.value;
  return base::Done{};
}

base::Outcome read_count(const GivenOption& option, uint64_t low, uint64_t high, uint64_t& count) {
  const auto number = read_number(option, low, high);
  if (!number) return number.error();
  count = *number;
  return base::Done{};
}

base::Outcome apply(const GivenOption& option, RingOptions& options) {
  if (option.name == "hash") return read_kind(option, options);
  if (option.name == "servers") return read_servers(option, options);
  if (option.name == "add") return read_node(option, options.added);
  if (option.name == "remove") return read_node(option, options.removed);
  if (option.name == "plot") return read_file(option, options.plot_file);
  if (option.name == "keys") return read_file(option, options.keys_file);
  if (option.name == "sample") return read_count(option, 1, kSampleMax, options.sample.key_count);
  if (option.name == "seed") return read_count(option, 0, UINT64_MAX, options.sample.seed);
  options.help = true;
  return base::Done{};
}

bool has(const std::vector<client::RingNode>& nodes, const client::RingNode& node) {
  return std::any_of(nodes.begin(), nodes.end(),
                     [&](const client::RingNode& other) { return other.is_same_server(node); });
}

std::optional<base::Error> contradiction(const RingOptions& options) {
  if (options.servers.empty()) return base::fail("--servers is missing");
  for (const client::RingNode& node : options.removed) {
    if (!has(options.servers, node)) {
      return base::fail("--remove: " + node.text() + " is not one of the servers");
    }
  }
  if (!options.plot_file.empty() && !options.plot_file.ends_with(".svg")) {
    return base::fail("--plot: the file name must end in .svg: " + options.plot_file);
  }
  if (!options.keys_file.empty() && (options.changes_nodes() || !options.plot_file.empty())) {
    return base::fail("--keys can only be combined with --hash and --servers");
  }
  return std::nullopt;
}

}  // namespace

std::vector<client::RingNode> RingOptions::servers_after() const {
  std::vector<client::RingNode> nodes;
  for (const client::RingNode& node : servers) {
    if (!has(removed, node)) nodes.push_back(node);
  }
  nodes.insert(nodes.end(), added.begin(), added.end());
  return nodes;
}

base::Result<RingOptions> parse_ring_options(const Words& words) {
  const auto given = read_options(kRows, words);
  if (!given) return given.error();
  RingOptions options;
  for (const GivenOption& option : *given) {
    const base::Outcome applied = apply(option, options);
    if (!applied) return applied.error();
  }
  if (options.help) return options;
  if (const auto error = contradiction(options)) return *error;
  return options;
}

std::string ring_help() {
  return "usage: larderctl ring --servers host:port[:weight],... [options]\n"
         "\n"
         "Prints each node's share of all keys, exactly if the kind is a ring, and the share that\n"
         "moves with --add and --remove; or, with --keys, which node has each key.\n"
         "\n" +
         options_help(kRows);
}

}  // namespace larder::ctl
