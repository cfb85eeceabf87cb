// Shows how far a run is, on standard error: a bar on a terminal, else a line every 10 seconds.
//
// Threads: one at a time.
#pragma once

#include <chrono>
#include <string>

#include "larderctl/transfer/progress_text.h"

namespace larder::ctl {

class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `name` is the command's.
  explicit Progress(std::string name);

  double seconds(Time now) const;
  // When show() has something new to show.
  Time next() const noexcept { return next_; }
  void show(Position position, Time now);
  // Removes the bar.
  void clear();

 private:
  std::string name_;
  bool is_terminal_;
  bool has_bar_ = false;
  Time start_;
  Time next_;
};

}  // namespace larder::ctl
