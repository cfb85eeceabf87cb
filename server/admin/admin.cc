#include "server/admin/admin.h"

#include <string>
#include <utility>

#include "protocol/limits.h"
#include "server/auth/sasl_session.h"
#include "server/options/options.h"
#include "server/support/exptime.h"

namespace larder::server {

using protocol::Complaint;

Admin::Admin(const Options& options)
    : state_{.live_options = LiveOptions(options),
             .crawler = {},
             .verbosity = static_cast<uint32_t>(options.verbosity),
             .flushed_before = 0,
             .prefixes = PrefixStats(options.prefix_delimiter, options.counts_prefixes)} {}

void Admin::open(Context context) {
  context_ = std::make_unique<const Context>(std::move(context));
  reporter_ = std::make_unique<StatsReporter>(*context_, state_);
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
  state_.flushed_before.store(moment - 1);
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
  state_.verbosity.store(level);
  SaslLibrary::set_verbosity(static_cast<int>(level));
  context_->log.set_verbosity(level);
  context_->log.tell(LogEvent::SettingChanged, "A client changed a setting.", [&](LogLine& line) {
    line.text("setting", "verbosity");
    line.number("value", level);
    add_requester(line, by);
  });
}

}  // namespace larder::server
