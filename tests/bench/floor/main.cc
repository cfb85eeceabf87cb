// A responder that does what any server must, and nothing else: it waits, reads, counts how many
// requests of a known size have come, and sends as many replies of a known size.  It looks at no
// byte.  What a server costs beyond it is parsing, looking up and encoding.
//
// Only for larder-load --unchecked with the same shape.
//
// Threads: one.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "tests/bench/load/batch.h"
#include "tests/bench/load/checker.h"
#include "tests/bench/load/key_chooser.h"
#include "tests/bench/load/key_space.h"
#include "tests/bench/load/options.h"

namespace larder::bench {
namespace {

constexpr size_t kReadSize = 16 << 10;   // as Larder reads
constexpr size_t kSendSize = 128 << 10;  // at most, at once
constexpr int kEventsMax = 64;

struct Shape {
  size_t request_size = 0;
  size_t reply_size = 0;
};

Shape shape_of(const Options& options, const KeySpace& keys) {
  KeyChooser chooser(0);
  Batch batch;
  append_request(options.workload, options.keys_per_request, keys, chooser, batch);
  const Checker checker(keys, true);
  Shape shape{.request_size = batch.request.size()};
  for (const Expectation& part : batch.parts) shape.reply_size += checker.size_of(part.part);
  return shape;
}

class Responder {
 public:
  explicit Responder(const Shape& shape)
      : shape_(shape),
        replies_(std::max(kSendSize / shape.reply_size, size_t{1}) * shape.reply_size, 'x'),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  bool listen(uint16_t port) {
    listener_ = base::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
               0 &&
           ::listen(listener_.get(), 1024) == 0 && watch(listener_.get());
  }

  void run() {
    std::array<epoll_event, kEventsMax> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), kEventsMax, -1);
      if (count < 0 && errno != EINTR) return;
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<size_t>(i)].data.fd;
        fd == listener_.get() ? accept() : serve(fd);
      }
    }
  }

 private:
  bool watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
  }

  void accept() {
    for (;;) {
      const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0) return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      if (pending_.size() <= static_cast<size_t>(fd)) pending_.resize(static_cast<size_t>(fd) + 1);
      pending_[static_cast<size_t>(fd)] = 0;
      watch(fd);
    }
  }

  void serve(int fd) {
    const ssize_t got = ::read(fd, input_.data(), input_.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      ::close(fd);
      return;
    }
    size_t& pending = pending_[static_cast<size_t>(fd)];  // bytes of requests not yet answered
    pending += static_cast<size_t>(got);
    size_t owed = pending / shape_.request_size * shape_.reply_size;
    pending %= shape_.request_size;
    while (owed > 0) {
      const ssize_t sent =
          ::send(fd, replies_.data(), std::min(owed, replies_.size()), MSG_NOSIGNAL);
      if (sent > 0) owed -= static_cast<size_t>(sent);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return;  // its end is read next
    }
  }

  const Shape shape_;
  const std::string replies_;
  const base::UniqueFd epoll_;
  base::UniqueFd listener_;
  std::array<char, kReadSize> input_;
  std::vector<size_t> pending_;  // by descriptor
};

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  using namespace larder::bench;
  const auto options = parse_options(argc, argv);
  const bool is_uneven =
      options && (options->workload == Workload::Mix90 || options->workload == Workload::SetGet);
  if (!options || options->help || is_uneven) {
    std::fputs(
        "usage: larder-floor --server 127.0.0.1:PORT, and of larder-load's options\n"
        "  --workload (not mix90 or setget), --key-size and --value-size\n",
        stderr);
    return 2;
  }
  const KeySpace keys(options->keys, options->key_size, options->value_size);
  Responder responder(shape_of(*options, keys));
  if (!responder.listen(options->server.port)) {
    std::fprintf(stderr, "larder-floor: %s\n", std::strerror(errno));
    return 1;
  }
  responder.run();
  return 1;
}
