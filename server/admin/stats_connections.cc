// `stats conns` and `stats cachedump`.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <string>
#include <vector>

#include "base/assertions.h"
#include "protocol/encode.h"
#include "protocol/uri_encoding.h"
#include "server/admin/stat_writer.h"
#include "server/admin/stats_reporter.h"
#include "server/options/options.h"

namespace larder::server {
namespace {

using protocol::Complaint;

constexpr size_t kDumpBytesMax = 2 << 20;  // of a cachedump including END, as in memcached
constexpr size_t kDumpLineMax = 512;       // a key of 250 bytes and two numbers
constexpr std::string_view kDumpEnd = "END\r\n";

std::string_view name_of(ConnectionState state) {
  switch (state) {
    case ConnectionState::ReadingCommand: return "conn_read";
    case ConnectionState::ReadingValue: return "conn_nread";
    case ConnectionState::Skipping: return "conn_swallow";
    case ConnectionState::Writing: return "conn_mwrite";
    case ConnectionState::Executing: return "conn_parse_cmd";
    case ConnectionState::Watching: return "conn_watch";
  }
  UNREACHABLE();
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);

  template <class Address>
  const Address* as() const {
    return reinterpret_cast<const Address*>(&storage);
  }
};

std::string text_of_host(int family, const void* host) {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(family, host, text, sizeof(text));
  return text;
}

std::string text_of_unix(const SocketAddress& address) {
  constexpr size_t kPathOffset = offsetof(sockaddr_un, sun_path);
  const size_t path_size = address.size - std::min<size_t>(address.size, kPathOffset);
  const char* path = address.as<sockaddr_un>()->sun_path;
  const std::string_view text(path, ::strnlen(path, path_size));
  // Clients of a Unix socket have no path.
  return text.empty() ? fmt::format("unix:<AF {}>", AF_UNIX) : fmt::format("unix:{}", text);
}

// In memcached's formats: tcp:127.0.0.1:11211, tcp6:[::1]:11211, udp:..., unix:/path, unix:<AF 1>.
std::string text_of(const SocketAddress& address, bool is_datagram = false) {
  const std::string_view transport = is_datagram ? "udp" : "tcp";
  switch (address.storage.ss_family) {
    case AF_INET: {
      const auto* inet = address.as<sockaddr_in>();
      return fmt::format("{}:{}:{}", transport, text_of_host(AF_INET, &inet->sin_addr),
                         ntohs(inet->sin_port));
    }
    case AF_INET6: {
      const auto* inet = address.as<sockaddr_in6>();
      return fmt::format("{}6:[{}]:{}", transport, text_of_host(AF_INET6, &inet->sin6_addr),
                         ntohs(inet->sin6_port));
    }
    case AF_UNIX: return text_of_unix(address);
    default: return fmt::format("?:<AF {}>", address.storage.ss_family);
  }
}

std::string local_address(int fd, bool is_datagram = false) {
  SocketAddress address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.size);
  return text_of(address, is_datagram);
}

// A client that has already disconnected has no address: family 0.
std::string peer_address(int fd) {
  SocketAddress address;
  ::getpeername(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.size);
  return text_of(address);
}

struct ConnectionRow {
  int fd;
  std::string address;
  std::string listen_address;  // empty for a listening socket
  std::string_view state;
  uint32_t idle_seconds;
  bool is_datagram = false;
};

}  // namespace

void StatsReporter::connections(base::Time now, const Style& style, Outbox& out) {
  std::vector<ConnectionRow> rows;
  for (const ListeningSocket& socket : context_.listening_sockets()) {
    rows.push_back({socket.fd, local_address(socket.fd, socket.is_datagram), "",
                    socket.is_datagram ? "conn_read" : "conn_listening",
                    now - base::Clock::kStartSeconds, socket.is_datagram});
  }
  for (const ConnectionList* list : context_.connections) {
    // While the list's mutex is held, no descriptor in it is closed and reused.
    list->for_each([&](const ConnectionInfo& info) {
      // Another worker's turn may have started later than this one.
      const base::Time last = std::min(info.last_request_at.load(std::memory_order_relaxed), now);
      rows.push_back({info.descriptor, peer_address(info.descriptor),
                      local_address(info.descriptor),
                      name_of(info.state.load(std::memory_order_relaxed)), now - last});
    });
  }
  std::sort(rows.begin(), rows.end(),
            [](const ConnectionRow& a, const ConnectionRow& b) { return a.fd < b.fd; });
  for (const ConnectionRow& row : rows) {
    StatWriter stat(out.bytes(), style, fmt::format("{}:", row.fd));
    if (row.is_datagram) stat.text("UDP", "UDP");
    stat.text("addr", row.address);
    if (!row.listen_address.empty()) stat.text("listen_addr", row.listen_address);
    stat.text("state", row.state);
    stat.number("secs_since_last_cmd", row.idle_seconds);
  }
}

// memcached shows its cold list, newest first; here the order is that of the sweeping hand.
void StatsReporter::cachedump(const protocol::Stats& stats, base::Time now, Outbox& out) {
  slab::Store& store = context_.store;
  if (!context_.options.has_dumps) {
    return protocol::encode_complaint(Complaint::CachedumpDenied, out.bytes());
  }
  if (stats.complaint != Complaint::None) {
    return protocol::encode_complaint(stats.complaint, out.bytes());
  }
  if (stats.class_id >= kClassIdsUpstream) {
    return protocol::encode_complaint(Complaint::IllegalSlabId, out.bytes());
  }
  std::string dump;
  dump.reserve(kDumpBytesMax + kDumpLineMax);  // nothing is allocated under a bucket's lock
  uint32_t shown = 0;
  bool goes_on = true;
  // Like memcached, leaves out items whose keys were sent in base64, and also all other keys that a
  // text client cannot send, because such a key could contain a line end.
  const auto show = [&](const slab::ItemView& view) {
    if (view.has(slab::trait::kKeyIsBinary) || !protocol::is_plain_key(view.key())) return true;
    const base::Time exptime = view.item->exptime.load(std::memory_order_relaxed);
    const size_t size_before = dump.size();
    fmt::format_to(std::back_inserter(dump), "ITEM {} [{} b; {} s]\r\n", view.key(),
                   view.value_size(), exptime == 0 ? 0 : context_.clock.unix_time(exptime));
    if (dump.size() + kDumpEnd.size() > kDumpBytesMax) {
      dump.resize(size_before);
      return goes_on = false;
    }
    return goes_on = ++shown != stats.item_limit;
  };
  for (const slab::ClassId id : store.shown_classes().classes_of(stats.class_id)) {
    if (goes_on) store.inspect().for_each_item(id, now, show);
  }
  out.bytes().append(dump);
  out.bytes().append(kDumpEnd);
}

}  // namespace larder::server
