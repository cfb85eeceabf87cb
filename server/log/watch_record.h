// What a thread notes of an event that somebody watches: plain numbers, with a key or an address
// behind them.  Whoever writes one formats nothing; see watch_line.h for what becomes of it.
#pragma once

#include <cstdint>
#include <type_traits>

#include "protocol/watch_streams.h"
#include "slab/operations.h"

namespace larder::server {

enum class WatchKind : uint8_t {
  ItemGet,
  ItemStore,
  Deletion,
  Eviction,
  ConnectionNew,
  ConnectionClose,
  TlsFailure,
  PageMove,
};

// How a write ended, those that were refused before they reached the store included.
enum class StoreStatus : uint8_t { NotStored, Stored, Exists, NotFound, TooLarge, NoMemory };

enum class CloseReason : uint8_t { Error, Normal, IdleTimeout, Shutdown };

// Its key, the PeerAddress of a connection, or what went wrong with its TLS.
inline constexpr uint32_t kLogTextSizeMax = 250;

// Fields that a kind does not show are as they are here.
struct WatchRecord {
  uint64_t gid = 0;     // the order of events over all threads
  int64_t time_us = 0;  // since the epoch
  int64_t ttl = 0;      // ItemStore, Eviction: seconds
  uint32_t value_size = 0;
  uint32_t idle_seconds = 0;  // Eviction: since the item was accessed
  int32_t descriptor = -1;    // of the connection
  WatchKind kind = WatchKind::ItemGet;
  slab::ReadOutcome read = slab::ReadOutcome::Missing;  // ItemGet
  StoreStatus stored = StoreStatus::NotStored;          // ItemStore
  slab::WriteMode mode = slab::WriteMode::Set;          // ItemStore
  CloseReason reason = CloseReason::Error;              // ConnectionClose
  slab::ClassId class_id = slab::kNoClass;
  slab::ClassId to_class_id = slab::kNoClass;  // PageMove
  bool is_meta = false;                        // Deletion: by md
  bool was_fetched = false;                    // Eviction
  bool is_done = false;                        // PageMove
  uint8_t text_size = 0;
};
static_assert(std::is_trivially_copyable_v<WatchRecord>);
static_assert(sizeof(WatchRecord) <= 48, "a ring is to hold many");

// The stream (see protocol::watch) that shows it.
constexpr uint16_t stream_of(WatchKind kind) {
  switch (kind) {
    case WatchKind::ItemGet: return protocol::watch::kFetchers;
    case WatchKind::ItemStore: return protocol::watch::kMutations;
    case WatchKind::Deletion: return protocol::watch::kDeletions;
    case WatchKind::Eviction: return protocol::watch::kEvictions;
    case WatchKind::ConnectionNew:
    case WatchKind::ConnectionClose:
    case WatchKind::TlsFailure: return protocol::watch::kConnections;
    case WatchKind::PageMove: return protocol::watch::kSystem;
  }
  return 0;
}

}  // namespace larder::server
