// What a thread notes of an event that somebody watches: plain numbers, with a key or an address
// behind them.  Whoever writes one formats nothing; see log_line.h for what becomes of it.
#pragma once

#include <cstdint>
#include <type_traits>

#include "protocol/request.h"
#include "slab/operations.h"

namespace larder::server {

enum class LogKind : uint8_t {
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
struct LogRecord {
  uint64_t gid = 0;     // the order of events over all threads
  int64_t time_us = 0;  // since the epoch
  int64_t ttl = 0;      // ItemStore, Eviction: seconds
  uint32_t value_size = 0;
  uint32_t idle_seconds = 0;  // Eviction: since the item was accessed
  int32_t descriptor = -1;    // of the connection
  LogKind kind = LogKind::ItemGet;
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
static_assert(std::is_trivially_copyable_v<LogRecord>);
static_assert(sizeof(LogRecord) <= 48, "a ring is to hold many");

// The stream (see protocol::watch) that shows it.
constexpr uint16_t stream_of(LogKind kind) {
  switch (kind) {
    case LogKind::ItemGet: return protocol::watch::kFetchers;
    case LogKind::ItemStore: return protocol::watch::kMutations;
    case LogKind::Deletion: return protocol::watch::kDeletions;
    case LogKind::Eviction: return protocol::watch::kEvictions;
    case LogKind::ConnectionNew:
    case LogKind::ConnectionClose:
    case LogKind::TlsFailure: return protocol::watch::kConnections;
    case LogKind::PageMove: return protocol::watch::kSystem;
  }
  return 0;
}

}  // namespace larder::server
