// Encoders: turn the outcome of a command into the bytes of a reply.  They only append to the
// buffer, cannot fail and call nothing else.
//
// The caller has already dropped replies that a silent or quiet style suppresses.
//
// Threads: pure functions over the given buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/binary_frame.h"
#include "protocol/complaint.h"
#include "protocol/reply_buffer.h"
#include "protocol/reply_style.h"

namespace larder::protocol {

// Replies of one fixed line.
enum class Status : uint8_t {
  Stored,
  NotStored,
  Exists,
  NotFound,
  Deleted,
  Touched,
  Ok,
  Reset,
  End,
};

// The fields of a hit.
struct Hit {
  std::string_view key;
  uint32_t flags;
  uint32_t value_size;
  uint64_t cas;  // shown if with_cas
};

// Format: "VALUE <key> <flags> <size>[ <cas>]\r\n<value>\r\n".  The value is copied.
// Precondition: value.size() == hit.value_size.
void encode_hit(const Hit& hit, bool with_cas, std::string_view value, ReplyBuffer& out);

// The same without the value and its line end, which the caller appends; for large values.
void encode_hit_head(const Hit& hit, bool with_cas, ReplyBuffer& out);

void encode_status(Status status, ReplyBuffer& out);
void encode_complaint(Complaint complaint, ReplyBuffer& out);

// The new value of a counter: "<number>\r\n".
void encode_number(uint64_t number, ReplyBuffer& out);

// Format: "VERSION <version>\r\n".
void encode_version(std::string_view version, ReplyBuffer& out);

// Format: "CONFIG <name> <flags> <size>\r\n<value>\r\n".  The value is copied.
void encode_config(std::string_view name, uint32_t flags, std::string_view value, ReplyBuffer& out);

// Format: "STAT <name> <value>\r\n".
void encode_stat(std::string_view name, std::string_view value, ReplyBuffer& out);

// --- Meta (meta_encoder.cc): a status of two letters, then the requested flags ----------------

enum class MetaStatus : uint8_t {
  Done,       // HD
  Miss,       // EN
  NotFound,   // NF
  NotStored,  // NS
  Exists,     // EX
};

// The item's fields that the flags of a reply show.
struct MetaItem {
  std::string_view key = {};    // the decoded key, never base64
  bool key_is_binary = false;   // k: the key is shown in base64, followed by the flag b
  bool was_fetched = false;     // h
  bool never_expires = true;    // t
  bool has_sent_token = false;  // Z: another client already has W and should store the item again
  bool is_stale = false;        // X
  bool wins = false;            // W: the client that reads this should store the item again
  uint32_t seconds_left = 0;    // t, if it expires
  uint32_t seconds_since_access = 0;  // l
  uint32_t client_flags = 0;          // f
  uint32_t value_size = 0;            // s
  uint64_t cas = 0;                   // c
};

// Format: "<status> <flags>\r\n".
void encode_meta(MetaStatus status, const MetaItem& item, const ReplyStyle& style,
                 ReplyBuffer& out);

// The same without an item: only the key and the opaque token are shown.
void encode_meta_without_item(MetaStatus status, std::string_view key, const ReplyStyle& style,
                              ReplyBuffer& out);

// Format: "VA <size> <flags>\r\n<value>\r\n".  The value is copied.
void encode_meta_value(std::string_view value, const MetaItem& item, const ReplyStyle& style,
                       ReplyBuffer& out);

// The same without the value and its line end, which the caller appends; for large values.
void encode_meta_value_head(uint32_t value_size, const MetaItem& item, const ReplyStyle& style,
                            ReplyBuffer& out);

// The fields that `me` shows.
struct MetaDebugItem {
  std::string_view key;
  bool key_is_binary;
  bool was_fetched;
  int64_t seconds_left;  // -1: never expires
  uint32_t seconds_since_access;
  uint64_t cas;
  uint32_t class_id;
  uint64_t size;  // bytes, by upstream's way of counting
};

// Format: "ME <key> exp=... la=... cas=... fetch=yes|no cls=... size=...\r\n".
void encode_meta_debug(const MetaDebugItem& item, ReplyBuffer& out);

// Format: "MN\r\n".
void encode_meta_noop(ReplyBuffer& out);

// --- Binary (binary_encoder.cc): a header, then the named parts; the request's opcode and opaque
// are in the style --------------------------------------------------------------------------------

struct BinaryHit {
  std::string_view key;  // empty: not shown
  uint32_t flags;
  uint32_t value_size;  // 0 if the value is not shown
  uint64_t cas;
};

// Flags, key and value; the value is copied.  Precondition: value.size() == hit.value_size.
void encode_binary_hit(const BinaryHit& hit, std::string_view value, const ReplyStyle& style,
                       ReplyBuffer& out);

// The same without the value, which the caller appends; for large values.
void encode_binary_hit_head(const BinaryHit& hit, const ReplyStyle& style, ReplyBuffer& out);

// An empty `key` is not shown.
void encode_binary_miss(std::string_view key, const ReplyStyle& style, ReplyBuffer& out);

// A status and, if it is an error, its text.
void encode_binary_status(BinaryStatus status, uint64_t cas, const ReplyStyle& style,
                          ReplyBuffer& out);
void encode_binary_complaint(Complaint complaint, const ReplyStyle& style, ReplyBuffer& out);

// A status and arbitrary bytes, such as a version or a SASL challenge.
void encode_binary_text(BinaryStatus status, std::string_view text, const ReplyStyle& style,
                        ReplyBuffer& out);

void encode_binary_number(uint64_t number, uint64_t cas, const ReplyStyle& style, ReplyBuffer& out);

// One statistic.  With an empty name and value it ends the list.
void encode_binary_stat(std::string_view name, std::string_view value, const ReplyStyle& style,
                        ReplyBuffer& out);

// --- Dumps (dump_encoder.cc) -------------------------------------------------------------------

// The maximum length of a dump's line, its end included.
inline constexpr size_t kDumpLineSizeMax = 1024;

// The fields that metadump shows.
struct DumpedItem {
  std::string_view key;
  uint64_t expires_at = 0;   // Unix time; 0: never
  uint64_t accessed_at = 0;  // Unix time
  uint64_t cas = 0;
  bool was_fetched = false;
  uint32_t class_id = 0;
  uint64_t size = 0;  // bytes, by upstream's way of counting
  uint32_t client_flags = 0;
};

// Format: "key=... exp=... la=... cas=... fetch=yes|no cls=... size=... flags=... \n", including
// the space before the line end.
void encode_metadump(const DumpedItem& item, ReplyBuffer& out);

// Format: "mg <key>\r\n", or "mg <base64> b\r\n" if the key was sent in base64 or is not valid in
// text.
void encode_mgdump(std::string_view key, bool key_is_binary, ReplyBuffer& out);

}  // namespace larder::protocol
