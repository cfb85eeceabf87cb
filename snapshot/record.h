// One item in a snapshot: a head of fixed fields, the key, the value.
//
//   head size (2) | head | key | value
//
// A later version may append fields to the head; readers skip what they do not know.
//
// Threads: pure functions and plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace larder::snapshot {

namespace record_trait {
inline constexpr uint8_t kKeyIsBinary = 1;    // set by the binary protocol; meta replies encode it
inline constexpr uint8_t kStale = 2;          // invalidated, but still served
inline constexpr uint8_t kTokenSent = 4;      // a client has been told to recache it
inline constexpr uint8_t kHasForeignCas = 8;  // the CAS id was given by a client
}  // namespace record_trait

struct RecordHead {
  uint8_t traits = 0;     // of record_trait
  uint8_t frequency = 0;  // accesses as counted for eviction, 0 to 7
  bool is_in_main_queue = false;
  bool was_fetched = false;
  uint32_t flags = 0;  // the client's
  uint64_t cas = 0;    // 0: the server had none
  uint64_t expires_unix_ms = 0;  // 0: never
  uint32_t idle_seconds = 0;     // since the last access, at the point in time or later
  uint32_t value_size = 0;
};

struct Record {
  RecordHead head;
  std::string_view key;
  std::string_view value;
};

inline constexpr size_t kRecordHeadBytes = 36;
inline constexpr size_t kRecordKeyMax = 65535;

// Writes head size, head and key; the value follows.  Precondition: room for kRecordHeadBytes and
// the key, and the key has at most kRecordKeyMax bytes.  Returns the position after the key.
char* put_record(char* to, const RecordHead& head, std::string_view key) noexcept;

inline size_t record_size(size_t key_size, uint32_t value_size) noexcept {
  return kRecordHeadBytes + key_size + value_size;
}

// The records of a block, one after the other.
class RecordCursor {
 public:
  explicit RecordCursor(std::string_view payload) noexcept : rest_(payload) {}

  // The next record; nothing at the end, or where the bytes are not a record: then is_damaged().
  std::optional<Record> next() noexcept;
  bool is_damaged() const noexcept { return is_damaged_; }

 private:
  std::string_view rest_;
  bool is_damaged_ = false;
};

}  // namespace larder::snapshot
