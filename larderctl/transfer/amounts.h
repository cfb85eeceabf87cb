// Amounts for people: bytes, durations, rates.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace larder::ctl {

std::string bytes_text(uint64_t bytes);          // "17 B", "1.5 MB"
std::string seconds_text(double seconds);        // "0.3 s", "75 s"
std::string clock_text(uint64_t seconds);        // "0:07", "12:34", "3:00:00"
double rate_of(uint64_t count, double seconds);  // a second; of no time at all: the count

}  // namespace larder::ctl
