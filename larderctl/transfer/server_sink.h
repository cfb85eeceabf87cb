// Stores items on servers: each on the one that has its key.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "larderctl/transfer/endpoint.h"
#include "larderctl/transfer/servers.h"
#include "larderctl/transfer/storer.h"

namespace larder::ctl {

class ServerSink : public Sink {
 public:
  static constexpr size_t kConnections = 2;  // to each server

  // `overwrites`: false leaves keys alone that are there.
  static base::Result<std::unique_ptr<ServerSink>> connect(Servers servers, const Access& access,
                                                           bool overwrites);

  // Whether all of them can keep CAS ids.
  bool keeps_cas_ids() const noexcept { return keeps_cas_ids_; }

  base::Result<bool> put(const Item& item, Context& context) override;
  base::Outcome flush(Context& context) override;
  void watch(Context& context) override;
  base::Outcome advance(Context& context) override;
  bool is_idle() const override;

 private:
  struct Node {
    std::vector<Storer> storers;
    size_t current = 0;
  };

  explicit ServerSink(Servers servers) : servers_(std::move(servers)) {}

  Servers servers_;
  std::vector<Node> nodes_;
  bool keeps_cas_ids_ = true;
};

}  // namespace larder::ctl
