// The answers to `stats` and its topics.  Cold: it may lock and allocate.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <mutex>

#include "base/clock.h"
#include "protocol/admin_commands.h"
#include "protocol/complaint.h"
#include "protocol/reply_style.h"
#include "server/admin/admin_context.h"
#include "server/admin/admin_state.h"
#include "server/admin/stats_snapshot.h"
#include "server/admin/stats_totals.h"
#include "server/net/outbox.h"

namespace larder::server {

class StatWriter;

class StatsReporter {
 public:
  // Both must outlive the reporter.
  StatsReporter(const AdminContext& context, AdminState& state) noexcept
      : context_(context), state_(state) {}

  void answer(const protocol::Stats& stats, const protocol::ReplyStyle& style, base::Time now,
              Outbox& out);
  // What most of them say together.
  StatsSnapshot snapshot(base::Time now);
  // None if these statistics may be had or changed.
  protocol::Complaint refusal_of(const protocol::Stats& stats) const;

 private:
  using Style = protocol::ReplyStyle;

  // The answers to `stats <topic>`, without their end.
  void general(base::Time now, const Style& style, Outbox& out);
  void settings(const Style& style, Outbox& out);
  void items(base::Time now, const Style& style, Outbox& out);
  void slabs(const Style& style, Outbox& out);
  void sizes(base::Time now, const Style& style, Outbox& out);
  void connections(base::Time now, const Style& style, Outbox& out);
  void latency(const Style& style, Outbox& out);
  void larder(const Style& style, Outbox& out);
  void cluster(StatWriter& rows);
  void hot_keys(base::Time now, const Style& style, Outbox& out);
  void curve(const Style& style, Outbox& out);
  // Whole answers.
  void cachedump(const protocol::Stats& stats, base::Time now, Outbox& out);
  void detail(const protocol::Stats& stats, const Style& style, Outbox& out);
  void reset(const Style& style, Outbox& out);

  void write_discovery(StatWriter& rows, const StatsTotals& totals) const;
  StatsTotals totals_since_reset() const;
  size_t connection_count() const;

  const AdminContext& context_;
  AdminState& state_;

  // Held while counters are read, too: so no one reads values older than the baseline.
  mutable std::mutex baseline_mutex_;
  StatsTotals baseline_;  // guarded by baseline_mutex_: the totals of the last reset
};

}  // namespace larder::server
