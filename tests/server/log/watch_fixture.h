// A turn with a watcher.
//
// Threads: the test's and the logger's.
#pragma once

#include <string>
#include <vector>

#include "tests/server/worker/turn_fixture.h"

namespace larder::server {

class WatchFixture : public TurnFixture {
 public:
  explicit WatchFixture(const std::string& streams, const std::string& command_line = "")
      : TurnFixture(command_line), watcher_(connect()) {
    send_some(watcher_, "watch " + streams + "\r\n");
    settle();
    ASSERT(line_of(watcher_) == "OK\r");
  }

  // The next line that a client receives, from any thread, without its end.
  std::string line_of(Client& client) {
    size_t end;
    while ((end = unread_.find('\n')) == std::string::npos) {
      pollfd waited{client.fd.get(), POLLIN, 0};
      if (::poll(&waited, 1, support::kPatienceMilliseconds) != 1) return "<nothing comes>";
      unread_ += receive_some(client);
      if (client.has_ended) return "<the end>";
    }
    const std::string line = unread_.substr(0, end);
    unread_.erase(0, end + 1);
    return line;
  }

  // The lines that the watcher has received since the last call, without time, number and
  // descriptor.
  std::vector<std::string> told() {
    std::vector<std::string> lines;
    for (uint64_t i = 0, count = written() - told_; i < count; ++i, ++told_) {
      lines.push_back(without_what_varies(line_of(watcher_)));
    }
    return lines;
  }
  // The lines caused by a request.
  std::vector<std::string> told_of(Client& client, const std::string& request) {
    ask(client, request);
    return told();
  }

  Client& watcher() { return watcher_; }

 private:
  // Reduces "ts=1.2 gid=3 type=item_get key=k cfd=4 size=0" to "item_get key=k size=0".
  static std::string without_what_varies(std::string line) {
    const size_t type = line.find("type=");
    if (!line.starts_with("ts=") || type == std::string::npos) return line;
    line.erase(0, type + 5);
    const size_t descriptor = line.find(" cfd=");
    if (descriptor != std::string::npos) {
      line.erase(descriptor, line.find(' ', descriptor + 1) - descriptor);
    }
    return line;
  }
  uint64_t written() { return watchers.totals().worker_written; }

  Client& watcher_;
  std::string unread_;
  uint64_t told_ = 0;
};

}  // namespace larder::server
