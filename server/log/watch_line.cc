#include "server/log/watch_line.h"

#include <fmt/format.h>

#include <cstring>

#include "base/assertions.h"
#include "protocol/uri_encoding.h"
#include "server/net/peer_address.h"

namespace larder::server {
namespace {

constexpr int64_t kMicroseconds = 1'000'000;

// The longest line: every byte of the key is escaped, and every number has its maximum length.
static_assert(3 * kLogTextSizeMax + 256 <= kLogLineSizeMax);

std::string_view name_of(slab::ReadOutcome outcome) {
  switch (outcome) {
    case slab::ReadOutcome::Hit: return "found";
    case slab::ReadOutcome::Missing: return "not_found";
    case slab::ReadOutcome::Expired: return "expired";
    case slab::ReadOutcome::Flushed: return "flushed";
  }
  UNREACHABLE();
}

std::string_view name_of(StoreStatus status) {
  switch (status) {
    case StoreStatus::NotStored: return "not_stored";
    case StoreStatus::Stored: return "stored";
    case StoreStatus::Exists: return "exists";
    case StoreStatus::NotFound: return "not_found";
    case StoreStatus::TooLarge: return "too_large";
    case StoreStatus::NoMemory: return "no_memory";
  }
  UNREACHABLE();
}

std::string_view name_of(slab::WriteMode mode) {
  switch (mode) {
    case slab::WriteMode::Set: return "set";
    case slab::WriteMode::Add: return "add";
    case slab::WriteMode::Replace: return "replace";
    case slab::WriteMode::Append: return "append";
    case slab::WriteMode::Prepend: return "prepend";
    case slab::WriteMode::Cas: return "cas";
  }
  UNREACHABLE();
}

std::string_view name_of(CloseReason reason) {
  switch (reason) {
    case CloseReason::Error: return "error";
    case CloseReason::Normal: return "normal";
    case CloseReason::IdleTimeout: return "idle_timeout";
    case CloseReason::Shutdown: return "shutdown";
  }
  UNREACHABLE();
}

struct EncodedKey {
  explicit EncodedKey(std::string_view key)
      : size(static_cast<size_t>(protocol::write_uri_encoded(bytes, key) - bytes)) {}
  std::string_view view() const { return {bytes, size}; }

  char bytes[3 * kLogTextSizeMax];
  const size_t size;
};

char* format_item(const WatchRecord& record, std::string_view text, char* to) {
  const EncodedKey key(text);
  switch (record.kind) {
    case WatchKind::ItemGet:
      return fmt::format_to(to, "type=item_get key={} status={} clsid={} cfd={} size={}\n",
                            key.view(), name_of(record.read), record.class_id, record.descriptor,
                            record.value_size);
    case WatchKind::ItemStore:
      return fmt::format_to(
          to, "type=item_store key={} status={} cmd={} ttl={} clsid={} cfd={} size={}\n",
          key.view(), name_of(record.stored), name_of(record.mode),
          static_cast<uint32_t>(record.ttl), record.class_id, record.descriptor, record.value_size);
    case WatchKind::Deletion:
      return fmt::format_to(to, "type=deleted key={} cmd={} clsid={} size={}\n", key.view(),
                            record.is_meta ? "md" : "delete", record.class_id, record.value_size);
    case WatchKind::Eviction:
      return fmt::format_to(to, "type=eviction key={} fetch={} ttl={} la={} clsid={} size={}\n",
                            key.view(), record.was_fetched ? "yes" : "no", record.ttl,
                            record.idle_seconds, record.class_id, record.value_size);
    default: UNREACHABLE();
  }
}

// Spaces are not encoded, so that the line can be read as a command.
char* format_raw_command(const WatchRecord& record, std::string_view line, char* to) {
  to = fmt::format_to(to, "<{} ", record.descriptor);
  for (const char each : line) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte < 0x20 || byte >= 0x7f || byte == '%') {
      to = fmt::format_to(to, "%{:02X}", byte);
    } else {
      *to++ = each;
    }
  }
  *to++ = '\n';
  return to;
}

char* format_connection(const WatchRecord& record, std::string_view text, char* to) {
  PeerAddress address;
  DEBUG_ASSERT(text.size() == sizeof address);
  std::memcpy(&address, text.data(), sizeof address);
  const bool is_new = record.kind == WatchKind::ConnectionNew;
  const bool is_local = address.family == PeerAddress::Family::None;
  to =
      fmt::format_to(to, "type={} rip={} rport={} transport={}", is_new ? "conn_new" : "conn_close",
                     host_text_of(address), address.port, is_local ? "local" : "tcp");
  if (!is_new) to = fmt::format_to(to, " reason={}", name_of(record.reason));
  return fmt::format_to(to, " cfd={}\n", record.descriptor);
}

}  // namespace

size_t format_watch_line(const WatchRecord& record, std::string_view text, char* to) noexcept {
  char* end = fmt::format_to(to, "ts={}.{} gid={} ", record.time_us / kMicroseconds,
                             record.time_us % kMicroseconds, record.gid);
  switch (record.kind) {
    case WatchKind::ItemGet:
    case WatchKind::ItemStore:
    case WatchKind::Deletion:
    case WatchKind::Eviction: end = format_item(record, text, end); break;
    case WatchKind::ConnectionNew:
    case WatchKind::ConnectionClose: end = format_connection(record, text, end); break;
    case WatchKind::TlsFailure:
      end = fmt::format_to(end, "type=conntlserr fd={} msg={}\n", record.descriptor, text);
      break;
    case WatchKind::PageMove:
      end = fmt::format_to(end, "type=slab_move src={} dst={} state={}\n", record.class_id,
                           record.to_class_id, record.is_done ? "ok" : "fail");
      break;
    case WatchKind::RawCommand: end = format_raw_command(record, text, end); break;
  }
  return static_cast<size_t>(end - to);
}

}  // namespace larder::server
