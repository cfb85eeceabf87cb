#include "larderctl/transfer/server_sink.h"

namespace larder::ctl {

base::Result<std::unique_ptr<ServerSink>> ServerSink::connect(Servers servers, const Access& access,
                                                              bool overwrites) {
  auto sink = std::unique_ptr<ServerSink>(new ServerSink(std::move(servers)));
  for (const client::Address& address : sink->servers_.addresses) {
    auto opened = open_channels(address, access, kConnections);
    if (!opened) return opened.error();
    Node node;
    for (auto& channel : opened->channels) {
      node.storers.emplace_back(std::move(channel), opened->facts, overwrites);
    }
    sink->nodes_.push_back(std::move(node));
    sink->keeps_cas_ids_ = sink->keeps_cas_ids_ && opened->facts.takes_cas_id;
  }
  return sink;
}

base::Result<bool> ServerSink::put(const Item& item, Context& context) {
  Node& node = nodes_[servers_.owner_of(item.key)];
  if (const char* refusal = node.storers.front().refusal_of(item); refusal != nullptr) {
    context.tally.failed.add(refusal, item.key);
    return true;
  }
  for (size_t tried = 0; tried < node.storers.size(); ++tried) {
    Storer& storer = node.storers[node.current];
    if (storer.has_room()) {
      storer.store(item);
      return true;
    }
    // The full one is sent at once, so that its server has something to do.
    if (auto done = storer.flush(); !done) return done.error();
    node.current = (node.current + 1) % node.storers.size();
  }
  return false;
}

base::Outcome ServerSink::flush(Context&) {
  for (Node& node : nodes_) {
    for (Storer& storer : node.storers) {
      if (auto done = storer.flush(); !done) return done;
    }
    // By turns, so that no server takes one of them for idle.
    node.current = (node.current + 1) % node.storers.size();
  }
  return base::Done{};
}

void ServerSink::watch(Context& context) {
  for (Node& node : nodes_) {
    for (Storer& storer : node.storers) storer.watch(context);
  }
}

base::Outcome ServerSink::advance(Context& context) {
  for (Node& node : nodes_) {
    for (Storer& storer : node.storers) {
      if (auto done = storer.advance(context); !done) return done;
    }
  }
  return base::Done{};
}

bool ServerSink::is_idle() const {
  for (const Node& node : nodes_) {
    for (const Storer& storer : node.storers) {
      if (!storer.is_idle()) return false;
    }
  }
  return true;
}

}  // namespace larder::ctl
