// Compares Larder's rings with those of the unmodified libmemcached: many keys for each of many
// sets of servers, and no difference.
//
//   larder-ring-differential [--keys N]    keys for each set; 1000000 by default
#include <libmemcached/memcached.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "client/ring.h"

namespace larder::client {
namespace {

constexpr uint64_t kKeysOfProof = 1'000'000;

struct Servers {
  const char* name;
  RingKind kind;
  std::vector<RingNode> nodes;
};

using Memcached = std::unique_ptr<memcached_st, decltype(&memcached_free)>;

Memcached reference_of(const Servers& servers) {
  Memcached memc(memcached_create(nullptr), memcached_free);
  const auto behavior = servers.kind == RingKind::Ketama ? MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED
                                                         : MEMCACHED_BEHAVIOR_KETAMA;
  bool is_good = memcached_success(memcached_behavior_set(memc.get(), behavior, 1));
  for (const RingNode& node : servers.nodes) {
    is_good &= memcached_success(
        memcached_server_add_with_weight(memc.get(), node.host.c_str(), node.port, node.weight));
  }
  if (!is_good) {
    std::fprintf(stderr, "%s: libmemcached refused\n", servers.name);
    std::exit(1);
  }
  return memc;
}

// Typical keys of applications, and arbitrary bytes.
std::string draw_key(std::mt19937_64& random, uint64_t number) {
  if (number % 4 != 0) return "user:" + std::to_string(random() % 1'000'000'000);
  std::string key(random() % 251, ' ');
  for (char& byte : key) byte = static_cast<char>(33 + random() % (256 - 33));
  return key;
}

uint64_t count_differences(const Servers& servers, uint64_t key_count) {
  const Memcached memc = reference_of(servers);
  const auto ring = Ring::make(servers.kind, servers.nodes);
  if (!ring) {
    std::printf("%s: %s\n", servers.name, ring.error().text.c_str());
    return key_count;
  }
  std::mt19937_64 random(servers.nodes.size());
  uint64_t differences = 0;
  for (uint64_t i = 0; i < key_count; ++i) {
    const std::string key = draw_key(random, i);
    const uint32_t theirs = memcached_generate_hash(memc.get(), key.data(), key.size());
    if (ring->node_of(key) == theirs) continue;
    if (differences++ == 0) {
      std::printf("%s: '%s' is on %zu here and on %u there\n", servers.name, key.c_str(),
                  ring->node_of(key), theirs);
    }
  }
  return differences;
}

// Every third node has libmemcached's default port, which its names omit.
std::vector<RingNode> draw_nodes(size_t count, uint32_t weight_max) {
  std::mt19937_64 random(count * 1000 + weight_max);
  std::vector<RingNode> nodes;
  for (size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i % 200 + 1);
    nodes.push_back(
        {i % 5 == 4 ? "fd00::" + number : "10.1." + std::to_string(i / 200) + "." + number,
         static_cast<uint16_t>(i % 3 == 0 ? 11211 : 11000 + i),
         static_cast<uint32_t>(1 + random() % weight_max)});
  }
  return nodes;
}

int run(uint64_t key_count) {
  uint64_t all_differences = 0;
  for (const size_t count : {1, 3, 5, 25, 47, 50}) {
    for (const Servers& servers :
         {Servers{"ketama, equal", RingKind::Ketama, draw_nodes(count, 1)},
          Servers{"ketama, weights up to 100", RingKind::Ketama, draw_nodes(count, 100)},
          Servers{"ketama, weights up to 4294967295", RingKind::Ketama,
                  draw_nodes(count, UINT32_MAX)},
          Servers{"ketama-plain", RingKind::KetamaPlain, draw_nodes(count, 1)}}) {
      const uint64_t differences = count_differences(servers, key_count);
      std::printf("%s, %zu nodes: %llu of %llu keys differ\n", servers.name, count,
                  static_cast<unsigned long long>(differences),
                  static_cast<unsigned long long>(key_count));
      all_differences += differences;
    }
  }
  return all_differences == 0 ? 0 : 1;
}

std::optional<uint64_t> key_count_of(int argc, char** argv) {
  if (argc == 1) return kKeysOfProof;
  if (argc != 3 || std::string_view(argv[1]) != "--keys") return std::nullopt;
  const std::string_view text = argv[2];
  uint64_t count = 0;
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (code != std::errc() || stop != text.data() + text.size() || count == 0) return std::nullopt;
  return count;
}

}  // namespace
}  // namespace larder::client

int main(int argc, char** argv) {
  const auto key_count = larder::client::key_count_of(argc, argv);
  if (!key_count) {
    std::fprintf(stderr, "usage: larder-ring-differential [--keys N]\n");
    return 64;
  }
  return larder::client::run(*key_count);
}
