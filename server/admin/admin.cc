#include "server/admin/admin.h"

#include <algorithm>
#include <utility>

#include "base/version.h"
#include "protocol/encode.h"
#include "protocol/limits.h"
#include "server/admin/settings_report.h"
#include "server/admin/stat_writer.h"
#include "server/auth/sasl_session.h"
#include "server/options/options.h"
#include "server/support/exptime.h"

namespace larder::server {

using protocol::Complaint;
using protocol::StatsTopic;
using protocol::Status;

Admin::Admin(const Options& options)
    : live_options_(options),
      verbosity_(static_cast<uint32_t>(options.verbosity)),
      prefixes_(options.prefix_delimiter, options.counts_prefixes) {}

void Admin::open(Context context) {
  context_ = std::make_unique<const Context>(std::move(context));
}

void Admin::stats(const protocol::Stats& stats, const Style& style, base::Time now, Outbox& out) {
  switch (stats.topic) {
    case StatsTopic::General: general(now, style, out); break;
    case StatsTopic::Settings: settings(style, out); break;
    case StatsTopic::Items: items(now, style, out); break;
    case StatsTopic::Slabs: slabs(style, out); break;
    case StatsTopic::Sizes: sizes(now, style, out); break;
    case StatsTopic::Connections: connections(now, style, out); break;
    case StatsTopic::Larder: larder(style, out); break;
    case StatsTopic::Latency: latency(style, out); break;
    case StatsTopic::HotKeys: hot_keys(now, style, out); break;
    case StatsTopic::Curve: curve(style, out); break;
    case StatsTopic::Cachedump: return cachedump(stats, now, out);
    case StatsTopic::Reset: return reset(style, out);
    case StatsTopic::DetailOn:
    case StatsTopic::DetailOff:
    case StatsTopic::DetailDump: return detail(stats, style, out);
  }
  StatWriter(out.bytes(), style).end(Status::End);
}

Complaint Admin::refusal_of(const protocol::Stats& stats) const {
  const bool is_detail = stats.topic == StatsTopic::DetailOn ||
                         stats.topic == StatsTopic::DetailOff ||
                         stats.topic == StatsTopic::DetailDump;
  if (is_detail && !context_->options.has_dumps) return Complaint::StatsDetailDenied;
  return stats.complaint;
}

void Admin::detail(const protocol::Stats& stats, const Style& style, Outbox& out) {
  StatWriter rows(out.bytes(), style);
  const Complaint refusal = refusal_of(stats);
  if (refusal != Complaint::None) return rows.refuse(refusal);
  if (stats.topic == StatsTopic::DetailDump) {
    return rows.end_with_text("detailed", prefixes_.dump());
  }
  prefixes_.turn(stats.topic == StatsTopic::DetailOn);
  rows.end(Status::Ok);
}

void Admin::settings(const Style& style, Outbox& out) {
  const slab::Store& store = context_->store;
  Options options = context_->options;
  static_cast<TuningOptions&>(options) = live_options_.get();
  options.verbosity = static_cast<int>(verbosity_.load());
  options.memory_bytes_max = store.inspect().budget().limit();
  options.counts_prefixes = prefixes_.is_on();
  const slab::SizeClasses& classes = store.classes();
  const StoreFacts facts{
      .growth_factor = store.options().growth_factor,
      .chunk_bytes_min = classes.chunk_size(1),
      .chunk_bytes_max = classes.chunk_size(classes.piece_classes().front()),
      .hash_algorithm = "xxh3",
      .flushed_before_seconds = flushed_before_.load(),
  };
  StatWriter rows(out.bytes(), style);
  for (const SettingRow& row : settings_rows(options, facts)) rows.text(row.name, row.value);
}

// Rows that memcached does not have.  They are not part of `stats`, whose keys some clients count.
void Admin::larder(const Style& style, Outbox& out) {
  const slab::Store& store = context_->store;
  uint64_t backlog_bytes = 0;
  uint64_t tail_bytes = 0;
  uint64_t tail_count = 0;
  for (const WorkerCounters* worker : context_->workers) {
    backlog_bytes += worker->backlog_bytes.get();
    tail_bytes += worker->tail_bytes.get();
    tail_count += worker->tail_count.get();
  }
  uint64_t chunks_at_hand = 0;
  for (size_t id = 1; id <= store.classes().count(); ++id) {
    chunks_at_hand += store.inspect().chunks_at_hand(static_cast<slab::ClassId>(id));
  }
  StatWriter rows(out.bytes(), style);
  rows.text("server_name", "Larder");
  rows.text("server_version", base::kLarderVersion);
  rows.number("memory_limit_bytes", store.inspect().budget().limit());
  rows.number("memory_used_bytes", store.inspect().budget().used());
  rows.number("index_bytes", store.inspect().index().memory_bytes());
  rows.number("index_buckets", store.inspect().index().bucket_count());
  rows.number("index_overflow_buckets", store.inspect().index().overflow_count());
  rows.number("page_bytes", slab::kPageSize);
  rows.number("pages_in_use", store.inspect().pool().pages_in_use());
  rows.number("pages_spare", store.inspect().pool().spare_count());
  rows.number("size_classes", store.classes().count());
  rows.number("chunks_at_hand", chunks_at_hand);
  rows.number("reply_backlog_bytes", backlog_bytes);
  rows.number("request_tail_bytes", tail_bytes);
  rows.number("request_tail_count", tail_count);
  const LogTotals log = context_->log.totals();
  const StatsTotals totals = totals_since_reset();
  rows.number("lookup_hits", totals.lookup_hits());
  rows.number("lookup_misses", totals.lookup_misses());
  rows.number("flushes", totals.flushes);
  write_discovery(rows, totals);
  rows.text("log_level", name_of(context_->options.log_level));
  rows.text("log_format", name_of(context_->options.log_format));
  rows.number("log_slow_ms", static_cast<uint64_t>(context_->options.slow_milliseconds));
  rows.number("log_lines", log.written);
  rows.number("log_lines_dropped", log.dropped);
  rows.number("log_lines_suppressed", log.suppressed);
  rows.text("hot_keys", context_->options.counts_hot_keys ? "yes" : "no");
  rows.text("miss_ratio_curve", context_->options.estimates_curve ? "yes" : "no");
  if (context_->tls != nullptr) {
    rows.number("tls_certificate_expiry_timestamp_seconds",
                static_cast<uint64_t>(std::max<int64_t>(context_->tls->expires_at(), 0)));
  }
  if (context_->membership != nullptr) cluster(rows);
}

void Admin::cluster(StatWriter& rows) {
  const EtcdMembership::Figures figures = context_->membership->figures();
  rows.text("cluster_name", context_->options.cluster);
  rows.number("cluster_version", figures.version);
  rows.number("cluster_nodes", figures.nodes.size());
  rows.text("etcd_up", figures.is_etcd_up ? "yes" : "no");
  rows.number("etcd_errors", figures.etcd_errors);
}

StatsTotals Admin::totals_since_reset() const {
  std::lock_guard lock(baseline_mutex_);
  StatsTotals totals = sum_totals(context_->workers, context_->store, context_->accept_totals(),
                                  context_->log_totals());
  totals -= baseline_;
  return totals;
}

void Admin::reset(const Style& style, Outbox& out) {
  prefixes_.clear();
  {
    std::lock_guard lock(baseline_mutex_);
    baseline_ = sum_totals(context_->workers, context_->store, context_->accept_totals(),
                           context_->log_totals());
  }
  StatWriter(out.bytes(), style).end(Status::Reset);
}

size_t Admin::connection_count() const {
  size_t count = 0;
  for (const ConnectionList* list : context_->connections) count += list->size();
  return count;
}

// A time in the past flushes everything stored until now; a time before the start of the process
// flushes nothing.  In both cases a pending flush is cancelled, as in memcached.  memcached runs a
// pending flush one second early and loses the items stored in that second; this server does not.
Complaint Admin::flush_all(const protocol::FlushAll& flush, base::Time now, const Requester& by) {
  if (!context_->options.has_flush_all) return Complaint::FlushNotAllowed;
  if (flush.complaint != Complaint::None) return flush.complaint;
  slab::Store& store = context_->store;
  const base::Time moment = flush.delay <= 0 ? now : moment_of(flush.delay, context_->clock, now);
  context_->log.tell(LogEvent::FlushAll, "A client flushed all items.", [&](LogLine& line) {
    line.number("delay_seconds", moment > now ? moment - now : 0);
    add_requester(line, by);
  });
  flushed_before_.store(moment - 1);
  if (context_->insight != nullptr) {
    context_->insight->flush_at(moment == kLongDead ? 0 : moment);
  }
  if (moment > now) {
    store.flush_all_at(moment);
  } else if (moment == kLongDead) {
    store.flush_all_at(0);
  } else {
    store.flush_all(now);
  }
  return Complaint::None;
}

Complaint Admin::shutdown(const protocol::Shutdown& shutdown, const Requester& by) {
  if (!context_->options.has_shutdown_command) return Complaint::ShutdownNotEnabled;
  if (shutdown.complaint != Complaint::None) return shutdown.complaint;
  context_->log.tell(
      LogEvent::ShutdownRequested, "A client requested shutdown.", [&](LogLine& line) {
        line.text("mode", shutdown.drains ? "drain" : shutdown.graceful ? "graceful" : "normal");
        add_requester(line, by);
      });
  if (shutdown.drains) {
    context_->request_drain();
  } else {
    context_->request_stop(shutdown.graceful);
  }
  return Complaint::None;
}

Complaint Admin::reload_files(const Requester& by) {
  const base::Outcome read = context_->reload_files();
  Log& log = context_->log;
  if (!read) {
    log.tell(LogEvent::FilesNotRead, "Failed to reload the password file; the old one is kept.",
             [&](LogLine& line) {
               line.text("files", "passwords");
               line.text("error", read.error().text);
               add_requester(line, by);
             });
    return Complaint::FileNotRead;
  }
  if (context_->options.uses_sasl || !context_->options.auth_file.empty()) {
    log.tell(LogEvent::PasswordsRead, "Password file reloaded.",
             [&](LogLine& line) { add_requester(line, by); });
  }
  return Complaint::None;
}

base::Outcome Admin::reload_certificates(base::Time now, const Requester& by) {
  base::Outcome read = context_->tls->reload(now);
  Log& log = context_->log;
  if (read) {
    log.tell(LogEvent::CertificatesRead, "TLS certificates reloaded.");
  } else {
    log.tell(LogEvent::FilesNotRead, "Failed to reload TLS certificates; the old ones are kept.",
             [&](LogLine& line) {
               line.text("files", "certificates");
               line.text("error", read.error().text);
               add_requester(line, by);
             });
  }
  return read;
}

// memcached has this command in debug builds only, which test harnesses ask for with
// -o relaxed_privileges.
Complaint Admin::set_clock(const protocol::DebugTime& debug_time, const Requester& by) {
  if (!context_->options.relaxes_privileges) return Complaint::UnknownCommand;
  ClockDriver& clock_driver = context_->clock_driver;
  std::string act;
  switch (debug_time.act) {
    case protocol::DebugTime::Act::Pause:
      clock_driver.pause();
      act = "pause";
      break;
    case protocol::DebugTime::Act::Resume:
      clock_driver.resume();
      act = "resume";
      break;
    case protocol::DebugTime::Act::Advance:
      clock_driver.advance(debug_time.seconds);
      act = std::to_string(debug_time.seconds);
      break;
  }
  context_->log.tell(LogEvent::ClockChanged, "A client changed the clock.", [&](LogLine& line) {
    line.text("act", act);
    add_requester(line, by);
  });
  return Complaint::None;
}

Complaint Admin::set_memory_limit(uint32_t megabytes, const Requester& by) {
  if (megabytes < protocol::kMemoryLimitMegabytesMin) return Complaint::MemoryLimitTooSmall;
  const bool is_set = context_->store.set_memory_limit(size_t{megabytes} << 20);
  if (!is_set) return Complaint::MemoryLimitUnreachable;
  context_->log.tell(LogEvent::MemoryLimit, "A client changed the memory limit.",
                     [&](LogLine& line) {
                       line.number("megabytes", megabytes);
                       add_requester(line, by);
                     });
  return Complaint::None;
}

void Admin::set_verbosity(uint32_t level, const Requester& by) noexcept {
  verbosity_.store(level);
  SaslLibrary::set_verbosity(static_cast<int>(level));
  context_->log.set_verbosity(level);
  context_->log.tell(LogEvent::SettingChanged, "A client changed a setting.", [&](LogLine& line) {
    line.text("setting", "verbosity");
    line.number("value", level);
    add_requester(line, by);
  });
}

}  // namespace larder::server
