// Long replies in pieces: a multiget whose client has to read first, and dumps.
//
// Threads: one owner, the worker.
#pragma once

#include <memory>

#include "protocol/request.h"
#include "server/worker/turn_part.h"

namespace larder::server {

class TurnCut {
 public:
  // The connection's cut request, which is there, is executed now.  Good until end().
  const CutRequest& resume(Connection& connection) noexcept {
    resumed_ = std::move(connection.cut_request);
    return *resumed_;
  }
  // Unless it was kept again, it is over.
  void end() noexcept { resumed_.reset(); }

  // The rest of the request is for another turn, after those of others.  The keys move with it: the
  // line they stand on is about to be overwritten.
  void keep(const TurnPart& part, const protocol::Request& request, base::Time now);

 private:
  std::unique_ptr<CutRequest> resumed_;
};

}  // namespace larder::server
