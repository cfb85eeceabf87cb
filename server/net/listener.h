// Listening sockets: binds the addresses in the options.
//
// Threads: sockets are bound before other threads exist (the umask for a Unix socket is that of the
// process); afterwards each belongs to one worker.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "server/net/datagram_sockets.h"
#include "server/net/inbox.h"
#include "server/options/listen_options.h"

namespace larder::server {

// A listening socket.  The file of a Unix socket is removed with it, unless another process has
// replaced the file meanwhile.
class Listener {
 public:
  // Listens on all addresses of `address.host`; IPv4 and IPv6 have separate sockets.  An address
  // that the system does not have, or that is in use, is skipped if at least one other address
  // succeeds.  `is_shared`: twin() will be called.
  static base::Result<std::vector<Listener>> bind_tcp(const ListenAddress& address, int backlog,
                                                      bool is_shared = false);

  // Replaces a socket file that an earlier process left at `path` if no process listens there any
  // longer, that is, if connect() is refused.  `mode` is the permission bits of the file.
  static base::Result<Listener> bind_unix(const std::string& path, int mode, int backlog,
                                          WireProtocol protocol);

  // Another socket at the same address with its own backlog; the kernel assigns each client to one
  // of them (SO_REUSEPORT).  Other processes cannot join, because the first socket is bound without
  // it.
  // Precondition: a shared TCP listener.
  base::Result<Listener> twin(int backlog) const;

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  int fd() const noexcept { return fd_.get(); }
  Transport transport() const noexcept { return transport_; }
  WireProtocol protocol() const noexcept { return protocol_; }
  TlsMode tls() const noexcept { return tls_; }
  bool is_ipv6() const noexcept { return is_ipv6_; }
  uint16_t port() const noexcept { return port_; }  // the bound port; 0 for a Unix socket

 private:
  Listener(base::UniqueFd fd, Transport transport, WireProtocol protocol)
      : fd_(std::move(fd)), transport_(transport), protocol_(protocol) {}

  base::UniqueFd fd_;
  Transport transport_;
  WireProtocol protocol_;
  TlsMode tls_ = TlsMode::Off;
  bool is_ipv6_ = false;
  uint16_t port_ = 0;
  std::string unix_path_;  // empty: no file to remove
  dev_t unix_device_ = 0;  // identifies the file that this object created
  ino_t unix_inode_ = 0;
};

// Binds the TCP addresses for each of `worker_count` workers: the first gets the listeners, the
// others twins of them.  The lists may be empty (-p 0).  An error says what could not be bound and
// why.
base::Result<std::vector<std::vector<Listener>>> bind_listeners(const ListenOptions& options,
                                                                int worker_count);

// Binds the Unix socket, if the options have one.  Call it after all other steps of the start have
// succeeded, because it may replace a file.
base::Result<std::optional<Listener>> bind_unix_listener(const ListenOptions& options);

// Writes "TCP INET: <port>" or "TCP INET6: <port>" for each TCP listener, and similar lines for
// UDP, to `path`.  The file appears atomically: it is written as `path`.lck and renamed.
base::Outcome write_port_file(const std::string& path, std::span<const Listener> listeners,
                              std::span<const DatagramAddress> datagram_addresses);

}  // namespace larder::server
