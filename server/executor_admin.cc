// What operators ask of the whole server, as far as a worker has a part in it.
#include "server/executor.h"

namespace larder::server {

using protocol::Complaint;
using protocol::Status;

// What comes behind it in the same turn already lives in the new time.
Progress Executor::run(const protocol::DebugTime& debug_time, const Style& style, Outbox& out) {
  const Complaint complaint = admin_.set_clock(debug_time);
  now_ = clock_.now();
  return conclude(complaint, style, out);
}

Progress Executor::run(const protocol::Verbosity& verbosity, const Style& style, Outbox& out) {
  admin_.set_verbosity(verbosity.level);
  say(Status::Ok, style, out);
  return Progress::Done;
}

Progress Executor::run(const protocol::Shutdown& shutdown, const Style& style, Outbox& out) {
  const Complaint complaint = admin_.shutdown(shutdown);
  if (complaint == Complaint::None) return Progress::Close;
  complain(complaint, style, out);
  return Progress::Done;
}

Progress Executor::run(const protocol::RefreshAuth&, const Style& style, Outbox& out) {
  return conclude(admin_.reload_files(), style, out);
}

Progress Executor::run(const protocol::MemoryLimit& limit, const Style& style, Outbox& out) {
  return conclude(admin_.set_memory_limit(limit.megabytes), style, out);
}

}  // namespace larder::server
