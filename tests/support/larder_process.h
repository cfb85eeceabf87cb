// Runs the larder binary of this build as a process, for tests of its clients.
//
// Threads: one at a time.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/assertions.h"
#include "client/connector.h"
#include "tests/support/sockets.h"

namespace larder::support {

inline uint16_t free_port() {
  const base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  ASSERT(::bind(fd.get(), reinterpret_cast<sockaddr*>(&place), size) == 0);
  ASSERT(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&place), &size) == 0);
  return ntohs(place.sin_port);
}

class LarderProcess {
 public:
  // `tls` has the client's TLS options, if the server uses TLS.
  explicit LarderProcess(std::vector<std::string> options = {},
                         const std::optional<client::TlsOptions>& tls = {})
      : options_(std::move(options)) {
    auto connector = client::Connector::make({}, tls);
    ASSERT(connector.has_value());
    connector_ = std::move(*connector);
    address_.host = "127.0.0.1";
    for (int attempt = 0; attempt < 5; ++attempt) {
      // Another process may take the port between the probe and the start.
      address_.port = free_port();
      if (start()) return;
    }
    ASSERT(!"larder does not start");
  }
  LarderProcess(const LarderProcess&) = delete;
  LarderProcess& operator=(const LarderProcess&) = delete;
  ~LarderProcess() { kill(); }

  const client::Address& address() const { return address_; }

  // Ends the process with SIGKILL.
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  // Stops the process: the kernel still accepts connections, but there are no replies.
  void pause() {
    ::kill(pid_, SIGSTOP);
    ::waitpid(pid_, nullptr, WUNTRACED);  // its threads may run until then
  }
  void resume() { ::kill(pid_, SIGCONT); }
  // Starts a new process with an empty cache on the same port.
  void restart() {
    kill();
    ASSERT(start());
  }

 private:
  bool start() {
    std::vector<std::string> words = {LARDER_BINARY,
                                      "-l",
                                      "127.0.0.1",
                                      "-U",
                                      "0",
                                      "-t",
                                      "2",
                                      "--log-level",
                                      "off",
                                      "-p",
                                      std::to_string(address_.port)};
    if (::getuid() == 0) words.insert(words.end(), {"-u", "root"});
    words.insert(words.end(), options_.begin(), options_.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    ASSERT(pid_ >= 0);
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // ends with the test
      ::execv(LARDER_BINARY, arguments.data());
      ::_exit(127);
    }
    const auto deadline = client::deadline_after(std::chrono::milliseconds(kPatienceMilliseconds));
    while (std::chrono::steady_clock::now() < deadline) {
      if (::waitpid(pid_, nullptr, WNOHANG) != 0) {
        pid_ = -1;
        return false;
      }
      if (answers()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    kill();
    return false;
  }

  // Checks the process id, because another process may have the port.  A server that requires a
  // login does not show stats.
  bool answers() const {
    const client::Deadline soon = client::deadline_after(std::chrono::seconds(1));
    auto connection = connector_.connect(address_, {}, soon);
    if (!connection || !connection->send_all("stats\r\n", soon)) return false;
    const auto line = connection->read_line(2048, soon);
    return line &&
           (*line == "STAT pid " + std::to_string(pid_) || *line == "CLIENT_ERROR unauthenticated");
  }

  const std::vector<std::string> options_;
  client::Connector connector_;
  client::Address address_;
  pid_t pid_ = -1;
};

}  // namespace larder::support
