// The vocabulary: what a client can ask for, whichever dialect it speaks.
//
// A Request is plain bytes and views.  Views borrow from the input the parser was given and end
// with it.  Numbers are as the client sent them: exptimes are not yet moments (see
// server/support/exptime.h).  Keys are 1 to kKeySizeMax bytes, checked by the parser.
//
// Some commands may be forbidden.  Whoever sends a forbidden one hears that, whatever else is wrong
// with it, so a mistake in its words comes along as its `complaint` and not instead of it.
//
// A meta request may bring its key in base64: the key is then as it stands on the line, and its
// style says so.  The parser has made sure that base::decode_base64() makes a key of it.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

#include "protocol/complaint.h"
#include "protocol/limits.h"

namespace larder::protocol {

enum class Dialect : uint8_t { Text, Meta, Binary };

// The meta flags that an answer shows or whose order among these counts, in the client's order.
struct AskedFlags {
  uint8_t count = 0;
  std::array<char, 11> letters{};

  const char* begin() const { return letters.data(); }
  const char* end() const { return letters.data() + count; }
};

// How to answer: everything the encoder needs and the store does not.
struct ReplyStyle {
  Dialect dialect = Dialect::Text;
  bool silent = false;           // Text, noreply: nothing is sent, not even an error
  bool quiet = false;            // Meta, q; Binary: the answer everybody expects is not sent
  bool key_is_base64 = false;    // Meta, b: the request's key, and how it is shown
  uint8_t opcode = 0;            // Binary: as the client sent it
  AskedFlags asked = {};         // Meta
  uint32_t binary_opaque = 0;    // Binary: to be sent back
  std::string_view opaque = {};  // Meta: O and its token
};

// Of what follows a value in the stream: "\r\n" or nothing.
inline size_t terminator_size(const ReplyStyle& style) {
  return style.dialect == Dialect::Binary ? 0 : kValueTerminatorSize;
}

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
  bool may_be_stale = false;  // if mode is Cas: older than the item's id is good for a stale item
  bool creates = false;       // Append and Prepend: what is missing is created
  std::string_view key = {};
  uint32_t flags = 0;
  int64_t exptime = 0;
  // If mode is Cas; the others compare it too if it is not 0.  In binary a Set, Add or Replace that
  // does so is a Cas, where there are ids at all.
  uint64_t cas = 0;
  uint64_t new_cas = 0;     // the id the item gets; 0: a new one
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
  int64_t delay = 0;  // an exptime: 0 or less means now
  Complaint complaint = Complaint::None;
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
  Larder,   // what upstream's topics have no room for
  Latency,  // how long commands take
  HotKeys,  // which keys are asked for most
  Curve,    // what the hit ratio would be with more or less memory
};

struct Stats {
  StatsTopic topic = StatsTopic::General;
  uint32_t class_id = 0;    // Cachedump: any number, whether there is such a class or not
  uint32_t item_limit = 0;  // Cachedump: 0 means no limit
  Complaint complaint = Complaint::None;  // Cachedump, Detail
};

// refresh_auth: the password file is read again.
struct RefreshAuth {};

// refresh_certs: new connections get what the certificate files say now.
struct RefreshCerts {};

// config get: what stands under a name beside the items, such as the list of a cluster's nodes.
struct ConfigGet {
  std::string_view name = {};  // empty: everything there is
  bool shows_name = false;     // Binary
};

// config set: a head; its value follows it in the stream.
struct ConfigSet {
  std::string_view name = {};
  uint32_t flags = 0;
  uint32_t value_size = 0;  // bytes, the terminator not counted
};

// config delete.
struct ConfigDelete {
  std::string_view name = {};
};

struct Version {};
struct Quit {};

struct Verbosity {
  uint32_t level = 0;  // already at most kVerbosityMax
};

struct Shutdown {
  bool graceful = false;
  bool drains = false;  // Larder's own: leave the cluster first, and stop a while later
  Complaint complaint = Complaint::None;
};

// cache_memlimit.
struct MemoryLimit {
  uint32_t megabytes = 0;  // within kMemoryLimitMegabytesMin and Max
};

// lru tune: how upstream's lists share a class.
struct LruTune {
  uint32_t hot_percent = 0;
  uint32_t warm_percent = 0;
  double hot_factor = 0;
  double warm_factor = 0;
};

// A setting that a number changes.
enum class Knob : uint8_t {
  LruSegmented,       // lru mode: 0 flat, 1 segmented
  TemporaryTtl,       // lru temp_ttl: seconds; below 0 is off
  CrawlerEnabled,     // lru_crawler enable and disable: 1 and 0
  CrawlerSleep,       // lru_crawler sleep: microseconds
  CrawlerToCrawl,     // lru_crawler tocrawl: items
  AutomoveLevel,      // slabs automove: 0 to 2
  AutomoveWindow,     // slabs automove window: seconds
  AutomoveRatio,      // slabs automove ratio
  AutomoveFreeRatio,  // slabs automove freeratio
};

