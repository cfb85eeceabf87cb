#include "server/worker/connection_set.h"

#include "base/assertions.h"

namespace larder::server {

void ConnectionSet::open(AcceptedSocket socket, base::Time now) {
  const TlsMode tls = socket.tls;
  auto* connection = new Connection(std::move(socket), this);
  connection->access = context_.authentication.access_at_first();
  connection->last_request_at.store(now, std::memory_order_relaxed);
  list_.add(*connection);
  if (context_.watch_writer.wants(protocol::watch::kConnections)) {
    context_.watch_writer.connected(connection->descriptor, connection->peer);
  }
  if (tls != TlsMode::Off) {
    connection->tls = context_.tls->start_session(connection->fd.get(), tls, context_.counters);
    if (connection->tls == nullptr) {
      context_.counters.tls_handshake_errors.add();
      return close(*connection);
    }
  }
  connection->watch.start(context_.loop, connection->fd.get(), Interest::Readable, on_ready,
                          connection);
}

void ConnectionSet::on_ready(void* context) noexcept {
  auto* connection = static_cast<Connection*>(context);
  static_cast<ConnectionSet*>(connection->owner)->enqueue(*connection);
}

std::span<Connection* const> ConnectionSet::take_ready() noexcept {
  taken_.clear();
  taken_.swap(ready_);
  for (Connection* connection : taken_) connection->is_queued = false;
  return taken_;
}

void ConnectionSet::forget_ready() noexcept {
  for (Connection* connection : ready_) connection->is_queued = false;
  ready_.clear();
}

void ConnectionSet::close(Connection& connection) {
  DEBUG_ASSERT(!connection.is_queued);
  list_.remove(connection);
  if (context_.watch_writer.wants(protocol::watch::kConnections)) {
    if (connection.tls != nullptr && connection.tls->has_failed()) {
      context_.watch_writer.tls_failed(connection.descriptor, connection.tls->failure());
    }
    context_.watch_writer.closed(connection.descriptor, connection.peer, connection.close_reason);
  }
  if (connection.backlog != nullptr) {
    context_.counters.backlog_bytes.subtract(connection.backlog->unsent());
  }
  if (connection.input.tail.capacity() != 0) {
    context_.counters.tail_bytes.subtract(connection.input.tail.capacity());
    context_.counters.tail_count.subtract();
  }
  delete &connection;
  count_.fetch_sub(1, std::memory_order_relaxed);
  context_.gate.depart();
}

void ConnectionSet::close_all() {
  forget_ready();
  while (ConnectionInfo* info = list_.first()) close(static_cast<Connection&>(*info));
}

}  // namespace larder::server
