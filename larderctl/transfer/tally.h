// What became of the items of a run: counts, and the reasons.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace larder::ctl {

// How often each reason was met, and with which key, or where, first.
class Reasons {
 public:
  static constexpr size_t kReasonsMax = 64;  // those beyond are one, "other reasons"

  void add(std::string_view reason, std::string_view key);
  // At a place, such as "line 7", of an item whose key is not known.
  void add_at(std::string_view reason, const std::string& place);

  uint64_t total() const noexcept { return total_; }
  // A line for each, the most frequent first.
  std::string text() const;

 private:
  struct Met {
    uint64_t count = 0;
    std::string first_place;
  };
  std::map<std::string, Met, std::less<>> met_;
  uint64_t total_ = 0;
};

struct Tally {
  uint64_t copied = 0;
  uint64_t bytes = 0;        // of the keys and values copied
  uint64_t expired = 0;      // their time was over
  uint64_t vanished = 0;     // deleted or evicted between the dump of the keys and the read
  uint64_t existing = 0;     // skipped: the target has the key
  uint64_t done_before = 0;  // skipped: an earlier run has copied it
  Reasons skipped;           // other reasons not to copy
  Reasons failed;

  uint64_t handled() const noexcept {
    return copied + expired + vanished + existing + done_before + skipped.total() + failed.total();
  }
  // The summary: a line for each count.
  std::string text(std::string_view verb, double seconds) const;
};

}  // namespace larder::ctl
