#include "server/net/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "server/net/socket_address.h"

namespace larder::server {

namespace {

constexpr int kSocketFlags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

// Accepted sockets inherit keep-alive and no-delay from the listening socket.
bool set_tcp_options(int fd, bool is_ipv6) {
  return (!is_ipv6 || switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY)) &&
         switch_on(fd, SOL_SOCKET, SO_REUSEADDR) && switch_on(fd, SOL_SOCKET, SO_KEEPALIVE) &&
         switch_on(fd, IPPROTO_TCP, TCP_NODELAY);
}

// Whether there is a socket at `path` on which no process listens.  In doubt, for example if
// connect() is not permitted or the socket has another type, it counts as in use.
bool is_dead_socket(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const base::UniqueFd probe(::socket(AF_UNIX, kSocketFlags, 0));
  return probe &&
         ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
             0 &&
         errno == ECONNREFUSED;
}

}  // namespace

base::Result<std::vector<Listener>> Listener::bind_tcp(const ListenAddress& address, int backlog,
                                                       bool is_shared) {
  base::Result<AddressList> resolved = resolve(address, SOCK_STREAM);
  if (!resolved) return resolved.error();
  std::vector<Listener> listeners;
  int passed_over = 0;
  for (const addrinfo* each = resolved->get(); each != nullptr; each = each->ai_next) {
    const bool is_ipv6 = each->ai_family == AF_INET6;
    base::UniqueFd fd(::socket(each->ai_family, kSocketFlags, each->ai_protocol));
    // SO_REUSEPORT is set only after bind(), so that bind() fails if another process has the
    // address.
    if (!fd || !set_tcp_options(fd.get(), is_ipv6) ||
        ::bind(fd.get(), each->ai_addr, each->ai_addrlen) != 0 ||
        (is_shared && !switch_on(fd.get(), SOL_SOCKET, SO_REUSEPORT)) ||
        ::listen(fd.get(), backlog) != 0) {
      passed_over = errno;
      if (may_pass_over(passed_over)) continue;
      return base::fail(std::strerror(passed_over));
    }
    Listener listener(std::move(fd), Transport::Tcp, address.protocol);
    listener.tls_ = address.tls;
    listener.is_ipv6_ = is_ipv6;
    listener.port_ = bound_port(listener.fd());
    listeners.push_back(std::move(listener));
  }
  if (listeners.empty()) return base::fail(std::strerror(passed_over));
  return listeners;
}

base::Result<Listener> Listener::twin(int backlog) const {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return base::fail(std::strerror(errno));
  }
  base::UniqueFd fd(::socket(address.ss_family, kSocketFlags, 0));
  if (!fd || !set_tcp_options(fd.get(), is_ipv6_) ||
      !switch_on(fd.get(), SOL_SOCKET, SO_REUSEPORT) ||
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(fd.get(), backlog) != 0) {
    return base::fail(std::strerror(errno));
  }
  Listener listener(std::move(fd), Transport::Tcp, protocol_);
  listener.tls_ = tls_;
  listener.is_ipv6_ = is_ipv6_;
  listener.port_ = port_;
  return listener;
}

base::Result<Listener> Listener::bind_unix(const std::string& path, int mode, int backlog,
                                           WireProtocol protocol) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return base::fail(std::strerror(ENAMETOOLONG));
  std::memcpy(address.sun_path, path.data(), path.size());

  base::UniqueFd fd(::socket(AF_UNIX, kSocketFlags, 0));
  if (!fd) return base::fail(std::strerror(errno));
  if (is_dead_socket(path, address)) ::unlink(path.c_str());

  // umask() instead of a later chmod(), so that the file never has more permissions than requested.
  const mode_t umask_before = ::umask(~static_cast<mode_t>(mode) & 0777);
  const int bound = ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
  const int bind_error = errno;
  ::umask(umask_before);
  if (bound != 0) return base::fail(std::strerror(bind_error));

  Listener listener(std::move(fd), Transport::Unix, protocol);
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    listener.unix_path_ = path;
    listener.unix_device_ = status.st_dev;
    listener.unix_inode_ = status.st_ino;
  }
  if (::listen(listener.fd(), backlog) != 0) return base::fail(std::strerror(errno));
  return listener;
}

