// Sockets that listen: binding what the options ask for.
//
// Threads: bound before other threads exist (the umask of a Unix socket is the process's), then
// each is one worker's.
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

// One listening socket.  A Unix socket's file is removed with it, unless another process has put
// its own in that place meanwhile.
class Listener {
 public:
  // Every address `address.host` has, IPv4 and IPv6 each as a socket of its own.  One that the
  // system lacks or that is taken is passed over as long as another one works.
  // `is_shared`: twin() is to be called.
  static base::Result<std::vector<Listener>> bind_tcp(const ListenAddress& address, int backlog,
                                                      bool is_shared = false);

  // A socket that an earlier process has left at `path` is replaced, if nobody listens there any
  // more: a connect() has to be refused.  `mode`: permission bits of the file.
  static base::Result<Listener> bind_unix(const std::string& path, int mode, int backlog,
                                          WireProtocol protocol);

  // Another socket at the same address, with a backlog of its own; the system sends each client to
  // one of them (SO_REUSEPORT).  Other processes are kept out: the first socket is bound alone.
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
  uint16_t port() const noexcept { return port_; }  // as bound; 0 for a Unix socket

 private:
  Listener(base::UniqueFd fd, Transport transport, WireProtocol protocol)
      : fd_(std::move(fd)), transport_(transport), protocol_(protocol) {}

  base::UniqueFd fd_;
  Transport transport_;
  WireProtocol protocol_;
  TlsMode tls_ = TlsMode::Off;
  bool is_ipv6_ = false;
  uint16_t port_ = 0;
  std::string unix_path_;  // empty: no file of ours
  dev_t unix_device_ = 0;  // which file we made there
  ino_t unix_inode_ = 0;
};

// Binds what is on TCP, for each of `worker_count` workers: the others have twins of the first
// one's listeners.  Each list may be empty (-p 0).  An error names what could not be bound and why.
base::Result<std::vector<std::vector<Listener>>> bind_listeners(const ListenOptions& options,
                                                                int worker_count);

// Binds the Unix socket, if there is one in the options.  Once everything else of a start has
// succeeded: it may replace a file.
base::Result<std::optional<Listener>> bind_unix_listener(const ListenOptions& options);

// Writes "TCP INET: <port>" or "TCP INET6: <port>" for each TCP listener, and UDP likewise, to
// `path`, which appears whole: by way of `path`.lck and a rename.
base::Outcome write_port_file(const std::string& path, std::span<const Listener> listeners,
                              std::span<const DatagramAddress> datagram_addresses);

}  // namespace larder::server
