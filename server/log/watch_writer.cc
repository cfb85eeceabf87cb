#include "server/log/watch_writer.h"

#include <time.h>

#include "base/assertions.h"

namespace larder::server {
namespace {

int64_t unix_microseconds() {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

std::string_view bytes_of(const PeerAddress& peer) {
  return {reinterpret_cast<const char*>(&peer), sizeof peer};
}

}  // namespace

void WatchWriter::write(WatchRecord record, std::string_view text) noexcept {
  DEBUG_ASSERT(wants(stream_of(record.kind)));
  record.class_id = shown_classes_.id_of(record.class_id);
  record.to_class_id = shown_classes_.id_of(record.to_class_id);
  record.gid = watchers_.next_gid();
  record.time_us = unix_microseconds();
  ring_.push(record, text);
}

void WatchWriter::fetched(std::string_view key, const FoundItem& item) noexcept {
  write({.value_size = item.value_size,
         .descriptor = descriptor_,
         .kind = WatchKind::ItemGet,
         .read = item.outcome,
         .class_id = item.class_id},
        key);
}

void WatchWriter::stored(std::string_view key, StoreStatus status, slab::WriteMode mode,
                         slab::ClassId class_id, uint32_t value_size, int64_t ttl) noexcept {
  write({.ttl = ttl,
         .value_size = value_size,
         .descriptor = descriptor_,
         .kind = WatchKind::ItemStore,
         .stored = status,
         .mode = mode,
         .class_id = class_id},
        key);
}

void WatchWriter::deleted(std::string_view key, bool is_meta, slab::ClassId class_id,
                          uint32_t value_size) noexcept {
  write({.value_size = value_size,
         .descriptor = descriptor_,
         .kind = WatchKind::Deletion,
         .class_id = class_id,
         .is_meta = is_meta},
        key);
}

void WatchWriter::connected(int descriptor, const PeerAddress& peer) noexcept {
  write({.descriptor = descriptor, .kind = WatchKind::ConnectionNew}, bytes_of(peer));
}

void WatchWriter::closed(int descriptor, const PeerAddress& peer, CloseReason reason) noexcept {
  write({.descriptor = descriptor, .kind = WatchKind::ConnectionClose, .reason = reason},
        bytes_of(peer));
}

void WatchWriter::tls_failed(int descriptor, std::string_view message) noexcept {
  write({.descriptor = descriptor, .kind = WatchKind::TlsFailure},
        message.substr(0, kLogTextSizeMax));
}

void WatchWriter::raw_command(std::string_view line) noexcept {
  const size_t end = line.find_last_not_of("\r\n");
  line = line.substr(0, end == std::string_view::npos ? 0 : end + 1);
  write({.descriptor = descriptor_, .kind = WatchKind::RawCommand},
        line.substr(0, kLogTextSizeMax));
}

void WatchWriter::evicted(const slab::Evicted& item) noexcept {
  if (!wants(protocol::watch::kEvictions)) return;
  write({.ttl = item.seconds_left,
         .value_size = item.value_size,
         .idle_seconds = item.idle_seconds,
         .kind = WatchKind::Eviction,
         .class_id = item.class_id,
         .was_fetched = item.was_fetched},
        item.key);
}

void WatchWriter::page_moved(slab::ClassId from, slab::ClassId to, bool is_done) noexcept {
  if (!wants(protocol::watch::kSystem)) return;
  write({.kind = WatchKind::PageMove, .class_id = from, .to_class_id = to, .is_done = is_done}, {});
}

}  // namespace larder::server
