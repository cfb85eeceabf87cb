// The meta commands, but for `ms`, which is a Write.
//
// A key may come in base64: it is then as it stands on the line, and ReplyStyle::key_is_base64 says
// so.  The parser has made sure that base::decode_base64() makes a key of it.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace larder::protocol {

// mg.  Its exptimes take effect where their flags T, N and R stand among ReplyStyle::asked.
struct MetaGet {
  std::string_view key = {};
  bool wants_value = false;
  bool is_access = true;  // not u: the item counts as used
  bool creates = false;   // N
  bool touches = false;   // T
  bool recaches = false;  // R
  int32_t exptime = 0;
  int32_t creation_exptime = 0;
  int32_t recache_exptime = 0;
  std::optional<uint64_t> known_cas = {};  // the client has the value of this id
  std::optional<uint64_t> new_cas = {};    // for an item that is created
};

// md.
struct MetaRemove {
  std::string_view key = {};
  bool invalidates = false;              // I: it stays, said to be out of date
  bool empties = false;                  // x: it stays without its value
  uint32_t flags = 0;                    // F, if it empties
  std::optional<int32_t> exptime = {};   // T, if it stays
  std::optional<uint64_t> cas = {};      // C: the id it must have
  std::optional<uint64_t> new_cas = {};  // E
};

// ma.  Its exptimes take effect where their flags T and N stand among ReplyStyle::asked.
struct MetaArithmetic {
  std::string_view key = {};
  bool decrements = false;
  bool wants_value = false;
  bool creates = false;  // N
  bool touches = false;  // T
  int32_t exptime = 0;
  int32_t creation_exptime = 0;
  uint64_t delta = 1;
  uint64_t initial = 0;  // what is created
  uint64_t cas = 0;      // the id it must have; 0: any
  std::optional<uint64_t> new_cas = {};
};

// me: what there is to know of an item, without a trace.
struct MetaDebug {
  std::string_view key = {};
};

}  // namespace larder::protocol
