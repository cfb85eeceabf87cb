#include "server/command/admin_commands.h"

#include "protocol/encode.h"
#include "server/command/answers.h"

namespace larder::server {
namespace {

using protocol::Complaint;
using protocol::ReplyStyle;
using protocol::Status;

// The size of a dump's output before it is the other clients' turn.
constexpr size_t kDumpPieceBytes = 8 << 10;
constexpr size_t kDumpPieceChunks = 1024;

}  // namespace

Progress AdminCommands::run(const protocol::FlushAll& flush, const ReplyStyle& style, Outbox& out) {
  const Complaint complaint =
      context_.admin.flush_all(flush, context_.now, context_.requester(style));
  // Upstream counts refused requests, except in the binary protocol.
  if (complaint == Complaint::None || style.dialect != protocol::Dialect::Binary) {
    context_.counters.flush_commands.add();
  }
  if (complaint == Complaint::None) context_.counters.flushes.add();
  return answer_outcome(complaint, style, out);
}

Progress AdminCommands::run(const protocol::Stats& stats, const ReplyStyle& style, Outbox& out) {
  context_.admin.stats(stats, style, context_.now, out);
  log_change(stats, style);
  return Progress::Done;
}

// Most topics change nothing and are not logged.
void AdminCommands::log_change(const protocol::Stats& stats, const ReplyStyle& style) {
  const auto tell = [&](LogEvent event, std::string_view message, std::string_view value) {
    context_.admin.log().tell(event, message, [&](LogLine& line) {
      if (!value.empty()) {
        line.text("setting", "stats_detail");
        line.text("value", value);
      }
      add_requester(line, context_.requester(style));
    });
  };
  const bool is_detail = stats.topic == protocol::StatsTopic::DetailOn ||
                         stats.topic == protocol::StatsTopic::DetailOff;
  if (stats.topic == protocol::StatsTopic::Reset) {
    tell(LogEvent::StatsReset, "A client reset the statistics.", {});
  } else if (is_detail && context_.admin.refusal_of(stats) == Complaint::None) {
    const bool is_on = stats.topic == protocol::StatsTopic::DetailOn;
    tell(LogEvent::SettingChanged, "A client changed a setting.", is_on ? "on" : "off");
  }
}

Progress AdminCommands::run(const protocol::LruTune& tune, const ReplyStyle& style, Outbox& out) {
  context_.admin.tune(tune, context_.requester(style));
  return answer_outcome(Complaint::None, style, out);
}

Progress AdminCommands::run(const protocol::TurnKnob& turned, const ReplyStyle& style,
                            Outbox& out) {
  return answer_outcome(context_.admin.turn(turned, context_.requester(style)), style, out);
}

Progress AdminCommands::run(const protocol::SlabReassign& reassign, const ReplyStyle& style,
                            Outbox& out) {
  return answer_outcome(
      context_.admin.reassign(reassign, context_.cache, context_.now, context_.requester(style)),
      style, out);
}

Progress AdminCommands::run(protocol::Crawl& crawl, const ReplyStyle& style, Outbox& out) {
  if (crawl.work == protocol::Crawl::Work::Reclaim) {
    return answer_outcome(context_.admin.crawl(crawl, context_.requester(style)), style, out);
  }
  if (!crawl.has_begun) {
    const Complaint complaint = context_.admin.refusal_of(crawl);
    if (complaint != Complaint::None) return answer_outcome(complaint, style, out);
    crawl.has_begun = true;
    protocol::encode_status(Status::Ok, out.bytes());
  }
  return dump(crawl, out);
}

// Sends a dump in pieces, so that it neither delays the worker's other clients nor fills its
// memory, regardless of the dump's size and the client's reading speed.
Progress AdminCommands::dump(protocol::Crawl& crawl, Outbox& out) {
  protocol::ReplyBuffer& bytes = out.bytes();
  // No allocation under a bucket's lock.
  bytes.prepare(kDumpPieceBytes + protocol::kDumpLineSizeMax);
  const size_t size_before = bytes.owned().size();
  const slab::ClassSet classes = context_.store.shown_classes().classes_of(crawl.classes);
  slab::WalkPlace place{crawl.page, crawl.chunk};
  const bool is_over = !context_.store.inspect().walk(
      place, classes, kDumpPieceChunks, context_.now, [&](const slab::ItemView& view) {
        dump_item(crawl, view, out);
        return bytes.owned().size() - size_before < kDumpPieceBytes;
      });
  crawl.page = place.page;
  crawl.chunk = place.chunk;
  if (!is_over) return Progress::MoreLater;
  if (crawl.work == protocol::Crawl::Work::Metadump) {
    protocol::encode_status(Status::End, bytes);
  } else {
    protocol::encode_meta_without_item(protocol::MetaStatus::Miss, {}, {}, bytes);
  }
  return Progress::Done;
}

void AdminCommands::dump_item(const protocol::Crawl& crawl, const slab::ItemView& view,
                              Outbox& out) {
  const bool key_is_binary = view.has(slab::trait::kKeyIsBinary);
  if (crawl.work == protocol::Crawl::Work::Mgdump) {
    return protocol::encode_mgdump(view.key(), key_is_binary, out.bytes());
  }
  const auto unix_time = [&](base::Time time) {
    return static_cast<uint64_t>(context_.clock.unix_time(time));
  };
  const base::Time exptime = view.exptime();
  protocol::encode_metadump({.key = view.key(),
                             .expires_at = exptime == 0 ? 0 : unix_time(exptime),
                             .accessed_at = unix_time(context_.now) - view.seconds_since_access,
                             .cas = view.cas(),
                             .was_fetched = view.was_fetched(),
                             .class_id = context_.store.shown_classes().id_of(view.class_id()),
                             .size = context_.store.sizes().accounted(view),
                             .client_flags = view.flags()},
                            out.bytes());
}

Progress AdminCommands::run(const protocol::Watch& watch, const ReplyStyle& style, Outbox& out) {
  const Complaint complaint = context_.admin.refusal_of(watch);
  if (complaint == Complaint::None) return Progress::Watch;
  return answer_outcome(complaint, style, out);
}

// The new time applies to all later requests of the turn.
Progress AdminCommands::run(const protocol::DebugTime& debug_time, const ReplyStyle& style,
                            Outbox& out) {
  const Complaint complaint = context_.admin.set_clock(debug_time, context_.requester(style));
  context_.now = context_.clock.now();
  return answer_outcome(complaint, style, out);
}

Progress AdminCommands::run(const protocol::Verbosity& verbosity, const ReplyStyle& style,
                            Outbox& out) {
  context_.admin.set_verbosity(verbosity.level, context_.requester(style));
  answer(Status::Ok, style, out);
  return Progress::Done;
}

Progress AdminCommands::run(const protocol::Shutdown& shutdown, const ReplyStyle& style,
                            Outbox& out) {
  const Complaint complaint = context_.admin.shutdown(shutdown, context_.requester(style));
  if (complaint == Complaint::None && !shutdown.drains) return Progress::Close;
  return answer_outcome(complaint, style, out);
}

Progress AdminCommands::run(const protocol::RefreshAuth&, const ReplyStyle& style, Outbox& out) {
  return answer_outcome(context_.admin.reload_files(context_.requester(style)), style, out);
}

Progress AdminCommands::run(const protocol::TakeSnapshot&, const ReplyStyle& style, Outbox& out) {
  return answer_outcome(context_.admin.take_snapshot(context_.requester(style)), style, out);
}

Progress AdminCommands::run(const protocol::RefreshCerts&, const ReplyStyle& style, Outbox& out) {
  if (!context_.admin.has_tls()) return answer_outcome(Complaint::TlsNotEnabled, style, out);
  const base::Outcome read =
      context_.admin.reload_certificates(context_.now, context_.requester(style));
  if (read) return answer_outcome(Complaint::None, style, out);
  // The file and its error, in the wording of OpenSSL.
  out.bytes().append(read.error().text);
  out.bytes().append("\r\n");
  return Progress::Done;
}

Progress AdminCommands::run(const protocol::MemoryLimit& limit, const ReplyStyle& style,
                            Outbox& out) {
  return answer_outcome(context_.admin.set_memory_limit(limit.megabytes, context_.requester(style)),
                        style, out);
}

}  // namespace larder::server
