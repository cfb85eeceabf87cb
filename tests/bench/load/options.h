// What one run of larder-load does, as read from its command line.
//
// Threads: set once in main(), constant afterwards.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "client/address.h"

namespace larder::bench {

enum class Workload : uint8_t {
  Get,
  Gets,
  MultiGet,
  MetaGet,
  Set,
  SetGet,
  Mix90,
  BinaryGet,
  BinarySet
};

struct Options {
  client::Address server;
  Workload workload = Workload::Get;
  uint32_t keys_per_request = 1;  // above 1 for MultiGet only
  uint32_t connections = 50;
  uint32_t depth = 1;  // requests outstanding per connection
  uint32_t threads = 1;
  uint64_t keys = 100'000;
  uint32_t key_size = 13;
  uint32_t value_size = 100;
  double zipf_exponent = 0;  // 0 is uniform
  double seconds = 3;
  double warmup_seconds = 1;
  double rate = 0;  // operations per second to be begun, of all connections; 0: as fast as it goes
  uint64_t reconnect_every = 0;  // operations; above 0: a connection then gives way to a new one
  double silence_seconds = 10;   // without any reply, after which the rest is given up
  uint64_t operations = 0;       // above 0: the measured part ends after this many, not by time
  uint64_t seed = 1;
  bool fill = false;            // sets every key first
  bool misses_allowed = false;  // a miss is an answer like any other
  bool unchecked = false;       // replies have to have the size of hits, whatever they say
  bool hold = false;            // waits for a line on stdin before and after the measured part
  bool help = false;
};

// One line per option, for --help and after a usage error.
extern const char kUsage[];

base::Result<Options> parse_options(int argc, char** argv);

}  // namespace larder::bench
