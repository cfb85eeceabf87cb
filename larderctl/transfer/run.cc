#include "larderctl/transfer/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "larderctl/command.h"
#include "larderctl/printable.h"
#include "larderctl/transfer/interrupt.h"

namespace larder::ctl {
namespace {

// An interrupt that comes just before the wait is seen after that time.
constexpr std::chrono::milliseconds kWaitMax{100};

Position position_of(const Run& run) {
  Position sum;
  for (const auto& source : run.sources) {
    const Position each = source->position(run.context);
    sum.done += each.done;
    sum.total += each.total;
  }
  sum.item_count = run.context.tally.handled();
  return sum;
}

bool are_done(const Run& run) {
  return std::all_of(run.sources.begin(), run.sources.end(),
                     [](const auto& source) { return source->is_done(); });
}

base::Outcome deliver_all(Run& run) {
  for (const auto& source : run.sources) {
    if (auto done = source->advance(run.context); !done) return done;
  }
  for (const auto& source : run.sources) {
    if (auto done = source->deliver(*run.sink, run.context); !done) return done;
  }
  return base::Done{};
}

class Mover {
 public:
  Mover(Run& run, Progress& progress) : run_(run), progress_(progress) {}

  base::Outcome move_all() {
    run_.context.read_clocks();
    while (!is_over()) {
      if (is_interrupted()) return base::fail("interrupted");
      if (auto done = take_turn(); !done) return done;
      if (run_.context.now >= progress_.next()) {
        progress_.show(position_of(run_), run_.context.now);
      }
    }
    return source_error_ ? base::Outcome(*source_error_) : run_.sink->finish();
  }

 private:
  // What was given to the sink before a source failed is still stored, and counted.
  bool is_over() const { return (source_error_ || are_done(run_)) && run_.sink->is_idle(); }

  // Waits, then moves what can be moved.  The error is the sink's.
  base::Outcome take_turn() {
    Context& context = run_.context;
    context.polls.clear(context.now + kWaitMax);
    if (!source_error_) {
      for (const auto& source : run_.sources) source->watch(context);
    }
    run_.sink->watch(context);
    if (auto done = context.polls.wait(); !done) return done;
    context.read_clocks();
    if (auto done = run_.sink->advance(context); !done) return done;
    if (!source_error_) {
      if (auto done = deliver_all(run_); !done) source_error_ = done.error();
    }
    return run_.sink->flush(context);
  }

  Run& run_;
  Progress& progress_;
  std::optional<base::Error> source_error_;
};

}  // namespace

int run_transfer(Run& run) {
  catch_interrupts();
  Progress progress{std::string(run.command)};
  const base::Outcome moved = Mover(run, progress).move_all();
  progress.clear();
  run.context.read_clocks();
  const std::string summary = run.context.tally.text(run.verb, progress.seconds(run.context.now));
  int status = run.context.tally.failed.total() == 0 ? 0 : kExitCannot;
  if (!moved) status = refuse(run.command, base::fail(printable(moved.error().text)));
  if (run.summary_to_stderr) {
    fmt::print(stderr, "{}", summary);
  } else if (!show(summary)) {
    return kExitCannot;
  }
  return status;
}

}  // namespace larder::ctl
