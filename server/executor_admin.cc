// What operators ask of the whole server, as far as a worker has a part in it.
#include "server/executor.h"

namespace larder::server {

// What comes behind it in the same turn already lives in the new time.
Progress Executor::run(const protocol::DebugTime& debug_time, const Style& style, Outbox& out) {
  const protocol::Complaint complaint = admin_.set_clock(debug_time);
  now_ = clock_.now();
  return conclude(complaint, style, out);
}

}  // namespace larder::server
