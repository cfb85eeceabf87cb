// Records events of one thread for watchers: checks once per turn whether there are watchers, and
// writes events to the thread's ring.
//
// Without watchers an event costs the test of one plain member, wants().  With watchers a record is
// copied, without a lock, an allocation or text formatting.
//
// Threads: one owner.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/log/watch_record.h"
#include "server/log/watchers.h"
#include "server/net/peer_address.h"
#include "slab/observer.h"
#include "slab/shown_classes.h"

namespace larder::server {

// The result of a lookup.
struct FoundItem {
  slab::ReadOutcome outcome = slab::ReadOutcome::Missing;
  slab::ClassId class_id = slab::kNoClass;
  uint32_t value_size = 0;
  uint32_t flags = 0;
  base::Time exptime = 0;
  uint64_t cas = 0;
};

class WatchWriter final : public slab::Observer {
 public:
  // Both outlive this object.  Class ids are mapped by `shown_classes`.
  WatchWriter(Watchers& watchers, const slab::ShownClasses& shown_classes)
      : watchers_(watchers), shown_classes_(shown_classes), ring_(watchers.make_ring()) {}
  WatchWriter(const WatchWriter&) = delete;
  WatchWriter& operator=(const WatchWriter&) = delete;

  // Call once at the beginning of a turn.
  void begin_turn() noexcept { streams_ = watchers_.streams(); }

  // Whether any of these streams is watched; only then may their events be recorded.
  bool wants(uint16_t streams) const noexcept {
    return __builtin_expect((streams_ & streams) != 0, 0);
  }
  // For the thread's ThreadCache; null if these streams are not watched.
  slab::Observer* observer() noexcept {
    return wants(protocol::watch::kEvictions | protocol::watch::kSystem) ? this : nullptr;
  }

  // The connection that the following events belong to.
  void set_descriptor(int descriptor) noexcept { descriptor_ = descriptor; }
  int descriptor() const noexcept { return descriptor_; }

  void fetched(std::string_view key, const FoundItem& item) noexcept;
  // `ttl` is in seconds; 0: no expiry.
  void stored(std::string_view key, StoreStatus status, slab::WriteMode mode,
              slab::ClassId class_id, uint32_t value_size, int64_t ttl) noexcept;
  void deleted(std::string_view key, bool is_meta, slab::ClassId class_id,
               uint32_t value_size) noexcept;
  void connected(int descriptor, const PeerAddress& peer) noexcept;
  void closed(int descriptor, const PeerAddress& peer, CloseReason reason) noexcept;
  // `message` is cut to kLogTextSizeMax bytes.
  void tls_failed(int descriptor, std::string_view message) noexcept;

  // A line as sent by a client, with or without its end, cut to the maximum length.  The descriptor
  // is that of the connection.
  void raw_command(std::string_view line) noexcept;

  // slab::Observer
  void evicted(const slab::Evicted& item) noexcept override;
  void page_moved(slab::ClassId from, slab::ClassId to, bool is_done) noexcept override;

  Watchers& watchers() noexcept { return watchers_; }

 private:
  void write(WatchRecord record, std::string_view text) noexcept;

  Watchers& watchers_;
  const slab::ShownClasses& shown_classes_;
  WatchRing& ring_;
  uint16_t streams_ = 0;
  int descriptor_ = -1;
};

}  // namespace larder::server
