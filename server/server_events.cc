#include "server/server_events.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "base/version.h"
#include "server/net/peer_address.h"
#include "server/options/options.h"

namespace larder::server {
namespace {

// The addresses of all listeners except Unix sockets, separated by commas.
std::string addresses_of(std::span<const Listener> listeners) {
  std::string addresses;
  for (const Listener& listener : listeners) {
    if (listener.transport() == Transport::Unix) continue;
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    if (::getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) continue;
    if (!addresses.empty()) addresses += ',';
    addresses += text_of(peer_address_of(bound));
  }
  return addresses;
}

std::string_view authentication_of(const Options& options) {
  return options.uses_sasl ? "sasl" : options.auth_file.empty() ? "none" : "file";
}

}  // namespace

void tell_start(Log& log, const Options& options) {
  log.tell(LogEvent::Start, "Starting.", [&](LogLine& line) {
    line.text("version", base::kLarderVersion);
    line.number("pid", static_cast<uint64_t>(::getpid()));
    line.number("memory_bytes_max", options.memory_bytes_max);
    line.number("item_bytes_max", options.item_bytes_max);
    line.number("connections_max", static_cast<uint64_t>(options.connection_count_max));
    line.number("threads", static_cast<uint64_t>(options.worker_count));
    line.text("protocol", wire_protocol_name(options.protocol));
    line.text("authentication", authentication_of(options));
    line.flag("tls", options.uses_tls);
    line.flag("evictions", options.evicts);
    line.flag("cas", options.uses_cas);
    line.flag("flush_all", options.has_flush_all);
    line.flag("dumps", options.has_dumps);
    line.flag("watch", options.has_watch);
    line.flag("shutdown", options.has_shutdown_command);
    line.number("idle_timeout_seconds", static_cast<uint64_t>(options.idle_timeout_seconds));
    line.number("slow_ms", static_cast<uint64_t>(options.slow_milliseconds));
    line.text("log_level", name_of(options.log_level));
  });
}

void tell_ready(Log& log, const Options& options, std::span<const Listener> listeners,
                std::span<const Listener> http_listeners) {
  log.tell(LogEvent::Ready, "Ready to accept connections.", [&](LogLine& line) {
    if (const std::string tcp = addresses_of(listeners); !tcp.empty()) line.text("tcp", tcp);
    if (!options.unix_socket_path.empty()) line.text("unix", options.unix_socket_path);
    if (const std::string http = addresses_of(http_listeners); !http.empty()) {
      line.text("http", http);
    }
    if (!options.udp_addresses.empty()) {
      line.number("udp_port", static_cast<uint64_t>(options.udp_port < 0 ? 0 : options.udp_port));
    }
  });
}

}  // namespace larder::server
