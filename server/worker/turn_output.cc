#include "server/worker/turn_output.h"

namespace larder::server {
namespace {

Sent send_to(Connection& connection, const Outbox& outbox, const OutboxMark& begin,
             const OutboxMark& end, size_t skip) {
  if (connection.tls != nullptr) [[unlikely]] {
    return send_between(*connection.tls, outbox, begin, end, skip);
  }
  return send_between(connection.fd.get(), outbox, begin, end, skip);
}

}  // namespace

TurnOutput::TurnOutput(WorkerCounters& counters, TurnLatency& latency)
    : counters_(counters), latency_(latency), replies_(2 * kFlushSize) {}

void TurnOutput::send(std::span<TurnPart> parts) {
  for (size_t i = 0; i < runs_.size(); ++i) {
    const Run& run = runs_[i];
    TurnPart& part = parts[run.part];
    Connection& connection = *part.connection;
    const OutboxMark end = i + 1 < runs_.size() ? runs_[i + 1].begin : replies_.mark();
    if (end == run.begin || connection.is_lost()) continue;
    const Sent sent = send_to(connection, replies_, run.begin, end, 0);
    counters_.bytes_written.add(sent.size);
    part.sent += sent.size;
    latency_.note(part);
    if (sent.outcome == SendOutcome::Failed) connection.lose();
    if (sent.outcome == SendOutcome::Blocked) keep_backlog(connection, run.begin, end, sent.size);
  }
  runs_.clear();
  replies_.clear();
}

void TurnOutput::keep_backlog(Connection& connection, const OutboxMark& begin,
                              const OutboxMark& end, size_t sent) {
  connection.backlog = std::make_unique<Backlog>();
  connection.backlog->replies.take_over(replies_, begin, end, sent);
  counters_.backlog_bytes.add(connection.backlog->unsent());
}

SendOutcome TurnOutput::send_backlog(Connection& connection, base::Time now) {
  Backlog& backlog = *connection.backlog;
  const Outbox& replies = backlog.replies;
  const Sent sent = send_to(connection, replies, OutboxMark{}, replies.mark(), backlog.sent);
  backlog.sent += sent.size;
  counters_.bytes_written.add(sent.size);
  counters_.backlog_bytes.subtract(sent.size);
  if (sent.size > 0 && connection.cut_request != nullptr) connection.cut_request->moved_at = now;
  return sent.outcome;
}

}  // namespace larder::server
