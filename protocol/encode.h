// From outcomes to bytes.  Encoders only append; they cannot fail and ask nobody anything.
//
// The caller has already dropped what a silent style must not say.
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

// One-word answers.
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

// What a hit shows.
struct Hit {
  std::string_view key;
  uint32_t flags;
  uint32_t value_size;
  uint64_t cas;  // shown if with_cas
};

// "VALUE <key> <flags> <size>[ <cas>]\r\n<value>\r\n", the value copied.
// Precondition: value.size() == hit.value_size.
void encode_hit(const Hit& hit, bool with_cas, std::string_view value, ReplyBuffer& out);

// The same without the value and its line end, which the caller appends: for large values.
void encode_hit_head(const Hit& hit, bool with_cas, ReplyBuffer& out);

void encode_status(Status status, ReplyBuffer& out);
void encode_complaint(Complaint complaint, ReplyBuffer& out);

// The new value of a counter: "<number>\r\n".
void encode_number(uint64_t number, ReplyBuffer& out);

// "VERSION <version>\r\n".
void encode_version(std::string_view version, ReplyBuffer& out);

// "CONFIG <name> <flags> <size>\r\n<value>\r\n", the value copied.
void encode_config(std::string_view name, uint32_t flags, std::string_view value, ReplyBuffer& out);

// "STAT <name> <value>\r\n".
void encode_stat(std::string_view name, std::string_view value, ReplyBuffer& out);

// --- Meta (meta_encoder.cc): a word of two letters, then the flags that were asked for ---------

enum class MetaStatus : uint8_t {
  Done,       // HD
  Miss,       // EN
  NotFound,   // NF
  NotStored,  // NS
  Exists,     // EX
};

// What the flags of an answer show.
struct MetaItem {
  std::string_view key = {};          // its bytes, never base64
  bool key_is_binary = false;         // k: shown in base64, with a b behind it
  bool was_fetched = false;           // h
  bool never_expires = true;          // t
  bool has_sent_token = false;        // Z: somebody else has been asked to store it anew
  bool is_stale = false;              // X
  bool wins = false;                  // W: whoever reads this is asked to store it anew
  uint32_t seconds_left = 0;          // t, if it expires
  uint32_t seconds_since_access = 0;  // l
  uint32_t client_flags = 0;          // f
  uint32_t value_size = 0;            // s
  uint64_t cas = 0;                   // c
};

// "<status> <flags>\r\n".
void encode_meta(MetaStatus status, const MetaItem& item, const ReplyStyle& style,
                 ReplyBuffer& out);

// The same where there is no item: of the flags only the key and the opaque token are shown.
void encode_meta_without_item(MetaStatus status, std::string_view key, const ReplyStyle& style,
                              ReplyBuffer& out);

// "VA <size> <flags>\r\n<value>\r\n", the value copied.
void encode_meta_value(std::string_view value, const MetaItem& item, const ReplyStyle& style,
                       ReplyBuffer& out);

// The same without the value and its line end, which the caller appends: for large values.
void encode_meta_value_head(uint32_t value_size, const MetaItem& item, const ReplyStyle& style,
                            ReplyBuffer& out);

// What me shows.
struct MetaDebugItem {
  std::string_view key;
  bool key_is_binary;
  bool was_fetched;
  int64_t seconds_left;  // -1: it never expires
  uint32_t seconds_since_access;
  uint64_t cas;
  uint32_t class_id;
  uint64_t size;  // bytes, as upstream counts an item's
};

// "ME <key> exp=... la=... cas=... fetch=yes|no cls=... size=...\r\n".
void encode_meta_debug(const MetaDebugItem& item, ReplyBuffer& out);

// "MN\r\n".
void encode_meta_noop(ReplyBuffer& out);

// --- Binary (binary_encoder.cc): a header, then what is named; the request's opcode and opaque
// come from the style ----------------------------------------------------------------------------

struct BinaryHit {
  std::string_view key;  // empty: not shown
  uint32_t flags;
  uint32_t value_size;  // 0 if it is not shown
  uint64_t cas;
};

// Flags, key, value; the value copied.  Precondition: value.size() == hit.value_size.
void encode_binary_hit(const BinaryHit& hit, std::string_view value, const ReplyStyle& style,
                       ReplyBuffer& out);

// The same without the value, which the caller appends: for large values.
void encode_binary_hit_head(const BinaryHit& hit, const ReplyStyle& style, ReplyBuffer& out);

// `key`: empty if it is not shown.
void encode_binary_miss(std::string_view key, const ReplyStyle& style, ReplyBuffer& out);

// A status and, if it is an error, its text.
void encode_binary_status(BinaryStatus status, uint64_t cas, const ReplyStyle& style,
                          ReplyBuffer& out);
void encode_binary_complaint(Complaint complaint, const ReplyStyle& style, ReplyBuffer& out);

// A status and any bytes: a version, a challenge.
void encode_binary_text(BinaryStatus status, std::string_view text, const ReplyStyle& style,
                        ReplyBuffer& out);

void encode_binary_number(uint64_t number, uint64_t cas, const ReplyStyle& style, ReplyBuffer& out);

// One line of statistics; with neither name nor value it ends them.
void encode_binary_stat(std::string_view name, std::string_view value, const ReplyStyle& style,
                        ReplyBuffer& out);

// --- Dumps (dump_encoder.cc) -------------------------------------------------------------------

// No line of a dump is longer, its end included.
inline constexpr size_t kDumpLineSizeMax = 1024;

// What metadump shows.
struct DumpedItem {
  std::string_view key;
  uint64_t expires_at = 0;   // Unix time; 0: never
  uint64_t accessed_at = 0;  // Unix time
  uint64_t cas = 0;
  bool was_fetched = false;
  uint32_t class_id = 0;
  uint64_t size = 0;  // bytes, as upstream counts an item's
  uint32_t client_flags = 0;
};

// "key=... exp=... la=... cas=... fetch=yes|no cls=... size=... flags=... \n", with that end.
void encode_metadump(const DumpedItem& item, ReplyBuffer& out);

// "mg <key>\r\n", or "mg <base64> b\r\n" for a key that came so or that text cannot hold.
void encode_mgdump(std::string_view key, bool key_is_binary, ReplyBuffer& out);

}  // namespace larder::protocol
