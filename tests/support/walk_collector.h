// Collects what a walk over a point in time hands out.
#pragma once

#include <map>
#include <string>

#include "slab/point_in_time_walk.h"

namespace larder::support {

struct WalkedItem {
  std::string value;
  uint32_t flags = 0;
  uint64_t cas = 0;
  base::Time exptime = 0;
  uint8_t traits = 0;
};

class WalkCollector : public slab::WalkSink {
 public:
  // As many items are taken before make_room() is needed.
  explicit WalkCollector(size_t capacity = 5) : capacity_(capacity) {}

  std::map<std::string, WalkedItem> items;
  size_t duplicates = 0;
  size_t wanted = SIZE_MAX;  // the walk is stopped after so many

  bool has_room(size_t, uint32_t) noexcept override { return room_ > 0; }
  void add(const slab::SavedItem& item, std::string_view value) noexcept override {
    --room_;
    keep(item, std::string(value));
  }
  bool make_room() override {
    room_ = capacity_;
    return items.size() < wanted;
  }
  void begin(const slab::SavedItem& item) override {
    key_ = item.key;
    keep(item, "");
    size_ = item.value_size;
  }
  void piece(std::string_view bytes) override {
    items[key_].value += bytes;
    size_ -= bytes.size();
  }
  // Whether the last large value came whole.
  bool is_whole() const { return size_ == 0; }

 private:
  void keep(const slab::SavedItem& item, std::string value) {
    const auto [at, is_new] = items.insert_or_assign(
        std::string(item.key),
        WalkedItem{std::move(value), item.flags, item.cas, item.exptime, item.traits});
    if (!is_new) ++duplicates;
  }

  const size_t capacity_;
  size_t room_ = 0;
  std::string key_;
  size_t size_ = 0;
};

}  // namespace larder::support
