#include "server/inbox.h"

#include <utility>

namespace larder::server {

bool Inbox::has_room() const {
  const std::lock_guard lock(mutex_);
  return sockets_.size() < kSocketCountMax;
}

bool Inbox::push(AcceptedSocket&& socket) {
  {
    const std::lock_guard lock(mutex_);
    if (sockets_.size() >= kSocketCountMax) return false;
    sockets_.push_back(std::move(socket));
  }
  wakeup_.notify();
  return true;
}

void Inbox::drain(std::vector<AcceptedSocket>& sockets) {
  sockets.clear();
  const std::lock_guard lock(mutex_);
  sockets_.swap(sockets);
}

}  // namespace larder::server
