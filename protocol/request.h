// The vocabulary: what a client can ask for, whichever dialect it speaks.
//
// A Request is plain bytes and views.  Views borrow from the input the parser was given and end
// with it.  Numbers are as the client sent them: exptimes are not yet moments (see
// server/exptime.h).  Keys are 1 to kKeySizeMax bytes, checked by the parser.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <variant>

namespace larder::protocol {

enum class Dialect : uint8_t { Text };

// How to answer: everything the encoder needs and the store does not.
struct ReplyStyle {
  Dialect dialect = Dialect::Text;
  bool silent = false;  // noreply: nothing is sent, not even an error
};

// get, gets, gat, gats.
struct Get {
  std::string_view key = {};  // the first key
  // The raw rest of the line: keys among spaces, each checked; or empty.  See next_key().
  std::string_view more_keys = {};
  bool with_cas = false;  // gets, gats
  bool touches = false;   // gat, gats
  int32_t exptime = 0;    // if it touches
};

enum class WriteMode : uint8_t { Set, Add, Replace, Append, Prepend, Cas };

// A head; its value follows it in the stream.
struct Write {
  WriteMode mode = WriteMode::Set;
  std::string_view key = {};
  uint32_t flags = 0;
  int32_t exptime = 0;
  uint64_t cas = 0;         // if mode is Cas
  uint32_t value_size = 0;  // bytes, the terminator not counted
};

struct Remove {
  std::string_view key = {};
};

struct Touch {
  std::string_view key = {};
  int32_t exptime = 0;
};

// incr and decr.
struct Arithmetic {
  std::string_view key = {};
  uint64_t delta = 0;
  bool decrements = false;
};

struct FlushAll {
  int32_t delay = 0;  // an exptime: 0 or less means now
};

enum class StatsTopic : uint8_t {
  General,
  Settings,
  Items,
  Slabs,
  Sizes,
  Connections,
  Reset,
  DetailOn,
  DetailOff,
  DetailDump,
  Cachedump,
  Larder,  // what upstream's topics have no room for
};

struct Stats {
  StatsTopic topic = StatsTopic::General;
  uint32_t class_id = 0;    // Cachedump: any number, whether there is such a class or not
  uint32_t item_limit = 0;  // Cachedump: 0 means no limit
};

struct Version {};
struct Quit {};

struct Verbosity {
  uint32_t level = 0;  // already at most kVerbosityMax
};

struct Shutdown {
  bool graceful = false;
};

// cache_memlimit.
struct MemoryLimit {
  uint32_t megabytes = 0;  // within kMemoryLimitMegabytesMin and Max
};

using Command = std::variant<Get, Write, Remove, Touch, Arithmetic, FlushAll, Stats, Version, Quit,
                             Verbosity, Shutdown, MemoryLimit>;

struct Request {
  Command command;   // what to do: everything the store needs
  ReplyStyle style;  // how to answer: everything the encoder needs
};
static_assert(std::is_trivially_copyable_v<Request>, "reused for every request, never destroyed");
static_assert(sizeof(Request) <= 128, "two cache lines");

// Walks the keys of Get::more_keys: each call moves the first key of `rest` out of it.
// Returns an empty view when there is none left.
std::string_view next_key(std::string_view& rest) noexcept;

}  // namespace larder::protocol
