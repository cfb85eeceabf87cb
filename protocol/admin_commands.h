// Commands that control the server or report its state.
//
// An option can forbid some of these commands.  A client that sends a forbidden command gets that
// error first, whatever else is wrong with the request.  A syntax error is therefore reported in
// the command's `complaint` instead of a Malformed verdict, and the executor decides which error is
// sent.
//
// Threads: plain values.
#pragma once

#include <bitset>
#include <cstdint>

#include "protocol/complaint.h"

namespace larder::protocol {

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
  Larder,   // statistics that upstream's topics do not contain
  Latency,  // how long commands take
  HotKeys,  // the most requested keys
  Curve,    // the hit ratio expected with more or less memory
};

struct Stats {
  StatsTopic topic = StatsTopic::General;
  uint32_t class_id = 0;    // Cachedump: any number, not necessarily an existing class
  uint32_t item_limit = 0;  // Cachedump: 0 means no limit
  Complaint complaint = Complaint::None;  // Cachedump, Detail
};

// refresh_auth: reloads the password file.
struct RefreshAuth {};

// refresh_certs: reloads the certificate files, for new connections.
struct RefreshCerts {};

struct Verbosity {
  uint32_t level = 0;  // at most kVerbosityMax
};

struct Shutdown {
  bool graceful = false;
  bool drains = false;  // a Larder extension: leaves the cluster first and stops some time later
  Complaint complaint = Complaint::None;
};

// cache_memlimit.
struct MemoryLimit {
  uint32_t megabytes = 0;  // from kMemoryLimitMegabytesMin to kMemoryLimitMegabytesMax
};

// lru tune: how upstream's LRU lists share the memory of a class.
struct LruTune {
  uint32_t hot_percent = 0;
  uint32_t warm_percent = 0;
  double hot_factor = 0;
  double warm_factor = 0;
};

// A setting with a numeric value.
enum class Knob : uint8_t {
  LruSegmented,       // lru mode: 0 flat, 1 segmented
  TemporaryTtl,       // lru temp_ttl: seconds; negative is off
  CrawlerEnabled,     // lru_crawler enable (1) and disable (0)
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
  int32_t from = 0;  // class ids; 0 is the global page pool, -1 any class
  int32_t to = 0;
  Complaint complaint = Complaint::None;
};

// lru_crawler crawl, metadump and mgdump.
struct Crawl {
  enum class Work : uint8_t { Reclaim, Metadump, Mgdump };
  Work work = Work::Reclaim;
  Complaint complaint = Complaint::None;
  // These are used for dumps only and set by the executor: whether replies to earlier requests have
  // not been sent yet; whether the dump has begun; where it continues.
  bool is_pipelined = false;
  bool has_begun = false;
  uint32_t page = 0;
  uint32_t chunk = 0;
  std::bitset<256> classes = {};  // ids, not necessarily of existing classes
};

struct Watch {
  uint16_t events = 0;
  Complaint complaint = Complaint::None;
  bool is_pipelined = false;  // as in Crawl
};

// debugtime: changes the server's clock, for test harnesses.
struct DebugTime {
  enum class Act : uint8_t { Pause, Resume, Advance };
  Act act = Act::Advance;
  int32_t seconds = 0;  // Advance only
};

}  // namespace larder::protocol
