#include "server/worker/connection.h"

#include "base/assertions.h"

namespace larder::server {

bool Connection::is_consistent() const noexcept {
  if (!input.is_consistent()) return false;
  if (backlog != nullptr && backlog->unsent() == 0) return false;
  switch (holder) {
    case Holder::Worker:
      return !is_to_be_closed_now() && (cut_request == nullptr || input.is_at_request());
    case Holder::LoginService:
      return login != nullptr && cut_request == nullptr && input.is_at_request();
    case Holder::Logger:
      return login == nullptr && !is_owed() && !is_lost() && input.is_at_request() &&
             input.tail.size() == 0;
  }
  UNREACHABLE();
}

}  // namespace larder::server
