// Usage: quickstart HOST:PORT...
#include <larder/client.h>

#include <iostream>
#include <string>
#include <vector>

namespace lc = larder::client;
using namespace std::chrono_literals;

int fail(const lc::Error& error) {
  std::cerr << lc::name_of(error.code) << ": " << error.text << "\n";
  return 1;
}

int main(int count, char** words) {
  lc::Options options;
  for (int i = 1; i < count; ++i) {
    const auto address = lc::parse_address(words[i]);
    if (!address) return fail(address.error());
    options.nodes.push_back({.address = *address});
  }
  const auto client = lc::Client::make(options);
  if (!client) return fail(client.error());
  lc::Client& cache = **client;

  const auto stored = cache.set("greeting", "hello", {.ttl = 60s, .flags = 1});
  if (!stored) return fail(stored.error());
  const auto item = cache.get("greeting");
  if (!item) return fail(item.error());
  if (*item) {
    std::cout << "greeting: " << (*item)->value << "\n";
    // Stores only if no other client has written in between.
    const auto swapped = cache.compare_and_set("greeting", "good bye", (*item)->cas);
    if (!swapped) return fail(swapped.error());
    std::cout << "swapped: " << (*swapped == lc::WriteOutcome::Stored) << "\n";
  }

  const auto visits = cache.increment("visits", 1, lc::InitialCount{.value = 1, .ttl = 24h});
  if (!visits) return fail(visits.error());
  std::cout << "visits: " << **visits << "\n";

  // One round trip to each node that has one or more of the keys.
  const std::vector<std::string> keys = {"greeting", "visits", "no such key"};
  for (const auto& each : cache.get_many(keys)) {
    if (!each) return fail(each.error());
    std::cout << (*each ? (*each)->value : "nothing") << "\n";
  }
  return 0;
}
