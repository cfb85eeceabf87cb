// How far a run is, in one line.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace larder::ctl {

struct Position {
  uint64_t done = 0;
  uint64_t total = 0;       // 0: not known
  uint64_t item_count = 0;  // handled so far
  double seconds = 0;       // since the start
};

// The part that is done, 0 to 1; nothing is known: 0.
double fraction_of(const Position& position);

// "[#####     ]  50 %  1000 items  500/s  0:02 left" of at most `columns`.
std::string progress_bar(const Position& position, size_t columns);

// "1000 items, 50 %, 500 items/s, 0:02 left"
std::string progress_line(const Position& position);

}  // namespace larder::ctl
