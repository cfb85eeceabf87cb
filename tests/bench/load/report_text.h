// A report as one JSON object on one line, for scripts and people.
//
// Threads: pure function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/bench/load/report.h"

namespace larder::bench {

// `phase` says which part of the run the report is of; `cpu_nanoseconds` is what the generator
// itself spent on it, to show when it and not the server was the limit.
std::string report_text(std::string_view phase, const Report& report, uint64_t cpu_nanoseconds);

}  // namespace larder::bench
