// Settings that operators can change while the server runs.
//
// Threads: any.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "server/admin/crawler.h"
#include "server/admin/prefix_stats.h"
#include "server/options/live_options.h"

namespace larder::server {

struct AdminState {
  LiveOptions live_options;
  Crawler crawler;
  std::atomic<uint32_t> verbosity{0};
  std::atomic<base::Time> flushed_before{0};  // what the last flush_all asked for; 0: none
  PrefixStats prefixes;
};

}  // namespace larder::server
