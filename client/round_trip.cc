#include "client/round_trip.h"

#include <string>
#include <utility>

#include "client/exchange.h"

namespace larder::client {
namespace {

using Results = std::vector<Result<MetaReply>>;

// The requests for one node, as indexes.
struct Part {
  Node* node = nullptr;
  std::vector<size_t> requests;
};

// A part that has been sent; the exchange with the same index belongs to it.
struct Sent {
  Part part;
  Node::Lease lease;
};

// Requests by node, in their order.  Requests without an available node get their error here.
std::vector<Part> divide(const Routing& routing, std::span<const MetaRequest> requests,
                         Results& results) {
  std::vector<Part> parts(routing.nodes().size());
  for (size_t i = 0; i < requests.size(); ++i) {
    const Outcome checked = check_request(requests[i]);
    if (!checked) {
      results[i] = checked.error();
      continue;
    }
    const Result<size_t> place = routing.node_of(requests[i].key);
    if (!place) {
      results[i] = place.error();
      continue;
    }
    parts[*place].node = routing.nodes()[*place].get();
    parts[*place].requests.push_back(i);
  }
  std::erase_if(parts, [](const Part& part) { return part.requests.empty(); });
  return parts;
}

std::string wire_of(const Part& part, std::span<const MetaRequest> requests, uint64_t opaque) {
  size_t value_size = 0;
  for (const size_t i : part.requests) value_size += requests[i].value.size();
  std::string wire;
  wire.reserve(value_size + part.requests.size() * 64);
  for (const size_t i : part.requests) append_request(wire, requests[i], opaque++);
  wire += kFence;
  return wire;
}

void finish(Exchange& exchange, Sent& sent, Results& results) {
  const bool is_whole = !exchange.error.has_value();
  if (is_whole) {
    sent.lease.keep();
  } else {
    sent.lease.discard();
  }
  const ErrorCode code = is_whole ? ErrorCode::BadReply : exchange.error->code;
  const Error reason =
      fail(code, sent.part.node->name() + ": " + (is_whole ? "" : exchange.error->text));
  Results replies = exchange.replies.take(reason);
  for (size_t i = 0; i < replies.size(); ++i) {
    results[sent.part.requests[i]] = std::move(replies[i]);
  }
}

}  // namespace

std::vector<Result<MetaReply>> RoundTrip::run(std::span<const MetaRequest> requests) {
  Results results(requests.size(), fail(ErrorCode::NodeDown, "not asked"));
  const std::shared_ptr<const Routing> routing = cluster_.routing();
  std::vector<Sent> sent;
  std::vector<Exchange> exchanges;
  for (Part& part : divide(*routing, requests, results)) {
    Result<Node::Lease> lease = part.node->lease(deadline_after(connect_timeout_));
    if (!lease) {
      for (const size_t i : part.requests) results[i] = lease.error();
      continue;
    }
    const size_t count = part.requests.size();
    const uint64_t opaque = next_opaque_.fetch_add(count, std::memory_order_relaxed);
    exchanges.push_back({nullptr, wire_of(part, requests, opaque), ReplyReader(opaque, count)});
    sent.push_back({std::move(part), std::move(*lease)});
  }

  // Leases are not moved after this point.
  for (size_t i = 0; i < sent.size(); ++i) exchanges[i].stream = &sent[i].lease.stream();
  client::run(exchanges, deadline_after(request_timeout_));
  for (size_t i = 0; i < exchanges.size(); ++i) finish(exchanges[i], sent[i], results);
  return results;
}

}  // namespace larder::client
