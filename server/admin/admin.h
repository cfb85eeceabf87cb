// What operators ask for: stats, verbosity, limits, shutdown.  Cold: it may lock and allocate.
//
// Threads: every method may be called from any worker; stats() and snapshot() from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "protocol/admin_commands.h"
#include "protocol/complaint.h"
#include "protocol/reply_style.h"
#include "server/admin/connection_list.h"
#include "server/admin/crawler.h"
#include "server/admin/prefix_stats.h"
#include "server/admin/stats_snapshot.h"
#include "server/admin/stats_totals.h"
#include "server/cluster/discovery.h"
#include "server/cluster/etcd_membership.h"
#include "server/insight/insight.h"
#include "server/log/log.h"
#include "server/log/requester.h"
#include "server/net/outbox.h"
#include "server/net/tls_context.h"
#include "server/options/live_options.h"
#include "server/support/clock_driver.h"
#include "server/support/worker_counters.h"
#include "slab/store.h"

namespace larder::server {

struct Options;
class StatWriter;

// What a socket that clients come to shows in `stats conns`: where it is, as the system says.
struct ListeningSocket {
  int fd;
  bool is_datagram = false;
};

// Any lower class id may be named, as upstream's largest table allows, whether it exists or not.
constexpr uint32_t kClassIdsUpstream = 64;

class Admin {
 public:
  struct Context {
    const Options& options;
    const base::Clock& clock;
    ClockDriver& clock_driver;
    slab::Store& store;
    Log& log;
    Discovery& discovery;
    std::vector<const WorkerCounters*> workers;
    std::vector<ConnectionList*> connections;  // one per worker
    std::function<AcceptTotals()> accept_totals;
    std::function<WatchTotals()> log_totals;
    std::function<std::vector<ListeningSocket>()> listening_sockets;
    std::function<void(bool is_graceful)> request_stop;
    std::function<void()> request_drain;
    std::function<base::Outcome()> reload_files;
    std::string event_library_version;           // "2.1.12-stable"
    TlsContext* tls = nullptr;                   // null without -Z
    Insight* insight = nullptr;                  // null: as if nothing were estimated
    const EtcdMembership* membership = nullptr;  // null without --cluster
  };

  explicit Admin(const Options& options);

  // Once, before workers run: what `context` refers to outlives the Admin.
  void open(Context context);

  void stats(const protocol::Stats& stats, const protocol::ReplyStyle& style, base::Time now,
             Outbox& out);
  // What most of them say together.
  StatsSnapshot snapshot(base::Time now);
  // None if these statistics may be had or changed.
  protocol::Complaint refusal_of(const protocol::Stats& stats) const;

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
  uint32_t verbosity() const noexcept { return verbosity_.load(); }

  // For what others change.
  Log& log() const noexcept { return context_->log; }

  // Whether each get, set and delete is to be told to prefixes().
  bool counts_prefixes() const noexcept { return prefixes_.is_on(); }
  PrefixStats& prefixes() noexcept { return prefixes_; }

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

  std::unique_ptr<const Context> context_;
  LiveOptions live_options_;
  Crawler crawler_;
  std::atomic<uint32_t> verbosity_;
  std::atomic<base::Time> flushed_before_{0};  // what the last flush_all asked for; 0: none
  PrefixStats prefixes_;

  // Held while counters are read, too: so no one reads values older than the baseline.
  mutable std::mutex baseline_mutex_;
  StatsTotals baseline_;  // guarded by baseline_mutex_: the totals of the last reset
};

}  // namespace larder::server
