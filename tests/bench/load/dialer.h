// Opens one connection after another, however many there have been.
//
// Threads: one at a time.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/unique_fd.h"
#include "client/address.h"

namespace larder::bench {

class Dialer {
 public:
  explicit Dialer(client::Address server);

  // A non-blocking, connected socket.
  //
  // Whoever closes first keeps the port for a minute, and that is us.  To a server on 127.x.x.x
  // each connection therefore comes from another address of ours than the one before, each of
  // which has ports of its own.
  base::Result<base::UniqueFd> dial();

 private:
  base::Result<base::UniqueFd> dial_loopback();

  client::Address server_;
  uint32_t loopback_ = 0;  // the server's address; 0 when it is none of 127.x.x.x
  uint32_t count_ = 0;
};

}  // namespace larder::bench
