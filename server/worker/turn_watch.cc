#include "server/worker/turn_watch.h"
#include "server/command/answers.h"

#include <variant>

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

}  // namespace larder::server
