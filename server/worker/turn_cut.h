// Long replies that are sent in pieces: multigets, if the client has to read first, and dumps.
//
// Threads: one owner, the worker.
#pragma once

#include <memory>

#include "protocol/request.h"
#include "server/worker/turn_part.h"

namespace larder::server {

class TurnCut {
 public:
  // Returns the connection's cut request for execution; valid until end().  Precondition: it has
  // one.
  const CutRequest& resume(Connection& connection) noexcept {
    resumed_ = std::move(connection.cut_request);
    return *resumed_;
  }
  // Ends the execution; the request is complete unless it was kept again.
  void end() noexcept { resumed_.reset(); }

  // Keeps the rest of the request for a later turn, after those of other clients.  Copies the keys,
  // because the line that contains them is about to be overwritten.
  void keep(const TurnPart& part, const protocol::Request& request, base::Time now);

 private:
  std::unique_ptr<CutRequest> resumed_;
};

}  // namespace larder::server