Listener::Listener(Listener&& other) noexcept
    : fd_(std::move(other.fd_)),
      transport_(other.transport_),
      protocol_(other.protocol_),
      tls_(other.tls_),
      is_ipv6_(other.is_ipv6_),
      port_(other.port_),
      unix_path_(std::exchange(other.unix_path_, std::string())),
      unix_device_(other.unix_device_),
      unix_inode_(other.unix_inode_) {}

Listener::~Listener() {
  if (unix_path_.empty()) return;
  struct stat status {};
  if (::lstat(unix_path_.c_str(), &status) == 0 && status.st_dev == unix_device_ &&
      status.st_ino == unix_inode_) {
    ::unlink(unix_path_.c_str());
  }
}

base::Result<std::vector<std::vector<Listener>>> bind_listeners(const ListenOptions& options,
                                                                int workers) {
  const auto worker_count = static_cast<size_t>(workers);
  std::vector<std::vector<Listener>> lists(worker_count);
  std::vector<Listener>& first = lists.front();
  for (const ListenAddress& address : options.listen_addresses) {
    const auto refusal = [&](const base::Error& error) {
      const std::string what = options.interfaces.empty()
                                   ? "TCP port " + std::to_string(address.port)
                                   : "one of interface(s) " + options.interfaces;
      return base::fail("failed to listen on " + what + ": " + error.text);
    };
    auto bound = Listener::bind_tcp(address, options.listen_backlog, worker_count > 1);
    if (!bound) return refusal(bound.error());
    for (size_t worker = 1; worker < worker_count; ++worker) {
      for (const Listener& listener : *bound) {
        auto twin = listener.twin(options.listen_backlog);
        if (!twin) return refusal(twin.error());
        lists[worker].push_back(std::move(*twin));
      }
    }
    for (Listener& listener : *bound) first.push_back(std::move(listener));
  }
  return lists;
}

base::Result<std::optional<Listener>> bind_unix_listener(const ListenOptions& options) {
  if (options.unix_socket_path.empty()) return std::optional<Listener>();
  auto listener = Listener::bind_unix(options.unix_socket_path, options.unix_socket_mode,
                                      options.listen_backlog, options.protocol);
  if (!listener) {
    return base::fail("failed to listen on UNIX socket: " + options.unix_socket_path + ": " +
                      listener.error().text);
  }
  return std::optional<Listener>(std::move(*listener));
}

base::Outcome write_port_file(const std::string& path, std::span<const Listener> listeners,
                              std::span<const DatagramAddress> datagram_addresses) {
  const std::string unfinished = path + ".lck";
  std::string text;
  const auto add = [&](const char* transport, bool is_ipv6, uint16_t port) {
    text += transport;
    text += is_ipv6 ? " INET6: " : " INET: ";
    text += std::to_string(port) + "\n";
  };
  for (const Listener& listener : listeners) {
    if (listener.transport() == Transport::Tcp) add("TCP", listener.is_ipv6(), listener.port());
  }
  for (const DatagramAddress& address : datagram_addresses) {
    add("UDP", address.is_ipv6, address.port);
  }
  std::FILE* file = std::fopen(unfinished.c_str(), "we");
  if (file == nullptr) return base::fail_errno("Failed to open \"" + unfinished + "\"");
  const bool is_written = std::fputs(text.c_str(), file) >= 0;
  if (std::fclose(file) != 0 || !is_written) {
    return base::fail_errno("Failed to write \"" + unfinished + "\"");
  }
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) {
    return base::fail_errno("Failed to rename \"" + unfinished + "\" to \"" + path + "\"");
  }
  return base::Done{};
}

}  // namespace larder::server
