// The commands that steer the server or ask about it.
//
// Some may be forbidden by an option.  Whoever sends a forbidden one is told that first, whatever
// else is wrong with it, so a mistake in its words comes along as its `complaint` and not instead
// of it.
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

}  // namespace larder::protocol
