// Our rings beside libmemcached's: a million keys for each set of servers, and no difference.
//
//   ring_differential [KEYS]
#include <libmemcached/memcached.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "client/ring.h"

namespace larder::client {
namespace {

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

// Texts that applications have as keys, and bytes that they hardly do.
std::string draw_key(std::mt19937_64& random, uint64_t number) {
  if (number % 4 != 0) return "user:" + std::to_string(random() % 1'000'000'000);
  std::string key(1 + random() % 60, ' ');
  for (char& byte : key) byte = static_cast<char>(33 + random() % (256 - 33));
  return key;
}

uint64_t count_differences(const Servers& servers, uint64_t key_count) {
  const Memcached memc = reference_of(servers);
  const auto ring = Ring::make(servers.kind, servers.nodes);
  if (!ring) return key_count;
  std::mt19937_64 random(1);
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

std::vector<RingNode> draw_nodes(size_t count, uint32_t weight_max) {
  std::mt19937_64 random(count * 1000 + weight_max);
  std::vector<RingNode> nodes;
  for (size_t i = 0; i < count; ++i) {
    nodes.push_back({"10.1." + std::to_string(i / 200) + "." + std::to_string(i % 200 + 1),
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
          Servers{"ketama, weighted", RingKind::Ketama, draw_nodes(count, 100)},
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

}  // namespace
}  // namespace larder::client

int main(int argc, char** argv) {
  const uint64_t key_count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  return larder::client::run(key_count);
}
