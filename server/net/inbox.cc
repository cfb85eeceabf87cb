#include "server/net/inbox.h"

#include <utility>

namespace larder::server {

bool Inbox::push(AcceptedSocket&& socket) {
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_ || contents_.sockets.size() >= kSocketCountMax) return false;
    contents_.sockets.push_back(std::move(socket));
  }
  wakeup_.notify();
  return true;
}

void Inbox::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
}

void Inbox::push_answer(LoginAnswer answer) {
  {
    const std::lock_guard lock(mutex_);
    contents_.answers.push_back(std::move(answer));
  }
  wakeup_.notify();
}

void Inbox::push_departed(void* connection) {
  {
    const std::lock_guard lock(mutex_);
    contents_.departed.push_back(connection);
  }
  wakeup_.notify();
}

void Inbox::drain(InboxContents& contents) {
  contents.clear();
  const std::lock_guard lock(mutex_);
  std::swap(contents_, contents);
}

}  // namespace larder::server
