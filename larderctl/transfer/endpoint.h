// Where items come from and go to: both ends of a run, as the loop sees them.
//
// Threads: one at a time.
#pragma once

#include "base/result.h"
#include "larderctl/transfer/context.h"
#include "larderctl/transfer/item.h"
#include "larderctl/transfer/progress_text.h"

namespace larder::ctl {

class Sink {
 public:
  virtual ~Sink() = default;

  // Takes the item, copies what it needs of it, and counts it, now or once it is stored.  False:
  // there is no room now; offer the same item again in a later turn.
  virtual base::Result<bool> put(const Item& item, Context& context) = 0;
  // Once a turn: sends what has been put.
  virtual base::Outcome flush(Context&) { return base::Done{}; }

  virtual void watch(Context&) {}
  virtual base::Outcome advance(Context&) { return base::Done{}; }

  // Whether everything that was put has become what it is to be.
  virtual bool is_idle() const { return true; }
  // After the last item, once it is idle.
  virtual base::Outcome finish() { return base::Done{}; }
};

class Source {
 public:
  virtual ~Source() = default;

  // Once a turn: gives items to the sink as long as there are some and it takes them.
  virtual base::Outcome deliver(Sink& sink, Context& context) = 0;
  virtual bool is_done() const = 0;

  virtual void watch(Context& context) = 0;
  virtual base::Outcome advance(Context&) { return base::Done{}; }

  // How far it is, for the progress.
  virtual Position position(const Context& context) const = 0;
};

}  // namespace larder::ctl
