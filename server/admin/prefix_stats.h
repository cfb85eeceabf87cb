// `stats detail`: requests by key prefix.
//
// While it is off, it costs one relaxed load per request.
// Threads: any.  One mutex, a leaf.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace larder::server {

class PrefixStats {
 public:
  // Further prefixes are not counted, so that memory is bounded.
  static constexpr size_t kPrefixesMax = 65536;

  PrefixStats(char delimiter, bool is_on) : delimiter_(delimiter), is_on_(is_on) {}

  bool is_on() const noexcept { return is_on_.load(std::memory_order_relaxed); }
  void turn(bool on) noexcept { is_on_.store(on, std::memory_order_relaxed); }

  void count_get(std::string_view key, bool is_hit);
  void count_set(std::string_view key);
  void count_delete(std::string_view key);

  // "PREFIX <prefix> get <n> hit <n> set <n> del <n>\r\n" for each, by prefix, then "END\r\n".
  std::string dump() const;
  void clear();

 private:
  struct Counts {
    uint64_t gets = 0;
    uint64_t hits = 0;
    uint64_t sets = 0;
    uint64_t deletes = 0;
  };

  // nullptr if the key has no prefix or there are too many prefixes.  Called with mutex_ held.
  Counts* counts_for(std::string_view key);

  const char delimiter_;
  std::atomic<bool> is_on_;
  mutable std::mutex mutex_;
  std::map<std::string, Counts, std::less<>> by_prefix_;  // guarded by mutex_
};

}  // namespace larder::server
