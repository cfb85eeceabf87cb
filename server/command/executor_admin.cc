// What operators ask of the whole server, as far as a worker has a part in it.
#include "server/command/executor.h"

namespace larder::server {
namespace {

using protocol::Complaint;
using protocol::Status;

// A dump goes on for so long, and then it is the other clients' turn.
constexpr size_t kDumpPieceBytes = 8 << 10;
constexpr size_t kDumpPieceChunks = 1024;

}  // namespace

Progress Executor::run(const protocol::LruTune& tune, const Style& style, Outbox& out) {
  admin_.tune(tune);
  return conclude(Complaint::None, style, out);
}

Progress Executor::run(const protocol::TurnKnob& turned, const Style& style, Outbox& out) {
  return conclude(admin_.turn(turned), style, out);
}

Progress Executor::run(const protocol::SlabReassign& reassign, const Style& style, Outbox& out) {
  return conclude(admin_.reassign(reassign, cache_, now_), style, out);
}

// A dump comes in pieces, so that neither the worker's other clients nor its memory have to bear
// it, however much there is and however slowly it is read.
Progress Executor::run(protocol::Crawl& crawl, const Style& style, Outbox& out) {
  const bool is_metadump = crawl.work == protocol::Crawl::Work::Metadump;
  if (crawl.work == protocol::Crawl::Work::Reclaim) {
    return conclude(admin_.crawl(crawl), style, out);
  }
  if (!crawl.has_begun) {
    const Complaint complaint = admin_.refusal_of(crawl);
    if (complaint != Complaint::None) return conclude(complaint, style, out);
    crawl.has_begun = true;
    protocol::encode_status(Status::Ok, out.bytes());
  }
  protocol::ReplyBuffer& bytes = out.bytes();
  bytes.prepare(kDumpPieceBytes + protocol::kDumpLineSizeMax);  // nothing is allocated in a bucket
  const size_t size_before = bytes.owned().size();
  const slab::ClassSet classes = store_.shown_classes().classes_of(crawl.classes);
  slab::WalkPlace place{crawl.page, crawl.chunk};
  const bool is_over =
      !store_.walk(place, classes, kDumpPieceChunks, now_, [&](const slab::ItemView& view) {
        dump_item(crawl, view, out);
        return bytes.owned().size() - size_before < kDumpPieceBytes;
      });
  crawl.page = place.page;
  crawl.chunk = place.chunk;
  if (!is_over) return Progress::MoreLater;
  if (is_metadump) {
    protocol::encode_status(Status::End, bytes);
  } else {
    protocol::encode_meta_without_item(protocol::MetaStatus::Miss, {}, {}, bytes);
  }
  return Progress::Done;
}

void Executor::dump_item(const protocol::Crawl& crawl, const slab::ItemView& view, Outbox& out) {
  const bool key_is_binary = view.has(slab::trait::kKeyIsBinary);
  if (crawl.work == protocol::Crawl::Work::Mgdump) {
    return protocol::encode_mgdump(view.key(), key_is_binary, out.bytes());
  }
  const auto unix_time = [&](base::Time time) {
    return static_cast<uint64_t>(clock_.unix_time(time));
  };
  const base::Time exptime = view.exptime();
  protocol::encode_metadump(
      {.key = view.key(),
       .expires_at = exptime == 0 ? 0 : unix_time(exptime),
       .accessed_at = unix_time(now_) - view.seconds_since_access,
       .cas = view.cas(),
       .was_fetched = view.was_fetched(),
       .class_id = store_.shown_classes().id_of(view.class_id()),
       .size = slab::Store::accounted_size(view.key().size(), view.flags(), view.value_size(),
                                           view.has(slab::trait::kHasCas)),
       .client_flags = view.flags()},
      out.bytes());
}

Progress Executor::run(const protocol::Watch& watch, const Style& style, Outbox& out) {
  const Complaint complaint = admin_.refusal_of(watch);
  if (complaint == Complaint::None) return Progress::Watch;
  return conclude(complaint, style, out);
}

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
  if (complaint == Complaint::None && !shutdown.drains) return Progress::Close;
  return conclude(complaint, style, out);
}

Progress Executor::run(const protocol::RefreshAuth&, const Style& style, Outbox& out) {
  return conclude(admin_.reload_files(), style, out);
}

Progress Executor::run(const protocol::RefreshCerts&, const Style& style, Outbox& out) {
  if (!admin_.has_tls()) return conclude(Complaint::TlsNotEnabled, style, out);
  const base::Outcome read = admin_.reload_certificates(now_);
  if (read) return conclude(Complaint::None, style, out);
  // What is wrong with which file, in OpenSSL's words.
  out.bytes().append(read.error().text);
  out.bytes().append("\r\n");
  return Progress::Done;
}

Progress Executor::run(const protocol::MemoryLimit& limit, const Style& style, Outbox& out) {
  return conclude(admin_.set_memory_limit(limit.megabytes), style, out);
}

}  // namespace larder::server
