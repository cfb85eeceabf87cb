#include "server/net/inbox.h"

#include <utility>

namespace larder::server {

bool Inbox::push(AcceptedSocket&& socket) {
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_ || sockets_.size() >= kSocketCountMax) return false;
    sockets_.push_back(std::move(socket));
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
    answers_.push_back(std::move(answer));
  }
  wakeup_.notify();
}

void Inbox::push_departed(void* connection) {
  {
    const std::lock_guard lock(mutex_);
    departed_.push_back(connection);
  }
  wakeup_.notify();
}

void Inbox::drain(std::vector<AcceptedSocket>& sockets, std::vector<LoginAnswer>& answers,
                  std::vector<void*>& departed) {
  sockets.clear();
  answers.clear();
  departed.clear();
  const std::lock_guard lock(mutex_);
  sockets_.swap(sockets);
  answers_.swap(answers);
  departed_.swap(departed);
}

}  // namespace larder::server
