// A client that watches: its socket becomes the logger's to write to, and stays its worker's to
// close.

#include "server/worker/turn.h"

namespace larder::server {

// What was said before goes first; so whoever does not read that is asked again when it has.
void Turn::hand_over(Entry& entry) {
  send_outgoing();
  Part& part = parts_[entry.part];
  Connection& connection = *part.connection;
  if (connection.backlog != nullptr || connection.is_lost()) {
    keep_cut_request(part, entry.request);
    return stop(part, entry.input_end);
  }
  const auto& watch = std::get<protocol::Watch>(entry.request.command);
  const Watchers::Outcome outcome = executor_.watch_writer().watchers().add(
      connection.fd.get(), watch.events,
      [inbox = &inbox_, departed = &connection] { inbox->push_departed(departed); },
      connection.tls.get());
  begin_output(entry.part);
  switch (outcome) {
    case Watchers::Outcome::Added: break;
    case Watchers::Outcome::TooMany:
      return executor_.complain(protocol::Complaint::TooManyWatchers, entry.request.style, out_);
    case Watchers::Outcome::Failed:
      return executor_.complain(protocol::Complaint::WatchFailed, entry.request.style, out_);
  }
  connection.holder = Holder::Logger;
  connection.watch.change(Interest::Nothing);
  stop(part, part.input.size());  // nothing more is read of it
}

}  // namespace larder::server
