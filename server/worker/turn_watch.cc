#include "server/worker/turn_watch.h"

#include <variant>

#include "server/command/answers.h"

namespace larder::server {

void TurnWatch::start(TurnPart& part, const protocol::Request& request, Outbox& replies) {
  Connection& connection = *part.connection;
  const auto& watch = std::get<protocol::Watch>(request.command);
  const Watchers::Outcome outcome = executor_.watch_writer().watchers().add(
      connection.fd.get(), watch.events,
      [inbox = &inbox_, departed = &connection] { inbox->push_departed(departed); },
      connection.tls.get());
  switch (outcome) {
    case Watchers::Outcome::Added: break;
    case Watchers::Outcome::TooMany:
      return answer(protocol::Complaint::TooManyWatchers, request.style, replies);
    case Watchers::Outcome::Failed:
      return answer(protocol::Complaint::WatchFailed, request.style, replies);
  }
  connection.holder = Holder::Logger;
  connection.watch.change(Interest::Nothing);
  part.stop_for_good();  // the worker reads nothing more from it
}

// Text and meta commands only, because binary frames are not lines.  Lines of clients that are not
// logged in are left out, because they may contain a password.
void TurnWatch::tell_raw_command(const TurnPart& part, std::string_view head) {
  const Connection& connection = *part.connection;
  if (connection.input.is_binary() || connection.access == protocol::Access::Stranger) return;
  executor_.set_client(connection);
  executor_.watch_writer().raw_command(head);
}

void TurnWatch::tell_raw_entry(const TurnPart& part, const TurnEntry& entry) {
  if (entry.head_size == 0) return;
  const size_t begin = entry.input_end - entry.value.size() - entry.head_size;
  tell_raw_command(part, part.input.substr(begin, entry.head_size));
}

}  // namespace larder::server
