// A watched event as a thread records it: plain numbers, followed by a key or an address.  The
// recording thread formats nothing; watch_line.h turns records into lines.
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
  RawCommand,
};

// The result of a write, including writes that were refused before they reached the store.
enum class StoreStatus : uint8_t { NotStored, Stored, Exists, NotFound, TooLarge, NoMemory };

enum class CloseReason : uint8_t { Error, Normal, IdleTimeout, Shutdown };

// The text is a key, the PeerAddress of a connection, a TLS error message, or a command line.
inline constexpr uint32_t kLogTextSizeMax = 250;

// Fields that a kind does not use keep these defaults.
struct WatchRecord {
  uint64_t gid = 0;     // orders events across all threads
  int64_t time_us = 0;  // since the epoch
  int64_t ttl = 0;      // ItemStore, Eviction: seconds
  uint32_t value_size = 0;
  uint32_t idle_seconds = 0;  // Eviction: since the last access
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
static_assert(sizeof(WatchRecord) <= 48, "keep records small, so that a ring holds many");

// The watch stream (see protocol::watch) that includes this kind.
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
    case WatchKind::RawCommand: return protocol::watch::kRawCommands;
  }
  return 0;
}

}  // namespace larder::server
