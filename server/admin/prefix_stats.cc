#include "server/admin/prefix_stats.h"

#include <fmt/format.h>

#include <iterator>

#include "protocol/uri_encoding.h"

namespace larder::server {

PrefixStats::Counts* PrefixStats::counts_for(std::string_view key) {
  // memcached's keys end at a NUL here, so a delimiter after a NUL is ignored.
  const char ends[] = {delimiter_, '\0'};
  const size_t size = key.find_first_of(std::string_view(ends, sizeof(ends)));
  if (size == std::string_view::npos || key[size] != delimiter_) return nullptr;
  const std::string_view prefix = key.substr(0, size);
  if (const auto found = by_prefix_.find(prefix); found != by_prefix_.end()) {
    return &found->second;
  }
  if (by_prefix_.size() >= kPrefixesMax) return nullptr;
  return &by_prefix_.emplace(prefix, Counts{}).first->second;
}

void PrefixStats::count_get(std::string_view key, bool is_hit) {
  std::lock_guard lock(mutex_);
  if (Counts* counts = counts_for(key)) {
    ++counts->gets;
    if (is_hit) ++counts->hits;
  }
}

void PrefixStats::count_set(std::string_view key) {
  std::lock_guard lock(mutex_);
  if (Counts* counts = counts_for(key)) ++counts->sets;
}

void PrefixStats::count_delete(std::string_view key) {
  std::lock_guard lock(mutex_);
  if (Counts* counts = counts_for(key)) ++counts->deletes;
}

std::string PrefixStats::dump() const {
  std::string text;
  std::lock_guard lock(mutex_);
  for (const auto& [prefix, counts] : by_prefix_) {
    text += "PREFIX ";
    text += protocol::is_plain_key(prefix) ? prefix : protocol::uri_encoded(prefix);
    fmt::format_to(std::back_inserter(text), " get {} hit {} set {} del {}\r\n", counts.gets,
                   counts.hits, counts.sets, counts.deletes);
  }
  return text += "END\r\n";
}

void PrefixStats::clear() {
  std::lock_guard lock(mutex_);
  by_prefix_.clear();
}

}  // namespace larder::server