struct TurnKnob {
  Knob knob = Knob::LruSegmented;
  double value = 0;
};

// slabs reassign.
struct SlabReassign {
  int32_t from = 0;  // class ids; 0 is the pool, -1 any class
  int32_t to = 0;
  Complaint complaint = Complaint::None;
};

// lru_crawler crawl, metadump and mgdump.
struct Crawl {
  enum class Work : uint8_t { Reclaim, Metadump, Mgdump };
  Work work = Work::Reclaim;
  Complaint complaint = Complaint::None;
  // Of a dump, set by whoever executes it: answers to earlier requests have not been sent yet; it
  // has begun; where it goes on.
  bool is_pipelined = false;
  bool has_begun = false;
  uint32_t page = 0;
  uint32_t chunk = 0;
  std::bitset<256> classes = {};  // ids, whether there are such classes or not
};

// watch: what to be told of.
namespace watch {
inline constexpr uint16_t kFetchers = 1 << 0;
inline constexpr uint16_t kMutations = 1 << 1;
inline constexpr uint16_t kEvictions = 1 << 2;
inline constexpr uint16_t kConnections = 1 << 3;
inline constexpr uint16_t kDeletions = 1 << 4;
inline constexpr uint16_t kSystem = 1 << 5;
inline constexpr uint16_t kRawCommands = 1 << 6;
inline constexpr uint16_t kProxyRequests = 1 << 7;
inline constexpr uint16_t kProxyEvents = 1 << 8;
inline constexpr uint16_t kProxyUser = 1 << 9;
inline constexpr uint16_t kProxy = kProxyRequests | kProxyEvents | kProxyUser;
}  // namespace watch

struct Watch {
  uint16_t events = 0;
  Complaint complaint = Complaint::None;
  bool is_pipelined = false;  // as in Crawl
};

// debugtime: what test harnesses do to the server's clock.
struct DebugTime {
  enum class Act : uint8_t { Pause, Resume, Advance };
  Act act = Act::Advance;
  int32_t seconds = 0;  // to advance by
};

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

// mn and NOOP: answered once everything before it is.
struct Noop {};

// --- Binary ------------------------------------------------------------------------------------
// Its exptimes are never negative.

// GET, GETK, TOUCH, GAT, GATK.
struct BinaryGet {
  std::string_view key = {};
  bool touches = false;
  bool wants_value = true;
  bool shows_key = false;  // on a miss, too
  uint32_t exptime = 0;    // if it touches
};

// DELETE.
struct BinaryRemove {
  std::string_view key = {};
  uint64_t cas = 0;  // the id it must have; 0: any
};

// INCREMENT and DECREMENT.
struct BinaryArithmetic {
  std::string_view key = {};
  uint64_t delta = 0;
  uint64_t initial = 0;  // what is created
  uint64_t cas = 0;      // the id it must have; 0: any
  uint32_t exptime = 0;  // of what is created
  bool decrements = false;
  bool creates = false;
};

// --- Who the client is ---------------------------------------------------------------------------

// SASL LIST, AUTH and STEP.
struct SaslRequest {
  enum class Kind : uint8_t { List, Start, Step };
  Kind kind = Kind::List;
  std::string_view mechanism = {};
  std::string_view data = {};
};

// What stands for it in text: a set whose value is "<user> <password>".
struct Login {
  std::string_view user = {};
  std::string_view password = {};
};

using Command =
    std::variant<Get, Write, Remove, Touch, Arithmetic, FlushAll, Stats, Version, Quit, Verbosity,
                 Shutdown, MemoryLimit, LruTune, TurnKnob, SlabReassign, Crawl, Watch, DebugTime,
                 MetaGet, MetaRemove, MetaArithmetic, MetaDebug, Noop, BinaryGet, BinaryRemove,
                 BinaryArithmetic, SaslRequest, Login, RefreshAuth, RefreshCerts, ConfigGet,
                 ConfigSet, ConfigDelete>;

struct Request {
  Command command;   // what to do: everything the store needs
  ReplyStyle style;  // how to answer: everything the encoder needs
};
static_assert(std::is_trivially_copyable_v<Request>, "reused for every request, never destroyed");
static_assert(sizeof(Request) <= 128, "two cache lines");

// How many bytes of value follow the head, their terminator not counted; nothing if no value does.
inline std::optional<uint32_t> announced_size(const Command& command) noexcept {
  if (const auto* write = std::get_if<Write>(&command)) return write->value_size;
  if (const auto* config = std::get_if<ConfigSet>(&command)) return config->value_size;
  return std::nullopt;
}

// Walks the keys of Get::more_keys: each call moves the first key of `rest` out of it.
// Returns an empty view when there is none left.
std::string_view next_key(std::string_view& rest) noexcept;

}  // namespace larder::protocol
