// Sockets and files for tests: socket pairs, loopback clients, a temporary directory.
// Threads: each object on one thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/assertions.h"
#include "base/unique_fd.h"

namespace larder::support {

inline constexpr int kPatienceMilliseconds = 20'000;  // before a test fails; never part of a check

struct SocketPair {
  base::UniqueFd ours, theirs;
};

inline SocketPair socket_pair(int type = SOCK_STREAM) {
  int ends[2];
  ASSERT(::socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  return {base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

inline void send_text(const base::UniqueFd& fd, std::string_view text) {
  ASSERT(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(text.size()));
}

// Reads until the other end closes.
inline std::string read_to_end(const base::UniqueFd& fd) {
  std::string text;
  for (;;) {
    pollfd waited{fd.get(), POLLIN, 0};
    if (::poll(&waited, 1, kPatienceMilliseconds) != 1) return text + "<nothing arrives>";
    char bytes[4096];
    const ssize_t got = ::read(fd.get(), bytes, sizeof(bytes));
    if (got <= 0) return text;
    text.append(bytes, static_cast<size_t>(got));
  }
}

// A connected socket, or an empty one if the connection is refused.
inline base::UniqueFd connect_tcp(uint16_t port, bool is_ipv6 = false) {
  base::UniqueFd fd(::socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_addr = in6addr_loopback;
  const int status = is_ipv6
                         ? ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&v6), sizeof(v6))
                         : ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&v4), sizeof(v4));
  if (status != 0) fd.reset();
  return fd;
}

inline base::UniqueFd connect_unix(const std::string& path) {
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    fd.reset();
  }
  return fd;
}

// An empty directory, removed with its contents.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "larder-XXXXXX").string();
    ASSERT(::mkdtemp(name.data()) != nullptr);
    path_ = std::move(name);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

}  // namespace larder::support
