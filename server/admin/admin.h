// What operators ask for: stats, verbosity, limits, shutdown.  Cold: it may lock and allocate.
// Admin checks and makes changes; its StatsReporter writes statistics.
//
// Threads: every method may be called from any worker; stats() and snapshot() from any thread.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "protocol/admin_commands.h"
#include "protocol/complaint.h"
#include "protocol/reply_style.h"
#include "server/admin/admin_context.h"
#include "server/admin/admin_state.h"
#include "server/admin/stats_reporter.h"
#include "server/admin/stats_snapshot.h"
#include "server/log/requester.h"
#include "server/net/outbox.h"

namespace larder::server {

class Admin {
 public:
  using Context = AdminContext;

  explicit Admin(const Options& options);

  // Once, before workers run: what `context` refers to outlives the Admin.
  void open(Context context);

  // See StatsReporter.
  void stats(const protocol::Stats& stats, const protocol::ReplyStyle& style, base::Time now,
             Outbox& out) {
    reporter_->answer(stats, style, now, out);
  }
  StatsSnapshot snapshot(base::Time now) { return reporter_->snapshot(now); }
  protocol::Complaint refusal_of(const protocol::Stats& stats) const {
    return reporter_->refusal_of(stats);
  }

  // Whoever changes something is named in the log.  Complaint::None if it may be done, and then it
  // is done.
  [[nodiscard]] protocol::Complaint flush_all(const protocol::FlushAll& flush, base::Time now,
                                              const Requester& by);
  [[nodiscard]] protocol::Complaint shutdown(const protocol::Shutdown& shutdown,
                                             const Requester& by);
  [[nodiscard]] protocol::Complaint set_clock(const protocol::DebugTime& debug_time,
                                              const Requester& by);
  // Reads again who may log in.
  [[nodiscard]] protocol::Complaint reload_files(const Requester& by);
  // Precondition: open.
  Discovery& discovery() const noexcept { return context_->discovery; }
  bool has_tls() const noexcept { return context_->tls != nullptr; }
  // Precondition: has_tls().
  base::Outcome reload_certificates(base::Time now, const Requester& by);

  // admin_tuning.cc
  void tune(const protocol::LruTune& tune, const Requester& by);
  [[nodiscard]] protocol::Complaint turn(const protocol::TurnKnob& turned, const Requester& by);
  [[nodiscard]] protocol::Complaint crawl(const protocol::Crawl& crawl, const Requester& by);
  // Of a dump and of watch: None if it may be done; whoever asks does it.
  protocol::Complaint refusal_of(const protocol::Crawl& dump) const;
  protocol::Complaint refusal_of(const protocol::Watch& watch) const;
  [[nodiscard]] protocol::Complaint reassign(const protocol::SlabReassign& wanted,
                                             slab::ThreadCache& cache, base::Time now,
                                             const Requester& by);

  // What no request waits for: ten times a second, by the thread whose cache that is.
  void maintain(slab::ThreadCache& cache, base::Time now);
  [[nodiscard]] protocol::Complaint set_memory_limit(uint32_t megabytes, const Requester& by);
  void set_verbosity(uint32_t level, const Requester& by) noexcept;
  uint32_t verbosity() const noexcept { return state_.verbosity.load(); }

  // For what others change.
  Log& log() const noexcept { return context_->log; }

  // Whether each get, set and delete is to be told to prefixes().
  bool counts_prefixes() const noexcept { return state_.prefixes.is_on(); }
  PrefixStats& prefixes() noexcept { return state_.prefixes; }

 private:
  std::unique_ptr<const Context> context_;
  AdminState state_;
  std::unique_ptr<StatsReporter> reporter_;
};

}  // namespace larder::server
