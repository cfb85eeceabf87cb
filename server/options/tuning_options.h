// Options of background work on memory.  Commands can change them while the server runs
// (live_options.h).
//
// Most are only accepted, validated and shown in `stats settings`: Larder's design replaces what
// they tune, and options_without_effect() reports them.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>

namespace larder::server {

struct TuningOptions {
  std::string hash_algorithm = "xxh3";   // -o hash_algorithm, as given
  bool reassigns_slabs = true;           // -o slab_reassign
  int slab_automove = 1;                 // -o slab_automove, 0..2
  double slab_automove_ratio = 0.8;      // -o slab_automove_ratio
  int slab_automove_window = 10;         // -o slab_automove_window
  double slab_automove_freeratio = .01;  // -o slab_automove_freeratio
  bool has_lru_crawler = true;           // -o lru_crawler
  int lru_crawler_sleep_us = 100;        // -o lru_crawler_sleep
  uint64_t lru_crawler_tocrawl = 0;      // -o lru_crawler_tocrawl; 0: no limit
  bool has_lru_maintainer = true;        // -o lru_maintainer
  bool has_segmented_lru = true;         // with a maintainer, until `lru mode flat`
  int hot_lru_percent = 20;              // -o hot_lru_pct
  int warm_lru_percent = 40;             // -o warm_lru_pct
  double hot_max_factor = 0.2;           // -o hot_max_factor
  double warm_max_factor = 2.0;          // -o warm_max_factor
  bool has_temporary_lru = false;        // -o temporary_ttl was given
  int temporary_ttl_seconds = 61;        // -o temporary_ttl
  int tail_repair_seconds = 0;           // -o tail_repair_time; 0: off
};

}  // namespace larder::server
